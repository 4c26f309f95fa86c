"""Whose words a comment repeats: quotes get the author they quote, or go.

A quoted line (``> …``) that a part of the thread holds belongs to that part's author. One that an
excluded part holds goes, and so does one whose author cannot be found: silence is no permission. In
a reply to an excluded part every quoted line goes. Where words of an excluded part are repeated
without a mark, the whole line goes: any run of `RUN` letters and digits is found whatever stands
between them, shorter ones where they are a whole line or stand in quotation marks.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from byline.examples.pieces import Piece
from byline.examples.text_cuts import Cut, Ranges, line_spans

GRAM: Final = 15
RUN: Final = 2 * GRAM - 1
"""Letters and digits in a row that count as a repetition: six words or so."""
MANY: Final = 16
"""A stretch that an excluded text has so often counts as a repetition by itself."""
SHORT: Final = 12
"""Letters and digits of a line, or of words in quotation marks, that count as a repetition."""
MAX_SEARCHES: Final = 20_000
"""In one thread; after so many, quotes are taken for such that may not be shown."""
LEAST: Final = 6
"""A quoted line with fewer letters and digits says nothing about whose it is."""
QUOTED: Final = re.compile(r"^\s{0,3}(?:[-*+]\s+)?>(?:\s*>)*\s?")
IN_MARKS: Final = re.compile(r"[\"“«„]([^\"”»“\n]{4,400})[\"”»“]")


@dataclass(frozen=True)
class Voice:
    """A part's words, to be recognised where another part repeats them.

    Attributes:
        texts: Its text, as written and with findings replaced.
        piece: Who is to be named for its words; None for an excluded part.
    """

    texts: tuple[str, ...]
    piece: Piece | None


class Repeats:
    """All words of a thread, by who may be shown."""

    def __init__(self, voices: Iterable[Voice], *, hidden: Iterable[str] = ()) -> None:
        """Learn who said what.

        Args:
            voices: The parts, in their order.
            hidden: Further texts that may not appear, such as lines of excluded people's code.
        """
        spoken = list(voices)
        self._kept = _Kept(spoken)
        self._searches = 0
        excluded = {plain(text) for text in hidden}
        for voice in spoken:
            if voice.piece is None:
                excluded |= self._said_by_excluded(voice.texts)
        excluded.discard("")
        self._excluded = "\n".join(sorted(excluded))
        self._lines = {line for line in excluded if len(line) >= SHORT}
        self._grams: dict[str, list[int]] = {}
        for place in range(0, len(self._excluded) - GRAM + 1, GRAM):
            gram = self._excluded[place : place + GRAM]
            found = self._grams.setdefault(gram, [])
            if len(found) < MANY:
                found.append(place)

    def cuts(self, text: str, code: Ranges, *, all_quotes: bool) -> tuple[list[Cut], Counter[str]]:
        """What goes of a text, and which quotes get another author.

        Args:
            text: A part's text.
            code: Its code, where ``>`` quotes nothing.
            all_quotes: Whether it answers an excluded part, so that every quote goes.

        Returns:
            The cuts, and how many lines went for which reason.
        """
        cuts: list[Cut] = []
        counted: Counter[str] = Counter()
        for start, end in line_spans(text):
            line = text[start:end]
            mark = None if code.holds(start) else QUOTED.match(line)
            if mark is not None:
                made, reason = self._quote(line[mark.end() :], start, end, all_quotes=all_quotes)
                cuts += [replace(made, text=line)] if made.piece else [made]
            else:
                reason = "repeats_excluded" if self._repeats(line) else ""
                cuts += [Cut(start, end)] if reason else []
            counted[reason] += 1
        spread = self._spread(text) if self._grams else []
        cuts += [Cut(start, end) for start, end in spread]
        counted["repeats_excluded"] += len(spread)
        del counted[""]
        return cuts, +counted

    def _quote(self, words: str, start: int, end: int, *, all_quotes: bool) -> tuple[Cut, str]:
        said = plain(words)
        if not said and not all_quotes:
            return Cut(start, end), ""
        if all_quotes or self._is_excluded(said):
            return Cut(start, end), "quote_of_excluded"
        piece = self._kept.whose(said) if len(said) >= LEAST and self._may_search() else None
        return Cut(start, end, piece=piece), "" if piece else "quote_of_unknown"

    def _repeats(self, line: str) -> bool:
        if not self._excluded:
            return False
        if plain(line) in self._lines:
            return True
        quoted = (plain(one) for one in IN_MARKS.findall(line))
        return any(len(one) >= SHORT and self._is_excluded(one) for one in quoted)

    def _is_excluded(self, said: str) -> bool:
        """Whether an excluded text has these words; yes, where too much was asked already."""
        return bool(self._excluded) and (not self._may_search() or said in self._excluded)

    def _may_search(self) -> bool:
        self._searches += 1
        return self._searches <= MAX_SEARCHES

    def _said_by_excluded(self, texts: Iterable[str]) -> set[str]:
        """An excluded part's words: all but what it quotes of those that are kept."""
        found: set[str] = set()
        for text in texts:
            lines = []
            for line in text.split("\n"):
                said = plain(line)
                quotes = QUOTED.match(line) and said and self._may_search()
                if not quotes or self._kept.whose(said) is None:
                    lines.append(said)
            found.update(lines)
            found.add("".join(lines))
        return found

    def _spread(self, text: str) -> list[tuple[int, int]]:
        """Whole lines that hold a run of an excluded text, which may run over several lines."""
        letters: list[str] = []
        lines: list[int] = []
        spans = line_spans(text)
        for number, (start, end) in enumerate(spans):
            said = plain(text[start:end])
            letters.append(said)
            lines += [number] * len(said)
        run = "".join(letters)
        covered = bytearray(len(run))
        for start in range(len(run) - GRAM + 1):
            for there in self._grams.get(run[start : start + GRAM], ()):
                low, high = self._same(run, start, there)
                if high - low >= RUN:
                    covered[low:high] = b"\1" * (high - low)
        hits = Counter(lines[place] for place in range(len(run)) if covered[place])
        return [
            spans[number]
            for number, count in sorted(hits.items())
            if count >= min(SHORT, len(letters[number]))
        ]

    def _same(self, run: str, start: int, there: int) -> tuple[int, int]:
        """How far a text and the excluded ones are the same around a place, `RUN` at most."""
        if len(self._grams[run[start : start + GRAM]]) >= MANY:
            return start, min(start + RUN, len(run))
        low = high = 0
        while (
            low < RUN
            and start > low
            and there > low
            and _alike(run, start - low - 1, self._excluded, there - low - 1)
        ):
            low += 1
        start_right, there_right = start + GRAM, there + GRAM
        while (
            high < RUN
            and start_right + high < len(run)
            and there_right + high < len(self._excluded)
            and _alike(run, start_right + high, self._excluded, there_right + high)
        ):
            high += 1
        return start - low, start_right + high


def _alike(one: str, at: int, other: str, there: int) -> bool:
    return one[at] == other[there] != "\n"


class _Kept:
    """The words of everybody who may be shown, to look up whose some words are."""

    def __init__(self, voices: Iterable[Voice]) -> None:
        self._starts: list[int] = []
        self._pieces: list[Piece] = []
        texts: list[str] = []
        length = 0
        shown = [(voice.texts, voice.piece) for voice in voices if voice.piece is not None]
        for versions, piece in shown:
            for text in dict.fromkeys(versions):
                said = plain(" ".join(_own_lines(text)))
                self._starts.append(length)
                self._pieces.append(piece)
                texts.append(said)
                length += len(said) + 1
        self._text = "\n".join(texts)

    def whose(self, said: str) -> Piece | None:
        """Who is the first to say some words, or None."""
        place = self._text.find(said)
        return None if place < 0 else self._pieces[bisect_right(self._starts, place) - 1]


def plain(text: str) -> str:
    """A text's letters and digits alone, in one case, so that wrapping and marks do not matter."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _own_lines(text: str) -> list[str]:
    """The lines that quote nobody."""
    return [line for line in text.split("\n") if not QUOTED.match(line)]
