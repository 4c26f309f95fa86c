"""Everything that decisions are made from, arranged once for looking up.

Invariants: what counts for nothing on the use date is left out here, in one place; people whom
nothing that was agreed, told, said or held tells apart have one representative, so that what holds
for 80,000 people is decided once.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.holds import Hold
from byline.terms.notices import Notice, unique_notices
from byline.terms.sayings import NOTHING_SAID, Said, Saying, fold, profile, sayings_of
from byline.terms.scope import Case, Term, supersedes, terms_of

ANYONE_ELSE = "\0anyone else"
"""Stands for everybody on the roster of whom the terms know nothing; no id has this character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """The terms for one use date.

    Attributes:
        permits: Clauses, the narrowest first; those of proposed agreements are left out.
        superseding: By id of an agreement, the clauses of those in force that supersede it.
        served: Servings by (person, notice), of the notices that a clause asks for.
        sayings: What each person had said by the use date.
        assessments: Assessments by id.
        holds: Holds that stand, by person; under None those that name nobody.
        people: For each person of whom the terms know something, one whom they treat the same.
    """

    as_of: dt.date
    permits: tuple[Term, ...]
    forbids: tuple[Term, ...]
    requires: tuple[Term, ...]
    superseding: Mapping[str, tuple[Term, ...]]
    served: Mapping[tuple[str, str], Sequence[Notice]]
    sayings: Mapping[str, tuple[Saying, ...]]
    assessments: Mapping[str, Sequence[Assessment]]
    holds: Mapping[str | None, Sequence[Hold]]
    people: Mapping[str, str]

    @property
    def clauses(self) -> tuple[Term, ...]:
        """All clauses."""
        return (*self.permits, *self.forbids, *self.requires)

    def said(self, case: Case, *, purpose: str) -> Said:
        """What stands of what the author said about this class of work and purpose."""
        sayings = self.sayings.get(case.person or "")
        if not sayings:
            return NOTHING_SAID
        about = (
            each for each in sayings if each.covers(work_class=case.work_class, purpose=purpose)
        )
        return fold(about)

    def is_held(self, case: Case) -> bool:
        """Whether a hold covers the case."""
        return any(
            not hold.repositories or case.repository in hold.repositories
            for key in {case.person, None}
            for hold in self.holds.get(key, ())
        )


def arrange(given: Terms, *, as_of: dt.date) -> Arranged:
    """Arrange terms for looking up."""
    every = terms_of(given.agreements, as_of=as_of, proposed=given.proposed)
    terms = [t for t in every if t.clause.effect != "permit" or t.agreement.status == "in_force"]
    needed = {term.clause.needs_notice for term in terms}
    served: defaultdict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in unique_notices(given.notices):
        if notice.notice in needed:
            served[notice.person, notice.notice].append(notice)
    sayings = sayings_of(
        given.events,
        objections=given.objections,
        withdrawals=given.withdrawals,
        as_of=as_of,
    )
    known: defaultdict[str, list[Assessment]] = defaultdict(list)
    for assessment in given.assessments:
        known[assessment.id].append(assessment)
    held = _holds_by_person(given.holds, as_of=as_of)
    return Arranged(
        as_of=as_of,
        permits=tuple(term for term in terms if term.clause.effect == "permit"),
        forbids=tuple(term for term in terms if term.clause.effect == "forbid"),
        requires=tuple(term for term in terms if term.clause.effect == "require"),
        superseding=_superseding(given.agreements, terms),
        served=served,
        sayings=sayings,
        assessments=known,
        holds=held,
        people=_same_people(terms, served=served, sayings=sayings, holds=held, as_of=as_of),
    )


def _superseding(
    agreements: Sequence[Agreement], terms: Sequence[Term]
) -> dict[str, tuple[Term, ...]]:
    """The clauses that supersede each agreement."""
    found = {}
    for agreement in agreements:
        found[agreement.id] = tuple(
            term
            for term in terms
            if term.in_force
            and term.agreement.status == "in_force"
            and supersedes(term.agreement, agreement)
        )
    return {identity: clauses for identity, clauses in found.items() if clauses}


def _holds_by_person(holds: Iterable[Hold], *, as_of: dt.date) -> dict[str | None, list[Hold]]:
    found: defaultdict[str | None, list[Hold]] = defaultdict(list)
    for hold in sorted(set(holds), key=lambda each: (each.id, each.matter)):
        if hold.stands(as_of):
            for person in sorted(set(hold.people)):
                found[person].append(hold)
            if not hold.people:
                found[None].append(hold)
    return dict(found)


def _same_people(
    terms: Iterable[Term],
    *,
    served: Mapping[tuple[str, str], Sequence[Notice]],
    sayings: Mapping[str, Sequence[Saying]],
    holds: Mapping[str | None, Sequence[Hold]],
    as_of: dt.date,
) -> dict[str, str]:
    """Maps a person to the first of those whom nothing in the terms tells apart."""
    profiles: defaultdict[str, list[Hashable]] = defaultdict(list)
    for person in {person for term in terms for person in term.clause.who.people}:
        profiles[person].append(person)
    for (person, name), notices in served.items():
        marks = sorted({(each.version, each.served) for each in notices})
        profiles[person].append((name, tuple(marks)))
    for person, said in sayings.items():
        profiles[person].append(profile(said, as_of=as_of))
    for holder, each in holds.items():
        if holder is not None:
            profiles[holder].append(tuple(hold.id for hold in each))
    first: dict[Hashable, str] = {}
    return {
        person: first.setdefault(frozenset(profiles[person]), person) for person in sorted(profiles)
    }
