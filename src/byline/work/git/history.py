"""The commits of a mirror, from one streamed `git log`.

Names, addresses and times are as recorded in the commit: no mailmap, no replace refs. Changes are
against the first parent, which is where a merge's author stands.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from byline.errors import HostileInputError
from byline.work.git.command import run, stream

FIELDS = ("H", "P", "an", "ae", "at", "cn", "ce", "ct", "B", "(trailers:only=true,unfold=true)")
FORMAT = "%x00%x01" + "".join(f"%{name}%x00" for name in FIELDS)
LATEST = int(dt.datetime(9999, 1, 1, tzinfo=dt.UTC).timestamp())
CHUNK = 1 << 20


@dataclass(frozen=True)
class Change:
    """One path that a commit changed; status A, M, D or T."""

    status: str
    path: bytes
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str


@dataclass(frozen=True)
class Commit:
    """One commit as recorded."""

    oid: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    author_time: int
    committer_name: str
    committer_email: str
    commit_time: int
    message: str
    trailers: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]


def commits(
    directory: Path, commit: str, *, since: str | None = None, max_paths: int
) -> Iterator[Commit]:
    """Every commit reachable from `commit` and not from `since`, newest first.

    Raises:
        HostileInputError: One commit changes more than `max_paths` paths.
    """
    span = [commit] if since is None else [commit, f"^{since}"]
    arguments = (
        "log", "--raw", "-r", "-z", "--no-abbrev", "--no-renames", "--diff-merges=first-parent",
        "--no-ext-diff", "--encoding=UTF-8", f"--format={FORMAT}", *span, "--",
    )  # fmt: skip
    with stream(directory, *arguments) as output:
        tokens = _tokens(output)
        token = next(tokens, None)
        while token is not None:
            if not token.startswith(b"\x01"):
                token = next(tokens, None)
                continue
            fields = [token[1:], *(next(tokens, b"") for _ in FIELDS[1:])]
            changes: list[Change] = []
            token = next(tokens, None)
            while token is not None and not token.startswith(b"\x01"):
                if token.lstrip(b"\n").startswith(b":"):
                    changes.append(_change(token, next(tokens, b"")))
                    if len(changes) > max_paths:
                        raise HostileInputError(
                            f"commit {fields[0].decode('ascii')} changes more than "
                            f"{max_paths:,} paths",
                            advice="raise `max_paths` in [collect] if it really does",
                        )
                token = next(tokens, None)
            yield _commit(fields, changes)


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


def _tokens(output: IO[bytes]) -> Iterator[bytes]:
    """The NUL-separated tokens of a stream."""
    rest = b""
    while chunk := output.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _change(token: bytes, path: bytes) -> Change:
    old_mode, new_mode, old_oid, new_oid, status = token.lstrip(b"\n:").decode("ascii").split(" ")
    return Change(status[:1], path, old_mode, new_mode, old_oid, new_oid)


def _commit(fields: list[bytes], changes: list[Change]) -> Commit:
    text = [field.decode("utf-8", "replace") for field in fields]
    return Commit(
        oid=text[0],
        parents=tuple(text[1].split()),
        author_name=text[2],
        author_email=text[3],
        author_time=_time(text[4]),
        committer_name=text[5],
        committer_email=text[6],
        commit_time=_time(text[7]),
        message=text[8].rstrip("\n"),
        trailers=tuple(_trailers(text[9])),
        changes=tuple(changes),
    )


def _time(text: str) -> int:
    """Seconds since 1970; a date that cannot be is 0, which no employment covers."""
    seconds = int(text) if text.lstrip("-").isdigit() else 0
    return seconds if 0 <= seconds < LATEST else 0


def _trailers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        key, separator, value = line.partition(":")
        if separator:
            yield key.strip(), value.strip()
