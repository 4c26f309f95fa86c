"""Who changed which file and when, for the files that a bucket's comments are about.

What comes of it is the weight of an example and nothing else (`byline.examples.experience`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.stage import KEY_LENGTH, Partition, combined, provided
from byline.release.changes import Changed
from byline.release.grouping import WorkBucket
from byline.workspace.files import sha256_text

VERSION: Final = "1"
ACTS = pa.schema(
    [
        pa.field("person", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
    ]
)


def acts(
    bucket: WorkBucket,
    changed: Sequence[Changed],
    histories: Sequence[tuple[Sequence[Partition], Sequence[Partition]]],
    *,
    tables: Path,
) -> Partition:
    """`ACTS` of one bucket.

    Args:
        bucket: The items.
        changed: Their changes.
        histories: `COMMITS` and `BYLINES` of each repository that they are in, side by side.
        tables: The folder of all tables.
    """
    inputs = [part for commits, people in histories for part in (*commits, *people)]
    paths = [one.changes.read(["path"])["path"] for one in changed]
    wanted = pc.unique(pa.chunked_array([c for one in paths for c in one.chunks], pa.string()))
    key = sha256_text(VERSION, combined(inputs), *sorted(wanted.to_pylist()))[:KEY_LENGTH]

    def make() -> pa.Table:
        found = [ACTS.empty_table()]
        for commits, people in histories:
            pairs = zip(commits, people, strict=True)
            found += [_acts(one.read(["commit", "changes"]), who, wanted) for one, who in pairs]
        return pa.concat_tables(found)

    return provided(tables / "acts" / bucket.name, key, bucket.name, make)


def _acts(commits: pa.Table, bylines: Partition, wanted: pa.Array) -> pa.Table:
    changes = commits["changes"].combine_chunks()
    path = pc.struct_field(pc.list_flatten(changes), "path")
    commit = commits["commit"].combine_chunks().take(pc.list_parent_indices(changes))
    touched = pa.table({"commit": commit, "path": path})
    touched = touched.filter(pc.is_in(path, value_set=wanted))
    who = bylines.read(["commit", "person", "authored"])
    who = who.filter(pc.is_valid(who["person"]))
    joined = touched.join(who, keys="commit", join_type="inner")
    joined = joined.select(["person", "path", "authored"]).rename_columns(ACTS.names).cast(ACTS)
    return joined.sort_by([(name, "ascending") for name in ACTS.names])
