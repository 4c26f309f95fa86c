"""Per-line authorship from `git blame`, on a commit-graph with changed-path filters.

Git's own blame is the definition of a line's author here: exact, renames followed. The mirror has
no mailmap and no ignore-revs, so what comes back is the commit, whatever the repository claims.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from byline.work.git.command import run


class Origin(NamedTuple):
    """Lines ``start … start + lines - 1`` (counted from 1) were written by `commit`."""

    start: int
    lines: int
    commit: str


def blame(
    directory: Path,
    commit: str,
    path: str,
    *,
    ranges: Sequence[tuple[int, int]] = (),
    options: Sequence[str] = (),
) -> list[Origin]:
    """Who wrote each line of a file at a commit, as runs in order, neighbours joined.

    Args:
        directory: The mirror.
        commit: The commit at which the file is looked at.
        path: The file.
        ranges: First and last lines to ask about, counted from 1; the whole file when empty. Git
            stops as soon as these are known, which is much sooner in a file with a long past.
        options: Further options of `git blame`, such as ``-w``.

    Raises:
        GitError: The commit has no such file.
    """
    asked = [part for first, last in ranges for part in ("-L", f"{first},{last}")]
    # `--root` gives root commits like any other; `--incremental` prints each run once, unsorted.
    output = run(
        directory, "blame", "--incremental", "--root", *options, *asked, commit, "--", path
    )
    found: list[Origin] = []
    width = len(commit)
    for line in output.split(b"\n"):
        # A run's header is "<id> <line then> <line now> <count>"; all other lines begin otherwise.
        if len(line) > width and line[width : width + 1] == b" " and _is_hex(line[:width]):
            oid, _, start, lines = line.decode("ascii").split(" ")
            found.append(Origin(int(start), int(lines), oid))
    return joined(sorted(found))


def _is_hex(text: bytes) -> bool:
    return all(byte in b"0123456789abcdef" for byte in text)


def joined(origins: Sequence[Origin]) -> list[Origin]:
    """Neighbouring runs of one commit, as one run."""
    result: list[Origin] = []
    for origin in origins:
        last = result[-1] if result else None
        if last and last.commit == origin.commit and last.start + last.lines == origin.start:
            result[-1] = Origin(last.start, last.lines + origin.lines, origin.commit)
        else:
            result.append(origin)
    return result
