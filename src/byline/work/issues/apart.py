"""Parts of an item that an export keeps in files of their own: put together without memory.

Plain answers of an API hold issues in one array and their comments in another. What is read waits
on disk (`byline.work.spool`) until all of the export has been seen, and comes back item by item in
the order of their keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from byline.work.spool import Spool


@dataclass(frozen=True)
class Together:
    """All that was put under one key.

    Attributes:
        key: The key.
        file: Of the item itself, or of the first of its parts.
        parts: Values by what they are, each kind in the order in which it was put.
    """

    key: str
    file: str
    parts: Mapping[str, list[Any]] = field(default_factory=dict)


def together(spool: Spool, *, main: str) -> Iterator[Together]:
    """What was put, key by key; the file is that of the kind `main`, where there is one."""
    for key in spool.keys():  # noqa: SIM118
        parts: dict[str, list[Any]] = {}
        place: dict[str, str] = {}
        for kind, value, file in spool.rows(key):
            parts.setdefault(kind, []).append(value)
            place.setdefault(kind, file)
        yield Together(key, place.get(main, next(iter(place.values()))), parts)
