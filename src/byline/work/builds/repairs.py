"""From red to green: which later run of the same job passed, and what git has to be asked for it.

Runs of one job on one branch, or on the patchsets of one review, stand in order of time. A failed
run whose next run passed is repaired, if the second commit descends from the first (or is a later
patchset of the same review), and the two are near enough in commits and hours (the
numbers are ours). Between failed runs of one session lie attempts.

Every failed run has one row in `ACCOUNT`: why it is no repair, or which run repaired it. Nothing is
judged of the code: that is the recipe's.
"""

import datetime as dt
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from byline.work.items import RANGES

REPAIR, ATTEMPT, REPAIRED = "repair", "attempt", "repaired"
LEADS: Final = (REPAIRED, ATTEMPT)
ACCOUNT = pa.schema(
    [
        pa.field("work_item", pa.string(), nullable=False),  # the failed run
        pa.field("repository", pa.string()),
        # repaired | attempt, or why neither: infra: …, flaky, unknown_commit, no_time,
        # never_passed, same_commit_again, not_descended, too_many_commits, too_late
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("next_item", pa.string()),  # the run that follows, where one does
        pa.field("old_commit", pa.string()),
        pa.field("new_commit", pa.string()),
        pa.field("from_patchset", pa.int32()),
        pa.field("to_patchset", pa.int32()),
    ]
)
SEARCHED: Final = 2000  # commits looked at, at most, to find whether one descends from another


@dataclass(frozen=True)
class RepairSettings:
    """How near a repair is to the failure.

    Attributes:
        max_commits: Commits between the failing and the passing one, the latter included.
        max_hours: Between the starts of the two runs.
    """

    max_commits: int = 5
    max_hours: float = 48.0


@dataclass(frozen=True)
class _Build:
    item: str
    repository: str | None
    commit: str
    state: str
    opened: dt.datetime
    infra: str | None
    review: str | None  # the key of the review that it ran for
    patchset: int | None


def repairs(
    items: pa.Table,
    commits: pa.Table,
    patchsets: pa.Table,
    *,
    settings: RepairSettings = RepairSettings(),
) -> pa.Table:
    """`RANGES` of all repairs (purpose ``repair``) and of the attempts before them (``attempt``).

    Args:
        items: `ITEMS`; those that are no builds are passed over.
        commits: `COMMITS`, whose parents say what descends from what.
        patchsets: `PATCHSETS` of reviews.
        settings: How near a repair is.
    """
    account = repair_account(items, commits, patchsets, settings=settings)
    rows = [
        {
            "work_item": row["work_item"],
            "purpose": REPAIR if row["outcome"] == REPAIRED else ATTEMPT,
            "old_commit": row["old_commit"],
            "new_commit": row["new_commit"],
            "from_patchset": row["from_patchset"],
            "to_patchset": row["to_patchset"],
            "paths": None,
        }
        for row in account.to_pylist()
        if row["outcome"] in LEADS
    ]
    return pa.Table.from_pylist(rows, schema=RANGES)


def repair_account(
    items: pa.Table,
    commits: pa.Table,
    patchsets: pa.Table,
    *,
    settings: RepairSettings = RepairSettings(),
) -> pa.Table:
    """`ACCOUNT`: one row for each failed build, in order of its id; see `repairs`."""
    parents = dict(zip(commits["commit"].to_pylist(), commits["parents"].to_pylist(), strict=True))
    rows: list[dict[str, Any]] = []
    sessions: dict[tuple[str, ...], list[_Build]] = {}
    keys = dict(zip(items["item"].to_pylist(), items["key"].to_pylist(), strict=True))
    places = _places(patchsets, keys)
    for row in items.to_pylist():
        if row["kind"] != "build":
            continue
        detail = json.loads(row["detail"])
        unfit = _unfit(row, detail)
        if unfit is None:
            build = _build(row, detail, places)
            sessions.setdefault(_lane(row, detail, build), []).append(build)
        elif row["state"] == "failed":
            rows.append(_row(row["item"], row["repository"], unfit))
    for lane in sorted(sessions):
        runs = sorted(sessions[lane], key=lambda one: (one.opened, one.item))
        rows += _account(runs, parents, settings)
    rows.sort(key=lambda one: str(one["work_item"]))
    return pa.Table.from_pylist(rows, schema=ACCOUNT)


def _places(patchsets: pa.Table, keys: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """The review's key and number of each patchset's commit; one of two reviews is of neither."""
    places: dict[str, tuple[str, int] | None] = {}
    for row in patchsets.select(["item", "number", "head"]).to_pylist():
        review = keys.get(row["item"], row["item"])
        known = places.get(row["head"], (review, row["number"]))
        same = known is not None and known[0] == review
        places[row["head"]] = known if same else None
    return {head: place for head, place in places.items() if place is not None}


def _unfit(row: Mapping[str, Any], detail: Mapping[str, Any]) -> str | None:
    if row["state"] not in ("passed", "failed"):
        return "not_finished"
    if detail.get("commit") is None:
        return "unknown_commit"
    return "no_time" if row["opened"] is None else None


def _build(
    row: Mapping[str, Any], detail: Mapping[str, Any], places: Mapping[str, tuple[str, int]]
) -> _Build:
    review, patchset = places.get(detail["commit"], (detail.get("review"), None))
    return _Build(
        item=row["item"],
        repository=row["repository"],
        commit=detail["commit"],
        state=row["state"],
        opened=row["opened"],
        infra=detail.get("infra"),
        review=review,
        patchset=patchset,
    )


def _lane(row: Mapping[str, Any], detail: Mapping[str, Any], build: _Build) -> tuple[str, ...]:
    """What runs have in common that can repair each other."""
    where = f"review {build.review}" if build.review else f"branch {detail.get('branch') or ''}"
    names = (detail.get("system"), row["source"], row["repository"], detail.get("workflow"),
             detail.get("job"))  # fmt: skip
    return (*(str(one or "") for one in names), where)


def _account(
    runs: Sequence[_Build], parents: Mapping[str, Sequence[str]], settings: RepairSettings
) -> Iterator[dict[str, Any]]:
    """The rows of the failed runs of one lane, which are in order of time."""
    passed = {one.commit for one in runs if one.state == "passed"}
    flaky = {one.commit for one in runs if one.state == "failed"} & passed
    real = [one for one in runs if one.state == "passed" or not (one.infra or one.commit in flaky)]
    following = dict(zip((one.item for one in real), real[1:], strict=False))
    outcomes: dict[str, str] = {}
    for one in reversed(real):
        if one.state == "failed":
            outcomes[one.item] = _outcome(one, following.get(one.item), outcomes, parents, settings)
    for one in runs:
        if one.state != "failed":
            continue
        then = following.get(one.item)
        if one.infra:
            yield _row(one.item, one.repository, f"infra: {one.infra}")
        elif one.commit in flaky:
            yield _row(one.item, one.repository, "flaky")
        else:
            yield _row(one.item, one.repository, outcomes[one.item], one, then)


def _outcome(
    one: _Build,
    then: _Build | None,
    outcomes: Mapping[str, str],
    parents: Mapping[str, Sequence[str]],
    settings: RepairSettings,
) -> str:
    if then is None or (then.state == "failed" and outcomes[then.item] not in LEADS):
        return "never_passed"
    if then.commit == one.commit:
        return "same_commit_again"
    if then.opened - one.opened > dt.timedelta(hours=settings.max_hours):
        return "too_late"
    distance = _distance(one, then, parents, settings.max_commits)
    if distance is None or distance > settings.max_commits:
        return "not_descended" if distance is None else "too_many_commits"
    return REPAIRED if then.state == "passed" else ATTEMPT


def _distance(
    one: _Build, then: _Build, parents: Mapping[str, Sequence[str]], limit: int
) -> int | None:
    """How many commits, or patchsets, lie from one run to the next; None if none lead there."""
    if one.patchset is not None and then.patchset is not None and one.review == then.review:
        return then.patchset - one.patchset if then.patchset > one.patchset else None
    old = _ancestors(one.commit, parents)
    if then.commit in old:
        return None
    new: set[str] = set()
    pending, reached = [then.commit], False
    while pending and len(new) <= max(limit, SEARCHED):
        commit = pending.pop()
        reached = reached or commit == one.commit
        if commit in new or commit in old or commit not in parents:
            continue
        new.add(commit)
        pending.extend(parents[commit])
    return len(new) if reached else None


def _ancestors(commit: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    """The commit and what it descends from, the nearest first, within bounds."""
    found = {commit}
    pending = deque([commit])
    while pending and len(found) <= SEARCHED:
        new = [one for one in parents.get(pending.popleft(), ()) if one not in found]
        found.update(new)
        pending.extend(new)
    return found


def _row(
    item: str,
    repository: str | None,
    outcome: str,
    one: _Build | None = None,
    then: _Build | None = None,
) -> dict[str, Any]:
    together = one is not None and then is not None and one.review == then.review
    return {
        "work_item": item,
        "repository": repository,
        "outcome": outcome,
        "next_item": then.item if then else None,
        "old_commit": one.commit if one else None,
        "new_commit": then.commit if then else None,
        "from_patchset": one.patchset if one and together else None,
        "to_patchset": then.patchset if then and together else None,
    }
