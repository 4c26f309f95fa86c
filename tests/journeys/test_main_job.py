"""The main job on the sample organisation, from repositories to a model, and what must hold."""

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from byline.proof.canonical import canonical_json
from byline.proof.order import check_order
from journeys.company import (
    Result,
    byline,
    shrink,
    snapshot,
    texts,
)
from journeys.person_by_person import facts_and_decisions, first_fitting


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "demo"
    byline("sample", folder)
    shrink(folder / "company")
    return folder


@pytest.fixture(scope="module")
def company(sample: Path) -> Path:
    return sample / "company"


@pytest.fixture(scope="module")
def ran(company: Path) -> Result:
    return byline("run", "--json", "-c", company)


@pytest.fixture(scope="module")
def release(company: Path, ran: Result) -> Path:
    return company / "byline-workspace" / "releases" / ran.json["release"]


@pytest.fixture(scope="module")
def answers(sample: Path) -> dict[str, Any]:
    return json.loads((sample / "answers" / "answer-key.json").read_text())


@pytest.fixture(scope="module")
def everything(release: Path) -> str:
    return "\n".join(texts(release))


def test_the_release_is_large_enough_for_its_silence_to_mean_something(everything: str):
    assert len(everything) > 2_000_000


def test_no_planted_secret_is_in_the_release(everything: str, answers: dict[str, Any]):
    assert len(answers["secrets"]) >= 25
    assert [one["kind"] for one in answers["secrets"] if one["value"] in everything] == []


def test_no_planted_personal_data_is_in_the_release(everything: str, answers: dict[str, Any]):
    assert len(answers["personal_data"]) >= 25
    assert [one["kind"] for one in answers["personal_data"] if one["value"] in everything] == []


def test_no_line_of_an_excluded_person_is_in_the_release(everything: str, answers: dict[str, Any]):
    excluded = {one["person"] for one in answers["people_excluded"] if one["scope"] == "all"}
    lines = [
        one["line"].strip()
        for one in answers["lines"]
        if one["person"] in excluded or one["repo"] == "northwind-portal"
    ]
    assert len(lines) >= 100
    assert [line for line in lines if line in everything] == []


def test_permitted_people_are_in_the_release(everything: str, company: Path):
    """Silence about excluded people means nothing unless others speak."""
    statement = byline("statement", "ha-101", "--json", "-c", company).json
    assert statement["releases"]
    assert statement["releases"][0]["examples"]


def test_what_is_included_and_excluded_adds_up_to_all_work(company: Path, release: Path):
    account = json.loads((release / "manifest.json").read_text())["account"]
    for repository in sorted((company / "repos").iterdir()):
        name = repository.name
        commits = _git(repository, "rev-list", "--count", "HEAD")
        assert _sum(account["commits"], name) == int(commits)
        assert _sum(account["lines"], name) == _count_lines(repository)


def _sum(reasons: dict[str, dict[str, int]], repository: str) -> int:
    return sum(counts.get(repository, 0) for counts in reasons.values())


def _count_lines(repository: Path) -> int:
    """Lines of the regular UTF-8 text files at HEAD, counted without Byline."""
    total = 0
    for entry in _git(repository, "ls-tree", "-r", "-z", "HEAD").split("\0"):
        if entry.startswith("100"):
            oid = entry.split("\t")[0].split(" ")[2]
            done = subprocess.run(
                ["git", "-C", repository, "cat-file", "blob", oid], capture_output=True, check=True
            )
            data = done.stdout
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                total += text.count("\n") + (not text.endswith("\n") and bool(text))
    return total


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", repository, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_exclusion_has_a_reason(release: Path):
    account = json.loads((release / "manifest.json").read_text())["account"]
    for unit in account.values():
        assert all(reason for reason in unit)
        assert "undecided" not in unit
        assert "unlabelled" not in unit


def test_a_second_run_with_nothing_new_does_no_work_and_says_so(company: Path, ran: Result):
    workspace = company / "byline-workspace"
    before = {name: snapshot(workspace / name) for name in ("tables", "releases", "models", "log")}
    again = byline("run", "-c", company)
    assert "nothing new" in again.err
    after = {name: snapshot(workspace / name) for name in ("tables", "releases", "models", "log")}
    assert after == before


def test_every_example_carries_its_byline(release: Path):
    import pyarrow.parquet as pq

    for file in release.glob("data/*.parquet"):
        for row in pq.read_table(file).to_pylist():
            said = "".join(message["content"] for message in row["messages"] or ())
            fields = ("text", "prompt", "completion", "chosen", "rejected")
            text = said + "".join(row[name] or "" for name in fields)
            ends = [0, *(span["end"] for span in row["spans"])]
            assert [span["start"] for span in row["spans"]] == ends[:-1]
            assert ends[-1] == len(text)
            assert sum(person["share"] for person in row["people"]) == pytest.approx(1)
            assert all(person["decisions"] for person in row["people"])
            named = {person["contributor"] for person in row["people"]}
            assert {span["contributor"] for span in row["spans"]} - {None} <= named
            assert row["sources"]
            assert row["purposes"] == ["assist_others"]


def test_every_edit_replays_from_the_prompt_to_the_answer(release: Path):
    import pyarrow.parquet as pq

    edits = 0
    for file in release.glob("data/*.parquet"):
        for row in pq.read_table(file, filters=[("recipe", "==", "commit_edit")]).to_pylist():
            record = json.loads(row["record"])
            for changed in record["files"]:
                if changed["status"] == "D":  # told by its mark alone
                    assert f"<commit_after>{changed['path']}\n<<<<<<< DELETE" in row["completion"]
                    continue
                for block in changed["blocks"]:
                    assert block["search"] in row["prompt"]
                    assert f"{block['search']}=======\n{block['replace']}" in row["completion"]
            edits += 1
    assert edits > 50


def test_no_line_written_after_the_cut_is_in_training(release: Path):
    import pyarrow.parquet as pq

    cut = json.loads((release / "manifest.json").read_text())["settings"]["train_before"]
    splits = {}
    for file in release.glob("data/*.parquet"):
        split = file.name.split("-")[0]
        times = [
            source["time"].isoformat()
            for row in pq.read_table(file).to_pylist()
            for source in row["sources"]
        ]
        splits[split] = (min(times), max(times))
    assert splits["train"][1] < cut
    assert splits["validation"][1] < splits["test"][1]


def test_the_release_loads_with_datasets(release: Path, tmp_path: Path):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(
        "parquet",
        data_files={"train": str(release / "data" / "train-*.parquet")},
        cache_dir=str(tmp_path),
    )
    manifest = json.loads((release / "manifest.json").read_text())
    assert loaded["train"].num_rows == manifest["splits"]["train"]["examples"]


def test_an_example_is_proved_in_and_a_foreign_one_proved_out(company: Path, release: Path):
    import pyarrow.parquet as pq

    ours = pq.read_table(release / "seal" / "leaves.parquet")["id"][7].as_py()
    assert f"{ours}: in" in byline("verify", ours, "-c", company).out
    foreign = "ex_" + "0" * 32
    refused = byline("verify", foreign, "-c", company, check=3)
    assert f"{foreign}: NOT in" in refused.out


def test_a_release_elsewhere_is_verified_with_the_public_key_alone(
    company: Path, release: Path, tmp_path: Path
):
    shutil.copytree(release, tmp_path / "copy")
    key = company / "byline-workspace" / "log" / "byline-log.vkey"
    byline("verify", "--directory", tmp_path / "copy", "--key", key)


def test_a_changed_row_is_refused(company: Path, release: Path, tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    copy = shutil.copytree(release, tmp_path / "copy")
    shard = next(copy.glob("data/train-*.parquet"))
    rows = pq.read_table(shard).to_pylist()
    rows[0]["weight"] = 2.0
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)
    key = company / "byline-workspace" / "log" / "byline-log.vkey"
    refused = byline("verify", "--directory", copy, "--key", key, check=3)
    assert "is not the file that was sealed" in refused.err
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["shards"][0]["sha256"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused = byline("verify", "--directory", copy, "--key", key, check=3)
    assert "not what was logged" in refused.err


def test_the_model_names_its_release_and_its_figures(company: Path, ran: Result):
    [folder] = [
        path
        for path in (company / "byline-workspace" / "models").iterdir()
        if (path / "run.json").exists()
    ]
    card = (folder / "README.md").read_text()
    assert ran.json["release"] in card
    assert "untrained" in card
    assert "5-gram" in card
    evaluation = json.loads((folder / "evaluation.json").read_text())
    figures = {
        one["system"]: one["bits_per_byte"]
        for one in evaluation["figures"]
        if one["group"] == "all"
    }
    assert figures["trained"] < figures["untrained"]


def test_a_model_for_another_purpose_is_refused(company: Path, ran: Result):
    refused = byline("train", "--purpose", "persona_twin", "-c", company, check=3)
    assert "may not be trained from for persona_twin" in refused.err


def test_the_log_holds_everything_in_its_order_and_names_nobody(company: Path, ran: Result):
    entries = byline("log", "--json", "-c", company).json["entries"]
    types = [one["type"] for one in entries if one["type"] != "ledger"]
    basis = ["verifier", "terms", "notices", "capture", "assessment", "assessment"]
    assert types == [*basis, "release", "run", "run", "model"]
    assert entries[len(basis)]["release"] == ran.json["release"]
    stored = [canonical_json(one) for one in entries]
    sealed = company / "byline-workspace" / "releases" / ran.json["release"] / "seal" / "seal.json"
    assert check_order(stored, seals={ran.json["release"]: sealed.read_bytes()}) == []
    assert named_in_the_log(company, b"\n".join(stored).decode()) == []


def named_in_the_log(company: Path, text: str) -> list[str]:
    """Every id, part of a name, address and handle of the roster that a text has."""
    roster = list(csv.DictReader((company / "people" / "roster.csv").read_text().splitlines()))
    words = {
        word.casefold()
        for person in roster
        for cell in ("id", "name", "emails", "email", "handles", "aliases")
        for word in re.split(r"[;:,\s]+", person.get(cell) or "")
        if len(word) > 2
    }
    assert len(words) > len(roster) * 3
    found = re.compile(r"[a-z0-9.@_-]+").findall(text.casefold())
    parts = {part for word in found for part in (word, *re.split(r"[.@_-]", word))}
    return sorted(words & parts)


def test_the_report_is_one_page_without_scripts(ran: Result):
    page = Path(ran.json["report"]).read_text()
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert ran.json["release"] in page


def test_every_decision_equals_the_answer_key(answers: dict, company: Path):
    """Person by person, contribution by contribution; and every row of the key is needed."""
    key = answers["decided"]
    met = {purpose: set() for purpose in key}
    for fact, decision in facts_and_decisions(company, list(key)):
        purpose = decision["purpose"]
        place = first_fitting(fact, key[purpose])
        assert place >= 0, fact
        row = key[purpose][place]
        met[purpose].add(place)
        assert (decision["outcome"], decision["reason"]) == (row["outcome"], row["reason"]), fact
        if row["clauses"] and decision["outcome"] != "excluded":
            assert decision["clauses"] == row["clauses"], fact
    assert met == {purpose: set(range(len(rows))) for purpose, rows in key.items()}
