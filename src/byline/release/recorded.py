"""From notes and committed traces to the spans of files and edits that a record speaks of.

A repository without a record has one empty table of spans that stands for all of its buckets, so
that it pays nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import Partition, Stage, provided, run_stage
from byline.people.attribution import (
    ATTRIBUTIONS,
    attributions_after,
    attributions_of_notes,
    attributions_of_traces,
    is_trace,
)
from byline.people.attribution import VERSION as ATTRIBUTION_VERSION
from byline.people.recorded_spans import SPANS, edit_spans, file_spans
from byline.people.recorded_spans import VERSION as SPANS_VERSION
from byline.work.git.collect import Collected


def traces_and_after(commits: pa.Table, *traces: pa.Table) -> pa.Table:
    """`ATTRIBUTIONS` of a bucket of commits, from the traces that name their parents."""
    return attributions_after(pa.concat_tables(traces), commits)


NOTES = Stage("attributions", ATTRIBUTION_VERSION, attributions_of_notes, ATTRIBUTIONS)
TRACES = Stage("attributions", ATTRIBUTION_VERSION, attributions_of_traces, ATTRIBUTIONS)
AFTER = Stage("attributions", ATTRIBUTION_VERSION, traces_and_after, ATTRIBUTIONS)
FILE_SPANS = Stage("spans", SPANS_VERSION, file_spans, SPANS)
EDIT_SPANS = Stage("spans", SPANS_VERSION, edit_spans, SPANS)
NOTHING = "none"


@dataclass(frozen=True)
class Recorded:
    """What records say of one repository.

    Attributes:
        attributions: What was recorded, by commit and path, with what could not be read.
        files: Spans beside each bucket of files.
        edits: Spans beside each bucket of edits.
    """

    attributions: Sequence[Partition]
    files: Sequence[Partition]
    edits: Sequence[Partition]


def recorded(
    collected: Collected, *, tables: Path, executor: Executor, progress: Progress = quiet
) -> Recorded:
    """Read every record of a repository and place it on its files and edits."""

    def run(stage: Stage, groups: Sequence[tuple[Partition, ...]]) -> list[Partition]:
        named = [(group[0].name, group) for group in groups]
        return run_stage(stage, named, tables=tables, executor=executor, progress=progress)

    notes = run(NOTES, [(part,) for part in collected.notes])
    traces = run(TRACES, [(part,) for part in collected.files if _holds_traces(part)])
    after = run(AFTER, [(part, *traces) for part in collected.commits] if traces else [])
    attributions = [*notes, *traces, *after]
    if not attributions:
        nothing = no_spans(tables, collected.repository)
        return Recorded(
            (), [nothing] * len(collected.files), [nothing] * len(collected.edits)
        )  # fmt: skip
    return Recorded(
        attributions,
        run(FILE_SPANS, [(part, *attributions) for part in collected.files]),
        run(EDIT_SPANS, [(part, *attributions) for part in collected.edits]),
    )


def _holds_traces(files: Partition) -> bool:
    paths = files.read(["path"])["path"]
    likely = paths.filter(pc.match_substring(paths, ".agent-trace/"))
    return any(is_trace(path) for path in likely.to_pylist())


def no_spans(tables: Path, repository: str) -> Partition:
    """The empty table of spans."""
    folder, name = tables / "spans" / repository / NOTHING, f"{repository}/{NOTHING}"
    return provided(folder, SPANS_VERSION, name, SPANS.empty_table)
