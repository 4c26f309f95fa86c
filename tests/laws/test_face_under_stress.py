"""The face when things go wrong: one object on standard output or nothing, and a true status."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laws.command import command
from laws.worlds import ANN, BOB, World, function, moment

SLOW_GIT = """#!/bin/sh
case "$*" in *batch-check*) touch "{marker}"; sleep 1;; esac
exec "{git}" "$@"
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "company")
    repository = made.repository()
    files = {f"{name}.py".encode(): function(name) for name in ("ash", "elm", "fir", "oak", "yew")}
    first = repository.commit(files, message="add them all now\n", **ANN)
    files[b"ash.py"] += function("rowan")
    repository.point(
        repository.commit(
            files, parents=[first], time=moment(1), message="add the rowan reading\n", **BOB
        )
    )
    made.configure()
    return made


def test_ctrl_c_is_one_sentence_and_status_four(world: World, tmp_path: Path):
    """A terminal sends it to every process: workers must neither answer nor leave a mess."""
    marker, folder = tmp_path / "reading", tmp_path / "bin"
    folder.mkdir()
    slow = folder / "git"
    slow.write_text(SLOW_GIT.format(marker=marker, git=shutil.which("git")))
    slow.chmod(0o755)
    arguments = [sys.executable, "-m", "byline", "release", "-w", "2", "-c", str(world.root)]
    process = subprocess.Popen(
        arguments, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not marker.exists() and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 4, err
    assert out == ""
    assert "Traceback" not in err
    assert err.endswith("byline: interrupted\n  fix: run the same command again: it resumes\n")
    assert command("release", "-q", "-c", world.root).status == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["release", "--no-such-option"], 2),
        (["verify"], 1),
        (["train"], 1),
        (["evaluate"], 1),
        (["log"], 1),
        (["statement", "nobody"], 1),
        (["withdraw", "nobody"], 1),
        (["withdraw", "ann", "--class", "poetry"], 2),
        (["withdraw", "ann", "--received", "yesterday"], 2),
        (["withdraw", "ann", "--purpose", "world_peace"], 2),
    ],
)
def test_a_refusal_prints_nothing_where_data_goes(world: World, arguments: list[str], status: int):
    done = command(*arguments, "--json", "-c", world.root)
    assert done.status == status, done.err
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err


def test_an_answer_that_is_no_is_still_one_object(world: World):
    assert command("release", "-q", "-c", world.root).status == 0
    absent = "ex_" + "0" * 32
    done = command("verify", absent, "--json", "-c", world.root)
    assert done.status == 3
    assert json.loads(done.out)["examples"] == {absent: False}


def test_a_ledger_that_cannot_be_written_is_told_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """SQLite says this of a full disk; no withdrawal may seem to be recorded."""
    config = world.root / "byline.toml"
    assert command("decide", "-q", "-c", config).status == 0
    ledger = world.root / "byline-workspace" / "ledger.sqlite"
    with sqlite3.connect(ledger) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON withdrawals "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    connection.close()
    done = command("withdraw", "ann", "--json", "-c", config)
    assert done.status == 1
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "disk is full" in done.err


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("notices.csv", "ai-training,1,nobody,2023-01-01,portal,en\n", "nobody"),
        ("objections.csv", "o-1,nobody,2023-01-01,*,*,\n", "nobody"),
        ("roster.csv", "two,Two,ann@corp.example,employee,US,A,2020-01-01,\n", "ann@corp.example"),
        ("roster.csv", "two,Two,two@corp.example,employee,US,A,2020-13-01,\n", ":5:"),
    ],
)
def test_a_row_about_nobody_or_about_two_is_refused_with_its_line(
    world: World, file: str, text: str, words: str
):
    with (world.root / file).open("a") as source:
        source.write(text)
    done = command("decide", "-c", world.root)
    assert done.status == 2
    assert f"{file}:" in done.err
    assert words in done.err


def test_a_person_whose_address_looks_like_a_bots_is_a_person(world: World):
    """The roster is the organisation's word; a pattern is a guess."""
    with (world.root / "roster.csv").open("a") as source:
        source.write("rob,Rob Ott,rob-bot@corp.example,employee,US,A,2020-01-01,\n")
    made = world.repositories["shop"]
    made.point(
        made.commit(
            {b"rob.py": function("rob")}, message="add rob\n", time=moment(2),
            parents=[made.git("rev-parse", "main").decode().strip()],
            name="Rob Ott", email="rob-bot@corp.example",
        )
    )  # fmt: skip
    release = command("release", "--json", "-c", world.root).json
    assert release["manifest"]["account"]["lines"]["terms: notice_missing"] == {"shop": 12}


def test_an_empty_repository_among_others_is_named(world: World):
    world.repository("void")
    refused = command("release", "--json", "-c", world.configure())
    assert refused.status == 4  # the others are collected: it goes on when this one is mended
    assert refused.out == ""
    assert "void has no commits" in refused.err
