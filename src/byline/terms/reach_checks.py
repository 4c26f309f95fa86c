"""What the terms lack for the people on the roster, and what they say about nobody on it.

Invariant: people are counted in groups and never named; groups that lack the same are one problem.
"""

import itertools
from collections.abc import Sequence
from typing import Final

from byline.people.roster import Employment, Person
from byline.terms.agreements import Agreement, Clause
from byline.terms.coverage import Coverage, Group, State
from byline.terms.problems import Problem, Severity, in_order
from byline.terms.scope import EMPLOYMENT_KEYS, populations_of

_SHOWN_GROUPS = 3
_FINDINGS: Final[dict[State, tuple[str, str, str]]] = {
    "no_permit": ("no_permit", "no clause permits", "write a clause, or leave their work out"),
    "no_notice": ("not_told", "the notice was not served in time for", "serve it"),
    "no_assessment": ("not_assessed", "no assessment is in force for", "complete and sign it"),
}


def coverage_problems(rows: Sequence[Coverage]) -> list[Problem]:
    """What groups of people lack; groups that lack the same are one problem.

    Codes: `no_terms` (nothing of a group's work is permitted for anything), `no_permit`,
    `not_told`, `not_assessed`.
    """
    by_group: dict[Group, list[Coverage]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    found: dict[tuple[State, bool, tuple[tuple[str, str], ...]], list[tuple[Group, int]]] = {}
    for (group, cells), state in itertools.product(by_group.items(), _FINDINGS):
        lacking = [cell for cell in cells if getattr(cell, state)]
        if lacking:
            key = (
                state,
                len(lacking) == len(cells),
                tuple((cell.work_class, cell.purpose) for cell in lacking),
            )
            count = max(getattr(cell, state) for cell in lacking)
            found.setdefault(key, []).append((group, count))
    return in_order(
        _problem(state, groups, uses=uses, everything=everything)
        for (state, everything, uses), groups in found.items()
    )


def clauses_about_nobody(
    agreements: Sequence[Agreement], people: Sequence[Person]
) -> list[Problem]:
    """Clauses about roster people that no employment on the roster fits (`about_nobody`)."""
    known = {person.id: person for person in people}
    profiles = {_profile(each) for person in people for each in person.employments}
    problems = []
    for clause in (each for agreement in agreements for each in agreement.clauses):
        if not people or not _is_narrow(clause):
            continue
        named = [known[one] for one in clause.who.people if one in known]
        those = {_profile(each) for person in named for each in person.employments}
        if not any(_fits(clause, each) for each in (those if clause.who.people else profiles)):
            words = (
                f"clause {clause.id} is about nobody on the roster; correct its [clause.who], "
                "or remove it"
            )
            problems.append(Problem("warning", "about_nobody", (clause.id,), words))
    return in_order(problems)


def _profile(employment: Employment) -> tuple[str, ...]:
    return tuple(getattr(employment, fact) for fact, _ in EMPLOYMENT_KEYS)


def _is_narrow(clause: Clause) -> bool:
    narrow = clause.who.people or any(getattr(clause.who, key) for _, key in EMPLOYMENT_KEYS)
    return bool(narrow) and "roster" in populations_of(clause)


def _fits(clause: Clause, profile: tuple[str, ...]) -> bool:
    # What the roster does not say fits every clause but a permit, as in decisions.
    unsaid = clause.effect != "permit"
    wanted = (getattr(clause.who, key) for _, key in EMPLOYMENT_KEYS)
    return all(
        not words or fact in words or (unsaid and not fact)
        for words, fact in zip(wanted, profile, strict=True)
    )


def _problem(
    state: State,
    groups: Sequence[tuple[Group, int]],
    *,
    uses: Sequence[tuple[str, str]],
    everything: bool,
) -> Problem:
    code, words, fix = _FINDINGS[state]
    severity: Severity = "warning"
    if state == "no_permit":
        code = "no_terms" if everything else code
        severity = "warning" if everything else "information"
    count = sum(number for _, number in groups)
    who = "1 person" if count == 1 else f"{count} people"
    named = "; ".join(str(group) for group, _ in groups[:_SHOWN_GROUPS])
    more = len(groups) - _SHOWN_GROUPS
    more_words = f"; and {more} more groups" if more > 0 else ""
    what = "anything" if everything else _uses(uses)
    return Problem(
        severity,
        code,
        tuple(str(group) for group, _ in groups),
        f"{who} ({named}{more_words}): {words} {what}; {fix}",
    )


def _uses(uses: Sequence[tuple[str, str]]) -> str:
    by_purposes: dict[tuple[str, ...], list[str]] = {}
    by_class: dict[str, list[str]] = {}
    for work_class, purpose in uses:
        by_class.setdefault(work_class, []).append(purpose)
    for work_class, purposes in by_class.items():
        by_purposes.setdefault(tuple(purposes), []).append(work_class)
    return "; ".join(
        f"{' and '.join(classes)} for {', '.join(purposes)}"
        for purposes, classes in by_purposes.items()
    )
