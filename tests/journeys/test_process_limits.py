"""What is held out, what must not train, and whose work is capped, as `byline.toml` says."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from byline.examples.candidate import LEFT_OUT
from journeys.company import byline
from journeys.process_world import Seen, World, look
from journeys.test_process_runs import rows_of

PERSON = "ha-130"
SETTINGS = f"""person_cap = 0.2
benchmarks = ["bench"]

[release.hold_out]
persons = ["{PERSON}"]
"""


@pytest.fixture(scope="module")
def protected(world: World) -> dict[str, Any]:
    """An example of training whose text stands in a benchmark."""
    trained = [
        row
        for row in world.seen.of("decision")
        if world.seen.selection.split.get(row["id"]) == "train"
        and PERSON not in {one["contributor"] for one in row["people"]}
    ]
    return dict(max(trained, key=lambda row: (len(row["target"]), row["id"])))


@pytest.fixture(scope="module")
def company(
    world: World, protected: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("limits") / "company"
    shutil.copytree(world.company, folder)
    (folder / "bench").mkdir()
    task = {"task_id": "choose-1", "prompt": "Choose.", "canonical_solution": protected["target"]}
    (folder / "bench" / "ours.jsonl").write_text(json.dumps(task) + "\n")
    file = folder / "byline.toml"
    head, _, tail = file.read_text().partition("[release]\n")
    file.write_text(f"{head}[release]\n{tail.rstrip()}\n{SETTINGS}")
    return folder


@pytest.fixture(scope="module")
def made(company: Path) -> dict[str, Any]:
    return byline("release", "--json", "-c", company).json


@pytest.fixture(scope="module")
def seen(company: Path, made: dict[str, Any]) -> Seen:
    return look(company)


def test_a_person_who_is_held_out_is_only_in_test(made: dict[str, Any], seen: Seen):
    theirs = {
        row["id"]
        for row in seen.candidates
        if PERSON in {one["contributor"] for one in row["people"]}
    }
    splits = Counter(seen.selection.split[one] for one in theirs if one in seen.selection.split)
    assert set(splits) == {"test"}
    assert splits["test"] > 5
    rows = rows_of(Path(made["directory"]))
    assert {rows[one]["split"] for one in theirs & rows.keys()} == {"test"}
    groups = {rows[one]["split_keys"]["group"] for one in theirs & rows.keys()}
    assert {row["split"] for row in rows.values() if row["split_keys"]["group"] in groups} == {
        "test"
    }


def test_what_stands_in_a_benchmark_does_not_train(
    company: Path, protected: dict[str, Any], made: dict[str, Any], seen: Seen
):
    dropped = seen.selection.dropped[protected["id"]]
    assert dropped.reason == "contaminated"
    assert dropped.where == "bench/choose-1/canonical_solution"
    assert dropped.value > dropped.limit
    assert protected["id"] not in rows_of(Path(made["directory"]))
    told = byline("release", "--explain", protected["id"], "--json", "-c", company).json
    [one] = told["opportunities"]
    assert one["reason"] == "contaminated"
    assert one["repeats"] == dropped.where
    assert one["decisions"][-1]["rule"] == "contaminated"
    assert "contaminated" in made["manifest"]["account"]["units"]


def test_nobody_wrote_too_much_of_a_recipe(made: dict[str, Any], seen: Seen):
    capped = {name for name, one in seen.selection.dropped.items() if one.reason == "cap_person"}
    assert capped
    assert made["manifest"]["account"]["units"]["cap_person"]
    assert seen.selection.split.keys() & capped == set()
    trained = {row["recipe"] for row in seen.candidates if row["id"] in capped}
    for row in seen.candidates:
        assert row["id"] not in capped or row["split"] != LEFT_OUT
    kept: dict[str, Counter[str]] = {}
    for row in seen.candidates:
        if row["recipe"] in trained and seen.selection.split.get(row["id"]) == "train":
            written = kept.setdefault(row["recipe"], Counter())
            for span in row["spans"]:
                if span["loss"] > 0 and span["contributor"]:
                    written[span["contributor"]] += span["end"] - span["start"]
    recipe_of = {row["id"]: row["recipe"] for row in seen.candidates}
    limits = {recipe_of[name]: seen.selection.dropped[name].limit for name in capped}
    several = {name: one for name, one in kept.items() if len(one) * limits[name] > 1}
    assert len(several) >= 3  # among so few that nothing helps, somebody is always over
    for recipe, written in several.items():
        most = max(written.values()) / sum(written.values())
        assert most <= limits[recipe] + 1e-9, (recipe, written.most_common(2))


def test_the_settings_are_in_the_manifest(made: dict[str, Any]):
    told = json.dumps(made["manifest"])
    assert "person_cap" in told
    assert "ours.jsonl" in told or "bench" in told
    assert made["release"]
