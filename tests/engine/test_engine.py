"""Stages remember what is done, replace files whole, and say what went wrong."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from byline.engine.executor import LocalExecutor
from byline.engine.stage import Partition, Stage, combined, current, publish, run_stage
from byline.errors import IncompleteError, InputError, IntegrityError

NUMBERS = pa.schema([pa.field("n", pa.int64(), nullable=False)])


def doubled(table, *, times=2, trace=""):
    if trace:
        with Path(trace).open("a") as log:
            log.write("x")
    return pa.table({"extra": [0] * len(table), "n": [n * times for n in table["n"].to_pylist()]})


def positive(table, *, trace=""):
    if trace:
        with Path(trace).open("a") as log:
            log.write("y")
    return pa.table({"n": [n for n in table["n"].to_pylist() if n > 0]})


def fails_on_two(table, **_):
    if 2 in table["n"].to_pylist():
        raise InputError("two is wrong", advice="leave two out")
    return table


def dies_on_two(table, **_):
    if 2 in table["n"].to_pylist():
        os._exit(9)
    return table


def same(item):
    return item


DOUBLE = Stage("double", "1", doubled, NUMBERS)
POSITIVE = Stage("positive", "1", positive, NUMBERS)


def given(folder: Path, name: str, numbers: list[int]) -> Partition:
    publish(folder / "in" / name, "k", pa.table({"n": numbers}, schema=NUMBERS))
    found = current(folder / "in" / name, "k", name)
    assert found is not None
    return found


def inputs(folder: Path, groups: dict[str, list[int]]) -> list[tuple[str, list[Partition]]]:
    return [(name, [given(folder, name, numbers)]) for name, numbers in groups.items()]


def values(parts: list[Partition]) -> list[list[int]]:
    return [part.read()["n"].to_pylist() for part in parts]


def test_a_stage_runs_once_for_each_content(tmp_path):
    trace = str(tmp_path / "trace")
    groups = {"a": [1, 2], "b": [3]}

    def go(groups, **parameters):
        return run_stage(
            DOUBLE, inputs(tmp_path, groups), tables=tmp_path / "t", executor=LocalExecutor(1),
            parameters={"trace": trace, **parameters},
        )  # fmt: skip

    assert values(go(groups)) == [[2, 4], [6]]
    assert values(go(groups)) == [[2, 4], [6]]
    assert Path(trace).read_text() == "xx"
    assert values(go({"a": [1, 2], "b": [4]})) == [[2, 4], [8]]
    assert Path(trace).read_text() == "xxx"
    assert values(go(groups, times=3)) == [[3, 6], [9]]
    assert Path(trace).read_text() == "xxxxx"


def test_an_unchanged_result_stops_the_work_after_it(tmp_path):
    trace = str(tmp_path / "trace")

    def go(numbers):
        executor = LocalExecutor(1)
        first = run_stage(
            POSITIVE, inputs(tmp_path, {"a": numbers}), tables=tmp_path / "t", executor=executor
        )
        return run_stage(
            DOUBLE, [("a", first)], tables=tmp_path / "t", executor=executor,
            parameters={"trace": trace},
        )  # fmt: skip

    assert values(go([1, -1])) == values(go([1, -2])) == [[2]]
    assert Path(trace).read_text() == "x"


def test_another_version_or_schema_is_another_result(tmp_path):
    groups = inputs(tmp_path, {"a": [1]})
    first = run_stage(DOUBLE, groups, tables=tmp_path / "t", executor=LocalExecutor(1))
    again = Stage("double", "2", positive, NUMBERS)
    second = run_stage(again, groups, tables=tmp_path / "t", executor=LocalExecutor(1))
    assert (values(second), first[0].path.exists()) == ([[1]], False)
    assert [file.name for file in second[0].path.parent.iterdir()] == [second[0].path.name]


def test_publishing_leaves_one_file_and_the_digest_is_of_its_bytes(tmp_path):
    one = publish(tmp_path / "p", "a", pa.table({"n": [1]}))
    (tmp_path / "p" / ".a.parquet.1-ff.part").write_bytes(b"half")
    two = publish(tmp_path / "p", "b", pa.table({"n": [2]}))
    assert list((tmp_path / "p").iterdir()) == [two]
    assert not one.exists()
    assert current(tmp_path / "p", "a", "p") is None
    found = current(tmp_path / "p", "b", "p")
    assert found is not None
    assert publish(tmp_path / "q", "b", pa.table({"n": [2]})).stem.split("-")[1] == found.digest


def test_a_crash_before_the_rename_shows_nothing(tmp_path, monkeypatch):
    first = publish(tmp_path / "p", "a", pa.table({"n": [1]}))

    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("pyarrow.parquet.write_table", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(tmp_path / "p", "b", pa.table({"n": [2]}))
    assert list((tmp_path / "p").iterdir()) == [first]
    assert current(tmp_path / "p", "b", "p") is None


def test_a_damaged_file_is_named(tmp_path):
    part = given(tmp_path, "a", [1])
    part.path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(IntegrityError, match="cannot be read") as caught:
        part.read()
    assert str(part.path) in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_arrives_as_it_was_and_finished_parts_stay(tmp_path, workers):
    stage = Stage("fails", "1", fails_on_two, NUMBERS)
    groups = {"a": [1], "b": [2], "c": [3]}
    with LocalExecutor(workers) as executor:
        with pytest.raises(InputError, match="two is wrong") as caught:
            run_stage(stage, inputs(tmp_path, groups), tables=tmp_path / "t", executor=executor)
        assert caught.value.advice == "leave two out"
        assert list((tmp_path / "t/fails/b").glob("*")) == []
        fixed = run_stage(
            stage, inputs(tmp_path, {**groups, "b": [4]}), tables=tmp_path / "t", executor=executor
        )
        assert values(fixed) == [[1], [4], [3]]


def test_a_killed_worker_is_an_incomplete_run_that_can_go_on(tmp_path):
    stage = Stage("dies", "1", dies_on_two, NUMBERS)
    with LocalExecutor(2) as executor:
        groups = {"a": [1], "b": [2], "c": [3]}
        with pytest.raises(IncompleteError, match="worker process died") as caught:
            run_stage(stage, inputs(tmp_path, groups), tables=tmp_path / "t", executor=executor)
        assert (caught.value.exit_code, "again" in caught.value.advice) == (4, True)
        done = run_stage(
            stage, inputs(tmp_path, {**groups, "b": [5]}), tables=tmp_path / "t", executor=executor
        )
        assert values(done) == [[1], [5], [3]]


def test_one_worker_and_two_make_equal_bytes(tmp_path):
    groups = {f"p{number}": list(range(number)) for number in range(6)}
    made = {}
    for workers in (1, 2):
        tables = tmp_path / f"t{workers}"
        with LocalExecutor(workers) as executor:
            parts = run_stage(DOUBLE, inputs(tmp_path, groups), tables=tables, executor=executor)
        made[workers] = {part.path.relative_to(tables): part.path.read_bytes() for part in parts}
        assert [part.name for part in parts] == list(groups)
    assert made[1] == made[2]


def test_progress_counts_what_is_done_and_no_more(tmp_path):
    seen = []
    for _ in range(2):
        run_stage(
            DOUBLE, inputs(tmp_path, {"a": [1], "b": [2]}), tables=tmp_path / "t",
            executor=LocalExecutor(1), progress=lambda *facts: seen.append(facts),
        )  # fmt: skip
    assert seen == [(1, 2, "double"), (2, 2, "double")]


def test_a_combined_digest_does_not_depend_on_order(tmp_path):
    one, two = given(tmp_path, "a", [1]), given(tmp_path, "b", [2])
    assert combined([one, two]) == combined([two, one])
    assert combined([one]) != combined([two])


def test_leaving_a_map_early_lets_the_executor_close():
    with LocalExecutor(2) as executor:
        assert next(iter(executor.map(same, list(range(10))))) in range(10)
