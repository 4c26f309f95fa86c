"""Edits as search/replace blocks: the smallest that are unambiguous, and proved by replay.

A block's search text occurs exactly once in the file as it stands when the block is applied, so
applying the blocks in order needs no line numbers and cannot go wrong silently. Law 3: blocks are
kept only if replaying them gives the after-state byte for byte.

A file that was created was empty before: its one block has an empty search text, which means that
the whole file is `replace`. No other block may have one. A file that was deleted or emptied has one
block that replaces its whole text by nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from byline.errors import IntegrityError
from byline.work.diff import Block, changed_blocks

MAX_ANCHOR = 24  # lines of context on each side, at most


@dataclass(frozen=True)
class SearchReplace:
    """One block over whole lines.

    Attributes:
        search: Text that occurs exactly once.
        replace: What it becomes.
        old: Lines [start, end) of the before-state that `search` is, counted from 0.
        new: Lines [start, end) of the after-state that `replace` is.
    """

    search: str
    replace: str
    old: tuple[int, int]
    new: tuple[int, int]


class NoAnchorError(Exception):
    """No unambiguous block can be made from lines that may be used.

    Attributes:
        line: The replaced line that may not be shown, counted from 0; None for ambiguity.
    """

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def make_blocks(
    before: Sequence[str],
    after: Sequence[str],
    *,
    may_show: Callable[[int], bool],
) -> list[SearchReplace]:
    """Blocks that turn `before` into `after`, both as lists of lines.

    Args:
        before: The before-state.
        after: The after-state.
        may_show: Whether a line of `before` may appear in an example.

    Raises:
        NoAnchorError: A changed line may not be shown, or no context makes a block unambiguous.
    """
    if not before:
        whole = "".join(after)
        return [SearchReplace("", whole, (0, 0), (0, len(after)))] if whole else []
    windows = [_widen(before, block, may_show) for block in changed_blocks(before, after)]
    blocks = [
        SearchReplace(
            search="".join(before[window.old_start : window.old_end]),
            replace="".join(after[window.new_start : window.new_end]),
            old=(window.old_start, window.old_end),
            new=(window.new_start, window.new_end),
        )
        for window in _apart(windows)
    ]
    if replay("".join(before), blocks) != "".join(after):
        raise NoAnchorError("replaying the blocks does not give the after-state")
    return blocks


def replay(before: str, blocks: Sequence[SearchReplace]) -> str:
    """Apply blocks in order, each where its search text occurs, which must be exactly once.

    One block alone may have an empty search text, and only on an empty text: it creates it.

    Raises:
        NoAnchorError: A search text occurs not at all, or more than once.
    """
    if not before and len(blocks) == 1 and not blocks[0].search:
        return blocks[0].replace
    text = before
    for block in blocks:
        if not block.search or text.count(block.search) != 1:
            raise NoAnchorError("a search text does not occur exactly once")
        text = text.replace(block.search, block.replace, 1)
    return text


def _widen(before: Sequence[str], block: Block, may_show: Callable[[int], bool]) -> Block:
    """The block with as much context as makes its search text occur once, and no more."""
    for place in range(block.old_start, block.old_end):
        if not may_show(place):
            raise NoAnchorError("a replaced line may not be shown", line=place)
    text = "".join(before)
    above = below = 0
    for _ in range(2 * MAX_ANCHOR + 1):
        start, end = block.old_start - above, block.old_end + below
        search = "".join(before[start:end])
        if search and _occurs_once(text, search):
            return Block(start, end, block.new_start - above, block.new_end + below)
        can_rise = start > 0 and above < MAX_ANCHOR and may_show(start - 1)
        can_sink = end < len(before) and below < MAX_ANCHOR and may_show(end)
        if can_rise and (above <= below or not can_sink):
            above += 1
        elif can_sink:
            below += 1
        else:
            break
    raise NoAnchorError("no context makes the block unambiguous")


def _occurs_once(text: str, search: str) -> bool:
    first = text.find(search)
    return first >= 0 and text.find(search, first + 1) < 0


def _apart(windows: Sequence[Block]) -> list[Block]:
    """Windows whose lines overlap or touch, as one."""
    merged: list[Block] = []
    for window in windows:
        last = merged[-1] if merged else None
        if last and window.old_start <= last.old_end:
            merged[-1] = Block(last.old_start, window.old_end, last.new_start, window.new_end)
        else:
            merged.append(window)
    return merged


def check_replay(before: str, after: str, blocks: Sequence[SearchReplace]) -> None:
    """Raise unless the blocks turn `before` into `after`, byte for byte.

    Raises:
        IntegrityError: They do not.
    """
    try:
        replayed = replay(before, blocks)
    except NoAnchorError as error:
        raise IntegrityError(f"an edit cannot be replayed: {error}") from error
    if replayed != after:
        raise IntegrityError("replaying an edit gives another text than its after-state")
