"""Proof bundles: what a person is handed, so that they need not take anybody's word for it.

A bundle answers for every release in the log, or says why it does not; which of them it leaves out
is never the organisation's choice alone, because the log's entries are all in it. It holds personal
data of one person only. docs/proof-formats.md has the bytes, docs/verifying.md what they prove.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from byline.answers.bundle_files import VERIFIER, zipped
from byline.answers.bundle_questions import Questions
from byline.answers.bundle_readme import readme
from byline.answers.bundle_release import Answer, answer, has_work
from byline.answers.held import verifiers_of
from byline.errors import BylineError, InputError, RefusedError
from byline.proof import log, vrf
from byline.proof.blinding import contributor_alpha, salt, vrf_seed
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.checkpoint import unverified_checkpoint
from byline.proof.cosigned import best_checkpoint, prove_under
from byline.proof.errors import LogMissingError, QuorumError
from byline.proof.logproof import format_proof
from byline.proof.policy import Policy, format_policy
from byline.release.seal import SealedRelease, open_release
from byline.release.sealing_people import seal_key
from byline.workspace.config import Config
from byline.workspace.layout import Layout
from byline.workspace.ledger import releases

SCHEMA: Final = "byline/bundle/1"
NOT_ASKED: Final = "not asked about: this bundle was made for other releases"
EARLIER_FORM: Final = "sealed by an earlier version of Byline, whose seals cannot be asked"
COSIGN: Final = "run `byline log cosign`, and then this again"
GONE: Final = "its folder is not in the workspace any more"


@dataclass(frozen=True)
class Unanswered:
    """A release that a bundle does not answer for, and why."""

    release: str
    reason: str


@dataclass(frozen=True)
class Bundle:
    """A bundle, whole.

    Attributes:
        person: Whose it is, as in the roster.
        addresses: Those that the organisation counts as theirs.
        size: How many entries the log had.
        files: By name.
    """

    person: str
    addresses: tuple[str, ...]
    made: dt.date
    size: int
    answers: tuple[Answer, ...]
    unanswered: tuple[Unanswered, ...]
    files: Mapping[str, bytes]

    @cached_property
    def data(self) -> bytes:
        """The zip."""
        return zipped(self.files)

    @cached_property
    def sha256(self) -> str:
        """The hash of the zip."""
        return sha256_hex(self.data)

    def as_json(self) -> dict[str, Any]:
        """What it says, as plain JSON values."""
        return {
            "schema": "byline/prove/1",
            "person": self.person,
            "addresses": list(self.addresses),
            "made": self.made.isoformat(),
            "log_size": self.size,
            "sha256": self.sha256,
            "releases": [
                {"release": one.release, "claim": one.claim, "examples": one.examples,
                 "items": one.items, "asked": one.asked, "fingerprints": one.found}
                for one in self.answers
            ],
            "unanswered": [asdict(one) for one in self.unanswered],
        }  # fmt: skip


@dataclass(frozen=True)
class _Logged:
    """A release's entry in the log."""

    index: int
    release: str
    has_seal: bool


def make_bundle(
    person: str,
    *,
    addresses: Sequence[str],
    questions: Questions,
    config: Config,
    layout: Layout,
    ledger: sa.Engine,
    made: dt.date,
    policy: Policy,
    wanted: Sequence[str] = (),
) -> Bundle:
    """Answer one person for every release in the log.

    Args:
        person: Their id.
        addresses: Those that count as theirs.
        questions: Items and fingerprints to look for beside what names them.
        config: Names the organisation.
        layout: Where releases, keys and the log lie.
        ledger: Where each release lies.
        made: The day it is made.
        policy: Whose signatures count (C2SP tlog-policy).
        wanted: Only these releases, by id; the others are named as not asked about.

    Raises:
        InputError: There is no log.
        RefusedError: The quorum of the policy has cosigned nothing that a bundle can be made of.
        IntegrityError: The seal key is gone.
    """
    program = VERIFIER.read_bytes()
    note, entries = _log_under(layout.log, policy, program=program)
    key = seal_key(layout)
    beta = vrf.output(vrf_seed(key), contributor_alpha(person))
    paths = {row["release"]: layout.root / row["path"] for row in releases(ledger)}
    found = [
        _unanswered(one, paths, wanted)
        or _answer(one, paths[one.release], questions, layout, key=key, beta=beta, note=note)
        for one in _logged(entries)
    ]
    answers = sorted((one for one in found if isinstance(one, Answer)), key=lambda one: one.release)
    bundle = Bundle(
        person=person,
        addresses=tuple(addresses),
        made=made,
        size=len(entries),
        answers=tuple(answers),
        unanswered=tuple(one for one in found if isinstance(one, Unanswered)),
        files={
            "verify.py": program,
            "policy.txt": format_policy(policy),
            "checkpoint": note,
            "entries.jsonl": b"".join(entry + b"\n" for entry in entries),
            **{
                f"{one.release}/{name}": data for one in answers for name, data in one.files.items()
            },
        },
    )
    organisation = config.organisation.name
    words = {
        "README.txt": _readme(bundle, organisation, policy),
        "bundle.json": canonical_json(_told(bundle, organisation, key)),
    }
    return replace(bundle, files={**bundle.files, **words})


def _told(bundle: Bundle, organisation: str, key: bytes) -> dict[str, Any]:
    """`bundle.json`."""
    return {
        "schema": SCHEMA,
        "organisation": organisation,
        "person": bundle.person,
        "addresses": list(bundle.addresses),
        "made": bundle.made.isoformat(),
        "vrf": _vrf(bundle.person, key),
        "releases": [one.as_json() for one in bundle.answers],
        "unanswered": [asdict(one) for one in bundle.unanswered],
        "verifier_sha256": sha256_hex(bundle.files["verify.py"]),
    }


def _readme(bundle: Bundle, organisation: str, policy: Policy) -> bytes:
    unanswered = [f"{one.release}: not answered: {one.reason}" for one in bundle.unanswered]
    return readme(
        organisation=organisation,
        person=bundle.person,
        made=bundle.made.isoformat(),
        size=bundle.size,
        answers=[*map(_in_words, bundle.answers), *unanswered],
        vkeys=[one.vkey for one in policy.verifiers],
    )


def _log_under(path: Path, policy: Policy, *, program: bytes) -> tuple[bytes, list[bytes]]:
    """The newest checkpoint that the policy accepts, and the entries that it counts."""
    try:
        note = best_checkpoint(path, policy)
        size = unverified_checkpoint(note).size
        entries = list(log.entries(path, end=size))
    except LogMissingError as error:
        raise InputError("there is no log yet", advice="`byline release` makes one") from error
    except QuorumError as error:
        raise RefusedError(f"no bundle would be believed: {error}", advice=COSIGN) from error
    sha256 = sha256_hex(program)
    if not any(_is_of_verifier(entry, sha256) for entry in entries):
        raise RefusedError(
            "the witnesses have not seen the entry of the verifier that bundles carry",
            advice=COSIGN,
        )
    return note, entries


def _is_of_verifier(entry: bytes, sha256: str) -> bool:
    fact = parse_canonical(entry)
    return isinstance(fact, dict) and (fact.get("type"), fact.get("sha256")) == ("verifier", sha256)


def _logged(entries: Sequence[bytes]) -> list[_Logged]:
    """The releases in the log, oldest first; of one logged twice, the entry that has a seal."""
    found: dict[str, _Logged] = {}
    for index, entry in enumerate(entries):
        fact = parse_canonical(entry)
        if isinstance(fact, dict) and fact.get("type") == "release":
            one = _Logged(index, str(fact["release"]), "seal_sha256" in fact)
            if one.has_seal or one.release not in found:
                found[one.release] = one
    return list(found.values())


def _unanswered(
    one: _Logged, paths: Mapping[str, Path], wanted: Sequence[str]
) -> Unanswered | None:
    """Why a release is not even opened, or None."""
    if wanted and one.release not in wanted:
        return Unanswered(one.release, NOT_ASKED)
    if not one.has_seal:
        return Unanswered(one.release, EARLIER_FORM)
    if one.release not in paths or not paths[one.release].is_dir():
        return Unanswered(one.release, GONE)
    return None


def _answer(
    one: _Logged,
    directory: Path,
    questions: Questions,
    layout: Layout,
    *,
    key: bytes,
    beta: bytes,
    note: bytes,
) -> Answer | Unanswered:
    """The answer for a release; one that cannot be read stops no other."""
    try:
        sealed: SealedRelease = open_release(directory, verifiers=verifiers_of(layout))
        if sealed.away is not None and has_work(sealed, beta=beta):
            return Unanswered(one.release, str(sealed.away.refuse("it")))
        return answer(
            sealed,
            questions,
            beta=beta,
            salt=salt(key, one.release),
            log_proof=format_proof(prove_under(layout.log, one.index, note=note)),
        )
    except BylineError as error:
        return Unanswered(one.release, str(error))


def _vrf(person: str, key: bytes) -> dict[str, str]:
    seed = vrf_seed(key)
    proof = vrf.prove(seed, contributor_alpha(person))
    return {"proof": proof.hex(), "public_key": vrf.public_key(seed).hex()}


def _in_words(one: Answer) -> str:
    if one.record is None:
        return f"{one.release}: none of it"
    return f"{one.release}: {one.examples:,} examples, from {one.items:,} items of theirs"
