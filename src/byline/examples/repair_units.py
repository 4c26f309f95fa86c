"""What can be learned from failed builds: each with its log, its repair and the attempts before.

Built from a `Material`: which later run repaired which is in the purposes of its changes
(``repair``, ``attempt``; see `byline.work.builds.repairs`). Every failed build is a unit; those
that nothing repaired are declined with the reason.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.examples.draft import Unit
from byline.examples.edit_sources import source as content_source
from byline.examples.material import Material, Row, source_of

Lane = tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """One failed build.

    Attributes:
        item: Row of `ITEMS`.
        detail: Its detail (`byline.work.builds.run`).
        log: Row of `PARTS` of its log, or of its first failed test; None without either.
        repair: Rows of `CHANGES` to the commit that passed; empty where it was not repaired.
        attempt: Rows of `CHANGES` to the next commit, which failed too; empty for the last.
        green: The build that passed, or None.
        unrepaired: Why there is no repair.
    """

    item: Row
    detail: Mapping[str, Any]
    log: Row | None
    repair: Sequence[Row]
    attempt: Sequence[Row]
    green: Row | None
    unrepaired: str


Session = tuple[Failure, ...]
"""Failed builds that follow each other; the last of them was repaired."""


@dataclass(frozen=True)
class Builds:
    """The builds of a bucket: all failures, by id, and the sessions of more than one failure."""

    failures: Mapping[str, Failure]
    sessions: Sequence[Session]


def builds_of(source: Material) -> Builds:
    """The failed builds of a bucket."""
    details = {
        item: json.loads(row["detail"])
        for item, row in source.items.items()
        if row["kind"] == "build"
    }
    runs: dict[tuple[Lane, str], list[Row]] = {}
    for item, detail in details.items():
        row = source.items[item]
        runs.setdefault((_lane(row, detail), str(detail.get("commit"))), []).append(row)
    failures = {
        item: _failure(source, source.items[item], detail, runs)
        for item, detail in details.items()
        if source.items[item]["state"] == "failed"
    }
    return Builds(failures, list(_sessions(failures, runs)))


def _lane(row: Row, detail: Mapping[str, Any]) -> Lane:
    names = (detail.get("system"), row["source"], row["repository"], detail.get("workflow"),
             detail.get("job"))  # fmt: skip
    return tuple(str(one or "") for one in names)


def _failure(
    source: Material,
    row: Row,
    detail: Mapping[str, Any],
    runs: Mapping[tuple[Lane, str], Sequence[Row]],
) -> Failure:
    changes = source.changes.get(row["item"], ())
    repair = [one for one in changes if one["purpose"] == "repair"]
    lane = _lane(row, detail)
    green = [
        one
        for one in runs.get((lane, repair[0]["commit"] if repair else ""), ())
        if one["state"] == "passed"
    ]
    logs = [part for part in source.parts.get(row["item"], ()) if part["kind"] == "log"]
    return Failure(
        item=row,
        detail=detail,
        log=logs[0] if logs else None,
        repair=repair,
        attempt=[one for one in changes if one["purpose"] == "attempt"],
        green=green[0] if green else None,
        unrepaired=_unrepaired(detail, runs.get((lane, str(detail.get("commit"))), ())),
    )


def _unrepaired(detail: Mapping[str, Any], same: Sequence[Row]) -> str:
    """Why a failure has no repair."""
    if detail.get("infra"):
        return f"infrastructure: {detail['infra']}"
    if detail.get("commit") is None:
        return "unknown_commit"
    return "flaky" if any(one["state"] == "passed" for one in same) else "no_repair"


def _sessions(
    failures: Mapping[str, Failure], runs: Mapping[tuple[Lane, str], Sequence[Row]]
) -> Iterator[Session]:
    """Chains of attempts that end in a repair, in order of their first failure."""
    following: dict[str, str] = {}
    for item, one in failures.items():
        if one.attempt and not one.repair:
            lane = _lane(one.item, one.detail)
            for row in runs.get((lane, one.attempt[0]["commit"]), ()):
                if row["item"] in failures and row["item"] != item:
                    following.setdefault(item, row["item"])
    later = set(following.values())
    for first in failures:
        if first not in following or first in later:
            continue
        chain = [first]
        while (then := following.get(chain[-1])) is not None and then not in chain:
            chain.append(then)
        if failures[chain[-1]].repair:
            yield tuple(failures[one] for one in chain)


def unit_of(session: Session, source: Material) -> Unit[Session]:
    """A unit of one failure or of several; its sources are their logs and all changes."""
    last = session[-1]
    rows = [row for one in session[:-1] for row in one.attempt] + list(last.repair)
    changes = [
        content_source(row, source.commits[row["commit"]])
        for row in rows
        if row["commit"] in source.commits and row["path"]
    ]
    logs = [
        source_of(one.log, one.item) if one.log is not None else _itself(one.item)
        for one in session
    ]
    sources = [one for one in (*logs, *changes) if one["time"] is not None]
    group = source.groups.get(last.item["item"])
    ended = last.green["closed"] or last.green["opened"] if last.green else None
    times = [one["time"] for one in sources] + ([ended] if ended else [])
    return Unit(
        what=session,
        sources=sources or [_itself(last.item)],
        item=last.item["item"],
        repository=last.item["repository"] or last.item["source"],
        time=max(times, default=_latest(source)),
        group=group.identity if group else last.item["item"],
    )


def _itself(item: Row) -> dict[str, Any]:
    """A build as a row of `SOURCE`, where it has no log."""
    return source_of({"native": "", "path": None, "start": None, "end": None, "time": None}, item)


def _latest(source: Material) -> dt.datetime:
    """A time for what has none: the latest of all, so that it never trains too early."""
    latest = dt.datetime(2199, 1, 1, tzinfo=dt.UTC)
    return max((group.time for group in source.groups.values()), default=latest)
