"""Running the `git` executable with nothing of the machine's or the repository's configuration.

Git is only ever run on a directory that Byline made. Arguments are a list, never a shell string;
names and paths that come from a repository are passed after ``--`` or on standard input.
"""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from byline.errors import InputError, MissingExtraError

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "log.mailmap=false",
    "mailmap.blob=",
    "mailmap.file=",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.deltaBaseCacheLimit=256m",
)
PIPE_BYTES = 1 << 20
MINIMUM_VERSION = (2, 31)


def environment() -> dict[str, str]:
    """The environment that git runs in: no system, user or terminal influence."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_ALLOW_PROTOCOL": "none",  # objects are copied by pipe: git opens no connection
        "GIT_LITERAL_PATHSPECS": "1",
    }


def command(directory: Path, *arguments: str) -> list[str]:
    """The full argument list for git on a bare repository at `directory`."""
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    return ["git", "--git-dir", str(directory), "--no-pager", *settings, *arguments]


def run(
    directory: Path, *arguments: str, stdin: bytes = b"", accept: Sequence[int] = (0,)
) -> bytes:
    """Run git to its end and return what it printed.

    Raises:
        GitError: Git ended with a status that is not in `accept`.
    """
    with _missing_git():
        done = subprocess.run(
            command(directory, *arguments),
            input=stdin,
            capture_output=True,
            env=environment(),
            check=False,
        )
    if done.returncode not in accept:
        raise GitError(directory, arguments, done.returncode, done.stderr)
    return done.stdout


def widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold more, so that git and its reader change places less often."""
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # the machine allows less: it is only slower
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


@contextmanager
def stream(
    directory: Path, *arguments: str, extra: Mapping[str, str] | None = None
) -> Iterator[IO[bytes]]:
    """Run git and yield its standard output to read from; leaving early stops it.

    Raises:
        GitError: Git failed, and its output had been read to the end.
    """
    # Errors go to a file: nobody reads a second pipe while the first is read, and git would wait.
    with tempfile.TemporaryFile() as errors:
        with _missing_git():
            process = subprocess.Popen(
                command(directory, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**environment(), **(extra or {})},
            )
        if process.stdout is None:
            raise InputError("git gave no pipes")
        widen(process.stdout)
        finished = False
        try:
            yield process.stdout
            finished = process.stdout.read(1) == b""
        finally:
            process.stdout.close()
            if not finished:
                process.kill()
            status = process.wait()
        if finished and status != 0:
            errors.seek(0)
            raise GitError(directory, arguments, status, errors.read())


@contextmanager
def _missing_git() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingExtraError(
            "the `git` program was not found", advice="install git 2.31 or later"
        ) from error


class GitError(InputError):
    """Git failed.

    Attributes:
        detail: What git printed on standard error.
    """

    def __init__(
        self, directory: Path, arguments: Sequence[str], status: int, stderr: bytes
    ) -> None:
        self.detail = stderr.decode("utf-8", "replace").strip()
        shown = self.detail.splitlines()[-1] if self.detail else "no message"
        if status < 0:
            shown = f"git was stopped by signal {-status} (objects nested too deep, or no memory)"
        self._made_of = (directory, tuple(arguments), status, stderr)
        super().__init__(
            f"git {arguments[0]} failed in {directory.name} (status {status}): {shown}"
        )

    def __reduce__(self) -> tuple[type["GitError"], tuple[Path, tuple[str, ...], int, bytes]]:
        """Let the error cross from a worker process as it is."""
        return type(self), self._made_of
