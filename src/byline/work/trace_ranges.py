"""What git is asked for recorded editor sessions: the files as they stood before the first edit.

An edit log says which commit its diffs start from, and names files; their texts, with who wrote
which line, are git's (`byline.work.traces.edits`).
"""

import json
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.work.items import RANGES

SHOWN: Final = "shown"
MOST_FILES: Final = 200  # of one session; a session over more is no work on one thing. Ours.


def trace_ranges(items: pa.Table, parts: pa.Table) -> pa.Table:
    """`RANGES` of purpose ``shown``: for each edit log with a revision, the files that it edits.

    Args:
        items: `ITEMS`; those that are no edit logs are passed over.
        parts: `PARTS` of them.

    Returns:
        At most one row for each trace, in order of item.
    """
    known: dict[str, str] = {}
    for row in items.select(["item", "kind", "detail"]).to_pylist():
        if row["kind"] == "trace":
            revision = json.loads(row["detail"]).get("revision")
            if isinstance(revision, str) and revision:
                known[row["item"]] = revision
    wanted = parts.filter(pc.is_in(parts["item"], pa.array(sorted(known), pa.string())))
    paths: dict[str, set[str]] = {}
    for row in wanted.select(["item", "kind", "path", "detail"]).to_pylist():
        if row["kind"] == "event" and row["path"]:
            old = json.loads(row["detail"] or "{}").get("old_path")
            paths.setdefault(row["item"], set()).add(str(old or row["path"]))
    return pa.Table.from_pylist(
        [
            _row(item, known[item], sorted(paths[item]))
            for item in sorted(paths)
            if len(paths[item]) <= MOST_FILES
        ],
        schema=RANGES,
    )


def _row(item: str, revision: str, paths: list[str]) -> dict[str, Any]:
    return {
        "work_item": item,
        "purpose": SHOWN,
        "old_commit": revision,
        "new_commit": revision,
        "from_patchset": None,
        "to_patchset": None,
        "paths": paths,
    }
