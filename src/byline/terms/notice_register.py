"""The register of notices: their versions and translations, and what each says that it covers.

The register is what people could read; notices.csv says who was given it. A serving counts only if
the register has that version in that language, its text still has the hash in the register, and the
version existed on the day; anything else is no evidence that a person was told (law 2). What a
version covers belongs to its clauses: `uncovered` finds the clauses that ask for a notice which
does not speak of what they permit, and a release refuses those.

Invariant: without a register every serving counts as it stands; with one, never more than that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from byline.terms.agreements import (
    Agreement,
    Country,
    Day,
    Id,
    PurposeWord,
    Sha256,
    Table,
)
from byline.terms.notices import Notice, version_order
from byline.terms.purposes import EVERY, ORDINARY
from byline.terms.register_files import document_bytes, fault_of, read_register
from byline.terms.scope import purposes_of
from byline.terms.vocabulary import CLASSES, LICENCE_NOTICE, ClassWord

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Duration = Annotated[
    str, Field(pattern=r"^P(\d+Y(\d+M)?(\d+W)?(\d+D)?|\d+M(\d+W)?(\d+D)?|\d+W(\d+D)?|\d+D)$")
]


class Party(Table):
    """Somebody with a name and an address, as ISO/IEC TS 27560 asks for parties."""

    name: Id
    address: Id
    contact: Id
    identifier: str = ""


class Controller(Party):
    """Who answers for the use, and what every notice tells of it (GDPR Art. 13 and 14).

    Attributes:
        country: Where it is established.
        authority: The supervisory authority that people can complain to.
        representative: Who stands for it where it is not established (GDPR Art. 27).
        withdraw_at: Where a person withdraws, objects and pauses.
        rights_at: Where a person exercises every other right.
        storage_locations: Countries in which the work and what is made of it are kept.
        retention: How long, as an ISO 8601 duration.
        processing_locations: Countries in which models are trained and run.
        location_rule: What binds these places, in words.
        recipients: Others who receive it; empty: the controller alone.
    """

    country: Country
    withdraw_at: Id
    rights_at: Id
    storage_locations: Annotated[tuple[Country, ...], Field(min_length=1)]
    retention: Duration
    processing_locations: Annotated[tuple[Country, ...], Field(min_length=1)]
    location_rule: Id
    recipients: tuple[Party, ...] = ()
    authority: Party | None = None
    representative: Party | None = None


class Text(Table):
    """One translation: its file below the register's folder, and the hash of its bytes."""

    file: Id
    sha256: Sha256


class Version(Table):
    """One version of a notice, and what its words say that it covers."""

    id: Id
    version: Id
    effective: Day
    supersedes: str = ""
    classes: Annotated[tuple[ClassWord, ...], Field(min_length=1)]
    purposes: Annotated[tuple[PurposeWord, ...], Field(min_length=1)]
    sources: tuple[Id, ...] = ()
    texts: Annotated[dict[Language, Text], Field(min_length=1)]

    def covers(self, *, work_class: str, purpose: str) -> bool:
        """Whether it says that this class is used for this purpose; "*" means ordinary ones."""
        return (EVERY in self.classes or work_class in self.classes) and (
            purpose in self.purposes or (EVERY in self.purposes and purpose in ORDINARY)
        )


class _File(Table):
    controller: Controller | None = None
    notice: tuple[Version, ...] = ()

    @model_validator(mode="after")
    def _versions_are_one_each(self) -> Self:
        known: dict[tuple[str, str], Version] = {}
        for each in self.notice:
            if (each.id, each.version) in known:
                raise ValueError(f"notice {each.id} version {each.version} is given twice")
            known[each.id, each.version] = each
        for each in self.notice:
            earlier = known.get((each.id, each.supersedes))
            if each.supersedes and earlier is None:
                raise ValueError(
                    f"notice {each.id} version {each.version} supersedes {each.supersedes}, "
                    "which is not in the register"
                )
            if earlier is not None and earlier.effective > each.effective:
                raise ValueError(
                    f"notice {each.id} version {each.version} supersedes {each.supersedes}, "
                    "which is effective later"
                )
        return self


@dataclass(frozen=True)
class NoticeRegister:
    """The register with what was found of its texts.

    Attributes:
        faults: Why a text is not the one that people were given, by (notice, version, language).
    """

    versions: Mapping[tuple[str, str], Version] = field(default_factory=dict)
    controller: Controller | None = None
    faults: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    def at_least(self, notice: str, version: str) -> list[Version]:
        """The versions of a notice from `version` on (all when it is empty), in order."""
        floor = version_order(version)
        found = [
            each
            for each in self.versions.values()
            if each.id == notice and (not version or version_order(each.version) >= floor)
        ]
        return sorted(found, key=lambda each: version_order(each.version))


def read_notice_register(path: Path) -> NoticeRegister:
    """Read a register, and look whether each text is the one whose hash it gives.

    Raises:
        ConfigError: The register is wrong; a text that is gone or changed is a fault, not an error,
            because withdrawing and objecting must go on.
    """
    file = read_register(path, _File)
    faults = {}
    for each in file.notice:
        for language, text in each.texts.items():
            if fault := fault_of(document_bytes(path.parent, text.file), sha256=text.sha256):
                faults[each.id, each.version, language] = fault
    versions = {(each.id, each.version): each for each in file.notice}
    return NoticeRegister(versions, file.controller, faults)


def serving_fault(serving: Notice, register: NoticeRegister) -> str:
    """Why a serving shows nothing about what a person was told, or nothing."""
    version = register.versions.get((serving.notice, serving.version))
    if version is None:
        return "version_unknown"
    if serving.served < version.effective:
        return "before_version"
    if serving.language not in version.texts:
        return "no_translation"
    if (serving.notice, serving.version, serving.language) in register.faults:
        return "text_changed"
    return ""


def counting(served: Iterable[Notice], register: NoticeRegister | None) -> tuple[Notice, ...]:
    """The servings that count: all without a register, else those without a fault."""
    if register is None:
        return tuple(served)
    return tuple(each for each in served if not serving_fault(each, register))


class Uncovered(NamedTuple):
    """A clause that asks for a notice which does not speak of what it permits."""

    clause: str
    notice: str
    version: str
    classes: tuple[str, ...]
    purposes: tuple[str, ...]


def uncovered(
    agreements: Sequence[Agreement], register: NoticeRegister, *, purposes: Iterable[str] = ()
) -> list[Uncovered]:
    """What clauses permit and their notices do not say, sorted.

    Every registered version that would satisfy the clause is looked at, because a serving of any of
    them does. A notice that is not registered covers nothing.

    Args:
        agreements: The clauses.
        register: The notices.
        purposes: Only these purposes; none: all that a clause names.
    """
    only = frozenset(purposes)
    found = []
    for agreement in agreements:
        for clause in agreement.clauses:
            wanted = clause.needs_notice
            if clause.effect != "permit" or not wanted or wanted == LICENCE_NOTICE:
                continue
            classes = CLASSES if EVERY in clause.classes else frozenset(clause.classes)
            named = purposes_of(clause) & only if only else purposes_of(clause)
            versions = register.at_least(wanted, clause.notice_version)
            found += [
                Uncovered(clause.id, wanted, version, *gap)
                for version, gap in _gaps(versions, classes, named)
            ]
            if named and not versions:
                gap = (tuple(sorted(classes)), tuple(sorted(named)))
                found.append(Uncovered(clause.id, wanted, "", *gap))
    return sorted(found)


def _gaps(
    versions: Iterable[Version], classes: Iterable[str], purposes: Iterable[str]
) -> Iterable[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    pairs = [(one, purpose) for one in classes for purpose in purposes]
    for version in versions:
        missing = [
            (one, purpose)
            for one, purpose in pairs
            if not version.covers(work_class=one, purpose=purpose)
        ]
        if missing:
            gap = (tuple(sorted({a for a, _ in missing})), tuple(sorted({b for _, b in missing})))
            yield version.version, gap
