"""How Byline talks: data on standard output, everything else on standard error."""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from byline.answers.text import visible
from byline.cli.interrupts import stop_if_interrupted

PIPE_WIDTH = 120
REPORT_EVERY = 10.0  # seconds between lines where there is no terminal to draw a bar on


class Voice:
    """Says things to a person, or to a machine when `as_json`."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self._quiet = quiet
        self._talk = Console(stderr=True, highlight=False)
        # A pipe has no width of its own: tables for a file or a pager are given room.
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self._out = Console(highlight=False, soft_wrap=True, width=width)
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._spoke = time.monotonic()

    def say(self, text: str) -> None:
        """One line of talk."""
        if not self._quiet:
            self._talk.print(Text(visible(text)))

    def progress(self, done: int, total: int, text: str) -> None:
        """Show how far a long job is."""
        stop_if_interrupted()
        if self._quiet:
            return
        if not self._talk.is_terminal:
            now = time.monotonic()
            if now - self._spoke >= REPORT_EVERY:
                self._spoke = now
                self.say(f"  {text}: {done:,} of {total:,}")
            return
        if self._bar is None:
            columns = (
                TextColumn("  {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=self._talk, transient=True)
            self._bar.start()
        name = visible(text)
        if name not in self._tasks:
            for other in self._tasks.values():
                self._bar.update(other, visible=False)
            self._tasks[name] = self._bar.add_task(name, total=total)
        self._bar.update(self._tasks[name], completed=done, total=total)

    def done(self) -> None:
        """Take the progress bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar, self._tasks = None, {}

    def result(self, value: dict[str, Any]) -> None:
        """The data of a verb, for machines; nothing is printed unless `--json` was given."""
        self.done()
        if self.as_json:
            sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table for a person, on standard output."""
        self.done()
        if self.as_json:
            return
        table = Table(title=Text(title), title_justify="left", show_edge=False, pad_edge=False)
        for number, column in enumerate(columns):
            numeric = bool(rows) and all(_is_number(row[number]) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(_shown(cell)) for cell in row))
        self._out.print(table)
        self._out.print()

    def line(self, text: str) -> None:
        """One line for a person, on standard output."""
        self.done()
        if not self.as_json:
            self._out.print(Text(visible(text)))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _shown(cell: object) -> str:
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.3f}" if isinstance(cell, float) else visible(cell)
