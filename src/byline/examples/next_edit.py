"""The `next_edit` recipe: from the latest edits and the place of the cursor to the next edit.

After Zed's Zeta (re-implemented from its published record). The prompt shows
the latest edits as diffs and a stretch of the file with an editable region and the cursor in it;
the answer is the region as it is after the next step. Where nothing changes in it, the region comes
back as it is, so that a model learns to leave things alone.

Edits come from editors' event logs that somebody submitted, and from commits, whose order is
imitated (label ``order = synthetic``). The text that a log starts from is asked of git as a change
of purpose ``shown`` (`byline.work.git.ranges_traces`); a log without it makes no example.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from byline.examples.chance import fraction
from byline.examples.draft import (
    Declined,
    Draft,
    LeftOutError,
    Log,
    Making,
    Turn,
    Unit,
    each,
)
from byline.examples.edit_view import piece_of
from byline.examples.material import Material
from byline.examples.next_edit_lines import Line, texts
from byline.examples.next_edit_moments import (
    Moment,
    Region,
    region_of,
    rewritten,
    shown_history,
    undone,
)
from byline.examples.next_edit_settings import RECIPE, VERSION, NextEditSettings
from byline.examples.next_edit_sources import Found, commit_files, found_in_commit, trace_steps
from byline.examples.pieces import Piece, joined
from byline.examples.rendering_files import own
from byline.examples.tokens import CURSOR, REGION, REGION_END

__all__ = ["RECIPE", "VERSION", "NextEditSettings", "next_edit"]
NO_CHANGE: Final = "no_change"


def next_edit(source: Material, settings: NextEditSettings) -> Iterator[Draft | Declined]:
    """A draft for each step of the logs and each fit file of the commits, or why there is none.

    Args:
        source: Of work items, for the logs, or of commits
            (`byline.examples.commit_units.commit_material`).
        settings: Limits.
    """
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)

    def from_commit(unit: Unit[Any], identity: str, log: Log) -> Draft:
        found = found_in_commit(unit, identity, log, source, settings)
        return _draft(unit, identity, log, found, making, settings)

    def from_log(unit: Unit[Found | LeftOutError], identity: str, log: Log) -> Draft:
        if isinstance(unit.what, LeftOutError):
            raise unit.what
        return _draft(unit, identity, log, unit.what, making, settings)

    made = chain(
        each(making, commit_files(source), from_commit),
        each(making, trace_steps(source, settings), from_log),
    )
    return _capped(made, source, settings)


def _draft(
    unit: Unit[Any],
    identity: str,
    log: Log,
    found: Found,
    making: Making,
    settings: NextEditSettings,
) -> Draft:
    moment = found.moment
    size = sum(len(line.text) for line in moment.now)
    log.require("file_characters", size, settings.file_characters, size <= settings.file_characters)
    log.require("bulk_change", found.bulk, 0, not found.bulk)
    region = region_of(
        moment, region_characters=settings.region_characters,
        context_characters=settings.context_characters,
    )  # fmt: skip
    history, shown, left_out = shown_history(
        moment.history, most=settings.history, characters=settings.event_characters
    )
    log.note("history_left_out", left_out, settings.history)
    log.require("history", shown, 1, shown >= 1)
    share = undone(moment, region, events=settings.revert_events)
    log.require("reverts_edits", share, settings.revert_share, share <= settings.revert_share)
    answer = rewritten(moment, region)
    pieces = [piece_of(line.text, line.known, 0.0) for line in answer]
    now = moment.now[region.above : region.below]
    return Draft(
        identity=identity,
        recipe=RECIPE,
        version=VERSION,
        settings_digest=making.settings_digest,
        work_class="code",
        record={**_record(unit, moment, region, answer), "events": joined(history)},
        turns=(
            Turn("user", "context", tuple(history), heading="Recent edits"),
            Turn("user", "context", tuple(_excerpt(moment, region)), heading="Excerpt"),
            Turn("assistant", "edit", tuple(_answer(pieces)), learn=1.0),
        ),
        sources=found.sources or unit.sources,
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=max([unit.time, *(line.known.time for line in (*now, *answer))]),
        target="".join(texts(answer)) if region.changes else f"{identity}\n",
        context=[{"path": moment.path, "role": "edited", "hindsight": False}],
        labels={"order": moment.order, "outcome": "change" if region.changes else NO_CHANGE,
                **found.labels},
        decisions=log.decisions,
    )  # fmt: skip


def _excerpt(moment: Moment, region: Region) -> Iterator[Piece]:
    """The file around the cursor, with the region's borders and the cursor marked."""
    yield own(f"File: {moment.path}\n")
    for place in range(region.above, region.below):
        if place == region.start:
            yield own(f"{REGION}\n")
        yield from _with_cursor(moment, place)
        if place == region.end - 1:
            yield own(f"{REGION_END}\n")
    if region.start == region.end:
        yield own(f"{REGION}\n{CURSOR}\n{REGION_END}\n")


def _with_cursor(moment: Moment, place: int) -> Iterator[Piece]:
    line = moment.now[place]
    piece = piece_of(line.text, line.known, 0.0)
    last = len(moment.now) - 1
    if place != min(moment.line, last):
        yield piece
    elif moment.line > last:  # the cursor is on the empty line after the last
        yield from (piece, own(CURSOR + "\n"))
    else:
        column = min(moment.column, len(line.text.rstrip("\r\n")))
        yield replace(piece, text=line.text[:column])
        yield own(CURSOR)
        yield replace(piece, text=line.text[column:])
    if not line.text.endswith("\n"):
        yield own("\n")


def _answer(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The new region; an empty one is said by its borders alone."""
    yield own(f"{REGION}\n", 1.0)
    yield from pieces
    if pieces and not pieces[-1].text.endswith("\n"):
        yield own("\n", 1.0)
    yield own(f"{REGION_END}\n", 1.0)


def _record(
    unit: Unit[Any], moment: Moment, region: Region, answer: Sequence[Line]
) -> dict[str, Any]:
    start = "".join(texts(moment.now[: moment.line]))
    return {
        "repository": unit.repository,
        "cursor_path": moment.path,
        "cursor_offset": len(start) + moment.column,
        "order": moment.order,
        "region": {"start": region.start + 1, "end": region.end},
        "excerpt": "".join(texts(moment.now[region.start : region.end])),
        "expected": "".join(texts(answer)),
    }


def _capped(
    made: Iterable[Draft | Declined], source: Material, settings: NextEditSettings
) -> Iterator[Draft | Declined]:
    """The same, with no more of one place and of no change than the caps allow, by hash."""
    everything = list(made)
    drafts = sorted(
        (one for one in everything if isinstance(one, Draft)),
        key=lambda one: fraction(one.identity, settings.seed, "cap"),
    )
    surplus = _crowded(drafts, settings)
    left = [one for one in drafts if one.identity not in surplus]
    quiet = [one for one in left if one.labels["outcome"] == NO_CHANGE]
    share = settings.most_unchanged
    most = int((len(left) - len(quiet)) * share / (1 - share))
    surplus.update({one.identity: ("unchanged_share", len(quiet), most) for one in quiet[most:]})
    for one in everything:
        told = surplus.get(one.identity) if isinstance(one, Draft) else None
        if told is None or told[0] in source.overrides.get(one.identity, ()):
            yield one
        else:
            yield _declined(one, *told)


def _crowded(
    drafts: Sequence[Draft], settings: NextEditSettings
) -> dict[str, tuple[str, int, int]]:
    """Drafts beyond the most that one place of a file may have."""
    seen: Counter[tuple[str, str, int]] = Counter()
    found = {}
    for one in drafts:
        line = one.record["region"]["start"] // (2 * settings.cluster_lines + 1)
        place = (one.repository, str(one.record["cursor_path"]), line)
        seen[place] += 1
        if seen[place] > settings.per_cluster:
            found[one.identity] = ("cursor_cluster", seen[place], settings.per_cluster)
    return found


def _declined(one: Draft | Declined, rule: str, value: int, limit: int) -> Declined:
    decision = {"rule": rule, "value": float(value), "limit": float(limit), "keep": False}
    return Declined(
        one.identity, one.recipe, one.version, one.settings_digest, rule, one.item,
        one.repository, one.group, one.time, [*one.decisions, decision],
    )  # fmt: skip
