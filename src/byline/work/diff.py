"""Line differences between two states of a file."""

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

MAX_LINES = 20_000


class Block(NamedTuple):
    """Lines ``[old_start, old_end)`` became lines ``[new_start, new_end)``, counted from 0."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def changed_blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """The blocks that differ, in order, from a longest common subsequence of lines.

    The common head and tail are set aside first: they are most of a file in most edits.
    """
    head = 0
    limit = min(len(old), len(new))
    while head < limit and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < limit - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not inner_old and not inner_new:
        return []
    if max(len(inner_old), len(inner_new)) > MAX_LINES or not inner_old or not inner_new:
        return [Block(head, head + len(inner_old), head, head + len(inner_new))]
    blocks = [
        Block(
            head + code.src_start, head + code.src_end, head + code.dest_start, head + code.dest_end
        )
        for code in Indel.opcodes(inner_old, inner_new)
        if code.tag != "equal"
    ]
    return _joined(blocks)


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Blocks that touch, as one: a deletion and an insertion at one place are a replacement."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and last.old_end == block.old_start and last.new_end == block.new_start:
            joined[-1] = Block(last.old_start, block.old_end, last.new_start, block.new_end)
        else:
            joined.append(block)
    return joined
