"""Faults of a set of terms that can be seen without any work at hand.

Invariant: a problem is about what terms can never do, plainly contradict, or do not show; a partial
overlap of a permit and a forbid is no problem, because that is what a forbid is for.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from byline.terms.agreements import Agreement
from byline.terms.explain import unserved_notices
from byline.terms.file_checks import date_faults, review_faults
from byline.terms.kind_checks import kind_faults, supersedes_faults
from byline.terms.notices import Notice
from byline.terms.overlaps import speaks_of_all
from byline.terms.problems import Problem, in_order
from byline.terms.scope import EMPLOYMENT_KEYS, Term, supersedes, terms_of
from byline.terms.verdict import lane_of
from byline.terms.vocabulary import PEOPLE_POPULATIONS, SIGNED_KINDS

__all__ = ["Problem", "check_terms"]


def check_terms(
    agreements: Sequence[Agreement],
    *,
    notices: Sequence[Notice],
    as_of: dt.date | None = None,
    proposed: bool = False,
) -> list[Problem]:
    """The problems of a set of terms, sorted: errors first.

    Args:
        agreements: Agreements and packs.
        notices: Notices served.
        as_of: The day on which dates are checked; None checks them against each other only.
        proposed: Whether proposed agreements forbid and require as if in force.

    Codes: `contradiction`, `superseded`, `never_applies`, `no_notice`, `notice_unserved`,
    `signed_notice`, those of `byline.terms.kind_checks` (`no_source`,
    `no_jurisdiction`, `no_place`, `kind_effect`, `kind_basis`, `kind_scope`,
    `supersedes_unknown`) and those of `byline.terms.file_checks` (`template`, `proposed`,
    `expired`, `expires_soon`, `not_yet_effective`, `unreviewed`, `unpinned`).
    """
    terms = terms_of(agreements, as_of=as_of or dt.date.min, proposed=proposed)
    known = frozenset(agreement.id for agreement in agreements)
    return in_order(
        [
            *_contradictions(terms, as_of=as_of, proposed=proposed),
            *(problem for term in terms for problem in _never_applies(term)),
            *(problem for term in terms for problem in _notice_faults(term, terms, as_of)),
            *_unserved(agreements, notices),
            *(problem for each in agreements for problem in kind_faults(each)),
            *(problem for each in agreements for problem in supersedes_faults(each, known=known)),
            *(
                problem
                for each in agreements
                for problem in date_faults(each, as_of=as_of, proposed=proposed)
            ),
            *review_faults(agreements),
        ]
    )


def _contradictions(
    terms: Sequence[Term], *, as_of: dt.date | None, proposed: bool
) -> Iterator[Problem]:
    counting = [term for term in terms if proposed or term.agreement.status == "in_force"]
    others = [one for one in counting if one.clause.effect != "permit" or one.agreement.supersedes]
    for permit in (term for term in counting if term.clause.effect == "permit"):
        for other in others:
            if not speaks_of_all(other, permit, as_of=as_of):
                continue
            about = (permit.id, other.id)
            if words := _against(other, permit):
                yield Problem("error", "contradiction", about, words)
            elif words := _over(other, permit):
                yield Problem("warning", "superseded", about, words)


def _against(other: Term, permit: Term) -> str:
    """Why the permit includes nothing that the other clause speaks about, or nothing."""
    wanted, given = other.clause, permit.clause
    lane = lane_of(permit)
    if wanted.effect == "forbid":
        return f"clause {other.id} forbids everything that clause {permit.id} permits"
    if wanted.effect != "require":
        return ""
    if wanted.basis not in {None, given.basis}:
        asked, has = f"the basis {wanted.basis}", f"rests on {given.basis}"
    elif wanted.lane not in {None, lane}:
        asked, has = f"the {wanted.lane} lane", f"is for the {lane} one"
    else:
        return ""
    return (
        f"clause {other.id} requires {asked} for everything that clause {permit.id} permits, "
        f"and that {has}, so it includes nothing"
    )


def _over(other: Term, permit: Term) -> str:
    """That the agreement of the other clause supersedes the one of the permit, or nothing."""
    if not supersedes(other.agreement, permit.agreement):
        return ""
    return (
        f"clause {permit.id} never applies: agreement {other.agreement.id} supersedes "
        f"{permit.agreement.id}, and its clause {other.id} speaks about all of that"
    )


def _never_applies(term: Term) -> Iterator[Problem]:
    who, where, permits = term.clause.who, term.clause.where, term.clause.effect == "permit"
    about_employment = any(getattr(who, key) for _, key in EMPLOYMENT_KEYS)
    reasons = []
    if about_employment and "roster" not in term.populations:
        reasons.append("worker types, places and units belong to roster people, not to these")
    if term.populations <= {"bot", "ai"} and who.people:
        reasons.append("bots and AI accounts are no people of the roster")
    if where.customers and where.owners and "customer" not in where.owners:
        reasons.append('customers are given, but `owners` leaves "customer" out')
    if who.countries and who.regions and not {one[:2] for one in who.regions} & {*who.countries}:
        reasons.append("none of its regions is in one of its countries")
    if term.days.empty:
        reasons.append("its days and those of its agreement have none in common")
    if permits and term.agreement.status == "proposed":
        reasons.append("what is only proposed permits nothing")
    for reason in reasons:
        yield Problem(
            "error", "never_applies", (term.id,), f"clause {term.id} can never apply: {reason}"
        )


def _notice_faults(term: Term, others: Sequence[Term], as_of: dt.date | None) -> Iterator[Problem]:
    clause = term.clause
    if clause.effect != "permit" or clause.needs_notice or clause.basis == "licence":
        return
    if not term.populations & PEOPLE_POPULATIONS or _told_by_another(term, others, as_of):
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
            f"clause {term.id} permits people's work but names no notice, so it includes nobody; "
            "name one in `needs_notice`",
        )


def _told_by_another(permit: Term, others: Sequence[Term], as_of: dt.date | None) -> bool:
    """Whether a require asks for a notice of all that the permit, which names none, permits."""
    return any(
        other.clause.effect == "require"
        and bool(other.clause.needs_notice)
        and speaks_of_all(other, permit, as_of=as_of)
        for other in others
    )


def _unserved(agreements: Sequence[Agreement], notices: Sequence[Notice]) -> Iterator[Problem]:
    for name in unserved_notices(agreements, notices=notices):
        yield Problem(
            "warning",
            "notice_unserved",
            (name,),
            f"notice {name} was served to nobody so far; serve it, and record that in notices.csv",
        )
