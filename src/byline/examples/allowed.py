"""What decisions allow, line by line: the join of contributions and decisions that recipes read.

Lines of one commit in one item stand or fall together, and with everyone whom the commit names: one
excluded co-author, or one purpose that is not permitted, excludes them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

IDENTIFIED = "identified"


@dataclass(frozen=True)
class Allowed:
    """What is known of the lines that one commit wrote in one item.

    Attributes:
        reason: Why they are excluded; None when they may be used.
        people: Everyone named, the author first.
        origin: human | ai | mixed | unknown | bot.
        time: When they were written.
        clauses: The clauses relied on.
    """

    reason: str | None
    people: tuple[str, ...]
    origin: str
    time: dt.datetime
    clauses: tuple[str, ...]


Permissions = Mapping[tuple[str, str], Allowed]


def permissions(contributions: pa.Table, decisions: pa.Table) -> Permissions:
    """What may be used, by (item, commit)."""
    verdicts: dict[str, list[dict[str, Any]]] = {}
    for row in decisions.select(["contribution", "outcome", "reason", "clauses"]).to_pylist():
        verdicts.setdefault(row["contribution"], []).append(row)
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    columns = ["contribution", "item", "commit", "person", "role", "population", "authored",
               "authorship"]  # fmt: skip
    for row in contributions.select(columns).to_pylist():
        grouped.setdefault((row["item"], row["commit"]), []).append(row)
    return {key: _allowed(rows, verdicts) for key, rows in grouped.items()}


def _allowed(
    rows: Sequence[dict[str, Any]], verdicts: Mapping[str, list[dict[str, Any]]]
) -> Allowed:
    ordered = sorted(rows, key=lambda row: (row["role"] != "author", row["contribution"]))
    reason: str | None = None
    clauses: set[str] = set()
    for row in ordered:
        found = verdicts.get(row["contribution"], [])
        if not found:
            reason = reason or "undecided"
        for verdict in found:
            clauses.update(verdict["clauses"])
            if verdict["outcome"] == IDENTIFIED:
                continue
            held_back = verdict["outcome"] == "pseudonymised-lane"
            reason = reason or ("lane_not_released" if held_back else verdict["reason"])
    author = ordered[0]
    return Allowed(
        reason=reason,
        people=tuple(dict.fromkeys(row["person"] for row in ordered if row["person"])),
        origin="bot" if author["population"] == "bot" else author["authorship"],
        time=author["authored"],
        clauses=tuple(sorted(clauses)),
    )


def by_line(
    item: str, origins: Sequence[Mapping[str, Any]], permitted: Permissions, *, lines: int
) -> list[Allowed]:
    """What is known of each of the `lines` of a text; a line without an origin is undecided."""
    known = [UNDECIDED] * lines
    for origin in origins:
        start = origin["start"] - 1
        found = permitted.get((item, origin["commit"]), UNDECIDED)
        known[start : start + origin["lines"]] = [found] * origin["lines"]
    return known


UNDECIDED = Allowed("undecided", (), "unknown", dt.datetime(1970, 1, 1, tzinfo=dt.UTC), ())
