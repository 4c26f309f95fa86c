"""What a connector does: it lists the items of a kind, and gets one of them as files."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from byline.errors import UsageError
from byline.fetch.errors import RefusalError

MOST_REQUESTS: Final = 200_000  # for one list of items; a list that never ends is refused
NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")


@dataclass(frozen=True)
class Listed:
    """One item as a list shows it.

    Attributes:
        identity: Its number or id, digits only: it becomes a file's name.
        stamp: What changes when the item does; as the server writes it.
        moment: The time that the list is ordered by.
        pending: It is not finished, and is asked for in a later run.
    """

    identity: str
    stamp: str
    moment: datetime
    pending: bool = False


@dataclass(frozen=True)
class Page:
    """Some listed items.

    Attributes:
        items: In the order of the list.
        etag: Of the list, where this page is all of it from the newest known item on.
        reached: Everything that changed up to here was listed, also items of other kinds.
    """

    items: Sequence[Listed] = ()
    etag: str | None = None
    reached: datetime | None = None


@dataclass(frozen=True)
class Order:
    """How the list of a kind is ordered.

    Attributes:
        ascending: From the item that has not changed for longest; a killed run can go on at once.
        overlap: Items that are so much older than the newest known one are listed again, because
            their time may be shared, or they change without it (a build that runs again).
    """

    ascending: bool
    overlap: timedelta = timedelta(seconds=1)


class Connector(Protocol):
    """One project of one server."""

    orders: Mapping[str, Order]
    notes: Counter[str]  # what is missing in files that were written, and in how many

    def listed(self, kind: str, *, since: datetime | None, etag: str | None) -> Iterator[Page]:
        """The items of a kind that changed at `since` or later, and perhaps earlier ones."""

    def files(self, kind: str, item: str) -> Iterator[tuple[str, bytes]]:
        """The files of one item by their path in the export; the last one makes it complete."""


def changed(row: Any, name: str = "updated_at") -> datetime:
    """When an element of a list changed."""
    return moment(row.get(name) if isinstance(row, dict) else None)


def moment(text: Any) -> datetime:
    """A time as a server writes it.

    Raises:
        RefusalError: It is none.
    """
    try:
        found = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as error:
        raise RefusalError(
            "unexpected", f"a list has {text!r:.80} where a time should be"
        ) from error
    if found.tzinfo is None:
        raise RefusalError("unexpected", f"a list has {text!r:.80}, a time without a zone")
    return found


def number(value: Any) -> str:
    """A number as a file's name.

    Raises:
        RefusalError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 63:
        raise RefusalError("unexpected", f"a list has {value!r:.80} where a number should be")
    return str(value)


def project_path(project: str, *, parts: int | None = None) -> str:
    """A project's name, checked: it becomes folders.

    Raises:
        UsageError: It has parts that are no names, or too many.
    """
    names = project.split("/")
    fine = all(NAME.fullmatch(name) and name.strip(".") for name in names)
    if not fine or (parts is not None and len(names) != parts):
        wanted = "owner/name" if parts == 2 else "group/name"
        raise UsageError(f"{project!r} is no project", advice=f"write it as {wanted}")
    return project


def same(found: Any, asked: str) -> None:
    """Check that an answer is about the item that was asked for.

    Raises:
        RefusalError: It is about another one.
    """
    if str(found) != asked:
        raise RefusalError("unexpected", f"asked for {asked}, the server sent {found!r:.40}")


def item_bytes(value: Any, *, most: int) -> bytes:
    """An item as it is written.

    Raises:
        RefusalError: It is longer than allowed.
    """
    data = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    if len(data) > most:
        raise RefusalError("too_large", f"an item of {len(data):,} bytes")
    return data
