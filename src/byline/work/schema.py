"""The tables of collected work. Facts only: what a detector thinks of them lives in other tables.

Paths are text. A path that is not UTF-8 is kept as a display form with backslash escapes and its
item carries ``skip = "path_not_utf8"``, so that no later stage takes the display form for a path.
"""

import pyarrow as pa

ORIGIN = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),  # first line, counted from 1
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),  # the commit that wrote these lines
    ]
)

FILES = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("repository", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("oid", pa.string(), nullable=False),
        pa.field("swhid", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),  # bytes
        pa.field("text", pa.string()),  # null when `skip` says why
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("skip", pa.string()),
        pa.field("origins", pa.list_(ORIGIN), nullable=False),
    ]
)
"""One row for each file at the collected revision; ``origins`` cover every line, in order."""

TRAILER = pa.struct([pa.field("key", pa.string()), pa.field("value", pa.string())])

CHANGE = pa.struct(
    [
        pa.field("status", pa.string(), nullable=False),  # A M D T, as `git diff --raw`
        pa.field("path", pa.string(), nullable=False),
        pa.field("old_oid", pa.string(), nullable=False),
        pa.field("new_oid", pa.string(), nullable=False),
        pa.field("old_mode", pa.string(), nullable=False),
        pa.field("new_mode", pa.string(), nullable=False),
    ]
)

COMMITS = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),
        pa.field("parents", pa.list_(pa.string()), nullable=False),
        pa.field("author_name", pa.string(), nullable=False),
        pa.field("author_email", pa.string(), nullable=False),
        pa.field("author_time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("committer_name", pa.string(), nullable=False),
        pa.field("committer_email", pa.string(), nullable=False),
        pa.field("commit_time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("message", pa.string(), nullable=False),
        pa.field("trailers", pa.list_(TRAILER), nullable=False),
        pa.field("changes", pa.list_(CHANGE), nullable=False),  # against the first parent
    ]
)
"""One row for each commit reachable from the collected revision, as recorded: no mailmap."""

EDITS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("repository", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),
        pa.field("parent", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("old_oid", pa.string(), nullable=False),
        pa.field("new_oid", pa.string(), nullable=False),
        pa.field("before", pa.string()),
        pa.field("after", pa.string()),
        pa.field("skip", pa.string()),
        # Of the lines of `before` around the changes; what lies further off was not asked.
        pa.field("before_origins", pa.list_(ORIGIN), nullable=False),
        # Runs of lines of `after` that this commit wrote; the other lines are those of `before`.
        pa.field("after_origins", pa.list_(ORIGIN), nullable=False),
    ]
)
"""One row for each file that a chosen commit changed, with both states and their authorship."""
