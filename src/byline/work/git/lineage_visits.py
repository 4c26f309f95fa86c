"""The commits of a history with the paths each changed, children before parents, from one stream.

Changes are against the first parent. Every parent comes after all of its children, so that whoever
follows lines backwards has met everything that reaches a commit before the commit itself.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from byline.errors import IntegrityError
from byline.work.git.command import stream

CHUNK = 1 << 20


class Side(NamedTuple):
    """A path in one tree: its mode and its blob."""

    mode: str
    oid: str


class Changed(NamedTuple):
    """One path that differs from a parent: how it was, how it is, and git's letter for it."""

    path: bytes
    older: Side
    newer: Side
    status: str


class Visit(NamedTuple):
    """One commit: its parents, and its changes against the first, as git printed them."""

    oid: str
    parents: tuple[str, ...]
    raw: dict[bytes, bytes]
    read: dict[bytes, Changed]

    def changed(self, path: bytes) -> Changed:
        """One of the changes; few are ever looked at, and those more than once."""
        found = self.read.get(path)
        if found is None:
            found = self.read[path] = changed(self.raw[path], path)
        return found


def changed(header: bytes, path: bytes) -> Changed:
    """A change from git's raw format (https://git-scm.com/docs/diff-format)."""
    words = header.decode("ascii").lstrip("\n:").split(" ")
    if len(words) != 5:
        raise IntegrityError(f"git printed a change that is none: {header!r}")
    return Changed(path, Side(words[0], words[2]), Side(words[1], words[3]), words[4])


def visits(directory: Path, commit: str, *others: str) -> Iterator[Visit]:
    """All commits reachable from one or from others, each after all its children."""
    # A path may hold any byte but NUL, so that only what it cannot foresee tells commits apart.
    mark = secrets.token_hex(8)
    arguments = (
        "log", "--topo-order", "--raw", "-r", "-z", "--no-abbrev", "--no-renames",
        "--diff-merges=first-parent", "--root", "--no-ext-diff", "--no-color",
        f"--format=%x00{mark}%H %P%x00", commit, *others, "--",
    )  # fmt: skip
    with stream(directory, *arguments) as output:
        for block in _blocks(output, b"\0" + mark.encode("ascii")):
            head, _, *words = block.split(b"\0")
            oid, *parents = head.decode("ascii").split()
            # Header and path in turn; what is left over is the end of the commit.
            yield Visit(oid, tuple(parents), dict(zip(words[1::2], words[::2], strict=False)), {})


def _blocks(output: IO[bytes], mark: bytes) -> Iterator[bytes]:
    """What follows each mark."""
    rest = b""
    while chunk := output.read(CHUNK):
        *whole, rest = (rest + chunk).split(mark)
        yield from filter(None, whole)
    if rest:
        yield rest
