"""People who stand alike: told the same notices in time, though perhaps on other days.

The day on which somebody was told stands in the words of a decision, and what is decided depends on
no more than its place among the days that count. So a case is decided once for all who stand alike,
with blanks for days and for the ids of objections, and the blanks are filled in for each person.

Invariant: filled in, the words are those that a decision for that person alone would have.
"""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from byline.terms.arranged import Arranged
from byline.terms.notices import Notice, version_order
from byline.terms.sayings import Saying, profile

BLANK: Final = "\0"
_OBJECTION: Final = "objection "


class Blank(dt.date):
    """A day that counts as itself and is written as a blank with a number."""

    number: int

    def __new__(cls, day: dt.date, number: int) -> Self:
        """The day, with the number of its blank."""
        blank = super().__new__(cls, day.year, day.month, day.day)
        blank.number = number
        return blank

    def __str__(self) -> str:
        return blank_of(self.number)

    def __format__(self, _: str) -> str:
        return blank_of(self.number)


def blank_of(number: int) -> str:
    """The mark of a blank; no text that people wrote has its character."""
    return f"{BLANK}{number}{BLANK}"


@dataclass(frozen=True, slots=True)
class Alike:
    """Terms with blanks.

    Attributes:
        terms: The terms for one person of each group, with blanks.
        group: By a representative of `Arranged.people`, who stands for them in `terms`.
        words: By the same, what to write in the blanks, by number.
        days: By the same, the days of the notices that must come before writing, in order.
    """

    terms: Arranged
    group: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    days: Mapping[str, tuple[dt.date, ...]]


def stand_alike(terms: Arranged) -> Alike:
    """Find out who stands alike.

    Args:
        terms: The terms, arranged; people of whom they know nothing need no blanks.
    """
    people = sorted(set(terms.people.values()))
    served = _servings(terms, people)
    before = {t.clause.needs_notice for t in terms.clauses if t.clause.notice_before != "use"}
    waits = {0, *(t.clause.wait_days for t in terms.clauses)}
    limits = sorted(terms.as_of - dt.timedelta(days) for days in waits)
    named = {person for term in terms.clauses for person in term.clause.who.people}
    first: dict[Hashable, str] = {}
    group, words, days = {}, {}, {}
    sayings: dict[str, tuple[Saying, ...]] = {}
    for person in people:
        mine = served.get(person, [])
        said, objection = _without_id(terms.sayings.get(person, ()), number=len(mine))
        standing = (
            person if person in named else "",
            _marks(mine, limits),
            profile(said, as_of=terms.as_of),
            tuple(hold.id for hold in terms.holds.get(person, ())),
        )
        group[person] = first.setdefault(standing, person)
        words[person] = (*(str(each.served) for each in mine), objection)
        days[person] = tuple(each.served for each in mine if each.notice in before)
        if group[person] == person:
            sayings[person] = said
    chosen = set(group.values())
    return Alike(
        terms=replace(
            terms,
            served={
                key: each for one in chosen for key, each in _blanked(one, served.get(one, []))
            },
            sayings={person: said for person, said in sayings.items() if said},
        ),
        group=group,
        words=words,
        days=days,
    )


def _servings(terms: Arranged, people: Iterable[str]) -> dict[str, list[Notice]]:
    """Everything each person was served, in the order of days."""
    wanted = set(people)
    found: defaultdict[str, list[Notice]] = defaultdict(list)
    for (person, _), notices in terms.served.items():
        if person in wanted:
            found[person] += notices
    for notices in found.values():
        notices.sort(key=lambda each: (each.served, each.notice, version_order(each.version), each))
    return found


def _marks(served: Sequence[Notice], limits: Sequence[dt.date]) -> tuple[Hashable, ...]:
    """What decisions can tell of servings: their order, and on which side of each limit they lie.

    A serving on the day of the one before it is marked, because no writing lies between the two.
    """
    days = [None, *(each.served for each in served)]
    return tuple(
        (one.notice, one.version, bisect_left(limits, one.served), one.served == previous)
        for one, previous in zip(served, days, strict=False)
    )


def _blanked(
    person: str, served: Sequence[Notice]
) -> Iterable[tuple[tuple[str, str], list[Notice]]]:
    found: defaultdict[tuple[str, str], list[Notice]] = defaultdict(list)
    for number, one in enumerate(served):
        blank = replace(one, served=Blank(one.served, number))
        found[person, one.notice].append(blank)
    return found.items()


def _without_id(said: Sequence[Saying], *, number: int) -> tuple[tuple[Saying, ...], str]:
    """Sayings with a blank for the id of an objection, and what belongs there.

    Several ids are left as they are: their order in the words depends on what they are.
    """
    ids = {each.name for each in said if each.name.startswith(_OBJECTION)}
    if len(ids) != 1:
        return tuple(said), ""
    [name] = ids
    blank = blank_of(number)
    return tuple(replace(one, name=blank) if one.name == name else one for one in said), name


def filled(text: str | None, words: Sequence[str]) -> str | None:
    """A text with its blanks filled in."""
    if text is None or BLANK not in text:
        return text
    parts = text.split(BLANK)
    parts[1::2] = (words[int(number)] for number in parts[1::2])
    return "".join(parts)
