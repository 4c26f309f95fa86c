"""What the tests of hostile repositories share."""

from pathlib import Path

import pytest
from collecting import LIMITS, gather

from byline.errors import HostileInputError
from byline.work.git.collect import Limits
from simulators.repositories import (
    FILE,
    LINK,
    MODULE,
    NOON,
    TREE,
    Entry,
    Repository,
)

PERSON = f"Ada <ada@corp.example> {NOON} +0000"
HEADER = f"author {PERSON}\ncommitter {PERSON}\n\nchange\n".encode()


def head(made: Repository) -> str:
    return made.git("rev-parse", "main").decode().strip()


def refused(path: Path, into: Path, words: str, *, limits: Limits = LIMITS) -> HostileInputError:
    with pytest.raises(HostileInputError, match=words) as caught:
        gather(path, into, limits=limits)
    assert not (into / "tables").exists()
    return caught.value


def evil_trees(made: Repository) -> dict[str, str]:
    blob = made.object("blob", b"evil\n")
    inner = made.raw_tree([(FILE, b"evil", blob)])
    return {
        "hasDotdot": made.raw_tree([(TREE, b"..", inner)]),
        "hasDot:": made.raw_tree([(TREE, b".", inner)]),
        "hasDotgit": made.raw_tree([(TREE, b".git", inner)]),
        "hasDotgit: ": made.raw_tree([(TREE, b".GIT", inner)]),
        "hasDotgit:  ": made.raw_tree([(TREE, b"git~1", inner)]),
        "hasDotgit:   ": made.raw_tree([(TREE, ".g\u200cit".encode(), inner)]),
        "fullPathname": made.raw_tree([(FILE, b"a/b", blob)]),
        "fullPathname: ": made.raw_tree([(FILE, b"../../evil", blob)]),
        "fullPathname:  ": made.raw_tree([(FILE, b"/etc/evil", blob)]),
        "duplicateEntries": made.raw_tree([(FILE, b"a", blob), (FILE, b"a", blob)]),
        "treeNotSorted": made.raw_tree([(FILE, b"b", blob), (FILE, b"a", blob)]),
        "gitmodulesSymlink": made.tree({b".gitmodules": Entry(LINK, b"/etc/passwd")}),
        "gitmodulesName": made.tree(
            {b".gitmodules": b'[submodule "../../x"]\n\tpath = x\n\turl = y\n',
             b"x": Entry(MODULE, oid="1" * 40)}),
        "gitmodulesUrl": made.tree(
            {b".gitmodules": b'[submodule "x"]\n\tpath = x\n\turl = -u./evil\n',
             b"x": Entry(MODULE, oid="1" * 40)}),
        "malformed": made.raw_tree([(FILE, b"", blob)]),
        "malformed: ": made.object("tree", b"100644 a\0abc"),
    }  # fmt: skip
