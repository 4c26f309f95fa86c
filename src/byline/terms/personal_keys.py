"""Whose personal keys count: a fold over the ledger's table `person_keys`.

Invariant: a key that was revoked or replaced never counts again, whatever is signed with it and
whatever date it bears.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

KeyAction = Literal["issued", "replaced", "revoked"]
ENDED = frozenset({"replaced", "revoked"})


@dataclass(frozen=True)
class IssuedKey:
    """One personal key as it stands.

    Attributes:
        issued: The instant (UTC) at which it was issued.
        ended: The instant at which it was replaced or revoked, or None while it counts.
        action: The last thing that happened to it.
    """

    public_key: str
    issued: dt.datetime
    ended: dt.datetime | None
    action: KeyAction


def keys_of(rows: Iterable[Mapping[str, Any]], person: str) -> tuple[IssuedKey, ...]:
    """A person's keys in the order of their issue, from rows in the ledger's order."""
    found: dict[str, IssuedKey] = {}
    for row in rows:
        if row["person"] != person:
            continue
        at, known = dt.datetime.fromisoformat(row["at"]), found.get(row["public_key"])
        if row["action"] == "issued" and known is None:
            found[row["public_key"]] = IssuedKey(row["public_key"], at, None, "issued")
        elif row["action"] in ENDED and known is not None and known.ended is None:
            found[known.public_key] = IssuedKey(known.public_key, known.issued, at, row["action"])
    return tuple(found.values())


def counting_keys(rows: Iterable[Mapping[str, Any]], person: str) -> tuple[str, ...]:
    """The public keys whose signatures count for a person now."""
    return tuple(one.public_key for one in keys_of(rows, person) if one.ended is None)


def key_row(
    person: str, public_key: str, *, action: KeyAction, at: dt.datetime, note: str = ""
) -> dict[str, Any]:
    """A fact about a key as a row of `person_keys`."""
    return {
        "person": person,
        "public_key": public_key,
        "action": action,
        "at": at.astimezone(dt.UTC).isoformat(),
        "note": note,
    }
