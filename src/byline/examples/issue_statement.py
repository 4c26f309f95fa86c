"""An issue as it stood before anybody worked on it: title, description, comments.

What somebody wrote later may tell the answer. A title that was changed later is shown as it was; a
description that was edited after the issue was closed is not shown at all, because no export has
the text as it was; one that was edited earlier is marked ``hindsight``, because exports do not say
whether that was before the work began.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from byline.examples.draft import LeftOutError, Log, Turn
from byline.examples.edit_view import MARKERS
from byline.examples.issue_solutions import Solution
from byline.examples.pieces import Piece, joined
from byline.examples.said import Said, Thread
from byline.examples.tokens import forged


@dataclass(frozen=True)
class Told:
    """What is shown of an issue: all from before the work began.

    Attributes:
        said: Title, description and comments.
        issue: The turn of title and description.
        comments: A turn for each comment.
        edits: How often the description was edited, before the issue was closed; None where the
            export does not say.
    """

    said: tuple[Said, ...]
    issue: Turn
    comments: tuple[Turn, ...]
    edits: int | None

    @property
    def as_of(self) -> str:
        """Whether the description is as it was written: as_opened | edited | unknown."""
        return {None: "unknown", 0: "as_opened"}.get(self.edits, "edited")

    @property
    def statement(self) -> str:
        """Title and description."""
        return joined(self.issue.pieces)


def told_before(
    thread: Thread, solution: Solution, log: Log, *, min_description: int, max_comments: int
) -> Told:
    """What is shown of an issue.

    Args:
        thread: Of the issue.
        solution: What solved it.
        log: Of the unit.
        min_description: Characters that the description must have.
        max_comments: The first so many comments are shown.

    Raises:
        LeftOutError: The description is too short, was edited when the answer was known, or holds
            what would forge a prompt.
    """
    began, detail = solution.began, json.loads(solution.issue["detail"])
    edited = bool(detail.get("hindsight_description"))
    log.require("description.edited_later", float(edited), 0, keep=not edited)
    titles = [
        one
        for one in thread.said
        if one.kind == "title" or one.row["state"] == "title: earlier"
        if began is not None and (one.row["time"] is None or one.row["time"] <= began)
    ]
    title = max(titles, key=lambda one: (one.row["time"] is not None, one.time), default=None)
    description = next(iter(thread.of("description")), None)
    size = len(description.text.strip()) if description else 0
    log.require("description.characters", size, min_description,
                keep=size >= min_description)  # fmt: skip
    comments = [
        one
        for one in thread.of("comment")
        if began is not None and one.row["time"] is not None and one.time < began
        if not _unfit(one.text)
    ][:max_comments]
    log.note("comments", len(comments), max_comments)
    said = [one for one in (title, description) if one is not None]
    pieces = tuple(
        piece for number, one in enumerate(said) for piece in (*_gap(number), *one.pieces)
    )
    issue = Turn("user", "intent", pieces, heading="Issue", speaker=thread.opener)
    unfit = _unfit(joined(pieces))
    if unfit is not None:  # nobody can set this aside
        raise LeftOutError(unfit)
    turns = tuple(
        Turn("user", "comment", one.pieces, heading="Comment", speaker=one.speaker)
        for one in comments
    )
    return Told((*said, *comments), issue, turns, edits=detail.get("edited"))


def _gap(number: int) -> Iterator[Piece]:
    """What stands between title and description."""
    if number:
        yield Piece("\n\n")


def _unfit(text: str) -> str | None:
    """What of a text would be taken for the prompt's own words."""
    if forged(text):
        return "contains_control_token"
    return "contains_markers" if any(mark in text for mark in MARKERS) else None
