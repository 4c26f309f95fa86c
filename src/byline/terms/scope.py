"""What a clause speaks about: whose work, which work, which purposes.

Invariants: a permit is read narrowly and a forbid broadly. A permit or require without `population`
covers roster people; a forbid without it covers everyone. "*" in the purposes of a permit leaves
the restricted ones out; in a forbid or require it means every purpose.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from byline.terms import licences
from byline.terms.agreements import Agreement, Clause
from byline.terms.purposes import EVERY, ORDINARY, Purpose
from byline.terms.vocabulary import CLASSES, PEOPLE_POPULATIONS, POPULATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of a contribution that decisions rest on; see `byline.terms.schema.FACTS`.

    `separated` says whether the person had left by the use date; `authored` is a day in UTC.
    """

    work_class: str
    repository: str | None
    owner: str
    customer: str | None
    licence: str | None
    licence_source: str | None
    person: str | None
    population: str
    employment: str
    worker_type: str | None
    country: str | None
    unit: str | None
    separated: bool
    authored: dt.date
    authorship: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A clause with its agreement, its words spelled out, and whether it is in force.

    `narrowness` is the number of keys that constrain it.
    """

    clause: Clause
    agreement: Agreement
    in_force: bool
    classes: frozenset[str]
    purposes: frozenset[str]
    populations: frozenset[str]
    employment: frozenset[str]
    licences: frozenset[str]
    narrowness: int

    @property
    def id(self) -> str:
        """The id of the clause."""
        return self.clause.id


def terms_of(agreements: Sequence[Agreement], *, as_of: dt.date) -> tuple[Term, ...]:
    """Every clause as a term, the narrowest first and then by id."""
    terms = (
        _term(agreement, clause, as_of) for agreement in agreements for clause in agreement.clauses
    )
    return tuple(sorted(terms, key=lambda term: (-term.narrowness, term.id)))


def _term(agreement: Agreement, clause: Clause, as_of: dt.date) -> Term:
    keys = (
        *(getattr(clause.who, key) for key in type(clause.who).model_fields),
        *(getattr(clause.where, key) for key in type(clause.where).model_fields),
        EVERY not in clause.classes,
        EVERY not in clause.purposes,
    )
    return Term(
        clause=clause,
        agreement=agreement,
        in_force=agreement.in_force(as_of),
        classes=CLASSES if EVERY in clause.classes else frozenset(clause.classes),
        purposes=purposes_of(clause),
        populations=populations_of(clause),
        employment=frozenset(clause.who.employment),
        licences=frozenset(clause.where.licences),
        narrowness=sum(map(bool, keys)),
    )


def purposes_of(clause: Clause) -> frozenset[str]:
    """The purposes that a clause speaks about, "*" spelled out."""
    every = ORDINARY if clause.effect == "permit" else frozenset(Purpose)
    named = frozenset(clause.purposes) - {EVERY}
    return named | every if EVERY in clause.purposes else named


def populations_of(clause: Clause) -> frozenset[str]:
    """The populations that a clause speaks about; "anyone" in a permit means people, not bots."""
    forbids = clause.effect == "forbid"
    words: frozenset[str] = frozenset(clause.who.population)
    words = words or frozenset({"anyone" if forbids else "roster"})
    anyone = POPULATIONS if forbids else PEOPLE_POPULATIONS
    return (words - {"anyone"}) | anyone if "anyone" in words else words


def covers(term: Term, case: Case, *, purpose: str) -> bool:
    """Whether the clause speaks about this work, this person and this purpose.

    Employment, licence, authorship and the agreement's dates are conditions, not scope.
    """
    who, where = term.clause.who, term.clause.where
    return (
        purpose in term.purposes
        and case.work_class in term.classes
        and case.population in term.populations
        and _fits(case.worker_type, who.worker_types)
        and _fits(case.country, who.countries)
        and _fits(case.unit, who.units)
        and _fits(case.person, who.people)
        and _fits(case.repository, where.repositories)
        and _fits(case.owner, where.owners)
        and _fits(case.customer, where.customers)
    )


def applies(term: Term, case: Case, *, purpose: str) -> bool:
    """Whether a forbid or require applies: it is in force, covers the case, and every key fits."""
    return (
        term.in_force
        and covers(term, case, purpose=purpose)
        and _fits(case.employment, term.clause.who.employment)
        and _fits(case.authorship, term.clause.where.authorship)
        and (not term.licences or _is_caught(case.licence, term.licences))
    )


def _fits(value: str | None, words: Sequence[str]) -> bool:
    return not words or value in words


def _is_caught(licence: str | None, listed: frozenset[str]) -> bool:
    return licence is not None and licences.is_caught(licence, listed)
