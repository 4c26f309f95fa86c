"""Which candidates a release keeps: hand, split, duplicates, benchmarks, caps, in any order."""

import json
from pathlib import Path
from typing import Any

import pytest

from byline.engine.executor import LocalExecutor
from byline.errors import IntegrityError
from byline.release.selection import Selection, select_from, selection_settings
from byline.workspace.config import Config, read_config
from release.candidate_rows import WORDS, prepared, row, text


def chosen(folder: Path, *rows: dict[str, Any], release: str = "") -> Selection:
    (folder / "byline.toml").write_text(f"[release]\n{release}\n")
    with LocalExecutor(1) as executor:
        return select_from(prepared(folder, *rows), config=config(folder), executor=executor)


def config(folder: Path) -> Config:
    return read_config(folder)


def fates(found: Selection, *rows: dict[str, Any]) -> list[str]:
    return [found.split.get(one["id"]) or found.fate(one["id"]) for one in rows]


def test_the_earliest_of_a_cluster_stays(tmp_path: Path):
    rows = [row(1, WORDS), row(2, WORDS, late=True), row(3, text(3))]
    found = chosen(tmp_path, *rows)
    assert fates(found, *rows) == ["train", "duplicate_exact", "train"]
    assert found.dropped[rows[1]["id"]].where == rows[0]["id"]


def test_nothing_depends_on_the_order_of_candidates(tmp_path: Path):
    rows = [row(at, text(at % 7), person=f"p{at % 3}", late=at % 4 == 0) for at in range(1, 16)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = chosen(tmp_path / "one", *rows, release="person_cap = 0.5")
    two = chosen(tmp_path / "two", *reversed(rows), release="person_cap = 0.5")
    assert one == two


def test_a_training_example_that_holds_a_benchmark_goes(tmp_path: Path):
    (tmp_path / "bench.jsonl").write_text(json.dumps({"task_id": "t1", "prompt": WORDS}) + "\n")
    rows = [row(1, f"{text(1)} {WORDS}"), row(2, text(2)), row(3, WORDS, late=True)]
    found = chosen(tmp_path, *rows, release='benchmarks = ["bench.jsonl"]')
    assert fates(found, *rows) == ["contaminated", "train", "test"]
    dropped = found.dropped[rows[0]["id"]]
    assert dropped.where.endswith("/t1/prompt")
    assert dropped.value > dropped.limit


def test_a_training_example_that_repeats_a_held_out_one_goes(tmp_path: Path):
    rows = [row(1, f"{WORDS} {text(1)}"), row(2, f"{text(2)} {WORDS} {text(3)}", late=True)]
    found = chosen(tmp_path, *rows)
    assert found.split[rows[1]["id"]] == "test"


def test_everything_of_a_group_with_a_held_out_person_is_test(tmp_path: Path):
    rows = [row(1, text(1), person="p1", group="g"), row(2, text(2), person="p2", group="g"),
            row(3, text(3), person="p2")]  # fmt: skip
    found = chosen(tmp_path, *rows, release='[release.hold_out]\npersons = ["p1"]')
    assert fates(found, *rows) == ["test", "test", "train"]
    assert set(found.held_out.values()) == {"person_held_out"}


def test_what_somebody_put_aside_is_dropped_first(tmp_path: Path):
    rows = [row(1, WORDS), row(2, WORDS, late=True)]
    (tmp_path / "o.csv").write_text(
        f"example,rule,action,by,reason\n{rows[0]['id']},,exclude,ada,wrong\n"
    )
    found = chosen(tmp_path, *rows, release='overrides = "o.csv"')
    assert fates(found, *rows) == ["override: wrong (by ada)", "test"]


def test_the_settings_tell_two_benchmarks_of_one_name_apart(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bench.txt").write_text(f"{name} {WORDS}")
    (tmp_path / "byline.toml").write_text(
        '[release]\nbenchmarks = ["a/bench.txt", "b/bench.txt"]\n'
    )
    told = selection_settings(config(tmp_path))["benchmarks"]
    assert len(told) == len(set(told.values())) == 2


def test_nobody_writes_more_than_the_cap(tmp_path: Path):
    rows = [row(at, text(at), person="p1" if at <= 20 else f"p{at}") for at in range(1, 33)]
    found = chosen(tmp_path, *rows, release="person_cap = 0.2")
    dropped = [one for one in found.dropped.values() if one.reason == "cap_person"]
    assert dropped
    mine = sum(len(one["target"]) for one in rows[:20] if one["id"] in found.split)
    whole = sum(len(one["target"]) for one in rows if one["id"] in found.split)
    assert mine <= whole * max(0.2, 2 / 13)


def test_two_candidates_of_one_id_are_refused(tmp_path: Path):
    with pytest.raises(IntegrityError, match="two candidates"):
        chosen(tmp_path, row(1, text(1)), row(1, text(2)))
