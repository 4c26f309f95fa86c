"""Git's own differences of many pairs of files, from processes that stay open.

Every question is put as two trees that hold only what is asked about: `git diff-tree --stdin`
compares them like any others. The trees are written to a scratch folder beside the mirror's
objects, never into the mirror. So the answer is git's, whatever its version, and a question costs
no process start (https://git-scm.com/docs/git-diff-tree, "Generating patches", "Raw output").
"""

import hashlib
import os
import re
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

import numpy as np

from byline.errors import InputError, IntegrityError
from byline.work.git.command import command, environment, widen
from byline.work.git.hunks import Hunks, Pair

Blob = tuple[str, str]  # mode and id
MARK = b"end\n"  # no object id: diff-tree prints it as it is, and flushes
CHUNK = 1 << 20
TREE = "40000"
MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
HEADER = re.compile(
    rb"\n(?:@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@|diff --git a/(\d+) )",
)
PATCH = (
    "--patch", "--unified=0", "--inter-hunk-context=0", "--text", "--no-renames", "--no-ext-diff",
    "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
RAW = ("--raw", "-r", "-z", "--no-abbrev")


class Scratch:
    """A folder for trees that exist only to be compared."""

    def __init__(self, directory: Path, folder: Path) -> None:
        self.directory = directory
        self.objects = folder
        self._folder = str(folder)
        self._folders: set[str] = set()
        self._there: set[str] = set()
        borrowed = str((directory / "objects").resolve())
        if "\n" in borrowed or borrowed.startswith('"'):
            raise InputError(f"{borrowed!r}: git cannot read a folder with such a name")
        (folder / "info").mkdir()
        (folder / "info" / "alternates").write_text(
            borrowed + "\n", encoding="utf-8", errors="surrogateescape"
        )

    @contextmanager
    def tree(self, files: Mapping[bytes, Blob], *, width: int) -> Iterator[str]:
        """The id of a tree of these files, while it is needed; ids have `width` hex digits."""
        written: list[str] = []
        try:
            yield self._write(files, width, written)
        finally:
            for name in written:
                os.unlink(f"{self._folder}/{name[:2]}/{name[2:]}")  # noqa: PTH108
                self._there.discard(name)

    def _write(self, files: Mapping[bytes, Blob], width: int, written: list[str]) -> str:
        here: dict[bytes, Blob] = {}
        below: dict[bytes, dict[bytes, Blob]] = {}
        for path, blob in files.items():
            first, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(first, {})[rest] = blob
            else:
                here[first] = blob
        for name, inner in below.items():
            here[name] = (TREE, self._write(inner, width, written))
        order = sorted(here, key=lambda name: name + b"/" * (here[name][0] == TREE))
        data = b"".join(
            here[name][0].encode("ascii") + b" " + name + b"\0" + bytes.fromhex(here[name][1])
            for name in order
        )
        return self._loose(b"tree %d\0" % len(data) + data, width, written)

    def _loose(self, whole: bytes, width: int, written: list[str]) -> str:
        oid = hashlib.new("sha256" if width == 64 else "sha1", whole, usedforsecurity=False)
        name = oid.hexdigest()
        folder = f"{self._folder}/{name[:2]}"
        place = f"{folder}/{name[2:]}"
        if name not in self._there:
            if folder not in self._folders:
                os.mkdir(folder)  # noqa: PTH102 - this runs often, and paths are slow
                self._folders.add(folder)
            with open(place, "xb", buffering=0) as file:  # noqa: PTH123
                file.write(zlib.compress(whole, 1))
            self._there.add(name)
            written.append(name)
        return name


@contextmanager
def scratch(directory: Path) -> Iterator[Scratch]:
    """A scratch folder for comparisons in a mirror; gone afterwards."""
    # Hundreds of tiny files come and go: in memory where the system offers a folder there.
    memory = str(MEMORY) if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="byline-trees-", dir=memory) as folder:
        yield Scratch(directory, Path(folder))


class Comparer:
    """A `git diff-tree --stdin` that stays open; one question at a time."""

    def __init__(self, place: Scratch, *options: str) -> None:
        self._place = place
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None  # started by the first question

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def ask(self, lines: str) -> Iterator[bytes]:
        """Put questions and give what comes back, in pieces as they come; the mark is last.

        Raises:
            IntegrityError: Git stopped, most likely because an object is missing.
        """
        asking, answering = self._pipes()
        try:
            asking.write(lines.encode("ascii") + b"\n" + MARK)
            asking.flush()
        except BrokenPipeError as error:
            raise self._stopped() from error
        while True:
            piece = os.read(answering.fileno(), CHUNK)
            if not piece:
                raise self._stopped()
            yield piece

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = subprocess.Popen(
                command(self._place.directory, "diff-tree", "--stdin", *self._options),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**environment(), "GIT_OBJECT_DIRECTORY": str(self._place.objects)},
            )
            widen(self._process.stdout)
        if self._process.stdin is None or self._process.stdout is None:
            raise IntegrityError("git diff-tree gave no pipes")
        return self._process.stdin, self._process.stdout

    def _stopped(self) -> IntegrityError:
        return IntegrityError(
            f"git diff-tree stopped in {self._place.directory.name}",
            advice="an object may be missing: remove the mirror's folder and collect again",
        )


def hunks(place: Scratch, comparer: Comparer, pairs: Iterable[Pair]) -> dict[Pair, Hunks]:
    """What differs in each pair of blobs, as `git diff -U0` and `git blame` see it.

    Args:
        place: Where trees may be written.
        comparer: Made with the options `PATCH`.
        pairs: Ids of blobs that differ; pairs of one file are best given next to each other, as
            git keeps what it last unpacked.
    """
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return {}
    width = len(asked[0][0])
    older = {b"%08d" % at: ("100644", pair[0]) for at, pair in enumerate(asked)}
    newer = {b"%08d" % at: ("100644", pair[1]) for at, pair in enumerate(asked)}
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in asked]
    with place.tree(older, width=width) as one, place.tree(newer, width=width) as other:
        at = 0
        for part in _whole_lines(comparer.ask(f"{one} {other}")):
            for match in HEADER.finditer(part):
                old, removed, new, added, name = match.groups()
                if name is not None:
                    at = int(name)
                else:
                    found[at].append((int(old), _count(removed), int(new), _count(added)))
    return {pair: _hunks(rows) for pair, rows in zip(asked, found, strict=True)}


def _count(text: bytes | None) -> int:
    return 1 if text is None else int(text)


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The answer cut between lines; each part begins with the line feed before its first line."""
    rest = b"\n"
    for piece in pieces:
        data = rest + piece
        cut = data.rfind(b"\n")
        yield data[:cut]
        rest = data[cut:]
        if data.endswith(b"\n" + MARK):
            return
        if len(rest) > CHUNK and rest[1:2] in b"+-":
            rest = rest[:2]  # the middle of a very long line says nothing


def _hunks(rows: Sequence[tuple[int, int, int, int]]) -> Hunks:
    table = np.asarray(rows, dtype=np.int32).reshape(-1, 4)
    # Counted from 1; but a side without lines names the line before.
    table[:, 0] -= table[:, 1] > 0
    table[:, 2] -= table[:, 3] > 0
    return Hunks(table)
