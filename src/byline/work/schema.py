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

TRAILER = pa.struct(
    [
        pa.field("key", pa.string()),
        pa.field("value", pa.string()),
        pa.field("place", pa.string()),  # footer: git's own reading; body: a line above the footer
    ]
)

RELATION = pa.struct(
    [
        pa.field("kind", pa.string(), nullable=False),  # see `work.git.relations`
        pa.field("target", pa.string(), nullable=False),  # as the message has it
        pa.field("evidence", pa.string(), nullable=False),  # the rule that read it
    ]
)

RENAME = pa.struct(
    [
        pa.field("old_path", pa.string(), nullable=False),
        pa.field("new_path", pa.string(), nullable=False),
        pa.field("old_oid", pa.string(), nullable=False),
        pa.field("new_oid", pa.string(), nullable=False),
        pa.field("similarity", pa.int32(), nullable=False),  # percent; 100: the same content
    ]
)

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
        # Why nobody is believed to have written this: the message id of `git fsck`, else null.
        pa.field("quarantine", pa.string()),
        pa.field("kind", pa.string(), nullable=False),  # root | ordinary | merge | octopus
        pa.field("encoding", pa.string()),  # the header's, where it has one; all is UTF-8 here
        # What the commit says where the time cannot be one (before 1970, after 9999, no number);
        # the time itself is then 1970, as git has it.
        pa.field("author_time_recorded", pa.string()),
        pa.field("commit_time_recorded", pa.string()),
        pa.field("relations", pa.list_(RELATION), nullable=False),  # as the message states them
        # Pairs of a D and an A of `changes` that `git diff -M` takes for one file.
        pa.field("renames", pa.list_(RENAME), nullable=False),
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

REFERENCES = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # full, as supplied
        pa.field("kind", pa.string(), nullable=False),  # branch | tag | review
        pa.field("forge", pa.string()),  # github | gitlab | gerrit: whose form the name has
        pa.field("number", pa.int64()),  # of the pull request, merge request or change
        pa.field("patchset", pa.int32()),  # Gerrit's
        pa.field("commit", pa.string(), nullable=False),  # tags are followed to their commit
        pa.field("swhid", pa.string(), nullable=False),
    ]
)
"""One row for each ref of a repository that leads to a commit, whether it is collected or not."""

QUARANTINE = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("oid", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),  # commit | tree | blob | tag
        pa.field("message", pa.string(), nullable=False),  # the message id of `git fsck`
        pa.field("severity", pa.string(), nullable=False),  # git's own default
        # recorded | authorship | entry | tree | refused (`byline.work.git.findings`)
        pa.field("treatment", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # git's words; they may quote the object
        pa.field("explanation", pa.string(), nullable=False),
        pa.field("harmless", pa.bool_(), nullable=False),
    ]
)
"""One row for each thing that git finds wrong with an object of the mirror, or with a tag."""

NOTED_FILE = pa.struct(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("oid", pa.string(), nullable=False),  # as the commit left it; all zeros: deleted
        pa.field("text", pa.string()),  # null unless the note mentions the path, and within limits
    ]
)

NOTES = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),  # the commit that the note is on
        pa.field("reference", pa.string(), nullable=False),  # below `refs/notes/`, such as "ai"
        pa.field("oid", pa.string(), nullable=False),  # the note's own blob
        pa.field("text", pa.string()),  # null when `skip` says why
        pa.field("skip", pa.string()),
        pa.field("files", pa.list_(NOTED_FILE), nullable=False),  # all that the commit changed
    ]
)
"""One row for each git note on a collected commit, as recorded."""

SIGNATURES = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # ssh | openpgp | x509 | unknown
        pa.field("signature", pa.binary()),  # the armour; null when `problem` says why
        pa.field("payload", pa.binary()),  # the bytes that were signed; null likewise
        # several_signatures | signature_too_large | payload_too_large | other_hash
        pa.field("problem", pa.string()),
    ]
)
"""One row for each collected commit that carries a signature, as recorded: nothing is judged."""
