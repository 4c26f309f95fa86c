"""Published holes of git and its relatives, as far as they concern whoever only reads objects.

Each repository is built as the advisory describes it; that collecting it runs nothing, writes
nothing outside, and says what it is, is what is tested. CVE numbers stand at each.
"""

import os
from pathlib import Path

import pytest
from collecting import by_path, gather, rows
from hostility import HEADER, head

from simulators.repositories import (
    FILE,
    LINK,
    MODULE,
    TREE,
    Entry,
    Repository,
    filled,
    program,
    repository,
)

GITLINK = "1" * 40


def around(folder: Path, out: Path) -> dict[str, bytes]:
    """Every file below a folder but what is written to `out`."""
    return {
        str(file): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_relative_to(out)
    }


def untouched(made: Repository, tmp_path: Path) -> dict[str, dict[str, object]]:
    """The files of what is collected, with nothing written but there."""
    before = around(tmp_path, tmp_path / "out")
    done = gather(made.path, tmp_path / "out")
    assert around(tmp_path, tmp_path / "out") == before
    assert not list(tmp_path.rglob("pwned"))
    found = by_path(done)
    messages = {row["message"] for row in rows(done, "quarantine", "oid")}
    return {**found, "messages": {"all": messages}}


def module(text: bytes, tmp_path: Path) -> set[str]:
    """What is said of a repository with this `.gitmodules`."""
    files = {b".gitmodules": text, b"x": Entry(MODULE, oid=GITLINK)}
    found = untouched(filled(tmp_path / "r", files), tmp_path)
    assert found["x"]["skip"] == "submodule"
    assert found[".gitmodules"]["text"] == text.decode()
    return found["messages"]["all"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # CVE-2018-11235, CVE-2019-1387: the name is a path out of .git/modules
        (b'[submodule "../../.git/hooks"]\n\tpath = x\n\turl = ./x\n', "gitmodulesName"),
        # CVE-2018-17456: an address and a path that are options
        (b'[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch pwned\n', "gitmodulesUrl"),
        (b'[submodule "x"]\n\tpath = -x\n\turl = ./x\n', "gitmodulesPath"),
        # CVE-2019-19604: a command to update with
        (b'[submodule "x"]\n\tpath = x\n\turl = ./x\n\tupdate = !touch pwned\n',
         "gitmodulesUpdate"),
        # CVE-2020-5260, CVE-2020-11008: an address that asks for another host's credential
        (b'[submodule "x"]\n\tpath = x\n\turl = https://a.example%0ahost=b.example/\n',
         "gitmodulesUrl"),
    ],
)  # fmt: skip
def test_submodules_that_attack_whoever_follows_them_are_named_and_not_followed(
    tmp_path, text, message
):
    assert message in module(text, tmp_path)


def test_a_submodule_path_that_ends_in_a_carriage_return_is_only_text(tmp_path):
    """CVE-2025-48384: written and read back, the path loses its CR and is another."""
    made = filled(
        tmp_path / "r",
        {b".gitmodules": b'[submodule "x"]\n\tpath = "sub\r"\n\turl = ./x\n',
         b"sub\r": Entry(MODULE, oid=GITLINK), b"sub": Entry(LINK, b".git/hooks")},
    )  # fmt: skip
    found = untouched(made, tmp_path)
    assert (found["sub\r"]["skip"], found["sub"]["skip"]) == ("submodule", "symlink")


def test_a_submodule_beside_a_link_of_the_same_name_is_only_a_tree(tmp_path):
    """CVE-2024-32002: on a file system without case, the link leads the submodule into .git."""
    made = filled(
        tmp_path / "r",
        {b".gitmodules": b'[submodule "x/y"]\n\tpath = A/modules/x\n\turl = ./x\n',
         b"A/modules/x": Entry(MODULE, oid=GITLINK), b"a": Entry(LINK, b".git")},
    )  # fmt: skip
    found = untouched(made, tmp_path)
    assert (found["A/modules/x"]["skip"], found["a"]["skip"]) == ("submodule", "symlink")


NTFS = [b"git~1", b".git::$INDEX_ALLOCATION", b".git ", b".git.", b".GiT...", b"a\\..\\.git"]


@pytest.mark.parametrize("name", NTFS)
def test_names_that_other_file_systems_take_for_git_are_left_out(tmp_path, name):
    """CVE-2019-1350, -1352, -1353, CVE-2014-9390: NTFS short names, streams, trailing dots."""
    made = filled(tmp_path / "r")
    blob = made.object("blob", b"evil\n")
    odd = made.raw_tree([(FILE, name, blob)])
    good = made.object("blob", b"one\n")
    root = made.raw_tree([(FILE, b"a.txt", good), (TREE, b"odd", odd)])
    made.point(made.raw_commit(root, HEADER, parents=[head(made)]))
    found = untouched(made, tmp_path)
    assert "hasDotgit" in found["messages"]["all"]
    assert found[f"odd/{name.decode()}"]["skip"] == "quarantined_tree"
    assert found["a.txt"]["text"] == "one\n"


@pytest.mark.parametrize("text", [b"a" * 70_000 + b" x\n", b"*" + b" x" * 40_000 + b"\n"])
def test_attributes_that_overflow_their_reader_are_only_text(tmp_path, text):
    """CVE-2022-23521: lines and counts of attributes beyond what a reader counts with."""
    made = filled(tmp_path / "r", {b".gitattributes": text, b"a.txt": b"one\n"})
    found = untouched(made, tmp_path)
    assert "gitattributesLineLength" in found["messages"]["all"]
    assert found["a.txt"]["text"] == "one\n"


def test_a_bare_repository_inside_the_tree_is_only_files(tmp_path):
    """`safe.bareRepository`: git run in that folder would take its configuration for its own."""
    marker = tmp_path / "marker"
    run = program(tmp_path / "run.sh", marker)
    config = f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = {run}\n"
    made = filled(
        tmp_path / "r",
        {b"in/HEAD": b"ref: refs/heads/main\n", b"in/config": config.encode(),
         b"in/objects/x": b"x\n", b"in/refs/heads/x": b"x\n", b"HEAD": b"ref: refs/heads/x\n"},
    )  # fmt: skip
    found = untouched(made, tmp_path)
    assert found["in/config"]["text"] == config
    assert not marker.exists()


def test_bundles_and_includes_of_a_configuration_are_not_followed(tmp_path):
    """CVE-2025-48385, CVE-2023-29007, CVE-2023-25652: what a configuration names or breaks."""
    made = filled(tmp_path / "r")
    target = tmp_path / "pwned"
    (made.directory / "config").write_text(
        f'[bundle]\n\tversion = 1\n\tmode = all\n[bundle "x"]\n\turi = file://{target}\n'
        f"[fetch]\n\tbundleURI = file://{target}\n[include]\n\tpath = /dev/zero\n"
        f'[submodule "{"a" * 5000}"]\n\turl = x\n[core]\n\tbroken\n[[[[\n'
    )
    assert untouched(made, tmp_path)["a.txt"]["skip"] is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_read_because_git_does_not_run_in_it(tmp_path):
    """CVE-2022-24765, CVE-2022-29187: git refuses such a folder, or obeys its configuration."""
    made = repository(tmp_path / "r")
    made.point(made.commit({b"a.txt": b"one\n"}))
    for file in [made.path, *made.path.rglob("*")]:
        os.chown(file, 12345, 12345)
    assert untouched(made, tmp_path)["a.txt"]["text"] == "one\n"
