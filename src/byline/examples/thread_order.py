"""In which order the parts of a conversation stand, whatever the order and dates of the export.

By time, and a reply never before what it answers. A part without a time counts as of the time of
what it answers, else of the item's opening. A reply in a circle answers nothing.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Final

from byline.examples.material import Row

OPENERS: Final = ("title", "description")
MAX_DEPTH: Final = 256
"""A chain of more replies than this is followed no further."""
NUMBERS: Final = re.compile(r"(\d+)")


def ordered(parts: Sequence[Row], opened: dt.datetime) -> list[tuple[Row, Row | None, dt.datetime]]:
    """Parts in order, each with the part that it answers and the time it counts as.

    Args:
        parts: Of one item, in any order.
        opened: Time of parts that have none and answer nothing.
    """
    by_native = {part["native"]: part for part in parts}
    placed = []
    for part in parts:
        chain = _chain(part, by_native)
        times = [one["time"] for one in chain if one["time"] is not None]
        time = max([opened, *times]) if part["kind"] not in OPENERS else opened
        parent = chain[1] if len(chain) > 1 else None
        first = OPENERS.index(part["kind"]) if part["kind"] in OPENERS else len(OPENERS)
        key = (first, time, len(chain), _natural(part["native"]))
        placed.append((key, (part, parent, time)))
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]


def _chain(part: Row, by_native: Mapping[str, Row]) -> list[Row]:
    """A part, what it answers, what that answers, …; alone, where that leads in a circle."""
    chain, seen = [part], {part["native"]}
    current = part
    while len(chain) < MAX_DEPTH:
        parent = by_native.get(current["reply_to"] or "")
        if parent is None:
            return chain
        if parent["native"] in seen:
            return [part]
        chain.append(parent)
        seen.add(parent["native"])
        current = parent
    return chain


def _natural(native: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders numbers in ids as numbers."""
    pieces = NUMBERS.split(native)
    return tuple(
        (1, int(piece), "") if piece.isdecimal() and len(piece) < 30 else (0, 0, piece)
        for piece in pieces
    )
