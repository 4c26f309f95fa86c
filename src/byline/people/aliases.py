"""Addresses joined to people by a person's word, and suggestions of which to ask about.

A suggestion is never acted on: names alone are no proof of who somebody is. A confirmed merge, and
a split that takes it back, are facts in the ledger; the present state is the last word on each
address. A merge does not move an address away from whoever the roster says it belongs to.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.errors import ConfigError
from byline.people.roster import Person

MERGE, SPLIT = "merge", "split"


@dataclass(frozen=True)
class Suggestion:
    """An address that the roster does not know, and whose it may be.

    Attributes:
        names: The names recorded with it.
        commits: How many commits name it.
        person: The roster id of whoever it may belong to.
        evidence: Why, in words.
    """

    email: str
    names: tuple[str, ...]
    commits: int
    person: str
    evidence: str


def confirmed(events: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The addresses that are merged now, each with its person, from the events in order."""
    state: dict[str, str] = {}
    for event in events:
        email = str(event["email"]).lower()
        if event["action"] == MERGE:
            state[email] = str(event["person"])
        else:
            state.pop(email, None)
    return tuple(sorted(state.items()))


def check_merge(email: str, person: str, *, people: Sequence[Person]) -> None:
    """Refuse a merge that contradicts the roster.

    Raises:
        ConfigError: The person is not in it, or the address is another person's.
    """
    if person not in {one.id for one in people}:
        raise ConfigError(f"{person} is not in the roster", advice="give an id of the roster")
    owner = next((one.id for one in people if email.lower() in one.emails), None)
    if owner is not None and owner != person:
        raise ConfigError(
            f"{email} belongs to {owner} in the roster, not to {person}",
            advice="correct the roster: a merge does not overrule it",
        )


def suggest(
    rows: Iterable[Mapping[str, Any]], *, people: Sequence[Person]
) -> tuple[Suggestion, ...]:
    """Whose the unknown addresses may be, by name and by the part before the ``@``.

    Args:
        rows: Rows of `BYLINES`; those of outsiders are looked at.
        people: The roster.
    """
    names: dict[str, set[str]] = {}
    commits: dict[str, set[str]] = {}
    for row in rows:
        if row["population"] == "outsider":
            email = str(row["email"]).lower()
            names.setdefault(email, set()).add(str(row["name"]))
            commits.setdefault(email, set()).add(str(row["commit"]))
    found = []
    for email in sorted(names):
        for person in people:
            evidence = _evidence(email, names[email], person)
            if evidence:
                found.append(
                    Suggestion(
                        email=email,
                        names=tuple(sorted(names[email])),
                        commits=len(commits[email]),
                        person=person.id,
                        evidence="; ".join(evidence),
                    )
                )
    return tuple(found)


def _evidence(email: str, names: Iterable[str], person: Person) -> list[str]:
    evidence = []
    if person.name and any(_folded(name) == _folded(person.name) for name in names):
        evidence.append("the same full name")
    local = email.partition("@")[0].partition("+")[2] or email.partition("@")[0]
    known = {address.partition("@")[0] for address in person.emails}
    if len(local) >= 5 and local in known:
        evidence.append(f"the same name before the @ ({local})")
    return evidence


def _folded(name: str) -> str:
    """A name without case, accents, dots and the order of its parts."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(
        one if one.isalpha() else " " for one in plain if not unicodedata.combining(one)
    )
    return " ".join(sorted(letters.split()))
