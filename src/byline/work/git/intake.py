"""Tables beside the collected ones: refs, proposals, and what is wrong with the objects.

They may change without a new commit, so each is keyed on what it is made from.
"""

from collections.abc import Mapping

import pyarrow as pa

from byline.engine.stage import Partition, current, publish
from byline.errors import IntegrityError
from byline.work.git.commits import merged, read_history
from byline.work.git.mirror import Mirror
from byline.work.git.place import Limits, Place
from byline.work.git.quarantine import marked
from byline.work.git.quarantine import table as quarantine_table
from byline.work.git.references import BYLINE_REVIEWS
from byline.work.git.references import table as references_table
from byline.workspace.files import sha256_text

VERSION = "1"
KEY_LENGTH = 20
KINDS = ("references", "quarantine", "proposals")
COMMIT_BUCKETS = 16


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
            tables["proposals", bucket] = merged(None, batches)
    parts: dict[str, list[Partition]] = {kind: [] for kind in KINDS}
    for (kind, bucket), table in tables.items():
        key = sha256_text(kind, VERSION, place.repository, *_made_from(kind, source))
        parts[kind].append(_written(place, kind, bucket, key[:KEY_LENGTH], table))
    return parts


def _made_from(kind: str, source: Mirror) -> tuple[str, ...]:
    if kind == "references":
        return (repr(source.references),)
    if kind == "quarantine":
        return (repr(source.findings),)
    return source.commit, source.digest


def _written(place: Place, kind: str, bucket: int, key: str, table: pa.Table) -> Partition:
    folder, name = place.folder(kind, bucket), place.name(kind, bucket)
    if current(folder, key, name) is None:
        publish(folder, key, table)
    made = current(folder, key, name)
    if made is None:
        raise IntegrityError(f"{name} was not written")
    return made
