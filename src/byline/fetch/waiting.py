"""When to ask again: rate limits and passing failures, as servers tell them in headers.

Pure functions of an answer's status, headers and the time. Sources: GitHub, "Best practices for
using the REST API" (``X-RateLimit-Remaining``, ``X-RateLimit-Reset``, ``Retry-After``, secondary
limits as 403 or 429); GitLab, "Rate limits" (``RateLimit-Remaining``, ``RateLimit-Reset``); RFC
9110, section 10.2.3 (``Retry-After`` in seconds or as a date).
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from byline.fetch.limits import Limits

PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
SECONDARY_WAIT: Final = 60.0  # what GitHub asks for where no header says how long
SLACK: Final = 1.0  # clocks of two machines differ


def limited(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer says: not so fast. GitHub says so with 403, too."""
    if status == 429:
        return True
    if status != 403:
        return False
    return (
        "retry-after" in headers
        or _remaining(headers) == 0
        or b"rate limit" in body[:4096].lower()
        or b"abuse detection" in body[:4096].lower()
    )


def wait_for(
    status: int, headers: Mapping[str, str], *, now: float, attempt: int, limits: Limits
) -> float:
    """Seconds to wait before the next attempt after a passing failure.

    Args:
        status: Of the answer; 0 where there was none.
        headers: Of the answer, with names in lower case.
        now: Seconds since 1970.
        attempt: How often was asked, from 1.
        limits: How patient we are.
    """
    asked = _retry_after(headers, now)
    if asked is not None:
        return max(asked, 0.0)
    reset = until_reset(headers, now=now)
    if reset is not None and status in (403, 429):
        return reset
    backoff = min(limits.first_wait * 2.0 ** (attempt - 1), limits.longest_wait)
    return max(backoff, SECONDARY_WAIT) if status in (403, 429) else backoff


def until_reset(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds until more may be asked, where the answer says that nothing more may be."""
    if _remaining(headers) != 0:
        return None
    for name in ("x-ratelimit-reset", "ratelimit-reset"):
        moment = _number(headers.get(name))
        if moment is not None:
            return max(0.0, moment - now) + SLACK
    return None


def _remaining(headers: Mapping[str, str]) -> float | None:
    for name in ("x-ratelimit-remaining", "ratelimit-remaining"):
        found = _number(headers.get(name))
        if found is not None:
            return found
    return None


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None or not text:
        return seconds
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    plain = (text or "").strip()
    return float(plain) if plain.isdecimal() and plain.isascii() and len(plain) < 14 else None
