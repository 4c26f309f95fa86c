"""Typing order imitated from a finished change: where somebody who typed it might have paused.

A commit tells what was changed, not in which order. Bootstrapped examples take its hunks from top
to bottom and stop inside one at a place where typing pauses, by weights after Zed's (re-implemented
from its description): after punctuation 10, after a closing bracket
or the end of a word 8, at a blank 6, after an operator 5, inside a word 1. The order is labelled
``synthetic``.
"""

from collections.abc import Sequence
from typing import Final

from byline.examples.chance import fraction, whole
from byline.examples.edit_view import ChangedFile, known_of_new
from byline.examples.next_edit_lines import Line, applied_blocks
from byline.examples.next_edit_moments import Edit, Moment
from byline.work.diff import Block, changed_blocks
from byline.work.identifiers import line_list

PAUSE: Final = ",;:([{"
CLOSING: Final = ")]}\"'"
OPERATORS: Final = "+-*/%=<>!&|^~.@?"


def weight(text: str, place: int) -> int:
    """How likely typing pauses after the first `place` characters of a text."""
    last = text[place - 1]
    following = text[place] if place < len(text) else "\n"
    if last in PAUSE:
        return 10
    if last in CLOSING:
        return 8
    if last.isalnum() or last == "_":
        return 1 if following.isalnum() or following == "_" else 8
    if last.isspace():
        return 6
    return 5 if last in OPERATORS else 1


def typing_point(text: str, identity: str, seed: int) -> int | None:
    """How many characters of a text are typed, by hash; None for a text too short to stop in."""
    stripped = len(text) - len(text.lstrip())
    places = range(stripped + 1, len(text.rstrip()))
    weights = [weight(text, place) for place in places]
    if not weights:
        return None
    mark = whole(identity, seed, "typing", below=sum(weights))
    for place, one in zip(places, weights, strict=True):
        mark -= one
        if mark < 0:
            return place
    return None


def imitated(file: ChangedFile, identity: str, seed: int, *, partial_rate: float) -> Moment:
    """A moment inside a commit's change of a file of at least two hunks."""
    before = [Line(*one) for one in zip(file.before, file.known_before, strict=True)]
    after = _after(file, before)
    blocks = changed_blocks(file.before, file.after)
    number = 1 + whole(identity, seed, "hunk", below=len(blocks) - 1)
    states = [applied_blocks(before, after, blocks[:count]) for count in range(number + 2)]
    history = [Edit(file.path, states[at], states[at + 1]) for at in range(number)]
    now, done = states[number], blocks[number - 1]
    line = max(done.new_start, done.new_end - 1)
    moment = Moment(
        file.path, history, now, states[number + 1], line,
        _column(now, line) if done.new_end > done.new_start else 0, "synthetic",
    )  # fmt: skip
    if fraction(identity, seed, "partial") >= partial_rate:
        return moment
    return _typed(moment, blocks[number], _shift(blocks[:number]), after, identity, seed)


def _after(file: ChangedFile, before: Sequence[Line]) -> list[Line]:
    """The after-state: new lines by whoever wrote them, others as they were."""
    written = known_of_new(file)
    after: list[Line] = []
    place = 0
    for block in changed_blocks(file.before, file.after):
        after += before[place : block.old_start]
        after += [Line(file.after[at], written[at]) for at in range(block.new_start, block.new_end)]
        place = block.old_end
    return [*after, *before[place:]]


def _shift(done: Sequence[Block]) -> int:
    return sum((one.new_end - one.new_start) - (one.old_end - one.old_start) for one in done)


def _column(lines: Sequence[Line], line: int) -> int:
    return len(lines[line].text.rstrip("\r\n")) if line < len(lines) else 0


def _typed(
    moment: Moment, block: Block, shift: int, after: Sequence[Line], identity: str, seed: int
) -> Moment:
    """The same moment a little later: a part of the next hunk is typed."""
    new = after[block.new_start : block.new_end]
    text = "".join(line.text for line in new)
    typed = typing_point(text, identity, seed)
    if typed is None:
        return moment
    parts = line_list(text[:typed])
    lines = [
        Line(part if part.endswith("\n") else f"{part}\n", new[at].known)
        for at, part in enumerate(parts)
    ]
    start, end = block.old_start + shift, block.old_end + shift
    now = [*moment.now[:start], *lines, *moment.now[end:]]
    history = [*moment.history, Edit(moment.path, moment.now, now)]
    line = start + len(lines) - 1
    column = len(lines[-1].text.rstrip("\n")) if not parts[-1].endswith("\n") else 0
    if parts[-1].endswith("\n"):
        line += 1
    return Moment(moment.path, history, now, moment.after, line, column, moment.order)
