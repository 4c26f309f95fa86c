"""Which middle to cut out: a syntactic scope, some lines, or any stretch of characters.

Scopes are preferred after Mellum (JetBrains 2025): half of the middles are a scope of 50 to 1000
characters with at least 200 before it, 30 % are lines, the rest any stretch. Where no scope fits, a
smaller block of indented lines is taken, so that short texts have middles too.
"""

from dataclasses import dataclass
from itertools import accumulate

from byline.examples.chance import fraction, pick, whole
from byline.examples.scopes import block_end, scopes
from byline.work.identifiers import line_list


@dataclass(frozen=True)
class MiddleLimits:
    """Rates and sizes, in characters; those without a source are ours.

    Attributes:
        scope_rate: How often a scope is taken.
        lines_rate: How often some lines are; the rest are any stretch.
        scope: Least and most of a scope.
        scope_before: What must stand before a scope for it to be guessable.
        preferred: Scopes of at most so many are taken before larger ones.
        other: Least and most of any other middle (ours).
        before: What must stand before any other middle (ours).
    """

    scope_rate: float = 0.5
    lines_rate: float = 0.3
    scope: tuple[int, int] = (50, 1000)
    scope_before: int = 200
    preferred: int = 700
    other: tuple[int, int] = (8, 1000)
    before: int = 40


LIMITS = MiddleLimits()


def choose_middle(
    text: str, identity: str, seed: int, *, language: str = "", limits: MiddleLimits = LIMITS
) -> tuple[int, int] | None:
    """The code points [start, end) of a middle, or None when the text offers none.

    Args:
        text: What the middle is cut out of.
        identity: Of the example, for choices by hash.
        seed: Likewise.
        language: As in `LABELS`; of Python the syntax tree is asked, where the text has one.
        limits: Rates and sizes.
    """
    kind = fraction(identity, seed, "kind")
    offsets = [0, *accumulate(len(line) for line in line_list(text))]
    if kind < limits.scope_rate:
        found = (
            _scope(text, offsets, identity, seed, language, limits)
            or _block(text, offsets, identity, seed, limits)
            or _lines(offsets, identity, seed, limits)
        )
    elif kind < limits.scope_rate + limits.lines_rate:
        found = _lines(offsets, identity, seed, limits)
    else:
        found = _characters(text, identity, seed, limits)
    if found is None or not text[found[0] : found[1]].strip():
        return None
    return found


def _scope(
    text: str, offsets: list[int], identity: str, seed: int, language: str, limits: MiddleLimits
) -> tuple[int, int] | None:
    least, most = limits.scope
    fitting = [
        (offsets[start], offsets[end])
        for start, end in scopes(text, language)
        if least <= offsets[end] - offsets[start] <= most and offsets[start] >= limits.scope_before
    ]
    short = [one for one in fitting if one[1] - one[0] <= limits.preferred]
    return pick(identity, seed, "scope", among=short or fitting) if fitting else None


def _block(
    text: str, offsets: list[int], identity: str, seed: int, limits: MiddleLimits
) -> tuple[int, int] | None:
    lines = line_list(text)
    least, most = limits.other
    blocks = []
    for place, line in enumerate(lines):
        end = block_end(lines, place)
        size = offsets[end] - offsets[place]
        fits = least <= size <= most and offsets[place] >= limits.before
        if line.strip() and end - place > 1 and fits:
            blocks.append((offsets[place], offsets[end]))
    return pick(identity, seed, "block", among=blocks) if blocks else None


def _lines(
    offsets: list[int], identity: str, seed: int, limits: MiddleLimits
) -> tuple[int, int] | None:
    starts = [place for place in range(len(offsets) - 1) if offsets[place] >= limits.before]
    if not starts:
        return None
    first = pick(identity, seed, "line", among=starts)
    count = 1 + whole(identity, seed, "count", below=6)
    last = min(first + count, len(offsets) - 1)
    return offsets[first], min(offsets[last], offsets[first] + limits.other[1])


def _characters(
    text: str, identity: str, seed: int, limits: MiddleLimits
) -> tuple[int, int] | None:
    least, most = limits.other
    room = len(text) - limits.before - least
    if room <= 0:
        return None
    start = limits.before + whole(identity, seed, "start", below=room)
    longest = min(most, len(text) - start)
    size = least + whole(identity, seed, "size", below=max(1, longest - least))
    return start, min(start + size, len(text))
