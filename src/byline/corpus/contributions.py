"""Contributions: each person's span of each item, with every fact that clauses speak about.

This is where work, people and licences meet, just before decisions are made. A line of a file or of
an edit belongs to the commit that wrote it, and so to everyone whom that commit names. A commit's
message is an item of its own, of class ``process``.

Whose the work is, is the repository's owner's, unless detectors or rules say otherwise
(`byline.corpus.ownership`); `owner_evidence` names what did.

Lines that a record speaks of (`byline.people.recorded_spans`) are a contribution of their own, with
the authorship that the record says. All lines of an item still add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.ownership import Rule, owners_by_rule
from byline.corpus.recorded import (
    LINES,
    PLACE,
    Places,
    authorship_of,
    places_by_lines,
    places_of,
    recorded_lines,
    recorded_of_whole,
)
from byline.terms.schema import FACTS
from byline.work.identifiers import item_id

VERSION = "5"
CONTRIBUTIONS = pa.schema(
    [
        *FACTS,
        pa.field("commit", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # author | co-author
        # What says that the owner is not the repository's, or null.
        pa.field("owner_evidence", pa.string()),
        # human | ai | mixed: what a record says of exactly these lines; null without one
        pa.field("recorded", pa.string()),
        pa.field("places", pa.list_(PLACE)),  # where these lines stand, where a record says so
    ]
)


@dataclass(frozen=True)
class Ownership:
    """Whose a repository is, the licence it carries as a whole, and the rules that may differ."""

    repository: str
    owner: str
    customer: str | None
    licence: str | None
    rules: tuple[Rule, ...] = ()


def file_contributions(
    files: pa.Table, labels: pa.Table, spans: pa.Table, *bylines: pa.Table, ownership: Ownership
) -> pa.Table:
    """`CONTRIBUTIONS` of a bucket of `FILES` with its `SPANS`."""
    lines = _summed(_lines_by_commit(files, "origins"), *recorded_lines(spans, "file"))
    lines = lines.filter(pc.greater(lines["lines"], 0))
    people = pa.concat_tables(bylines)
    paths = _paths_of_items(files, ownership)
    return _join(
        lines,
        labels,
        people,
        ownership,
        work_class="code",
        places=places_by_lines(spans),
        paths=paths,
    )


def edit_contributions(
    edits: pa.Table,
    labels: pa.Table,
    commits: pa.Table,
    spans: pa.Table,
    *bylines: pa.Table,
    ownership: Ownership,
) -> pa.Table:
    """`CONTRIBUTIONS` of a bucket of `EDITS` with its `SPANS`, and of its commits' messages."""
    people, places = pa.concat_tables(bylines), places_by_lines(spans)
    # A commit that only deletes writes no line, and yet the edit is its author's work.
    itself = _edits_themselves(edits, places)
    lines = _summed(
        _lines_by_commit(edits, "before_origins"),
        _lines_by_commit(edits, "after_origins"),
        *recorded_lines(spans, "before", "after"),
    )
    lines = _summed(lines.filter(pc.greater(lines["lines"], 0)), itself)
    paths = _paths_of_items(edits, ownership)
    code = _join(lines, labels, people, ownership, work_class="code", places=places, paths=paths)
    messages = _messages(edits, commits, places)
    process = _join(
        messages, None, people, ownership, work_class="process", places={},
        paths=_paths_of_messages(edits, ownership),
    )  # fmt: skip
    return pa.concat_tables([code, process])


def message_item(repository: str, commit: str) -> str:
    """The id of the item that a commit's message is."""
    return item_id("message", repository, commit)


def _paths_of_items(items: pa.Table, ownership: Ownership) -> Mapping[str, Sequence[str]]:
    """The path of each item, where a rule may ask for it."""
    if not any(rule.paths for rule in ownership.rules):
        return {}
    pairs = zip(items["item"].to_pylist(), items["path"].to_pylist(), strict=True)
    return {item: (path,) for item, path in pairs}


def _paths_of_messages(edits: pa.Table, ownership: Ownership) -> Mapping[str, Sequence[str]]:
    """The paths that the commit of each message changed: a rule on one of them covers it."""
    found: dict[str, list[str]] = {}
    if any(rule.paths for rule in ownership.rules):
        for row in edits.select(["repository", "commit", "path"]).to_pylist():
            found.setdefault(message_item(row["repository"], row["commit"]), []).append(row["path"])
    return found


def _lines_by_commit(items: pa.Table, column: str) -> pa.Table:
    """The runs of lines of each item: `LINES`, without what is recorded of them."""
    origins = items.column(column).combine_chunks()
    flat = pc.list_flatten(origins)
    return pa.table(
        {
            "item": items.column("item").combine_chunks().take(pc.list_parent_indices(origins)),
            "commit": pc.struct_field(flat, "commit"),
            "lines": pc.struct_field(flat, "lines"),
            "recorded": pa.nulls(len(flat), pa.string()),
        }
    )


def _edits_themselves(edits: pa.Table, places: Places) -> pa.Table:
    """Each edit that was read as a span of no lines by its own commit: `LINES`."""
    rows = edits.select(["item", "commit"]).filter(pc.is_null(edits.column("skip"))).to_pylist()
    recorded = [recorded_of_whole(places, row["item"], row["commit"], "whole") for row in rows]
    return pa.table(
        {
            "item": pa.array([row["item"] for row in rows], pa.string()),
            "commit": pa.array([row["commit"] for row in rows], pa.string()),
            "lines": pa.array([0] * len(rows), pa.int32()),
            "recorded": pa.array(recorded, pa.string()),
        }
    )


def _summed(*parts: pa.Table) -> pa.Table:
    """How many lines of each item each commit wrote, by what is recorded of them: `LINES`."""
    together = pa.concat_tables([part.cast(LINES) for part in parts])
    grouped = together.group_by(["item", "commit", "recorded"]).aggregate([("lines", "sum")])
    renamed = grouped.rename_columns(
        ["lines" if name == "lines_sum" else name for name in grouped.column_names]
    )
    return renamed.select(LINES.names)


def _messages(edits: pa.Table, commits: pa.Table, places: Places) -> pa.Table:
    """The messages of the commits that the edits come from, as `LINES`."""
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
            "recorded": pa.array(
                [recorded_of_whole(places, "", row["commit"], "message") for row in rows],
                pa.string(),
            ),
        }
    )


def _join(
    spans: pa.Table,
    labels: pa.Table | None,
    people: pa.Table,
    ownership: Ownership,
    *,
    work_class: str,
    places: Places,
    paths: Mapping[str, Sequence[str]],
) -> pa.Table:
    facts = [name for name in people.column_names if name in CONTRIBUTIONS.names]
    people = people.select([*facts, "email"])
    joined = spans.join(people, keys="commit", join_type="inner")
    if labels is None:
        nothing = pa.nulls(joined.num_rows, pa.string())
        declared = marks = nothing
    else:
        about = labels.select(["item", "licence", "vendored", "copied"])
        joined = joined.join(about, keys="item", join_type="left outer")
        declared = joined.column("licence").combine_chunks()
        marks = pc.coalesce(joined.column("vendored"), joined.column("copied")).combine_chunks()
    count = joined.num_rows
    repository_licence = pa.array([ownership.licence] * count, pa.string())
    source = pc.if_else(
        pc.is_valid(declared),
        "file",
        pc.if_else(pc.is_valid(repository_licence), "repository", None),
    )
    licence = pc.coalesce(declared, repository_licence)
    owner, evidence = _owners(joined, licence, marks, ownership, paths)
    columns = {
        "contribution": _ids(joined),
        "class": pa.array([work_class] * count, pa.string()),
        "repository": pa.array([ownership.repository] * count, pa.string()),
        "owner": owner,
        "owner_evidence": evidence,
        "customer": pa.array([ownership.customer] * count, pa.string()),
        "licence": licence,
        "licence_source": source,
        "authorship": authorship_of(joined),
        "places": places_of(joined, places),
    }
    arrays = [
        columns[name] if name in columns else joined.column(name) for name in CONTRIBUTIONS.names
    ]
    table = pa.table(arrays, names=CONTRIBUTIONS.names).cast(CONTRIBUTIONS)
    return table.take(pc.sort_indices(table, sort_keys=[("contribution", "ascending")]))


def _owners(
    joined: pa.Table,
    licence: pa.Array,
    marks: pa.Array,
    ownership: Ownership,
    paths: Mapping[str, Sequence[str]],
) -> tuple[pa.Array, pa.Array]:
    """The owner of each contribution, and what says so where it is not the repository's."""
    third = pc.is_valid(marks)
    by_default = pc.if_else(third, "third-party", ownership.owner)
    if not ownership.rules:
        return by_default, marks
    named = ["person", "email", "employment", "authored"]
    facts = joined.select(named).append_column("licence", licence)
    items = [paths.get(item, ()) for item in joined.column("item").to_pylist()]
    owner, by_path, evidence = owners_by_rule(facts, ownership.rules, items)
    decides = pc.and_(pc.is_valid(owner), pc.or_(pa.array(by_path), pc.invert(third)))
    return pc.if_else(decides, owner, by_default), pc.if_else(decides, evidence, marks)


def _ids(joined: pa.Table) -> pa.Array:
    """Ids of contributions: what, which commit, who, and what is recorded of these lines."""
    who = pc.coalesce(joined.column("person"), joined.column("email"))
    parts = zip(
        joined.column("item").to_pylist(),
        joined.column("commit").to_pylist(),
        who.to_pylist(),
        joined.column("recorded").to_pylist(),
        strict=True,
    )
    return pa.array(
        [item_id("c", *(part for part in row if part is not None)) for row in parts], pa.string()
    )
