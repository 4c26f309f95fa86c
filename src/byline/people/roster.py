"""The roster: people and their dated employments, from CSV or from SCIM users as JSON.

One row is one employment. The same id on several rows is one person with several employments: a
rejoiner, a contractor who became an employee, or a team that came with another legal entity. No two
employments of a person overlap, and no address or handle is two people's on one day.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from byline.errors import ConfigError
from byline.people.countries import is_country, meant_country
from byline.people.garbage import collector_at_rest
from byline.people.handles import check_handle, systems_of
from byline.people.rows import Dated, Place, Row, csv_rows, read_date
from byline.people.scim import scim_rows

WORKER_TYPES = ("employee", "contractor", "intern")
REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
RESERVED = ("email:", "bot:", "ai:", "handle:")  # how those who are on no roster are named


@dataclass(frozen=True)
class Employment:
    """One employment, first and last day included; no `end` means it goes on.

    Attributes:
        country: ISO 3166-1 alpha-2 code, or empty where the roster gives none.
        legal_entity: The employer in law, where the roster says.
        separation_type: How it ended (resignation, layoff, …), in the organisation's words.
        separation_batch: Which of the organisation's collective departures it belongs to.
        region: ISO 3166-2 code of the state where law differs by state, such as US-CA.
        band: Grade band, for checking that exemptions treat people equally; never a rank.
        job_family: What kind of work it is, for the disclosure of who a model is deployed on.
        adult_from: The day on which the person comes of age, where the roster says; interns.
    """

    worker_type: str
    country: str
    unit: str
    start: dt.date
    end: dt.date | None
    legal_entity: str = ""
    collective_agreement: str = ""
    separation_type: str = ""
    separation_batch: str = ""
    region: str = ""
    band: str = ""
    job_family: str = ""
    adult_from: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Whether this employment was in force on a day."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Person:
    """One person of the roster, with employments in order of their start.

    Attributes:
        emails: Every address that is or was theirs, folded to lower case.
        addresses: The same with the days on which they were theirs; empty: always.
        handles: Their account names, as ``system:name`` or ``name``, likewise with days.
    """

    id: str
    name: str
    emails: tuple[str, ...]
    employments: tuple[Employment, ...]
    addresses: tuple[Dated, ...] = ()
    handles: tuple[Dated, ...] = ()

    @property
    def left(self) -> dt.date | None:
        """The last day of the last employment; None while one goes on."""
        ends = [employment.end for employment in self.employments]
        return None if None in ends else max((end for end in ends if end is not None), default=None)

    @property
    def dated_addresses(self) -> tuple[Dated, ...]:
        """Every address with its days."""
        return self.addresses or tuple(Dated(email) for email in self.emails)


@dataclass(frozen=True)
class Standing:
    """A person's employment on a day: its state, and the employment that describes them."""

    state: str  # in_force | before | after | between
    employment: Employment


def standing(person: Person, day: dt.date) -> Standing:
    """The employment in force on a day; else the nearest one before, else the first."""
    for employment in person.employments:
        if employment.covers(day):
            return Standing("in_force", employment)
    past = [employment for employment in person.employments if employment.start <= day]
    if not past:
        return Standing("before", person.employments[0])
    return Standing("after" if past[-1] == person.employments[-1] else "between", past[-1])


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster: CSV, or SCIM users where the name ends in ``.json`` or is a folder of those.

    Raises:
        ConfigError: A column, date, country or word is wrong, employments of a person overlap, or
            one address or handle is two people's on one day; the message names the line, and both
            lines of a conflict.
    """
    with collector_at_rest():
        people = tuple(_person(one, found) for one, found in sorted(_rows(path).items()))
        refuse_shared(people)
    return people


def _rows(path: Path) -> dict[str, list[Row]]:
    """The rows of each person, in the order of the file."""
    rows: dict[str, list[Row]] = {}
    for row in scim_rows(path) if path.suffix == ".json" or path.is_dir() else csv_rows(path):
        identity = row.cells["id"]
        if not identity:
            row.place.fail("`id` is empty", advice="give every person an id")
        if identity.startswith(RESERVED):
            row.place.fail(
                f"`id` is {identity!r}",
                advice=f"an id does not start with {', '.join(RESERVED)}: those are not on rosters",
            )
        rows.setdefault(identity, []).append(row)
    return rows


def refuse_shared(people: Iterable[Person]) -> None:
    """Refuse one address or handle that is two people's on one day.

    Raises:
        ConfigError: There is one; both places are named.
    """
    owners: dict[str, list[tuple[Dated, str]]] = {}
    for person in people:
        keyed = [(dated.alias, dated) for dated in person.dated_addresses]
        keyed += [(key, dated) for dated in person.handles for key in systems_of(dated.alias)]
        for key, dated in keyed:
            held = owners.setdefault(key, [])
            for other, identity in held:
                if identity != person.id and overlap(dated, other):
                    _refuse_pair((dated, person.id), (other, identity))
            held.append((dated, person.id))


def overlap(one: Dated, other: Dated) -> bool:
    """Whether two ranges of days have a day in common."""
    return (one.first is None or other.last is None or one.first <= other.last) and (
        other.first is None or one.last is None or other.first <= one.last
    )


def _refuse_pair(one: tuple[Dated, str], other: tuple[Dated, str]) -> None:
    """Name both places of a conflict, the later of one file first."""
    (dated, identity), (earlier, owner) = sorted((one, other), key=_position, reverse=True)
    here, there = dated.place, earlier.place
    where = "" if there is None or here is None else f" on {there.seen_from(here)}"
    kind = "an address" if "@" in dated.alias else "an alias"
    raise ConfigError(
        f"{'the roster' if here is None else here}: {dated.alias} belongs to {identity} here "
        f"and to {owner}{where}",
        advice=f"{kind} is one person's; remove it from the other, or give each the days on which "
        f"it was theirs: {dated.alias} [..2020-12-31]",
    )


def _position(held: tuple[Dated, str]) -> tuple[str, bool, int, str]:
    place = held[0].place
    if place is None:
        return ("", False, 0, "")
    line = place.at if isinstance(place.at, int) else 0
    return (str(place.file), True, line, place.at if isinstance(place.at, str) else "")


def _person(identity: str, rows: Sequence[Row]) -> Person:
    addresses = tuple(dict.fromkeys(dated for row in rows for dated in row.addresses))
    handles = tuple(dict.fromkeys(dated for row in rows for dated in row.handles))
    for handle in handles:
        check_handle(handle)
    lined = sorted(((_employment(row), row.place) for row in rows), key=_start)
    for (earlier, other), (later, place) in pairwise(lined):
        if earlier.end is None or earlier.end >= later.start:
            place.fail(
                f"with {other.seen_from(place)}, {identity} has two employments at {later.start}",
                advice="end the earlier one before the later one starts",
            )
    return Person(
        id=identity,
        name=rows[-1].cells["name"],
        emails=tuple(dict.fromkeys(dated.alias for dated in addresses)),
        employments=tuple(employment for employment, _ in lined),
        addresses=addresses,
        handles=handles,
    )


def _start(lined: tuple[Employment, Place]) -> dt.date:
    return lined[0].start


def _employment(row: Row) -> Employment:
    cells, place = row.cells, row.place
    if cells["worker_type"] not in WORKER_TYPES:
        place.fail(
            f"`worker_type` is {cells['worker_type']!r}",
            advice=f"one of {', '.join(WORKER_TYPES)}",
        )
    start = read_date(cells["start"], place=place, column="start")
    end = read_date(cells["end"], place=place, column="end") if cells["end"] else None
    if end is not None and end < start:
        place.fail(f"ends {end}, before it starts {start}", advice="correct one of the two")
    for column in ("separation_type", "separation_batch"):
        if cells[column] and end is None:
            place.fail(
                f"`{column}` is {cells[column]!r}, but there is no `end`",
                advice="give the last day: whether work may be used depends on it",
            )
    country, adult = _country(cells["country"], place), cells["adult_from"]
    return Employment(
        worker_type=cells["worker_type"],
        country=country,
        unit=cells["unit"],
        start=start,
        end=end,
        legal_entity=cells["legal_entity"],
        collective_agreement=cells["collective_agreement"],
        separation_type=cells["separation_type"],
        separation_batch=cells["separation_batch"],
        region=_region(cells["region"], country, place),
        band=cells["band"],
        job_family=cells["job_family"],
        adult_from=read_date(adult, place=place, column="adult_from") if adult else None,
    )


def _region(text: str, country: str, place: Place) -> str:
    """A subdivision code with its country: ``CA`` of a person in ``US`` is ``US-CA``."""
    code = text.upper()
    if code and "-" not in code and country:
        code = f"{country}-{code}"
    if code and not REGION.fullmatch(code):
        place.fail(f"`region` is {text!r}, which is no ISO 3166-2 code", advice="write it as US-CA")
    if code and country and not code.startswith(f"{country}-"):
        place.fail(f"`region` {code} is not in `country` {country}", advice="correct one of them")
    return code


def _country(text: str, place: Place) -> str:
    code = text.upper()
    if code and not is_country(code):
        meant = meant_country(text)
        place.fail(
            f"`country` is {text!r}, which is no ISO 3166-1 alpha-2 code",
            advice=f"did you mean {meant}?" if meant else "write two letters, such as DE or US",
        )
    return code
