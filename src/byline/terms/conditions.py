"""The conditions that a permit sets on a case it covers, and what is unmet of them.

Invariants: a condition that cannot be shown to be met is unmet. What is said of an unmet condition
names no person and no day of writing, so that equal cases get equal words.
"""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from byline.terms import licences
from byline.terms.arranged import Arranged
from byline.terms.bases import consent_state
from byline.terms.notices import earliest
from byline.terms.reasons import EMPLOYMENT_REASONS
from byline.terms.sayings import Said
from byline.terms.scope import (
    FOREIGN_OWNERS,
    UNKNOWN,
    Case,
    Term,
    may_speak_about,
    under_age,
)
from byline.terms.vocabulary import EMPLOYMENTS, LICENCE_NOTICE, PEOPLE_POPULATIONS, SIGNED_KINDS

_WRITTEN = {
    "before": "before the employment began",
    "after": "after the employment ended",
    "between": "between two employments",
    "none": "without an employment on record",
    "in_force": "while an employment was in force",
}
_CONSENT = {
    "dpv:ConsentUnknown": "consent of the author",
    "dpv:ConsentRequested": "consent of the author, who was asked for it",
    "dpv:ConsentRefused": "consent of the author, who refused it",
    "dpv:ConsentWithdrawn": "consent of the author, who withdrew it",
    "dpv:ConsentExpired": "consent of the author that has not expired",
    "dpv:ConsentInvalidated": "consent of the author that is valid",
}


class Question(NamedTuple):
    """What is asked: a case and a purpose, with what the author said and the terms."""

    case: Case
    purpose: str
    said: Said
    terms: Arranged


class Unmet(NamedTuple):
    """One unmet condition: its reason, what is missing, and the change that would meet it."""

    reason: str
    missing: str
    change: str
    by_requirement: bool = False


def unmet_conditions(term: Term, asked: Question) -> Iterator[Unmet]:
    """What is unmet of everything but notices, for a permit that covers the case."""
    case = asked.case
    yield from _employment(term, case)
    yield from _age(term, case)
    yield from _owner(term, case)
    yield from _licence(term, case)
    yield from _authorship(term, case)
    yield from _dates(term, asked)
    yield from _superseded(term, asked)
    if case.separated and not term.clause.survives_separation:
        yield Unmet(
            "separated",
            "a clause that survives separation",
            f"clause {term.id} survived separation",
        )
    if term.clause.basis == "consent":
        yield from _consent(term, asked)
    yield from unmet_assessment(term, asked)


def _employment(term: Term, case: Case) -> Iterator[Unmet]:
    roster = case.population == "roster"
    wanted = term.employment or ({"in_force"} if roster else set())
    # Somebody on the roster had some employment; if none is on record, each must be covered.
    unknown = roster and case.employment == "none"
    if not wanted or (wanted >= EMPLOYMENTS if unknown else case.employment in wanted):
        return
    written = _WRITTEN[case.employment]
    reason = EMPLOYMENT_REASONS.get(case.employment, "no_employment")
    yield Unmet(reason, f"a clause for work written {written}", f"clause {term.id} covered that")


def _age(term: Term, case: Case) -> Iterator[Unmet]:
    minor = under_age(case)
    if term.clause.who.minors or minor is False:
        return
    missing = UNKNOWN["minor"] if minor is None else "a clause that covers people under age"
    yield Unmet("minor", missing, f"clause {term.id} covered people under age")


def _dates(term: Term, asked: Question) -> Iterator[Unmet]:
    if not term.in_force:
        agreed = term.agreement.in_force(asked.terms.as_of)
        what = f"clause {term.id}" if agreed else f"agreement {term.agreement.id}"
        yield Unmet("agreement_not_in_force", f"{what} in force", f"{what} were in force")


def _superseded(term: Term, asked: Question) -> Iterator[Unmet]:
    superseding = asked.terms.superseding.get(term.agreement.id, ())
    over = {
        each.agreement.id
        for each in superseding
        if may_speak_about(each, asked.case, purpose=asked.purpose)
    }
    for name in sorted(over):
        yield Unmet(
            "superseded",
            f"a clause of agreement {name}, which supersedes {term.agreement.id}",
            f"agreement {name} did not supersede agreement {term.agreement.id}",
        )


def _consent(term: Term, asked: Question) -> Iterator[Unmet]:
    named = asked.case.person in term.clause.who.people
    state = consent_state(
        asked.said, as_of=asked.terms.as_of, clause_from=term.days.first if named else None
    )
    if state != "dpv:ConsentGiven":
        yield Unmet("basis_not_in_force", _CONSENT[state], "they had consented to this use")


def unmet_assessment(term: Term, asked: Question) -> Iterator[Unmet]:
    """The assessment that a permit or a require needs, where none opens the gate."""
    name, work_class, terms = term.clause.needs_assessment, asked.case.work_class, asked.terms
    if not name or any(
        each.covers(work_class=work_class, purpose=asked.purpose, as_of=terms.as_of)
        for each in terms.assessments.get(name, ())
    ):
        return
    words = f"assessment {name} of {work_class} work for {asked.purpose}"
    yield Unmet(
        "assessment_missing",
        f"{words}, signed and in force on {terms.as_of}",
        f"{words} were signed and in force on {terms.as_of}",
    )


def _owner(term: Term, case: Case) -> Iterator[Unmet]:
    where = term.clause.where
    own_licence = case.licence_source == "file" and not where.licences
    foreign = case.owner == "third-party" and not (where.owners or where.licences)
    if own_licence or foreign:
        named = f"the licence {case.licence}" if own_licence else "third parties' work"
        yield _unnamed("third_party", named, term)
    if case.owner == "own-time" and "own-time" not in where.owners:
        yield _unnamed("own_time", "work done in people's own time", term)
    if case.owner == "customer" and not (where.owners or where.customers):
        yield _unnamed("customer_work", "customers' work", term)


def _unnamed(reason: str, what: str, term: Term) -> Unmet:
    return Unmet(reason, f"a clause that names {what}", f"clause {term.id} named {what}")


def _licence(term: Term, case: Case) -> Iterator[Unmet]:
    is_notice = term.clause.needs_notice == LICENCE_NOTICE
    if case.licence is None:
        foreign = case.owner in FOREIGN_OWNERS
        if foreign or term.licences or is_notice or rests_on_licence(term):
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
        reason = "ai_authored" if case.authorship == "ai" else "authorship_not_permitted"
        yield _unnamed(reason, f"authorship {case.authorship!r}", term)


def notice_of(term: Term, asked: Question) -> str | Unmet:
    """The words that stand for the notice the clause needs, or why there is none.

    Without a `needs_notice`, a licence is its own notice, a bot has nobody to tell, and an
    agreement signed by the author tells them by its own words; nothing else does.
    """
    clause, case = term.clause, asked.case
    if clause.needs_notice == LICENCE_NOTICE or (
        not clause.needs_notice and rests_on_licence(term)
    ):
        if case.licence is None and clause.effect == "require":
            return Unmet("licence_unknown", UNKNOWN["licence"], "its licence were known")
        return f"licence {case.licence} ({case.licence_source or 'repository'})"
    if clause.needs_notice:
        return _served_notice(term, asked)
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


def _served_notice(term: Term, asked: Question) -> str | Unmet:
    """The serving that tells the author, in time and with the time to object over."""
    clause, case, as_of = term.clause, asked.case, asked.terms.as_of
    at_least = clause.notice_version
    name = f"notice {clause.needs_notice}"
    wanted = f"{name} (version {at_least} or later)" if at_least else name
    key = (case.person or "", clause.needs_notice)
    first = earliest(asked.terms.served.get(key, ()), at_least=at_least)
    latest = as_of - dt.timedelta(days=clause.wait_days)
    before_writing = clause.notice_before == "authorship"
    in_time = "before this was written" if before_writing else f"on or before {as_of}"
    by = f"on or before {latest}" if clause.wait_days else ""
    limits = dict.fromkeys(["before this was written" if before_writing else "", by or in_time])
    change = f"{wanted} had been served to them {' and '.join(filter(None, limits))}"
    if first is None:
        return Unmet("notice_missing", wanted, change)
    late = before_writing and first.served >= case.authored
    if late or first.served > as_of:
        return Unmet("notice_late", f"{wanted} {in_time} (served {first.served})", change)
    if first.served > latest:
        over = f"the end of the {clause.wait_days} days in which they can object"
        return Unmet("wait_not_over", f"{over} after {wanted} (served {first.served})", change)
    return f"{first.notice}@{first.version} served {first.served}"
