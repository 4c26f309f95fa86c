"""Which middle to cut out: a block, some lines, or any stretch of characters."""

from itertools import accumulate

from byline.examples.chance import fraction, pick, whole
from byline.work.identifiers import line_list

BLOCK_RATE, LINES_RATE = 0.5, 0.3  # the rest: characters
MIN_CHARACTERS, MAX_CHARACTERS = 8, 1000
LEAST_BEFORE = 40  # characters of prefix that a middle needs to be guessable


def choose_middle(text: str, identity: str, seed: int) -> tuple[int, int] | None:
    """The code points [start, end) of a middle, or None when the text offers none.

    A block is a line with the more deeply indented lines that follow it, whatever the language.
    """
    kind = fraction(identity, seed, "kind")
    offsets = [0, *accumulate(len(line) for line in line_list(text))]
    if kind < BLOCK_RATE:
        found = _block(text, offsets, identity, seed) or _lines(offsets, identity, seed)
    elif kind < BLOCK_RATE + LINES_RATE:
        found = _lines(offsets, identity, seed)
    else:
        found = _characters(text, identity, seed)
    if found is None or not text[found[0] : found[1]].strip():
        return None
    return found


def _block(text: str, offsets: list[int], identity: str, seed: int) -> tuple[int, int] | None:
    lines = line_list(text)
    blocks = []
    for place, line in enumerate(lines):
        end = _block_end(lines, place)
        size = offsets[end] - offsets[place]
        fits = MIN_CHARACTERS <= size <= MAX_CHARACTERS and offsets[place] >= LEAST_BEFORE
        if line.strip() and end - place > 1 and fits:
            blocks.append((offsets[place], offsets[end]))
    return pick(identity, seed, "block", among=blocks) if blocks else None


def _block_end(lines: list[str], place: int) -> int:
    """The line after the block that `place` opens; trailing blank lines are not part of it."""
    indent = _indent(lines[place])
    end = place + 1
    last = end
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
        if lines[end - 1].strip():
            last = end
    return last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _lines(offsets: list[int], identity: str, seed: int) -> tuple[int, int] | None:
    starts = [place for place in range(len(offsets) - 1) if offsets[place] >= LEAST_BEFORE]
    if not starts:
        return None
    first = pick(identity, seed, "line", among=starts)
    count = 1 + whole(identity, seed, "count", below=6)
    last = min(first + count, len(offsets) - 1)
    return offsets[first], min(offsets[last], offsets[first] + MAX_CHARACTERS)


def _characters(text: str, identity: str, seed: int) -> tuple[int, int] | None:
    room = len(text) - LEAST_BEFORE - MIN_CHARACTERS
    if room <= 0:
        return None
    start = LEAST_BEFORE + whole(identity, seed, "start", below=room)
    longest = min(MAX_CHARACTERS, len(text) - start)
    size = MIN_CHARACTERS + whole(identity, seed, "size", below=max(1, longest - MIN_CHARACTERS))
    return start, min(start + size, len(text))
