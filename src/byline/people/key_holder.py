"""Whether the holder of a key that made a good signature is the author whom the commit names.

A key's holder is whom the organisation names for it: addresses, resolved like any alias on the day
of authorship, or ids of the roster. A key that leaves open who it is, because a wildcard stands in
the name before the ``@`` or because it names two people of the roster, proves of nobody in
particular that they wrote a commit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from byline.people.allowed_signers import is_open, matches
from byline.people.identities import Directory, Identity, Resolver

FORGES = frozenset({"noreply@github.com", "noreply@gitlab.com"})
"""Addresses in whose name forges sign the merges and edits that people make in a browser."""
FORGE_KEYS = frozenset({"4AEE18F83AFDEB23", "B5690EEEBB952194"})
"""Ids of keys that forges publish for that: GitHub's until January 2024, and since."""


@dataclass(frozen=True)
class Author:
    """Whom a commit names as its author, resolved.

    Attributes:
        key: As `BYLINES` names people; None for nobody known.
        population: roster | outsider | bot | ai | unknown.
        day: The day of authorship, in days since 1970.
    """

    email: str
    key: str | None
    population: str
    day: int


class Verification(NamedTuple):
    """What a commit's signature proves; see `VERIFICATIONS`."""

    state: str
    detail: str
    fingerprint: str | None = None
    principal: str | None = None
    signer: str | None = None
    holder: str | None = None


class GoodSignature(NamedTuple):
    """A signature that verifies, by a key that the organisation lists.

    Attributes:
        principals: Patterns of whom its key stands for, each list by itself.
        valid: Whether it was valid at the commit's time.
        reason: Why not.
    """

    fingerprint: str
    principals: tuple[tuple[str, ...], ...]
    valid: bool
    reason: str = ""


class Holders:
    """Resolves the holders of keys.

    Args:
        directory: What principals are resolved against, as authors were.
    """

    def __init__(self, directory: Directory) -> None:
        self._roster = frozenset(person.id for person in directory.people)
        # The index of a large roster is only made where a key names somebody.
        self._resolver = cache(lambda: Resolver(directory))
        self._days = cache(lambda address: self._resolver().resolve("", address))

    def against(self, good: GoodSignature, author: Author) -> Verification:
        """A good signature, held against the author whom the commit names."""
        holders = {
            name: self._person(name, author.day)
            for patterns in good.principals
            for name in _names(patterns)
        }
        first = next(iter(holders), None) or ",".join(good.principals[0] or ("nobody",))
        people = {person for person in holders.values() if person in self._roster}
        is_shared = len(people) > 1 or any(is_open(one) for one in _given(good.principals))
        if is_shared:
            first = ",".join(dict.fromkeys(_given(good.principals)))
        signer = None if is_shared else next((one for one in holders.values() if one), None)
        found = Verification("mismatch", "", good.fingerprint, first, signer)
        if not good.valid:
            return found._replace(state="expired", detail=good.reason)
        if is_shared:
            return found._replace(holder="shared", detail=f"the key stands for several: {first}")
        if any(name.casefold() in FORGES for name in holders):
            return found._replace(holder="forge", detail="a forge signed it, not its author")
        if self._is_author(good, holders, author):
            return found._replace(state="verified", holder="author", detail="the author signed it")
        names = "another author" if author.key else "no author that can be relied on"
        return found._replace(holder="other", detail=f"it names {names}; {first} signed it")

    def _is_author(
        self, good: GoodSignature, holders: Mapping[str, str | None], author: Author
    ) -> bool:
        if author.key is None:
            return False
        named = any(matches(author.email, patterns) for patterns in good.principals)
        if author.population == "roster":
            # A pattern such as ada@* names an address that no literal principal resolves.
            return author.key in holders.values() or (named and not self._people(holders))
        return author.key in holders.values() or named

    def _people(self, holders: Mapping[str, str | None]) -> bool:
        return any(person in self._roster for person in holders.values())

    def _person(self, principal: str, day: int) -> str | None:
        """The person of a principal on a day, named as `BYLINES` names people."""
        if principal in self._roster:
            return principal
        since: Identity | None = None
        for one in self._days(principal):
            if one.day <= day:
                since = one.identity
        return since.key if since else None


def _names(patterns: Sequence[str]) -> Iterator[str]:
    """The principals that a list names outright, and does not take away again."""
    for one in patterns:
        if not one.startswith("!") and not set("*?") & set(one) and matches(one, patterns):
            yield one


def _given(principals: Sequence[Sequence[str]]) -> Iterator[str]:
    return (one for patterns in principals for one in patterns if not one.startswith("!"))
