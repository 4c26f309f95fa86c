"""Which later run repaired which failed one, and why others are no repairs."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from byline.work.builds.repairs import RepairSettings, repair_account, repairs
from byline.work.items import Patchset, Reading, Source, item_of, tables_of
from byline.work.schema import COMMITS

START = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)


def oid(number: int) -> str:
    return f"{number:040x}"


def build(number: int, state: str, commit: int | None, hours: float = 0, **detail: Any) -> Reading:
    known = {"system": "github", "commit": None if commit is None else oid(commit), "branch": "main", "job": "test",
             "workflow": "CI", "infra": None}  # fmt: skip
    return Reading("build", f"build:github:{number}", state=state, repository="ledger",
                   opened=START + dt.timedelta(hours=hours), detail={**known, **detail})  # fmt: skip


def history(count: int) -> pa.Table:
    """A line of commits, each the parent of the next."""
    rows = [
        {"repository": "ledger", "commit": oid(number), "parents": [oid(number - 1)] if number else [],
         "author_name": "", "author_email": "", "author_time": START, "committer_name": "",
         "committer_email": "", "commit_time": START, "message": "", "trailers": [],
         "changes": [], "kind": "ordinary", "relations": [], "renames": []}
        for number in range(count)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=COMMITS)


def outcomes(*readings: Reading, commits: int = 30) -> dict[str, str]:
    tables = tables_of(Source("ci", "github", None), readings)  # type: ignore[arg-type]
    account = repair_account(tables.items, history(commits), tables.patchsets)
    names = {item_of(one): one.key.rpartition(":")[2] for one in readings}
    return {names[row["work_item"]]: row["outcome"] for row in account.to_pylist()}


def ranges(*readings: Reading) -> list[dict[str, Any]]:
    tables = tables_of(Source("ci", "github", None), readings)  # type: ignore[arg-type]
    return repairs(tables.items, history(30), tables.patchsets).to_pylist()


def test_red_then_green_is_a_repair() -> None:
    red, green = build(1, "failed", 3), build(2, "passed", 5, 1)
    (row,) = ranges(red, green)
    assert (row["purpose"], row["old_commit"], row["new_commit"]) == ("repair", oid(3), oid(5))
    assert row["work_item"] == item_of(red)


def test_attempts_lie_between_the_failures_of_a_session() -> None:
    rows = ranges(build(1, "failed", 3), build(2, "failed", 4, 1), build(3, "passed", 5, 2))
    assert sorted((row["purpose"], row["old_commit"], row["new_commit"]) for row in rows) == [
        ("attempt", oid(3), oid(4)),
        ("repair", oid(4), oid(5)),
    ]


def test_what_is_no_repair_is_counted_with_its_reason() -> None:
    assert outcomes(build(1, "failed", 3)) == {"1": "never_passed"}
    assert outcomes(build(1, "failed", 3), build(2, "passed", 3, 1)) == {"1": "flaky"}
    assert outcomes(build(1, "failed", 3, infra="network"), build(2, "passed", 4, 1)) == {
        "1": "infra: network"
    }
    assert outcomes(build(1, "failed", 3), build(2, "passed", 4, 49)) == {"1": "too_late"}
    assert outcomes(build(1, "failed", 3), build(2, "passed", 9, 1)) == {"1": "too_many_commits"}
    assert outcomes(build(1, "failed", 5), build(2, "passed", 3, 1)) == {"1": "not_descended"}
    assert outcomes(build(1, "failed", None)) == {"1": "unknown_commit"}


def test_runs_of_other_jobs_and_branches_repair_nothing() -> None:
    assert outcomes(build(1, "failed", 3), build(2, "passed", 4, 1, job="lint")) == {
        "1": "never_passed"
    }
    assert outcomes(build(1, "failed", 3), build(2, "passed", 4, 1, branch="other")) == {
        "1": "never_passed"
    }


def test_a_run_that_infrastructure_failed_does_not_stand_between() -> None:
    found = outcomes(
        build(1, "failed", 3), build(2, "failed", 4, 1, infra="timeout"), build(3, "passed", 5, 2)
    )
    assert found == {"1": "repaired", "2": "infra: timeout"}


def review(*heads: int) -> Reading:
    sets = [Patchset(number, oid(head)) for number, head in enumerate(heads, 1)]
    return Reading("review", "github:acme/ledger#41", patchsets=sets)


def test_patchsets_of_a_review_follow_each_other_whatever_their_parents() -> None:
    rows = ranges(review(20, 10), build(1, "failed", 20), build(2, "passed", 10, 1, branch="x"))
    assert [(row["from_patchset"], row["to_patchset"]) for row in rows] == [(1, 2)]
    assert outcomes(review(20, 10), build(1, "failed", 10), build(2, "passed", 20, 1)) == {
        "1": "not_descended"
    }


def test_a_run_that_names_its_review_stands_with_the_runs_of_its_patchsets() -> None:
    red = build(1, "failed", 3, branch="x", review="github:acme/ledger#41")
    assert outcomes(review(20, 4), red, build(2, "passed", 4, 1)) == {"1": "repaired"}


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.integers(0, 60)), max_size=12))
def test_every_failed_build_has_one_row_and_every_range_descends(
    runs: Sequence[tuple[bool, int, int]],
) -> None:
    readings = [build(number, "passed" if passed else "failed", commit, hours)
                for number, (passed, commit, hours) in enumerate(runs)]  # fmt: skip
    tables = tables_of(Source("ci", "github", None), readings)  # type: ignore[arg-type]
    settings = RepairSettings(max_commits=3)
    account = repair_account(tables.items, history(30), tables.patchsets, settings=settings)
    failed = sorted(item_of(one) for one in readings if one.state == "failed")
    assert account["work_item"].to_pylist() == failed
    made = repairs(tables.items, history(30), tables.patchsets, settings=settings)
    for row in made.to_pylist():
        assert 0 < int(row["new_commit"], 16) - int(row["old_commit"], 16) <= 3
    again = tables.items.take(pa.array(list(reversed(range(len(readings)))), pa.int64()))
    assert repairs(again, history(30), tables.patchsets, settings=settings) == made
