"""The files of one commit, without ever expanding a tree that is built to explode.

A "git bomb" nests a handful of trees into billions of paths. Paths are counted first, each distinct
tree once, and only a tree within the budget is expanded.

Names that a tree must not hold (`..`, `.git`, a whole path) are kept as data;
nothing here or later makes a path of the file system from them.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from byline.errors import HostileInputError
from byline.work.git.command import run
from byline.work.git.objects import ObjectReader

TREE, LINK = b"40000", b"120000"
MAX_DEPTH = 512


@dataclass(frozen=True)
class Entry:
    """One path of a tree: raw path bytes, mode as git writes it, object id.

    Attributes:
        quarantined: A tree that leads to it is malformed, or two entries have this path.
    """

    path: bytes
    mode: str
    oid: str
    quarantined: bool = False


def files(
    directory: Path, commit: str, *, max_paths: int, malformed: Mapping[str, str] | None = None
) -> list[Entry]:
    """Every path of a commit's tree, in git's order.

    Args:
        directory: The mirror.
        commit: The commit.
        max_paths: The most paths that it may name.
        malformed: Trees with a finding, and whether all of one (``tree``) or only its hostile
            entries (``entry``) are quarantined.

    Raises:
        HostileInputError: The tree holds more than `max_paths` paths, or nests too deep.
    """
    root = run(directory, "rev-parse", "--verify", f"{commit}^{{tree}}").decode("ascii").strip()
    with ObjectReader(directory) as reader:
        trees = _Trees(reader, len(root) // 2)
        _refuse_many(commit, trees.count(root), max_paths)
        found = trees.expand(root, malformed or {})
    return _without_ambiguity(found) if malformed else found


def _without_ambiguity(found: list[Entry]) -> list[Entry]:
    """The same entries, those quarantined that share their path with another or a bad one."""
    count = Counter(entry.path for entry in found)
    bad = {entry.path for entry in found if entry.quarantined or count[entry.path] > 1}
    return [replace(entry, quarantined=entry.path in bad) for entry in found]


IGNORED_ON_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
DOT_GIT = re.compile(r"(?:\.git|git~[1-9])[ .]*(?::.*)?\Z", re.IGNORECASE | re.DOTALL)
MAX_NAME = 4096


def is_hostile_name(name: bytes) -> bool:
    """Whether a tree must not have an entry of this name: it could escape, or act as ``.git``.

    The disguises of ``.git`` are those of git's own check: characters that HFS+ ignores, short
    names and streams of NTFS (https://git-scm.com/docs/git-fsck, ``hasDotgit``).
    """
    if name in (b"", b".", b"..") or b"/" in name or len(name) > MAX_NAME:
        return True
    shown = IGNORED_ON_HFS.sub("", name.decode("utf-8", "replace"))
    return any(DOT_GIT.match(part) for part in (shown, *shown.split("\\")))


def _is_hostile(mode: bytes, name: bytes) -> bool:
    modules = mode == LINK and name.lower().startswith((b".gitmodules", b"gitmod~", b"gi7eba~"))
    return modules or is_hostile_name(name)


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

    def expand(self, root: str, malformed: Mapping[str, str]) -> list[Entry]:
        """Every path below a tree."""
        found: list[Entry] = []
        pending: list[tuple[bytes, bytes, str, bool]] = [(TREE, b"", root, False)]
        while pending:
            mode, path, oid, quarantined = pending.pop()
            if mode != TREE:
                found.append(Entry(path, mode.decode("ascii"), oid, quarantined))
                continue
            prefix = path + b"/" if path else b""
            entries = self.entries(oid)
            bad = _quarantined(entries, malformed.get(oid))
            pending.extend(
                (child_mode, prefix + name, child, quarantined or is_bad)
                for (child_mode, name, child), is_bad in zip(
                    reversed(entries), reversed(bad), strict=True
                )
            )
        return found


def _quarantined(entries: Sequence[tuple[bytes, bytes, str]], kind: str | None) -> list[bool]:
    """Which entries of a tree are quarantined; all, where git found one that is not seen here."""
    if kind is None:
        return [False] * len(entries)
    hostile = [_is_hostile(mode, name) for mode, name, _ in entries]
    return hostile if kind == "entry" and any(hostile) else [True] * len(entries)
