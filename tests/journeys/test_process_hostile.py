"""An export with everything wrong in it: what is wrong is counted, the rest goes on."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from journeys.company import Result, texts
from journeys.process_world import World, labels, look
from journeys.test_process_runs import Tags, rows_of

MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "byline", *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""
MOST_KIBIBYTES = 1_200_000
SCRIPT = "<script>alert(901)</script><img src=x onerror=alert(901)>"
WORDS = "The ferry timetable of the outer islands is printed upside down since the new press came"


def sparse(path: Path, size: int, *, head: bytes = b"") -> None:
    with path.open("wb") as out:
        out.write(head)
        out.truncate(size)


def hostile_pull(pulls: Path) -> dict[str, Any]:
    """Pull 11 as number 901: replies in a ring, no authors, times that run backwards, scripts."""
    told: dict[str, Any] = json.loads((pulls / "11.json").read_text())
    told["pull"] |= {
        "number": 901, "id": 901901, "title": f"{WORDS} {SCRIPT}",
        "body": f"{WORDS}: \0 {SCRIPT} \ud800 and so nobody knows when the last one leaves.",
    }  # fmt: skip
    comments = told["comments"]
    for number, one in enumerate(comments):
        one["id"] = 901_000 + number
        one["in_reply_to_id"] = 901_000 + (number + 1) % len(comments)
        one["body"] = f"{one['body']} \0\ud800 {SCRIPT}"
        one["created_at"] = f"19{70 + number % 20}-01-01T00:00:00Z" if number % 2 else "yesterday"
    told["issue_comments"].append(
        {"id": 901_900, "user": None, "body": f"A ghost says {SCRIPT}", "created_at": None}
    )
    told["reviews"].append({"id": 901_901, "user": None, "state": "APPROVED", "body": None})
    return told


def damage(company: Path) -> None:
    exports = company / "exports/github"
    project = exports / "harbour/berth-planner"
    pulls = project / "pulls"
    whole = (pulls / "4.json").read_bytes()
    (pulls / "902.json").write_bytes(whole[: len(whole) // 2])
    (pulls / "903.json").write_text('{"pull": ' + "[" * 200_000)
    (pulls / "904.json").write_text('{"pull": {"number": NaN, "title": ' + "9" * 50_000 + "}}")
    (pulls / "905.json").write_bytes(b"\xff\xfe\x00garbage\xd8\x00")
    sparse(pulls / "906.json", 200 << 20)
    sparse(pulls / "907.json", 80 << 20, head=b'{"pull": {"title": "')
    (pulls / "901.json").write_text(json.dumps(hostile_pull(pulls)))
    (pulls / "908.json").symlink_to(company / "people/roster.csv")
    (exports / "elsewhere").symlink_to(company / "terms", target_is_directory=True)
    os.mkfifo(pulls / "909.json")
    sparse(next(project.glob("runs/*/*.log")), 200 << 20)
    (company / "exports/jira/search-9.json").write_text('{"issues": [{"key": "HAR-1", "fields": {}')
    (company / "exports/junit/bomb.xml").write_text(
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        "<testsuite><testcase name='&b;'/></testsuite>"
    )
    (company / "exports/traces/bomb.cast").write_text('{"version": 2}\n' + "[" * 100_000 + "\n")
    shutil.copy(company / "exports/traces/rest-hours.cast.byline.toml",
                company / "exports/traces/bomb.cast.byline.toml")  # fmt: skip


def measured(*arguments: str | Path) -> tuple[Result, int]:
    """Run the program in one process, and say how much memory it took at most, in KiB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *err, peak = done.stderr.strip().splitlines()
    return Result(0, done.stdout, "\n".join(err)), int(peak)


@pytest.fixture(scope="module")
def company(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "company"
    shutil.copytree(world.company, folder)
    damage(folder)
    return folder


@pytest.fixture(scope="module")
def made(company: Path) -> tuple[dict[str, Any], int]:
    result, peak = measured("release", "--browse", "--json", "--workers", "1", "-c", company)
    return result.json, peak


def test_memory_is_bounded(made: tuple[dict[str, Any], int]):
    assert made[1] < MOST_KIBIBYTES


def test_everything_else_is_still_taught(world: World, made: tuple[dict[str, Any], int]):
    old = {row["id"]: row for row in world.rows}
    new = rows_of(Path(made[0]["directory"]))
    group = world.seen.groups[world.seen.items["github:harbour/berth-planner#11"]["item"]]
    lost = {
        name: row["recipe"]
        for name, row in old.items()
        if name not in new and row["split_keys"]["group"] != group
    }
    assert len(lost) <= len(old) // 50, lost
    assert not {"review_conversation", "review_revision", "decision"} & set(lost.values())


def test_what_could_not_be_read_is_counted_with_its_file(
    company: Path, made: tuple[dict[str, Any], int]
):
    seen = look(company)
    reasons = {}
    for row in seen.problems:
        reasons.setdefault(Path(row["file"]).name, set()).add(row["reason"])
        assert row["explanation"]
    assert reasons["902.json"] == {"truncated"}
    assert reasons["903.json"] == {"too_deep"}
    assert reasons["908.json"] == {"symlink"}
    assert reasons["elsewhere"] == {"symlink"}
    assert reasons["909.json"] == {"not_a_file"}
    assert reasons["907.json"] == {"too_large"}
    assert {"904.json", "905.json", "906.json", "search-9.json", "bomb.xml", "bomb.cast"} <= set(
        reasons
    )
    assert {"line_cut"} in reasons.values()  # of the log of two hundred megabytes


def test_no_file_outside_of_the_export_is_read(company: Path, made: tuple[dict[str, Any], int]):
    told = "\n".join(texts(Path(made[0]["directory"])))
    assert (company / "people/roster.csv").read_text().splitlines()[1] not in told


def test_the_hostile_review_is_read_and_its_scripts_are_only_text(
    company: Path, made: tuple[dict[str, Any], int]
):
    seen = look(company)
    item = seen.items["github:harbour/berth-planner#901"]
    parts = seen.parts[item["item"]]
    assert sum(part["kind"] == "inline" for part in parts) >= 2
    assert not any("\0" in part["text"] or "\ud800" in part["text"] for part in parts)
    assert any(part["account"] is None and "ghost" in part["text"] for part in parts)
    found = seen.about("review_conversation", item["key"])
    assert len(found) == 1
    made_of_it = [row for row in seen.candidates if row["item"] == item["item"]]
    assert made_of_it
    assert all(labels(row).get("reason") != "" for row in made_of_it)


def test_the_pages_hold_no_script(made: tuple[dict[str, Any], int]):
    folder = Path(made[0]["browse"]).parent
    escaped = 0
    for page in sorted(folder.glob("*.html")):
        text = page.read_text()
        tags = Tags()
        tags.feed(text)
        tags.close()
        assert tags.open == []
        assert not {"script", "img"} & tags.seen
        assert not any(name.startswith("on") for name in tags.attributes)
        escaped += text.count("&lt;script&gt;alert(901)")
    assert escaped
