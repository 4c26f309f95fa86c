"""The decision for one case and one purpose, in clear Python.

Invariants: a hold stands before everything but an unknown person, for what is held is not to be
looked into; then a forbid overrides every permit, also where it is an unknown fact that makes it
apply; no permit means excluded; an included verdict has a clause, a basis and a notice (law 2). The
narrowest permit whose conditions are all met decides; if none is, the permit nearest to being met
says what is missing and what would change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from byline.terms.arranged import Arranged
from byline.terms.bases import against
from byline.terms.conditions import Question, Unmet, notice_of, unmet_assessment, unmet_conditions
from byline.terms.purposes import RESTRICTED
from byline.terms.reasons import EMPLOYMENT_REASONS, WEIGHT
from byline.terms.sayings import LIFTED_BY, STRANGE
from byline.terms.scope import Case, Term, applies, covers
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


def verdict(case: Case, *, purpose: str, terms: Arranged) -> Verdict:
    """Decide one case for one purpose."""
    if case.population == "unknown" or (case.population == "roster" and not case.person):
        return _excluded("unknown_person", missing=("the person who wrote this",))
    if terms.is_held(case):
        return _excluded("held")
    if strange := _strange_facts(case):
        return _excluded("unknown_fact", missing=strange)
    asked = Question(case, purpose, terms.said(case, purpose=purpose), terms)
    allowed = _with_the_authors_say(asked)
    forbids = {
        term.id: unknown
        for term in terms.forbids
        if (unknown := applies(term, case, purpose=purpose)) is not None
    }
    return _forbidden(forbids, allowed) if forbids else allowed


def _forbidden(forbids: dict[str, tuple[str, ...]], allowed: Verdict) -> Verdict:
    """What forbids decide: known to apply, or taken to apply because of unknown facts."""
    clauses = sorted(forbids)
    missing = tuple(dict.fromkeys(fact for each in clauses for fact in forbids[each]))
    if all(forbids.values()):
        reason = "unknown_fact"
        change = f"{' and '.join(missing)} were known, and {_listed(clauses)} did not cover it"
    else:
        reason, change = "forbidden", f"{_listed(clauses)} did not forbid it"
    would = None if allowed.outcome == EXCLUDED else f"would be included if {change}"
    return _excluded(reason, clauses=clauses, missing=missing, change=would)


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


def _with_the_authors_say(asked: Question) -> Verdict:
    permitted = _by_permits(asked)
    stands = against(asked.said)
    if not stands:
        return permitted
    if stands == (STRANGE,):
        return _excluded("unknown_fact", missing=("what the author said about the use",))
    made = " and ".join(_names_of(stands, asked))
    included = permitted.outcome != EXCLUDED and STRANGE not in stands
    return _excluded(
        stands[0],
        clauses=permitted.clauses if included else (),
        change=f"would be included if {made} had not been made" if included else None,
    )


def _names_of(stands: Sequence[str], asked: Question) -> list[str]:
    """What the author said against the use, by name, without what they lifted since."""
    case, said = asked.case, asked.said.latest
    return sorted(
        {
            each.name
            for each in asked.terms.sayings.get(case.person or "", ())
            if each.kind in stands
            and each.kind in LIFTED_BY
            and each.covers(work_class=case.work_class, purpose=asked.purpose)
            and each.at >= said.get(LIFTED_BY[each.kind], each.at)
        }
    )


def _by_permits(asked: Question) -> Verdict:
    case, purpose, terms = asked.case, asked.purpose, asked.terms
    requires = [
        (term, unknown)
        for term in terms.requires
        if (unknown := applies(term, case, purpose=purpose)) is not None
    ]
    required = sorted(term.id for term, _ in requires)
    nearest: tuple[int, Term, list[Unmet]] | None = None
    for term in terms.permits:
        if not covers(term, case, purpose=purpose):
            continue
        unmet, notices = _examine(term, asked, requires=requires)
        if not unmet:
            return _permitted(term, requires=required, notices=notices)
        if nearest is None or len(unmet) < nearest[0]:
            nearest = (len(unmet), term, unmet)
    if nearest is None:
        return _silence(case, purpose=purpose)
    return _not_met(nearest[1], sorted(nearest[2], key=lambda each: WEIGHT[each.reason]), required)


def _examine(
    term: Term, asked: Question, *, requires: Sequence[tuple[Term, tuple[str, ...]]]
) -> tuple[list[Unmet], list[str]]:
    unmet = list(unmet_conditions(term, asked))
    notices: dict[str, bool] = {}
    for require, unknown in requires:
        unmet += [_required(require, what) for what in _unmet_requirements(require, term)]
        unmet += [_required(require, what) for what in unmet_assessment(require, asked)]
        if require.clause.needs_notice:
            found = notice_of(require, asked)
            if isinstance(found, str):
                notices[found] = notices.get(found, False) or not unknown
            else:
                unmet.append(_required(require, found))
    # A notice that a requirement asks for, once served, also tells of a permit that names none; but
    # not where the requirement is only taken to apply, or to know less would permit more.
    if term.clause.needs_notice or not any(notices.values()):
        own = notice_of(term, asked)
        if isinstance(own, str):
            notices = {own: True, **notices}
        else:
            unmet.append(own)
    return unmet, list(notices)


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
    own = unmet.reason == "assessment_missing"
    return Unmet(
        unmet.reason if own else "requirement_unmet",
        f"{unmet.missing}, required by clause {require.id}",
        unmet.change,
        by_requirement=True,
    )


def lane_of(permit: Term) -> str:
    """The lane that a permit is for."""
    return permit.clause.lane or "attributed"


def _permitted(term: Term, *, requires: Sequence[str], notices: Sequence[str]) -> Verdict:
    return Verdict(
        outcome=INCLUDED if lane_of(term) == "attributed" else PSEUDONYMISED,
        reason="permitted",
        clauses=(term.id, *requires),
        basis=term.clause.basis,
        notice="; ".join(notices),
    )


def _not_met(term: Term, unmet: Sequence[Unmet], requires: Sequence[str]) -> Verdict:
    by_requirement = any(each.by_requirement for each in unmet)
    changes = dict.fromkeys(each.change for each in unmet)
    return _excluded(
        unmet[0].reason,
        clauses=[term.id, *requires] if by_requirement else [term.id],
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
