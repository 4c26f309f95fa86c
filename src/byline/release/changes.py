"""What git knows of the items of a bucket: the ranges they ask for, and what those hold.

One task for each bucket and repository. It depends on commits alone, so what is there stands until
the ranges, the limits or the repository's head are others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.executor import Executor, Progress
from byline.engine.stage import KEY_LENGTH, Partition, current, provided
from byline.errors import IntegrityError
from byline.release.grouping import WorkBucket
from byline.work.builds.repairs import repairs
from byline.work.git.lineage_asks import Following
from byline.work.git.ranges import VERSION as RANGES_VERSION
from byline.work.git.ranges import collect_ranges
from byline.work.issue_ranges import issue_ranges
from byline.work.items import CHANGES, RANGES
from byline.work.review_ranges import review_ranges
from byline.work.schema import COMMITS
from byline.work.trace_ranges import trace_ranges
from byline.workspace.files import sha256_text

VERSION: Final = f"1.{RANGES_VERSION}"
READ: Final = ("repository", "commit", "parents", "relations")
PLACED_RANGES = pa.schema([*RANGES, pa.field("repository", pa.string())])
"""`RANGES` with the repository that is asked; null where none is known."""


@dataclass(frozen=True)
class Mirrored:
    """A repository that ranges are asked of.

    Attributes:
        directory: Its bare mirror.
        head: The collected commit.
        max_bytes: A larger file is not read.
        following: How far authorship follows text.
        references: A digest of its refs: new ones may bring commits that were missing.
    """

    name: str
    directory: Path
    head: str
    max_bytes: int
    following: Following
    references: str


@dataclass(frozen=True)
class Changed:
    """The changes of one bucket in one repository, and the commits that they speak of.

    Attributes:
        kind: changes | shown: other files, as they were when an issue was solved.
    """

    repository: str
    kind: str
    changes: Partition
    commits: Partition


@dataclass(frozen=True)
class ChangesTask:
    """One bucket's ranges in one repository."""

    repository: Mirrored
    ranges: Path
    folder: Path
    key: str
    name: str
    quarantine: Mapping[str, str]


def wanted_ranges(bucket: WorkBucket, commits: Sequence[Partition]) -> pa.Table:
    """`RANGES` that the reviews, issues and builds of a bucket ask for.

    Args:
        bucket: The items.
        commits: `COMMITS` of all repositories.
    """
    items, parts, patchsets = (one.read() for one in (bucket.items, bucket.parts, bucket.patchsets))
    # No texts: whole histories are held here, of every repository at once.
    read = pa.schema([COMMITS.field(name) for name in READ])
    history = pa.concat_tables(
        [read.empty_table(), *(part.read(list(READ)).cast(read) for part in commits)]
    )
    tables = [
        review_ranges(items, parts, patchsets),
        issue_ranges(items, bucket.links.read(), history, patchsets),
        repairs(items, history, patchsets),
        trace_ranges(items, parts),
    ]
    return pa.concat_tables([RANGES.empty_table(), *(one.cast(RANGES) for one in tables)])


def collect_changes(
    buckets: Sequence[WorkBucket],
    repositories: Mapping[str, Mirrored],
    commits: Mapping[str, Sequence[Partition]],
    *,
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> dict[str, list[Changed]]:
    """The changes of each bucket, by its name.

    Args:
        buckets: The items.
        repositories: By name.
        commits: `COMMITS` by repository.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.
    """
    asked = {bucket.name: _asked(bucket, repositories, commits, tables) for bucket in buckets}
    return run_ranges(
        asked, repositories, commits, kind="changes", tables=tables, executor=executor,
        progress=progress,
    )  # fmt: skip


def run_ranges(
    asked: Mapping[str, Sequence[tuple[str, Partition]]],
    repositories: Mapping[str, Mirrored],
    commits: Mapping[str, Sequence[Partition]],
    *,
    kind: str,
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> dict[str, list[Changed]]:
    """Ask git for ranges, by bucket and repository; what is there already stands."""
    named = {repository for ranges_of in asked.values() for repository, _ in ranges_of}
    quarantine = {name: _quarantined(commits[name]) for name in named}
    tasks: list[tuple[str, ChangesTask]] = []
    for bucket, ranges_of in asked.items():
        for repository, ranges in ranges_of:
            mirrored, held = repositories[repository], quarantine[repository]
            key = sha256_text(VERSION, ranges.digest, repr(mirrored), repr(held))[:KEY_LENGTH]
            folder = tables / "changes" / bucket / repository / kind
            tasks.append((bucket, ChangesTask(mirrored, ranges.path, folder, key, bucket, held)))
    missing = [task for _, task in tasks if _made(task) is None]
    for done, _ in enumerate(executor.map(write_changes, missing), start=1):
        progress(done, len(missing), "changes of reviews, issues and builds")
    found: dict[str, list[Changed]] = {bucket: [] for bucket in asked}
    for name, task in tasks:
        made = _made(task)
        if made is None:
            raise IntegrityError(f"no changes were written for {task.folder}")
        found[name].append(made)
    return found


def _quarantined(commits: Sequence[Partition]) -> dict[str, str]:
    """Commits whose authorship is not believed, with the reason."""
    found: dict[str, str] = {}
    for part in commits:
        rows = part.read(["commit", "quarantine"])
        rows = rows.filter(pc.is_valid(rows["quarantine"]))
        found.update(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return dict(sorted(found.items()))


def _asked(
    bucket: WorkBucket,
    repositories: Mapping[str, Mirrored],
    commits: Mapping[str, Sequence[Partition]],
    tables: Path,
) -> list[tuple[str, Partition]]:
    """The ranges of a bucket by their repository."""
    history = [part for name in sorted(commits) for part in commits[name]]
    inputs = (bucket.items, bucket.parts, bucket.patchsets, bucket.links, *history)
    key = sha256_text(VERSION, *(part.digest for part in inputs))[:KEY_LENGTH]
    folder = tables / "ranges" / bucket.name
    whole = provided(
        folder / "all", key, bucket.name,
        lambda: in_repositories(wanted_ranges(bucket, history), bucket, commits),
    )  # fmt: skip
    return by_repository(whole, bucket, repositories, folder, key)


def by_repository(
    whole: Partition,
    bucket: WorkBucket,
    repositories: Mapping[str, Mirrored],
    folder: Path,
    key: str,
) -> list[tuple[str, Partition]]:
    """`RANGES` apart by repository, of a partition of `PLACED_RANGES`."""
    places = set(whole.read(["repository"])["repository"].to_pylist())
    found = []
    for name in sorted(repositories):
        if name not in places:
            continue

        def make(name: str = name) -> pa.Table:
            rows = whole.read()
            return rows.filter(pc.equal(rows["repository"], name)).select(RANGES.names)

        found.append((name, provided(folder / name, key, f"{bucket.name}/{name}", make)))
    return found


def in_repositories(
    ranges: pa.Table, bucket: WorkBucket, commits: Mapping[str, Sequence[Partition]]
) -> pa.Table:
    """`PLACED_RANGES`: the repository is the item's, else the one that has the commit."""
    columns = bucket.items.read(["item", "repository"]).columns
    of_items = dict(zip(*(column.to_pylist() for column in columns), strict=True))
    homes: dict[str, str] = {}
    ids = pc.unique(ranges["new_commit"])
    for name in sorted(commits):
        for part in commits[name]:
            oids = part.read(["commit"])["commit"]
            for oid in oids.filter(pc.is_in(oids, value_set=ids)).to_pylist():
                homes.setdefault(oid, name)
    pairs = zip(ranges["work_item"].to_pylist(), ranges["new_commit"].to_pylist(), strict=True)
    places = [of_items.get(item) or homes.get(commit) for item, commit in pairs]
    column = pa.array(places, pa.string())
    return ranges.cast(RANGES).append_column(PLACED_RANGES.field("repository"), column)


def write_changes(task: ChangesTask) -> None:
    """Ask git, and write both tables; the commits last, which finishes it."""
    of = task.repository
    ranges = Partition(task.name, task.ranges, "").read()
    changes, commits = collect_ranges(
        of.directory, of.name, ranges, revision=of.head, max_bytes=of.max_bytes,
        following=of.following, quarantine=task.quarantine,
    )  # fmt: skip
    provided(task.folder / "changes", task.key, task.name, lambda: changes.cast(CHANGES))
    provided(task.folder / "commits", task.key, task.name, lambda: commits.cast(COMMITS))


def _made(task: ChangesTask) -> Changed | None:
    name = f"{task.name}/{task.repository.name}"
    changes = current(task.folder / "changes", task.key, name)
    commits = current(task.folder / "commits", task.key, name)
    if changes is None or commits is None:
        return None
    return Changed(task.repository.name, task.folder.name, changes, commits)
