"""Faults of a set of terms that can be seen without any work at hand.

Invariant: a problem is about what terms can never do or plainly contradict; a partial overlap of a
permit and a forbid is no problem, because that is what a forbid is for.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from byline.terms.agreements import Agreement
from byline.terms.explain import unserved_notices
from byline.terms.notices import Notice
from byline.terms.scope import Term, terms_of
from byline.terms.vocabulary import PEOPLE_POPULATIONS, SIGNED_KINDS

Severity = Literal["error", "warning", "information"]


class Problem(NamedTuple):
    """Something wrong with the terms, what it is about (ids), and a sentence that says it."""

    severity: Severity
    code: str
    about: tuple[str, ...]
    message: str


def check_terms(
    agreements: Sequence[Agreement],
    *,
    notices: Sequence[Notice],
    as_of: dt.date | None = None,
) -> list[Problem]:
    """The problems of a set of terms, sorted: errors first.

    Codes: `contradiction`, `never_applies`, `no_notice`, `notice_unserved`, `template`, `expired`,
    `not_yet_effective`, `signed_notice`. Dates are checked only if `as_of` is given.
    """
    terms = terms_of(agreements, as_of=as_of or dt.date.min)
    problems = [
        *_contradictions([term for term in terms if term.in_force or as_of is None]),
        *(problem for term in terms for problem in _never_applies(term)),
        *(problem for term in terms for problem in _notice_faults(term)),
        *_unserved(agreements, notices),
        *(problem for agreement in agreements for problem in _states(agreement, as_of)),
    ]
    order = {"error": 0, "warning": 1, "information": 2}
    return sorted(set(problems), key=lambda problem: (order[problem.severity], problem))


def _contradictions(terms: Sequence[Term]) -> Iterator[Problem]:
    permits = [term for term in terms if term.clause.effect == "permit"]
    for forbid in (term for term in terms if term.clause.effect == "forbid"):
        for permit in permits:
            if _includes(forbid, permit):
                yield Problem(
                    "error",
                    "contradiction",
                    (permit.id, forbid.id),
                    f"clause {forbid.id} forbids everything that clause {permit.id} permits",
                )


def _includes(forbid: Term, permit: Term) -> bool:
    wide, narrow = forbid.clause, permit.clause
    keys = [
        (wide.who.worker_types, narrow.who.worker_types),
        (wide.who.countries, narrow.who.countries),
        (wide.who.units, narrow.who.units),
        (wide.who.people, narrow.who.people),
        (wide.who.employment, narrow.who.employment or ("in_force",)),
        (wide.where.repositories, narrow.where.repositories),
        (wide.where.owners, narrow.where.owners),
        (wide.where.customers, narrow.where.customers),
        (wide.where.licences, narrow.where.licences),
        (wide.where.authorship, narrow.where.authorship),
    ]
    return (
        permit.classes <= forbid.classes
        and permit.purposes <= forbid.purposes
        and permit.populations <= forbid.populations
        and all(_within(inner, outer) for outer, inner in keys)
    )


def _within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    wide, narrow = set(outer), set(inner)
    return not wide or (bool(narrow) and narrow <= wide)


def _never_applies(term: Term) -> Iterator[Problem]:
    who, where = term.clause.who, term.clause.where
    about_employment = who.worker_types or who.countries or who.units
    reasons = []
    if about_employment and "roster" not in term.populations:
        reasons.append("worker types, countries and units belong to roster people, not to these")
    if term.populations <= {"bot", "ai"} and who.people:
        reasons.append("bots and AI accounts are no people of the roster")
    if where.customers and where.owners and "customer" not in where.owners:
        reasons.append('customers are given, but `owners` leaves "customer" out')
    if term.clause.basis == "consent" and term.clause.effect == "permit" and not who.people:
        reasons.append("consent is a person's own, and `people` names nobody")
    for reason in reasons:
        yield Problem(
            "error", "never_applies", (term.id,), f"clause {term.id} can never apply: {reason}"
        )


def _notice_faults(term: Term) -> Iterator[Problem]:
    clause = term.clause
    of_people = bool(term.populations & PEOPLE_POPULATIONS)
    if clause.effect != "permit" or clause.needs_notice or clause.basis == "licence":
        return
    if not of_people:
        return
    if term.agreement.kind in SIGNED_KINDS and clause.basis in {"agreement", "consent"}:
        yield Problem(
            "information",
            "signed_notice",
            (term.id,),
            f"clause {term.id} names no notice: the signed agreement itself is taken as the notice",
        )
    else:
        yield Problem(
            "error",
            "no_notice",
            (term.id,),
            f"clause {term.id} permits people's work but names no notice, so it includes nobody",
        )


def _unserved(agreements: Sequence[Agreement], notices: Sequence[Notice]) -> Iterator[Problem]:
    for name in unserved_notices(agreements, notices=notices):
        yield Problem(
            "warning", "notice_unserved", (name,), f"notice {name} was served to nobody so far"
        )


def _states(agreement: Agreement, as_of: dt.date | None) -> Iterator[Problem]:
    about = (agreement.id,)
    if agreement.template:
        words = f"agreement {agreement.id} is a template and not legal advice; have it reviewed"
        yield Problem("warning", "template", about, words)
    if as_of is None or agreement.in_force(as_of):
        return
    if agreement.effective > as_of:
        words = f"agreement {agreement.id} is effective from {agreement.effective} only"
        yield Problem("warning", "not_yet_effective", about, words)
    else:
        words = f"agreement {agreement.id} expired on {agreement.expires}"
        yield Problem("warning", "expired", about, words)
