"""Contributions: each person's span of each item, with every fact that clauses speak about.

This is where work, people and licences meet, just before decisions are made. A line of a file or of
an edit belongs to the commit that wrote it, and so to everyone whom that commit names. A commit's
message is an item of its own, of class ``process``.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from byline.terms.schema import FACTS
from byline.work.identifiers import item_id

VERSION = "2"
CONTRIBUTIONS = pa.schema(
    [
        *FACTS,
        pa.field("commit", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # author | co-author
    ]
)


@dataclass(frozen=True)
class Ownership:
    """Whose a repository is, and the licence that it carries as a whole."""

    repository: str
    owner: str
    customer: str | None
    licence: str | None


def file_contributions(
    files: pa.Table, labels: pa.Table, *bylines: pa.Table, ownership: Ownership
) -> pa.Table:
    """`CONTRIBUTIONS` of a bucket of `FILES`."""
    spans = _summed(_lines_by_commit(files, "origins"))
    return _join(spans, labels, pa.concat_tables(bylines), ownership, work_class="code")


def edit_contributions(
    edits: pa.Table, labels: pa.Table, commits: pa.Table, *bylines: pa.Table, ownership: Ownership
) -> pa.Table:
    """`CONTRIBUTIONS` of a bucket of `EDITS`, and of the messages of its commits."""
    people = pa.concat_tables(bylines)
    # A commit that only deletes writes no line, and yet the edit is its author's work.
    spans = _summed(
        _lines_by_commit(edits, "before_origins"),
        _lines_by_commit(edits, "after_origins"),
        _edits_themselves(edits),
    )
    code = _join(spans, labels, people, ownership, work_class="code")
    messages = _messages(edits, commits)
    process = _join(messages, None, people, ownership, work_class="process")
    return pa.concat_tables([code, process])


def message_item(repository: str, commit: str) -> str:
    """The id of the item that a commit's message is."""
    return item_id("message", repository, commit)


def _lines_by_commit(items: pa.Table, column: str) -> pa.Table:
    """The runs of lines of each item: (item, commit, lines)."""
    origins = items.column(column).combine_chunks()
    flat = pc.list_flatten(origins)
    return pa.table(
        {
            "item": items.column("item").combine_chunks().take(pc.list_parent_indices(origins)),
            "commit": pc.struct_field(flat, "commit"),
            "lines": pc.struct_field(flat, "lines"),
        }
    )


def _edits_themselves(edits: pa.Table) -> pa.Table:
    """Each edit that was read as a span of no lines by its own commit: (item, commit, lines)."""
    rows = edits.select(["item", "commit"]).filter(pc.is_null(edits.column("skip")))
    return rows.append_column("lines", pa.array([0] * rows.num_rows, pa.int32()))


def _summed(*parts: pa.Table) -> pa.Table:
    """How many lines of each item each commit wrote: (item, commit, lines)."""
    schema = pa.schema([("item", pa.string()), ("commit", pa.string()), ("lines", pa.int32())])
    together = pa.concat_tables([part.cast(schema) for part in parts])
    grouped = together.group_by(["item", "commit"]).aggregate([("lines", "sum")])
    return grouped.rename_columns(
        ["lines" if name == "lines_sum" else name for name in grouped.column_names]
    )


def _messages(edits: pa.Table, commits: pa.Table) -> pa.Table:
    """The messages of the commits that the edits come from, as (item, commit, lines)."""
    wanted = pc.is_in(commits.column("commit"), value_set=pc.unique(edits.column("commit")))
    chosen = commits.select(["repository", "commit", "message"]).filter(wanted)
    rows = chosen.to_pylist()
    return pa.table(
        {
            "item": pa.array(
                [message_item(r["repository"], r["commit"]) for r in rows], pa.string()
            ),
            "commit": pa.array([row["commit"] for row in rows], pa.string()),
            "lines": pa.array([row["message"].count("\n") + 1 for row in rows], pa.int64()),
        }
    )


def _join(
    spans: pa.Table,
    labels: pa.Table | None,
    people: pa.Table,
    ownership: Ownership,
    *,
    work_class: str,
) -> pa.Table:
    joined = spans.join(people, keys="commit", join_type="inner")
    if labels is None:
        nothing = pa.nulls(joined.num_rows, pa.string())
        declared, vendored = nothing, pc.is_valid(nothing)
    else:
        about = labels.select(["item", "licence", "vendored"])
        joined = joined.join(about, keys="item", join_type="left outer")
        declared = joined.column("licence").combine_chunks()
        vendored = pc.is_valid(joined.column("vendored").combine_chunks())
    count = joined.num_rows
    repository_licence = pa.array([ownership.licence] * count, pa.string())
    source = pc.if_else(
        pc.is_valid(declared),
        "file",
        pc.if_else(pc.is_valid(repository_licence), "repository", None),
    )
    columns = {
        "contribution": _ids(joined),
        "class": pa.array([work_class] * count, pa.string()),
        "repository": pa.array([ownership.repository] * count, pa.string()),
        "owner": pc.if_else(vendored, "third-party", ownership.owner),
        "customer": pa.array([ownership.customer] * count, pa.string()),
        "licence": pc.coalesce(declared, repository_licence),
        "licence_source": source,
    }
    arrays = [
        columns[name] if name in columns else joined.column(name) for name in CONTRIBUTIONS.names
    ]
    table = pa.table(arrays, names=CONTRIBUTIONS.names).cast(CONTRIBUTIONS)
    return table.take(pc.sort_indices(table, sort_keys=[("contribution", "ascending")]))


def _ids(joined: pa.Table) -> pa.Array:
    """Ids of contributions: what, which commit, who."""
    who = pc.coalesce(joined.column("person"), joined.column("email"))
    parts = zip(
        joined.column("item").to_pylist(),
        joined.column("commit").to_pylist(),
        who.to_pylist(),
        strict=True,
    )
    return pa.array([item_id("c", *part) for part in parts], pa.string())
