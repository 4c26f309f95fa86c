"""The stage functions between collected work and candidate examples, each table to table."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.caps import TRAIN, WRITTEN, written
from byline.corpus.contributions import (
    CONTRIBUTIONS,
    edit_contributions,
    file_contributions,
    message_item,
)
from byline.corpus.contributions import VERSION as CONTRIBUTIONS_VERSION
from byline.corpus.copies import COPIES, copies_in_edits, copies_in_files
from byline.corpus.copies import VERSION as COPIES_VERSION
from byline.corpus.decontamination import CONTAMINATION, Index, contamination
from byline.corpus.duplicates import SCHEME, exact_keys, signatures
from byline.corpus.label import label
from byline.corpus.schema import LABELS
from byline.engine.stage import Stage
from byline.examples.candidate import CANDIDATES, LEFT_OUT
from byline.examples.completion import VERSION as COMPLETION_VERSION
from byline.examples.completion import completion
from byline.examples.schema import forms
from byline.examples.segments import SEGMENTS, segments
from byline.examples.segments import VERSION as SEGMENTS_VERSION
from byline.people.bylines import BYLINES, bylines
from byline.people.bylines import VERSION as BYLINES_VERSION
from byline.people.verification import VERIFICATIONS, verify
from byline.people.verification import VERSION as VERIFICATION_VERSION
from byline.privacy.findings import find
from byline.privacy.names import NameMatcher
from byline.privacy.schema import FINDINGS
from byline.terms.agreed import Terms
from byline.terms.decide import decide_under
from byline.terms.schema import DECISIONS

NAMES = ("item", "repository", "path")
SIGNATURES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("recipe", pa.string(), nullable=False),
        pa.field("scope", pa.string(), nullable=False),  # what it may be a duplicate within
        pa.field("split", pa.string(), nullable=False),
        pa.field("form", pa.string(), nullable=False),  # `byline.examples.schema.FORMS`
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("repo", pa.string(), nullable=False),
        pa.field("people", pa.list_(pa.string()), nullable=False),
        pa.field("exact", pa.string()),
        pa.field("minhash", pa.binary(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
TASKS = frozenset({"task", "stage", "pair", "template"})
"""Labels that name what a recipe asks: an answer to one question repeats none to another."""


def find_in_files(files: pa.Table, *, names: NameMatcher) -> pa.Table:
    """Findings in the texts and paths of files."""
    return _find_fields(files, ("text", "path"), names)


def find_in_edits(edits: pa.Table, *, names: NameMatcher) -> pa.Table:
    """Findings in both states and the paths of edits."""
    return _find_fields(edits, ("before", "after", "path"), names)


def find_in_messages(commits: pa.Table, *, names: NameMatcher) -> pa.Table:
    """Findings in commit messages."""
    rows = commits.select(["repository", "commit", "message"])
    items = [message_item(row["repository"], row["commit"]) for row in rows.to_pylist()]
    table = rows.append_column("item", pa.array(items, pa.string()))
    return _find_fields(table, ("message",), names)


def _find_fields(table: pa.Table, fields: Sequence[str], names: NameMatcher) -> pa.Table:
    return pa.concat_tables([find(table, field=field, names=names) for field in fields])


def label_edits(
    edits: pa.Table,
    copies: pa.Table | None = None,
    *,
    attributes: Mapping[str, str],
    documents: Mapping[str, str] | None = None,
    holders: Sequence[str] = (),
) -> pa.Table:
    """Labels of edits: of their after-state, and what either state says of licence and origin.

    An edit shows both states, so a licence that it takes out of a file still covers the edit.
    """
    before, after = (
        label(
            pa.table({**{name: edits[name] for name in NAMES}, "text": edits[state]}),
            None if copies is None else copies.filter(pc.equal(copies["state"], state)),
            attributes=attributes,
            documents=documents,
            holders=holders,
        )
        for state in ("before", "after")
    )
    licences = [
        f"({old}) AND ({new})" if old and new and old != new else old or new
        for old, new in zip(
            before["licence"].to_pylist(), after["licence"].to_pylist(), strict=True
        )
    ]
    columns = {
        "licence": pa.array(licences, pa.string()),
        "licence_evidence": pc.coalesce(after["licence_evidence"], before["licence_evidence"]),
        "generated": pc.coalesce(after["generated"], before["generated"]),
        "vendored": pc.coalesce(after["vendored"], before["vendored"]),
        "copied": pc.coalesce(after["copied"], before["copied"]),
        "copied_before": before["copied_lines"],
    }
    return pa.table({name: columns.get(name, after[name]) for name in LABELS.names}, schema=LABELS)


def decide_contributions(
    contributions: pa.Table, *, terms: Terms, purposes: Sequence[str], as_of: Any
) -> pa.Table:
    """Decisions on a bucket of contributions."""
    return decide_under(contributions, terms=terms, purposes=purposes, as_of=as_of)


def sign(candidates: pa.Table) -> pa.Table:
    """What a release chooses by: keys, an exact key and a MinHash of each candidate's target."""
    targets = candidates["target"].to_pylist()
    hashes = signatures(targets) if targets else np.zeros((0, 112), dtype=np.uint32)
    keys = candidates["split_keys"].combine_chunks()
    return pa.table(
        {
            "id": candidates["id"],
            "recipe": candidates["recipe"],
            "scope": pa.array(_scopes(candidates), pa.string()),
            "split": candidates["split"],
            "form": pa.array(forms(candidates), pa.string()),
            "time": keys.field("time"),
            "group": keys.field("group"),
            "repo": keys.field("repo"),
            "people": _contributors(candidates["people"].combine_chunks()),
            "exact": pa.array(exact_keys(targets), pa.string()),
            "minhash": pa.array([row.tobytes() for row in hashes], pa.binary()),
            "bytes": pc.binary_length(candidates["target"]).cast(pa.int64()),
        },
        schema=SIGNATURES,
    )


def _scopes(candidates: pa.Table) -> list[str]:
    """What each may be a duplicate within: its recipe, and what that asks."""
    names = pc.struct_field(candidates["labels"].combine_chunks().flatten(), "name")
    recipes: list[str] = candidates["recipe"].to_pylist()
    if not pc.any(pc.is_in(names, value_set=pa.array(sorted(TASKS)))).as_py():
        return recipes
    return [
        ":".join([recipe, *(one["value"] for one in about if one["name"] in TASKS)])
        for recipe, about in zip(recipes, candidates["labels"].to_pylist(), strict=True)
    ]


def _contributors(people: pa.ListArray) -> pa.ListArray:
    """The people of each candidate, without what is said of them."""
    lengths = pc.list_value_length(people).to_pylist()
    offsets = pa.array(accumulate(lengths, initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, people.flatten().field("contributor"))


def write_down(candidates: pa.Table) -> pa.Table:
    """`WRITTEN`: who wrote how much of what is learned, by whatever split it comes to be in."""
    split = candidates.schema.get_field_index("split")
    train = pa.array(
        [TRAIN if one != LEFT_OUT else one for one in candidates["split"].to_pylist()], pa.string()
    )
    return written(candidates.set_column(split, "split", train))


def contaminate(candidates: pa.Table, *, index: Index) -> pa.Table:
    """`CONTAMINATION` of candidates that hold a protected text."""
    return contamination(candidates, index)


DETECTORS = "1"
FILE_FINDINGS = Stage(
    "findings", DETECTORS, find_in_files, FINDINGS, columns=("item", "path", "text")
)
EDIT_FINDINGS = Stage("findings", DETECTORS, find_in_edits, FINDINGS)
MESSAGE_FINDINGS = Stage("findings", DETECTORS, find_in_messages, FINDINGS)
FILE_COPIES = Stage("copies", COPIES_VERSION, copies_in_files, COPIES)
EDIT_COPIES = Stage("copies", COPIES_VERSION, copies_in_edits, COPIES)
FILE_LABELS = Stage(
    "labels", "3", label, LABELS, columns=("item", "repository", "path", "text", "skip")
)
EDIT_LABELS = Stage("labels", "3", label_edits, LABELS)
PEOPLE = Stage("bylines", BYLINES_VERSION, bylines, BYLINES)
VERIFY = Stage("verifications", VERIFICATION_VERSION, verify, VERIFICATIONS)
FILE_CONTRIBUTIONS = Stage(
    "contributions", CONTRIBUTIONS_VERSION, file_contributions, CONTRIBUTIONS,
    columns=("item", "path", "origins"),
)  # fmt: skip
EDIT_CONTRIBUTIONS = Stage(
    "contributions", CONTRIBUTIONS_VERSION, edit_contributions, CONTRIBUTIONS
)
DECIDE = Stage("decisions", "3", decide_contributions, DECISIONS)
SEGMENT = Stage(
    "segments", SEGMENTS_VERSION, segments, SEGMENTS,
    columns=("item", "repository", "text", "lines", "origins"),
)  # fmt: skip
COMPLETION = Stage("candidates", COMPLETION_VERSION, completion, CANDIDATES)
SIGN = Stage(
    "signatures", f"3 {SCHEME}", sign, SIGNATURES,
    columns=("id", "recipe", "labels", "split", "split_keys", "people", "target",
             "text", "messages", "chosen"),
)  # fmt: skip
WRITE_DOWN = Stage("written", "1", write_down, WRITTEN)
CONTAMINATE = Stage("contamination", "1", contaminate, CONTAMINATION, columns=("id", "target"))
