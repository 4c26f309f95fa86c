"""A decision in plain words, and what a set of facts lacks.

Invariant: nothing is said here that the decision, the facts or the agreements do not say.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from byline.terms.agreements import Agreement, Clause
from byline.terms.notices import Notice
from byline.terms.quotes import collapsed
from byline.terms.reasons import REASONS

_OUTCOMES = {
    "identified": "Included, with the byline (attributed lane)",
    "pseudonymised-lane": "Included under a pseudonym (anonymous lane)",
    "excluded": "Excluded",
}


def explain(
    decision: Mapping[str, Any], fact: Mapping[str, Any], *, agreements: Sequence[Agreement]
) -> str:
    """One decision in plain words, with the words of the clauses it cites.

    Args:
        decision: A row of `DECISIONS`.
        fact: The row of `FACTS` of the same contribution.
        agreements: The agreements that the decision was made from.
    """
    clauses = {each.id: (item, each) for item in agreements for each in item.clauses}
    written = f"{fact['authored']:%Y-%m-%d}"
    author = fact["person"] or f"an author of population {fact['population']!r}"
    outcome, reason = _OUTCOMES[decision["outcome"]], REASONS[decision["reason"]]
    lines = [
        f"{outcome} for {decision['purpose']}: {reason}",
        f"Work: {fact['class']} in {fact['repository']}, by {author}, written {written}.",
        *(_cited(identity, clauses.get(identity)) for identity in decision["clauses"]),
    ]
    if decision["basis"]:
        lines.append(f"Basis: {decision['basis'].replace('_', ' ')}. Notice: {decision['notice']}.")
    if decision["missing"]:
        lines.append(f"Missing: {'; '.join(decision['missing'])}.")
    if decision["counterfactual"]:
        lines.append(f"It {decision['counterfactual']}.")
    return "\n".join(lines)


def _cited(identity: str, found: tuple[Agreement, Clause] | None) -> str:
    if found is None:
        return f"Clause {identity} (its agreement is not among those given)."
    agreement, clause = found
    template = " [template, not legal advice]" if agreement.template else ""
    return (
        f"Clause {identity} of “{agreement.title}”, version {agreement.version}{template}, "
        f"{clause.effect}: “{collapsed(clause.text)}”"
    )


def day_in_words(day: dt.date) -> str:
    """A day as it is read aloud, such as 1 September 2024."""
    return f"{day.day} {day:%B %Y}"


class Gap(NamedTuple):
    """Work that is excluded for want of something, and how much of it there is."""

    reason: str
    missing: str
    purpose: str
    population: str
    contributions: int
    people: int
    lines: int


def gaps(facts: pa.Table, decisions: pa.Table) -> tuple[Gap, ...]:
    """What is missing for a set of facts, the greatest number of lines first.

    A row that lacks several things counts for each of them.

    Args:
        facts: A table of `FACTS`; each contribution once.
        decisions: The `DECISIONS` made for them.
    """
    excluded = decisions.filter(pc.equal(decisions["outcome"], "excluded"))
    wanted = facts.select(["contribution", "population", "person", "lines"])
    joined = excluded.select(["contribution", "purpose", "reason", "missing"]).append_column(
        "row", pc.index_in(excluded["contribution"], value_set=wanted["contribution"])
    )
    joined = joined.filter(pc.is_valid(joined["row"]))
    about = wanted.take(joined["row"])
    grouped = (
        pa.table(
            {
                "reason": joined["reason"],
                "missing": pc.binary_join(joined["missing"], "; "),
                "purpose": joined["purpose"],
                "population": about["population"],
                "person": about["person"],
                "lines": about["lines"],
            }
        )
        .group_by(["reason", "missing", "purpose", "population"])
        .aggregate([([], "count_all"), ("person", "count_distinct"), ("lines", "sum")])
    )
    rows = (
        Gap(
            reason=row["reason"],
            missing=row["missing"],
            purpose=row["purpose"],
            population=row["population"],
            contributions=row["count_all"],
            people=row["person_count_distinct"],
            lines=row["lines_sum"],
        )
        for row in grouped.to_pylist()
    )
    return tuple(sorted(rows, key=lambda gap: (-gap.lines, gap)))


def unserved_notices(
    agreements: Sequence[Agreement], *, notices: Sequence[Notice]
) -> tuple[str, ...]:
    """The notices that clauses need and that nobody was served, sorted."""
    served = Counter(each.notice for each in notices)
    needed = {each.needs_notice for item in agreements for each in item.clauses}
    return tuple(sorted(name for name in needed - {"", "licence"} if not served[name]))
