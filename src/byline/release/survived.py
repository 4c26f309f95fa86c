"""How much of what was merged was still there 7, 30 and 90 days later, for labels and weights.

Asked for what reviews, issues and builds ended in; one task for each bucket and repository.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.survival import SURVIVAL, survival
from byline.engine.executor import Executor, Progress
from byline.engine.stage import KEY_LENGTH, Partition, current, provided
from byline.errors import IntegrityError
from byline.examples.draft import Draft
from byline.release.changes import Changed, Mirrored
from byline.workspace.files import sha256_text

VERSION: Final = "1"
ENDS: Final = ("merged", "repair")
SHORT_LIVED: Final = 0.3
"""Work of which less is left after 30 days counts half (ours)."""
HALF: Final = 0.5
SURVIVED = pa.schema([pa.field("item", pa.string(), nullable=False), *SURVIVAL])
"""`SURVIVAL` of the commit that an item ended in."""


@dataclass(frozen=True)
class SurvivalTask:
    """One bucket's commits in one repository: (item, commit)."""

    repository: Mirrored
    ends: tuple[tuple[str, str], ...]
    folder: Path
    key: str
    name: str


def survived(
    changed: Mapping[str, Sequence[Changed]],
    repositories: Mapping[str, Mirrored],
    *,
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> dict[str, list[Partition]]:
    """`SURVIVED` partitions of each bucket, by its name.

    Args:
        changed: The changes of each bucket.
        repositories: By name.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.
    """
    tasks = []
    for bucket, parts in changed.items():
        for one in parts:
            rows = one.changes.read(["work_item", "purpose", "commit"])
            rows = rows.filter(pc.is_in(rows["purpose"], value_set=pa.array(ENDS)))
            ends = tuple(sorted(set(zip(rows["work_item"].to_pylist(), rows["commit"].to_pylist(),
                                        strict=True))))  # fmt: skip
            mirrored = repositories[one.repository]
            key = sha256_text(VERSION, repr(ends), mirrored.head)[:KEY_LENGTH]
            folder = tables / "survival" / bucket / one.repository / one.kind
            if ends:
                tasks.append((bucket, SurvivalTask(mirrored, ends, folder, key, bucket)))
    missing = [task for _, task in tasks if current(task.folder, task.key, task.name) is None]
    for done, _ in enumerate(executor.map(write_survival, missing), start=1):
        progress(done, len(missing), "survival")
    found: dict[str, list[Partition]] = {bucket: [] for bucket in changed}
    for bucket, task in tasks:
        part = current(task.folder, task.key, f"{bucket}/{task.repository.name}")
        if part is None:
            raise IntegrityError(f"no survival was written for {task.folder}")
        found[bucket].append(part)
    return found


def write_survival(task: SurvivalTask) -> None:
    """Ask git, and write the table."""
    commits = {commit for _, commit in task.ends}
    rows = survival(task.repository.directory, task.repository.head, commits).to_pylist()
    by_commit: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        by_commit.setdefault(str(row["commit"]), []).append(row)
    made = [{"item": item, **row} for item, commit in task.ends for row in by_commit[commit]]
    provided(task.folder, task.key, task.name, lambda: pa.Table.from_pylist(made, schema=SURVIVED))


def shares(table: pa.Table) -> dict[str, dict[int, float]]:
    """By item and days the least share of what it ended in that survived, where it is known."""
    found: dict[str, dict[int, float]] = {}
    for row in table.to_pylist():
        if row["share"] is not None:
            of_item = found.setdefault(row["item"], {})
            of_item[row["days"]] = min(row["share"], of_item.get(row["days"], 1.0))
    return found


def with_survival(draft: Draft, known: Mapping[str, Mapping[int, float]]) -> Draft:
    """The draft with what survived of its item as labels, and half the weight if little did."""
    of_item = known.get(draft.item)
    if not of_item:
        return draft
    labels = {f"survival_{days}d": f"{share:.3f}" for days, share in sorted(of_item.items())}
    short_lived = of_item.get(30, 1.0) < SHORT_LIVED
    rule = {"rule": "survival_30d", "value": of_item.get(30, -1.0), "limit": SHORT_LIVED,
            "keep": True}  # fmt: skip
    return replace(
        draft,
        labels={**draft.labels, **labels},
        weight=draft.weight * (HALF if short_lived else 1.0),
        decisions=[*draft.decisions, rule],
    )
