"""Words of the organisation's own that must name nobody, because the log is for everybody to read.

An agreement or an assessment may be called after the person whom it is about. Invariant: what
stands in its place is the beginning of a hash of its content, never one of its name, which could be
guessed.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from byline.privacy.names import KnownPerson, NameMatcher

DIGITS: Final = 16  # of the hash
NAME_LENGTH: Final = 3  # letters; shorter parts of names are too often words of something else
_WORD: Final = re.compile(r"[^\W\d_]+")


def naming(known: Sequence[KnownPerson]) -> Callable[[str], bool]:
    """Whether a word of the organisation's own names one of these people.

    It does where it has their id, an address, or any part of a name of theirs by itself: a surname
    is enough. So a word that only looks like a name gives way too, which costs nothing.
    """
    matcher = NameMatcher(known)
    ids = [one.person.casefold() for one in known]
    parts = {
        part.casefold()
        for one in known
        for name in one.names
        for part in _WORD.findall(name)
        if len(part) >= NAME_LENGTH
    }

    def names(word: str) -> bool:
        folded = word.casefold()
        has_part = not parts.isdisjoint(_WORD.findall(folded))
        return has_part or bool(matcher.find(word)) or any(_stands_in(one, folded) for one in ids)

    return names


def unnamed(word: str, sha256: str, names: Callable[[str], bool]) -> str:
    """A word, or the beginning of a hash in its place where it names somebody."""
    return f"sha256-{sha256[:DIGITS]}" if names(word) else word


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word of its own."""
    at = text.find(name) if name else -1
    while at >= 0:
        around = text[max(0, at - 1) : at] + text[at + len(name) : at + len(name) + 1]
        if not any(letter.isalnum() for letter in around):
            return True
        at = text.find(name, at + 1)
    return False
