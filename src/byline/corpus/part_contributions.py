"""Contributions to reviews, issues, documents, builds and traces: a row for each part and person.

A part is a contribution of whoever wrote it. Lines of a passage that git knows are contributions of
the commits that wrote them. What a machine wrote about somebody's work is as that work is: the log
of a build goes with the authors of the commit that it ran on, the output in a recorded trace with
the engineer who submitted it. A part that nobody can be named for has no contribution, and so is
undecided, and so is excluded.

Whose the work is, is the repository's owner's where the item is about one, else the source's,
unless rules say otherwise (`byline.corpus.ownership`). A document in a repository has the licence
of the repository; what is said in a forge or tracker has none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.contributions import CONTRIBUTIONS, Ownership
from byline.corpus.ownership import owners_by_rule
from byline.work.identifiers import item_id

VERSION: Final = "3"
SPANS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),  # the part, or the commit of its lines
        pa.field("key", pa.string(), nullable=False),  # of the facts: a part or a commit
        pa.field("lines", pa.int64(), nullable=False),
        # ai where the export says that an agent wrote it, in the session of whoever submitted it
        pa.field("authorship", pa.string()),
    ]
)
FACTS_OF = ("name", "email", "role", "person", "population", "employment", "worker_type",
            "country", "unit", "legal_entity", "collective_agreement", "separation_type", "region",
            "minor", "left", "authored", "authorship")  # fmt: skip


def part_contributions(
    items: pa.Table,
    parts: pa.Table,
    voices: pa.Table,
    *bylines: pa.Table,
    ownership: Mapping[str, Ownership],
) -> pa.Table:
    """`CONTRIBUTIONS` of a bucket of items, ordered by id.

    Args:
        items: `ITEMS`.
        parts: Their `PARTS`.
        voices: Their `VOICES` (`byline.people.voices`).
        bylines: `BYLINES` of the commits that passages and builds name.
        ownership: By name of a repository or a source.
    """
    about = {row["item"]: row for row in items.to_pylist()}
    spoken = set(voices["part"].to_pylist())
    spans = pa.Table.from_pylist(list(_spans(about, parts, spoken)), schema=SPANS)
    facts = pa.concat_tables([_facts(voices, "part"), *(_facts(one, "commit") for one in bylines)])
    joined = spans.join(facts, keys="key", join_type="inner", right_suffix="_known")
    at = joined.schema.get_field_index("authorship")
    told = pc.coalesce(joined["authorship"], joined["authorship_known"])
    joined = joined.set_column(at, "authorship", told).drop_columns("authorship_known")
    joined = joined.sort_by([(name, "ascending") for name in ("item", "commit", "email")])
    tables = []
    for place, rows in _by_place(joined, about):
        if rows.num_rows:
            tables.append(_contributions(rows, about, ownership[place]))
    table = pa.concat_tables([CONTRIBUTIONS.empty_table(), *tables])
    return table.take(pc.sort_indices(table, sort_keys=[("contribution", "ascending")]))


def place_of(item: Mapping[str, Any]) -> str:
    """Whose ownership an item has: its repository's, else its source's."""
    return str(item["repository"] or item["source"])


def _spans(
    about: Mapping[str, Mapping[str, Any]], parts: pa.Table, spoken: set[str]
) -> Iterator[dict[str, Any]]:
    """Each part's or commit's lines in an item, with what its facts are looked up by."""
    submitters = _submitters(about, parts, spoken)
    columns = ["part", "item", "text", "origins", "origin"]
    lines: dict[tuple[str, str, str], int] = {}
    by_agents: set[str] = set()
    for row in parts.select(columns).to_pylist():
        item = about[row["item"]]
        if row["origins"] is not None:
            for run in row["origins"]:
                key = (row["item"], run["commit"], run["commit"])
                lines[key] = lines.get(key, 0) + run["lines"]
            continue
        if row["part"] in spoken:
            known = row["part"]
        else:
            known = _stands_for(item) or submitters.get(row["item"], "")
            by_agents |= {row["part"]} if row["origin"] == "ai" else set()
        if known:
            lines[row["item"], row["part"], known] = row["text"].count("\n") + 1
    for (name, commit, looked_up), count in lines.items():
        authorship = "ai" if commit in by_agents else None
        yield {"item": name, "commit": commit, "key": looked_up, "lines": count,
               "authorship": authorship}  # fmt: skip


def _stands_for(item: Mapping[str, Any]) -> str:
    """The commit that a build ran on, or nothing."""
    if item["kind"] != "build":
        return ""
    return str(json.loads(item["detail"]).get("commit") or "")


def _submitters(
    about: Mapping[str, Mapping[str, Any]], parts: pa.Table, spoken: set[str]
) -> dict[str, str]:
    """For each trace the first part by somebody: whoever recorded and submitted it."""
    found: dict[str, str] = {}
    for row in parts.select(["part", "item"]).to_pylist():
        if row["part"] in spoken and about[row["item"]]["kind"] == "trace":
            found.setdefault(row["item"], row["part"])
    return found


def _facts(table: pa.Table, key: str) -> pa.Table:
    return table.select([key, *FACTS_OF]).rename_columns(["key", *FACTS_OF])


def _by_place(
    joined: pa.Table, about: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, pa.Table]]:
    places = pa.array([place_of(about[item]) for item in joined["item"].to_pylist()], pa.string())
    for place in sorted(set(places.to_pylist())):
        yield place, joined.filter(pc.equal(places, place))


def _contributions(
    rows: pa.Table, about: Mapping[str, Mapping[str, Any]], ownership: Ownership
) -> pa.Table:
    count = rows.num_rows
    items = rows["item"].to_pylist()
    nothing = pa.nulls(count, pa.string())
    owner, evidence = _owners(rows, [about[item] for item in items], ownership)
    covered = [ownership.licence if about[item]["system"] == "git" else None for item in items]
    licence = pa.array(covered, pa.string())
    columns = {
        "contribution": _ids(rows),
        "class": pa.array([about[item]["class"] for item in items], pa.string()),
        "repository": pa.array([ownership.repository] * count, pa.string()),
        "owner": owner,
        "owner_evidence": evidence,
        "customer": pa.array([ownership.customer] * count, pa.string()),
        "licence": licence,
        "licence_source": pc.if_else(pc.is_valid(licence), "repository", None),
        "recorded": nothing,
        "places": pa.nulls(count, CONTRIBUTIONS.field("places").type),
    }
    arrays = [columns[name] if name in columns else rows[name] for name in CONTRIBUTIONS.names]
    return pa.table(arrays, names=CONTRIBUTIONS.names).cast(CONTRIBUTIONS)


def _owners(
    rows: pa.Table, items: Sequence[Mapping[str, Any]], ownership: Ownership
) -> tuple[pa.Array, pa.Array]:
    """The owner of each contribution, and the rule that says so."""
    default = pa.array([ownership.owner] * rows.num_rows, pa.string())
    if not ownership.rules:
        return default, pa.nulls(rows.num_rows, pa.string())
    facts = rows.select(["person", "email", "employment", "authored"])
    facts = facts.append_column("licence", pa.nulls(rows.num_rows, pa.string()))
    paths = [(item["file"],) if item["system"] == "git" else () for item in items]
    owner, _, evidence = owners_by_rule(facts, ownership.rules, paths)
    return pc.coalesce(owner, default), evidence


def _ids(rows: pa.Table) -> pa.Array:
    who = pc.coalesce(rows["person"], rows["email"])
    triples = zip(
        rows["item"].to_pylist(), rows["commit"].to_pylist(), who.to_pylist(), strict=True
    )
    return pa.array([item_id("c", *(one or "" for one in row)) for row in triples], pa.string())
