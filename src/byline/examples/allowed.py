"""What decisions allow, line by line: the join of contributions and decisions that recipes read.

Lines of one commit in one item stand or fall together, and with everyone whom the commit names: one
excluded co-author, or one purpose that is not permitted, excludes them. Lines whose origin a record
tells (`recorded` in `CONTRIBUTIONS`) are decided on their own.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

IDENTIFIED = "identified"
WHOLE = "whole"
COPIED = "third_party_copy"
HELD_BACK = {"pseudonymised-lane": "lane_not_released"}
NO_VERDICT: tuple[str | None, frozenset[str]] = ("undecided", frozenset())


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
    verdicts = _verdicts(decisions)
    grouped: dict[tuple[str, str, str | None], list[_Fact]] = {}
    keys = (contributions[name].to_pylist() for name in ("item", "commit", "recorded"))
    for key, fact in zip(zip(*keys, strict=True), _facts(contributions), strict=True):
        grouped.setdefault(key, []).append(fact)
    by_commit: dict[tuple[str, str], Allowed] = {}
    by_place: dict[tuple[str, str], list[tuple[int, int, Allowed]]] = {}
    by_record: dict[tuple[str, str], Allowed] = {}
    for (item, commit, recorded), facts in grouped.items():
        allowed = _allowed(facts, verdicts)
        if held and commit in held:
            allowed = replace(allowed, time=max(allowed.time, held[commit]))
        places = facts[0].places or ()
        if recorded is None:
            by_commit[item, commit] = allowed
        elif not places or any(place["side"] == WHOLE for place in places):
            by_record[item, commit] = allowed
        for place in places:
            where = by_place.setdefault((item, place["side"]), [])
            where.append((place["start"], place["lines"], allowed))
    return Permissions(by_commit, by_place, by_record)


class _Fact(NamedTuple):
    """What a row of `CONTRIBUTIONS` says of lines; in this order rows of one commit are read."""

    is_other: bool  # than the author
    contribution: str
    person: str | None
    population: str
    authorship: str
    authored: dt.datetime
    places: Sequence[Mapping[str, Any]] | None


def _facts(contributions: pa.Table) -> Iterator[_Fact]:
    times = contributions["authored"].combine_chunks().dictionary_encode()
    moments = times.dictionary.to_pylist()
    places = contributions["places"]
    return map(
        _Fact,
        [role != "author" for role in contributions["role"].to_pylist()],
        contributions["contribution"].to_pylist(),
        contributions["person"].to_pylist(),
        contributions["population"].to_pylist(),
        contributions["authorship"].to_pylist(),
        [moments[at] for at in times.indices.to_pylist()],
        repeat(None) if places.null_count == len(places) else places.to_pylist(),
    )


def _verdicts(decisions: pa.Table) -> dict[str, tuple[str | None, frozenset[str]]]:
    """Of each contribution why it may not be used, if it may not, and the clauses relied on."""
    clauses = decisions["clauses"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(clauses), 0).to_pylist()
    flat = clauses.flatten().to_pylist()
    found: dict[str, tuple[str | None, frozenset[str]]] = {}
    sets: dict[tuple[str, ...], frozenset[str]] = {}
    columns = (decisions[name].to_pylist() for name in ("contribution", "outcome", "reason"))
    end = 0
    for contribution, outcome, why, length in zip(*columns, lengths, strict=True):
        start, end = end, end + length
        named = tuple(flat[start:end])
        reason = None if outcome == IDENTIFIED else HELD_BACK.get(outcome, why)
        known = found.get(contribution)
        relied = sets.setdefault(named, frozenset(named))
        if known is not None:
            reason, relied = known[0] or reason, known[1] | relied
        found[contribution] = reason, relied
    return found


def _allowed(
    facts: list[_Fact], verdicts: Mapping[str, tuple[str | None, frozenset[str]]]
) -> Allowed:
    author = facts[0]
    if len(facts) > 1:
        facts = sorted(facts, key=itemgetter(0, 1))
        author = facts[0]
        found = [verdicts.get(fact.contribution, NO_VERDICT) for fact in facts]
        reason = next((why for why, _ in found if why), None)
        clauses = frozenset[str]().union(*(one for _, one in found))
        people = tuple(dict.fromkeys(fact.person for fact in facts if fact.person))
    else:
        reason, clauses = verdicts.get(author.contribution, NO_VERDICT)
        people = (author.person,) if author.person else ()
    is_bot = author.population == "bot" and not author.places
    return Allowed(
        reason=reason or None,
        people=people,
        origin="bot" if is_bot else author.authorship,
        time=author.authored,
        clauses=_in_order(clauses),
    )


@lru_cache(maxsize=1024)
def _in_order(clauses: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(clauses))


def known_lines(files: pa.Table, permitted: Permissions) -> list[list[Allowed]]:
    """For each of `FILES` what is known of each of its lines; see `by_line`."""
    origins = files["origins"].combine_chunks()
    runs = origins.flatten()
    lengths = pc.list_value_length(origins).to_pylist()
    starts, counts, commits = (
        runs.field(name).to_pylist() for name in ("start", "lines", "commit")
    )
    found: list[list[Allowed]] = []
    end = 0
    items, lines = files["item"].to_pylist(), files["lines"].to_pylist()
    for item, total, length in zip(items, lines, lengths, strict=True):
        known = [UNDECIDED] * total
        begin, end = end, end + length
        for at in range(begin, end):
            start = starts[at] - 1
            allowed = permitted.by_commit.get((item, commits[at]), UNDECIDED)
            known[start : start + counts[at]] = [allowed] * counts[at]
        for start, count, allowed in permitted.by_place.get((item, "file"), ()):
            known[start - 1 : start - 1 + count] = [allowed] * count
        found.append(known)
    return found


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
