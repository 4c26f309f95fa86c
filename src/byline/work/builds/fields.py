"""Values of untrusted JSON and XML, each of the type that is wanted or None.

Text that an Arrow string cannot hold (lone surrogates, NUL) is made so that it can; a time is UTC
or None, never a guess.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MILLISECONDS: Final = 1 << 34  # a larger number of seconds is later than 2500
FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def storable(text: str) -> str:
    """The text with lone surrogates and NUL replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


def text_of(value: Mapping[str, Any], *names: str) -> str | None:
    """The first of some fields that is text and not empty."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found:
            return storable(found)
    return None


def whole_of(value: Mapping[str, Any], name: str) -> int | None:
    """A field that is a whole number of 0 or more."""
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 <= found < 1 << 62 else None


def mapping_of(value: Any, name: str) -> Mapping[str, Any]:
    """A field that is an object, or an empty one."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def list_of(value: Any, name: str) -> list[Any]:
    """A field that is a list, or an empty one."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def identity_of(value: Mapping[str, Any], *names: str) -> str | None:
    """The first of some fields that is a whole number or text without a line break."""
    for name in names:
        number = whole_of(value, name)
        if number is not None:
            return str(number)
        found = value.get(name)
        if isinstance(found, str) and 0 < len(found) <= 200 and found.isprintable():
            return storable(found)
    return None


def is_number(identity: str) -> bool:
    """Whether an id is a plain number, and so may be part of a file's name."""
    return identity.isascii() and identity.isdecimal() and len(identity) <= 20


def oid_of(value: Mapping[str, Any], *names: str) -> str | None:
    """The first of some fields that is a full object id."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and OID.fullmatch(found.lower()):
            return found.lower()
    return None


def moment(value: Any, *, whole: bool = True) -> datetime | None:
    """A time, UTC, from ISO 8601 text with a zone or from seconds (or milliseconds) since 1970.

    Args:
        value: What the export says.
        whole: Whether fractions of a second are cut off.
    """
    found: datetime | None = None
    if isinstance(value, str) and len(value) <= 64:
        try:
            found = datetime.fromisoformat(FRACTION.sub(r"\1", value.strip()))
        except ValueError:
            return None
        found = found if found.tzinfo is not None else None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _since_1970(float(value) if abs(value) < 1 << 62 else math.inf)
    try:
        found = found.astimezone(UTC) if found is not None else None
    except (OverflowError, ValueError):
        return None
    if found is None or not FIRST <= found <= LAST:
        return None
    return found.replace(microsecond=0) if whole else found


def _since_1970(seconds: float) -> datetime | None:
    if not math.isfinite(seconds):
        return None
    if seconds > MILLISECONDS:
        seconds /= 1e9 if seconds > MILLISECONDS * 1e6 else 1e3
    if not 0 <= seconds < MILLISECONDS:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
