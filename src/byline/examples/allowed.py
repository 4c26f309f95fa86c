"""What decisions allow, line by line: the join of contributions and decisions that recipes read.

Lines of one commit in one item stand or fall together, and with everyone whom the commit names: one
excluded co-author, or one purpose that is not permitted, excludes them. Lines whose origin a record
tells (`recorded` in `CONTRIBUTIONS`) are decided on their own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

IDENTIFIED = "identified"
WHOLE = "whole"
COPIED = "third_party_copy"


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


@dataclass(frozen=True)
class Permissions:
    """What may be used.

    Attributes:
        by_commit: By (item, commit): the lines that no record speaks of.
        by_place: By (item, side): first line, number of lines, and what is known of lines that a
            record speaks of.
        by_record: By (item, commit): what is known of an edit or message of which a record speaks
            as a whole.
    """

    by_commit: Mapping[tuple[str, str], Allowed]
    by_place: Mapping[tuple[str, str], Sequence[tuple[int, int, Allowed]]]
    by_record: Mapping[tuple[str, str], Allowed]

    def get(self, item: str, commit: str) -> Allowed | None:
        """What is known of a commit's edit of an item, or of its message, as a whole."""
        return self.by_record.get((item, commit)) or self.by_commit.get((item, commit))


def permissions(
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    held: Mapping[str, dt.datetime] | None = None,
) -> Permissions:
    """What may be used, by item, commit and place.

    Args:
        contributions: `CONTRIBUTIONS`.
        decisions: `DECISIONS` on them.
        held: Commits that count as later than they are, because the piece of work that they belong
            to goes on: it may not stand on both sides of a cut.
    """
    verdicts: dict[str, list[dict[str, Any]]] = {}
    for row in decisions.select(["contribution", "outcome", "reason", "clauses"]).to_pylist():
        verdicts.setdefault(row["contribution"], []).append(row)
    grouped: dict[tuple[str, str, str | None], list[dict[str, Any]]] = {}
    columns = ["contribution", "item", "commit", "person", "role", "population", "authored",
               "authorship", "recorded", "places"]  # fmt: skip
    for row in contributions.select(columns).to_pylist():
        grouped.setdefault((row["item"], row["commit"], row["recorded"]), []).append(row)
    by_commit: dict[tuple[str, str], Allowed] = {}
    by_place: dict[tuple[str, str], list[tuple[int, int, Allowed]]] = {}
    by_record: dict[tuple[str, str], Allowed] = {}
    for (item, commit, recorded), rows in grouped.items():
        allowed = _allowed(rows, verdicts)
        if held and commit in held:
            allowed = replace(allowed, time=max(allowed.time, held[commit]))
        places = rows[0]["places"] or ()
        if recorded is None:
            by_commit[item, commit] = allowed
        elif not places or any(place["side"] == WHOLE for place in places):
            by_record[item, commit] = allowed
        for place in places:
            where = by_place.setdefault((item, place["side"]), [])
            where.append((place["start"], place["lines"], allowed))
    return Permissions(by_commit, by_place, by_record)


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
        origin="bot"
        if author["population"] == "bot" and not author["places"]
        else author["authorship"],
        time=author["authored"],
        clauses=tuple(sorted(clauses)),
    )


def by_line(
    item: str,
    origins: Sequence[Mapping[str, Any]],
    permitted: Permissions,
    *,
    lines: int,
    side: str,
) -> list[Allowed]:
    """What is known of each of the `lines` of a text; a line without an origin is undecided.

    Args:
        item: The item that the text is of.
        origins: Who wrote which lines.
        permitted: What may be used.
        lines: How many lines the text has.
        side: Which text of the item it is: file | before | after.
    """
    known = [UNDECIDED] * lines
    for origin in origins:
        start = origin["start"] - 1
        found = permitted.by_commit.get((item, origin["commit"]), UNDECIDED)
        known[start : start + origin["lines"]] = [found] * origin["lines"]
    for start, count, allowed in permitted.by_place.get((item, side), ()):
        known[start - 1 : start - 1 + count] = [allowed] * count
    return known


def by_run(
    item: str, origins: Sequence[Mapping[str, Any]], permitted: Permissions, *, side: str
) -> list[tuple[Allowed, int]]:
    """What is known of a text, as numbers of lines, without the text; see `by_line`."""
    if (item, side) not in permitted.by_place:
        return [
            (permitted.by_commit.get((item, run["commit"]), UNDECIDED), run["lines"])
            for run in origins
        ]
    lines = max(run["start"] - 1 + run["lines"] for run in origins)
    return [(known, 1) for known in by_line(item, origins, permitted, lines=lines, side=side)]


UNDECIDED = Allowed("undecided", (), "unknown", dt.datetime(1970, 1, 1, tzinfo=dt.UTC), ())


def without_copies(
    known: Sequence[Allowed], copied: Sequence[Mapping[str, Any]] | None
) -> list[Allowed]:
    """The same, with permitted lines that are copies of third parties' files excluded.

    Whoever committed such lines did not write them, so no agreement with them speaks of them.

    Args:
        known: What is known of each line.
        copied: ``copied_lines`` or ``copied_before`` of `LABELS`.
    """
    found = list(known)
    for span in copied or ():
        for place in range(span["start"] - 1, min(span["start"] - 1 + span["lines"], len(found))):
            if found[place].reason is None:
                found[place] = replace(found[place], reason=COPIED)
    return found


def reason_in_account(known: Allowed) -> str:
    """How an excluded line is accounted for: what the terms say of it, or that it is a copy."""
    return COPIED if known.reason == COPIED else f"terms: {known.reason}"
