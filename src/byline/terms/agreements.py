"""Agreements and their clauses, as frozen models with closed vocabularies.

Invariants: a key that is not known is an error, because a misspelt condition would silently widen a
clause. An empty list is a key that is not given. A permit states its basis. Only a permit survives
separation or chooses a lane by itself; a forbid has no conditions, so nothing can switch it off.
"""

import datetime as dt
import difflib
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from byline.terms.licences import canonical_licence, known_licences
from byline.terms.purposes import EVERY, Purpose
from byline.terms.vocabulary import (
    LICENCE_NOTICE,
    Authorship,
    Basis,
    ClassWord,
    Effect,
    Employment,
    Kind,
    Lane,
    NoticeBefore,
    Owner,
    PopulationWord,
    Status,
    WorkerType,
)


def _purpose_word(word: str) -> str:
    if word == EVERY or word in set(Purpose):
        return word
    raise ValueError(f"{word!r} is not a purpose{suggestion(word, list(Purpose))}")


def _licence_id(licence: str) -> str:
    canonical = canonical_licence(licence)
    if canonical is None:
        raise ValueError(
            f"{licence!r} is not one SPDX licence id{suggestion(licence, known_licences())}"
        )
    return canonical


def suggestion(word: str, known: Sequence[str]) -> str:
    """A sentence that names the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {str(near[0])!r}?" if near else ""


Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Day = Annotated[dt.date, Strict()]
Flag = Annotated[bool, Strict()]
PurposeWord = Annotated[str, AfterValidator(_purpose_word)]
LicenceId = Annotated[str, AfterValidator(_licence_id)]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Table(BaseModel):
    """A table of an agreement file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Who(Table):
    """Whose work a clause covers; every given key must match.

    `employment` speaks about roster people at the time of writing. A permit that does not give it
    covers work written while an employment was in force, and nothing else. With `minors` a permit
    covers people under age too, and a forbid or require is about them alone.
    """

    population: tuple[PopulationWord, ...] = ()
    worker_types: tuple[WorkerType, ...] = ()
    countries: tuple[Country, ...] = ()
    units: tuple[Id, ...] = ()
    people: tuple[Id, ...] = ()
    employment: tuple[Employment, ...] = ()
    regions: tuple[Region, ...] = ()
    legal_entities: tuple[Id, ...] = ()
    collective_agreements: tuple[Id, ...] = ()
    separation_types: tuple[Id, ...] = ()
    minors: Flag = False


class Where(Table):
    """Which work a clause covers; every given key must match."""

    repositories: tuple[Id, ...] = ()
    owners: tuple[Owner, ...] = ()
    customers: tuple[Id, ...] = ()
    licences: tuple[LicenceId, ...] = ()
    authorship: tuple[Authorship, ...] = ()


class Clause(Table):
    """One clause: what it does, to which work, for which purposes, on which conditions.

    Attributes:
        text: The words of the clause, quoted.
        place: Where they stand in the signed document, such as "§ 7.1, page 4".
        text_sha256: The hash of `text` with its runs of white space as single spaces, as reviewed.
        effective: The first day it applies, where that is later than the agreement's.
        expires: The first day it no longer applies, where that is earlier than the agreement's.
        reviewed_by: Who among counsel has read the clause against the document.
        wait_days: Days between a notice and the first use, in which people can object.
        needs_assessment: The assessment that must be signed and in force (`terms.assessments`).
        exemption: The published exemption that this clause makes (`terms.exemptions`).
    """

    id: Id
    effect: Effect
    text: Annotated[str, Field(min_length=1)]
    classes: Annotated[tuple[ClassWord, ...], Field(min_length=1)]
    purposes: Annotated[tuple[PurposeWord, ...], Field(min_length=1)]
    basis: Basis | None = None
    lane: Lane | None = None
    needs_notice: str = ""
    notice_version: str = ""
    notice_before: NoticeBefore = "use"
    survives_separation: Flag = False
    place: str = ""
    text_sha256: Sha256 | None = None
    effective: Day | None = None
    expires: Day | None = None
    reviewed_by: str = ""
    reviewed: Day | None = None
    wait_days: Annotated[int, Strict(), Field(ge=0, le=3660)] = 0
    needs_assessment: str = ""
    exemption: str = ""
    who: Who = Who()
    where: Where = Where()

    @model_validator(mode="after")
    def _keys_fit_the_effect(self) -> Self:
        given = self.model_fields_set
        conditions = {"basis", "lane", "needs_notice", "notice_version", "notice_before"}
        conditions |= {"wait_days", "needs_assessment"}
        if self.effect == "permit" and self.basis is None:
            raise ValueError("a permit must state its `basis`")
        if self.effect == "forbid" and (extra := given & (conditions | {"survives_separation"})):
            raise ValueError(f"a forbid has no conditions; remove {_listed(extra)}")
        wanted = (self.needs_notice, self.basis, self.lane, self.needs_assessment)
        if self.effect == "require" and not any(wanted):
            raise ValueError(
                "a require must require something: `needs_notice`, `basis`, `lane` or "
                "`needs_assessment`"
            )
        if self.effect == "require" and self.survives_separation:
            raise ValueError("only a permit survives separation; remove `survives_separation`")
        if self.notice_version and not self.needs_notice:
            raise ValueError("`notice_version` is given without `needs_notice`")
        if self.wait_days and self.needs_notice in {"", LICENCE_NOTICE}:
            raise ValueError("`wait_days` is given without a notice in `needs_notice`")
        if self.effective and self.expires and self.expires <= self.effective:
            raise ValueError(
                f"`expires` {self.expires} is not later than `effective` {self.effective}"
            )
        return self


class Agreement(Table):
    """One agreement with its clauses, in the order of the file.

    It is in force from `effective` until the day before `expires`, and decisions ask whether it is
    in force on the use date, not on the day that the work was written.

    Attributes:
        status: "proposed" marks what is not law or not agreed yet; it decides nothing unless the
            configuration asks for it, and then only by forbidding and requiring.
        parties: Who agreed, by name or role.
        document: The signed document, by path below the file's folder or by name.
        document_sha256: The hash of its bytes.
        source: Where a statute or licence can be read.
        supersedes: Ids of agreements, or kinds as `kind:policy`, whose permits count no more for
            people and work that a clause of this agreement speaks about.
        reviewed_by: Who among counsel answers for the file as a whole.
    """

    id: Id
    title: Annotated[str, Field(min_length=1)]
    kind: Kind
    version: Annotated[str, Field(min_length=1)]
    effective: Day
    expires: Day | None = None
    governing_law: str = ""
    status: Status = "in_force"
    parties: tuple[Id, ...] = ()
    document: str = ""
    document_sha256: Sha256 | None = None
    source: str = ""
    supersedes: tuple[Id, ...] = ()
    reviewed_by: str = ""
    reviewed: Day | None = None
    template: Flag = False
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _expires_after_it_begins(self) -> Self:
        if self.expires is not None and self.expires <= self.effective:
            raise ValueError(
                f"`expires` {self.expires} is not later than `effective` {self.effective}"
            )
        return self

    def in_force(self, day: dt.date) -> bool:
        """Whether the agreement is in force on `day`."""
        return self.effective <= day and (self.expires is None or day < self.expires)


def _listed(keys: set[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys))
