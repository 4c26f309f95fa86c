"""Which other files are shown with an issue: chosen by its words, asked of git as they were then.

The files are searched as they are at the collected revision (`byline.examples.bm25`); the range
that is asked names the state before the solution, so that what is shown is of that time. Title and
description are the whole query: nothing that was said later helps to choose.
"""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from byline.examples.bm25 import Index, choose_distractors
from byline.examples.issue_solutions import Solution, solutions
from byline.examples.localisation import is_test
from byline.examples.material import Material
from byline.work.items import RANGES

SPARE: Final = 4
"""Times as many files are asked for: some did not exist then, and some may not be shown."""


def shown_ranges(source: Material, indexes: Mapping[str, Index]) -> pa.Table:
    """`RANGES` of purpose ``shown``, at most one for each solved issue, in order of its key.

    `SPARE` times as many files are asked for as the solution edits, tests aside, and at least one;
    edited files that the search finds on the way are named too, which tells the recipe that they
    were found.

    Args:
        source: Items, parts, links, commits and merged changes; nothing else of it is looked at.
        indexes: By repository; an issue of any other asks for nothing.
    """
    rows = [
        row
        for one in solutions(source)
        if (known := indexes.get(_repository(one))) is not None
        if (row := _row(source, one, known)) is not None
    ]
    return pa.Table.from_pylist(rows, schema=RANGES)


def _repository(solution: Solution) -> str:
    return next((str(row["repository"]) for row in solution.changes), "")


def _row(source: Material, solution: Solution, known: Index) -> dict[str, Any] | None:
    changed = [row for row in solution.changes if row["path"] and not row["skip"]]
    bases = {row["parent"] for row in changed}
    if len(bases) != 1:
        return None
    item = solution.issue["item"]
    query = "\n".join(
        part["text"]
        for part in source.parts.get(item, ())
        if part["kind"] in ("title", "description")
    )
    edited = {path for row in changed for path in (row["path"], row["old_path"]) if path}
    count = max(1, sum(not is_test(row["path"]) for row in changed))
    paths = choose_distractors(query, known, edited, SPARE * count)
    if not paths:
        return None
    [base] = bases
    return {
        "work_item": item,
        "purpose": "shown",
        "old_commit": base,
        "new_commit": base,
        "from_patchset": None,
        "to_patchset": None,
        "paths": sorted(paths),
    }
