"""What is taken out of untrusted JSON: each function accepts anything and never raises."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

MAX_LINE: Final = (1 << 31) - 1
MAX_EPOCH: Final = 253_402_300_799  # the end of the year 9999
MILLISECONDS: Final = 100_000_000_000  # a greater epoch counts milliseconds (this is the year 5138)
NOTHING: Final[Mapping[str, Any]] = {}
UNFIT: Final = re.compile("[\0\ud800-\udfff]")
ISO: Final = re.compile(
    r"\s*(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ]\s*(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?)?\s*"
)
EPOCH: Final = re.compile(r"\s*\d{1,16}(?:\.\d+)?\s*")


def record(value: object) -> Mapping[str, Any]:
    """An object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else NOTHING


def records(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of an array; none of anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A text that can be stored: NUL and lone surrogates become U+FFFD; ``""`` if it is none."""
    if not isinstance(value, str):
        return ""
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", value) if UNFIT.search(value) else value


def integer(value: object) -> int | None:
    """A whole number of at most 64 bits, also one written as text; None in place of others."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    return value if isinstance(value, int) and -(1 << 63) <= value < 1 << 63 else None


def line_number(value: object) -> int | None:
    """A number of a line, counted from 1, or None."""
    number = integer(value)
    return number if number is not None and 1 <= number <= MAX_LINE else None


def when(value: object) -> datetime | None:
    """A time in UTC, to the second, or None.

    Reads ISO 8601 in the spellings of forges (``2024-05-01T10:00:00Z``, ``…T12:00:00.000+0200``,
    Gerrit's ``2024-05-01 10:00:00.000000000``, ``2024-05-01 10:00:00 UTC``, a day alone), and
    seconds or milliseconds since 1970. A time without a zone is taken for UTC.
    """
    if isinstance(value, str):
        if not EPOCH.fullmatch(value[:40]):
            return _iso(value)
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    seconds = value / 1000 if abs(value) > MILLISECONDS else value
    if not 0 < seconds <= MAX_EPOCH:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _iso(text: str) -> datetime | None:
    found = ISO.fullmatch(text[:64])
    if not found:
        return None
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    try:
        day = datetime.fromisoformat(found["day"])
        at = day.replace(hour=hour, minute=minute, second=min(second, 59), tzinfo=_zone(found))
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(found: re.Match[str]) -> timezone:
    zone = (found["zone"] or "Z").replace(":", "")
    if zone[0] not in "+-":
        return UTC
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
    return timezone(-size if zone[0] == "-" else size)
