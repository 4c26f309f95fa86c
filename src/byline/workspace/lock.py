"""One writer at a time in a workspace."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from byline.errors import RefusedError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the workspace's lock; the operating system frees it if this process dies.

    Raises:
        RefusedError: Another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(
                f"another byline process is writing in {path.parent}",
                advice="wait for it to finish, then run the command again",
            ) from error
        yield
