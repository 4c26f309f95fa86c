"""Recorded attribution: what notes and committed traces say of single lines, by commit and path.

Line numbers of a record count lines of the file as its commit left it. That holds for a note on
that commit, and for an Agent Trace record that names it as its revision. Agents also write traces
before the commit exists, and then name the commit they began from: so the commits right after that
one, and the one that brought the record in, are known to hold AI text in that path, not where. Of
those, `whole` is ``mixed``, and nothing is ever ``human``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.people.attribution_records import (
    AI,
    HUMAN,
    MIXED,
    UNKNOWN,
    Claim,
    Record,
    UnreadableRecordError,
    read_note,
    read_trace,
)
from byline.work.identifiers import line_list

VERSION = "1"
TRACES = ".agent-trace/"
KEPT_FOR_RECORDS = frozenset({"ai", "agent-trace", "whogitit"})  # notes refs for nothing else
MAX_RECORDS = 20_000  # in one file of traces
RANGE = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),  # counted from 1
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),  # human | ai | mixed | unknown
    ]
)
ATTRIBUTIONS = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("path", pa.string()),  # at that commit; null where `problem` says why
        pa.field("ranges", pa.list_(RANGE), nullable=False),  # in order, apart; at that commit
        pa.field("whole", pa.string()),  # of all lines that the commit wrote there: mixed
        pa.field("agents", pa.list_(pa.string()), nullable=False),  # tool and model, as recorded
        pa.field("format", pa.string(), nullable=False),  # git-ai | agent-trace | whogitit
        pa.field("source", pa.string(), nullable=False),  # the ref, or the file and line
        pa.field("problem", pa.string()),  # why a record could not be read
        pa.field("text", pa.string()),  # the file at that commit, where it was collected
        # All paths that the commit changed or added, if known: its lines stand in one of them.
        pa.field("changed", pa.list_(pa.string())),
    ]
)
"""One row for each commit and path that a record speaks of, and for each unreadable record."""


def attributions_of_notes(notes: pa.Table) -> pa.Table:
    """`ATTRIBUTIONS` of a bucket of `NOTES`."""
    rows: list[dict[str, Any]] = []
    for note in notes.to_pylist():
        commit, source = note["commit"], f"refs/notes/{note['reference']}"
        try:
            record = read_note(note["text"]) if note["text"] is not None else None
        except UnreadableRecordError as error:
            rows.append(_problem(commit, source, str(error)))
            continue
        if record is None:
            if note["skip"] or note["reference"] in KEPT_FOR_RECORDS:
                rows.append(_problem(commit, source, note["skip"] or "of no known format"))
            continue
        texts = {file["path"]: file["text"] for file in note["files"]}
        if record.revision in (None, commit):
            kept = (file["path"] for file in note["files"] if file["oid"].strip("0"))
            about = {"changed": sorted(kept)}
            for path, row in _exact(record, commit, source):
                rows.append({**row, **about, "text": texts.get(path)})
        else:
            rows.extend(_inexact(record, commit, source))
    return _table(rows)


def attributions_of_traces(files: pa.Table) -> pa.Table:
    """`ATTRIBUTIONS` of the Agent Trace records among a bucket of `FILES`.

    A row is for the revision that a record names; another, inexact, for the commit that brought
    the record in, where that is another one.
    """
    rows: list[dict[str, Any]] = []
    for file in files.to_pylist():
        if not is_trace(file["path"]) or not file["text"]:
            continue
        for number, text in _record_texts(file["path"], file["text"]):
            brought = _commit_of_line(file["origins"], number)
            source = f"{file['path']}:{number}"
            try:
                record = read_trace(text)
            except UnreadableRecordError as error:
                rows.append(_problem(brought, source, str(error)))
                continue
            if record.revision is not None:
                rows.extend(row for _, row in _exact(record, record.revision, source))
            if record.revision != brought:
                rows.extend(_inexact(record, brought, source))
    return _table(rows)


def attributions_after(traces: pa.Table, commits: pa.Table) -> pa.Table:
    """`ATTRIBUTIONS` of the commits right after the revisions that traces name, never exact.

    Args:
        traces: All rows of `attributions_of_traces`.
        commits: A bucket of `COMMITS`.
    """
    named = traces.filter(pc.and_(pc.is_valid(traces["path"]), pc.is_null(traces["whole"])))
    wanted: dict[str, list[dict[str, Any]]] = {}
    for row in named.to_pylist():
        if any(part["origin"] in (AI, MIXED) for part in row["ranges"]):
            wanted.setdefault(row["commit"], []).append(row)
    rows = []
    for commit in commits.select(["commit", "parents", "changes"]).to_pylist() if wanted else []:
        paths = {change["path"] for change in commit["changes"]}
        rows += [
            {**row, "commit": commit["commit"], "ranges": [], "whole": MIXED}
            for parent in commit["parents"]
            for row in wanted.get(parent, ())
            if row["path"] in paths
        ]
    return _table(rows)


def is_trace(path: str) -> bool:
    """Whether a file holds Agent Trace records, by where it lies."""
    inside = path.startswith(TRACES) or f"/{TRACES}" in path
    return inside and path.endswith((".json", ".jsonl", ".ndjson"))


def merged(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Ranges in order and apart; where claims differ: ``mixed``.

    ``unknown`` gives way to any other claim.
    """
    events = sorted(
        event
        for claim in claims
        for event in ((claim.start, 1, claim.origin), (claim.start + claim.lines, -1, claim.origin))
    )
    active: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    position = 0
    for place, step, origin in events:
        here = _agreed(active)
        if place > position and here is not None:
            last = found[-1] if found else None
            if last and last["origin"] == here and last["start"] + last["lines"] == position:
                last["lines"] += place - position
            else:
                found.append({"start": position, "lines": place - position, "origin": here})
        position = place
        active[origin] += step
    return found


def _agreed(active: Counter[str]) -> str | None:
    return agreed({origin for origin, count in active.items() if count > 0})


def agreed(origins: set[str]) -> str | None:
    """What several claims of one line come to; None of none."""
    said = origins - {UNKNOWN}
    if not said:
        return UNKNOWN if origins else None
    return said.pop() if len(said) == 1 else MIXED


def _exact(record: Record, commit: str, source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, claims in _by_path(record):
        row = {"commit": commit, "path": path, "ranges": merged(claims), "whole": None}
        yield path, {**row, **_about(record, claims, source)}


def _inexact(record: Record, commit: str, source: str) -> Iterator[dict[str, Any]]:
    for path, claims in _by_path(record):
        if any(claim.origin in (AI, MIXED) for claim in claims):
            row = {"commit": commit, "path": path, "ranges": [], "whole": MIXED}
            yield {**row, **_about(record, claims, source)}


def _by_path(record: Record) -> list[tuple[str, list[Claim]]]:
    found: dict[str, list[Claim]] = {}
    for claim in record.claims:
        found.setdefault(claim.path, []).append(claim)
    return sorted(found.items())


def _about(record: Record, claims: Sequence[Claim], source: str) -> dict[str, Any]:
    agents = sorted({claim.agent for claim in claims if claim.agent and claim.origin != HUMAN})
    return {"agents": agents, "format": record.format, "source": source, "problem": None,
            "text": None, "changed": None}  # fmt: skip


def _problem(commit: str, source: str, problem: str) -> dict[str, Any]:
    return {"commit": commit, "path": None, "ranges": [], "whole": None, "agents": [],
            "format": "", "source": source, "problem": problem, "text": None,
            "changed": None}  # fmt: skip


def _record_texts(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Each record's first line, counted from 1, and text: one a file, or one a line."""
    if path.endswith(".json"):
        yield 1, text
        return
    lines = [(number, line) for number, line in enumerate(line_list(text), start=1) if line.strip()]
    yield from lines[:MAX_RECORDS]


def _commit_of_line(origins: Sequence[dict[str, Any]], line: int) -> str:
    return next(
        (one["commit"] for one in origins if one["start"] <= line < one["start"] + one["lines"]), ""
    )


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    ordered = sorted(rows, key=lambda row: (row["commit"], row["path"] or "", row["source"]))
    return pa.Table.from_pylist(ordered, schema=ATTRIBUTIONS)
