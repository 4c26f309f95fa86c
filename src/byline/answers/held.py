"""What a release holds of one person, found by the pseudonym that the person has in it.

The pseudonym's scope is the release's name and exactly its examples, so it can be computed again
from the seal and the linkage key, and from nothing less (`byline.release.scope`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.errors import ConfigError, IntegrityError
from byline.privacy.pseudonyms import pseudonym, read_or_create_key
from byline.proof.note import Verifier
from byline.release.logbook import VERIFIER_FILE, read_verifiers
from byline.release.rows import row_digest
from byline.release.scope import release_scope
from byline.release.seal import LEAVES_FILE, SealedRelease, open_release
from byline.workspace.config import Config
from byline.workspace.layout import Layout

BATCH = 1024


def linkage_key(config: Config) -> bytes:
    """The key that leads from people to pseudonyms.

    Raises:
        ConfigError: There is none (it is never made anew here: a new key would find nobody), or it
            is not a key.
    """
    path = config.at(config.people.linkage_key)
    if not path.exists():
        raise ConfigError(
            f"there is no linkage key {path}: nobody can tell whose the pseudonyms are",
            advice="restore it from a backup, or ask who holds it",
        )
    return read_or_create_key(path)


def verifiers_of(layout: Layout) -> list[Verifier]:
    """The public keys of a workspace's log, the oldest first; none when there is no log."""
    path = layout.log / VERIFIER_FILE
    return read_verifiers(path) if path.exists() else []


@dataclass(frozen=True)
class Searchable:
    """A release that can be asked for people.

    Attributes:
        scope: What its pseudonyms were made for.
    """

    release: SealedRelease
    scope: str

    def pseudonym(self, person: str, *, key: bytes) -> str:
        """The name that a person has, or would have, in this release."""
        return pseudonym(key, self.scope, person)


def searchable(directory: Path, *, verifiers: list[Verifier]) -> Searchable:
    """Open a release and compute its scope from its seal.

    Raises:
        InputError: It is not a release.
        IntegrityError: It is not the one that was logged, or its leaves are not the sealed ones.
    """
    release = open_release(directory, verifiers=verifiers)
    _ = release.tree  # the leaves lead to the sealed root, or this raises
    leaves = pq.read_table(release.directory / LEAVES_FILE, columns=["id", "shard"])
    splits = {shard["path"]: shard["split"] for shard in release.manifest["shards"]}
    pairs = zip(leaves["id"].to_pylist(), leaves["shard"].to_pylist(), strict=True)
    kept = {identity: splits[shard] for identity, shard in pairs}
    return Searchable(release, release_scope(release.name, kept))


def shards_here(release: SealedRelease) -> tuple[str, ...]:
    """The paths of a release's shards; none where they were sealed away or destroyed."""
    if release.away is not None:
        return ()
    return tuple(str(shard["path"]) for shard in release.manifest["shards"])


def counts_by_shard(release: SealedRelease, contributor: str) -> dict[str, int]:
    """How many examples of a contributor each shard has; shards without any are left out."""
    counts = {}
    for shard in shards_here(release):
        with opened_shard(release, shard) as source:
            count = sum(
                len(rows_with(batch, contributor))
                for batch in source.iter_batches(batch_size=BATCH, columns=["people"])
            )
        if count:
            counts[shard] = count
    return counts


def rows_of(release: SealedRelease, contributor: str) -> Iterator[Mapping[str, Any]]:
    """The full rows of a contributor's examples, each proved to be under the sealed root.

    Raises:
        IntegrityError: A stored row is not the sealed one.
    """
    digests = {leaf.key.decode(): leaf.sha256 for leaf in release.tree.leaves}
    for shard in shards_here(release):
        with opened_shard(release, shard) as source:
            for batch in source.iter_batches(batch_size=BATCH):
                for row in batch.take(rows_with(batch, contributor)).to_pylist():
                    if digests.get(row["id"]) != row_digest(row):
                        raise IntegrityError(f"{release.id}: {row['id']} is not in the seal")
                    yield row


def people_rows(release: SealedRelease) -> Iterator[pa.RecordBatch]:
    """The `people` of all examples, in batches."""
    for shard in shards_here(release):
        with opened_shard(release, shard) as source:
            yield from source.iter_batches(batch_size=BATCH, columns=["people"])


def opened_shard(release: SealedRelease, shard: str) -> Any:
    """A shard's file, open for reading.

    Raises:
        IntegrityError: It cannot be read.
    """
    path: Path = release.directory / shard
    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise IntegrityError(f"{release.id}: {shard} cannot be read: {error}") from error


def rows_with(batch: pa.RecordBatch, contributor: str) -> pa.Array:
    """Places of the rows of a batch whose people include a contributor, in order."""
    people = batch.column("people")
    names = pc.struct_field(pc.list_flatten(people), "contributor")
    parents = pc.list_parent_indices(people).filter(pc.equal(names, contributor))
    return pa.array(np.unique(parents.to_numpy(zero_copy_only=False)), pa.int64())
