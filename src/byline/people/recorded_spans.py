"""Which lines of files and edits a record speaks of, and what it says: rows of `SPANS`.

A record counts lines of a file as its commit left it. What a commit wrote in its own after-state is
placed exactly; lines that have moved since are found again as `recorded_lines` has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.people.attribution_records import MIXED
from byline.people.recorded_lines import Known, by_line, combined, guess, said_of
from byline.work.identifiers import line_list

VERSION = "2"
SPANS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),  # of FILES or EDITS
        # file | before | after: lines of that text. whole: the edit itself. message: the commit's.
        pa.field("side", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),  # counted from 1; 0 for no lines
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),  # that wrote these lines
        pa.field("origin", pa.string(), nullable=False),  # human | ai | mixed | unknown
        pa.field("evidence", pa.list_(pa.string()), nullable=False),  # ``kind: what``
    ]
)
"""One row for each run of lines that a record speaks of. Lines without a row have no record."""


@dataclass(frozen=True)
class _Records:
    by_place: Mapping[tuple[str, str], Known]
    changed: Mapping[str, tuple[str, ...] | None]  # by commit: all paths it changed, if known
    paths: Mapping[str, list[str]]  # by commit: those that a record speaks of


def file_spans(files: pa.Table, *attributions: pa.Table) -> pa.Table:
    """`SPANS` of a bucket of `FILES`, from all `ATTRIBUTIONS` of the repository."""
    records = _records(attributions, _commits(files, "origins"))
    rows: list[dict[str, Any]] = []
    for file in files.to_pylist() if records.changed else ():
        if file["text"]:
            rows += _aligned(file, "file", file["text"], file["origins"], records)
    return pa.Table.from_pylist(rows, schema=SPANS)


def edit_spans(edits: pa.Table, *attributions: pa.Table) -> pa.Table:
    """`SPANS` of a bucket of `EDITS`, from all `ATTRIBUTIONS` of the repository.

    What a commit wrote itself is placed exactly: the record counts lines of this after-state.
    """
    named = pa.concat_arrays([_commits(edits, "before_origins"), _commits(edits, "after_origins"),
                              edits["commit"].combine_chunks()])  # fmt: skip
    records = _records(attributions, named)
    rows: list[dict[str, Any]] = []
    told: set[str] = set()
    for edit in edits.to_pylist() if records.changed else ():
        if edit["skip"]:
            continue
        commit = edit["commit"]
        known = records.by_place.get((commit, edit["path"]))
        if known is not None:
            lines = len(line_list(edit["after"] or ""))
            rows += _written(edit, known, lines)
            if known.by_ai:
                rows.append(_span(edit["item"], "whole", 0, 0, commit, MIXED, known.evidence))
        if commit in records.changed and commit not in told:
            told.add(commit)
            rows += _message(commit, records)
        if edit["before"]:
            rows += _aligned(edit, "before", edit["before"], edit["before_origins"], records)
    return pa.Table.from_pylist(rows, schema=SPANS)


def _commits(items: pa.Table, column: str) -> pa.Array:
    """The commits that wrote the lines of a text."""
    return pc.struct_field(pc.list_flatten(items[column].combine_chunks()), "commit")


def _records(attributions: Sequence[pa.Table], commits: pa.Array) -> _Records:
    """Records of these commits by commit and path; what several say of one line is agreed upon."""
    wanted = pc.unique(commits)
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    changed: dict[str, tuple[str, ...] | None] = {}
    for table in attributions:
        for row in table.filter(pc.is_in(table["commit"], value_set=wanted)).to_pylist():
            if row["path"] is not None:
                rows.setdefault((row["commit"], row["path"]), []).append(row)
                paths = changed.get(row["commit"])
                changed[row["commit"]] = tuple(row["changed"]) if row["changed"] else paths
    told: dict[str, list[str]] = {}
    for commit, path in sorted(rows):
        told.setdefault(commit, []).append(path)
    return _Records({place: combined(found) for place, found in rows.items()}, changed, told)


def _span(
    item: str, side: str, start: int, lines: int, commit: str, origin: str, evidence: Sequence[str]
) -> dict[str, Any]:
    return {"item": item, "side": side, "start": start, "lines": lines, "commit": commit,
            "origin": origin, "evidence": list(evidence)}  # fmt: skip


def _message(commit: str, records: _Records) -> Iterator[dict[str, Any]]:
    found = [records.by_place[commit, path] for path in records.paths[commit]]
    by_ai = [known for known in found if known.by_ai]
    if by_ai:
        evidence = sorted({words for known in by_ai for words in known.evidence})
        yield _span("", "message", 0, 0, commit, MIXED, evidence)


def _written(edit: Mapping[str, Any], known: Known, lines: int) -> Iterator[dict[str, Any]]:
    """Spans of what a commit wrote, in its own after-state."""
    fits = all(end <= lines + 1 for _, end, _ in known.ranges)
    origins = by_line(known, lines) if fits else [guess(known)] * lines
    for run in edit["after_origins"]:
        numbers = range(run["start"], run["start"] + run["lines"])
        places = [(number, origins[number - 1]) for number in numbers if number <= lines]
        yield from _runs(edit["item"], "after", run["commit"], places, known.evidence)


def _aligned(
    row: Mapping[str, Any],
    side: str,
    text: str,
    origins: Sequence[Mapping[str, Any]],
    records: _Records,
) -> Iterator[dict[str, Any]]:
    """Spans of lines that earlier commits wrote, found again in those commits' states."""
    mine: dict[str, list[int]] = {}
    for run in origins:
        if run["commit"] in records.changed:
            stop = run["start"] + run["lines"]
            mine.setdefault(run["commit"], []).extend(range(run["start"], stop))
    lines = line_list(text) if mine else []
    for commit in sorted(mine):
        numbers = mine[commit]
        wanted = [lines[number - 1].rstrip("\n") for number in numbers]
        found, evidence = _placed(row["path"], commit, wanted, records)
        yield from _runs(row["item"], side, commit, list(zip(numbers, found, strict=True)),
                         evidence)  # fmt: skip


def _placed(
    path: str, commit: str, wanted: Sequence[str], records: _Records
) -> tuple[list[str | None], tuple[str, ...]]:
    """What the records of a commit say of lines that it wrote, in a file that may have moved."""
    here = records.by_place.get((commit, path))
    others = [records.by_place[commit, one] for one in records.paths[commit] if one != path]
    changed = records.changed[commit]
    moved = here is None and changed is not None and path not in changed
    complete = moved and changed is not None and set(changed) <= set(records.paths[commit])
    asked = [here] if here else others
    evidence = {words for one in asked for words in one.evidence}
    return said_of(wanted, here, others, moved=moved, complete=complete), tuple(sorted(evidence))


def _runs(
    item: str,
    side: str,
    commit: str,
    places: Sequence[tuple[int, str | None]],
    evidence: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """Neighbouring lines of one origin as one span; lines without a record are left out."""
    start = 0
    for end in range(1, len(places) + 1):
        last_number, origin = places[end - 1]
        if end < len(places) and places[end] == (last_number + 1, origin):
            continue
        if origin is not None:
            number = places[start][0]
            yield _span(item, side, number, last_number - number + 1, commit, origin, evidence)
        start = end
