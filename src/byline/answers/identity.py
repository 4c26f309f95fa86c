"""Who a statement is about: what is on record of one person, and of nobody else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq

from byline.errors import InputError
from byline.people.roster import Employment, Person
from byline.release.inputs import Inputs
from byline.release.prepare import Decided
from byline.terms.events import BasisEvent
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal


@dataclass(frozen=True)
class Alias:
    """A name and address in commits that resolved to this person, and how many commits have it."""

    name: str
    email: str
    commits: int


@dataclass(frozen=True)
class Identity:
    """Who somebody is, what they were told, and what they said.

    Attributes:
        population: ``roster`` or ``outsider``.
        aliases: As recorded in commits, as author or co-author.
        said: What they said about uses of their work: consents, objections, pauses and their ends.
    """

    person: str
    name: str | None
    population: str
    emails: tuple[str, ...]
    aliases: tuple[Alias, ...]
    employments: tuple[Employment, ...]
    notices: tuple[Notice, ...]
    objections: tuple[Objection, ...]
    withdrawals: tuple[Withdrawal, ...]
    said: tuple[BasisEvent, ...] = ()


def identity_of(person: str, *, inputs: Inputs, decided: Sequence[Decided]) -> Identity:
    """Who a person is.

    Args:
        person: An id of the roster, or ``email:<address>``.
        inputs: Roster and terms.
        decided: All collected work.

    Raises:
        InputError: Neither the roster nor any commit knows them. No other id is named.
    """
    key = person.lower() if person.startswith("email:") else person
    known = {one.id: one for one in inputs.directory.people}.get(key)
    aliases = _aliases(key, decided)
    if known is None and not (aliases and key.startswith("email:")):
        raise InputError(
            f"nothing is known of {person!r}",
            advice="give an id of the roster, or email:ADDRESS for someone outside it",
        )
    terms = inputs.terms
    return Identity(
        person=key,
        name=known.name if known else None,
        population="roster" if known else "outsider",
        emails=known.emails if known else (key.removeprefix("email:"),),
        aliases=aliases,
        employments=_employments(known),
        notices=tuple(one for one in terms.notices if one.person == key),
        objections=tuple(one for one in terms.objections if one.person == key),
        withdrawals=tuple(one for one in terms.withdrawals if one.person == key),
        said=tuple(
            sorted((one for one in terms.events if one.person == key), key=lambda one: one.at)
        ),
    )


def commits_naming(person: str, decided: Sequence[Decided]) -> set[str]:
    """The commits that name a person, as author or co-author."""
    found: set[str] = set()
    for one in decided:
        for part in one.described.bylines:
            rows = pq.read_table(part.path, columns=["commit"], filters=[("person", "==", person)])
            found.update(rows["commit"].to_pylist())
    return found


def _employments(known: Person | None) -> tuple[Employment, ...]:
    return known.employments if known else ()


def _aliases(person: str, decided: Sequence[Decided]) -> tuple[Alias, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for one in decided:
        for part in one.described.bylines:
            rows = pq.read_table(
                part.path, columns=["name", "email"], filters=[("person", "==", person)]
            )
            counts.update(zip(rows["name"].to_pylist(), rows["email"].to_pylist(), strict=True))
    return tuple(Alias(name, email, count) for (name, email), count in sorted(counts.items()))
