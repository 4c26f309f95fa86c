"""Sealing a release: its trees of contributors, items and fingerprints, made from its rows.

`seal/seal.json` (`byline.release.seal_file`) names their roots; the tables beside it have their
leaves, in order of key. Invariants: a seal follows from the rows, the basis and the seal key alone;
no table names a person; a table that does not lead to its root is refused.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from byline.engine.executor import Executor, Progress, quiet
from byline.errors import IntegrityError
from byline.proof import trie
from byline.proof.blinding import salt_commitment
from byline.proof.canonical import canonical_json, sha256_hex
from byline.proof.errors import ProofError
from byline.release.basis import Basis
from byline.release.fingerprints import FORM
from byline.release.seal_file import SEAL_FILE, SEAL_SCHEMA, Seal, Tree, parse_seal, shards_tree
from byline.release.sealing_fingerprints import (
    FINGERPRINTS,
    as_pairs,
    tree_of_pairs,
    write_fingerprints,
)
from byline.release.sealing_items import item_records
from byline.release.sealing_people import Blinding, contributor_records
from byline.release.sealing_survey import Survey, SurveyTask, survey_shard
from byline.workspace.files import write_bytes, write_table

RECORDS: Final = pa.schema(
    [
        pa.field("key", pa.binary(32), nullable=False),
        pa.field("value", pa.binary(32), nullable=False),
        pa.field("record", pa.binary(), nullable=False),
    ]
)
KEYED: Final = ("contributors", "items", "fingerprints")
ROW_GROUP: Final = 65_536


@dataclass(frozen=True)
class Tries:
    """The trees of keys of a seal, each compared with its root."""

    contributors: trie.Trie
    items: trie.Trie
    fingerprints: trie.Trie


def write_seal(
    directory: Path,
    manifest: Mapping[str, Any],
    *,
    basis: Basis,
    blinding: Blinding,
    executor: Executor,
    progress: Progress = quiet,
) -> Seal:
    """Write the seal of a release whose shards and manifest lie in a folder.

    Args:
        directory: The release's folder, still aside.
        manifest: As its manifest has it; the file is there.
        basis: What the release was selected by.
        blinding: Its salt and labels.
        executor: What surveys the shards.
        progress: Told of shards surveyed.
    """
    scratch = directory / ".sealing"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    paths = [directory / shard["path"] for shard in manifest["shards"]]
    trees = write_trees(
        directory / "seal", paths, blinding=blinding, scratch=scratch, executor=executor,
        progress=progress,
    )  # fmt: skip
    data = seal_bytes(
        manifest, (directory / "manifest.json").read_bytes(),
        trees=trees, basis=basis, blinding=blinding,
    )  # fmt: skip
    write_bytes(directory / SEAL_FILE, data)
    shutil.rmtree(scratch)
    return parse_seal(data)


def seal_bytes(
    manifest: Mapping[str, Any],
    data: bytes,
    *,
    trees: Mapping[str, Tree],
    basis: Basis,
    blinding: Blinding,
) -> bytes:
    """`seal.json`: what its trees, its basis and its manifest (with its bytes) come to."""
    return canonical_json(
        {
            "schema": SEAL_SCHEMA,
            "release": manifest["release"],
            "name": manifest["name"],
            "lane": manifest["lane"],
            "purposes": manifest["purposes"],
            "manifest_sha256": sha256_hex(data),
            "examples": {"root": manifest["root"], "size": manifest["examples"]},
            "shards": shards_tree(manifest["shards"]).as_json(),
            "contributors": trees["contributors"].as_json(),
            "items": trees["items"].as_json(),
            "fingerprints": {"form": FORM, **trees["fingerprints"].as_json()},
            "decisions": basis.decisions,
            "terms": basis.terms,
            "notices": basis.notices,
            "capture": basis.capture,
            "assessments": sorted(basis.assessments),
            "repositories": [
                {"commit": one["commit"], "name": one["name"]}
                for one in sorted(manifest["repositories"], key=lambda one: str(one["name"]))
            ],
            "salt_sha256": salt_commitment(blinding.salt).hex(),
            "vrf_public_key": blinding.vrf_public_key.hex(),
        }
    )


def write_trees(
    into: Path,
    shards: Sequence[Path],
    *,
    blinding: Blinding,
    scratch: Path,
    executor: Executor,
    progress: Progress = quiet,
) -> dict[str, Tree]:
    """Write the tables of a seal, made from the rows of its shards; returns their trees.

    Args:
        into: The folder for the tables.
        shards: The files of rows.
        blinding: The release's salt and labels.
        scratch: An empty folder for what is needed meanwhile.
        executor: What surveys the shards.
        progress: Told of shards surveyed.

    Raises:
        IntegrityError: A row has somebody who has no label.
    """
    into.mkdir(parents=True, exist_ok=True)
    surveys = _surveyed(shards, scratch, executor, progress)
    keys_of: dict[str, list[bytes]] = {}
    items: list[tuple[bytes, bytes]] = []
    try:
        for one in item_records(surveys, salt=blinding.salt, labels=blinding.labels):
            items.append((one.key, one.record))
            for owner in one.owners:
                keys_of.setdefault(owner, []).append(one.key)
        found = contributor_records(surveys, keys_of)
        people = [(blinding.labels[name], record) for name, record in found.items()]
    except KeyError as error:
        raise IntegrityError(f"{error} is in the rows, and has no label") from error
    fingerprints = write_fingerprints(
        into / "fingerprints.parquet", surveys,
        salt=blinding.salt, scratch=scratch, executor=executor,
    )  # fmt: skip
    return {
        "items": _tree(_write_records(into / "items.parquet", items)),
        "contributors": _tree(_write_records(into / "contributors.parquet", people)),
        "fingerprints": _tree(fingerprints),
    }


def tries_of(directory: Path, seal: Seal) -> Tries:
    """The trees of keys of a release, built from the tables beside its seal.

    Raises:
        IntegrityError: A table does not lead to the sealed root.
    """
    return Tries(*(trie_of(directory, seal, name) for name in KEYED))


def trie_of(directory: Path, seal: Seal, name: str) -> trie.Trie:
    """One of the trees: contributors, items or fingerprints; its pairs are kept out of memory.

    Raises:
        IntegrityError: Its table does not lead to the sealed root.
    """
    path = directory / "seal" / f"{name}.parquet"
    try:
        with tempfile.TemporaryFile() as stream:
            stream.writelines(_pairs(path, name))
            built = tree_of_pairs(stream, processes=os.cpu_count() or 1)
    except (OSError, ValueError, KeyError, TypeError, ProofError) as error:
        raise IntegrityError(f"{seal.release}: {path.name} is damaged: {error}") from error
    sealed = getattr(seal, name)
    if _tree(built) != sealed:
        raise IntegrityError(
            f"{seal.release}: {path.name} gives the root {built.root.hex()} over {built.size:,}, "
            f"sealed is {sealed.root} over {sealed.size:,}"
        )
    return built


def _surveyed(
    shards: Sequence[Path], scratch: Path, executor: Executor, progress: Progress
) -> list[Survey]:
    tasks = [SurveyTask(path, scratch / f"shard-{at:05}") for at, path in enumerate(shards)]
    surveys = []
    for done, survey in enumerate(executor.map(survey_shard, tasks), start=1):
        progress(done, len(tasks), "sealing")
        surveys.append(survey)
    return sorted(surveys, key=lambda survey: survey.folder)


def _write_records(path: Path, records: list[tuple[bytes, bytes]]) -> trie.Trie:
    """Write records by key; returns their tree."""
    records.sort()
    values = [hashlib.sha256(record).digest() for _, record in records]
    keys = [key for key, _ in records]
    columns = [keys, values, [record for _, record in records]]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, RECORDS, strict=True)]
    write_table(path, pa.table(arrays, schema=RECORDS), row_group_size=ROW_GROUP)
    return trie.build_sorted(b"".join(chain.from_iterable(zip(keys, values, strict=True))))


def _pairs(path: Path, name: str) -> Iterator[bytes]:
    """The pairs of a table, batch by batch, checked to be what its records come to."""
    schema = FINGERPRINTS if name == "fingerprints" else RECORDS
    with pq.ParquetFile(path) as source:
        if not source.schema_arrow.equals(schema):
            raise ValueError("it has other columns")
        for batch in source.iter_batches(batch_size=ROW_GROUP):
            keys = _bytes_of(batch.column("key"))
            if name == "fingerprints":
                counts = np.asarray(batch.column("count"), dtype=np.int64)
                yield as_pairs(keys, counts).tobytes()
                continue
            values = _bytes_of(batch.column("value"))
            records = batch.column("record").to_pylist()
            made = b"".join(hashlib.sha256(record).digest() for record in records)
            if made != values.tobytes():
                raise ValueError("a record is not the one that its value is the hash of")
            yield np.concatenate([keys, values], axis=1).tobytes()


def _bytes_of(column: pa.FixedSizeBinaryArray) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if column.null_count:
        raise ValueError("a key or a value is missing")
    data = np.frombuffer(column.buffers()[1], np.uint8)
    return data[column.offset * 32 : (column.offset + len(column)) * 32].reshape(-1, 32)


def _tree(built: trie.Trie) -> Tree:
    return Tree(built.root.hex(), built.size)
