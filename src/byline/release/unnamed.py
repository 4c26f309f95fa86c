"""Words of the organisation's own that must name nobody, because the log is for everybody to read.

An agreement or an assessment may be called after the person whom it is about. Invariant: what
stands in its place is the beginning of a hash of its content, never one of its name, which could be
guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from byline.privacy.names import KnownPerson, NameMatcher

DIGITS: Final = 16  # of the hash
NAME_LENGTH: Final = 3  # letters; shorter parts of names are too often words of something else
LONG_NAME: Final = 5  # letters that are looked for inside of words, as in "consent-smithj"
_SPELLED_OUT: Final = re.compile("([aouAOU])\N{COMBINING DIAERESIS}")  # Mueller
_APOSTROPHE: Final = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]")
_WORD: Final = re.compile(r"[^\W\d_]+")


def naming(known: Sequence[KnownPerson]) -> Callable[[str], bool]:
    """Whether a word of the organisation's own names one of these people.

    It does where it has their id, an account, an address or what stands before its @, or any part
    of a name of theirs by itself: a surname is enough, with its accents or without, and a long one
    also inside of another word. So a word that only looks like a name gives way too, which costs
    nothing.
    """
    matcher = NameMatcher(known)
    accounts = {_folded(account) for one in known for account in _accounts(one)} - {""}
    parts = {
        part
        for one in known
        for name in one.names
        for spelled in _spellings(name)
        for part in _WORD.findall(_folded(spelled))
        if len(part) >= NAME_LENGTH
    }
    long = tuple(part for part in parts if len(part) >= LONG_NAME)

    def names(word: str) -> bool:
        folded = _folded(word)
        return (
            not parts.isdisjoint(_WORD.findall(folded))
            or any(part in folded for part in long)
            or bool(matcher.find(word))
            or any(_stands_in(one, folded) for one in accounts)
        )

    return names


def _spellings(name: str) -> tuple[str, ...]:
    """A name as it is, with Mueller for Müller, and with O Neil for O'Neil."""
    apart = unicodedata.normalize("NFD", name)
    return name, _SPELLED_OUT.sub(r"\1e", apart), _APOSTROPHE.sub(" ", name)


def _accounts(one: KnownPerson) -> Iterator[str]:
    """What a person goes by in systems."""
    yield one.person
    for name in (*one.handles, *(email.partition("@")[0] for email in one.emails)):
        if len(name.strip("@ ")) >= NAME_LENGTH:
            yield name.strip("@ ")


def _folded(text: str) -> str:
    """Without case, accents, apostrophes and other ways to write the same letters."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(
        one for one in apart if not unicodedata.combining(one) and not _APOSTROPHE.match(one)
    )


def unnamed(word: str, sha256: str, names: Callable[[str], bool]) -> str:
    """A word, or the beginning of a hash in its place where it names somebody."""
    return f"sha256-{sha256[:DIGITS]}" if names(word) else word


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word of its own."""
    at = text.find(name)
    while at >= 0:
        around = text[max(0, at - 1) : at] + text[at + len(name) : at + len(name) + 1]
        if not any(letter.isalnum() for letter in around):
            return True
        at = text.find(name, at + 1)
    return False
