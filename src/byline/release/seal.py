"""Sealed releases: what binds one together, and the only way to read it.

A release is a folder. `manifest.json` names its shards by hash and carries the root of a tree whose
leaves are the rows, in order of example id. The hashes of the manifest and of the seal are in the
log, and the log's proof lies in the folder. Reading checks everything that is read: a row that is
not under the root stops the reader (law 1).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.errors import InputError, IntegrityError
from byline.proof.absence import (
    AbsenceProof,
    KeyedTree,
    Leaf,
    Placed,
    keyed_tree,
    prove_absent,
    prove_present,
    verify_absent,
    verify_present,
)
from byline.proof.canonical import canonical_json
from byline.proof.errors import ProofError
from byline.proof.logproof import parse_proof, verify_proof
from byline.proof.note import Verifier
from byline.release.away import Away, check_here, read_away
from byline.release.leaves import Leaves, read_leaves
from byline.release.rows import row_digest, row_digests
from byline.release.seal_file import Seal, check_seal, read_seal
from byline.workspace.files import sha256_file

MANIFEST = "manifest.json"
LEAVES_FILE = "seal/leaves.parquet"
PROOF_FILE = "seal/log.tlog-proof"
SCHEMA = "byline/manifest/1"
RESTRICTED_KEY = "restricted"
"""Where a manifest, or a model's record, has the clauses that name its restricted purposes."""
BATCH = 256


def restricted_entry(named: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The entry of a manifest or a model's record with such clauses by purpose, if any."""
    return {RESTRICTED_KEY: {key: list(ids) for key, ids in named.items()}} if named else {}


def named_in(record: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The clauses that a manifest or a model's record names for restricted purposes."""
    found = record.get(RESTRICTED_KEY) or {}
    return {str(purpose): tuple(map(str, ids)) for purpose, ids in found.items()}


@dataclass(frozen=True)
class SealedRelease:
    """A release whose manifest and seal are proved to be in the log.

    Attributes:
        seal: None for a release of a version that logged none: it opens, but no bundle is made.
    """

    id: str
    name: str
    purposes: tuple[str, ...]
    lane: str
    root: str
    directory: Path
    manifest: dict[str, Any]
    seal: Seal | None = None

    @property
    def away(self) -> Away | None:
        """What became of its shards, where they were sealed away or destroyed."""
        return read_away(self.directory)

    @cached_property
    def tree(self) -> KeyedTree:
        """The tree of the seal, rebuilt from its leaves and compared with the root.

        Raises:
            IntegrityError: The leaves do not lead to the sealed root.
        """
        table = _read(self.directory / LEAVES_FILE, ["id", "sha256"])
        pairs = zip(table["id"].to_pylist(), table["sha256"].to_pylist(), strict=True)
        try:
            tree = keyed_tree(Leaf(identity.encode(), digest) for identity, digest in pairs)
        except (ProofError, AttributeError, TypeError) as error:  # or a cell of another type
            raise IntegrityError(f"{self.id}: its leaves are damaged: {error}") from error
        if tree.root.hex() != self.root:
            raise IntegrityError(
                f"{self.id}: its leaves give the root {tree.root.hex()}, sealed is {self.root}"
            )
        return tree

    @cached_property
    def leaves(self) -> Leaves:
        """The same leaves as `tree` has, in a tenth of the memory.

        Raises:
            IntegrityError: They do not lead to the sealed root, or are not as many as the rows.
        """
        found = read_leaves(self.directory / LEAVES_FILE, root=self.root, subject=self.id)
        rows = sum(shard["examples"] for shard in self.manifest["shards"])
        if found.size != rows:
            raise IntegrityError(f"{self.id}: {found.size:,} leaves, and shards of {rows:,} rows")
        return found

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        """The rows of a split, shard by shard in order of id, each proved to be under the root.

        Raises:
            RefusedError: Its shards were sealed away or destroyed.
            IntegrityError: A shard or a row is not what was sealed.
        """
        self.check_here()
        seen = np.zeros(self.leaves.size, bool)
        for shard in self.manifest["shards"]:
            if shard["split"] == split:
                yield from self._shard_rows(shard, seen)

    def checked_shard(self, shard: Mapping[str, Any]) -> Path:
        """The file of a shard of the manifest, if it is the one that was sealed.

        Raises:
            IntegrityError: It is not.
        """
        path: Path = self.directory / shard["path"]
        if not path.is_file() or sha256_file(path) != shard["sha256"]:
            raise IntegrityError(
                f"{self.id}: {shard['path']} is not the file that was sealed",
                advice="restore the release from a copy, or build it again",
            )
        return path

    def _shard_rows(
        self, shard: Mapping[str, Any], seen: npt.NDArray[np.bool_]
    ) -> Iterator[dict[str, Any]]:
        """The rows of a shard, none of which was seen; that its hash is right is not relied on."""
        leaves, count, last = self.leaves, 0, -1
        with pq.ParquetFile(self.checked_shard(shard)) as source:
            for batch in source.iter_batches(batch_size=BATCH):
                digests = row_digests(pa.Table.from_batches([batch]))
                rows = batch.to_pylist()
                places = leaves.places_of([row["id"] for row in rows]).tolist()
                for row, digest, place in zip(rows, digests, places, strict=True):
                    if place < 0 or digest != leaves.digests[place].tobytes():
                        raise IntegrityError(f"{self.id}: {row['id']} is not in the seal")
                    if place <= last or seen[place] or row["split"] != shard["split"]:
                        raise IntegrityError(f"{self.id}: {row['id']} is out of its place")
                    last, seen[place] = place, True
                    yield row
                count += len(rows)
        if count != shard["examples"]:
            raise IntegrityError(f"{self.id}: {shard['path']} has {count:,} rows, sealed are "
                                 f"{shard['examples']:,}")  # fmt: skip

    def check_here(self) -> None:
        """See that its shards were not sealed away or destroyed.

        Raises:
            RefusedError: They were.
        """
        check_here(self.directory, self.id)

    def find(self, example: str) -> dict[str, Any] | None:
        """The stored row of an example, unchecked, or None."""
        wanted = [("id", "==", example)]
        leaves = _read(self.directory / LEAVES_FILE, ["shard"], wanted)
        # The seal covers ids and hashes, not which shard: a shard that is not ours is not read.
        named = {str(shard) for shard in leaves["shard"].to_pylist()}
        for shard in self.manifest["shards"]:
            if shard["path"] in named:
                rows = _read(self.directory / shard["path"], None, wanted).to_pylist()
                if rows:
                    return dict(rows[0])
        return None


def open_release(directory: Path, *, verifiers: list[Verifier]) -> SealedRelease:
    """Open a release, checking its manifest and its seal against the log's proof.

    Args:
        directory: The release's folder.
        verifiers: Public keys of logs that are trusted.

    Raises:
        InputError: It is not a release.
        IntegrityError: It is not the one that was logged.
    """
    path = directory / MANIFEST
    try:
        data = path.read_bytes()
        manifest = json.loads(data)
        release = SealedRelease(
            id=manifest["release"],
            name=manifest["name"],
            purposes=tuple(manifest["purposes"]),
            lane=manifest["lane"],
            root=manifest["root"],
            directory=directory,
            manifest=manifest,
            seal=read_seal(directory),
        )
    except FileNotFoundError as error:
        raise InputError(f"{directory} is not a release: it has no {MANIFEST}") from error
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise IntegrityError(f"{path} is damaged: {error}") from error
    try:
        proof = parse_proof((directory / PROOF_FILE).read_bytes())
        verify_proof(proof, entry=log_entry(release, data), verifiers=verifiers)
    except (ProofError, OSError) as error:
        raise IntegrityError(
            f"{directory.name}: its manifest or its seal is not what was logged: {error}",
            advice="a changed release cannot be used; build it again",
        ) from error
    if release.seal is not None:
        check_seal(release.seal, manifest, data)
    return release


def log_entry(release: SealedRelease, manifest: bytes) -> bytes:
    """The log's entry for a release."""
    return canonical_json(log_fact(release.id, release.root, manifest, seal=release.seal))


def log_fact(
    release: str, root: str, manifest: bytes, *, seal: Seal | None = None
) -> dict[str, Any]:
    """What the log records of a release before anything is trained from it."""
    sealed = {} if seal is None else {"seal_sha256": seal.sha256}
    return {
        **sealed,
        "type": "release",
        "release": release,
        "root": root,
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
    }


@dataclass(frozen=True)
class Membership:
    """A checked answer: an example is in a release, or it is not."""

    example: str
    proof: Placed | AbsenceProof

    @property
    def is_included(self) -> bool:
        """Whether it is in."""
        return isinstance(self.proof, Placed)


def membership(release: SealedRelease, example: str) -> Membership:
    """Prove that an example is in a release or that it is not, and check that proof.

    Raises:
        IntegrityError: The seal does not hold, or a stored row is not the sealed one.
    """
    tree, key = release.tree, example.encode("utf-8")
    root = bytes.fromhex(release.root)
    try:
        if key not in tree.keys:
            absent = prove_absent(tree, key)
            verify_absent(key, size=tree.size, root=root, proof=absent)
            return Membership(example, absent)
        placed = prove_present(tree, key)
        verify_present(key, size=tree.size, root=root, placed=placed)
    except ProofError as error:
        raise IntegrityError(f"{release.id}: {error}") from error
    if release.away is not None:  # the seal alone tells what was in it
        return Membership(example, placed)
    row = release.find(example)
    if row is None or row_digest(row) != placed.leaf.sha256:
        raise IntegrityError(f"{release.id}: the stored row of {example} is not the sealed one")
    return Membership(example, placed)


def _read(path: Path, columns: list[str] | None, filters: Any = None) -> Any:
    try:
        return pq.read_table(path, columns=columns, filters=filters)
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{path} cannot be read: {error}") from error
