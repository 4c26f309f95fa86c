"""Authorship of the lines of ranges: at both ends, at any commit of the mirror.

Lines of many files at many commits are asked together, each file at each commit once. Few are asked
of `git blame` itself; many go through one walk over the history (`byline.work.git.lineage`), whose
answer is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from byline.errors import IntegrityError
from byline.work.git import texts
from byline.work.git.blame import Origin, blame, joined
from byline.work.git.command import GitError
from byline.work.git.lineage import follow
from byline.work.git.lineage_asks import Ask, Following

FEW: Final = 200
"""Files at commits below which `git blame` is asked: it stops early, a walk reads all history."""
PROCESSES: Final = 2

Lines = tuple[tuple[int, int], ...]
File = tuple[str, bytes, str]  # commit, path, blob
Told = Mapping[File, Sequence[Origin] | None]


def authorship_at(
    directory: Path, wanted: Mapping[File, Sequence[tuple[int, int]]], following: Following
) -> Told:
    """Who wrote the lines asked about of each file; None where git cannot tell.

    Args:
        directory: The mirror.
        wanted: First and last lines, counted from 1, in any order, of each file.
        following: How far lines are followed.
    """
    asks = {
        file: Ask(file[0], file[1].decode("utf-8", "surrogateescape"), file[2], lines)
        for file, lines in ((file, merged(ranges)) for file, ranges in wanted.items())
        if lines
    }
    many = len(asks) > FEW and texts.available()
    found = _walked(directory, list(asks.values()), following) if many else None
    if found is None:
        with ThreadPoolExecutor(PROCESSES) as threads:
            found = list(threads.map(lambda ask: _blamed(directory, ask, following), asks.values()))
    told: dict[File, Sequence[Origin] | None] = dict(zip(asks, found, strict=True))
    return {file: told.get(file, ()) for file in wanted}


def merged(ranges: Iterable[tuple[int, int]]) -> Lines:
    """The same lines, as ranges that rise and are apart."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if last < first:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def within(origins: Sequence[Origin], ranges: Sequence[tuple[int, int]]) -> list[Origin]:
    """The parts of runs that lie in some lines, neighbours joined."""
    cut = [
        Origin(max(run.start, first), min(run.start + run.lines - 1, last) + 1
               - max(run.start, first), run.commit)
        for first, last in merged(ranges)
        for run in origins
        if run.start <= last and run.start + run.lines - 1 >= first
    ]  # fmt: skip
    return joined(sorted(cut))


def _walked(
    directory: Path, asks: Sequence[Ask], following: Following
) -> list[Sequence[Origin] | None] | None:
    tips = sorted({ask.commit for ask in asks})
    try:
        return list(follow(directory, tips[0], asks, following=following, others=tips[1:]))
    except IntegrityError:  # an object is missing: other files may still be told
        return None


def _blamed(directory: Path, ask: Ask, following: Following) -> Sequence[Origin] | None:
    try:
        return blame(
            directory, ask.commit, ask.path, ranges=ask.ranges, options=following.blame_options
        )
    except GitError:
        return None
