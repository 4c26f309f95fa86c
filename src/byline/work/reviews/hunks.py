"""Which line a comment speaks of, from the hunk that GitHub repeats beside it.

A comment from before 2020 has only a ``position``: how far down the whole diff of the file it is,
which says nothing without that diff. But its ``diff_hunk`` ends with the commented line, so walking
it from its header gives the line and the side (REST API, "Pull request review comments").
"""

import re
from typing import Final

HEADER: Final = re.compile(r"@@ -(?P<old>\d{1,9})(?:,\d+)? \+(?P<new>\d{1,9})(?:,\d+)? @@")


def last_line(diff_hunk: str) -> tuple[int, str] | None:
    """The last line of a hunk and its side (old | new), or None where it has no header or line."""
    header, _, body = diff_hunk.partition("\n")
    found = HEADER.match(header)
    if not found or not body:
        return None
    old, new = int(found["old"]) - 1, int(found["new"]) - 1
    last: tuple[int, str] | None = None
    for line in body.removesuffix("\n").split("\n"):
        inner = HEADER.match(line)
        if inner:
            old, new = int(inner["old"]) - 1, int(inner["new"]) - 1
        elif line.startswith("\\"):
            continue
        elif line.startswith("-"):
            old += 1
            last = (old, "old")
        else:
            old, new = old + (not line.startswith("+")), new + 1
            last = (new, "new")
    return last if last is not None and last[0] >= 1 else None
