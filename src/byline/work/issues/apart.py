"""Parts of an item that an export keeps in files of their own: put together without memory.

Plain answers of an API hold issues in one array and their comments in another. What is read waits
in a temporary database on disk until all of the export has been seen, and comes back item by item
in the order of their keys.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Together:
    """All that was put under one key.

    Attributes:
        key: The key.
        file: Of the item itself, or of the first of its parts.
        parts: Values by what they are, each sort in the order in which it was put.
    """

    key: str
    file: str
    parts: Mapping[str, list[Any]] = field(default_factory=dict)


class Apart:
    """What waits; use it in a ``with`` statement."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="byline-apart-")
        self._base = sqlite3.connect(Path(self._folder.name) / "parts.sqlite")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("CREATE TABLE parts (key TEXT, sort TEXT, file TEXT, value TEXT)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def put(self, key: str, sort: str, value: Any, *, file: str) -> None:
        """Keep a value under a key; `sort` says what it is, such as ``comment``."""
        row = (key, sort, file, json.dumps(value))
        self._base.execute("INSERT INTO parts VALUES (?, ?, ?, ?)", row)

    def together(self, *, main: str) -> Iterator[Together]:
        """What was put, key by key; the file is that of the sort `main`, where there is one."""
        rows = self._base.execute("SELECT key, sort, file, value FROM parts ORDER BY key, rowid")
        for key, group in groupby(rows, key=lambda row: row[0]):
            parts: dict[str, list[Any]] = {}
            place: dict[str, str] = {}
            for _, sort, file, value in group:
                parts.setdefault(sort, []).append(json.loads(value))
                place.setdefault(sort, file)
            yield Together(key, place.get(main, next(iter(place.values()))), parts)
