"""A simulator of git repositories, honest and hostile, with fixed identities and dates.

Objects are written as loose files byte by byte, so that malformed ones can be written too; the rest
(tags, packs, clones, worktrees) is plain git in an environment that no machine setting reaches.
"""

import hashlib
import os
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NOON = 1_700_000_000  # 2023-11-14, the first commit's second
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@corp.example",
    "GIT_AUTHOR_DATE": f"{NOON} +0000",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@corp.example",
    "GIT_COMMITTER_DATE": f"{NOON} +0000",
}
FILE, EXECUTABLE, LINK, MODULE, TREE = b"100644", b"100755", b"120000", b"160000", b"40000"


@dataclass(frozen=True)
class Entry:
    """A path that is not a plain file: its mode, and its blob's bytes or an object id."""

    mode: bytes
    content: bytes = b""
    oid: str = ""


def git(directory: Path, *arguments: str, stdin: bytes = b"", status: int = 0) -> bytes:
    """What plain git prints when run in a folder."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        input=stdin,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    if done.returncode != status:
        raise RuntimeError(f"git {arguments}: {done.returncode}: {done.stderr!r}")
    return done.stdout


@dataclass(frozen=True)
class Repository:
    """A repository under construction: its folder, and where git keeps its own files."""

    path: Path
    directory: Path
    hashing: str = "sha1"

    def git(self, *arguments: str, stdin: bytes = b"", status: int = 0) -> bytes:
        """What plain git prints here."""
        return git(self.path, *arguments, stdin=stdin, status=status)

    def object(self, kind: str, data: bytes) -> str:
        """Write an object as it is, well-formed or not, and return its id."""
        whole = f"{kind} {len(data)}\0".encode() + data
        oid = hashlib.new(self.hashing, whole).hexdigest()
        place = self.loose(oid)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(zlib.compress(whole, 1))
        return oid

    def loose(self, oid: str) -> Path:
        """Where a loose object lies."""
        return self.directory / "objects" / oid[:2] / oid[2:]

    def raw_tree(self, entries: Sequence[tuple[bytes, bytes, str]]) -> str:
        """A tree of exactly these (mode, name, object id), in this order."""
        parts = [mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries]
        return self.object("tree", b"".join(parts))

    def tree(self, files: Mapping[bytes, bytes | Entry]) -> str:
        """A well-formed tree, nested, of paths and their content."""
        here: dict[bytes, tuple[bytes, str]] = {}
        below: dict[bytes, dict[bytes, bytes | Entry]] = {}
        for path, content in files.items():
            first, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(first, {})[rest] = content
            elif isinstance(content, Entry):
                here[first] = (content.mode, content.oid or self.object("blob", content.content))
            else:
                here[first] = (FILE, self.object("blob", content))
        for name, inner in below.items():
            here[name] = (TREE, self.tree(inner))
        order = sorted(here, key=lambda name: name + b"/" * (here[name][0] == TREE))
        return self.raw_tree([(here[name][0], name, here[name][1]) for name in order])

    def raw_commit(self, tree: str, header: bytes, *, parents: Sequence[str] = ()) -> str:
        """A commit whose author and committer lines, and all after them, are exactly `header`."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        return self.object("commit", "\n".join(lines).encode() + b"\n" + header)

    def commit(
        self,
        files: Mapping[bytes, bytes | Entry],
        *,
        parents: Sequence[str] = (),
        name: str = "Ada",
        email: str = "ada@corp.example",
        time: int = NOON,
        message: str = "change\n",
    ) -> str:
        """A well-formed commit of a whole state of the files."""
        person = f"{name} <{email}> {time} +0000"
        header = f"author {person}\ncommitter {person}\n\n{message}".encode()
        return self.raw_commit(self.tree(files), header, parents=parents)

    def point(self, oid: str, *, name: str = "refs/heads/main") -> None:
        """Let a ref name an object."""
        place = self.directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{oid}\n")


def repository(path: Path, *, hashing: str = "sha1", bare: bool = False) -> Repository:
    """A new repository with no commit, HEAD on the unborn branch ``main``."""
    path.mkdir(parents=True)
    bare_option = ["--bare"] if bare else []
    git(path, "init", "-q", "--template=", "-b", "main", f"--object-format={hashing}", *bare_option)
    return Repository(path, path if bare else path / ".git", hashing)


def filled(path: Path, files: Mapping[bytes, bytes | Entry] | None = None) -> Repository:
    """A repository with one commit on ``main``."""
    made = repository(path)
    made.point(made.commit(files or {b"a.txt": b"one\ntwo\n"}))
    return made


def bomb(made: Repository, *, levels: int = 10, width: int = 10) -> str:
    """A tree of ``width ** (levels + 1)`` paths in ``levels + 2`` objects (a "git bomb")."""
    blob = made.object("blob", b"boom\n")
    tree = made.raw_tree([(FILE, b"f%d" % number, blob) for number in range(width)])
    for _ in range(levels):
        tree = made.raw_tree([(TREE, b"d%d" % number, tree) for number in range(width)])
    return tree


def program(path: Path, marker: Path) -> Path:
    """An executable that leaves a marker file, to see whether anything ran it."""
    path.write_text(f"#!/bin/sh\necho ran >> '{marker}'\ncat 2>/dev/null\nexit 0\n")
    path.chmod(0o755)
    return path
