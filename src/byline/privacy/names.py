"""Names, e-mails and handles of people the organisation knows: a closed world, so recall is known.

One Aho-Corasick automaton holds every spelling; word boundaries are checked around each hit. A
first name alone is matched only where the text says that it is a person (``@ann``, ``TODO(ann)``,
``Author: Ann``), because in code it is otherwise as often a word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ahocorasick
import re2

from byline.privacy.spans import Finding, merged

DETECTOR: Final = "byline.names"
VERSION: Final = "1"
HANDLE_LENGTH: Final = 5
"""Local parts of e-mail addresses at least this long are taken for handles."""

MARKED: Final = re2.compile(
    r"(?:@|\b(?:todo|fixme|xxx|hack|note)\s?\(\s?@?|@author:?\s+|\bauthors?\s?[:=]\s*[\"']?"
    r"|\b(?:reviewed|signed-off|acked|tested|reported|suggested|approved|written|maintained)[- ]by"
    r":?\s+|\bco-authored-by:\s+|\b(?:ask|ping|cc|thanks to|talk to|owner:?|maintainer:?|hi|hello"
    r"|dear)\s+@?|\bassignee:?\s+)$"
)
"""What stands before a first name or a handle where a person is meant, in folded text."""

MARK_REACH: Final = 24


@dataclass(frozen=True)
class KnownPerson:
    """What the roster knows of a person.

    Attributes:
        person: Their id.
        names: Full names, as written in the roster and in commits: "Ann Bo Chi".
        emails: Addresses, current and past.
        handles: Account names, without ``@``.
    """

    person: str
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


class NameMatcher:
    """Finds known people in texts. Pickles as its list of people and is rebuilt when loaded.

    Raises:
        ValueError: Never; people without names, addresses and handles simply match nothing.
    """

    def __init__(self, people: Sequence[KnownPerson]) -> None:
        self.people = tuple(people)
        self._automaton = _automaton(self.people)

    def __reduce__(self) -> tuple[type["NameMatcher"], tuple[tuple[KnownPerson, ...]]]:
        return (NameMatcher, (self.people,))

    def find(self, text: str) -> list[Finding]:
        """Find the people in one text: kinds ``name``, ``email`` and ``handle``, no overlaps."""
        if self._automaton is None or not text:
            return []
        folded, places = _fold(text)
        return merged(
            Finding(
                places[start] if places else start,
                places[end] if places else end,
                "personal",
                kind,
                DETECTOR,
                VERSION,
            )
            for start, end, kind in self._hits(folded)
        )

    def _hits(self, folded: str) -> Iterator[tuple[int, int, str]]:
        for last, (length, kind, marked) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            if _is_word(folded, start, end, kind) and (not marked or _is_marked(folded, start)):
                yield start, end, kind


def _automaton(people: Sequence[KnownPerson]) -> Any:
    """The automaton over folded spellings, or None when there is nothing to find.

    Each spelling leads to (length, kind, whether it counts only where a person is meant).
    """
    spellings: dict[str, tuple[str, bool]] = {}
    for person in people:
        for spelling, kind, marked in _spellings(person):
            folded = _fold(spelling)[0]
            known = spellings.get(folded)
            if folded and (known is None or (known[1] and not marked)):
                spellings[folded] = (kind, marked)
    if not spellings:
        return None
    automaton = ahocorasick.Automaton()
    for folded in sorted(spellings):
        kind, marked = spellings[folded]
        automaton.add_word(folded, (len(folded), kind, marked))
    automaton.make_automaton()
    return automaton


def _spellings(person: KnownPerson) -> Iterator[tuple[str, str, bool]]:
    """Every spelling of one person: text, kind, whether it needs a mark before it."""
    for email in person.emails:
        yield email.strip(), "email", False
        local = email.partition("@")[0].strip()
        if len(local) >= HANDLE_LENGTH:
            yield local, "handle", True
    for handle in person.handles:
        yield handle.strip().lstrip("@"), "handle", True
    for name in person.names:
        parts = name.split()
        if len(parts) < 2:
            yield name.strip(), "name", True
            continue
        yield from _full_names(parts)
        if len(parts[0]) >= 2:
            yield parts[0].strip("."), "name", True


def _full_names(parts: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Spellings of a full name: "Ann Bo Chi", "Ann Chi", "A. Chi", "Chi, Ann", "ann.chi"."""
    first, last = parts[0], parts[-1]
    yield " ".join(parts), "name", False
    if len(last) < 2 or len(first.strip(".")) < 2:
        return
    yield f"{first} {last}", "name", False
    yield f"{first[0]}. {last}", "name", False
    yield f"{last}, {first}", "name", False
    if len(first) + len(last) >= 7:
        yield f"{first}.{last}", "name", False
        yield f"{first}_{last}", "name", False


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Case-folded `text`, and for each of its offsets the one in `text`; None if they are equal."""
    if text.isascii():
        return text.lower(), None
    folded = text.casefold()
    if len(folded) == len(text) and all(len(one.casefold()) == 1 for one in set(text)):
        return folded, None
    pieces = [one.casefold() for one in text]
    places = [at for at, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*places, len(text)]


def _is_word(text: str, start: int, end: int, kind: str) -> bool:
    """Whether no letter, digit or joining character continues the spelling on either side."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() or after.isalnum():
        return False
    if kind == "email":
        return before not in {".", "_", "+", "%"} and not (
            after in {".", "-"} and text[end + 1 : end + 2].isalnum()
        )
    return before != "_" and after != "_"


def _is_marked(text: str, start: int) -> bool:
    """Whether the words before say that a person follows."""
    return MARKED.search(text[max(0, start - MARK_REACH) : start]) is not None
