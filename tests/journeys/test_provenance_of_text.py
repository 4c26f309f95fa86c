"""A company whose repository holds others' code, and work of its people's own time."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from byline.cli import steps
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.work.identifiers import parse_swhid
from laws.worlds import ANN, BOB, World, everything, function, moment, rows

LIBRARY = Path(os.__file__).parent
SETTINGS = """
[corpus]
third_party = ["third_party"]

[[ownership]]
owner = "own-time"
emails = ["*@home.example"]
note = "private address"
"""
OWN_TIME = "person,repository,path,from,until,note\nann,shop,games/**,,,agreed 2023\n"


def library(name):
    return (LIBRARY / f"{name}.py").read_bytes()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("provenance"))
    theirs = made.root / "third_party" / "pylib"
    theirs.mkdir(parents=True)
    for name in ("shlex", "textwrap", "heapq"):
        (theirs / f"{name}.py").write_bytes(library(name))
    (theirs / "LICENSE").write_text("SPDX-License-Identifier: PSF-2.0\n")
    shop = made.repository()
    part = b"".join(library("textwrap").splitlines(keepends=True)[150:210])
    files = {
        b"whole.py": b"# Made by us\n" + library("shlex").replace(b"    ", b"\t"),
        b"part.py": function("ours_above", lines=60) + part + function("ours_below", lines=60),
        b"games/play.py": function("private_game"),
        b"header.py": b"# Copyright (c) 2019 Rival Corp\n\n" + function("rival_code"),
        b"plain.py": function("plain_work", lines=90),
    }
    first = shop.commit(dict(files), time=moment(0), message="Add it all to the shop\n", **ANN)
    files[b"home.py"] = function("written_at_home")
    home = {"name": "Bob Birch", "email": "bob@home.example"}
    second = shop.commit(dict(files), parents=(first,), time=moment(1),
                         message="Add home function to shop\n", **home)  # fmt: skip
    # A later commit puts a copied function into a file of one's own: the edit must not teach it.
    more = b"".join(library("heapq").splitlines(keepends=True)[130:200])
    files[b"plain.py"] += more
    third = shop.commit(dict(files), parents=(second,), time=moment(2),
                        message="Add a queue to the plain file\n", **BOB)  # fmt: skip
    files[b"plain.py"] = files[b"plain.py"].replace(b"plain_work_3 =", b"plain_work_three =")
    files[b"plain.py"] = files[b"plain.py"].replace(b"plain_work_5 =", b"plain_work_five =")
    files[b"plain.py"] = files[b"plain.py"].replace(b"plain_work_6 =", b"plain_work_six =")
    last = shop.commit(dict(files), parents=(third,), time=moment(3),
                       message="Name the numbers in the plain file\n", **BOB)  # fmt: skip
    shop.point(last)
    return made


@pytest.fixture(scope="module")
def released(world):
    (world.root / "own_time.csv").write_text(OWN_TIME)
    file = world.configure(extra=SETTINGS)
    roster = world.root / "roster.csv"
    roster.write_text(roster.read_text().replace("bob@corp", "bob@home.example;bob@corp"))
    text = file.read_text().replace("[people]\n", '[people]\nown_time = "own_time.csv"\n')
    file.write_text(
        text.replace("[organisation]\n", '[organisation]\ncopyright_holders = ["Corp"]\n')
    )
    with session(file, voice=Voice(quiet=True), workers=1) as opened:
        return steps.release_all(opened).sealed


def table(world, stage, kind):
    folder = world.root / "byline-workspace" / "tables" / stage / "shop"
    parts = [pq.read_table(path) for path in sorted(folder.rglob("*.parquet"))
             if kind in path.parent.name]  # fmt: skip
    return pa.concat_tables(parts).to_pylist()


def test_nothing_of_others_and_of_own_time_is_taught(released):
    text = everything(released)
    assert "plain_work_0" in text
    assert "ours_above_3" in text
    assert "ours_below_3" in text
    for absent in ("read_token", "_handle_long_word", "_siftdown", "private_game_1", "rival_code_1",
                   "written_at_home_1"):  # fmt: skip
        assert absent not in text, absent


def test_the_account_says_why(released):
    lines = released.manifest["account"]["lines"]
    assert lines["third_party_copy"]["shop"] > 80, "the copied lines of part.py and plain.py"
    assert lines["terms: own_time"]["shop"] == 2 * function("x").count(b"\n")
    copied = library("shlex").count(b"\n")
    assert lines["terms: third_party"]["shop"] > copied, "whole.py and header.py"
    commits = released.manifest["account"]["commits"]
    assert commits["third_party_copy"]["shop"] == 1, "the commit that brought the queue in"


def test_every_finding_names_its_evidence(world, released):
    copies = {row["path"]: row for row in table(world, "copies", "files")}
    assert set(copies) == {"whole.py", "part.py", "plain.py"}
    assert copies["whole.py"]["source"] == "third_party/pylib/shlex.py"
    assert copies["whole.py"]["share"] > 0.9
    assert copies["part.py"]["source_licence"] == "PSF-2.0"
    owners = {
        (row["owner"], row["owner_evidence"]) for row in table(world, "contributions", "files")
    }
    assert ("own-time", "own_time.csv, line 2: agreed 2023") in owners
    assert ("own-time", "[[ownership]] rule 1: private address") in owners
    assert ("third-party", "copyright of Rival Corp, line 1") in owners
    assert any(evidence and evidence.startswith("copy of third_party/pylib/shlex.py (PSF-2.0), ")
               for owner, evidence in owners if owner == "third-party")  # fmt: skip


def test_examples_name_their_spans(released):
    spans = [parse_swhid(source["swhid"]) for row in rows(released, "completion")
             for source in row["sources"]]  # fmt: skip
    assert spans
    assert all(one.kind == "cnt" and one.lines and one.path for one in spans)
    edits = [parse_swhid(source["swhid"]) for row in rows(released, "commit_edit")
             for source in row["sources"]]  # fmt: skip
    assert {one.kind for one in edits} <= {"cnt", "rev"}
    assert all(one.anchor for one in edits if one.kind == "cnt")


def test_a_second_run_finds_the_same_and_makes_nothing(world, released):
    index = world.root / "byline-workspace" / "tables" / "third_party"
    before = sorted((path, path.stat().st_mtime_ns) for path in index.rglob("*"))
    with session(world.root / "byline.toml", voice=Voice(quiet=True), workers=1) as opened:
        assert steps.release_all(opened).sealed.id == released.id
    assert before == sorted((path, path.stat().st_mtime_ns) for path in index.rglob("*"))
