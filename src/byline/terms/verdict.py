"""The decision for one case and one purpose, in clear Python.

Invariants: a forbid overrides every permit; no permit means excluded; an included verdict has a
clause, a basis and a notice (law 2). The narrowest permit whose conditions are all met decides; if
none is, the permit nearest to being met says what is missing and what would change it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.conditions import Served, Unmet, notice_of, unmet_conditions
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal
from byline.terms.purposes import RESTRICTED
from byline.terms.reasons import EMPLOYMENT_REASONS, WEIGHT
from byline.terms.scope import Case, Term, applies, covers, terms_of
from byline.terms.vocabulary import AUTHORSHIPS, CLASSES, EMPLOYMENTS, OWNERS, POPULATIONS

INCLUDED = "identified"
PSEUDONYMISED = "pseudonymised-lane"
EXCLUDED = "excluded"

_LICENCE_SOURCES = frozenset({"file", "repository"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The columns of DECISIONS but contribution and purpose."""

    outcome: str
    reason: str
    clauses: tuple[str, ...] = ()
    basis: str | None = None
    notice: str | None = None
    missing: tuple[str, ...] = ()
    counterfactual: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """Everything that decisions are made from, arranged for looking up."""

    as_of: dt.date
    permits: tuple[Term, ...]
    forbids: tuple[Term, ...]
    requires: tuple[Term, ...]
    served: Served
    objections: dict[str, list[Withdrawal]]
    events: dict[str, list[BasisEvent]]
    assessments: dict[str, Assessment]
    holds: tuple[Hold, ...]
    proposed: bool


def arrange(
    agreements: Sequence[Agreement],
    *,
    notices: Sequence[Notice],
    objections: Sequence[Objection],
    withdrawals: Sequence[Withdrawal],
    as_of: dt.date,
    events: Sequence[BasisEvent] = (),
    assessments: Sequence[Assessment] = (),
    holds: Sequence[Hold] = (),
    proposed: bool = False,
) -> Arranged:
    """Arrange terms for looking up."""
    terms = terms_of(agreements, as_of=as_of)
    served: defaultdict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        served[notice.person, notice.notice].append(notice)
    says: defaultdict[str, list[Withdrawal]] = defaultdict(list)
    for say in (*objections, *withdrawals):
        says[say.person].append(say)
    said: defaultdict[str, list[BasisEvent]] = defaultdict(list)
    for event in events:
        said[event.person].append(event)
    return Arranged(
        as_of=as_of,
        permits=tuple(term for term in terms if term.clause.effect == "permit"),
        forbids=tuple(term for term in terms if term.clause.effect == "forbid"),
        requires=tuple(term for term in terms if term.clause.effect == "require"),
        served=dict(served),
        objections=dict(says),
        events=dict(said),
        assessments={each.id: each for each in assessments},
        holds=tuple(sorted(holds)),
        proposed=proposed,
    )


def verdict(case: Case, *, purpose: str, terms: Arranged) -> Verdict:
    """Decide one case for one purpose."""
    if case.population == "unknown" or (case.population == "roster" and not case.person):
        return _excluded("unknown_person", missing=("the person who wrote this",))
    if strange := _strange_facts(case):
        return _excluded("unknown_fact", missing=strange)
    allowed = _with_the_authors_say(case, purpose=purpose, terms=terms)
    forbids = sorted(t.id for t in terms.forbids if applies(t, case, purpose=purpose))
    if not forbids:
        return allowed
    would = f"would be included if {_listed(forbids)} did not forbid it"
    return _excluded(
        "forbidden", clauses=forbids, change=None if allowed.outcome == EXCLUDED else would
    )


def _strange_facts(case: Case) -> tuple[str, ...]:
    closed = (
        ("class", case.work_class, CLASSES),
        ("owner", case.owner, OWNERS),
        ("population", case.population, POPULATIONS),
        ("employment", case.employment, EMPLOYMENTS),
        ("authorship", case.authorship, AUTHORSHIPS),
    )
    strange = [
        f"a known {name} (not {value!r})" for name, value, known in closed if value not in known
    ]
    if case.licence is not None and case.licence_source not in _LICENCE_SOURCES:
        strange.append("the source of the licence")
    return tuple(strange)


def _with_the_authors_say(case: Case, *, purpose: str, terms: Arranged) -> Verdict:
    permitted = _by_permits(case, purpose=purpose, terms=terms)
    says = [
        say
        for say in terms.objections.get(case.person or "", ())
        if say.covers(work_class=case.work_class, purpose=purpose, as_of=terms.as_of)
    ]
    if not says:
        return permitted
    ids = sorted({f"objection {say.id}" for say in says if isinstance(say, Objection)})
    withdrawn = any(not isinstance(say, Objection) for say in says)
    made = " and ".join([*ids, *(["the withdrawal"] if withdrawn else [])])
    included = permitted.outcome != EXCLUDED
    return _excluded(
        "withdrawn" if withdrawn else "objected",
        clauses=permitted.clauses if included else (),
        change=f"would be included if {made} had not been made" if included else None,
    )


def _by_permits(case: Case, *, purpose: str, terms: Arranged) -> Verdict:
    requires = [term for term in terms.requires if applies(term, case, purpose=purpose)]
    nearest: tuple[int, Term, list[Unmet]] | None = None
    for term in terms.permits:
        if not covers(term, case, purpose=purpose):
            continue
        unmet, notices = _examine(term, case, requires=requires, terms=terms)
        if not unmet:
            return _permitted(term, requires=requires, notices=notices)
        if nearest is None or len(unmet) < nearest[0]:
            nearest = (len(unmet), term, unmet)
    if nearest is None:
        return _silence(case, purpose=purpose)
    return _not_met(nearest[1], sorted(nearest[2], key=lambda each: WEIGHT[each.reason]), requires)


def _examine(
    term: Term, case: Case, *, requires: Sequence[Term], terms: Arranged
) -> tuple[list[Unmet], list[str]]:
    unmet = list(unmet_conditions(term, case))
    notices: list[str] = []
    for require in requires:
        unmet += [_required(require, what) for what in _unmet_requirements(require, term)]
        if require.clause.needs_notice:
            found = notice_of(require, case, served=terms.served, as_of=terms.as_of)
            if isinstance(found, str):
                notices.append(found)
            else:
                unmet.append(_required(require, found))
    # A notice that a requirement asks for, once served, also tells of a permit that names none.
    if term.clause.needs_notice or not notices:
        own = notice_of(term, case, served=terms.served, as_of=terms.as_of)
        if isinstance(own, str):
            notices.insert(0, own)
        else:
            unmet.append(own)
    return unmet, list(dict.fromkeys(notices))


def _unmet_requirements(require: Term, permit: Term) -> list[Unmet]:
    wanted = require.clause
    unmet = []
    if wanted.basis is not None and wanted.basis != permit.clause.basis:
        words = f"the basis {wanted.basis}"
        unmet.append(Unmet("", words, f"a permit rested on {words}"))
    if wanted.lane is not None and wanted.lane != lane_of(permit):
        words = f"the {wanted.lane} lane"
        unmet.append(Unmet("", words, f"a permit were for {words}"))
    return unmet


def _required(require: Term, unmet: Unmet) -> Unmet:
    return Unmet(
        "requirement_unmet", f"{unmet.missing}, required by clause {require.id}", unmet.change
    )


def lane_of(permit: Term) -> str:
    """The lane that a permit is for."""
    return permit.clause.lane or "attributed"


def _permitted(term: Term, *, requires: Sequence[Term], notices: Sequence[str]) -> Verdict:
    return Verdict(
        outcome=INCLUDED if lane_of(term) == "attributed" else PSEUDONYMISED,
        reason="permitted",
        clauses=(term.id, *sorted(require.id for require in requires)),
        basis=term.clause.basis,
        notice="; ".join(notices),
    )


def _not_met(term: Term, unmet: Sequence[Unmet], requires: Sequence[Term]) -> Verdict:
    by_requirement = any(each.reason == "requirement_unmet" for each in unmet)
    changes = dict.fromkeys(each.change for each in unmet)
    return _excluded(
        unmet[0].reason,
        clauses=[term.id, *sorted(r.id for r in requires)] if by_requirement else [term.id],
        missing=tuple(dict.fromkeys(each.missing for each in unmet)),
        change=f"would be included if {' and '.join(changes)}",
    )


def _silence(case: Case, *, purpose: str) -> Verdict:
    wanted = f"an agreement that permits {case.work_class} work for {purpose}"
    return _excluded(
        _silent_reason(case, purpose=purpose),
        missing=(wanted,),
        change=f"would be included if {wanted} covered this and its conditions were met",
    )


def _silent_reason(case: Case, *, purpose: str) -> str:
    if purpose in RESTRICTED:
        return "restricted_purpose"
    populations = {"ai": "ai_authored", "bot": "bot", "outsider": "outsider"}
    if case.population in populations:
        return populations[case.population]
    owners = {
        "customer": "customer_work", "third-party": "third_party", "own-time": "own_time",
    }  # fmt: skip
    return EMPLOYMENT_REASONS.get(case.employment) or owners.get(case.owner) or "silence"


def _excluded(
    reason: str,
    *,
    clauses: Sequence[str] = (),
    missing: tuple[str, ...] = (),
    change: str | None = None,
) -> Verdict:
    return Verdict(
        outcome=EXCLUDED,
        reason=reason,
        clauses=tuple(clauses),
        missing=missing,
        counterfactual=change,
    )


def _listed(clauses: Sequence[str]) -> str:
    return f"clause {clauses[0]}" if len(clauses) == 1 else f"clauses {', '.join(clauses)}"
