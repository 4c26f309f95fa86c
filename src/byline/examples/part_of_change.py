"""A part of a file's change, as a change of its own that replays byte for byte; and its record."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.draft import LeftOutError
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Row
from byline.examples.search_replace import NoAnchorError, SearchReplace, make_blocks
from byline.work.diff import Block
from byline.work.identifiers import swhid


def part_of(file: ChangedFile, wanted: Sequence[Block]) -> ChangedFile:
    """A file with only those blocks of its change that overlap some blocks of lines.

    Its after-state is what these blocks alone make of it, with the lines' authors where they come
    to stand.

    Args:
        file: A changed file.
        wanted: Blocks between its states; only their old lines are looked at.

    Raises:
        LeftOutError: None overlaps.
    """
    kept = [
        block
        for block in file.blocks
        if any(one.old_start <= block.old[1] and one.old_end >= block.old[0] for one in wanted)
    ]
    if not kept:
        raise LeftOutError("no_change_near")
    after: list[str] = []
    known: list[Allowed] = []
    origins: list[dict[str, Any]] = []
    written = _written(file)
    done = 0
    for block in kept:
        after += file.before[done : block.old[0]]
        known += [UNDECIDED] * (block.old[0] - done)
        for place in range(*block.new):
            if place in written:
                origins.append({"start": len(after) + 1, "lines": 1, "commit": written[place]})
            after.append(file.after[place])
            known.append(file.known_after[place])
        done = block.old[1]
    after += file.before[done:]
    known += [UNDECIDED] * (len(file.before) - done)
    row = {**file.row, "after_origins": origins}
    blocks = blocks_between(file, after)
    return replace(file, row=row, after=after, known_after=known, blocks=blocks)


def blocks_between(file: ChangedFile, after: Sequence[str]) -> list[SearchReplace]:
    """The blocks that turn a file into another state; where lines repeat, not as in its own change.

    Raises:
        LeftOutError: There are none, or they need lines that may not be shown.
    """
    try:
        blocks = make_blocks(
            file.before, after, may_show=lambda at: file.known_before[at].reason is None
        )
    except NoAnchorError as error:
        raise LeftOutError("ambiguous") from error
    if not blocks:
        raise LeftOutError("no_change_near")
    return blocks


def _written(file: ChangedFile) -> dict[int, str]:
    """The commit of each line of the after-state that the change wrote, counted from 0."""
    return {
        place: origin["commit"]
        for origin in file.row["after_origins"]
        for place in range(origin["start"] - 1, origin["start"] - 1 + origin["lines"])
    }


def file_source(file: ChangedFile, item: Row) -> dict[str, Any]:
    """The content that a change left of a file, as a row of `SOURCE`.

    The time is that of the latest line that it wrote or may show, else of its item.
    """
    row = file.row
    lines = (*file.known_before, *file.known_after, file.writer)
    times = [known.time for known in lines if known is not UNDECIDED and known.reason is None]
    oid = row["new_oid"] if row["after"] else row["old_oid"]
    shown = file.path if file.path == row["path"] else None
    return {
        "system": "git",
        "repository": row["repository"],
        "oid": oid,
        "swhid": swhid("cnt", oid),
        "path": shown,
        "start": None,
        "end": None,
        "time": max(times, default=item["opened"]),
    }
