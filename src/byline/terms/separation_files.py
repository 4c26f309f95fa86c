"""Batches of leavers as they are told: CSV, SCIM users, SCIM PATCH requests, or one person.

A batch is named by its content: the same rows are the same batch, in whatever order and file they
come. Invariants: everybody is on the roster and leaves an employment that had begun; a person
leaves once in a batch; every error names the line, or the JSON pointer.

SCIM: RFC 7643 (users, with the employment extension of `byline.people.scim`), RFC 7644 sections
3.5.2 (PATCH) and 3.7 (bulk requests, which carry whose PATCH it is).
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import ConfigError
from byline.people.countries import is_country
from byline.people.roster import REGION, Person
from byline.people.rows import Place, read_csv, read_date
from byline.people.scim import EXTENSION
from byline.people.scim_pages import users
from byline.people.scim_values import Node, read_json
from byline.terms.agreements import suggestion
from byline.terms.separation_records import ending
from byline.terms.separations import DAYS_TO_CHOOSE, KINDS, Separation
from byline.workspace.files import sha256_text

COLUMNS = ("person", "effective", "kind")
OPTIONAL = ("country", "region", "note")
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER_PATH = re.compile(r"/?(?:.*/)?Users/(?P<id>[^/?#]+)", re.IGNORECASE)
SCIM_KINDS: Mapping[str, str] = {
    "": "other", "voluntary": "resignation", "involuntary": "layoff", "redundancy": "layoff",
    "reduction-in-force": "layoff", "contract-end": "end-of-contract",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """One row of a batch, checked against the roster."""

    person: str
    effective: dt.date
    kind: str
    start: dt.date
    country: str = ""
    region: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Leavers who were told together, with the last day on which their choices count."""

    leavings: tuple[Leaving, ...]
    deadline: dt.date

    @property
    def id(self) -> str:
        """The batch's name: a hash of its content."""
        rows = (
            f"{one.person}\n{one.effective}\n{one.kind}\n{one.country}\n{one.region}\n{one.note}"
            for one in self.leavings
        )
        return "lv_" + sha256_text(self.deadline.isoformat(), *rows)[:20]

    def separations(self, told: dt.datetime) -> tuple[Separation, ...]:
        """The batch as separations, told at an instant (UTC)."""
        batch = self.id
        return tuple(
            Separation(
                id="sp_" + sha256_text("separation", one.person, one.start.isoformat())[:20],
                batch=batch,
                person=one.person,
                kind=one.kind,
                start=one.start,
                effective=one.effective,
                told=told,
                deadline=self.deadline,
                country=one.country,
                region=one.region,
                note=one.note,
            )
            for one in self.leavings
        )


def batch_of(leavings: Iterable[Leaving], *, deadline: dt.date | None = None) -> Batch:
    """A batch; without a deadline, choices count until 30 days after the latest last day."""
    ordered = tuple(sorted(leavings, key=lambda one: one.person))
    latest = max(one.effective for one in ordered)
    return Batch(leavings=ordered, deadline=deadline or latest + dt.timedelta(days=DAYS_TO_CHOOSE))


def read_batch(path: Path, *, people: Sequence[Person]) -> tuple[Leaving, ...]:
    """The leavers of a file: SCIM where its name ends in ``.json``, else CSV.

    Raises:
        ConfigError: The file, a row, a date or a word is wrong, somebody is not on the roster or is
            there twice, or there is nobody; the message names the place.
    """
    rows = _scim(path) if path.suffix == ".json" else _csv(path)
    known = {one.id: one for one in people}
    found: dict[str, tuple[Leaving, Place]] = {}
    for place, cells in rows:
        leaving = leaving_of(cells, people=known, place=place)
        if leaving.person in found:
            place.fail(
                f"{leaving.person} leaves twice, here and on "
                f"{found[leaving.person][1].seen_from(place)}",
                advice="keep one row for each person",
            )
        found[leaving.person] = (leaving, place)
    if not found:
        raise ConfigError(f"{path}: nobody leaves in it", advice="give one row for each leaver")
    return tuple(leaving for leaving, _ in found.values())


def leaving_of(cells: Mapping[str, str], *, people: Mapping[str, Person], place: Place) -> Leaving:
    """One leaver from cells by column; country and region fall back to the roster's.

    Raises:
        ConfigError: A cell is wrong.
    """
    person = people.get(cells["person"])
    if person is None:
        near = suggestion(cells["person"], sorted(people)).removeprefix("; ")
        place.fail(
            f"{cells['person']!r} is not on the roster", advice=near or "correct it or the roster"
        )
    effective = read_date(cells["effective"], place=place, column="effective")
    if cells["kind"] not in KINDS:
        place.fail(f"`kind` is {cells['kind']!r}", advice=f"one of {', '.join(KINDS)}")
    at = ending(person.employments, effective=effective)
    if at is None:
        place.fail(
            f"{person.id} leaves {effective}, before any employment of theirs began",
            advice="correct the day or the roster",
        )
    held = person.employments[at]
    if held.end is not None and held.end < effective:
        place.fail(
            f"{person.id} leaves {effective}, but by the roster they left {held.end}",
            advice="correct one of the two",
        )
    country = cells.get("country", "").upper() or held.country
    region = cells.get("region", "").upper() or held.region
    if country and not is_country(country):
        place.fail(f"`country` is {country!r}", advice="write two letters, such as DE or US")
    if region and not REGION.fullmatch(region):
        place.fail(f"`region` is {region!r}", advice="write it as US-CA (ISO 3166-2)")
    return Leaving(
        person=person.id,
        effective=effective,
        kind=cells["kind"],
        start=held.start,
        country=country,
        region=region,
        note=cells.get("note", ""),
    )


def _csv(path: Path) -> Iterator[tuple[Place, Mapping[str, str]]]:
    for line, cells in read_csv(path, COLUMNS, optional=OPTIONAL):
        yield Place(path, line), cells


def _scim(path: Path) -> Iterator[tuple[Place, Mapping[str, str]]]:
    value = read_json(path)
    if isinstance(value, dict) and BULK in (value.get("schemas") or []):
        bulk = Node(value, Place(path, ""))
        for operation in bulk.children("Operations") or []:
            yield from _bulk_operation(operation)
        return
    for node, identity in users(path):
        if node.flag("active", default=True):
            continue
        extension = _extension(node)
        yield node.place, _cells(identity, _facts(extension) if extension else {})


def _extension(node: Node) -> Node | None:
    keys = [key for key in node.names if key.casefold().endswith(EXTENSION)]
    return node.child(keys[0]) if keys else None


def _facts(extension: Node) -> dict[str, str]:
    """What an employment extension says of the end; of several employments, of the last to end."""
    several = extension.children("employments") or [extension]
    last = max(several, key=lambda one: (one.text("end"), one.text("start")))
    return {
        "end": last.text("end"),
        "kind": last.text("separationType"),
        "country": last.text("country") or last.text("workCountry"),
        "region": last.text("region") or last.text("workState"),
    }


def _bulk_operation(operation: Node) -> Iterator[tuple[Place, Mapping[str, str]]]:
    whose = USER_PATH.fullmatch(operation.text("path"))
    if operation.text("method").upper() != "PATCH" or whose is None:
        operation.place.fail(
            "not a PATCH of a user", advice='write {"method": "PATCH", "path": "/Users/ID", …}'
        )
    found: dict[str, Any] = {}
    for change in operation.child("data").children("Operations") or []:
        if change.text("op").casefold() not in {"replace", "add"}:
            change.place.fail(f"`op` is {change.text('op')!r}", advice="replace or add")
        _patch(change, found)
    if found.get("active") is not False:
        operation.place.fail(
            "the user stays active", advice="a leaver's PATCH sets active to false"
        )
    yield operation.place, _cells(whose["id"], found)


def _patch(change: Node, found: dict[str, Any]) -> None:
    """Put what one operation of a PATCH says into `found`."""
    path = change.text("path").casefold()
    if path == "active":
        found["active"] = change.flag("value")
    elif EXTENSION in path:
        attribute = path.rpartition(":")[2]
        if attribute == EXTENSION.removeprefix(":2.0:"):
            found.update(_facts(change.child("value")))
        elif attribute in {"end", "separationtype"}:
            found["end" if attribute == "end" else "kind"] = change.text("value")
    elif not path:
        value = change.child("value")
        if value.has("active"):
            found["active"] = value.flag("active")
        if extension := _extension(value):
            found.update(_facts(extension))


def _cells(person: str, facts: Mapping[str, Any]) -> Mapping[str, str]:
    kind = str(facts.get("kind", "")).strip().lower().replace(" ", "-")
    return {
        "person": person,
        "effective": str(facts.get("end", "")).partition("T")[0],
        "kind": SCIM_KINDS.get(kind, kind if kind in KINDS else "other"),
        "country": str(facts.get("country", "")),
        "region": str(facts.get("region", "")),
        "note": "",
    }
