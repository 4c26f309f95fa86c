"""One release's answer to one person: their label, their items, their texts, each with its proof.

What is looked for is what was asked and all that names the person as an owner, so that nothing of
theirs can be left out of an answer. Nothing here names anybody else: an item's other owners are
tokens that only they can tell.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from byline.answers.bundle_files import lines_of
from byline.answers.bundle_questions import Questions
from byline.answers.held import opened_shard, rows_with, shards_here
from byline.errors import IntegrityError
from byline.proof import trie
from byline.proof.blinding import fingerprint_key, item_key, label, owner_token
from byline.proof.merkle import leaf_hash, root
from byline.release.seal import SealedRelease
from byline.release.sealing import tries_of

BATCH: Final = 65_536
ITEMS: Final = "seal/items.parquet"
CONTRIBUTORS: Final = "seal/contributors.parquet"


@dataclass(frozen=True)
class Answer:
    """What a bundle says of one release.

    Attributes:
        claim: ``included`` or ``absent``.
        record: The contributor record, or None.
        items: How many items name the person among their owners.
        asked: How many items the answer covers, theirs and those asked about.
        found: How many of the fingerprints that were asked about are in the release.
        files: By the name within the release's folder of the bundle.
    """

    release: str
    claim: str
    salt: bytes
    record: Mapping[str, Any] | None
    items: int
    asked: int
    found: int
    files: Mapping[str, bytes]

    @property
    def examples(self) -> int:
        """How many examples hold their work."""
        return int(self.record["examples"]) if self.record else 0

    def as_json(self) -> dict[str, Any]:
        """As it stands in `bundle.json`."""
        return {
            "release": self.release,
            "claim": self.claim,
            "salt": self.salt.hex(),
            "record": dict(self.record) if self.record else None,
        }


def answer(
    sealed: SealedRelease, questions: Questions, *, beta: bytes, salt: bytes, log_proof: bytes
) -> Answer:
    """Answer for one release whose rows are here, or that has nothing of the person's.

    Args:
        sealed: The release, with its seal.
        questions: What to look for beside what is theirs.
        beta: The VRF's output for the person.
        salt: The release's.
        log_proof: That its entry is in the log.

    Raises:
        IntegrityError: What is stored beside the seal does not lead to it.
    """
    if sealed.seal is None:
        raise IntegrityError(f"{sealed.id}: it has no seal that can be asked")
    tries = tries_of(sealed.directory, sealed.seal)
    mine = label(beta, sealed.id)
    record = _record(sealed.directory / CONTRIBUTORS, mine)
    records = dict(_records(sealed.directory / ITEMS, mine, salt, questions.items))
    owned = {_id(one) for key, one in records.items() if _is_owner(mine, key, one)}
    items = sorted(questions.items | owned)
    numbers = sorted(questions.fingerprints)
    keys = [fingerprint_key(salt, number) for number in numbers]
    of_numbers = trie.prove(tries.fingerprints, keys)
    present = trie.verify(of_numbers, root=tries.fingerprints.root, keys=keys)
    return Answer(
        release=sealed.id,
        claim="absent" if record is None else "included",
        salt=salt,
        record=record,
        items=len(owned),
        asked=len(items),
        found=sum(value is not None for value in present.values()),
        files={
            "seal.json": sealed.seal.data,
            "log.tlog-proof": log_proof,
            "contributor.trie": trie.prove(tries.contributors, [mine]),
            "items.trie": trie.prove(tries.items, [item_key(salt, one) for one in items]),
            "items.jsonl": b"".join(records[key] + b"\n" for key in sorted(records)),
            "mine.jsonl": lines_of(_examples(sealed, record)),
            "fingerprints.trie": of_numbers,
            "fingerprints.bin": b"".join(number.to_bytes(8, "big") for number in numbers),
            "items.txt": lines_of(items),
        },
    )


def has_work(sealed: SealedRelease, *, beta: bytes) -> bool:
    """Whether a release has any work of a person; its rows need not be here."""
    return _record(sealed.directory / CONTRIBUTORS, label(beta, sealed.id)) is not None


def _record(path: Path, key: bytes) -> dict[str, Any] | None:
    """The record of a contributor, or None."""
    table = pq.read_table(path, columns=["record"], filters=[("key", "==", key)])
    records = table["record"].to_pylist()
    return json.loads(records[0]) if records else None


def _records(
    path: Path, mine: bytes, salt: bytes, asked: Iterable[str]
) -> Iterator[tuple[bytes, bytes]]:
    """Key and record of each item that was asked about or names the person as an owner."""
    wanted = {item_key(salt, one) for one in asked}
    with pq.ParquetFile(path) as source:
        for batch in source.iter_batches(batch_size=BATCH, columns=["key", "record"]):
            for key, record in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if key in wanted or _is_owner(mine, key, record):
                    yield key, record


def _is_owner(mine: bytes, key: bytes, record: bytes) -> bool:
    """Whether an item's record has the token that somebody has there; tokens have no likes."""
    return owner_token(mine, key).encode() in record


def _id(record: bytes) -> str:
    return str(json.loads(record)["item"])


def _examples(sealed: SealedRelease, record: Mapping[str, Any] | None) -> list[str]:
    """The ids of a person's examples, which lead to the root in their record.

    Raises:
        IntegrityError: They do not.
    """
    if record is None:
        return []
    found: list[str] = []
    for shard in shards_here(sealed):
        with opened_shard(sealed, shard) as source:
            for batch in source.iter_batches(batch_size=BATCH, columns=["id", "people"]):
                rows = rows_with(batch, record["contributor"])
                found += batch["id"].take(rows).to_pylist()
    found.sort()
    sealed_root = root([leaf_hash(one.encode()) for one in found]).hex()
    if (len(found), sealed_root) != (record["examples"], record["examples_root"]):
        raise IntegrityError(
            f"{sealed.id}: the examples of {record['contributor']} are not those that were sealed",
            advice="restore the release from a copy, or build it again",
        )
    return found
