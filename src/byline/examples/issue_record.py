"""What is written down of an issue's example: its record, its context, its size."""

from collections.abc import Sequence
from typing import Any

from byline.examples.change_records import whole_record
from byline.examples.edit_view import ChangedFile
from byline.examples.issue_solutions import Solution
from byline.examples.issue_stages import FILES, Known
from byline.examples.issue_statement import Told
from byline.examples.localisation import regions, shown_lines
from byline.examples.pieces import joined
from byline.work.diff import changed_blocks


def context_of(
    stage: str, known: Known, found: set[str], *, edited_later: bool
) -> list[dict[str, Any]]:
    """What is shown, and whether it was chosen by knowing the answer."""
    rows = []
    for file in known.shown(stage):
        is_edited = file.row["status"] != "S"
        whole = stage == FILES or shown_lines(file) == len(file.before)
        was_found = bool({file.row["path"], file.row["old_path"]} & found)
        rows.append(
            {
                "path": file.old_path or file.path,
                "role": "edited" if is_edited else "distractor",
                "hindsight": is_edited and not (was_found and whole),
            }
        )
    if edited_later:
        rows.append({"path": "", "role": "description", "hindsight": True})
    return rows


def record_of(
    solution: Solution, stage: str, told: Told, known: Known, tests: int
) -> dict[str, Any]:
    """The record, with the names of SWE-bench's fields where it has them."""
    return {
        "repo": solution.issue["repository"],
        "base_commit": next((file.row["parent"] for file in known.edited), None),
        "issue": solution.issue["key"],
        "review": solution.review["key"] if solution.review is not None else None,
        "stage": stage,
        "problem_statement": told.statement,
        "hints": [{"speaker": turn.speaker, "text": joined(turn.pieces)} for turn in told.comments],
        "test_files": tests,
        "files": [
            {
                **whole_record(file),
                "regions": [{"first": first, "last": last} for first, last in regions(file)],
            }
            for file in known.edited
        ],
        "shown": [file.old_path or file.path for file in known.shown(stage)],
    }


def changed_lines(file: ChangedFile) -> int:
    """Changed lines: the larger of removed and added, without what blocks are anchored by."""
    changed = changed_blocks(file.before, file.after)
    removed = sum(block.old_end - block.old_start for block in changed)
    return max(removed, sum(block.new_end - block.new_start for block in changed))


def replaced(edited: Sequence[ChangedFile]) -> str:
    """The texts that a solution's blocks put in."""
    return "".join(block.replace for file in edited for block in file.blocks)
