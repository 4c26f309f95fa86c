"""The files of ranges: which differ, how they read at both ends, which lines are asked about."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from byline.work.diff import changed_blocks
from byline.work.git.edits import REGULAR
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.ranges_differences import ABSENT, FileChange, files_at, tree_differences
from byline.work.git.ranges_ends import FROM_MERGE_BASE, Bases, End, present, too_wide
from byline.work.git.ranges_origins import File
from byline.work.git.tree import is_hostile_name
from byline.work.git.windows import windows
from byline.work.identifiers import line_list, path_text
from byline.work.text import decode, line_count

SMALL: Final = 120  # lines up to which a file's authorship is asked whole, not around its changes
SHOWN: Final = "shown"
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Range:
    """A row of `RANGES`, its ends where the mirror has them, and why it has no files."""

    row: Mapping[str, Any]
    old: End | None
    new: End | None
    skip: str | None


@dataclass(frozen=True)
class RangeFile:
    """One file of a range: its texts, and which lines of each are asked about."""

    range: Range
    change: FileChange
    before: str | None
    after: str | None
    skip: str | None
    before_lines: Spans = ()
    after_lines: Spans = ()

    @property
    def old(self) -> File:
        """The file at the old end."""
        end = self.range.old or self.range.new
        return (end.commit if end else "", self.change.old_path, self.change.old_oid)

    @property
    def new(self) -> File:
        """The file at the new end."""
        end = self.range.new
        return (end.commit if end else "", self.change.path, self.change.new_oid)


def resolved(directory: Path, ranges: pa.Table, revision: str) -> list[Range]:
    """The ends of each range: a base that is implied is found, a commit that is not there is told.

    Raises:
        GitError: The revision is not in the mirror, and a base must be found by it.
    """
    rows = ranges.to_pylist()
    ends = present(directory, (row[key] for row in rows for key in ("old_commit", "new_commit")))
    wide = too_wide(directory, ends)
    bases = Bases(directory, revision)
    skips = [_skip(row, ends, wide) for row in rows]
    begins = [
        _begin(row, bases) if skip is None else "" for row, skip in zip(rows, skips, strict=True)
    ]
    ends |= present(directory, set(begins) - {""} - ends.keys())
    return [
        Range(row, ends.get(begin or row["old_commit"]), ends.get(row["new_commit"]), skip)
        for row, begin, skip in zip(rows, begins, skips, strict=True)
    ]


def _skip(row: Mapping[str, Any], ends: Mapping[str, End], wide: Collection[str]) -> str | None:
    """Why a range is not looked at, or None."""
    named = [oid for oid in (row["new_commit"], row["old_commit"]) if oid]
    if row["new_commit"] not in ends or any(oid not in ends for oid in named):
        return "missing_object"
    return "too_wide" if any(oid in wide for oid in named) else None


def _begin(row: Mapping[str, Any], bases: Bases) -> str:
    """The commit that a range begins at; an empty string for a root."""
    old, new = row["old_commit"], row["new_commit"]
    if row["purpose"] == SHOWN:
        return str(old or new)
    if old and row["purpose"] not in FROM_MERGE_BASE:
        return str(old)
    return bases.of(old, new) or old


def files_of(
    directory: Path, ranges: Sequence[Range], *, max_bytes: int, max_files: int
) -> Iterator[RangeFile]:
    """Every file of every range, read; a range without files as one that says why."""
    listed = _listed(directory, ranges)
    oids = {oid for changes in listed for one in changes for oid in _blobs(one)}
    known = sizes(directory, oids) if oids else {}
    with ObjectReader(directory) as reader:
        for one, changes in zip(ranges, listed, strict=True):
            many = one.row["purpose"] != SHOWN and len(changes) > max_files
            skip = one.skip or ("too_many_files" if many else None if changes else "no_difference")
            if skip is not None:
                yield RangeFile(one, _nothing(), None, None, skip)
                continue
            for change in changes:
                yield _read(one, change, known, reader, max_bytes)


def _listed(directory: Path, ranges: Sequence[Range]) -> list[list[FileChange]]:
    """The files of each range, by path."""
    empty = _empty_tree(ranges)
    pairs = {
        at: (one.old.tree if one.old else empty, one.new.tree)
        for at, one in enumerate(ranges)
        if one.skip is None and one.new is not None and one.row["purpose"] != SHOWN
    }
    told = tree_differences(directory, pairs.values())
    found: list[list[FileChange]] = []
    for at, one in enumerate(ranges):
        if one.skip is not None or one.new is None:
            found.append([])
        elif at in pairs:
            found.append(_chosen(told.get(pairs[at], []), one.row["paths"]))
        else:
            found.append(_looked_at(directory, one.new.tree, one.row["paths"] or ()))
    return found


def _empty_tree(ranges: Sequence[Range]) -> str:
    """The id of the empty tree, which a root commit is compared to."""
    long = any(one.new is not None and len(one.new.tree) == 64 for one in ranges)
    return (
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
        if long
        else "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    )


def _chosen(changes: Sequence[FileChange], paths: Iterable[str] | None) -> list[FileChange]:
    wanted = None if paths is None else {path.encode("utf-8", "surrogateescape") for path in paths}
    return sorted(
        (one for one in changes if wanted is None or {one.path, one.old_path} & wanted),
        key=lambda one: one.path,
    )


def _looked_at(directory: Path, tree: str, paths: Iterable[str]) -> list[FileChange]:
    wanted = sorted(set(paths))
    found = files_at(directory, tree, wanted)
    return [found.get(path) or _nothing(path.encode("utf-8", "surrogateescape")) for path in wanted]


def _nothing(path: bytes = b"") -> FileChange:
    return FileChange("S", path, path, ABSENT, ABSENT, "", "")


def _blobs(change: FileChange) -> list[str]:
    """The ids of the sides that are there."""
    sides = ((change.old_mode, change.old_oid), (change.new_mode, change.new_oid))
    return [oid for mode, oid in sides if mode != ABSENT]


def _read(
    one: Range, change: FileChange, known: Mapping[str, int], reader: ObjectReader, max_bytes: int
) -> RangeFile:
    skip = _unfit(change, known, max_bytes)
    texts: list[str | None] = ["", ""]
    if skip is None:
        sides = ((change.old_mode, change.old_oid), (change.new_mode, change.new_oid))
        for side, (mode, oid) in enumerate(sides):
            if mode != ABSENT:
                texts[side], why = decode(reader.read(oid))
                skip = skip or why
    before, after = texts
    if skip is not None or before is None or after is None:
        return RangeFile(one, change, None, None, skip)
    return RangeFile(one, change, before, after, None, *_asked(change, before, after))


def _unfit(change: FileChange, known: Mapping[str, int], max_bytes: int) -> str | None:
    blobs = _blobs(change)
    if not all(path_text(path)[1] for path in (change.path, change.old_path)):
        return "path_not_utf8"
    if any(is_hostile_name(name) for name in (change.path + b"/" + change.old_path).split(b"/")):
        return "quarantined"
    if not blobs:
        return "missing_path"
    if not {change.old_mode, change.new_mode} - {ABSENT} <= REGULAR:
        return "not_regular_file"
    if any(oid not in known for oid in blobs):
        return "missing_object"
    return "too_large" if max(known[oid] for oid in blobs) > max_bytes else None


def _asked(change: FileChange, before: str, after: str) -> tuple[Spans, Spans]:
    """Lines of the old text that may be shown, and lines of the new one that are not old."""
    count = line_count(before)
    whole = change.status == "S" or count <= SMALL
    old = [(1, count)] if whole and count else windows(before, after)
    blocks = changed_blocks(line_list(before), line_list(after))
    return old, [(one.new_start + 1, one.new_end) for one in blocks if one.new_end > one.new_start]
