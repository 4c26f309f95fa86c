"""The stage functions between collected work and candidate examples, each table to table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.contributions import (
    CONTRIBUTIONS,
    edit_contributions,
    file_contributions,
    message_item,
)
from byline.corpus.contributions import VERSION as CONTRIBUTIONS_VERSION
from byline.corpus.copies import COPIES, copies_in_edits, copies_in_files
from byline.corpus.copies import VERSION as COPIES_VERSION
from byline.corpus.duplicates import SCHEME, exact_keys, signatures
from byline.corpus.label import label
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.engine.stage import Stage
from byline.examples.candidate import CANDIDATES
from byline.examples.commit_edit import VERSION as COMMIT_EDIT_VERSION
from byline.examples.commit_edit import CommitEditSettings, commit_edit
from byline.examples.completion import VERSION as COMPLETION_VERSION
from byline.examples.completion import completion
from byline.examples.segments import SEGMENTS, segments
from byline.examples.segments import VERSION as SEGMENTS_VERSION
from byline.people.bylines import BYLINES, bylines
from byline.people.bylines import VERSION as BYLINES_VERSION
from byline.people.verification import VERIFICATIONS, verify
from byline.people.verification import VERSION as VERIFICATION_VERSION
from byline.privacy.findings import find
from byline.privacy.names import NameMatcher
from byline.privacy.schema import FINDINGS
from byline.release.inputs import Terms
from byline.terms.decide import decide
from byline.terms.schema import DECISIONS

NAMES = ("item", "repository", "path")
SIGNATURES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("recipe", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("exact", pa.string()),
        pa.field("minhash", pa.binary(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)


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
    return decide(
        contributions,
        agreements=terms.agreements,
        notices=terms.notices,
        objections=terms.objections,
        withdrawals=terms.withdrawals,
        purposes=purposes,
        as_of=as_of,
    )


def edit_examples(
    edits: pa.Table,
    commits: pa.Table,
    labels: pa.Table,
    found: pa.Table,
    found_in_messages: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    settings: CommitEditSettings,
    purposes: Sequence[str],
    cuts: Cuts,
) -> pa.Table:
    """The commit_edit recipe, with the findings of files and messages together."""
    return commit_edit(
        edits,
        commits,
        labels,
        pa.concat_tables([found, found_in_messages]),
        contributions,
        decisions,
        settings=settings,
        purposes=purposes,
        cuts=cuts,
    )


def sign(candidates: pa.Table) -> pa.Table:
    """What duplicates are found by: an exact key and a MinHash of each candidate's target."""
    targets = candidates["target"].to_pylist()
    hashes = signatures(targets) if targets else np.zeros((0, 112), dtype=np.uint32)
    times = [keys["time"] for keys in candidates["split_keys"].to_pylist()]
    return pa.table(
        {
            "id": candidates["id"],
            "recipe": candidates["recipe"],
            "split": candidates["split"],
            "time": pa.array(times, pa.timestamp("s", tz="UTC")),
            "exact": pa.array(exact_keys(targets), pa.string()),
            "minhash": pa.array([row.tobytes() for row in hashes], pa.binary()),
            "bytes": pa.array([len(text.encode()) for text in targets], pa.int64()),
        },
        schema=SIGNATURES,
    )


DETECTORS = "1"
FILE_FINDINGS = Stage("findings", DETECTORS, find_in_files, FINDINGS)
EDIT_FINDINGS = Stage("findings", DETECTORS, find_in_edits, FINDINGS)
MESSAGE_FINDINGS = Stage("findings", DETECTORS, find_in_messages, FINDINGS)
FILE_COPIES = Stage("copies", COPIES_VERSION, copies_in_files, COPIES)
EDIT_COPIES = Stage("copies", COPIES_VERSION, copies_in_edits, COPIES)
FILE_LABELS = Stage("labels", "3", label, LABELS)
EDIT_LABELS = Stage("labels", "3", label_edits, LABELS)
PEOPLE = Stage("bylines", BYLINES_VERSION, bylines, BYLINES)
VERIFY = Stage("verifications", VERIFICATION_VERSION, verify, VERIFICATIONS)
FILE_CONTRIBUTIONS = Stage(
    "contributions", CONTRIBUTIONS_VERSION, file_contributions, CONTRIBUTIONS
)
EDIT_CONTRIBUTIONS = Stage(
    "contributions", CONTRIBUTIONS_VERSION, edit_contributions, CONTRIBUTIONS
)
DECIDE = Stage("decisions", "2", decide_contributions, DECISIONS)
SEGMENT = Stage("segments", SEGMENTS_VERSION, segments, SEGMENTS)
COMPLETION = Stage("candidates", COMPLETION_VERSION, completion, CANDIDATES)
COMMIT_EDIT = Stage("candidates", COMMIT_EDIT_VERSION, edit_examples, CANDIDATES)
SIGN = Stage("signatures", SCHEME, sign, SIGNATURES)
