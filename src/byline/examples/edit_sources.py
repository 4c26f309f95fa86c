"""The exact objects that an edit example is made of: rows of `SOURCE`."""

from collections.abc import Mapping
from typing import Any

from byline.examples.edit_view import ChangedFile
from byline.work.identifiers import span_swhid, swhid


def source(row: Mapping[str, Any], commit: Mapping[str, Any]) -> dict[str, Any]:
    """The content that a commit left of a file; of one that it deleted, the content before."""
    gone = not set(row["new_oid"]) - {"0"}
    oid = row["old_oid"] if gone else row["new_oid"]
    return {
        "system": "git",
        "repository": row["repository"],
        "oid": oid,
        "swhid": swhid("cnt", oid),
        "path": row["path"],
        "start": None,
        "end": None,
        "time": commit["author_time"],
    }


def shown_source(
    found: Mapping[str, Any], file: ChangedFile, commit: Mapping[str, Any]
) -> dict[str, Any]:
    """A source with its clean path, and its SWHID in the commit; a redacted path is in neither."""
    path = file.path if file.path == found["path"] else None
    # A deleted file's content is not at that path in the commit.
    revision = commit["commit"] if path is not None and file.status != "D" else None
    identifier = span_swhid(found["oid"], path=path, revision=revision)
    return {**found, "path": file.path, "swhid": identifier}


def message_source(commit: Mapping[str, Any]) -> dict[str, Any]:
    """The commit itself, for its message."""
    return {
        "system": "git",
        "repository": commit["repository"],
        "oid": commit["commit"],
        "swhid": swhid("rev", commit["commit"]),
        "path": None,
        "start": None,
        "end": None,
        "time": commit["author_time"],
    }
