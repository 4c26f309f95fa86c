"""A disk's worth of JSON rows to be joined by key: memory holds one key's rows at a time."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Spool:
    """Rows as (key, kind, value, file), given back key by key in order, then as they were added.

    The rows lie in a temporary file that is gone when the block ends.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="byline-")
        self._rows = sqlite3.connect(Path(self._folder.name) / "rows.sqlite")
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute("CREATE TABLE rows (key TEXT, kind TEXT, value TEXT, file TEXT)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()
        self._folder.cleanup()

    def add(self, key: str, kind: str, value: Any, *, file: str) -> None:
        """Keep one row."""
        self._rows.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?)", (key, kind, json.dumps(value), file)
        )

    def keys(self) -> Iterator[str]:
        """The keys in order."""
        self._rows.execute("CREATE INDEX IF NOT EXISTS by_key ON rows (key)")
        for (key,) in self._rows.execute("SELECT DISTINCT key FROM rows ORDER BY key"):
            yield key

    def rows(self, key: str, *, kind: str = "", once: bool = False) -> list[tuple[str, Any, str]]:
        """The rows of a key as (kind, value, file): of one kind if given, each once if so."""
        self._rows.execute("CREATE INDEX IF NOT EXISTS by_key ON rows (key)")
        found = self._rows.execute(
            "SELECT kind, value, file FROM rows WHERE key = ? AND (? = '' OR kind = ?)"
            " ORDER BY rowid",
            (key, kind, kind),
        )
        seen: set[tuple[str, str]] = set()
        rows = []
        for one, value, file in found:
            if not once or (one, value) not in seen:
                rows.append((one, json.loads(value), file))
            if once:
                seen.add((one, value))
        return rows
