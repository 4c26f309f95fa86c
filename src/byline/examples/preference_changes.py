"""Pairs of changes: merged or sent back, landed again or reverted."""

import re
from typing import Final

from byline.examples.behaviour import hostility
from byline.examples.changed_file import changed_file
from byline.examples.draft import LeftOutError, Log, Turn, Unit
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Material, Row
from byline.examples.part_of_change import file_source
from byline.examples.preference_sides import (
    PreferenceSettings,
    Sides,
    answer,
    opening_turns,
    require_different,
    state_of_both,
)
from byline.examples.preference_units import Pair
from byline.examples.review_material import (
    EPOCH,
    Reviews,
    require_all,
    said_source,
)
from byline.examples.said import Said, Thread

REVERT_WORDS: Final = re.compile(
    r"(?im)^\s*(?:this )?reverts?\b.*$|^\s*revert(?:ed)? (?:of|from|pr|mr)\b.*$"
    r"|[0-9a-f]{7,64}|https?://\S+|\S{1,100}#\d+"
)
INFRASTRUCTURE: Final = re.compile(
    r"(?i)\b(?:flak[ey]\w*|infra(?:structure)?|runner|network|time[- ]?outs?|out of disk|outage"
    r"|quota|rate limit\w*)\b"
)


def patchset_pair(
    unit: Unit[Pair],
    source: Material,
    reviews: Reviews,
    settings: PreferenceSettings,
    log: Log,
) -> Sides:
    """A file as merged, and as the patchset had it that changes were asked for.

    Raises:
        LeftOutError: The pair makes no example.
    """
    pair = unit.what
    if pair.chosen is None or pair.rejected is None:
        raise LeftOutError("not_merged")
    thread = reviews.thread(unit.item, log)
    reason = _reason(pair, thread, reviews, settings, log)
    chosen = changed_file(pair.chosen, source, log)
    rejected = changed_file(pair.rejected, source, log)
    lines = require_different(chosen, rejected, settings, log)
    return _sides(thread, chosen, rejected, reason, lines)


def _reason(
    pair: Pair, thread: Thread, reviews: Reviews, settings: PreferenceSettings, log: Log
) -> Said:
    """The comment on that file and patchset that was heeded, the first in order."""
    path = pair.rejected["path"] if pair.rejected else ""
    heard = []
    for said in thread.of("inline"):
        found = reviews.heeded(said, thread, settings.windows)
        if found is None or found[0].path != path or found[0].patchset != pair.patchset:
            continue
        long = len(said.text) >= settings.min_comment
        if found[1].verdict == "true" and long and said.speaker not in thread.authors:
            heard.append(said)
    log.require("comment.addressed", len(heard), 1, keep=len(heard) >= 1)
    if not heard:
        raise LeftOutError("comment.addressed")
    require_all(log, [hostility(heard[0].text)])
    return heard[0]


def reverted_pair(
    unit: Unit[Pair],
    source: Material,
    reviews: Reviews,
    settings: PreferenceSettings,
    log: Log,
) -> Sides:
    """A file's change when it landed again, and the one that was reverted.

    Raises:
        LeftOutError: The pair makes no example.
    """
    pair = unit.what
    if pair.rejected is None or pair.by is None:
        raise LeftOutError("not_merged")
    thread = reviews.thread(unit.item, log)
    days = ((pair.by["closed"] or EPOCH) - (pair.review["closed"] or EPOCH)).total_seconds() / 86400
    log.require("revert.days", days, settings.max_revert_days,
                0 <= days <= settings.max_revert_days)  # fmt: skip
    _check_reason(pair.by, source, settings, log)
    if pair.chosen is None:
        raise LeftOutError("not_landed_again")
    chosen = changed_file(pair.chosen, source, log)
    rejected = changed_file(pair.rejected, source, log)
    lines = require_different(chosen, rejected, settings, log)
    return _sides(thread, chosen, rejected, None, lines)


def _check_reason(by: Row, source: Material, settings: PreferenceSettings, log: Log) -> None:
    """Whether the revert says why, and not that the machines were at fault.

    Only that there is a reason is asked; its words are shown nowhere.
    """
    parts = source.parts.get(by["item"], ())
    text = "\n".join(part["text"] for part in parts if part["kind"] == "description")
    words = len(REVERT_WORDS.sub(" ", text[:20_000]).split())
    log.require("revert.reason_words", words, settings.min_reason_words,
                words >= settings.min_reason_words)  # fmt: skip
    machines = len(INFRASTRUCTURE.findall(text[:20_000]))
    log.require("revert.infrastructure", machines, 0, keep=machines == 0)


def _sides(
    thread: Thread, chosen: ChangedFile, rejected: ChangedFile, reason: Said | None, lines: int
) -> Sides:
    opening = thread.of("title", "description")
    sources = [said_source(said, thread.item) for said in (*opening, *([reason] if reason else []))]
    sources += [file_source(file, thread.item) for file in (chosen, rejected)]
    state = state_of_both(chosen, rejected)
    return Sides(
        prompt=(*opening_turns(opening), Turn("user", "state", files=(state,))),
        chosen=answer(chosen),
        rejected=answer(rejected),
        reason=reason.text if reason else "",
        margin=lines,
        sources=sources,
    )
