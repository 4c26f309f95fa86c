import csv
import io
import json
import subprocess
import tomllib
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

import byline.sample
from byline.errors import BylineError
from byline.sample import SampleSummary, write_sample
from byline.sample.fast_import import git_environment
from byline.sample.people import AI_TRAILERS

REPOSITORIES = (
    "ledger-core",
    "harbour-web",
    "dataflow",
    "platform",
    "northwind-portal",
    "tidepool",
    "berth-planner",
    "pilotage",
)


def git(repository, *arguments, check=True):
    done = subprocess.run(
        ["git", *arguments], cwd=repository, env=git_environment(), capture_output=True, check=check
    )
    return done.stdout.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def sample(sample_written):
    return sample_written


@pytest.fixture(scope="module")
def key(sample):
    return json.loads((sample.answers / "answer-key.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everywhere(sample):
    return [sample.company / "repos" / name for name in REPOSITORIES]


@pytest.fixture(scope="module")
def email_owner(key):
    return {email: row["person"] for row in key["people"] for email in row["emails"]}


@pytest.fixture(scope="module")
def blamed(everywhere, email_owner, key):
    """(repository, path) -> list of (person, line), for every file with a planted line."""
    found = {}
    wanted = {(row["repo"], row["path"]) for row in key["lines"]}
    for repository in everywhere:
        raw = git(repository, "log", "--all", "--format=%H %ae").splitlines()
        author = {oid: email_owner[email] for oid, email in (row.split(" ", 1) for row in raw)}
        for _, path in sorted(pair for pair in wanted if pair[0] == repository.name):
            rows, who = [], ""
            for line in git(repository, "blame", "--line-porcelain", "HEAD", "--", path).split(
                "\n"
            ):
                if line.startswith("\t"):
                    rows.append((who, line[1:]))
                elif line.split(" ")[0] in author:
                    who = author[line.split(" ")[0]]
            found[repository.name, path] = rows
    return found


def test_the_summary_counts_what_was_written(sample, everywhere, key):
    assert isinstance(sample, SampleSummary)
    counts = {r.name: int(git(r, "rev-list", "--all", "--count")) for r in everywhere}
    assert counts == {name: row["count"] for name, row in key["commits"].items()}
    assert sum(counts.values()) == sample.num_commits
    assert 1100 <= sample.num_commits <= 1700
    assert sample.num_secrets == len(key["secrets"]) >= 25
    assert sample.num_personal == len(key["personal_data"]) >= 25


def test_the_same_seed_gives_the_same_bytes(sample, tmp_path):
    again = write_sample(tmp_path / "again")
    one = (sample.answers / "answer-key.json").read_bytes()
    assert (again.answers / "answer-key.json").read_bytes() == one
    for path in sorted(sample.company.rglob("*")):
        if path.is_file() and ".git" not in path.parts:
            assert (
                again.company / path.relative_to(sample.company)
            ).read_bytes() == path.read_bytes()


def test_a_used_directory_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BylineError) as caught:
        write_sample(tmp_path)
    assert caught.value.advice
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_git_finds_nothing_wrong(everywhere):
    for repository in everywhere:
        git(repository, "fsck", "--strict", "--full")
        assert git(repository, "status", "--porcelain") == ""


def test_the_company_papers_parse_and_agree(sample):
    company = sample.company
    config = tomllib.loads((company / "byline.toml").read_text(encoding="utf-8"))
    assert config["release"]["as_of"] == date(2026, 6, 30)
    assert config["train"]["steps"] == 850
    for entry in config["repositories"]:
        assert (company / entry["path"] / ".git").is_dir()
    roster = list(csv.DictReader(io.StringIO((company / "people/roster.csv").read_text("utf-8"))))
    identities = {row["id"] for row in roster}
    assert len(identities) >= 26
    assert len({row["unit"] for row in roster}) == 5
    assert {row["country"] for row in roster} == {"US", "DE", "PL"}
    assert sum(row["worker_type"] == "contractor" for row in roster) == 3
    assert Counter(row["id"] for row in roster)["ha-112"] == 2
    left = {row["id"] for row in roster if row["end"] and row["end"] < "2026-06-30"} - {"ha-112"}
    assert len(left) >= 4
    for name in ("notices", "objections"):
        rows = list(csv.DictReader(io.StringIO((company / f"terms/{name}.csv").read_text("utf-8"))))
        assert {row["person"] for row in rows} <= identities
        if name == "notices":
            assert [row["person"] for row in rows if row["served"] > "2026-06-30"] == ["ha-106"]


def test_every_clause_has_the_fields_of_its_effect(sample):
    seen, effects = [], Counter()
    for path in sorted((sample.company / "terms/agreements").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert {"id", "title", "kind", "version", "effective"} <= data["agreement"].keys()
        for clause in data["clause"]:
            assert clause["effect"] in ("permit", "forbid", "require")
            assert clause["text"]
            assert clause["classes"]
            assert clause["purposes"]
            assert clause["effect"] != "permit" or {"basis", "needs_notice"} <= clause.keys()
            seen.append(clause["id"])
            effects[clause["effect"]] += 1
    assert len(seen) == len(set(seen))
    assert min(effects.values()) >= 1
    assert len(effects) == 3


def test_planted_values_stand_where_the_key_says(everywhere, key):
    at = {repository.name: repository for repository in everywhere}
    for row in key["secrets"] + key["personal_data"]:
        repository, lines = at[row["repo"]], row["value"].split("\n")
        head = git(
            repository, "grep", "-F", "-l", "-e", lines[len(lines) // 2], "HEAD", check=False
        )
        if row["where"] == "head":
            assert f"HEAD:{row['path']}" in head.split("\n"), row
            continue
        if row["where"] == "message":
            assert row["value"] in git(repository, "log", "-1", "--format=%B", row["commit"])
        else:
            held = git(repository, "show", f"{row['commit']}:{row['path']}")
            assert row["value"] in held
            now = git(repository, "show", f"HEAD:{row['path']}", check=False)
            assert row["value"] not in now
    assert len({row["kind"] for row in key["secrets"]}) >= 12
    assert {row["where"] for row in key["secrets"]} == {"head", "history", "message"}
    assert {row["where"] for row in key["personal_data"]} == {"head", "history", "message"}


def test_every_planted_line_is_blamed_on_its_person_and_stands_nowhere_else(
    blamed, key, everywhere
):
    holders = defaultdict(set)
    for repository in everywhere:
        for path in git(repository, "ls-files", "-z").split("\0"):
            file = repository / path
            if path and file.is_file():
                for line in file.read_bytes().decode("utf-8", "replace").split("\n"):
                    holders[line].add((repository.name, path))
    for row in key["lines"]:
        owners = {who for who, line in blamed[row["repo"], row["path"]] if line == row["line"]}
        assert owners == {row["person"]}, row
        assert len(row["line"]) >= 30
        assert holders[row["line"]] == {(row["repo"], row["path"])}


def test_people_kept_out_have_enough_lines_and_share_files(blamed, key):
    kept_out = {row["person"] for row in key["people_excluded"] if row["scope"] == "all"}
    assert {"ha-106", "ha-108", "ha-117", "ha-123", "outsider"} <= kept_out
    planted = Counter(row["person"] for row in key["lines"])
    authored = Counter(who for rows in blamed.values() for who, _ in rows)
    for who in kept_out:
        assert planted[who] >= 15
        assert authored[who] >= 60
        mixed = [rows for rows in blamed.values() if {who} < {name for name, _ in rows}]
        assert mixed, f"{who} shares no file"
    assert sum(row["repo"] == "northwind-portal" for row in key["lines"]) >= 60


def test_histories_hold_merges_renames_reverts_and_picks(everywhere):
    subjects, found = "", Counter()
    for repository in everywhere:
        parents = git(repository, "log", "--all", "--format=%P").splitlines()
        found["merge"] += sum(len(row.split()) == 2 for row in parents)
        found["octopus"] += sum(len(row.split()) > 2 for row in parents)
        log = git(repository, "log", "--all", "--format=%B%x00")
        known = set(git(repository, "rev-list", "--all").split())
        for line in log.splitlines():
            for words in ("This reverts commit ", "(cherry picked from commit "):
                if line.startswith(words):
                    assert line.removeprefix(words)[:40] in known
                    found[words] += 1
        renames = git(repository, "log", "-M", "--diff-filter=R", "--name-status", "--format=")
        found["rename"] += renames.count("R")
        found["tag"] += len(git(repository, "tag").split())
        subjects += log
    assert found["merge"] >= 20
    assert found["octopus"] >= 1
    assert found["rename"] >= 5
    assert found["This reverts commit "] >= 3
    assert found["(cherry picked from commit "] >= 1
    assert found["tag"] >= 6
    assert all(trailer in subjects for trailer in AI_TRAILERS)
    for words in (
        "fixup!",
        "WIP",
        "HAR-",
        "feat(",
        "Signed-off-by:",
        "Reviewed-by:",
        "# Conflicts:",
    ):
        assert words in subjects


def test_many_people_commit_under_several_names_inside_their_time(everywhere, email_owner, sample):
    who, names, spans = set(), defaultdict(set), defaultdict(list)
    for repository in everywhere:
        for row in git(repository, "log", "--all", "--format=%aN%x00%ae%x00%as").splitlines():
            _, email, day = row.split("\0")
            owner = email_owner[email]
            who.add(owner)
            names[owner].add(email)
            spans[owner].append(day)
    assert len(who) >= 28
    assert sum(len(emails) > 1 for emails in names.values()) >= 5
    assert max(spans["ha-104"]) <= "2025-05-31"
    assert min(spans["ha-117"]) >= "2025-05-19"
    assert not [day for day in spans["ha-112"] if "2025-04-02" < day < "2025-10-01"]
    wrong = (sample.company / "repos/dataflow/.mailmap").read_text(encoding="utf-8")
    assert "annika.vogel@harbour.example" in wrong
    assert "annika.vogel" not in (sample.company / "people/mailmap").read_text(encoding="utf-8")


def test_head_has_the_size_and_the_odd_files_it_should(everywhere):
    size, python = 0, 0
    for repository in everywhere:
        for path in filter(None, git(repository, "ls-files", "-z").split("\0")):
            file = repository / path
            if not file.is_symlink():
                size += file.stat().st_size
                python += file.stat().st_size * path.endswith(".py")
    assert 2_500_000 <= size <= 4_000_000
    assert python > size / 2
    at = {repository.name: repository for repository in everywhere}
    ledger = at["ledger-core"]
    assert (ledger / "current").is_symlink()
    assert (ledger / "src/ledger_core/__init__.py").read_bytes() == b""
    assert b"\r\n" in (ledger / "docs/import.bat").read_bytes()
    assert not (ledger / "docs/no-newline.txt").read_bytes().endswith(b"\n")
    with pytest.raises(UnicodeDecodeError):
        (ledger / "data/tariffs.csv").read_text(encoding="utf-8")
    same = "shared/waiting.py"
    twin = (at["dataflow"] / "src/dataflow" / same).read_bytes()
    assert (ledger / "src/ledger_core" / same).read_bytes() == twin
    for repository in everywhere:
        assert (repository / "LICENSES/Python-2.0.txt").is_file()
        assert not (repository / "LICENSE").exists()


def test_no_planted_credential_stands_in_our_own_source(key):
    sources = [
        path.read_text(encoding="utf-8")
        for path in Path(byline.sample.__file__).parent.glob("*.py")
    ]
    assert len(sources) > 10
    for row in key["secrets"]:
        assert not any(row["value"] in text for text in sources)


def test_a_run_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(BylineError, match="git") as caught:
        write_sample(tmp_path / "fresh")
    assert caught.value.advice
    assert list((tmp_path / "fresh").iterdir()) == []
