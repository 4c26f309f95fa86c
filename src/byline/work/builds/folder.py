"""The files of a supplied export: regular ones only, in one order, each within bounds.

A link, a device or a pipe is never opened, so nothing outside the source is read; what is left out
is a `Problem`. Nothing is held but one file, or one line of it.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from byline.errors import InputError
from byline.work.identifiers import path_text
from byline.work.items import Problem, Source

DEEPEST: Final = 64
LONGEST_LINE: Final = 64 << 10


class Found(NamedTuple):
    """A file of a source.

    Attributes:
        path: Where it is.
        name: Its path below the source, with slashes; the file's own name if it is the source.
    """

    path: Path
    name: str


class UnreadableError(Exception):
    """A file, or what it should hold, cannot be read; the reader goes on with the next.

    Attributes:
        reason: A short code, counted.
        explanation: What is wrong, in plain words.
    """

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason
        self.explanation = explanation

    def problem(self, file: str, place: str = "") -> Problem:
        """The same as a `Problem`."""
        return Problem(file, place, self.reason, self.explanation)


def files_of(source: Source) -> Iterator[Found | Problem]:
    """Every regular file of a source, in order of its path; whatever else is there is a problem.

    Raises:
        InputError: The source is not there.
    """
    if source.path.is_symlink() or not source.path.exists():
        raise InputError(
            f"{source.name}: there is no file or folder at {source.path}",
            advice="correct the path of this source in byline.toml",
        )
    if source.path.is_file():
        yield Found(source.path, _name(source.path, source.path.parent))
    else:
        yield from _below(source.path, source.path, 0)


def json_files(
    source: Source, *, but: re.Pattern[str] | None = None
) -> Iterator[tuple[Found, Any] | Problem]:
    """Every JSON file of a source with its value; what cannot be read is a problem.

    Args:
        source: The export.
        but: Names of files that other readers read.

    Raises:
        InputError: The source is not there.
    """
    for found in files_of(source):
        if isinstance(found, Problem):
            yield found
        elif found.name.endswith(".json") and not (but and but.search(found.name)):
            try:
                value = read_json(found.path, max_bytes=source.max_bytes)
            except UnreadableError as error:
                yield error.problem(found.name)
                continue
            yield found, source.accepted(value, file=found.name)


def _below(folder: Path, root: Path, depth: int) -> Iterator[Found | Problem]:
    try:
        with os.scandir(folder) as entries:
            names = sorted((entry.name, entry) for entry in entries)
    except OSError as error:
        reason = error.strerror or "unreadable"
        yield Problem(_name(folder, root), "", "folder_unreadable", reason)
        return
    for _, entry in names:
        path = Path(entry.path)
        if entry.is_symlink():
            yield Problem(_name(path, root), "", "symlink", "a link is not followed")
        elif entry.is_dir(follow_symlinks=False):
            if depth >= DEEPEST:
                yield Problem(_name(path, root), "", "too_deep", f"below {DEEPEST} folders")
            else:
                yield from _below(path, root, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield Found(path, _name(path, root))
        else:
            yield Problem(_name(path, root), "", "not_a_file", "a device, a pipe or a socket")


def _name(path: Path, root: Path) -> str:
    return path_text(os.fsencode(path.relative_to(root).as_posix()))[0]


def read_bytes(path: Path, *, max_bytes: int) -> bytes:
    """A whole file.

    Raises:
        UnreadableError: It is too large or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableError("file_unreadable", error.strerror or "unreadable") from error
    if len(data) > max_bytes:
        raise UnreadableError("too_large", f"the file has more than {max_bytes} bytes")
    return data


def read_json(path: Path, *, max_bytes: int) -> Any:
    """The value of a JSON file; ``NaN`` and infinities are null.

    Raises:
        UnreadableError: It is too large, or no JSON, or nested too deeply.
    """
    data = read_bytes(path, max_bytes=max_bytes)
    try:
        return json.loads(_decoded(data), parse_constant=_nothing)
    except RecursionError as error:
        raise UnreadableError("too_deep", "the JSON is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError("bad_json", f"it is no JSON: {error}") from error


def json_line(line: str) -> Any:
    """The value of one line of JSON; None where it is none."""
    try:
        return json.loads(line, parse_constant=_nothing)
    except (RecursionError, ValueError):
        return None


def _decoded(data: bytes) -> str:
    text = data.decode(json.detect_encoding(data), "replace")
    return text.removeprefix("\ufeff")


def _nothing(_constant: str) -> None:
    return None


def lines_of(
    stream: BinaryIO,
    *,
    longest: int = LONGEST_LINE,
    cut: Callable[[], None] | None = None,
    max_bytes: int | None = None,
) -> Iterator[str]:
    """The lines of a stream without their endings; no more than `longest` bytes are ever held.

    Args:
        stream: Open for reading bytes.
        longest: A line's rest beyond so many bytes is passed over.
        cut: Called for each line that was cut.
        max_bytes: Reading ends after so many bytes.
    """
    read = 0
    while data := stream.readline(longest):
        read += len(data)
        if not data.endswith(b"\n") and len(data) == longest:
            if cut is not None:
                cut()
            while (rest := stream.readline(longest)) and not rest.endswith(b"\n"):
                read += len(rest)
        yield data.rstrip(b"\r\n").decode("utf-8", "replace")
        if max_bytes is not None and read > max_bytes:
            return
