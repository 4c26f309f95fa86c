"""Bylines: for each commit, everyone it names as author, joined to who they are and were then.

A recorded author is a claim by whoever made the commit. It is resolved in this order: the
organisation's mailmap, the roster by address, merges that somebody confirmed, known AI and bot
accounts. An address that none of them knows is an ``outsider``; an identity without a usable
address is ``unknown``.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from byline.people.accounts import population
from byline.people.mailmap import Mapping, apply_mailmap
from byline.people.roster import Person, standing
from byline.workspace.files import sha256_text

VERSION = "2"
BYLINES = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # as recorded
        pa.field("email", pa.string(), nullable=False),  # as recorded
        pa.field("role", pa.string(), nullable=False),  # author | co-author
        pa.field("person", pa.string()),  # roster id; "email:<address>" for an outsider
        pa.field("population", pa.string(), nullable=False),  # roster|outsider|bot|ai|unknown
        pa.field("employment", pa.string(), nullable=False),
        pa.field("worker_type", pa.string()),
        pa.field("country", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("left", pa.date32()),
        pa.field("authored", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("authorship", pa.string(), nullable=False),
    ]
)
IDENTITY = re.compile(r"^\s*(?P<name>[^<]*?)\s*<(?P<email>[^>]*)>\s*$")
CO_AUTHOR = "co-authored-by"
# A squashed commit carries the trailers of its parts in the middle, where git sees none.
CO_AUTHOR_LINE = re.compile(
    r"^[ \t>*-]*co-?authored[ -]by[ \t]*:[ \t]*(?P<who>\S.*)$", re.IGNORECASE | re.MULTILINE
)
ASSISTED = frozenset({"assisted-by", "generated-by", "ai-assisted-by", "x-generated-by"})


@dataclass(frozen=True)
class Directory:
    """Everything that identities are resolved against."""

    people: tuple[Person, ...] = ()
    mailmap: tuple[Mapping, ...] = ()
    bots: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()  # address and person, confirmed by somebody

    @property
    def digest(self) -> str:
        """A digest of what is known."""
        return sha256_text(
            VERSION, repr(self.people), repr(self.mailmap), repr(self.bots),
            repr(self.aliases),
        )  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """Who an alias is."""

    person: Person | None
    key: str | None
    population: str


def bylines(commits: pa.Table, *, directory: Directory) -> pa.Table:
    """`BYLINES` of a table of commits, ordered by commit, author first."""
    resolve = resolver(directory)
    columns = ["commit", "author_name", "author_email", "author_time", "message", "trailers"]
    rows = [row for commit in commits.select(columns).to_pylist() for row in _rows(commit, resolve)]
    return pa.Table.from_pylist(rows, schema=BYLINES)


def resolver(directory: Directory) -> Any:
    """A function ``(name, email) -> Identity`` over a directory."""
    by_id = {person.id: person for person in directory.people}
    merged = {email: by_id[person] for email, person in directory.aliases if person in by_id}
    by_email = {
        **merged,
        **{email: person for person in directory.people for email in person.emails},
    }

    @cache
    def resolve(name: str, email: str) -> Identity:
        proper_name, proper_email = apply_mailmap(directory.mailmap, name, email)
        address = proper_email.strip().lower()
        person = by_email.get(address)
        if person is not None:
            return Identity(person, person.id, "roster")
        machine = population(proper_name, proper_email, bots=directory.bots)
        if machine:
            return Identity(None, f"{machine}:{address or proper_name.lower()}", machine)
        if "@" not in address:
            return Identity(None, None, "unknown")
        return Identity(None, f"email:{address}", "outsider")

    return resolve


def _rows(commit: dict[str, Any], resolve: Any) -> Iterator[dict[str, Any]]:
    """The author's row, then one for each other person or account that a trailer names."""
    named = list(_named(commit))
    identities = [(role, name, email, resolve(name, email)) for role, name, email in named]
    authorship = _authorship(commit, [identity for *_, identity in identities])
    seen: set[str] = set()
    for role, name, email, identity in identities:
        mark = identity.key or f"{name} <{email}>"  # two unknowns are two people
        if mark in seen and role != "author":
            continue
        if role != "author" and identity.population in ("ai", "bot"):
            continue  # an AI co-author is no person: it shows in `authorship`
        seen.add(mark)
        yield {
            "commit": commit["commit"],
            "name": name,
            "email": email,
            "role": role,
            "person": identity.key,
            "population": identity.population,
            "authored": commit["author_time"],
            "authorship": authorship,
            **_employment(identity, commit["author_time"]),
        }


def _named(commit: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "author", commit["author_name"], commit["author_email"]
    trailers = [one["value"] for one in commit["trailers"] if one["key"].lower() == CO_AUTHOR]
    lines = [found["who"] for found in CO_AUTHOR_LINE.finditer(commit["message"])]
    for value in dict.fromkeys(value.strip() for value in (*trailers, *lines)):
        if value:
            match = IDENTITY.match(value)
            # Whoever is named without a readable address is still somebody: an unknown one.
            yield "co-author", *((match["name"], match["email"]) if match else (value, ""))


def _authorship(commit: dict[str, Any], identities: Sequence[Identity]) -> str:
    """``ai`` or ``mixed`` where something says so; never assumed to be human."""
    if identities[0].population == "ai":
        return "mixed" if any(i.population in ("roster", "outsider") for i in identities) else "ai"
    assisted = any(trailer["key"].lower() in ASSISTED for trailer in commit["trailers"])
    if assisted or any(identity.population == "ai" for identity in identities[1:]):
        return "mixed"
    return "unknown"


def _employment(identity: Identity, authored: dt.datetime) -> dict[str, Any]:
    if identity.person is None:
        return {"employment": "none"}
    then = standing(identity.person, authored.astimezone(dt.UTC).date())
    return {
        "employment": then.state,
        "worker_type": then.employment.worker_type,
        "country": then.employment.country,
        "unit": then.employment.unit,
        "left": identity.person.left,
    }
