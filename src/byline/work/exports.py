"""Supplied exports as JSON: bounded, in a fixed order, and never a file outside the export.

Files are walked by name, links are not followed, and only regular files are opened. A file may hold
one JSON value, an array (its elements are read one at a time, however long it is), values one after
another, or one a line (JSON Lines). Gerrit's ``)]}'`` before the value, a byte order mark, UTF-16
with one, ``NaN`` and ``Infinity`` (read as null) are accepted. What cannot be read is a `Problem`:

==================  ==========================================================================
``malformed``       not JSON, or a number too long to be one
``truncated``       the file ends inside a value
``too_large``       a value longer than `Source.max_bytes`, or of more than `MAX_VALUES` values
``too_deep``        nested deeper than `MAX_DEPTH`
``duplicate_keys``  an object has a key twice, so nobody can say which value is meant
``not_an_object``   an element that is neither object nor array (`objects` only)
``not_utf8``        its bytes are no text
``symlink``         a link, which is never followed
``not_a_file``      a device, a pipe or a socket
``unreadable``      the operating system refused it
==================  ==========================================================================

A bad line of JSON Lines costs that line; after anything else that is bad, the rest of that file is
left out, because where the next value begins is not known. Strings of a `Document` hold no NUL and
no lone surrogate: those become U+FFFD.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, Final

from byline.errors import InputError
from byline.work.export_json import (
    DuplicateKeyError,
    TooDeepError,
    TooManyValuesError,
    decoded,
    parse,
    values,
)
from byline.work.export_values import integer, line_number, record, records, text_of, when
from byline.work.items import Checker, Problem, Source

__all__ = [
    "Document",
    "ExportFile",
    "documents",
    "documents_of",
    "files",
    "integer",
    "line_number",
    "objects",
    "opened",
    "record",
    "records",
    "text_of",
    "when",
]

MAX_FOLDERS: Final = 64  # one in another
LINES: Final = (".jsonl", ".ndjson")
JSON: Final = (".json", *LINES)
PREFIX: Final = b")]}'"
PEEK: Final = 1 << 16


@dataclass(frozen=True)
class ExportFile:
    """A regular file of an export.

    Attributes:
        path: Where it is.
        name: Its path in the export, with slashes; just its name where the export is one file.
        size: Bytes.
    """

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Document:
    """One JSON value of an export.

    Attributes:
        file: `ExportFile.name`.
        place: ``""`` for a file's only value, ``[3]`` for an element of an array, ``line 3``.
        value: What it holds: dict, list, str, int, float, bool or None.
    """

    file: str
    place: str
    value: Any


def files(source: Source, *, suffixes: tuple[str, ...] = ()) -> Iterator[ExportFile | Problem]:
    """The regular files of an export in a fixed order, only those with one of some suffixes.

    Raises:
        InputError: There is nothing at the source's path.
    """
    try:
        mode = source.path.stat().st_mode
    except OSError as error:
        raise InputError(
            f"source {source.name!r}: {source.path} cannot be read: {error.strerror}",
            advice="check `path` of this source",
        ) from error
    if stat.S_ISDIR(mode):
        yield from _walk(source.path, "", suffixes, depth=0)
    elif stat.S_ISREG(mode):
        yield ExportFile(source.path, _name(source.path.name), source.path.stat().st_size)
    else:
        yield Problem(_name(source.path.name), "", "not_a_file", "no regular file, no folder")


def _walk(
    folder: Path, under: str, suffixes: tuple[str, ...], *, depth: int
) -> Iterator[ExportFile | Problem]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda one: os.fsencode(one.name))
    except OSError as error:
        yield Problem(under, "", "unreadable", f"the folder cannot be read: {error.strerror}")
        return
    for entry in entries:
        name = under + _name(entry.name)
        if entry.is_symlink():
            yield Problem(name, "", "symlink", "links of an export are not followed")
        elif entry.is_dir(follow_symlinks=False):
            if depth + 1 >= MAX_FOLDERS:
                yield Problem(name, "", "too_deep", f"more than {MAX_FOLDERS} folders deep")
            else:
                yield from _walk(Path(entry.path), name + "/", suffixes, depth=depth + 1)
        elif not suffixes or entry.name.lower().endswith(suffixes):
            yield _regular(entry, name)


def _regular(entry: "os.DirEntry[str]", name: str) -> ExportFile | Problem:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Problem(name, "", "unreadable", f"{error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return Problem(name, "", "not_a_file", "a device, a pipe or a socket")
    return ExportFile(Path(entry.path), name, status.st_size)


def _name(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def opened(path: Path) -> BufferedReader:
    """A regular file, opened without following a link or waiting for a pipe.

    Raises:
        OSError: It is none, or cannot be opened.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    regular = stat.S_ISREG(os.fstat(handle).st_mode)
    if not regular:
        os.close(handle)
        raise OSError(0, "no regular file")
    return BufferedReader(FileIO(handle, "rb"), PEEK)


def documents(
    source: Source, *, suffixes: tuple[str, ...] = JSON, elements: bool = True
) -> Iterator[Document | Problem]:
    """Every JSON value of an export.

    Args:
        source: The export.
        suffixes: Of the files that are read; a source that is one file is read in any case.
        elements: The elements of an outermost array come singly; else the array, held whole.

    Raises:
        InputError: There is nothing at the source's path.
    """
    for one in files(source, suffixes=suffixes):
        if isinstance(one, Problem):
            yield one
        else:
            yield from documents_of(
                one, max_bytes=source.max_bytes, elements=elements, checker=source.checker
            )


def objects(source: Source, *, suffixes: tuple[str, ...] = JSON) -> Iterator[Document | Problem]:
    """`documents` that are objects; arrays in arrays are taken apart (pages put together)."""
    for one in documents(source, suffixes=suffixes):
        if isinstance(one, Problem) or isinstance(one.value, dict):
            yield one
        elif isinstance(one.value, list):
            for number, value in enumerate(one.value):
                place = f"{one.place}[{number}]"
                yield from _object(replace(one, place=place, value=value))
        else:
            yield from _object(one)


def _object(one: Document) -> Iterator[Document | Problem]:
    if isinstance(one.value, dict):
        yield one
    else:
        kind = type(one.value).__name__
        yield Problem(one.file, one.place, "not_an_object", f"{kind} where an object should be")


def documents_of(
    file: ExportFile, *, max_bytes: int, elements: bool = True, checker: Checker | None = None
) -> Iterator[Document | Problem]:
    """The JSON values of one file, as `documents`; each passes a `checker` where there is one."""
    for one in _documents_of(file, max_bytes=max_bytes, elements=elements):
        if checker is None or isinstance(one, Problem):
            yield one
        else:
            value = checker.accept(one.value, file=one.file, place=one.place)
            yield replace(one, value=value)


def _documents_of(
    file: ExportFile, *, max_bytes: int, elements: bool
) -> Iterator[Document | Problem]:
    try:
        with opened(file.path) as stream:
            if _by_line(file, stream.peek(PEEK)):
                yield from _lines(file, stream, max_bytes)
            else:
                for one in values(stream, max_bytes=max_bytes, elements=elements):
                    if one.reason:
                        yield Problem(file.name, one.place, one.reason, one.explanation)
                    else:
                        yield Document(file.name, one.place, one.value)
    except OSError as error:
        yield Problem(file.name, "", "unreadable", f"{error.strerror or error}")


def _by_line(file: ExportFile, head: bytes) -> bool:
    """Whether each line is a value: its suffix says so, or its first line is a whole object."""
    if file.name.lower().endswith(LINES):
        return True
    first, ended, rest = head.partition(b"\n")
    if not ended or not first.startswith(b"{") or not rest.strip():
        return False
    try:
        return isinstance(parse(first.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def _lines(
    file: ExportFile, stream: BufferedReader, max_bytes: int
) -> Iterator[Document | Problem]:
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        place = f"line {number}"
        if len(line) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(1 << 20)
            yield Problem(file.name, place, "too_large", f"longer than {max_bytes} bytes")
            continue
        if number == 1 and line.startswith(PREFIX) and not line[len(PREFIX) :].strip():
            continue
        if line.strip():
            yield _line(file.name, place, line)


def _line(file: str, place: str, line: bytes) -> Document | Problem:
    try:
        return Document(file, place, parse(decoded(line)))
    except UnicodeDecodeError:
        return Problem(file, place, "not_utf8", "its bytes are no UTF-8")
    except DuplicateKeyError as error:
        return Problem(file, place, "duplicate_keys", f"the key {error} stands twice")
    except TooManyValuesError as error:
        return Problem(file, place, "too_large", str(error))
    except (TooDeepError, RecursionError):
        return Problem(file, place, "too_deep", "nested too deeply")
    except ValueError as error:
        reason = "malformed" if line.endswith(b"\n") else "truncated"
        return Problem(file, place, reason, str(error)[:200])
