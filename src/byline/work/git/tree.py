"""The files of one commit, without ever expanding a tree that is built to explode.

A "git bomb" nests a handful of trees into billions of paths. Paths are counted first, each distinct
tree once, and only a tree within the budget is expanded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from byline.errors import HostileInputError
from byline.work.git.command import run
from byline.work.git.objects import ObjectReader

TREE = b"40000"
MAX_DEPTH = 512


@dataclass(frozen=True)
class Entry:
    """One path of a tree: raw path bytes, mode as git writes it, object id."""

    path: bytes
    mode: str
    oid: str


def files(directory: Path, commit: str, *, max_paths: int) -> list[Entry]:
    """Every path of a commit's tree, in git's order.

    Raises:
        HostileInputError: The tree holds more than `max_paths` paths, or nests too deep.
    """
    root = run(directory, "rev-parse", "--verify", f"{commit}^{{tree}}").decode("ascii").strip()
    with ObjectReader(directory) as reader:
        trees = _Trees(reader, len(root) // 2)
        _refuse_many(commit, trees.count(root), max_paths)
        return trees.expand(root)


def check_paths(directory: Path, commits: Sequence[str], *, max_paths: int) -> None:
    """Count what commits' trees name, without expanding any.

    Raises:
        HostileInputError: One of them names more than `max_paths` paths, or nests too deep.
    """
    with ObjectReader(directory) as reader:
        trees: _Trees | None = None
        for commit in commits:
            root = reader.read(commit)[5:].split(b"\n", 1)[0].decode("ascii")
            trees = trees or _Trees(reader, len(root) // 2)
            _refuse_many(commit, trees.count(root), max_paths)
            trees.forget()


def _refuse_many(commit: str, count: int, max_paths: int) -> None:
    if count > max_paths:
        raise HostileInputError(
            f"commit {commit[:12]} names {count:,} paths; the limit is {max_paths:,}",
            advice="raise `max_paths` in [collect] if the repository really is that large",
        )


class _Trees:
    """Parsed trees, each read once."""

    def __init__(self, reader: ObjectReader, oid_bytes: int) -> None:
        self._reader = reader
        self._oid_bytes = oid_bytes
        self._parsed: dict[str, list[tuple[bytes, bytes, str]]] = {}
        self._counts: dict[str, int] = {}

    def forget(self) -> None:
        """Drop the parsed trees; their counts stay."""
        self._parsed.clear()

    def entries(self, oid: str) -> list[tuple[bytes, bytes, str]]:
        """(mode, name, object id) of each entry of a tree."""
        if oid not in self._parsed:
            data = self._reader.read(oid)
            found, position = [], 0
            while position < len(data):
                space = data.index(b" ", position)
                end = data.index(b"\0", space)
                after = end + 1 + self._oid_bytes
                found.append(
                    (data[position:space], data[space + 1 : end], data[end + 1 : after].hex())
                )
                position = after
            self._parsed[oid] = found
        return self._parsed[oid]

    def count(self, root: str) -> int:
        """How many paths a tree names, counting each distinct tree once."""
        counts = self._counts
        pending = [(root, 0)]
        while pending:
            oid, depth = pending[-1]
            if oid in counts:
                pending.pop()
                continue
            if depth > MAX_DEPTH:
                raise HostileInputError(f"tree {oid} nests more than {MAX_DEPTH} folders deep")
            inner = [child for mode, _, child in self.entries(oid) if mode == TREE]
            waiting = [child for child in inner if child not in counts]
            if waiting:
                pending.extend((child, depth + 1) for child in set(waiting))
                continue
            pending.pop()
            counts[oid] = len(self.entries(oid)) - len(inner) + sum(counts[i] for i in inner)
        return counts[root]

    def expand(self, root: str) -> list[Entry]:
        """Every path below a tree."""
        found: list[Entry] = []
        pending: list[tuple[bytes, bytes, str]] = [(TREE, b"", root)]
        while pending:
            mode, path, oid = pending.pop()
            if mode != TREE:
                found.append(Entry(path, mode.decode("ascii"), oid))
                continue
            prefix = path + b"/" if path else b""
            pending.extend(
                (child_mode, prefix + name, child)
                for child_mode, name, child in reversed(self.entries(oid))
            )
        return found
