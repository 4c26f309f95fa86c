"""Other files to show with solved issues, so that not every shown file is one to be edited.

They are chosen by the words of the issue among the repository's files, and asked of git as they
were before the solution.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from byline.corpus.contributions import CONTRIBUTIONS
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.engine.executor import Executor, Progress
from byline.engine.stage import KEY_LENGTH, Partition, combined, provided
from byline.examples import bm25 as search
from byline.examples.issue_shown import shown_ranges
from byline.examples.material import Material, material
from byline.privacy.schema import FINDINGS
from byline.release.changes import (
    VERSION,
    Changed,
    Mirrored,
    by_repository,
    in_repositories,
    run_ranges,
)
from byline.release.grouping import WorkBucket
from byline.terms.schema import DECISIONS
from byline.work.items import CHANGES
from byline.work.schema import COMMITS
from byline.workspace.files import sha256_text


def collect_shown(
    buckets: Sequence[WorkBucket],
    changed: Mapping[str, Sequence[Changed]],
    repositories: Mapping[str, Mirrored],
    commits: Mapping[str, Sequence[Partition]],
    files: Mapping[str, Sequence[Partition]],
    *,
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> dict[str, list[Changed]]:
    """The files to show with solved issues besides those that their solutions change.

    Args:
        buckets: The items.
        changed: Their changes, from `collect_changes`.
        repositories: By name.
        commits: `COMMITS` by repository.
        files: `FILES` by repository, which are searched.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.
    """
    searched: dict[str, search.Index] = {}
    asked: dict[str, list[tuple[str, Partition]]] = {}
    for bucket in buckets:
        names = sorted({one.repository for one in changed[bucket.name]})
        inputs = [
            bucket.items, bucket.parts, bucket.links,
            *(one.changes for one in changed[bucket.name]),
            *(part for name in names for part in files[name]),
        ]  # fmt: skip
        key = sha256_text(VERSION, combined(inputs))[:KEY_LENGTH]

        def make(bucket: WorkBucket = bucket, names: Sequence[str] = names) -> pa.Table:
            for name in names:
                if name not in searched:
                    searched[name] = search.index(
                        pa.concat_tables([part.read(["path", "text"]) for part in files[name]])
                    )
            ranges = shown_ranges(_plain_material(bucket, changed[bucket.name]), searched)
            return in_repositories(ranges, bucket, commits)

        whole = provided(
            tables / "ranges" / bucket.name / "shown", key, f"{bucket.name}/shown", make
        )
        asked[bucket.name] = by_repository(
            whole, bucket, repositories, tables / "ranges" / bucket.name / "shown-by", key
        )
    return run_ranges(
        asked, repositories, commits, kind="shown", tables=tables, executor=executor,
        progress=progress,
    )  # fmt: skip


def _plain_material(bucket: WorkBucket, changed: Sequence[Changed]) -> Material:
    """Items with what is linked to them and changed for them, before anything is decided."""
    changes = [CHANGES.empty_table(), *(one.changes.read().cast(CHANGES) for one in changed)]
    commits = [COMMITS.empty_table(), *(one.commits.read().cast(COMMITS) for one in changed)]
    return material(
        bucket.items.read(), bucket.parts.read(), bucket.patchsets.read(), bucket.links.read(),
        pa.concat_tables(changes), pa.concat_tables(commits), LABELS.empty_table(),
        FINDINGS.empty_table(), CONTRIBUTIONS.empty_table(), DECISIONS.empty_table(),
        bucket.groups.read(), cuts=Cuts(None, None, ""), purposes=(), seed=0,
    )  # fmt: skip
