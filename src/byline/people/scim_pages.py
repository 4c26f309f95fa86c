"""The users of a SCIM export: its pages put together, none missing, each user once.

While a provider is being paged through, a user may change and appear on two pages; the one with the
later ``meta.lastModified`` is taken (RFC 7643, 3.1). Two that cannot be told apart are an error.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from byline.errors import ConfigError
from byline.people.rows import Place
from byline.people.scim_values import Node, read_json


class User(NamedTuple):
    """A user resource and its id: the `externalId`, else the provider's `id`."""

    node: Node
    identity: str


def users(path: Path) -> list[User]:
    """The users of a file, or of all ``*.json`` of a folder, in order.

    Raises:
        ConfigError: A file holds no users, pages are missing, or a user has no id.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise ConfigError(f"{path} holds no .json", advice="put the pages of the export there")
    found: dict[str, User] = {}
    expected: dict[int, Place] = {}
    count = 0
    for file in files:
        for node in _resources(file, expected):
            count += 1
            identity = node.text("externalId") or node.text("id")
            if not identity:
                node.place.fail("no `externalId` and no `id`", advice="give every person an id")
            user = User(node, identity)
            found[identity] = _later(found[identity], user) if identity in found else user
    for total, place in expected.items():
        if total > count:
            place.fail(
                f"the export has {total} users, but {count} are here",
                advice="fetch every page (startIndex, count): those who are missing are not known",
            )
    return list(found.values())


def _later(one: User, other: User) -> User:
    """Of two resources with one id the one that was modified later."""
    if one.node.same_as(other.node):
        return one
    times = [_modified(user.node) for user in (one, other)]
    first, second = times
    if first is None or second is None or first == second:
        other.node.place.fail(
            f"{other.identity} is also {one.node.place.seen_from(other.node.place)}, and is "
            "not the same there",
            advice="one resource a person; several employments go under `employments`",
        )
    return one if first > second else other


def _modified(node: Node) -> dt.datetime | None:
    meta = node.child("meta") if node.has("meta") else None
    text = meta.text("lastModified") if meta else ""
    if meta is None or not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        meta.inner("lastModified").fail(
            f"{text!r} is no date and time", advice="write it as 2026-11-24T09:30:00Z"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _resources(file: Path, expected: dict[int, Place]) -> Iterator[Node]:
    """The user resources of one file; what its pages say of the total is put into `expected`."""
    value = read_json(file)
    if isinstance(value, dict):
        yield from _page(value, Place(file, ""), expected)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            place = Place(file, f"/{number}")
            if isinstance(one, dict) and _is_page(one):
                yield from _page(one, place, expected)
            else:
                yield _node(one, place)
    else:
        _refuse(file)


def _is_page(value: dict[str, Any]) -> bool:
    return any(key.casefold() == "resources" for key in value)


def _page(value: dict[str, Any], place: Place, expected: dict[int, Place]) -> Iterator[Node]:
    page = Node(value, place)
    total = page.get("totalResults")
    if total is not None:
        if not isinstance(total, int) or isinstance(total, bool):
            page.inner("totalResults").fail("it is no number", advice="write how many there are")
        expected[total] = page.inner("totalResults")
    listed = page.get("Resources")
    if listed is None and total == 0:  # a page of none may leave it out (RFC 7644, 3.4.2)
        return
    if not isinstance(listed, list):
        _refuse(place.file)
    inner = page.inner("Resources")
    for number, one in enumerate(listed):
        yield _node(one, Place(inner.file, f"{inner.at}/{number}"))


def _node(value: Any, place: Place) -> Node:
    if not isinstance(value, dict):
        place.fail("not a user", advice="a user is an object with its attributes")
    return Node(value, place)


def _refuse(file: Path) -> NoReturn:
    raise ConfigError(
        f"{file}: neither a SCIM list response nor a list of users",
        advice="export the users with their employment extension",
    )
