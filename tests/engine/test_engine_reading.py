"""What a stage reads: only its columns, never a file that was changed, and all of many tasks."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from byline.engine.executor import LocalExecutor
from byline.engine.stage import Stage, current, publish, run_stage
from byline.errors import IntegrityError

TEXTS = pa.schema([pa.field("n", pa.int64()), pa.field("text", pa.string())])
NAMES = pa.schema([pa.field("names", pa.string())])


def column_names(table, *others):
    return pa.table({"names": [",".join(one.column_names) for one in (table, *others)]})


WHOLE = Stage("whole", "1", column_names, NAMES)
NARROW = Stage("narrow", "1", column_names, NAMES, columns=("n",))


def made(folder: Path, name: str, number: int):
    publish(folder / name, "k", pa.table({"n": [number], "text": ["a"]}, schema=TEXTS))
    return current(folder / name, "k", name)


def run(stage, folder, groups, workers=1, version="1"):
    with LocalExecutor(workers) as executor:
        return run_stage(
            stage, groups, tables=folder / "t", executor=executor, fingerprint=version
        )  # fmt: skip


def test_a_stage_reads_only_its_columns_of_its_first_table(tmp_path):
    parts = [made(tmp_path, "a", 1), made(tmp_path, "b", 2)]
    [found] = run(WHOLE, tmp_path, [("x", parts)])
    assert found.read()["names"].to_pylist() == ["n,text", "n,text"]
    [found] = run(NARROW, tmp_path, [("x", parts)])
    assert found.read()["names"].to_pylist() == ["n", "n,text"]


def test_a_partition_gives_columns_in_the_order_asked_for(tmp_path):
    part = made(tmp_path, "a", 1)
    assert part.read(["text", "n"]).column_names == ["text", "n"]
    with pytest.raises(IntegrityError, match="absent"):
        part.read(["absent"])


def test_a_file_changed_after_it_was_read_is_refused(tmp_path):
    part = made(tmp_path, "a", 1)
    run(WHOLE, tmp_path, [("x", [part])])
    before = part.path.stat()
    data = bytearray(part.path.read_bytes())
    data[len(data) // 2] ^= 1
    part.path.write_bytes(data)
    os.utime(part.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(IntegrityError, match="changed after"):
        run(WHOLE, tmp_path, [("x", [part])], version="2")


def test_many_tasks_are_all_done_by_few_workers(tmp_path):
    groups = [(f"x{n}", [made(tmp_path, f"a{n}", n)]) for n in range(50)]
    assert len(run(WHOLE, tmp_path, groups, workers=2)) == 50
