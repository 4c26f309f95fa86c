"""The conditions that a permit sets on a case it covers, and what is unmet of them.

Invariants: a condition that cannot be shown to be met is unmet. What is said of an unmet condition
names no person and no day of writing, so that equal cases get equal words.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from byline.terms import licences
from byline.terms.agreements import Clause
from byline.terms.notices import Notice, earliest
from byline.terms.reasons import EMPLOYMENT_REASONS
from byline.terms.scope import Case, Term
from byline.terms.vocabulary import LICENCE_NOTICE, PEOPLE_POPULATIONS, SIGNED_KINDS

Served = Mapping[tuple[str, str], Sequence[Notice]]
"""Servings by (person, notice)."""

_WRITTEN = {
    "before": "before the employment began",
    "after": "after the employment ended",
    "between": "between two employments",
    "none": "without an employment on record",
    "in_force": "while an employment was in force",
}


class Unmet(NamedTuple):
    """One unmet condition: its reason, what is missing, and the change that would meet it."""

    reason: str
    missing: str
    change: str


def unmet_conditions(term: Term, case: Case) -> Iterator[Unmet]:
    """What is unmet of everything but notices, for a permit that covers the case."""
    yield from _employment(term, case)
    yield from _owner(term, case)
    yield from _licence(term, case)
    yield from _authorship(term, case)
    if not term.in_force:
        agreement = f"agreement {term.agreement.id}"
        yield Unmet("agreement_not_in_force", f"{agreement} in force", f"{agreement} were in force")
    if case.separated and not term.clause.survives_separation:
        yield Unmet(
            "separated",
            "a clause that survives separation",
            f"clause {term.id} survived separation",
        )
    if term.clause.basis == "consent" and case.person not in term.clause.who.people:
        yield Unmet(
            "basis_not_in_force",
            "consent in a clause that names the person",
            "they had consented in a clause that names them",
        )


def _employment(term: Term, case: Case) -> Iterator[Unmet]:
    wanted = term.employment or ({"in_force"} if case.population == "roster" else set())
    if not wanted or case.employment in wanted:
        return
    written = _WRITTEN[case.employment]
    reason = EMPLOYMENT_REASONS.get(case.employment, "no_employment")
    yield Unmet(reason, f"a clause for work written {written}", f"clause {term.id} covered that")


def _owner(term: Term, case: Case) -> Iterator[Unmet]:
    where = term.clause.where
    own_licence = case.licence_source == "file" and not where.licences
    foreign = case.owner == "third-party" and not (where.owners or where.licences)
    if own_licence or foreign:
        named = f"the licence {case.licence}" if own_licence else "third parties' work"
        yield Unmet(
            "third_party", f"a clause that names {named}", f"clause {term.id} named {named}"
        )
    if case.owner == "own-time" and "own-time" not in where.owners:
        named = "work done in people's own time"
        yield Unmet("own_time", f"a clause that names {named}", f"clause {term.id} named {named}")
    if case.owner == "customer" and not (where.owners or where.customers):
        named = "customers' work"
        yield Unmet(
            "customer_work", f"a clause that names {named}", f"clause {term.id} named {named}"
        )


def _licence(term: Term, case: Case) -> Iterator[Unmet]:
    is_notice = term.clause.needs_notice == LICENCE_NOTICE
    if case.licence is None:
        if term.licences or is_notice or rests_on_licence(term):
            yield Unmet(
                "licence_unknown",
                "the licence of the work",
                f"its licence were known and covered by clause {term.id}",
            )
    elif term.licences and not licences.satisfies(case.licence, term.licences):
        named = f"the licence {case.licence}"
        yield Unmet(
            "licence_not_permitted", f"a permit for {named}", f"clause {term.id} named {named}"
        )


def _authorship(term: Term, case: Case) -> Iterator[Unmet]:
    words = term.clause.where.authorship
    if words and case.authorship not in words:
        named = f"authorship {case.authorship!r}"
        reason = "ai_authored" if case.authorship == "ai" else "authorship_not_permitted"
        yield Unmet(reason, f"a clause that names {named}", f"clause {term.id} named {named}")


def notice_of(term: Term, case: Case, *, served: Served, as_of: dt.date) -> str | Unmet:
    """The words that stand for the notice the clause needs, or why there is none.

    Without a `needs_notice`, a licence is its own notice, a bot has nobody to tell, and an
    agreement signed by the author tells them by its own words; nothing else does.
    """
    clause = term.clause
    if clause.needs_notice == LICENCE_NOTICE or (
        not clause.needs_notice and rests_on_licence(term)
    ):
        return f"licence {case.licence} ({case.licence_source or 'repository'})"
    if clause.needs_notice:
        return _served_notice(clause, case, served=served, as_of=as_of)
    if case.population not in PEOPLE_POPULATIONS:
        return f"nobody to notify: {case.population} account"
    agreement = term.agreement
    if agreement.kind in SIGNED_KINDS and clause.basis in {"agreement", "consent"}:
        return f"agreement {agreement.id}@{agreement.version} effective {agreement.effective}"
    return Unmet(
        "notice_missing",
        f"a notice named by clause {term.id}",
        f"clause {term.id} named a notice and it had been served to them",
    )


def rests_on_licence(term: Term) -> bool:
    """Whether the clause rests on the licence of the work."""
    return term.clause.basis == "licence"


def _served_notice(clause: Clause, case: Case, *, served: Served, as_of: dt.date) -> str | Unmet:
    at_least = clause.notice_version
    name = f"notice {clause.needs_notice}"
    wanted = f"{name} (version {at_least} or later)" if at_least else name
    rows = served.get((case.person, clause.needs_notice), ()) if case.person else ()
    first = earliest(rows, at_least=at_least)
    in_time = "before this was written"
    if clause.notice_before == "use":
        in_time = f"on or before {as_of}"
    change = f"{wanted} had been served to them {in_time}"
    if first is None:
        return Unmet("notice_missing", wanted, change)
    late = clause.notice_before == "authorship" and first.served >= case.authored
    if late or first.served > as_of:
        return Unmet("notice_late", f"{wanted} {in_time} (served {first.served})", change)
    return f"{first.notice}@{first.version} served {first.served}"
