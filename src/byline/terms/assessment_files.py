"""Reading assessments: the document, its hash, its dates, and who signed it.

A signature is what `ssh-keygen -Y sign -n byline-assessment -f KEY DOCUMENT` makes, by a key that
the organisation listed in `[terms] assessors`. Invariants: nothing is run; an assessment whose
document or signature is not good is read with its fault and opens no gate; the key must have been
valid on the day on which the assessment says that it was completed.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple, Self

from pydantic import Field, model_validator

from byline.errors import ConfigError
from byline.people.allowed_signers import AllowedSigner, matches, read_allowed_signers
from byline.people.signature_errors import SignatureError
from byline.people.sshsig import read_ssh_signature, verify_ssh_signature
from byline.terms.agreements import Agreement, Day, Id, PurposeWord, Sha256, Table
from byline.terms.assessments import Assessment, AssessmentKind
from byline.terms.purposes import EVERY
from byline.terms.register_files import document_bytes, fault_of, read_register, refuse_repeated
from byline.terms.scope import days_of, purposes_of
from byline.terms.vocabulary import CLASSES, ClassWord

NAMESPACE: Final = b"byline-assessment"
MAX_SIGNATURE_BYTES: Final = 1 << 16


class AssessmentEntry(Table):
    """One entry of assessments.toml.

    Attributes:
        document: Its file below the register's folder.
        sha256: The hash of that file's bytes.
        signature: The file of the armoured SSH signature over the document.
    """

    id: Id
    kind: AssessmentKind
    title: Id
    document: Id
    sha256: Sha256
    completed: Day
    expires: Day | None = None
    classes: Annotated[tuple[ClassWord, ...], Field(min_length=1)] = ("*",)
    purposes: Annotated[tuple[PurposeWord, ...], Field(min_length=1)] = (EVERY,)
    signature: str = ""

    @model_validator(mode="after")
    def _expires_after_it_is_completed(self) -> Self:
        if self.expires is not None and self.expires <= self.completed:
            raise ValueError(f"`expires` {self.expires} is not after `completed` {self.completed}")
        return self


class _File(Table):
    assessment: tuple[AssessmentEntry, ...] = ()

    @model_validator(mode="after")
    def _ids_are_one_each(self) -> Self:
        refuse_repeated((each.id for each in self.assessment), what="assessment")
        return self


def read_assessment_entries(path: Path) -> tuple[AssessmentEntry, ...]:
    """The entries of assessments.toml in the order of their ids, unchecked.

    Raises:
        ConfigError: The file is wrong; the message names the line.
    """
    return tuple(sorted(read_register(path, _File).assessment, key=lambda each: each.id))


def read_assessors(path: Path) -> tuple[AllowedSigner, ...]:
    """Who may sign assessments, from an allowed signers file of ssh-keygen(1).

    Raises:
        ConfigError: It cannot be read, or a line is wrong.
    """
    if not path.is_file():
        raise ConfigError(f"there is no {path}", advice="check `assessors` in [terms]")
    return read_allowed_signers(path)


def verified(
    entry: AssessmentEntry, *, folder: Path, assessors: Sequence[AllowedSigner]
) -> Assessment:
    """The assessment of an entry: who signed it, or why it opens no gate."""
    data = document_bytes(folder, entry.document)
    fault = fault_of(data, sha256=entry.sha256).replace("its file", "its document")
    signer = ""
    if not fault and data is not None:
        signature = document_bytes(folder, entry.signature) if entry.signature else None
        signer, fault = _signed_by(data, signature, day=entry.completed, assessors=assessors)
    return Assessment(
        id=entry.id,
        kind=entry.kind,
        sha256=entry.sha256,
        completed=entry.completed,
        expires=entry.expires,
        classes=entry.classes,
        purposes=entry.purposes,
        signed_by=signer,
        fault=fault,
    )


def _signed_by(
    data: bytes, armour: bytes | None, *, day: dt.date, assessors: Sequence[AllowedSigner]
) -> tuple[str, str]:
    """Who signed, and what is wrong; one of the two is empty."""
    if armour is None:
        return "", "it is not signed"
    if len(armour) > MAX_SIGNATURE_BYTES:
        return "", "its signature is larger than any honest one"
    try:
        signature = read_ssh_signature(armour)
        verify_ssh_signature(signature, data, namespace=NAMESPACE)
    except SignatureError as error:
        return "", f"its signature is not good: {error}"
    listed = [each for each in assessors if each.key == signature.key]
    return _named(listed, key=f"the key {signature.fingerprint}", day=day)


def _named(listed: Sequence[AllowedSigner], *, key: str, day: dt.date) -> tuple[str, str]:
    """The name of who held a key on a day, and what is wrong; one of the two is empty."""
    moment = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
    valid = [each for each in listed if each.is_valid(moment) and _may_assess(each)]
    names = [name for each in valid for name in each.principals if not set(name) & set("!*?")]
    if not listed:
        return "", f"{key} that signed it is no assessor's"
    if not valid:
        return "", f"{key} was no assessor's on {day}"
    return (names[0], "") if names else ("", f"{key} stands for nobody by name")


def _may_assess(signer: AllowedSigner) -> bool:
    return not signer.namespaces or matches(NAMESPACE.decode(), signer.namespaces)


class Needed(NamedTuple):
    """An assessment that clauses need, with what it is missing for them on the use date.

    `lacking` is empty where the gate is open for every class and purpose of every clause.
    """

    assessment: str
    clauses: tuple[str, ...]
    lacking: str


def state_of_assessment(assessment: Assessment, *, as_of: dt.date) -> str:
    """Whether an assessment is in force on a day, in words."""
    if assessment.fault:
        return assessment.fault
    if assessment.completed > as_of:
        return f"not completed before {assessment.completed}"
    if assessment.expires is not None and assessment.expires <= as_of:
        return f"expired on {assessment.expires}"
    return "in force"


def needed_assessments(
    agreements: Sequence[Agreement],
    assessments: Iterable[Assessment],
    *,
    as_of: dt.date,
    purposes: Iterable[str] = (),
) -> list[Needed]:
    """What clauses in force need, in the order of ids, and whether they have it.

    Args:
        agreements: The clauses; those of agreements that are only proposed need nothing yet.
        assessments: What there is.
        as_of: The use date.
        purposes: Only these purposes; none: all that a clause names.
    """
    known = {each.id: each for each in assessments}
    only = frozenset(purposes)
    clauses: defaultdict[str, set[str]] = defaultdict(set)
    lacking: defaultdict[str, set[str]] = defaultdict(set)
    for agreement in agreements:
        if agreement.status == "proposed":
            continue
        for clause in agreement.clauses:
            named = purposes_of(clause) & only if only else purposes_of(clause)
            wanted = clause.needs_assessment
            if not wanted or not named or not days_of(agreement, clause).has(as_of):
                continue
            clauses[wanted].add(clause.id)
            if fault := _lacks(known.get(wanted), clause.classes, named, as_of=as_of):
                lacking[wanted].add(fault)
    return [
        Needed(wanted, tuple(sorted(clauses[wanted])), "; ".join(sorted(lacking[wanted])))
        for wanted in sorted(clauses)
    ]


def _lacks(
    assessment: Assessment | None,
    classes: Collection[str],
    purposes: Iterable[str],
    *,
    as_of: dt.date,
) -> str:
    if assessment is None:
        return "it is not there"
    state = state_of_assessment(assessment, as_of=as_of)
    if state != "in force":
        return state
    outside = sorted(
        f"{one} for {purpose}"
        for one in sorted(CLASSES if EVERY in classes else classes)
        for purpose in purposes
        if not assessment.covers(work_class=one, purpose=purpose, as_of=as_of)
    )
    return f"it does not assess {', '.join(outside)}" if outside else ""
