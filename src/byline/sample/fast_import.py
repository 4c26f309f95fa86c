"""Write a repository through one `git fast-import` stream.

Invariants: every commit's id is computed before git sees it, so that a later message can name it;
after the import git's own ids are compared with ours. git runs with no configuration but ours.
Format: https://git-scm.com/docs/git-fast-import
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from byline.errors import InputError, IntegrityError
from byline.sample.tree import Tree, object_id, tree_oid

_BUILD_REF = "refs/heads/main"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when: seconds since the epoch and an offset such as `+0200`."""

    name: str
    email: str
    when: int
    offset: str

    def line(self) -> bytes:
        """Return the words git stores."""
        return f"{self.name} <{self.email}> {self.when} {self.offset}".encode()


@dataclass(frozen=True, slots=True)
class Commit:
    """A recorded commit: its id, its number in the stream and its files."""

    oid: str
    mark: int
    tree: Tree
    author: Signature
    message: str


class Recorder:
    """Turns commits into a fast-import stream and remembers their ids."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._marks: dict[str, int] = {}
        self._next = 0
        self.num_commits = 0

    def _mark(self) -> int:
        self._next += 1
        return self._next

    def _data(self, body: bytes) -> None:
        self._stream.write(b"data %d\n%s\n" % (len(body), body))

    def _send_blobs(self, tree: Tree) -> None:
        for file in tree.values():
            if file.oid not in self._marks:
                self._marks[file.oid] = self._mark()
                self._stream.write(b"blob\nmark :%d\n" % self._marks[file.oid])
                self._data(file.content)

    def commit(
        self,
        tree: Tree,
        *,
        parents: Sequence[Commit],
        author: Signature,
        committer: Signature,
        message: str,
    ) -> Commit:
        """Record one commit and return it with its id."""
        text = message.rstrip("\n").encode() + b"\n"
        heads = b"".join(b"parent %s\n" % parent.oid.encode() for parent in parents)
        who = b"author %s\ncommitter %s\n" % (author.line(), committer.line())
        body = b"tree %s\n%s%s\n%s" % (tree_oid(tree).encode(), heads, who, text)
        self._send_blobs(tree)
        mark = self._mark()
        self._stream.write(b"commit %s\nmark :%d\n%s" % (_BUILD_REF.encode(), mark, who))
        self._data(text)
        for word, parent in zip([b"from", *[b"merge"] * len(parents)], parents, strict=False):
            self._stream.write(b"%s :%d\n" % (word, parent.mark))
        self._send_changes(parents[0].tree if parents else {}, tree)
        self.num_commits += 1
        return Commit(object_id("commit", body), mark, tree, author, message)

    def _send_changes(self, before: Tree, after: Tree) -> None:
        old = {file.path: (file.mode, file.oid) for file in before.values()}
        new = {file.path: (file.mode, file.oid) for file in after.values()}
        for path in sorted(old.keys() - new.keys()):
            self._stream.write(b"D %s\n" % _quoted(path))
        for path in sorted(new):
            mode, oid = new[path]
            if old.get(path) != (mode, oid):
                row = (mode, self._marks[oid], _quoted(path))
                self._stream.write(b"M %o :%d %s\n" % row)

    def point(self, reference: str, commit: Commit) -> None:
        """Make a reference (a branch or a plain tag) point at a commit."""
        self._stream.write(b"reset %s\nfrom :%d\n\n" % (reference.encode(), commit.mark))

    def tag(self, name: str, commit: Commit, *, tagger: Signature, message: str) -> None:
        """Record an annotated tag."""
        self._stream.write(b"tag %s\nfrom :%d\n" % (name.encode(), commit.mark))
        self._stream.write(b"tagger %s\n" % tagger.line())
        self._data(message.encode())

    def done(self) -> None:
        """End the stream."""
        self._stream.write(b"done\n")


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()


def git_environment() -> dict[str, str]:
    """Return an environment in which git reads no configuration of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


def git(*arguments: str, at: Path) -> str:
    """Run git in a folder and return what it printed.

    Raises:
        InputError: git is missing or refused.
    """
    command = ["git", "-c", "core.autocrlf=false", "-c", "advice.detachedHead=false", *arguments]
    try:
        done = subprocess.run(
            command, cwd=at, env=git_environment(), capture_output=True, check=True
        )
    except FileNotFoundError as error:
        raise InputError("git is not installed", advice="install git 2.30 or later") from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        raise InputError(f"git {arguments[0]} failed in {at}: {words}") from error
    return done.stdout.decode(errors="replace")


def import_stream(directory: Path, stream: Path, *, head: str) -> None:
    """Make a repository with a checked-out `main` from a recorded stream.

    Raises:
        IntegrityError: git computed another id for the head than the recorder did.
    """
    directory.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", "--template=", at=directory)
    with stream.open("rb") as source:
        done = subprocess.run(
            ["git", "fast-import", "--quiet", "--done", "--depth=8"],
            cwd=directory,
            env=git_environment(),
            stdin=source,
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise InputError(f"git fast-import failed: {done.stderr.decode(errors='replace')[:2000]}")
    got = git("rev-parse", "refs/heads/main", at=directory).strip()
    if got != head:
        raise IntegrityError(f"{directory.name}: git made {got}, the recorder expected {head}")
    git("reset", "--quiet", "--hard", at=directory)
