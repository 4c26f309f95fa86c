"""Signed receipts, one for each person of a batch, that anyone can check with one public key.

The bodies of a batch are the leaves of one Merkle tree (RFC 9162); its root is one entry of the
organisation's log, and each receipt carries its way up to that root and the log's own proof. So
8,000 receipts need one signature. Invariants: what is signed is kept before it is signed, and
everything after is a function of it, so a killed issue that is run again gives the same bytes; a
body names nobody, only pseudonyms.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from byline.engine.executor import Progress, quiet
from byline.errors import InputError, IntegrityError
from byline.proof import durable
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.errors import ProofError
from byline.proof.logproof import parse_proof, verify_proof
from byline.proof.merkle import Levels, build, inclusion_proof, leaf_hash, verify_inclusion
from byline.proof.note import Signer, Verifier
from byline.release.logbook import record
from byline.workspace.files import write_bytes
from byline.workspace.ledger import append, table_of
from byline.workspace.ledger import tables as ledger_tables

SCHEMA: Final = "byline/receipt/1"
CHUNK: Final = 500  # receipts between two records of how far it is
PARTS: Final = ("body", "index", "log_proof", "path", "root", "schema", "size")


@dataclass(frozen=True)
class Issue:
    """Receipts that were signed together.

    Attributes:
        batch: What they are about.
        kind: Which of its receipts: `leaving` or `closing`.
        folder: Where they lie, one file a person.
        log_index: The entry of the log that holds their root.
    """

    batch: str
    kind: str
    folder: Path
    root: str
    size: int
    log_index: int


@dataclass(frozen=True)
class Checked:
    """A receipt that was found sound.

    Attributes:
        body: What it says.
        log_index: The log's entry that it hangs on.
        log_size: How many entries the log had then.
    """

    body: Mapping[str, Any]
    log_index: int
    log_size: int


def issue_fact(*, batch: str, kind: str, size: int, root: str) -> dict[str, Any]:
    """What the log records of an issue of receipts."""
    return {"type": "receipts", "batch": batch, "kind": kind, "size": size, "root": root}


def bodies_file(folder: Path, kind: str) -> Path:
    """Where the bodies of an issue are kept, one canonical JSON value a line."""
    return folder / f"{kind}.bodies.jsonl"


def keep_bodies(folder: Path, kind: str, bodies: Iterable[Mapping[str, Any]]) -> None:
    """Keep what an issue will say, in order of its subjects, before anything is signed."""
    ordered = sorted((str(body["subject"]), canonical_json(dict(body))) for body in bodies)
    write_bytes(bodies_file(folder, kind), b"".join(body + b"\n" for _, body in ordered))


def read_bodies(folder: Path, kind: str) -> list[bytes]:
    """The kept bodies of an issue; none if there is none.

    Raises:
        IntegrityError: A line is not canonical JSON.
    """
    path = bodies_file(folder, kind)
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    try:
        for line in lines:
            parse_canonical(line)
    except ProofError as error:
        raise IntegrityError(
            f"{path} is damaged: {error}", advice="remove it and run the batch again"
        ) from error
    return lines


def issue(
    folder: Path,
    *,
    batch: str,
    kind: str,
    log: Path,
    signer: Signer,
    ledger: sa.Engine,
    root: Path,
    progress: Progress = quiet,
) -> Issue:
    """Sign the kept bodies of an issue and write its receipts; a second run finishes the first.

    Args:
        folder: Where the bodies are kept and the receipts go.
        batch: What they are about.
        kind: Which of its receipts.
        log: The log's folder.
        signer: The log's key.
        ledger: Where each receipt is recorded.
        root: The workspace, which recorded paths are relative to.
        progress: Told how many are written.

    Raises:
        InputError: No bodies are kept.
        IntegrityError: They are damaged, or receipts on record differ from them.
    """
    bodies = read_bodies(folder, kind)
    if not bodies:
        raise InputError(f"{folder} keeps no bodies of {kind} receipts", advice="run the batch")
    tree = build([leaf_hash(body) for body in bodies])
    fact = issue_fact(batch=batch, kind=kind, size=tree.size, root=tree.root.hex())
    proof = _logged(folder, kind, fact, log=log, signer=signer)
    held = _recorded(ledger, batch=batch, kind=kind)
    for start in range(0, len(bodies), CHUNK):
        chunk = range(start, min(start + CHUNK, len(bodies)))
        _write(folder, kind, chunk, bodies=bodies, tree=tree, proof=proof, ledger=ledger,
               held=held, batch=batch, root=root)  # fmt: skip
        progress(chunk.stop, len(bodies), "receipts")
    index = parse_proof(proof.encode()).index
    return Issue(batch, kind, folder, tree.root.hex(), tree.size, index)


def _logged(folder: Path, kind: str, fact: Mapping[str, Any], *, log: Path, signer: Signer) -> str:
    """The log's proof of an issue, kept so that every receipt of it carries the same bytes."""
    path = folder / f"{kind}.tlog-proof"
    if path.exists():
        proof = path.read_bytes()
        try:
            verify_proof(
                parse_proof(proof), entry=canonical_json(dict(fact)), verifiers=[signer.verifier]
            )
        except ProofError as error:
            raise IntegrityError(
                f"{path} does not prove these receipts: {error}", advice="restore the folder"
            ) from error
        return proof.decode("utf-8")
    proof = record(log, fact, signer=signer).proof_file
    write_bytes(path, proof)
    return proof.decode("utf-8")


def _recorded(ledger: sa.Engine, *, batch: str, kind: str) -> dict[str, str]:
    """The hash of each receipt on record, by its path."""
    found = table_of(ledger, ledger_tables.RECEIPTS, ("path", "sha256"), batch=batch, kind=kind)
    return dict(zip(found["path"].to_pylist(), found["sha256"].to_pylist(), strict=True))


def _write(
    folder: Path,
    kind: str,
    chunk: range,
    *,
    bodies: Sequence[bytes],
    tree: Levels,
    proof: str,
    ledger: sa.Engine,
    held: Mapping[str, str],
    batch: str,
    root: Path,
) -> None:
    """Write some receipts and record them; those that are there and on record stay as they are."""
    files, facts = [], []
    for index in chunk:
        body = json.loads(bodies[index])
        name = f"{body['subject']}.{kind}.json"
        path = (folder / name).relative_to(root).as_posix()
        data = _receipt(body, index=index, tree=tree, proof=proof)
        digest = sha256_hex(data)
        if path in held and held[path] != digest:
            raise IntegrityError(f"{path} is on record with another content than it would have now")
        if path in held and (folder / name).exists():
            continue
        files.append((name, data))
        if path not in held:
            facts.append(
                {
                    "receipt": sha256_hex(bodies[index]), "kind": kind, "subject": body["subject"],
                    "batch": batch, "sha256": digest, "path": path, "detail": {"index": index},
                }
            )  # fmt: skip
    durable.write_files(folder, files)
    append(ledger, ledger_tables.RECEIPTS, *facts)


def _receipt(body: Mapping[str, Any], *, index: int, tree: Levels, proof: str) -> bytes:
    return canonical_json(
        {
            "schema": SCHEMA,
            "body": dict(body),
            "index": index,
            "size": tree.size,
            "root": tree.root.hex(),
            "path": [step.hex() for step in inclusion_proof(tree, index)],
            "log_proof": proof,
        }
    )


def check_receipt(data: bytes, *, verifiers: Sequence[Verifier]) -> Checked:
    """Check a receipt with the log's public key and nothing else; no file and no network is used.

    Raises:
        IntegrityError: It is no receipt, was changed, or hangs on no log of these keys.
    """
    try:
        receipt = parse_canonical(data)
        if not isinstance(receipt, dict) or tuple(sorted(receipt)) != PARTS:
            raise IntegrityError(f"this is no receipt: it does not have {', '.join(PARTS)}")
        body, root = receipt["body"], bytes.fromhex(receipt["root"])
        if receipt["schema"] != SCHEMA:
            raise IntegrityError(f"this is a {receipt['schema']!r}, not a {SCHEMA}")
        verify_inclusion(
            leaf=leaf_hash(canonical_json(body)),
            index=receipt["index"],
            size=receipt["size"],
            proof=[bytes.fromhex(step) for step in receipt["path"]],
            root=root,
        )
        fact = issue_fact(
            batch=body["batch"], kind=body["kind"], size=receipt["size"], root=receipt["root"]
        )
        proof = parse_proof(receipt["log_proof"].encode("utf-8"))
        checkpoint = verify_proof(proof, entry=canonical_json(fact), verifiers=verifiers)
    except (ProofError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(
            f"the receipt does not hold: {error}", advice="ask for the receipt as it was issued"
        ) from error
    return Checked(body, proof.index, checkpoint.size)
