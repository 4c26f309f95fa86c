"""The four things that an issue's example may ask, and what answers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from byline.examples.draft import LeftOutError, Log, Turn
from byline.examples.edit_view import ChangedFile
from byline.examples.localisation import (
    as_it_was,
    listing,
    no_edit_answer,
    numbered,
    paths_answer,
    region_is_shown,
    regions_answer,
)
from byline.examples.pieces import Piece

EDIT, FILES, REGIONS, NO_EDIT = "edit", "files", "regions", "no_edit"
STAGES: Final = (EDIT, FILES, REGIONS, NO_EDIT)
QUESTIONS: Final = {
    FILES: "Which of these files are to be edited? Answer with their paths, one a line.\n",
    REGIONS: "Which lines are to be edited? Answer with each path and its lines, as first-last.\n",
    NO_EDIT: "What is to be edited in this file?\n",
}


@dataclass(frozen=True)
class Known:
    """What the stages of one issue have in common.

    Attributes:
        issue: Title and description.
        comments: What was said before the work began.
        edited: The files that the solution changes.
        others: Files that are shown and need no change.
        wrong: One of those, by hash; None where there is none.
    """

    issue: Turn
    comments: tuple[Turn, ...]
    edited: Sequence[ChangedFile]
    others: Sequence[ChangedFile]
    wrong: ChangedFile | None

    def there(self) -> list[ChangedFile]:
        """The edited files that were there before."""
        return [file for file in self.edited if file.status != "A"]

    def shown(self, stage: str) -> list[ChangedFile]:
        """The files that a stage shows or lists, by path, so that order gives nothing away."""
        if stage == NO_EDIT:
            return [self.wrong] if self.wrong is not None else []
        files = [*(as_it_was(file) for file in self.there()), *self.others]
        return sorted(files, key=lambda file: file.old_path or file.path)


def prompt(stage: str, known: Known, log: Log) -> tuple[Turn, ...]:
    """What a stage shows.

    Raises:
        LeftOutError: There is nothing to find: every file was added, there is no file but those to
            edit, or a line that the answer names may not be shown.
    """
    told = (known.issue, *known.comments)
    files = known.shown(stage)
    if stage in (FILES, NO_EDIT):
        log.require("distractors.shown", len(known.others), 1, keep=bool(known.others))
    if stage in (FILES, REGIONS):
        there = known.there()
        log.require("files.there", len(there), 1, keep=bool(there))
    if stage == EDIT:
        return (*told, Turn("user", "state", files=tuple(files))) if files else told
    question = Piece(QUESTIONS[stage])
    if stage == FILES:
        pieces = (*listing(files), question)
        return (*told, Turn("user", "context", pieces, heading="Files"))
    if stage == REGIONS:
        if not all(region_is_shown(file) for file in known.there()):
            raise LeftOutError("region_not_shown")
        pieces = (*(piece for file in files for piece in numbered(file)), question)
        return (*told, Turn("user", "context", pieces, heading="Files"))
    return (*told, Turn("user", "state", (question,), files=tuple(files)))


def answer(stage: str, known: Known) -> Turn:
    """What answers it: the turn that is learned."""
    if stage == EDIT:
        return Turn("assistant", "action", files=tuple(known.edited), learn=1.0)
    if stage == FILES:
        pieces = paths_answer(known.there(), learn=1.0)
    elif stage == REGIONS:
        pieces = regions_answer(known.there(), learn=1.0)
    else:
        if known.wrong is None:
            raise LeftOutError("distractors.shown")
        pieces = [no_edit_answer(known.wrong, known.edited, learn=1.0)]
    return Turn("assistant", "answer", tuple(pieces), learn=1.0)
