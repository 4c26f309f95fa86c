"""The repositories told in scenes: exports, hidden refs and answers agree with git, to the line."""

import difflib
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from byline.errors import IntegrityError
from byline.people.roster import read_roster
from byline.sample import write_sample
from byline.sample.fast_import import git_environment
from byline.sample.process.answers import REASONS
from byline.sample.process.edits import carried, edited, hunk_to
from byline.sample.process.scene import parse
from byline.sample.tree import whole

OID = re.compile(r"\b[0-9a-f]{40}\b")
BERTHS, PILOTS = "harbour/berth-planner", "harbour/pilotage"
RECIPES = {
    "review_conversation", "review_revision", "review_comment", "preference", "issue_patch",
    "break_repair", "decision", "incident", "trajectory", "next_edit", "commit_edit", "message",
    "passage",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(sample_written):
    return sample_written


@pytest.fixture(scope="module")
def exports(sample):
    return sample.company / "exports"


@pytest.fixture(scope="module")
def key(sample):
    return json.loads((sample.answers / "answer-key.json").read_text("utf-8"))["process"]


@pytest.fixture(scope="module")
def read(exports):
    """Every JSON file of the exports, by its path."""
    found = {}
    for path in sorted(exports.rglob("*.json")) + sorted(exports.rglob("*.traj")):
        text = path.read_text("utf-8").removeprefix(")]}'\n")
        found[path.relative_to(exports).as_posix()] = json.loads(text)
    return found


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=repository, env=git_environment(), capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def commits(sample):
    """The commits that a ref keeps, by repository; hidden refs count."""
    repos = sample.company / "repos"
    return {one: set(git(repos / one, "rev-list", "--all").split())
            for one in ("berth-planner", "pilotage")}  # fmt: skip


def pulls(read):
    return {value["pull"]["number"]: value for name, value in read.items()
            if name.startswith(f"github/{BERTHS}/pulls/")}  # fmt: skip


def changes(read):
    return {value["_number"]: value for name, value in read.items()
            if name.startswith(f"gerrit/{PILOTS}/changes/")}  # fmt: skip


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for one in pair for text in strings(one))
    elif isinstance(value, list):
        yield from (text for one in value for text in strings(one))


def test_there_is_as_much_as_was_asked_for(sample, read, key):
    for name in ("berth-planner", "pilotage"):
        repository = sample.company / "repos" / name
        assert 60 <= int(git(repository, "rev-list", "--count", "main")) <= 110
    assert len(pulls(read)) >= 14
    assert len(changes(read)) >= 12
    assert {len(one["revisions"]) for one in changes(read).values()} >= {2, 3, 4, 5}
    inline = sum(not one.get("in_reply_to_id") for pull in pulls(read).values()
                 for one in pull["comments"])  # fmt: skip
    assert inline >= 15
    repaired = [one for one in key["repairs"] if one["outcome"] == "repaired"]
    assert len(repaired) >= 8
    assert {one["outcome"] for one in key["repairs"]} == {
        "repaired",
        "flaky",
        "infra",
        "suppressed",
    }
    assert set(key["recipes"]) == RECIPES


def test_every_commit_that_an_export_names_is_kept_by_a_ref(read, commits, exports):
    known = set().union(*commits.values())
    named = set()
    for name, value in read.items():
        if name.startswith(("github/", "gerrit/", "jira/")):
            named |= {oid for text in strings(value) for oid in OID.findall(text)
                      if not text.startswith(("I", "0000"))}  # fmt: skip
    for report in exports.glob("junit/*.xml"):
        named |= set(OID.findall(report.read_text("utf-8")))
    assert len(named) > 100
    assert named <= known


def test_hidden_refs_lead_to_the_patchsets(sample, read):
    berths, pilots = (sample.company / "repos" / one for one in ("berth-planner", "pilotage"))
    for number, pull in pulls(read).items():
        head = git(berths, "rev-parse", f"refs/pull/{number}/head").strip()
        assert head == pull["pull"]["head"]["sha"] == pull["commits"][-1]["sha"]
    for change in changes(read).values():
        for oid, revision in change["revisions"].items():
            assert git(pilots, "rev-parse", revision["ref"]).strip() == oid
            message = revision["commit"]["message"]
            assert git(pilots, "show", "-s", "--format=%B", oid).strip() == message.strip()
            assert f"Change-Id: {change['change_id']}" in message
            parent = git(pilots, "rev-parse", f"{oid}^").strip()
            assert parent == revision["commit"]["parents"][0]["commit"]


def test_what_was_merged_stands_on_its_branch_with_its_trailer(sample, read):
    berths, pilots = (sample.company / "repos" / one for one in ("berth-planner", "pilotage"))
    for number, pull in pulls(read).items():
        oid, base = pull["pull"]["merge_commit_sha"], pull["pull"]["base"]["ref"]
        if oid is not None:
            git(berths, "merge-base", "--is-ancestor", oid, base)
            assert f"(#{number})" in git(berths, "show", "-s", "--format=%s", oid)
    for change in changes(read).values():
        if change["status"] == "MERGED":
            git(pilots, "merge-base", "--is-ancestor", change["current_revision"], change["branch"])


def test_comments_stand_at_the_lines_that_they_name(sample, read):
    berths = sample.company / "repos" / "berth-planner"
    for pull in pulls(read).values():
        for comment in pull["comments"]:
            lines = git(berths, "show", f"{comment['original_commit_id']}:{comment['path']}")
            line = lines.split("\n")[comment["original_line"] - 1]
            assert comment["diff_hunk"].split("\n")[-1][1:] == line
            if comment["line"] is not None:
                now = git(berths, "show", f"{comment['commit_id']}:{comment['path']}").split("\n")
                assert now[comment["line"] - 1] == line


def comment_places(sample, read):
    """(item, comment) -> (repository, path, line, commit, next state or None)."""
    found = {}
    for number, pull in pulls(read).items():
        pushed = [row["sha"] for row in pull["commits"]]
        forced = [row["commit_id"] for row in pull["timeline"]
                  if row["event"] == "head_ref_force_pushed"]  # fmt: skip
        states = list(dict.fromkeys(forced + pushed))
        for one in pull["comments"]:
            own = one["original_commit_id"]
            place = states.index(own) + 1 if own in states else 0
            later = states[place] if place < len(states) else None
            found[f"github:{BERTHS}#{number}", str(one["id"])] = (
                "berth-planner", one["path"], one["original_line"], own, later)  # fmt: skip
    for number, change in changes(read).items():
        states = {row["_number"]: oid for oid, row in change["revisions"].items()}
        for path, comments in read[f"gerrit/{PILOTS}/comments/{number}.json"].items():
            for one in comments:
                later = states.get(one["patch_set"] + 1)
                found[f"gerrit:{PILOTS}~{number}", one["id"]] = (
                    "pilotage", path, one["line"], states[one["patch_set"]], later)  # fmt: skip
    return found


def test_a_comment_is_addressed_where_git_says_that_lines_near_it_changed(sample, read, key):
    places = comment_places(sample, read)
    assert len(key["addressed"]) >= 18
    assert {one["addressed"] for one in key["addressed"]} == {"true", "weak", "false"}
    for one in key["addressed"]:
        repository, path, line, old, new = places[one["item"], one["comment"]]
        near = new is not None and changed_near(
            sample.company / "repos" / repository, path, line, old, new
        )
        assert near == (one["addressed"] == "true"), one


def changed_near(repository: Path, path: str, line: int, old: str, new: str) -> bool:
    before, after = (git(repository, "show", f"{oid}:{path}").split("\n") for oid in (old, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return any(
        start - 3 < line <= max(end, start + 1) + 3
        for tag, start, end, _, _ in matcher.get_opcodes()
        if tag != "equal"
    )


def test_everything_in_the_key_is_in_the_exports(sample, read, key, commits, exports):
    places = comment_places(sample, read)
    known = set(key["items"]) | {one["key"] for one in key["builds"]}
    for recipe in key["recipes"].values():
        for one in recipe["included"] + recipe["declined"]:
            if one["item"].startswith("commit:"):
                _, repository, oid = one["item"].split(":")
                assert oid in commits[repository]
            elif one["item"].startswith("doc:"):
                _, repository, path = one["item"].split(":")
                assert (sample.company / "repos" / repository / path).is_file()
            else:
                assert one["item"] in known
        assert all(one["reason"] in REASONS for one in recipe["declined"])
        assert all("reason" not in one for one in recipe["included"])
    for one in key["addressed"]:
        assert (one["item"], one["comment"]) in places
    for one in key["builds"]:
        assert one["commit"] in commits[one["repository"]]
    for name in (one for one in key["items"] if one.startswith("trace:")):
        assert (exports / "traces" / name.split(":")[2]).is_file()


def test_what_excluded_people_said_stands_in_the_exports(key, exports):
    everything = "\n".join(
        path.read_text("utf-8") for path in sorted(exports.rglob("*")) if path.is_file()
    ).replace("\\n", "\n").replace('\\"', '"')  # fmt: skip
    rows = key["excluded_sentences"] + key["canaries"]
    assert len({one["person"] for one in key["excluded_sentences"]}) >= 6
    for one in rows:
        if one["person"] == "ha-108" and "Priwallfähre" in one["text"]:
            continue  # typed letter by letter in a terminal
        assert one["text"] in everything, one


def test_only_submitted_and_reviewed_traces_have_a_record(key, exports):
    folder = exports / "traces"
    for name, item in key["items"].items():
        if not name.startswith("trace:"):
            continue
        record = folder / f"{name.split(':')[2]}.byline.toml"
        facts = tomllib.loads(record.read_text("utf-8")) if record.is_file() else {}
        assert item["read"] == (facts.get("reviewed") is True)


def test_the_two_asciicasts_count_time_in_their_own_way(exports):
    lines = (exports / "traces/stale-tides.cast").read_text("utf-8").splitlines()
    second = [json.loads(line) for line in lines]
    assert second[0]["version"] == 2
    times = [row[0] for row in second[1:]]
    assert times == sorted(times)
    assert times[-1] > 300
    lines = (exports / "traces/rest-hours.cast").read_text("utf-8").splitlines()
    third = [json.loads(line) for line in lines if not line.startswith("#")]
    assert third[0]["version"] == 3
    assert max(row[0] for row in third[1:]) < 60
    assert sum(row[0] for row in third[1:]) > 150


def test_everybody_has_an_account_on_the_roster(sample, read):
    people = read_roster(sample.company / "people/roster.csv")
    handles = {dated.alias for one in people for dated in one.handles}
    logins = {one["user"]["login"] for pull in pulls(read).values()
              for one in pull["comments"] + pull["reviews"] + pull["issue_comments"]
              if one["user"] is not None and one["user"]["type"] == "User"}  # fmt: skip
    assert {f"github:{one}" for one in logins - {"harbour-ci"}} <= handles
    accounts = {text for name, value in read.items() if name.startswith("jira/")
                for issue in value["issues"]
                for text in [issue["fields"]["reporter"]["accountId"]]}  # fmt: skip
    assert {f"jira:{one}" for one in accounts} <= handles


def test_the_same_seed_gives_the_same_exports_and_another_gives_others(sample, tmp_path):
    other = write_sample(tmp_path / "other", seed=8)
    one, two = (json.loads((s.answers / "answer-key.json").read_text("utf-8"))
                for s in (sample, other))  # fmt: skip
    assert one["commits"]["pilotage"] != two["commits"]["pilotage"]
    names = [{(r, u["item"].split(":")[0], u.get("scene")) for r, x in k["process"]["recipes"].items()
              for u in x["included"]} for k in (one, two)]  # fmt: skip
    assert names[0] == names[1]


def test_a_scene_that_contradicts_itself_is_refused():
    with pytest.raises(IntegrityError, match="before any step"):
        list(parse("%% edit a.py\n", scene="x"))
    with pytest.raises(IntegrityError, match="no time"):
        list(parse("%% say by=101\nHello\n", scene="x"))
    steps = list(parse("%% patch at=2025-01-01T00:00\n%% edit a.py\n<<<<\nb\n====\nc\n>>>>\n",
                       scene="x"))  # fmt: skip
    with pytest.raises(IntegrityError, match="0 times"):
        edited({"a.py": whole("a.py", "a\n")}, steps[0].edits)
    with pytest.raises(IntegrityError, match="not in the diff"):
        hunk_to("a\nb\n" * 9, "a\nb\n" * 9 + "c\n", 2, side="RIGHT")


def test_lines_are_followed_through_a_change():
    before, after = "a\nb\nc\n", "x\na\nc\n"
    assert carried(before, after, 1) == 2
    assert carried(before, after, 2) is None
    assert carried(before, after, 3) == 3
