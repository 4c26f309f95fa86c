"""Reading objects of a mirror through one long-lived `git cat-file --batch`.

Sizes are asked for before contents, so that a huge object costs nothing.
"""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from byline.errors import IntegrityError
from byline.work.git.command import command, environment, widen

BUFFER = 1 << 16
WINDOW = 64  # requests in flight: below the pipe's buffer, above a round trip each


class ObjectReader:
    """A context in which objects of one mirror can be read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None  # started by the first question

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def read(self, oid: str) -> bytes:
        """The content of one object.

        Raises:
            IntegrityError: The mirror does not hold it.
        """
        return next(self.read_all([oid]))

    def read_all(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The contents of objects, in the order asked."""
        requests, answers = self._pipes()
        for start in range(0, len(oids), WINDOW):
            window = oids[start : start + WINDOW]
            requests.write("".join(f"{oid}\n" for oid in window).encode("ascii"))
            requests.flush()
            for oid in window:
                yield _answer(answers, oid)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = subprocess.Popen(
                command(self._directory, "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                bufsize=BUFFER,
            )
            widen(self._process.stdout)
        if self._process.stdin is None or self._process.stdout is None:
            raise IntegrityError("git cat-file gave no pipes")
        return self._process.stdin, self._process.stdout


def _answer(answers: IO[bytes], oid: str) -> bytes:
    header = answers.readline().split()
    if len(header) != 3:
        raise IntegrityError(
            f"object {oid} is not in the mirror",
            advice="remove the mirror's folder and collect again",
        )
    content = answers.read(int(header[2]))
    answers.read(1)
    return content


def sizes(directory: Path, oids: Iterable[str]) -> dict[str, int]:
    """The size in bytes of each object, without reading it; absent objects are left out."""
    wanted = sorted(set(oids))
    done = subprocess.run(
        command(directory, "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer"),
        input="".join(f"{oid}\n" for oid in wanted).encode("ascii"),
        capture_output=True,
        env=environment(),
        check=True,
    )
    found = {}
    for line in done.stdout.decode("ascii").splitlines():
        oid, _, size = line.partition(" ")
        if size.isdigit():
            found[oid] = int(size)
    return found
