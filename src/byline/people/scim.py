"""A roster as SCIM 2.0 users (RFC 7643), as identity providers export them.

A file holds one user list, one ``ListResponse`` (RFC 7644, 3.4.2) or a list of its pages; a folder
holds such files. SCIM itself has no employment dates, so users carry an extension whose name ends
in ``:2.0:Employment``: one employment, or several under ``employments``, and at its top ``handles``
and ``addresses`` with days. What it leaves out falls back to the core and enterprise attributes.
docs/people.md lists them. Attribute names are compared without case (RFC 7643, 2.1).

Invariants: a user is never passed over silently; pages that are missing are an error; every error
names the file and a JSON pointer (RFC 6901).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from byline.people.rows import Dated, Row, dated_alias
from byline.people.scim_pages import User, users
from byline.people.scim_values import Node

EXTENSION = ":2.0:employment"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
EXAMPLE = "urn:ietf:params:scim:schemas:extension:byline:2.0:Employment"
WORKER_TYPES = {
    "fte": "employee", "regular": "employee", "permanent": "employee", "cw": "contractor",
    "contingent": "contractor", "external": "contractor", "trainee": "intern",
}  # fmt: skip
FIELDS = {
    "start": ("start",),
    "end": ("end",),
    "worker_type": ("workerType",),
    "legal_entity": ("legalEntity",),
    "country": ("country", "workCountry"),
    "unit": ("unit",),
    "collective_agreement": ("collectiveAgreement",),
    "separation_type": ("separationType",),
    "separation_batch": ("separationBatch", "separationBatchId"),
    "region": ("region", "workState"),
    "band": ("band", "gradeBand"),
    "job_family": ("jobFamily",),
    "adult_from": ("adultFrom",),
}
INNER = tuple(name for names in FIELDS.values() for name in names)
OUTER = (*INNER, "employments", "handles", "addresses")
CURRENT = ("unit", "legal_entity", "country", "worker_type")
"""What a user's own attributes say is so today, and so of a sole or unfinished employment only."""


class _Given(NamedTuple):
    """What a user's core and enterprise attributes say, where the extension says nothing."""

    cells: Mapping[str, str]
    active: bool


def scim_rows(path: Path) -> Iterator[Row]:
    """One row for each employment of each user.

    Raises:
        ConfigError: It is no list of SCIM users, pages are missing, or a user lacks an id or an
            employment, or an attribute is of the wrong type or name.
    """
    for user in users(path):
        yield from _user_rows(user)


def _user_rows(user: User) -> Iterator[Row]:
    node, identity = user
    extension = _extension(node)
    extension.refuse_unknown(OUTER)
    name = _name(node)
    addresses = (*_addresses(node), *_dated(extension, "addresses"))
    dated = {one.alias for one in addresses if one.first or one.last}
    mine = tuple(one for one in addresses if one.first or one.last or one.alias not in dated)
    handles = tuple(_dated(extension, "handles"))
    given = _given(node)
    employments = _employments(extension)
    for employment in employments:
        cells = _cells(employment, given, sole=len(employments) == 1)
        if not given.active and not cells["end"]:
            employment.place.fail(
                "not active, but an employment has no `end`",
                advice="give the last day: whether work may be used depends on it",
            )
        yield Row(employment.place, {"id": identity, "name": name, **cells}, mine, handles)


def _extension(node: Node) -> Node:
    keys = [key for key in node.names if key.casefold().endswith(EXTENSION)]
    if len(keys) != 1:
        node.place.fail(
            f"{len(keys)} employment extensions, expected one",
            advice=f"add {EXAMPLE} with start, end, workerType, country, unit",
        )
    return node.child(keys[0])


def _employments(extension: Node) -> Sequence[Node]:
    several = extension.children("employments")
    if several is None:
        return [extension]
    if not several:
        extension.place.fail(
            "the extension holds no employment",
            advice="give start, end, workerType, country, unit",
        )
    for one in several:
        one.refuse_unknown(INNER)
    if extra := [name for name in INNER if extension.has(name)]:
        extension.place.fail(
            f"`{extra[0]}` stands beside `employments`",
            advice="write it in the employment it is of",
        )
    return several


def _cells(employment: Node, given: _Given, *, sole: bool) -> dict[str, str]:
    """The columns of one employment; what a user is today is not said of an earlier one."""
    cells = {
        column: next((text for name in names if (text := employment.text(name))), "")
        for column, names in FIELDS.items()
    }
    for column in ("start", "end", "adult_from"):
        cells[column] = cells[column].partition("T")[0]
    if sole or not cells["end"]:
        for column in CURRENT:
            cells[column] = cells[column] or given.cells[column]
    worker = cells["worker_type"].lower()
    cells["worker_type"] = WORKER_TYPES.get(worker, worker)
    return cells


def _given(node: Node) -> _Given:
    enterprise = node.child(ENTERPRISE) if node.has(ENTERPRISE) else None
    homes = node.children("addresses") or []
    homes = sorted(homes, key=lambda home: (not home.flag("primary"), home.text("type") != "work"))
    return _Given(
        cells={
            "unit": (enterprise.text("department") or enterprise.text("division"))
            if enterprise
            else "",
            "legal_entity": enterprise.text("organization") if enterprise else "",
            "country": next((text for home in homes if (text := home.text("country"))), ""),
            "worker_type": node.text("userType"),
        },
        active=node.flag("active", default=True),
    )


def _name(node: Node) -> str:
    name = node.child("name") if node.has("name") else None
    parts = (name.text("givenName"), name.text("familyName")) if name else ()
    formatted = name.text("formatted") if name else ""
    joined = " ".join(part for part in parts if part)
    candidates = (node.text("displayName"), formatted, joined, node.text("userName"))
    return next((one for one in candidates if one), "")


def _addresses(node: Node) -> Iterator[Dated]:
    for email in node.children("emails") or []:
        if "@" in (text := email.text("value")):
            yield dated_alias(text, "", "", place=email.place, column="emails")
    if "@" in (login := node.text("userName")):
        yield dated_alias(login, "", "", place=node.inner("userName"), column="userName")


def _dated(extension: Node, name: str) -> Iterator[Dated]:
    """Addresses or handles of the extension: plain strings, or with `start` and `end` days."""
    known = ("value", "start", "end", *(("system",) if name == "handles" else ()))
    for text, place in extension.texts(name):
        yield dated_alias(text, "", "", place=place, column=name)
    for one in extension.children(name, only_objects=True) or []:
        one.refuse_unknown(known)
        system = one.text("system")
        value = f"{system}:{one.text('value')}" if system else one.text("value")
        first, last = (one.text(bound).partition("T")[0] for bound in ("start", "end"))
        yield dated_alias(value, first, last, place=one.place, column=name)
