"""Logs and reports beside a run: files, and texts in the archive that GitHub gives for a run.

A log is read as a stream, whatever its size. Of an archive at most `MOST_EXPANDED` bytes of one
text are expanded, and never to a file.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from byline.work.builds.excerpt import Excerpt, excerpt
from byline.work.builds.folder import UnreadableError, lines_of
from byline.work.builds.junit import report_at
from byline.work.builds.run import FailedTest
from byline.work.items import Problem

MOST_EXPANDED: Final = 1 << 30  # bytes
MOST_ENTRIES: Final = 10_000
UNREADABLE: Final = (
    OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError,
    ValueError,
)  # fmt: skip
"""What `zipfile` raises for archives that are broken, encrypted or built to deceive."""
NUMBERED: Final = re.compile(r"^(?:\d+_)?(?P<name>.+)\.(?:txt|log)$")
UNSAFE: Final = re.compile(r"[/\\:*?\"<>|]")


def log_at(path: Path, file: str, problems: list[Problem]) -> Excerpt | None:
    """The excerpt of a log file; what is wrong with it is added to `problems`."""
    try:
        with path.open("rb") as stream:
            return _read(stream, file, path.name, problems, None)
    except OSError as error:
        problem = Problem(file, path.name, "log_unreadable", error.strerror or "unreadable")
        problems.append(problem)
        return None


def _read(
    stream: BinaryIO, file: str, place: str, problems: list[Problem], most: int | None
) -> Excerpt:
    cuts: list[None] = []
    found = excerpt(lines_of(stream, cut=lambda: cuts.append(None), max_bytes=most))
    if cuts:
        words = f"{len(cuts)} lines are too long; their ends are passed over"
        problems.append(Problem(file, place, "line_cut", words))
    return found


def archived_log(path: Path, job: str, file: str, problems: list[Problem]) -> Excerpt | None:
    """The excerpt of a job's log in an archive; None where it holds none of that job."""
    try:
        with zipfile.ZipFile(path) as archive:
            entry = _entry(archive, job)
            if entry is None:
                return None
            if entry.file_size > MOST_EXPANDED:
                words = f"only the first {MOST_EXPANDED} bytes are read"
                problems.append(Problem(file, path.name, "log_cut", words))
            with archive.open(entry) as stream:
                opened = cast("BinaryIO", stream)
                return _read(opened, file, path.name, problems, MOST_EXPANDED)
    except UNREADABLE as error:
        problems.append(Problem(file, path.name, "bad_archive", f"it cannot be read: {error}"))
        return None


def _entry(archive: zipfile.ZipFile, job: str) -> zipfile.ZipInfo | None:
    """The whole log of a job: ``0_name.txt`` or ``name.txt`` at the top; names are not paths."""
    entries = archive.infolist()[:MOST_ENTRIES]
    wanted = _bare(job)
    for entry in entries:
        match = NUMBERED.match(entry.filename)
        if match is not None and "/" not in entry.filename and _bare(match["name"]) == wanted:
            return entry
    texts = [one for one in entries if "/" not in one.filename and NUMBERED.match(one.filename)]
    return texts[0] if len(texts) == 1 and not wanted else None


def _bare(name: str) -> str:
    return UNSAFE.sub("", name).strip().casefold()


def reports_at(
    folder: Path, pattern: str, file: str, max_bytes: int, problems: list[Problem]
) -> list[FailedTest]:
    """Failed tests of all reports of a folder whose names fit a pattern."""
    return list(_reports(folder, pattern, file, max_bytes, problems))


def _reports(
    folder: Path, pattern: str, file: str, max_bytes: int, problems: list[Problem]
) -> Iterator[FailedTest]:
    for path in sorted(folder.glob(pattern)):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            yield from report_at(path, max_bytes=max_bytes).failed
        except UnreadableError as error:
            if error.reason != "not_junit":
                problems.append(error.problem(file, path.name))
