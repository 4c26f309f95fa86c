"""Splits by time: what is learned lies before what it is tested on.

A cut stands at the first day of a month wherever the span allows it, so that one more commit at the
end of the history does not move an example from one split to another.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from byline.errors import InputError

Split = Literal["train", "validation", "test"]

HELD_OUT: Final = 0.10
"""Share of the time span that validation and test take together, before flooring to a month."""
SHORTEST: Final = timedelta(days=30)
"""Below this span nothing is held out."""


@dataclass(frozen=True)
class Cuts:
    """Where the splits begin; None where nothing is held out.

    Attributes:
        valid_from: First moment of validation, UTC.
        test_from: First moment of test, UTC.
        reason: Why the cuts are where they are, in plain words.
    """

    valid_from: datetime | None
    test_from: datetime | None
    reason: str


def cut_times(first: datetime, last: datetime, *, train_until: date | None = None) -> Cuts:
    """Where validation and test begin.

    Args:
        first: Time of the earliest work, with its zone.
        last: Time of the latest work, with its zone.
        train_until: The last day of training; None takes the last tenth of the span, floored to the
            first day of a month. Test is the later half of what is held out.

    Raises:
        InputError: A time has no zone, or `last` is before `first`.
    """
    first, last = _utc(first), _utc(last)
    if last < first:
        raise InputError(f"the last work ({last:%Y-%m-%d}) is before the first ({first:%Y-%m-%d})")
    if train_until is not None:
        return _after(train_until, last)
    if last - first < SHORTEST:
        days = (last - first).days
        return Cuts(
            None, None, f"the work spans {days} days, fewer than {SHORTEST.days}: all train"
        )
    rough = last - (last - first) * HELD_OUT
    valid_from = _month(rough) if _month(rough) > first else _day(rough)
    return Cuts(valid_from, _half(valid_from, last), "the last tenth of the time span is held out")


def _after(train_until: date, last: datetime) -> Cuts:
    valid_from = datetime.combine(train_until + timedelta(days=1), time(), UTC)
    if last < valid_from:
        return Cuts(None, None, f"no work is later than {train_until:%Y-%m-%d}: all train")
    reason = f"training was set to end with {train_until:%Y-%m-%d}"
    return Cuts(valid_from, _half(valid_from, last), reason)


def _half(valid_from: datetime, last: datetime) -> datetime:
    """The middle of what is held out, at a month's start if one lies inside the first half."""
    middle = valid_from + (last - valid_from) / 2
    return _month(middle) if _month(middle) > valid_from else max(_day(middle), valid_from)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError(f"the time {moment.isoformat()} has no zone")
    return moment.astimezone(UTC)


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _month(moment: datetime) -> datetime:
    return _day(moment).replace(day=1)


def split_of(time: datetime, cuts: Cuts) -> Split:
    """The split of work done at `time`."""
    moment = _utc(time)
    if cuts.valid_from is None or moment < cuts.valid_from:
        return "train"
    return "validation" if cuts.test_from and moment < cuts.test_from else "test"


def splits_of(times: pa.Array | pa.ChunkedArray, cuts: Cuts) -> pa.Array | pa.ChunkedArray:
    """The split of each time, as strings.

    Args:
        times: Timestamps with a zone.
        cuts: From `cut_times`.

    Raises:
        InputError: A time is null: work without a time cannot be placed.
    """
    if times.null_count:
        raise InputError(f"{times.null_count} rows have no time and belong to no split")
    if cuts.valid_from is None or cuts.test_from is None:
        return pa.array(["train"] * len(times), pa.string())
    valid = pa.scalar(cuts.valid_from, pa.timestamp("us", tz="UTC"))
    test = pa.scalar(cuts.test_from, pa.timestamp("us", tz="UTC"))
    moments = times.cast(pa.timestamp("us", tz="UTC"))
    held_out = pc.if_else(pc.less(moments, test), "validation", "test")
    return pc.if_else(pc.less(moments, valid), "train", held_out)
