"""What a walk over a history will need of git, asked one block of commits ahead, in few questions.

A plan is only a saving: it covers the paths that lines were followed in when the block was read.
What it lacks is asked when it is needed, and what it has too much is not used.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from byline.work.git.differences import Differences, differences
from byline.work.git.hunks import Hunks, Pair
from byline.work.git.lineage_parents import Asked, Combined, Source, asking, differing, sources
from byline.work.git.lineage_visits import Visit
from byline.work.git.patch import scratch

FIRST_BLOCK, LARGEST_BLOCK = 32, 2048  # changes of followed paths
VISITS_PER_BLOCK = 4096


@dataclass(frozen=True)
class Block:
    """Commits in the order of the walk, and the paths that were followed when they were read."""

    visits: list[Visit]
    followed: set[bytes]


@dataclass(frozen=True)
class Plan:
    """Answers for a block.

    Attributes:
        both: Of each merge of two, the paths that differ from both parents. Any other path is as
            the second parent has it, and not planned: such are many, and few are followed there.
        sources: Each commit's sources by path.
        differences: What differs in pairs of blobs.
        names: Other paths that the followed ones were renamed from.
    """

    both: dict[str, Combined] = field(default_factory=dict)
    sources: dict[str, dict[bytes, list[Source]]] = field(default_factory=dict)
    differences: dict[Pair, Hunks] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Git:
    """Processes of one thread: trees must not vanish in another's hands."""

    asked: Asked
    differences: Differences


@contextmanager
def git(directory: Path, *, ignore_space: bool) -> Iterator[Git]:
    """Open the processes for one thread."""
    with ExitStack() as stack:
        place = stack.enter_context(scratch(directory))
        yield Git(
            stack.enter_context(asking(place)),
            stack.enter_context(differences(place, ignore_space=ignore_space)),
        )


@dataclass(frozen=True)
class Interest:
    """What the walk follows, as it goes on.

    Attributes:
        followed: The paths that lines are followed in by now.
        entering: At which commits lines of which paths will be taken up.
        is_over: Whether nothing is followed any more and nothing will be taken up.
    """

    followed: Callable[[], set[bytes]]
    entering: Mapping[str, Iterable[bytes]]
    is_over: Callable[[], bool]


def planned(
    directory: Path, history: Iterable[Visit], interest: Interest, *, ignore_space: bool
) -> Iterator[tuple[Visit, Plan]]:
    """Every commit with its block's plan, made in another thread while the block before is walked.

    Args:
        directory: The mirror.
        history: The commits, children first.
        interest: What is followed; the walk ends when that is over.
        ignore_space: Whether differences in spaces count.
    """
    with git(directory, ignore_space=ignore_space) as own, ThreadPoolExecutor(1) as thread:
        waiting: tuple[Block, Future[Plan]] | None = None
        blocks = _blocks(history, interest)
        while not interest.is_over():
            block = next(blocks, None)
            following = None
            if block is not None:
                before = None if waiting is None else waiting[1]
                following = (block, thread.submit(_plan, own, block, before))
            if waiting is not None:
                plan = waiting[1].result()
                yield from ((visit, plan) for visit in waiting[0].visits)
            elif following is None:
                return
            waiting = following


def _blocks(history: Iterable[Visit], interest: Interest) -> Iterator[Block]:
    size, count = FIRST_BLOCK, 0
    taken_up: set[bytes] = set()  # in this block: the next is read before this one is walked
    block = Block([], interest.followed())
    for visit in history:
        block.visits.append(visit)
        taken_up.update(interest.entering.get(visit.oid, ()))
        block.followed.update(interest.entering.get(visit.oid, ()))
        if len(visit.parents) == 1:  # of a merge, another parent mostly has the file as it is
            count += len(block.followed & visit.raw.keys())
        if count >= size or len(block.visits) >= VISITS_PER_BLOCK:
            yield block
            block, count = Block([], interest.followed() | taken_up), 0
            taken_up = set()
            size = min(2 * size, LARGEST_BLOCK)
    if block.visits:
        yield block


def _plan(own: Git, block: Block, before: Future[Plan] | None) -> Plan:
    """Ask what the block needs; `before` is the plan before it, made by the same thread."""
    plan = Plan()
    live = block.followed | (set() if before is None else before.result().names)
    inner = [visit for visit in block.visits if visit.parents and live & visit.raw.keys()]
    merges = [visit.oid for visit in inner if len(visit.parents) == 2]
    plan.both.update(differing(own.asked, merges))
    needed: list[tuple[bytes, Pair]] = []
    for visit in block.visits:
        both = plan.both.get(visit.oid)
        touched = live & (visit.raw.keys() if both is None else both.keys() & visit.raw.keys())
        if touched and visit.parents:
            found = sources(own.asked, visit, sorted(touched), both=both)
            plan.sources[visit.oid] = found
            for path, origins in found.items():
                needed.extend((path, pair) for pair in pairs(visit, path, origins))
                plan.names.update(source.path for source in origins if source.path not in live)
            live |= plan.names
    needed.sort(key=lambda row: row[0])  # versions of one file one after another; stable
    plan.differences.update(own.differences([pair for _, pair in needed]))
    return plan


def pairs(visit: Visit, path: bytes, found: Iterable[Source]) -> list[Pair]:
    """The blobs to compare for a path's sources: none where the blob is the same."""
    own = visit.changed(path).newer.oid
    return [(source.oid, own) for source in found if source.oid != own]
