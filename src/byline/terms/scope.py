"""What a clause speaks about: whose work, which work, which purposes.

Invariants: a permit is read narrowly and a forbid broadly. A permit or require without `population`
covers roster people; a forbid without it covers everyone. "*" in the purposes of a permit leaves
the restricted ones out; in a forbid or require it means every purpose. A fact that is not known
though there must be one matches no permit, and every forbid and require: so knowing less never
includes more. A fact that cannot apply, such as the country of a bot, is not an unknown one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from byline.terms import licences
from byline.terms.agreements import Agreement, Clause
from byline.terms.purposes import EVERY, ORDINARY, Purpose
from byline.terms.vocabulary import CLASSES, PEOPLE_POPULATIONS, POPULATIONS

FOREIGN_OWNERS = frozenset({"open-source", "third-party"})
"""Owners whose work is used under a licence, so that not to know it is not to know the terms."""

KIND_PREFIX = "kind:"
"""Marks the name of a kind in `supersedes`; other names are ids of agreements."""

UNKNOWN = {
    "worker_type": "the worker type of the author",
    "country": "the country of the author",
    "region": "the region of the author",
    "unit": "the unit of the author",
    "legal_entity": "the legal entity that employed the author",
    "collective_agreement": "the collective agreement of the author, or that there is none",
    "separation_type": "how the employment of the author ended",
    "customer": "the customer whom the work is for",
    "employment": "the employment of the author when this was written",
    "licence": "the licence of the work",
    "minor": "whether the author was of age when this was written",
}

KEYS = (
    ("person", "who", "people"),
    ("repository", "where", "repositories"),
    ("owner", "where", "owners"),
    ("customer", "where", "customers"),
    ("worker_type", "who", "worker_types"),
    ("country", "who", "countries"),
    ("region", "who", "regions"),
    ("unit", "who", "units"),
    ("legal_entity", "who", "legal_entities"),
    ("collective_agreement", "who", "collective_agreements"),
    ("separation_type", "who", "separation_types"),
)
"""Each fact that a scope may name, with the table and the key that name it."""

EMPLOYMENT_KEYS = tuple(
    (fact, key) for fact, table, key in KEYS if table == "who" and fact != "person"
)
"""Each fact of an employment that a scope may name, with its key in `Who`."""
_OF_ROSTER = frozenset({"worker_type", "country", "unit", "legal_entity", "collective_agreement"})


class Days(NamedTuple):
    """The days from `first` until the day before `end`; None is for ever."""

    first: dt.date
    end: dt.date | None

    @property
    def empty(self) -> bool:
        """Whether there is no such day."""
        return self.end is not None and self.end <= self.first

    def has(self, day: dt.date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day and (self.end is None or day < self.end)

    def within(self, other: "Days") -> bool:
        """Whether each of these days is one of the others."""
        ends = other.end is None or (self.end is not None and self.end <= other.end)
        return self.empty or (other.first <= self.first and ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of a contribution that decisions rest on; see `byline.terms.schema.FACTS`.

    `separated` says whether the person had left by the use date; `authored` is a day in UTC. A
    text is None where it is not known, and empty where it is known and no clause names it.
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
    region: str | None
    legal_entity: str | None
    collective_agreement: str | None
    separation_type: str | None
    minor: bool | None
    separated: bool
    authored: dt.date
    authorship: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A clause with its agreement, its words spelled out, and whether it is in force.

    `narrowness` is the number of keys that constrain it; `keys` are those of its scope that are
    given, each as the fact and the words that it may be.
    """

    clause: Clause
    agreement: Agreement
    in_force: bool
    classes: frozenset[str]
    purposes: frozenset[str]
    populations: frozenset[str]
    employment: frozenset[str]
    licences: frozenset[str]
    keys: tuple[tuple[str, frozenset[str]], ...]
    narrowness: int

    @property
    def id(self) -> str:
        """The id of the clause."""
        return self.clause.id

    @property
    def days(self) -> Days:
        """The days on which the clause is in force, if its agreement is not only proposed."""
        return days_of(self.agreement, self.clause)


def terms_of(
    agreements: Sequence[Agreement], *, as_of: dt.date, proposed: bool = False
) -> tuple[Term, ...]:
    """Every clause as a term, the narrowest first and then by id.

    A clause of a proposed agreement is in force only if `proposed`, and never as a permit.
    """
    terms = (
        _term(agreement, clause, in_force=_in_force(agreement, clause, as_of, proposed=proposed))
        for agreement in agreements
        for clause in agreement.clauses
    )
    return tuple(sorted(terms, key=lambda term: (-term.narrowness, term.id)))


def _in_force(agreement: Agreement, clause: Clause, day: dt.date, *, proposed: bool) -> bool:
    if agreement.status == "proposed" and (not proposed or clause.effect == "permit"):
        return False
    return days_of(agreement, clause).has(day)


def _term(agreement: Agreement, clause: Clause, *, in_force: bool) -> Term:
    parts = {"who": clause.who, "where": clause.where}
    words = (
        *(getattr(clause.who, key) for key in type(clause.who).model_fields),
        *(getattr(clause.where, key) for key in type(clause.where).model_fields),
        EVERY not in clause.classes,
        EVERY not in clause.purposes,
    )
    keys = ((fact, frozenset(getattr(parts[table], key))) for fact, table, key in KEYS)
    return Term(
        clause=clause,
        agreement=agreement,
        in_force=in_force,
        classes=CLASSES if EVERY in clause.classes else frozenset(clause.classes),
        purposes=purposes_of(clause),
        populations=populations_of(clause),
        employment=frozenset(clause.who.employment),
        licences=frozenset(clause.where.licences),
        keys=tuple((fact, listed) for fact, listed in keys if listed),
        narrowness=sum(map(bool, words)),
    )


def days_of(agreement: Agreement, clause: Clause) -> Days:
    """The days that an agreement and its clause have in common."""
    ends = [day for day in (agreement.expires, clause.expires) if day is not None]
    return Days(max(agreement.effective, clause.effective or dt.date.min), min(ends, default=None))


def supersedes(over: Agreement, under: Agreement) -> bool:
    """Whether an agreement names another one, or its kind, as superseded; none does itself."""
    names = {under.id, f"{KIND_PREFIX}{under.kind}"}
    return over.id != under.id and not names.isdisjoint(over.supersedes)


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
    """Whether the clause speaks about this work, this person and this purpose, as far as known.

    Employment, licence, authorship, age and the agreement's dates are conditions, not scope.
    """
    return purpose in term.purposes and _unknown_scope(term, case) == ()


def may_speak_about(term: Term, case: Case, *, purpose: str) -> bool:
    """Whether the clause speaks about this, or may: unknown facts fit, and "*" is every purpose."""
    named = purpose in term.purposes or EVERY in term.clause.purposes
    return named and _unknown_scope(term, case) is not None


def applies(term: Term, case: Case, *, purpose: str) -> tuple[str, ...] | None:
    """Whether a forbid or require applies: it is in force, covers the case, and every key fits.

    Returns:
        None where it does not. Otherwise the unknown facts because of which it is taken to apply,
        in the words of `UNKNOWN`; empty where it is known to apply.
    """
    if not term.in_force or purpose not in term.purposes:
        return None
    unknown = _unknown_scope(term, case)
    authorship = term.clause.where.authorship
    if unknown is None or (authorship and case.authorship not in authorship):
        return None
    found = [*unknown]
    for fact, fits in _fitting_conditions(term, case):
        if fits is None:
            found.append(fact)
        elif not fits:
            return None
    return tuple(UNKNOWN[fact] for fact in found)


def under_age(case: Case) -> bool | None:
    """Whether the author was under age; None where that is not known of somebody who may be.

    A roster says it of interns, if of anybody, so the others are of age where it is silent.
    """
    if case.minor is None and case.population == "roster" and case.worker_type in {"intern", None}:
        return None
    return bool(case.minor)


def _fitting_conditions(term: Term, case: Case) -> list[tuple[str, bool | None]]:
    fitting: list[tuple[str, bool | None]] = []
    if term.employment:
        unknown = case.population == "roster" and case.employment == "none"
        fitting.append(("employment", None if unknown else case.employment in term.employment))
    if term.licences:
        unknown = case.licence is None and case.owner in FOREIGN_OWNERS
        caught = case.licence is not None and licences.is_caught(case.licence, term.licences)
        fitting.append(("licence", None if unknown else caught))
    if term.clause.who.minors:
        fitting.append(("minor", under_age(case)))
    return fitting


def _unknown_scope(term: Term, case: Case) -> tuple[str, ...] | None:
    """The facts because of which alone the scope fits the case; None where it does not fit."""
    if case.work_class not in term.classes or case.population not in term.populations:
        return None
    unknown: tuple[str, ...] = ()
    for fact, words in term.keys:
        value = getattr(case, fact)
        if value in words:
            continue
        if value is not None or not _is_unknown(fact, case, words):
            return None
        unknown = (*unknown, fact)
    return unknown


def _is_unknown(fact: str, case: Case, words: frozenset[str]) -> bool:
    """Whether a fact that is not given is one that there must be."""
    if fact == "customer":
        return case.owner == "customer"
    if case.population != "roster":
        return False
    if fact == "region":
        return case.country is None or any(word.split("-")[0] == case.country for word in words)
    if fact == "separation_type":
        return case.separated
    return fact in _OF_ROSTER
