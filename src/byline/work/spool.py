"""A disk's worth of JSON rows to be joined by key: memory holds one key's rows at a time."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from byline.work.capture_watching import Marks, Watched


class Spool:
    """Rows as (key, kind, value, file), given back key by key in order, then as they were added.

    The rows lie in a temporary file that is gone when the block ends.
    """

    def __init__(self) -> None:
        self._marks: Marks | None = None  # only while a capture manifest is being proposed
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
        if self._marks is None and _is_watched(value):
            self._marks = Marks()
        kept = json.dumps(value if self._marks is None else self._marks.marked(value))
        self._rows.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", (key, kind, kept, file))

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
                hook = None if self._marks is None else self._marks.watched
                rows.append((one, json.loads(value, object_hook=hook), file))
            if once:
                seen.add((one, value))
        return rows


def _is_watched(value: Any) -> bool:
    return isinstance(value, Watched) or (
        isinstance(value, dict) and any(isinstance(one, Watched) for one in value.values())
    )
