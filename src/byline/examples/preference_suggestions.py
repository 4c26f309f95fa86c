"""Pairs of a suggestion that was not taken and what stands in its place.

Where the commented lines were changed otherwise, both answer the comment, on the state that was
commented on. Where they were left as they were, both are the change of the patchset itself, one of
them with the suggested lines in it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from byline.examples.addressed import Comment, Heeded
from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.behaviour import hostility
from byline.examples.changed_file import changed_file
from byline.examples.draft import LeftOutError, Log, Turn, Unit
from byline.examples.edit_view import ChangedFile
from byline.examples.line_map import line_map
from byline.examples.material import Material, Row, clean_text
from byline.examples.part_of_change import blocks_between, file_source, part_of
from byline.examples.pieces import Piece, joined
from byline.examples.preference_sides import (
    PreferenceSettings,
    Sides,
    answer,
    opening_turns,
    require_different,
    state_of_both,
)
from byline.examples.preference_units import Pair
from byline.examples.review_comment import commented_part
from byline.examples.review_material import (
    Reviews,
    detail_of,
    require_all,
    said_of,
    said_source,
)
from byline.examples.said import Said, Thread
from byline.examples.text_cuts import Cut, with_cuts
from byline.work.identifiers import line_list

FENCED: Final = re.compile(
    r"^[ ]{0,3}(`{3,}|~{3,})[ ]*suggestion\b[^\n]*\n(?:.*\n)*?[ ]{0,3}\1[`~]*[ ]*$", re.MULTILINE
)


def suggestion_pair(
    unit: Unit[Pair],
    source: Material,
    reviews: Reviews,
    settings: PreferenceSettings,
    log: Log,
) -> Sides:
    """What stands where a comment had proposed other lines, and what it had proposed.

    Raises:
        LeftOutError: The pair makes no example, such as where the proposal was taken.
    """
    part = unit.what.part or {}
    thread = reviews.thread(unit.item, log)
    said = said_of(part, thread)
    require_all(log, [hostility(said.text)])
    size = len(said.text)
    log.require("comment.most", size, settings.max_comment, size <= settings.max_comment)
    found = reviews.heeded(said, thread, settings.windows)
    if found is None:
        raise LeftOutError("no_line")
    place, heard = found
    lines = _proposed(part, said, source)
    if heard.verdict == "true":
        return _settled_otherwise(said, thread, heard, lines, _extent(part, place),
                                  source, settings, log)  # fmt: skip
    if heard.verdict == "unknown":
        raise LeftOutError("unknown_states")
    return _left_as_it_was(said, thread, place, lines, _extent(part, place),
                           source, settings, log)  # fmt: skip


def _settled_otherwise(
    said: Said, thread: Thread, heard: Heeded, lines: list[str], extent: tuple[int, int],
    source: Material, settings: PreferenceSettings, log: Log,
) -> Sides:  # fmt: skip
    if heard.step is None or heard.step.row is None:
        raise LeftOutError("no_single_change")
    whole = changed_file(heard.step.row, source, log)
    chosen = part_of(whole, heard.step.lines.near(heard.start, settings.near_lines, end=heard.end))
    first, last = extent
    shift = heard.end - last  # how far the lines had moved until they were changed
    rejected = with_lines(unchanged(whole), (first + shift - 1, last + shift), lines, said.known)
    differ = _compare(chosen, rejected, lines, settings, log)
    where = f"{whole.old_path or whole.path}, line {heard.start}"
    prompt = [Turn("user", "state", files=(state_of_both(chosen, rejected),))]
    comment = _without_proposal(said.pieces)
    if joined(comment).strip():
        prompt.append(Turn("user", "comment", pieces=comment, heading=f"Comment on {where}"))
    sources = [said_source(said, thread.item), file_source(chosen, thread.item)]
    return Sides(tuple(prompt), answer(chosen), answer(rejected), "", differ, sources)


def _left_as_it_was(
    said: Said, thread: Thread, place: Comment, lines: list[str], extent: tuple[int, int],
    source: Material, settings: PreferenceSettings, log: Log,
) -> Sides:  # fmt: skip
    changes = source.changes.get(thread.item["item"], ())
    whole, chosen = commented_part(place, changes, source, settings.near_lines, log)
    where = line_map(whole.after, chosen.after)
    first, last = where.forward(extent[0]), where.forward(extent[1])
    if place.side == "old" or first is None or last is None:
        raise LeftOutError("no_line")
    rejected = with_lines(chosen, (first - 1, last), lines, said.known)
    differ = _compare(chosen, rejected, lines, settings, log)
    opening = thread.of("title", "description")
    sources = [said_source(one, thread.item) for one in (*opening, said)]
    return Sides(
        prompt=(
            *opening_turns(opening),
            Turn("user", "state", files=(state_of_both(chosen, rejected),)),
        ),
        chosen=answer(chosen),
        rejected=answer(rejected),
        reason="",
        margin=differ,
        sources=[*sources, file_source(chosen, thread.item)],
    )


def _compare(
    chosen: ChangedFile, rejected: ChangedFile, lines: Sequence[str],
    settings: PreferenceSettings, log: Log,
) -> int:  # fmt: skip
    taken = _holds(chosen.after, lines)
    log.require("suggestion.taken", float(taken), 0, keep=not taken)
    return require_different(chosen, rejected, replace(settings, min_differing=1), log)


def _proposed(part: Row, said: Said, source: Material) -> list[str]:
    """The lines that a comment proposes, clean; only such as are kept of it."""
    spans = detail_of(part).get("suggestion_at")
    if not isinstance(spans, list) or not spans:
        raise LeftOutError("suggestion_not_in_text")
    first, last = spans[0]
    lines = line_list(clean_text(part, source))[first - 1 : last]
    lines = [line if line.endswith("\n") else f"{line}\n" for line in lines]
    if any(line.strip() not in said.text for line in lines):
        raise LeftOutError("suggestion_not_kept")
    return lines


def _extent(part: Row, place: Comment) -> tuple[int, int]:
    """First and last line that a proposal is for, in the state that was commented on."""
    first, last = detail_of(part).get("suggestion_for") or (place.start, place.end)
    return first, last


def unchanged(file: ChangedFile) -> ChangedFile:
    """A file as it was before its change."""
    return replace(
        file,
        row={**file.row, "after_origins": []},
        after=file.before,
        known_after=[UNDECIDED] * len(file.before),
        blocks=(),
        status="M",
        path=file.old_path or file.path,
        old_path=None,
    )


def with_lines(
    file: ChangedFile, place: tuple[int, int], lines: Sequence[str], author: Allowed
) -> ChangedFile:
    """A changed file with other lines in its after-state.

    Args:
        file: The file.
        place: Lines [start, end) of its after-state, counted from 0, that are replaced.
        lines: What stands there instead, each with its ending.
        author: Who wrote these.

    Raises:
        LeftOutError: There are no such lines, or no blocks give the result.
    """
    start, end = place
    if not 0 <= start < end <= len(file.after):
        raise LeftOutError("no_line")
    after = [*file.after[:start], *lines, *file.after[end:]]
    known = [*file.known_after[:start], *[author] * len(lines), *file.known_after[end:]]
    moved = len(lines) - (end - start)
    origins: list[dict[str, Any]] = [
        {"start": start + number, "lines": 1, "commit": ""} for number in range(1, len(lines) + 1)
    ]
    for origin in file.row["after_origins"]:
        for line in range(origin["start"], origin["start"] + origin["lines"]):
            if not start < line <= end:
                at = line if line <= start else line + moved
                origins.append({"start": at, "lines": 1, "commit": origin["commit"]})
    row = {**file.row, "after_origins": origins}
    writer = author if file.after is file.before else file.writer
    blocks = blocks_between(file, after)
    return replace(file, row=row, after=after, known_after=known, writer=writer, blocks=blocks)


def _holds(after: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether a text has some lines in a row, whatever their indentation; or they say nothing."""
    wanted = [line.strip() for line in lines]
    if not any(wanted):
        return True
    there = [line.strip() for line in after]
    return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))


def _without_proposal(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    text = joined(pieces)
    cuts = [Cut(one.start(), one.end()) for one in FENCED.finditer(text)]
    return tuple(with_cuts(pieces, cuts))
