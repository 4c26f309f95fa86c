"""Holds as the ledger records them: each placing and each release is a row, the present is a fold.

Invariants: a hold is named by a hash of what it says, so that placing it twice is one hold; a
release counts only after the placing and from its own day on; of what is written twice the first
counts. A custodian is a name with the public key that work under the hold is sealed to.
"""

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.errors import UsageError
from byline.terms.holds import Hold

PLACED: Final = "placed"
RELEASED: Final = "released"
KEY_PREFIX: Final = "x25519:"
_WITH_KEY: Final = re.compile(r"(?P<name>.*\S) <x25519:(?P<key>[A-Za-z0-9+/]{43}=)>")


@dataclass(frozen=True)
class Custodian:
    """Who may open what a hold keeps.

    Attributes:
        public_key: An X25519 public key, 32 bytes (RFC 7748); None where none was given, and then
            nothing can be sealed under the hold.
    """

    name: str
    public_key: bytes | None = None

    def __str__(self) -> str:
        """The custodian as the ledger records them: ``NAME <x25519:BASE64>``."""
        return f"{self.name} <{key_text(self.public_key)}>" if self.public_key else self.name


def custodian_of(text: str) -> Custodian:
    """The custodian that a hold names."""
    found = _WITH_KEY.fullmatch(text)
    if found is None:
        return Custodian(text)
    return Custodian(found["name"], read_key_text(KEY_PREFIX + found["key"]))


def key_text(public_key: bytes) -> str:
    """A public key as people hand it on: ``x25519:`` and base64."""
    return KEY_PREFIX + base64.b64encode(public_key).decode()


def read_key_text(text: str) -> bytes:
    """The public key of a text.

    Raises:
        UsageError: It is none.
    """
    try:
        key = base64.b64decode(text.removeprefix(KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(KEY_PREFIX) or len(key) != 32:
        raise UsageError(
            f"{text!r} is not a custodian's public key",
            advice="`byline hold key --out FILE` makes a pair and prints the public key, x25519:…",
        )
    return key


def placing(
    *,
    matter: str,
    people: Sequence[str],
    repositories: Sequence[str],
    custodian: Custodian,
    at: dt.date,
    note: str = "",
) -> dict[str, Any]:
    """The row that places a hold.

    Raises:
        UsageError: It has no matter or custodian, or speaks about nobody's work.
    """
    if not matter.strip():
        raise UsageError("a hold needs its matter", advice="--matter 'Doe v. Harbour, 26-cv-1'")
    if not people and not repositories:
        raise UsageError(
            "a hold on everything is not placed by leaving words out",
            advice="name people with --person or repositories with --repository",
        )
    if not custodian.name.strip() or re.search(r"[<>\x00-\x1f]", custodian.name):
        raise UsageError(
            "a hold needs the name of its custodian, without angle brackets",
            advice="--custodian 'General Counsel'",
        )
    said = {
        "matter": matter.strip(),
        "people": sorted(set(people)),
        "repositories": sorted(set(repositories)),
        "custodian": str(custodian),
        "at": at.isoformat(),
    }
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return {"hold": f"hold_{digest[:16]}", "action": PLACED, **said, "note": note}


def releasing(hold: Hold, *, at: dt.date, note: str = "") -> dict[str, Any]:
    """The row that releases a hold.

    Raises:
        UsageError: It would end before it began.
    """
    if at < hold.placed:
        raise UsageError(f"{hold.id} was placed on {hold.placed}, later than {at}")
    return {
        "hold": hold.id,
        "action": RELEASED,
        "matter": hold.matter,
        "people": list(hold.people),
        "repositories": list(hold.repositories),
        "custodian": hold.custodian,
        "at": at.isoformat(),
        "note": note,
    }


def holds_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Hold, ...]:
    """Every hold on record, in order of id, those that were released with their day."""
    ends: dict[str, dt.date] = {}
    placed: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["action"] == PLACED:
            placed.setdefault(row["hold"], row)
        elif row["action"] == RELEASED:
            day = dt.date.fromisoformat(row["at"])
            ends[row["hold"]] = min(day, ends.get(row["hold"], day))
    return tuple(
        Hold(
            id=identity,
            matter=row["matter"],
            placed=dt.date.fromisoformat(row["at"]),
            people=tuple(row["people"]),
            repositories=tuple(row["repositories"]),
            released=ends.get(identity),
            custodian=row["custodian"],
        )
        for identity, row in sorted(placed.items())
    )


def standing_holds(holds: Iterable[Hold], *, as_of: dt.date) -> tuple[Hold, ...]:
    """The holds that stand on a day."""
    return tuple(hold for hold in holds if hold.stands(as_of))
