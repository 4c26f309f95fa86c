"""Reading the supplied exports into tables, a chunk of items at a time, only when they changed.

An export is read again when any of its files, what is declared of it, or the reader, is another.
What its readers could not read stands in `PROBLEMS` and is counted; one bad file stops nothing.
With a capture manifest a source is checked whole before any record of it counts, and one that has
what is not declared leaves nothing (`byline.work.capture`).
"""

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from byline.engine.executor import Progress, quiet
from byline.engine.stage import KEY_LENGTH, Partition, current, provided
from byline.errors import BylineError, CaptureError, IncompleteError, InputError, PausedError
from byline.release.intake import OPEN, Intake
from byline.work.capture import Declared, check_source
from byline.work.items import (
    ITEMS,
    LINKS,
    PARTS,
    PATCHSETS,
    PROBLEMS,
    Problem,
    Reading,
    Source,
    Tables,
    item_of,
    tables_of,
)
from byline.work.reading import VERSION, read
from byline.workspace.config import Config
from byline.workspace.config import Source as Configured
from byline.workspace.files import sha256_text, sha256_tree

CHUNK: Final = 2048  # items of a partition
KINDS: Final[Mapping[str, pa.Schema]] = {
    "items": ITEMS, "parts": PARTS, "patchsets": PATCHSETS, "links": LINKS, "problems": PROBLEMS,
}  # fmt: skip


@dataclass(frozen=True)
class SourceTables:
    """One source as read: each list has one partition for each chunk of items, in one order."""

    name: str
    items: Sequence[Partition]
    parts: Sequence[Partition]
    patchsets: Sequence[Partition]
    links: Sequence[Partition]
    problems: Sequence[Partition]

    def problem_counts(self) -> dict[str, int]:
        """How many things could not be read, by reason."""
        counts: Counter[str] = Counter()
        for part in self.problems:
            counts.update(part.read(["reason"])["reason"].to_pylist())
        return dict(sorted(counts.items()))


@dataclass(frozen=True)
class Supplied:
    """The sources that were read, and why each of the others was not."""

    found: list[SourceTables]
    failed: dict[str, BylineError]

    def check(self) -> None:
        """Say no where a source is missing: nothing is built as if it did not exist.

        Raises:
            IncompleteError: Some could not be read.
            BylineError: None could be.
        """
        if not self.failed:
            return
        [first, *others] = self.failed.values()
        if not self.found and not others:
            raise first
        count = len(self.failed) + len(self.found)
        words = "; ".join(str(error) for error in self.failed.values())
        raise IncompleteError(
            f"{len(self.failed)} of {count} sources were stopped: {words}", advice=first.advice
        )


def source_of(configured: Configured, config: Config) -> Source:
    """A configured source as readers know it."""
    return Source(
        name=configured.name,
        system=configured.system,
        path=config.at(configured.path),
        repositories=configured.repositories,
        host=configured.host or configured.system,
        max_bytes=configured.max_bytes,
    )


def gather_supplied(
    config: Config, tables: Path, progress: Progress = quiet, intake: Intake = OPEN
) -> Supplied:
    """Read every configured source that may be read; one that is stopped stops no other.

    Raises:
        InputError: One is not there.
        PausedError: All capture is paused.
    """
    supplied = Supplied([], {})
    for one in config.sources:
        source = source_of(one, config)
        try:
            made = read_source(source, tables=tables, progress=progress, intake=intake)
        except (CaptureError, PausedError) as error:
            if isinstance(error, PausedError) and error.is_whole:
                raise
            supplied.failed[one.name] = error
            if isinstance(error, CaptureError):
                intake.refused(one.name, error)
        else:
            supplied.found.append(made)
    return supplied


def read_supplied(
    config: Config, tables: Path, progress: Progress = quiet, intake: Intake = OPEN
) -> list[SourceTables]:
    """Read every configured source.

    Raises:
        InputError: One is not there.
        IncompleteError: One is paused, or has what the capture manifest does not declare.
    """
    supplied = gather_supplied(config, tables, progress, intake)
    supplied.check()
    return supplied.found


def read_source(
    source: Source, *, tables: Path, progress: Progress = quiet, intake: Intake = OPEN
) -> SourceTables:
    """Read a source, or find what an earlier run read of the same files.

    Raises:
        InputError: There is no such file or folder.
        CaptureError: It has what the capture manifest does not declare; nothing of it is kept.
        PausedError: Its capture is paused; it is read from its beginning when it is resumed.
    """
    if not source.path.exists():
        raise InputError(
            f"source {source.name!r}: there is no {source.path}",
            advice="check `path` in its [[sources]] table",
        )
    intake.ask(source.name, 0, "")
    declared = intake.manifest.source(source.name, source.system) if intake.manifest else None
    how = (source.system, repr(source.repositories), source.host, str(source.max_bytes))
    under = (declared.digest,) if declared else ()
    files = sha256_tree(source.path)
    key = sha256_text(VERSION, *how, *under, files)
    taken: list[tuple[int, str]] = []
    try:
        made = read_in_chunks(
            source, lambda: _taken(source, declared, intake, taken, files=files),
            key=key[:KEY_LENGTH], tables=tables, progress=progress,
        )  # fmt: skip
    except CaptureError:
        shutil.rmtree(tables / "sources" / source.name, ignore_errors=True)
        raise
    for number, record in taken:
        intake.accepted(source.name, number, record)
    return made


def _taken(
    source: Source,
    declared: Declared | None,
    intake: Intake,
    taken: list[tuple[int, str]],
    *,
    files: str,
) -> Iterator[Reading]:
    """The readings of a source, each asked for and checked; the last one is put into `taken`."""
    if declared is not None:
        check_source(source, declared)
    number, record = 0, ""
    for reading in read(replace(source, checker=declared)):
        if reading.key:
            intake.ask(source.name, number, record)
            if declared is not None:
                declared.check_kind(reading.kind, file=reading.file, key=reading.key)
            number, record = number + 1, reading.key
        yield reading
    if declared is not None and sha256_tree(source.path) != files:
        raise CaptureError(
            f"source {source.name!r}: its files changed while they were read",
            advice="nothing of it was taken; run again when nobody writes there",
        )
    if number:
        taken.append((number, record))


def read_in_chunks(
    source: Source,
    readings: Callable[[], Iterable[Reading]],
    *,
    key: str,
    tables: Path,
    progress: Progress = quiet,
) -> SourceTables:
    """The tables of some readings under a key, made only if they are not there."""
    folder = tables / "sources" / source.name
    there = _found(folder, source.name, key)
    if there is not None:
        return there
    number = 0
    for number, chunk in enumerate(_chunks(readings())):
        _write(folder, source.name, f"{key}c{number:06}", tables_of(source, chunk))
        progress(number, number + 1, f"reading {source.name}")
    # Last of all, so that a killed run is seen to be unfinished.
    provided(folder / "count", key, f"{source.name}/count",
             lambda: pa.table({"chunks": [number + 1]}))  # fmt: skip
    made = _found(folder, source.name, key)
    if made is None:
        raise InputError(f"source {source.name!r}: its tables vanished while they were read")
    return made


def _chunks(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """Readings in chunks; at least one chunk, be it empty."""
    stream = _once(readings)
    yield list(itertools.islice(stream, CHUNK))
    while chunk := list(itertools.islice(stream, CHUNK)):
        yield chunk


def _once(readings: Iterable[Reading]) -> Iterator[Reading]:
    """The first reading of each item; any other is a problem of its file.

    Several readers go through one export, and each meets what none can read: it is told once.
    """
    seen: dict[str, str] = {}  # the file of each item
    told: set[tuple[str, str, str]] = set()
    for given in readings:
        fresh = [one for one in given.problems if (one.file, one.place, one.reason) not in told]
        told.update((one.file, one.place, one.reason) for one in fresh)
        reading = given if len(fresh) == len(given.problems) else replace(given, problems=fresh)
        item = item_of(reading) if reading.key else ""
        if item in seen:
            words = f"{reading.key} was read from {seen[item]} before"
            twice = Problem(reading.file, reading.key, "read_before", words)
            yield Reading(problems=(*reading.problems, twice))
        else:
            if item:
                seen[item] = reading.file
            yield reading


def _write(folder: Path, name: str, key: str, made: Tables) -> None:
    for kind in KINDS:
        place = folder / key[-7:] / kind
        provided(place, key, f"{name}/{key[-7:]}", lambda kind=kind: getattr(made, kind))  # type: ignore[misc]


def _found(folder: Path, name: str, key: str) -> SourceTables | None:
    count = current(folder / "count", key, name)
    if count is None:
        return None
    chunks = int(count.read()["chunks"][0].as_py())
    found: dict[str, list[Partition]] = {kind: [] for kind in KINDS}
    for number in range(chunks):
        for kind in KINDS:
            chunk = f"c{number:06}"
            part = current(folder / chunk / kind, f"{key}{chunk}", f"{name}-{chunk}")
            if part is None:
                return None
            found[kind].append(part)
    return SourceTables(name, **found)
