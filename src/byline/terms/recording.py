"""Which events put on record what somebody says now.

Said again, the same is one event. Invariants: what restricts counts at once, so for decisions that
are made as of a day in the past it is dated on that day; what permits is never dated back; what
restricts is never outlived by something that was said before it.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from byline.proof.canonical import canonical_json
from byline.terms.events import LIFTING, BasisEvent

COUNTERED_BY: Final = MappingProxyType(
    {
        "consent_given": ("consent_withdrawn", "consent_refused", "consent_invalidated"),
        "consent_withdrawn": ("consent_given",),
        "consent_refused": ("consent_given",),
        "consent_invalidated": ("consent_given",),
        "objected": ("objection_lifted",),
        "objection_lifted": ("objected",),
        "paused": ("resumed",),
        "resumed": ("paused",),
        "withdrawn": ("reinstated",),
        "reinstated": ("withdrawn",),
        "consent_requested": (),
    }
)
"""By which kinds each kind is ended or lifted."""

END_OF_DAY: Final = dt.time(23, 59, 59, 999999, tzinfo=dt.UTC)


def identified(event: BasisEvent) -> BasisEvent:
    """The event with the hash of its content as its id, its note left out of it."""
    content = {key: value for key, value in event.as_row().items() if key not in {"event", "note"}}
    for key in ("classes", "purposes"):
        content[key] = sorted(set(content[key]))
    return replace(event, id=f"ev_{hashlib.sha256(canonical_json(content)).hexdigest()[:32]}")


def events_to_record(
    said: BasisEvent,
    *,
    held: Iterable[BasisEvent],
    as_of: dt.date,
    whole_days: Collection[dt.date] = (),
) -> tuple[BasisEvent, ...]:
    """The events that say it and are not on record yet, the earliest first.

    Args:
        said: What is said, at the instant that it is said; its id is replaced by its hash, but for
            a signed request.
        held: Every event of the person that is on record.
        as_of: The day that decisions are made for.
        whole_days: Days on which the person said in writing, before now, what is lifted here; such
            a saying counts to the end of its day, so that what lifts it begins after it.
    """
    mine = [one for one in held if one.person == said.person]
    ended = [one.at for one in mine if one.kind in COUNTERED_BY[said.kind]]
    if said.kind in LIFTING:
        instants = [_after(said.at, whole_days)]
    else:
        first = min(said.at, dt.datetime.combine(as_of, END_OF_DAY))
        last = max(ended, default=first)
        instants = [first] if last <= first else [first, max(said.at, last)]
    return tuple(
        made
        for at in instants
        if not _stands(made := _dated(said, at), mine, ended) and made.id not in _ids(mine)
    )


def event_dated(said: BasisEvent, *, held: Iterable[BasisEvent]) -> tuple[BasisEvent, ...]:
    """The event at exactly the instant that it bears, unless it is on record."""
    made = _dated(said, said.at)
    return () if made.id in _ids(held) else (made,)


def _dated(said: BasisEvent, at: dt.datetime) -> BasisEvent:
    moved = replace(said, at=at)
    return moved if said.id and at == said.at else identified(moved)


def _after(at: dt.datetime, days: Collection[dt.date]) -> dt.datetime:
    """The instant, or the beginning of the next day if it is on one of the days."""
    if at.date() not in days:
        return at
    return dt.datetime.combine(at.date() + dt.timedelta(days=1), dt.time(tzinfo=dt.UTC))


def _stands(made: BasisEvent, mine: Iterable[BasisEvent], ended: Iterable[dt.datetime]) -> bool:
    """Whether the same was said by then, and nothing since has ended it."""
    last_end = max((at for at in ended if at <= made.at), default=None)
    return any(
        _content(one) == _content(made)
        and one.at <= made.at
        and (last_end is None or one.at > last_end or (one.at == last_end and _restricts(one)))
        for one in mine
    )


def _restricts(event: BasisEvent) -> bool:
    return event.kind not in LIFTING


def _content(event: BasisEvent) -> tuple[object, ...]:
    return (event.kind, frozenset(event.classes), frozenset(event.purposes), event.by,
            event.expires)  # fmt: skip


def _ids(events: Iterable[BasisEvent]) -> set[str]:
    return {one.id for one in events}
