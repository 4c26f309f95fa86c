"""The log's entries in words, for the people who read them.

Invariant: every entry gets a sentence, also one of a type that this version does not know; what an
entry says is shown and never trusted.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from byline.proof.canonical import parse_canonical
from byline.proof.errors import ProofError

HASH_SHOWN: Final = 12  # digits


def describe_entry(entry: bytes | Mapping[str, Any]) -> str:
    """One line about an entry of the log: its bytes, or the object that they are."""
    fact = _fact(entry)
    if fact is None:
        return "no entry of Byline's"
    kind = str(fact.get("type", ""))
    words = _WORDS.get(kind)
    return words(_Shown(fact)) if words else f"{kind or 'an entry without a type'}: not known here"


class _Shown(dict[str, Any]):
    """The fields of an entry as text; one that is lacking is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"

    def text(self, key: str) -> str:
        """A field as it stands."""
        return str(self[key])

    def hash(self, key: str) -> str:
        """The beginning of a hash."""
        return self.text(key)[:HASH_SHOWN]

    def count(self, key: str) -> str:
        """A number with its thousands apart."""
        value = self[key]
        return f"{value:,}" if isinstance(value, int) else str(value)


def _fact(entry: bytes | Mapping[str, Any]) -> Mapping[str, Any] | None:
    if isinstance(entry, Mapping):
        return entry
    try:
        value = parse_canonical(entry)
    except ProofError:
        return None
    return value if isinstance(value, dict) else None


def _terms(fact: _Shown) -> str:
    agreements = fact["agreements"]
    if isinstance(agreements, list):
        named = ", ".join(
            f"{one.get('id', '?')}@{one.get('version', '?')}"
            for one in agreements
            if isinstance(one, dict)
        )
        return f"terms {fact.hash('sha256')}: {named or 'no agreements'}"
    count = agreements.get("count", "?") if isinstance(agreements, dict) else "?"
    return f"terms {fact.hash('sha256')}: {count} agreements"


def _run(fact: _Shown) -> str:
    if fact["state"] == "started":
        return (
            f"run {fact.text('run')} started on {fact.text('release')} for {fact.text('purpose')}"
        )
    return (
        f"{fact.text('run')} finished after {fact.count('steps')} steps: "
        f"{fact.text('model')}, chain {fact.hash('chain')}"
    )


def _model(fact: _Shown) -> str:
    run = f" by {fact.text('run')}" if "run" in fact else ", its run was not logged"
    return (
        f"model {fact.text('model')} registered for {fact.text('purpose')}, "
        f"taught by {fact.text('release')}{run}"
    )


def _deployment(fact: _Shown) -> str:
    if fact["state"] == "placed":
        what = f"{fact.text('model')} put to use for {fact.text('purpose')}"
    else:
        what = f"{fact.text('model')} taken out of use"
    return f"deployment {fact.text('deployment')}: {what}"


def _removal(fact: _Shown) -> str:
    what = {"release": "the text of", "model": "the weights of", "rows": "rows in"}
    return (
        f"{what.get(fact.text('what'), fact.text('what'))} {fact.text('id')} destroyed and "
        f"read again: gone (facts {fact.hash('facts_sha256')})"
    )


def _assessment(fact: _Shown) -> str:
    return (
        f"{fact.text('kind')} {fact.text('assessment')} of {fact.text('completed')} in force, "
        f"document {fact.hash('sha256')}"
    )


def _release(fact: _Shown) -> str:
    seal = f", seal {fact.hash('seal_sha256')}" if "seal_sha256" in fact else ", without a seal"
    return f"release {fact.text('release')}: examples under root {fact.hash('root')}{seal}"


_WORDS: Final[Mapping[str, Callable[[_Shown], str]]] = MappingProxyType(
    {
        "verifier": lambda fact: (
            f"stand-alone verifier {fact.text('name')} {fact.hash('sha256')}, "
            f"{fact.count('size')} bytes"
        ),
        "terms": _terms,
        "notices": lambda fact: (
            f"{fact.count('notices')} notices, served {fact.count('served')} times "
            f"({fact.hash('sha256')})"
        ),
        "capture": lambda fact: f"capture manifest {fact.hash('sha256')}",
        "assessment": _assessment,
        "release": _release,
        "run": _run,
        "model": _model,
        "deployment": _deployment,
        "removal": _removal,
        "receipts": lambda fact: (
            f"{fact.count('size')} {fact.text('kind')} receipts of {fact.text('batch')}, "
            f"root {fact.hash('root')}"
        ),
        "ledger": lambda fact: (
            f"the ledger's end: {fact.count('facts')} facts, chain {fact.hash('sha256')}"
        ),
        "key": lambda fact: (
            f"from here the log signs with {fact.text('next')}: {fact.text('reason')}"
        ),
        "canary": lambda fact: f"a contributor's canaries, commitment {fact.hash('commitment')}",
    }
)
