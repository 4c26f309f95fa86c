"""What runs tasks: local processes by default. A cluster is another `Executor`."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from byline.errors import IncompleteError
from byline.network import silence

Progress = Callable[[int, int, str], None]
"""Called as ``progress(done, total, what)``."""


def quiet(_done: int, _total: int, _what: str) -> None:
    """The progress that nobody watches."""


class Executor(Protocol):
    """Runs a function over items. Results may come in any order."""

    @property
    def workers(self) -> int:
        """How many items run at a time: what more shares than that would not gain from."""
        ...

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
        """Yield each item's result as it is ready; raise what the function raised."""
        ...


@dataclass
class LocalExecutor:
    """Runs tasks on processes of this machine; with one worker, in this process.

    The pool is made at first use and kept: starting Python and Arrow costs more than many stages.
    Workers are spawned, never forked, because Arrow and Go threads do not survive a fork.
    """

    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    _pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
        """Yield each item's result as it is ready; raise what the function raised."""
        if self.workers == 1 or len(items) <= 1:
            yield from map(function, items)
            return
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=silence)
        pending = {self._pool.submit(function, item) for item in items}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_EXCEPTION, timeout=0.2)
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            self._pool = None
            raise IncompleteError(
                "a worker process died (out of memory, or killed)",
                advice="run the same command again: finished parts are kept",
            ) from error
        finally:
            # A task still running when another fails must not meet its own repetition later on.
            wait([future for future in pending if not future.cancel()])

    def close(self) -> None:
        """Stop the workers."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
