"""Leavings as the ledger records them, and the roster with them in it.

Invariants: the last telling of a leaving stands; a recorded leaving reaches decisions whether or
not the roster's own file says it yet, and only ever brings a last day forward.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from byline.people.roster import Employment, Person
from byline.terms.separations import Choice, Mark, Separation


def separations_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Separation, ...]:
    """Every leaving on record as it stands, by person and employment, from rows of `separations`.

    The last telling stands; of two at one instant, the one with the earlier last day.
    """
    tellings: defaultdict[str, list[Separation]] = defaultdict(list)
    for row in rows:
        tellings[row["separation"]].append(_separation(row))
    found = []
    for told in tellings.values():
        last = max(told, key=lambda one: (one.told, -one.effective.toordinal(), one))
        found.append(replace(last, told=min(one.told for one in told)))
    return tuple(sorted(found, key=lambda one: (one.person, one.start, one.id)))


def _separation(row: Mapping[str, Any]) -> Separation:
    detail = row["detail"]
    return Separation(
        id=row["separation"],
        batch=row["batch"],
        person=row["person"],
        kind=row["kind"],
        start=dt.date.fromisoformat(detail["start"]),
        effective=dt.date.fromisoformat(row["effective"]),
        told=dt.datetime.fromisoformat(detail["told"]),
        deadline=dt.date.fromisoformat(detail["deadline"]),
        country=row["country"],
        region=row["region"],
        note=detail["note"],
    )


def choices_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """Every choice on record, sorted, from rows of `choices`."""
    return tuple(
        sorted(
            Choice(
                separation=row["separation"],
                at=dt.datetime.fromisoformat(row["at"]),
                choice=row["choice"],
                by=row["speaker"],
                document=row["detail"].get("document", ""),
            )
            for row in rows
        )
    )


def marks_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Mark, ...]:
    """Removals and closings on record, from rows of `separation_states`."""
    return tuple(
        Mark(
            separation=row["separation"],
            state=row["state"],
            at=dt.date.fromisoformat(row["at"]),
        )
        for row in rows
        if row["state"] in {"REMOVED", "CLOSED"}
    )


def people_who_leave(
    people: Sequence[Person], separations: Sequence[Separation]
) -> tuple[Person, ...]:
    """The roster with every recorded leaving in it, although its file may not say so yet.

    The employment that ends gets the earlier of the two last days. What the roster itself says of
    how it ended stays. An employment that began later is left alone.
    """
    by_person: defaultdict[str, list[Separation]] = defaultdict(list)
    for one in separations:
        by_person[one.person].append(one)
    return tuple(_leaving(one, by_person[one.id]) if one.id in by_person else one for one in people)


def _leaving(person: Person, separations: Sequence[Separation]) -> Person:
    employments = list(person.employments)
    for told in separations:
        place = ending(employments, start=told.start, effective=told.effective)
        if place is None:
            continue
        held = employments[place]
        is_first = held.end is None or told.effective < held.end
        employments[place] = replace(
            held,
            end=told.effective if is_first else held.end,
            separation_type=held.separation_type or told.kind,
            separation_batch=held.separation_batch or told.batch,
        )
    return replace(person, employments=tuple(employments))


def ending(
    employments: Sequence[Employment], *, effective: dt.date, start: dt.date | None = None
) -> int | None:
    """Which employment ends on a day: the one that began on `start`, else the last begun by then.

    None where none had begun.
    """
    begun = [place for place, one in enumerate(employments) if one.start <= effective]
    exact = [place for place in begun if employments[place].start == start]
    return exact[-1] if exact else begun[-1] if begun else None
