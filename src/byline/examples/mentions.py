"""How a thread calls its people: ``user_1``, ``user_2``, …, the same person the same everywhere.

Replaced are @mentions, Jira's ``[~account]``, account names, addresses, full and first names of
whoever takes part, and mentions of anybody else: whoever is only spoken of has not been asked at
all. In code only an exact mention of a known account is replaced, because ``@property`` is no
person. First names that are words (`WORDS`) are replaced only where a greeting or a comma shows
that somebody is meant.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from byline.examples.text_cuts import Cut, Ranges

MENTION: Final = re.compile(
    r"(?<![\w.@/])@(?P<login>[A-Za-z0-9](?:[\w.-]{0,60}[A-Za-z0-9])?(?:\[bot\])?)(?![\w(/]|[.-]\w)"
)
KNOWN: Final = re.compile(r"@(?P<login>[A-Za-z0-9][\w-]{0,60})(?![\w-]|\.\w)")
JIRA: Final = re.compile(r"\[~(?P<login>[\w.:@-]{1,80})\]")
WORD: Final = re.compile(r"(?<![\w@.-])[^\W_][\w-]{1,60}(?![\w@])")
START: Final = re.compile(r"(?<!\w)\w+")
MANY: Final = 64
"""So many full names that begin alike are told apart in one thread."""
GREETS: Final = re.compile(r"(?i)(?:^|\b(?:hi|hey|hello|dear|thanks|thank you|cc|ping|as|per))\s*$")
NOT_PEOPLE_WORDS: Final = """
    abstract after all any author before bean bug charset class component const contextmanager
    controller css dataclass dataclasses default defer deprecated entity example exception export
    final fixture functools generated generator given here host id ignore implements import include
    inheritdoc inject interface internal jit keyframes link lru_cache media mock module nonnull
    notnull nullable observable override overload package page param params parameter parametrize
    patch plugin pragma private property protected public pytest readonly ref requires rest return
    returns root safevarargs see service setter since slot someone staticmethod classmethod summary
    supports suppress suppresswarnings template test testing this throws time todo transactional
    trusted tslint type typedef types unittest use value var version virtual volatile wraps
    """
NOT_PEOPLE: Final = frozenset(NOT_PEOPLE_WORDS.split())
"""What follows an at-sign in code that nobody marked as code."""
WORDS_LISTED: Final = """
    able ace amber angel april art august autumn basil bill buck chance chase chip christian clay
    cliff colt crystal daisy dart dawn dean drew duke earl faith forest frank gene grace grant grey
    guy hazel heath heather holly hope hunter iris ivy jade jasper joy julia june lance lane lily
    major mark mason max may melody miles nick norm olive opal page pat patience pearl penny pepper
    pierce python rand ray reed rich rob robin rock rod rose ruby rusty sage sandy scout skip sky
    sterling stew stone sue summer trip van violet wade ward will winter word young
    """
WORDS: Final = frozenset(WORDS_LISTED.split())
"""First names and logins that are words of English or of programming, in lower case."""


@dataclass
class Names:
    """The names of one thread, given out in the order in which they are asked for.

    Attributes:
        known: Account names that are known anywhere, in lower case.
    """

    known: Collection[str] = frozenset()
    _given: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)  # account in lower case: person
    _full: dict[str, str] = field(default_factory=dict)  # full name or address, in lower case
    _first: dict[str, str] = field(default_factory=dict)  # first name, as written
    _by_start: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], person: str | None) -> str:
        """Somebody who takes part; the same person may come with several accounts.

        Args:
            row: Of `PARTS` or `PATCHSETS`.
            person: Who it is, where that is known.
        """
        account, name = row["account"], " ".join((row["name"] or "").split())
        key = person or account or name or row["email"]
        if not key:
            return ""
        if account:
            self._keys.setdefault(account.lower(), key)
        if len(name.split()) > 1:
            self._add_full(name.lower(), key)
        first = name.partition(" ")[0]
        if len(first) >= 3 and first[0].isupper():
            self._first.setdefault(first, key)
        if row["email"]:
            self._add_full(row["email"].lower(), key)
        return self.of(key)

    def key(self, row: Mapping[str, Any]) -> str | None:
        """Whose a row's account is, where they take part under it."""
        return self._keys.get((row["account"] or "").lower())

    @property
    def given(self) -> Mapping[str, str]:
        """The names given out, by person or account."""
        return dict(self._given)

    def of(self, key: str) -> str:
        """How the thread calls a person or an account."""
        return self._given.setdefault(key, f"user_{len(self._given) + 1}")

    def mentioned(self, login: str) -> str:
        """How the thread calls an account that is mentioned."""
        return self.of(self._keys.get(login.lower(), f"@{login.lower()}"))

    def cuts(self, text: str, code: Ranges) -> list[Cut]:
        """What to replace in a text."""
        return [
            *self.mentions(text, code), *self._names(text, code), *self._words(text, code)
        ]  # fmt: skip

    def mentions(self, text: str, code: Ranges) -> list[Cut]:
        """Where a text mentions accounts, and what stands there instead."""
        return list(self._mentions(text, code))

    def _mentions(self, text: str, code: Ranges) -> Iterator[Cut]:
        for pattern in (MENTION, KNOWN, JIRA):
            for one in pattern.finditer(text):
                login = one["login"]
                known = login.lower() in self._keys or login.lower() in self.known
                if not known and (
                    pattern is KNOWN or code.holds(one.start()) or login.lower() in NOT_PEOPLE
                ):
                    continue
                yield Cut(one.start(), one.end(), f"@{self.mentioned(login)}")

    def _names(self, text: str, code: Ranges) -> Iterator[Cut]:
        if not self._full:
            return
        for one in START.finditer(text):
            for name in self._by_start.get(one[0].lower(), ()):
                end = one.start() + len(name)
                ends = not text[end : end + 1].isalnum()
                if ends and text[one.start() : end].lower() == name:
                    if not code.holds(one.start()):
                        yield Cut(one.start(), end, self.of(self._full[name]))
                    break

    def _add_full(self, name: str, key: str) -> None:
        start = START.match(name)
        if start is None or name in self._full:
            return
        self._full[name] = key
        names = self._by_start.setdefault(start[0], [])
        if len(names) < MANY:
            names.append(name)
            names.sort(key=len, reverse=True)

    def _words(self, text: str, code: Ranges) -> Iterator[Cut]:
        for one in WORD.finditer(text):
            key = self._meant(one[0], text, one.start(), one.end())
            if key is not None and not code.holds(one.start()):
                yield Cut(one.start(), one.end(), self.of(key))

    def _meant(self, word: str, text: str, start: int, end: int) -> str | None:
        """Who is meant by a word, or None."""
        lower = word.lower()
        first = self._first.get(word)
        if first is not None and (lower not in WORDS or _is_addressed(text, start, end)):
            return first
        if lower in self._keys and word == lower and lower not in WORDS and len(word) >= 3:
            return self._keys[lower]
        if lower in self.known and not word.isalpha() and not word.isdigit():
            return self._keys.get(lower, f"@{lower}")
        return None


def _is_addressed(text: str, start: int, end: int) -> bool:
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - 24) : start]
    begins = not before.strip()
    return bool(before.strip() and GREETS.search(before)) or (
        begins and text[end : end + 1] in (",", ":")
    )
