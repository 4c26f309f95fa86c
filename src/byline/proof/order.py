"""The order in which things must stand in the log, and what stands otherwise.

A log proves that an entry was there before another. What that is worth depends on the order being
the lawful one: terms, notices and seal before anything is trained, the run before its model, the
model before its use. Invariants: entries are read once, in order, and never trusted; with the seals
at hand a release is held to the very terms and notices that its seal names, without them to there
being any; nothing here says that a thing was done, only that it was or was not written in time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from byline.proof.canonical import parse_canonical, sha256_hex
from byline.proof.errors import ProofError

Entry = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class OrderProblem:
    """Something that stands where it must not, or lacks what had to stand before it.

    Attributes:
        index: The entry that is wrong.
        code: `malformed`, `no_terms`, `no_notices`, `no_capture`, `no_assessment`, `seal_differs`,
            `no_seal`, `two_releases`, `no_release`, `no_start`, `two_runs`, `not_bound`,
            `two_models`, `no_model`, `other_purpose`, `not_placed`, `removed_before`,
            `fewer_facts` or `two_ledgers`.
        message: The same in words.
    """

    index: int
    code: str
    message: str


@dataclass
class _Seen:
    """What was read so far, by what names it."""

    seals: Mapping[str, bytes]
    hashes: dict[str, set[str]] = field(default_factory=dict)  # of terms, notices, … by type
    releases: dict[str, Entry] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    started: dict[str, Entry] = field(default_factory=dict)
    finished: dict[str, Entry] = field(default_factory=dict)
    models: dict[str, Entry] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    facts: int = 0
    ends: dict[int, str] = field(default_factory=dict)  # of the ledger, by count of facts


Found = Iterable[tuple[str, str]]


def check_order(
    entries: Iterable[bytes], *, seals: Mapping[str, bytes] | None = None
) -> list[OrderProblem]:
    """Everything in a log that stands before what had to come first.

    Args:
        entries: All entries, from the first on, as stored.
        seals: The bytes of `seal.json` by release, as far as they are at hand.
    """
    seen = _Seen(seals or {})
    problems = []
    for index, data in enumerate(entries):
        problems += [OrderProblem(index, code, words) for code, words in _look(data, seen)]
    return problems


def _look(data: bytes, seen: _Seen) -> list[tuple[str, str]]:
    try:
        entry = parse_canonical(data)
    except ProofError as error:
        return [("malformed", f"the entry is not canonical JSON: {error}")]
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        return [("malformed", "the entry is no object with a type")]
    look = _LOOKS.get(entry["type"])
    try:
        return list(look(entry, seen)) if look else []
    except (KeyError, TypeError, ValueError) as error:
        return [("malformed", f"the {entry['type']} entry lacks or garbles {error}")]


def _text(entry: Entry, field: str) -> str:
    value = entry[field]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{field}: it is no text")
    return value


def _one_of(entry: Entry, field: str, *known: str) -> str:
    value = _text(entry, field)
    if value not in known:
        raise ValueError(f"{field}: it is none of {', '.join(known)}")
    return value


def _published(entry: Entry, seen: _Seen) -> Found:
    seen.hashes.setdefault(entry["type"], set()).add(_text(entry, "sha256"))
    return ()


def _release(entry: Entry, seen: _Seen) -> Found:
    release = _text(entry, "release")
    known = seen.releases.setdefault(release, entry)
    if "seal_sha256" not in known and known["root"] == entry["root"]:
        seen.releases[release] = entry  # of a version without seals, and sealed since
    elif known != entry:
        yield "two_releases", f"{release} stands in the log with two seals"
    if "seal_sha256" not in entry:
        yield "no_seal", f"{release} was logged without a seal"
    elif release in seen.seals:
        yield from _sealed(release, entry, seen)
        return
    for kind in ("terms", "notices"):
        if not seen.hashes.get(kind):
            yield f"no_{kind}", f"no {kind} were logged before {release}"


def _sealed(release: str, entry: Entry, seen: _Seen) -> Found:
    """Hold a release to what its seal says that it rests on."""
    data = seen.seals[release]
    if sha256_hex(data) != entry["seal_sha256"]:
        yield "seal_differs", f"the seal of {release} is not the one that was logged"
        return
    seal = parse_canonical(data)
    if not isinstance(seal, dict) or seal["release"] != release:
        yield "seal_differs", f"the seal of {release} is of another release"
        return
    if seal["manifest_sha256"] != entry["manifest_sha256"]:
        yield "seal_differs", f"the seal of {release} names another manifest"
    if seal["examples"]["root"] != entry["root"]:
        yield "seal_differs", f"the seal of {release} has another root of examples"
    rests_on = [("terms", seal["terms"]), ("notices", seal["notices"])]
    rests_on += [("capture", seal["capture"])] if seal["capture"] else []
    rests_on += [("assessment", one) for one in seal["assessments"]]
    for kind, sha256 in rests_on:
        if sha256 not in seen.hashes.get(kind, ()):
            words = f"the {kind} {sha256} that {release} rests on was not logged before it"
            yield f"no_{kind}", words


def _run(entry: Entry, seen: _Seen) -> Found:
    run = _text(entry, "run")
    if _one_of(entry, "state", "started", "finished") == "finished":
        _text(entry, "model")
        if run not in seen.started:
            yield "no_start", f"{run} finished and was never logged as started"
        known = seen.finished.setdefault(run, entry)
        if known != entry:
            yield "two_runs", f"{run} finished twice, with two results"
        return
    release = _text(entry, "release")
    if seen.started.setdefault(run, entry) != entry:
        yield "two_runs", f"{run} started twice, on two things"
    sealed = seen.releases.get(release)
    if sealed is None:
        yield "no_release", f"{run} started on {release}, whose seal was not logged before it"
    elif sealed.get("seal_sha256", "") != entry["seal_sha256"]:
        yield "seal_differs", f"{run} names another seal of {release} than the log"
    if release in seen.removed:
        yield "removed_before", f"{run} started on {release} after its text was removed"


def _model(entry: Entry, seen: _Seen) -> Found:
    model, release = _text(entry, "model"), _text(entry, "release")
    known = seen.models.setdefault(model, entry)
    if known["weights_sha256"] != entry["weights_sha256"]:
        yield "two_models", f"{model} stands in the log with two weights"
    if release not in seen.releases:
        yield "no_release", f"{model} was taught by {release}, which was not logged before it"
    elif seen.releases[release]["root"] != entry["root"]:
        yield "seal_differs", f"{model} names another root of {release} than the log"
    run = _text(entry, "run") if "run" in entry else ""
    started, finished = seen.started.get(run), seen.finished.get(run)
    if started is None:
        yield "not_bound", f"{model} has no run that was logged before it"
        return
    said = (started["release"], started["purpose"])
    if said != (release, entry["purpose"]):
        yield "not_bound", f"{run} was for {said[1]} from {said[0]}, {model} says otherwise"
    if finished is None or finished["model"] != model:
        yield "not_bound", f"{run} did not finish with {model} before it was registered"


def _deployment(entry: Entry, seen: _Seen) -> Found:
    name, model = _text(entry, "deployment"), _text(entry, "model")
    if _one_of(entry, "state", "placed", "retired") == "retired":
        if name not in seen.placed:
            yield "not_placed", f"{name} was retired and never logged as placed"
        return
    seen.placed.add(name)
    known = seen.models.get(model)
    if known is None:
        yield "no_model", f"{name} puts {model} to use, which was not logged before it"
    elif known["purpose"] != entry["purpose"]:
        words = f"{name} puts {model} to use for {entry['purpose']}, made for {known['purpose']}"
        yield "other_purpose", words
    if model in seen.removed:
        yield "removed_before", f"{name} puts {model} to use after its weights were removed"


def _removal(entry: Entry, seen: _Seen) -> Found:
    name, what = _text(entry, "id"), _one_of(entry, "what", "release", "model", "rows")
    if what in {"release", "model"}:
        seen.removed.add(name)
        if name not in (seen.releases if what == "release" else seen.models):
            yield f"no_{what}", f"{name} was removed and never logged"


def _ledger(entry: Entry, seen: _Seen) -> Found:
    facts, sha256 = int(entry["facts"]), _text(entry, "sha256")
    if facts < seen.facts:
        yield "fewer_facts", f"the ledger had {seen.facts:,} facts before and {facts:,} here"
    if seen.ends.setdefault(facts, sha256) != sha256:
        yield "two_ledgers", f"the ledger's first {facts:,} facts stand in the log with two chains"
    seen.facts = max(seen.facts, facts)


_LOOKS: Final[Mapping[str, Callable[[Entry, _Seen], Found]]] = {
    "terms": _published,
    "notices": _published,
    "capture": _published,
    "assessment": _published,
    "release": _release,
    "run": _run,
    "model": _model,
    "deployment": _deployment,
    "removal": _removal,
    "ledger": _ledger,
}
