"""Authorship of everything that a collection asks about, in one walk over the history a worker.

Files at the collected revision and the lines around chosen commits' changes are asked together.
Each worker takes a share of the paths and leaves a table of answers, which the tables of files and
edits are made from. Where the walk cannot answer, `git blame` is asked, file by file.
"""

import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.engine.stage import Partition, provided
from byline.errors import IntegrityError
from byline.work.git import texts
from byline.work.git.blame import Origin, blame
from byline.work.git.command import GitError
from byline.work.git.lineage import follow
from byline.work.git.lineage_asks import Ask, Following
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.windows import windows
from byline.work.schema import ORIGIN
from byline.work.text import decode, line_count

ANSWERS = pa.schema(
    [
        pa.field("part", pa.string(), nullable=False),  # which table asked: "files-03", "edits-11"
        pa.field("asker", pa.string(), nullable=False),  # the commit that the question is about
        pa.field("path", pa.string(), nullable=False),
        pa.field("origins", pa.list_(ORIGIN)),  # null: git could not tell
    ]
)
FEW = 300  # files below which git's own blame is no slower than a walk that has git compare


class Wanted(NamedTuple):
    """One file whose authorship a table needs.

    Attributes:
        part: The name of the table.
        asker: The commit that the question is about.
        commit: Where the file is looked at: there, or at its parent.
        oid: Its blob there.
        after: Another blob: only lines around what differs from it are asked about. Empty: all.
    """

    part: str
    asker: str
    commit: str
    path: str
    oid: str
    after: str = ""


@dataclass(frozen=True)
class AuthorshipTask:
    """A worker's share.

    Attributes:
        newest: A commit from which all the others are reached.
        ignored: Commits whose lines are passed on to what was there before
            (`git blame --ignore-rev`).
        since: An earlier collected commit, whose files' origins lie in `kept`.
        kept: Tables of files at `since`.
    """

    directory: Path
    newest: str
    wanted: tuple[Wanted, ...]
    max_bytes: int
    following: Following
    ignored: tuple[str, ...]
    since: str | None
    kept: tuple[Path, ...]
    folder: Path
    key: str
    name: str


def shares(wanted: Iterable[Wanted], *, count: int) -> list[tuple[Wanted, ...]]:
    """The files by path, so that each file's past is walked by one worker only."""
    parts: list[list[Wanted]] = [[] for _ in range(count)]
    for one in wanted:
        parts[zlib.crc32(one.path.encode("utf-8")) % count].append(one)
    return [tuple(part) for part in parts if part]


def authorship(task: AuthorshipTask) -> Partition:
    """Write the answers of one share."""
    return provided(task.folder, task.key, task.name, lambda: _table(task))


def _table(task: AuthorshipTask) -> pa.Table:
    asked = list(_asks(task))
    found = _found(task, [ask for _, ask in asked])
    rows = [
        {"part": one.part, "asker": one.asker, "path": one.path, "origins": _plain(origins)}
        for (one, _), origins in zip(asked, found, strict=True)
    ]
    rows.sort(key=lambda row: (row["part"], row["asker"], row["path"]))
    return pa.Table.from_pylist(rows, schema=ANSWERS)


def answers(paths: Sequence[Path], part: str) -> dict[tuple[str, str], list[Origin] | None]:
    """What the shares say for one table: origins by asker and path; None where git cannot tell."""
    found: dict[tuple[str, str], list[Origin] | None] = {}
    for path in paths:
        table = pq.read_table(path, filters=[("part", "=", part)])
        for row in table.to_pylist():
            origins = row["origins"]
            found[row["asker"], row["path"]] = (
                None if origins is None else [Origin(**origin) for origin in origins]
            )
    return found


def _plain(origins: Sequence[Origin] | None) -> list[dict[str, int | str]] | None:
    return None if origins is None else [origin._asdict() for origin in origins]


def _asks(task: AuthorshipTask) -> Iterator[tuple[Wanted, Ask]]:
    """The lines of each wanted file; files that nobody could read as text are left out."""
    known = sizes(
        task.directory, [oid for one in task.wanted for oid in (one.oid, one.after) if oid]
    )
    with ObjectReader(task.directory) as reader:
        for one in task.wanted:
            oids = [oid for oid in (one.oid, one.after) if oid]
            if any(known.get(oid, task.max_bytes + 1) > task.max_bytes for oid in oids):
                continue
            states = [decode(data)[0] for data in reader.read_all(oids)]
            ranges = _ranges(states)
            if ranges:
                yield one, Ask(one.commit, one.path, one.oid, ranges)


def _ranges(states: Sequence[str | None]) -> tuple[tuple[int, int], ...]:
    text = states[0]
    if not text or None in states:
        return ()
    if len(states) == 1:
        return ((1, line_count(text)),)
    return tuple(windows(text, states[1] or ""))


def _found(task: AuthorshipTask, asks: Sequence[Ask]) -> list[list[Origin] | None]:
    far = task.following.text != "renames"
    if not texts.available() and (far or len(asks) < FEW):
        return [_blamed(task, ask) for ask in asks]
    known = None
    if task.since is not None and not far and not task.ignored:
        known = task.since, Remembered(task.kept).origins
    try:
        found: list[list[Origin] | None] = list(
            follow(task.directory, task.newest, asks, following=task.following, stop=known)
        )
    except IntegrityError:  # an object is missing: other files may still be told
        return [_blamed(task, ask) for ask in asks]
    ignored = set(task.ignored)
    return [
        _blamed(task, ask)
        if origins is None or any(origin.commit in ignored for origin in origins)
        else origins
        for ask, origins in zip(asks, found, strict=True)
    ]


def _blamed(task: AuthorshipTask, ask: Ask) -> list[Origin] | None:
    """What `git blame` says, or None where it fails."""
    with tempfile.NamedTemporaryFile("w", prefix="byline-ignored-", suffix=".txt") as file:
        file.write("".join(f"{oid}\n" for oid in task.ignored))
        file.flush()
        options = (f"--ignore-revs-file={file.name}",) if task.ignored else ()
        try:
            return blame(
                task.directory, ask.commit, ask.path, ranges=ask.ranges,
                options=(*task.following.blame_options, *options),
            )  # fmt: skip
        except GitError:
            return None


class Remembered:
    """The origins of files in tables of an earlier commit, read when first asked for."""

    def __init__(self, tables: Sequence[Path]) -> None:
        self._paths = tables
        self._rows: dict[str, tuple[pa.Table, int]] | None = None

    def origins(self, paths: Sequence[str]) -> Mapping[str, Sequence[Origin]]:
        """The origins of those of some files that are known and have lines."""
        if self._rows is None:
            self._rows = dict(self._read())
        found = {}
        for path in paths:
            table, row = self._rows.get(path, (None, 0))
            if table is not None:
                found[path] = [Origin(**one) for one in table["origins"][row].as_py()]
        return found

    def _read(self) -> Iterator[tuple[str, tuple[pa.Table, int]]]:
        for path in self._paths:
            table = pq.read_table(path, columns=["path", "skip", "lines", "origins"])
            told = pc.and_(pc.is_null(table["skip"]), pc.greater(table["lines"], 0))
            table = table.filter(told).combine_chunks()
            yield from ((name, (table, at)) for at, name in enumerate(table["path"].to_pylist()))
