"""Reading exports into tables: chunks, what is there already, what is told twice, killed runs."""

import datetime as dt
import os
from pathlib import Path

import pyarrow as pa
import pytest

from byline.errors import InputError
from byline.release import sources
from byline.release.sources import SourceTables, read_in_chunks, read_source
from byline.work.items import Part, Problem, Reading, Source

SOURCE = Source(name="forge", system="github", path=Path())
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def reading(number: int, *, file: str = "", problems: tuple[Problem, ...] = ()) -> Reading:
    return Reading(
        kind="issue", key=f"github:a/b#{number}", file=file or f"{number}.json", opened=NOON,
        parts=(Part("title", "title", f"Title {number}"),), problems=problems,
    )  # fmt: skip


def keys(found: SourceTables) -> list[str]:
    return [key for part in found.items for key in part.read(["key"])["key"].to_pylist()]


def test_a_long_export_is_read_in_chunks_and_kept_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "CHUNK", 4)
    found = read_in_chunks(
        SOURCE, lambda: (reading(number) for number in range(10)), key="k" * 20, tables=tmp_path
    )
    assert [part.read().num_rows for part in found.items] == [4, 4, 2]
    assert keys(found) == [f"github:a/b#{number}" for number in range(10)]
    assert len(found.parts) == len(found.links) == len(found.problems) == 3


def test_an_empty_export_has_one_empty_chunk(tmp_path: Path):
    found = read_in_chunks(SOURCE, lambda: iter(()), key="k" * 20, tables=tmp_path)
    assert [part.read().num_rows for part in found.items] == [0]
    assert found.problem_counts() == {}


def test_what_is_there_is_not_read_again(tmp_path: Path):
    first = read_in_chunks(SOURCE, lambda: iter([reading(1)]), key="k" * 20, tables=tmp_path)

    def never():
        raise AssertionError

    again = read_in_chunks(SOURCE, never, key="k" * 20, tables=tmp_path)
    assert [part.digest for part in again.items] == [part.digest for part in first.items]


def test_a_reading_that_was_cut_short_is_taken_up_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "CHUNK", 2)

    def killed():
        yield from (reading(number) for number in range(3))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_in_chunks(SOURCE, killed, key="k" * 20, tables=tmp_path)
    undisturbed = tmp_path / "other"
    made = [
        read_in_chunks(
            SOURCE, lambda: (reading(number) for number in range(5)), key="k" * 20, tables=tables
        )
        for tables in (tmp_path, undisturbed)
    ]
    assert keys(made[0]) == [f"github:a/b#{number}" for number in range(5)]
    assert [part.digest for part in made[0].items] == [part.digest for part in made[1].items]


def test_an_item_that_two_files_tell_is_kept_once_and_the_other_is_a_problem(tmp_path: Path):
    given = [reading(1, file="a.json"), reading(2), reading(1, file="z.json")]
    found = read_in_chunks(SOURCE, lambda: iter(given), key="k" * 20, tables=tmp_path)
    assert keys(found) == ["github:a/b#1", "github:a/b#2"]
    assert found.problem_counts() == {"read_before": 1}
    [row] = found.problems[0].read().to_pylist()
    assert (row["file"], row["place"], row["source"]) == ("z.json", "github:a/b#1", "forge")


def test_a_problem_that_every_reader_meets_is_told_once(tmp_path: Path):
    bad = Problem("x.json", "", "truncated", "the file ends inside this value")
    given = [Reading(problems=(bad,)), reading(1, problems=(bad,)), Reading(problems=(bad,))]
    found = read_in_chunks(SOURCE, lambda: iter(given), key="k" * 20, tables=tmp_path)
    assert found.problem_counts() == {"truncated": 1}
    assert keys(found) == ["github:a/b#1"]


CSV = "Issue key,Issue id,Issue Type,Summary,Created\nPROJ-1,1,Bug,{},01/Jan/26 9:00 AM\n"


def jira(folder: Path) -> Source:
    return Source(name="jira", system="jira", path=folder)


def titles(found: SourceTables) -> list[str]:
    tables = [part.read() for part in found.items]
    return pa.concat_tables(tables)["title"].to_pylist()


def test_an_export_is_read_again_when_a_file_of_it_is_another(tmp_path: Path):
    export = tmp_path / "export"
    export.mkdir()
    (export / "a.csv").write_text(CSV.format("It burns"))
    first = read_source(jira(export), tables=tmp_path / "tables")
    assert titles(first) == ["It burns"]
    os.utime(export / "a.csv", (1, 1))
    same = read_source(jira(export), tables=tmp_path / "tables")
    assert same.items[0].path == first.items[0].path
    (export / "a.csv").write_text(CSV.format("It smokes"))
    assert titles(read_source(jira(export), tables=tmp_path / "tables")) == ["It smokes"]


def test_a_link_out_of_an_export_is_neither_read_nor_part_of_its_digest(tmp_path: Path):
    export = tmp_path / "export"
    export.mkdir()
    (export / "a.csv").write_text(CSV.format("It burns"))
    outside = tmp_path / "outside.csv"
    outside.write_text(CSV.replace("PROJ-1", "PROJ-2").format("Not yours"))
    (export / "b.csv").symlink_to(outside)
    first = read_source(jira(export), tables=tmp_path / "tables")
    assert titles(first) == ["It burns"]
    assert first.problem_counts() == {"symlink": 1}
    outside.write_text("changed")
    again = read_source(jira(export), tables=tmp_path / "tables")
    assert again.items[0].path == first.items[0].path


def test_a_source_that_is_not_there_is_an_error_with_its_name(tmp_path: Path):
    with pytest.raises(InputError, match="source 'jira': there is no"):
        read_source(jira(tmp_path / "gone"), tables=tmp_path / "tables")
