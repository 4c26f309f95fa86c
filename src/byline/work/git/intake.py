"""Tables beside the collected ones: refs, proposals, and what is wrong with the objects.

They may change without a new commit, so each is keyed on what it is made from.
"""

from collections.abc import Mapping

import pyarrow as pa

from byline.engine.stage import KEY_LENGTH, Partition
from byline.work.git.commits import merged, read_history
from byline.work.git.mirror import Mirror
from byline.work.git.place import COMMIT_BUCKETS, Limits, Place
from byline.work.git.quarantine import marked
from byline.work.git.quarantine import table as quarantine_table
from byline.work.git.references import BYLINE_REVIEWS
from byline.work.git.references import table as references_table
from byline.work.schema import COMMITS
from byline.workspace.files import sha256_text

VERSION = "1"
KINDS = ("references", "quarantine", "proposals")


def write_intake(
    place: Place, source: Mirror, limits: Limits, marks: Mapping[str, str]
) -> dict[str, list[Partition]]:
    """Write the tables of a mirror's intake; proposals only where they were asked for.

    Args:
        place: Where the repository's tables lie.
        source: The mirror.
        limits: Of collection.
        marks: Commits whose authorship is not believed, with their message ids.
    """
    tables = {
        ("references", 0): references_table(place.repository, list(source.references)),
        ("quarantine", 0): quarantine_table(place.repository, source.findings),
    }
    if limits.review_refs:
        growth = read_history(
            source.directory, source.commit, repository=place.repository, since=None,
            max_paths=limits.max_paths, buckets=COMMIT_BUCKETS, beside=BYLINE_REVIEWS,
        )  # fmt: skip
        for bucket, batches in sorted(marked(growth.batches, marks).items()):
            tables["proposals", bucket] = merged(None, pa.Table.from_batches(batches, COMMITS))
    parts: dict[str, list[Partition]] = {kind: [] for kind in KINDS}
    for (kind, bucket), table in tables.items():
        key = sha256_text(kind, VERSION, place.repository, *_made_from(kind, source))[:KEY_LENGTH]
        parts[kind].append(_written(place, kind, bucket, key, table))
    return parts


def _made_from(kind: str, source: Mirror) -> tuple[str, ...]:
    if kind == "references":
        return (repr(source.references),)
    if kind == "quarantine":
        return (repr(source.findings),)
    return source.commit, source.digest


def _written(place: Place, kind: str, bucket: int, key: str, table: pa.Table) -> Partition:
    return place.provided(kind, bucket, key, lambda: table)
