"""What a walk over a history will need of git, asked one block of commits ahead, in few questions.

A plan is only a saving: it covers the paths that lines were followed in when the block was read.
What it lacks is asked when it is needed, and what it has too much is not used.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from byline.work.git.lineage_parents import Asked, Source, asking, differing, sources
from byline.work.git.lineage_visits import Visit
from byline.work.git.patch import PATCH, Comparer, Hunks, Pair, Scratch, hunks, scratch

FIRST_BLOCK, LARGEST_BLOCK = 32, 1024  # changes of followed paths
VISITS_PER_BLOCK = 4096


@dataclass(frozen=True)
class Block:
    """Commits in the order of the walk, with the followed paths that each changed."""

    visits: list[Visit]
    touched: list[list[bytes]]


@dataclass(frozen=True)
class Plan:
    """Answers for a block: each commit's sources by path, and the differences of blobs."""

    sources: dict[str, dict[bytes, list[Source]]] = field(default_factory=dict)
    differences: dict[Pair, Hunks] = field(default_factory=dict)


@dataclass(frozen=True)
class Git:
    """Processes of one thread: trees must not vanish in another's hands."""

    place: Scratch
    asked: Asked
    comparer: Comparer


@contextmanager
def git(directory: Path) -> Iterator[Git]:
    """Open the processes for one thread."""
    with ExitStack() as stack:
        place = stack.enter_context(scratch(directory))
        yield Git(
            place,
            stack.enter_context(asking(place)),
            stack.enter_context(Comparer(place, *PATCH)),
        )


def planned(
    directory: Path, history: Iterable[Visit], followed: Callable[[], set[bytes]]
) -> Iterator[tuple[Visit, Plan]]:
    """Every commit with its block's plan, made in another thread while the block before is walked.

    Args:
        directory: The mirror.
        history: The commits, children first.
        followed: The paths that lines are followed in by now; the walk is over when there are none.
    """
    with git(directory) as own, ThreadPoolExecutor(1) as thread:
        waiting: tuple[Block, Future[Plan]] | None = None
        blocks = _blocks(history, followed)
        while followed():
            block = next(blocks, None)
            following = None if block is None else (block, thread.submit(_plan, own, block))
            if waiting is not None:
                plan = waiting[1].result()
                yield from ((visit, plan) for visit in waiting[0].visits)
            elif following is None:
                return
            waiting = following


def _blocks(history: Iterable[Visit], followed: Callable[[], set[bytes]]) -> Iterator[Block]:
    size, count = FIRST_BLOCK, 0
    live = followed()
    block = Block([], [])
    for visit in history:
        touched = sorted(live & visit.raw.keys())
        block.visits.append(visit)
        block.touched.append(touched)
        count += len(touched)
        if count >= size or len(block.visits) >= VISITS_PER_BLOCK:
            yield block
            block, count, live = Block([], []), 0, followed()
            size = min(2 * size, LARGEST_BLOCK)
    if block.visits:
        yield block


def _plan(own: Git, block: Block) -> Plan:
    plan = Plan()
    rows = [
        (visit, touched)
        for visit, touched in zip(block.visits, block.touched, strict=True)
        if touched and visit.parents
    ]
    merges = [visit.oid for visit, _ in rows if len(visit.parents) == 2]
    both = differing(own.asked, merges)
    needed: list[tuple[bytes, Pair]] = []
    for visit, touched in rows:
        found = sources(own.asked, visit, touched, both=both.get(visit.oid))
        plan.sources[visit.oid] = found
        needed.extend((path, pair) for path in touched for pair in pairs(visit, path, found[path]))
    needed.sort(key=lambda row: row[0])  # versions of one file one after another; stable
    plan.differences.update(hunks(own.place, own.comparer, [pair for _, pair in needed]))
    return plan


def pairs(visit: Visit, path: bytes, found: Iterable[Source]) -> list[Pair]:
    """The blobs to compare for a path's sources: none where the blob is the same."""
    own = visit.changed(path).newer.oid
    return [(source.oid, own) for source in found if source.oid != own]
