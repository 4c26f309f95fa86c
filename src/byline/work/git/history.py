"""The commits of a mirror, from one streamed `git log`, in columns.

Names, addresses and times are as recorded in the commit: no mailmap, no replace refs; text in
another encoding is turned into UTF-8 as git does it. Changes are against the first parent, which is
where a merge's author stands.

The output is cut at NUL, which no field and no path can hold. A record is its mark, its fields, an
empty token, and pairs of a head and a path; so the next mark at an even distance is the next
record, whatever names and messages say.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO

from byline.errors import HostileInputError, IntegrityError
from byline.work.git.command import run, stream

FIELDS = (
    "H", "P", "an", "ae", "at", "cn", "ce", "ct", "e", "B", "(trailers:only=true,unfold=true)",
)  # fmt: skip
MARK = b"\x01"
FORMAT = "%x01%x00" + "".join(f"%{name}%x00" for name in FIELDS)
WIDTH = len(FIELDS) + 2  # the mark, the fields, and the empty token after them
PIPE = 1 << 20
READ = 1 << 18  # git writes commit by commit; a quarter of the pipe is looked at together
ROWS = 4096  # commits in one piece


@dataclass(frozen=True)
class Records:
    """A piece of history, column by column.

    Attributes:
        fields: For each of `FIELDS`, its value for every commit.
        counts: How many changes each commit has.
        heads: Of every change, what `git log --raw` prints before the path.
        paths: Of every change, the path.
    """

    fields: tuple[list[bytes], ...]
    counts: list[int]
    heads: list[bytes]
    paths: list[bytes]


def records(
    directory: Path,
    commit: str,
    *,
    since: str | None = None,
    beside: str | None = None,
    only: Sequence[str] = (),
    max_paths: int,
) -> Iterator[Records]:
    """Every commit reachable from `commit` and not from `since`, newest first, in pieces.

    With `beside`, instead those of the refs that begin so which `commit` does not reach; with
    `only`, those commits and no others, by full id, in the order given.

    Raises:
        HostileInputError: One commit changes more than `max_paths` paths.
        IntegrityError: The output is not what git is known to print.
    """
    span = [commit] if since is None else [commit, f"^{since}"]
    if beside is not None:
        span = [f"--glob={beside}", f"^{commit}"]
    if only:
        span = ["--no-walk=unsorted", *only]
    arguments = (
        "log", "--raw", "-r", "-z", "--no-abbrev", "--no-renames", "--diff-merges=first-parent",
        "--no-ext-diff", "--encoding=UTF-8", f"--format={FORMAT}", *span, "--",
    )  # fmt: skip
    parser = _Parser(max_paths)
    with stream(directory, *arguments) as output:
        widen(output)
        rest = b""
        while chunk := output.read(READ):
            *tokens, rest = (rest + chunk).split(b"\0")
            parser.feed(tokens)
            if len(parser.counts) >= ROWS:
                yield parser.take()
    parser.feed([MARK])
    if parser.counts:
        yield parser.take()


def widen(output: IO[bytes]) -> None:
    """Let a pipe hold more, so that git goes on while its output is looked at (Linux only)."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(output.fileno(), fcntl.F_SETPIPE_SZ, PIPE)


@dataclass
class _Parser:
    """Tokens in, columns out; the last record stays until the mark of the next is seen."""

    max_paths: int
    tokens: list[bytes] = field(default_factory=list)
    looked: int = 0  # up to where the next mark was looked for
    values: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    paths: list[bytes] = field(default_factory=list)

    def feed(self, tokens: list[bytes]) -> None:
        """Take the records that are whole now."""
        self.tokens += tokens
        start = 0
        while (end := self._end(start)) is not None:
            self._keep(start, end)
            start = end
        del self.tokens[:start]
        if len(self.tokens) > WIDTH + 2 * self.max_paths:
            self._refuse(self.tokens[1])

    def _end(self, start: int) -> int | None:
        """Where the next record begins; None when that is not known yet."""
        first = start + WIDTH
        looked, self.looked = max(self.looked, first), 0
        try:
            while True:
                found = self.tokens.index(MARK, looked)
                if (found - first) % 2 == 0:
                    return found
                looked = found + 1
        except ValueError:
            self.looked = max(len(self.tokens) - start, 0)
            return None

    def _keep(self, start: int, end: int) -> None:
        tokens, first = self.tokens, start + WIDTH
        if tokens[start] != MARK or tokens[first - 1]:
            raise IntegrityError("git log printed what Byline cannot read")
        if end - first > 2 * self.max_paths:
            self._refuse(tokens[start + 1])
        self.values += tokens[start + 1 : first - 1]
        self.counts.append((end - first) // 2)
        self.heads += tokens[first:end:2]
        self.paths += tokens[first + 1 : end : 2]

    def _refuse(self, oid: bytes) -> None:
        raise HostileInputError(
            f"commit {oid.decode('ascii')} changes more than {self.max_paths:,} paths",
            advice="raise `max_paths` in [collect] if it really does",
        )

    def take(self) -> Records:
        """What was taken so far, which is then forgotten."""
        columns = tuple(self.values[at :: len(FIELDS)] for at in range(len(FIELDS)))
        taken = Records(columns, self.counts, self.heads, self.paths)
        self.values, self.counts, self.heads, self.paths = [], [], [], []
        return taken


def is_ancestor(directory: Path, older: str, newer: str) -> bool:
    """Whether `older` is in the history of `newer`; False too when there is no such commit."""
    known = run(directory, "cat-file", "-t", older, accept=(0, 128))
    if known.strip() != b"commit":
        return False
    return _merge_base(directory, older, newer) == older


def _merge_base(directory: Path, one: str, other: str) -> str:
    found = run(directory, "merge-base", one, other, accept=(0, 1))
    return found.decode("ascii").strip()


def bypassed(directory: Path, older: str, newer: str) -> set[bytes] | None:
    """Paths whose authorship at `newer` may differ from `older` though no new commit touches them.

    Blame hands an untouched file to the first parent. Where the first parents of `newer` do not
    lead through `older` (a merge *into* an older branch), the two lines are compared: what either
    touched since they parted is named. None means that they never meet, so any path may differ.
    """
    line = _first_parents(directory, newer)
    known = set(line)
    if older in known:
        return set()
    meeting = next((oid for oid in _first_parents(directory, older) if oid in known), None)
    if meeting is None:
        return None
    output = run(
        directory, "log", "--first-parent", "--raw", "-r", "-z", "--no-abbrev", "--no-renames",
        "--diff-merges=first-parent", "--no-ext-diff", "--format=", older, newer, f"^{meeting}",
        "--",
    )  # fmt: skip
    tokens = output.split(b"\0")
    return {path for head, path in pairwise(tokens) if head.lstrip(b"\n").startswith(b":")}


def _first_parents(directory: Path, commit: str) -> list[str]:
    return run(directory, "rev-list", "--first-parent", commit).decode("ascii").split()
