"""Small sealed releases made of rows, and what an organisation can do to one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from byline.engine.executor import LocalExecutor
from byline.examples.schema import EXAMPLES
from byline.privacy.pseudonyms import pseudonym
from byline.proof import vrf
from byline.proof.absence import Leaf, keyed_tree
from byline.proof.blinding import contributor_alpha, vrf_seed
from byline.proof.note import Verifier
from byline.release.basis import Basis
from byline.release.logbook import open_log, record
from byline.release.rows import row_digests
from byline.release.seal import LEAVES_FILE, PROOF_FILE, SealedRelease, log_fact, open_release
from byline.release.seal_file import read_seal
from byline.release.sealing import write_seal
from byline.release.sealing_people import Blinding, blinding_of
from byline.release.shards import LEAVES
from byline.workspace.files import sha256_file, write_bytes, write_json, write_table
from release.candidate_rows import EARLY
from release.candidate_rows import row as candidate_row

RELEASE = "rel_0123456789abcdef"
SEAL_KEY, LINKAGE_KEY = b"\7" * 32, b"\3" * 32
BASIS = Basis("d" * 64, "e" * 64, "0" * 64, None, ("1" * 64, "2" * 64))
PEOPLE = {pseudonym(LINKAGE_KEY, "scope", person): person for person in ("rosa", "bert", "cyril")}
ROSA, BERT, CYRIL = PEOPLE
OUTPUTS = {
    person: vrf.output(vrf_seed(SEAL_KEY), contributor_alpha(person)) for person in PEOPLE.values()
}


def source(
    oid: str, start: int | None = None, end: int | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "system": "git", "repository": "web", "oid": oid, "path": None, "start": start, "end": end,
        "time": EARLY, "swhid": f"swh:1:cnt:{oid};path=/a.py;lines={start}-{end}", **more,
    }  # fmt: skip


def row(
    number: int, text: str, people: Sequence[str], *sources: dict[str, Any], split: str = "train",
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    made = candidate_row(number, text, person=people[0])
    shares = [
        {
            "contributor": one,
            "role": "author",
            "share": 1 / len(people),
            "decisions": [f"c/{one[-1]}"],
        }
        for one in people
    ]
    kept = {name: made[name] for name in EXAMPLES.names}
    return {**kept, "split": split, "people": shares, "sources": list(sources), **more}


def blinding(release: str = RELEASE, key: bytes = SEAL_KEY) -> Blinding:
    return blinding_of(key, release, outputs=OUTPUTS, people=PEOPLE)


@dataclass(frozen=True)
class Sealed:
    """A release in a folder, and the log beside it."""

    folder: Path
    verifiers: list[Verifier]

    @property
    def log(self) -> Path:
        return self.folder.parent / "log"

    def open(self) -> SealedRelease:
        return open_release(self.folder, verifiers=self.verifiers)

    def read(self) -> list[dict[str, Any]]:
        release = self.open()
        return [row for split in release.manifest["splits"] for row in release.rows(split)]

    def change(self, path: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Write another table over one."""
        table = pq.read_table(self.folder / path)
        pq.write_table(change(table).cast(table.schema), self.folder / path)

    def change_json(self, path: str, **fields: Any) -> None:
        """Write other fields over some."""
        said = json.loads((self.folder / path).read_bytes()) | fields
        data = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        write_bytes(self.folder / path, data)

    def enter(self) -> None:
        """Put the release into the log as it lies there now, whatever was done to it."""
        signer = open_log(self.log, key=self.folder.parent / "log.key", origin="acme")
        data = (self.folder / "manifest.json").read_bytes()
        said = json.loads(data)
        fact = log_fact(said["release"], said["root"], data, seal=read_seal(self.folder))
        write_bytes(self.folder / PROOF_FILE, record(self.log, fact, signer=signer).proof_file)

    def lie(self, shard: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put other rows into a shard, fit manifest and seal to the file, and log that.

        The root of the rows stays: an organisation that changes it says what it has done.
        """
        write_table(self.folder / shard, pa.Table.from_pylist(list(rows), schema=EXAMPLES))
        said = json.loads((self.folder / "manifest.json").read_bytes())
        for one in said["shards"]:
            if one["path"] == shard:
                one |= {"sha256": sha256_file(self.folder / shard), "examples": len(rows)}
        write_json(self.folder / "manifest.json", said)
        with LocalExecutor(1) as executor:
            write_seal(self.folder, said, basis=BASIS, blinding=blinding(), executor=executor)
        self.enter()


def sealed(folder: Path, shards: dict[str, list[dict[str, Any]]], release: str = RELEASE) -> Sealed:
    """A sealed release of some files of rows, each in order of id."""
    leaves, entries = [], []
    for path, rows in shards.items():
        table = pa.Table.from_pylist(rows, schema=EXAMPLES)
        write_table(folder / path, table)
        digests = row_digests(table)
        leaves += [
            {"id": one["id"], "sha256": digest, "shard": path, "row": at}
            for at, (one, digest) in enumerate(zip(rows, digests, strict=True))
        ]
        entries.append({"path": path, "split": rows[0]["split"], "form": "text",
                        "examples": len(rows), "sha256": sha256_file(folder / path)})  # fmt: skip
    leaves.sort(key=lambda one: one["id"])
    root = keyed_tree(Leaf(one["id"].encode(), one["sha256"]) for one in leaves).root.hex()
    manifest = {
        "release": release, "name": "engineering", "lane": "attributed", "root": root,
        "purposes": ["assist_others"], "terms": "e" * 64, "examples": len(leaves),
        "splits": {one["split"]: {} for one in entries}, "shards": entries,
        "repositories": [{"name": "web", "commit": "c" * 40}],
    }  # fmt: skip
    write_table(folder / LEAVES_FILE, pa.Table.from_pylist(leaves, schema=LEAVES))
    write_json(folder / "manifest.json", manifest)
    with LocalExecutor(1) as executor:
        write_seal(folder, manifest, basis=BASIS, blinding=blinding(release), executor=executor)
    signer = open_log(folder.parent / "log", key=folder.parent / "log.key", origin="acme")
    made = Sealed(folder, [signer.verifier])
    made.enter()
    return made
