"""Addresses joined to people by a person's word: merges, splits, and what became of each.

A confirmed merge, and a split that takes it back, are facts in the ledger; the present state is the
last word on each address. A merge does not move an address away from whoever the roster says it
belongs to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.errors import ConfigError
from byline.people.roster import Person
from byline.people.suggestions import Suggestion, suggest

__all__ = ["MERGE", "SPLIT", "AliasEvent", "Suggestion", "check_merge", "confirmed", "history",
           "merge_places", "suggest"]  # fmt: skip

MERGE, SPLIT = "merge", "split"


@dataclass(frozen=True)
class AliasEvent:
    """One merge or split, as recorded.

    Attributes:
        entry: Its number in the ledger: the order in which things were said.
        recorded: When, as an ISO 8601 time in UTC.
        action: merge | split.
        actor: Who confirmed it; empty where that was not recorded.
        holds: Whether it is the last word on the address.
    """

    entry: int
    recorded: str
    action: str
    email: str
    person: str
    actor: str
    note: str
    holds: bool


def history(events: Iterable[Mapping[str, Any]]) -> tuple[AliasEvent, ...]:
    """Every merge and split in the order of the ledger, from its rows."""
    rows = list(events)
    last = {str(row["email"]).lower(): row["sequence"] for row in rows}
    return tuple(
        AliasEvent(
            entry=row["sequence"],
            recorded=row["recorded"].isoformat(timespec="seconds"),
            action=row["action"],
            email=row["email"],
            person=row["person"],
            actor=row["actor"],
            note=row["note"],
            holds=last[str(row["email"]).lower()] == row["sequence"],
        )
        for row in rows
    )


def merge_places(events: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """For each address its last word's place, as errors name it."""
    places = {
        str(event["email"]).lower(): f"ledger entry {event['sequence']}"
        if event.get("sequence")
        else "the merge asked for"
        for event in events
    }
    return tuple(sorted(places.items()))


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
