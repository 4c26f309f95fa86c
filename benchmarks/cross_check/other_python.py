"""The same in Python, with aics-tlog (https://pypi.org/project/aics-tlog/, Apache-2.0).

    python3.12 -m pip install --target PLACE aics-tlog        # it needs Python 3.12
    PYTHONPATH=PLACE python3.12 benchmarks/cross_check/other_python.py verify|make DIRECTORY

Knows nothing of Byline: `verify` reads the folder that run.py wrote with it, `make` writes a log
with a cosigned checkpoint, one with extension lines, and proofs, laid out as the Go programme does.
"""

import base64
import json
import sys
from pathlib import Path

from aics_tlog import (
    Checkpoint,
    DirectoryTileStore,
    FileSystemTileReader,
    IncrementalTileWriter,
    Note,
    audit_tiles,
    consistency_proof_from_tiles,
    cosignature_vkey,
    format_vkey,
    inclusion_proof_from_tiles,
    leaf_hash,
    parse_note,
    parse_vkey,
    sign_checkpoint,
    sign_cosignature,
    verify_checkpoint,
    verify_consistency,
    vkey_from_ed25519,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN, WITNESS, TIME = "python.example/log", "python.example/witness", 1_700_000_000
SIZES = (1, 2, 3, 7, 255, 256, 257, 300)


def encode(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode()


def record(number: int) -> bytes:
    """Return entries of several lengths, the empty one among them."""
    return b"x" * (number % 7) + (b"%d\x00" % number if number else b"")


def verify(directory: Path) -> dict[str, object]:
    """Check Byline's log, its two signatures and its proofs of growth."""
    log_key = parse_vkey((directory / "log.vkey").read_text().strip())
    parts = (directory / "witness.skey").read_text().strip().split("+", 4)
    seed = base64.b64decode(parts[4])[1:]
    witness = cosignature_vkey(parts[2], Ed25519PrivateKey.from_private_bytes(seed).public_key())
    note = parse_note((directory / "log" / "checkpoint").read_bytes())
    head = verify_checkpoint(note, log_key, [witness], quorum=1, expected_origin=log_key.name)
    if not head.ok or head.size is None or head.root is None:
        raise SystemExit(f"checkpoint refused: {head.error}")
    report = audit_tiles(FileSystemTileReader(directory / "log"), head.size, head.root)
    cases = json.loads((directory / "consistency.json").read_text())
    for case in cases:
        old, new = base64.b64decode(case["old_root"]), base64.b64decode(case["root"])
        proof = [base64.b64decode(step) for step in case["proof"]]
        if not verify_consistency(case["old_size"], case["size"], old, new, proof):
            raise SystemExit(f"refused: {case['old_size']} to {case['size']}")
    counts = {"entries": report.size, "tiles": report.tiles, "bundles": report.bundles}
    return {**counts, "cosignatures": head.cosignature_count, "consistency_proofs": len(cases)}


def make(directory: Path) -> dict[str, object]:
    """Write a log, its keys, checkpoints and proofs."""
    (directory / "log").mkdir(parents=True)
    writer = IncrementalTileWriter(DirectoryTileStore(directory / "log"))
    roots, size = {}, 0
    for end in SIZES:
        writer.append([record(number) for number in range(size, end)])
        roots[end], size = writer.root(), end
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    write_checkpoint(directory / "log" / "checkpoint", (key, other), size, roots[size], ())
    lines = ("extension line", "another with é")
    write_checkpoint(directory / "checkpoint-extended", (key, other), size, roots[size], lines)
    vkeys = {
        "log.vkey": vkey_from_ed25519(ORIGIN, key.public_key()),
        "witness.vkey": cosignature_vkey(WITNESS, other.public_key()),
    }
    for name, vkey in vkeys.items():
        (directory / name).write_text(format_vkey(vkey) + "\n")
    write_proofs(directory, roots)
    return {"entries": size}


def write_checkpoint(
    path: Path,
    keys: tuple[Ed25519PrivateKey, Ed25519PrivateKey],
    size: int,
    root: bytes,
    extensions: tuple[str, ...],
) -> None:
    """Sign the log's head with the first key, cosign it with the second, and write it."""
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root, extensions), keys[0], ORIGIN)
    _, line = sign_cosignature(keys[1], WITNESS, TIME, ORIGIN, size, root, extensions)
    path.write_bytes(Note(text=note.text, signatures=(*note.signatures, line)).to_bytes())


def write_proofs(directory: Path, roots: dict[int, bytes]) -> None:
    """Write proofs of inclusion and of growth, made from the tiles of the whole log."""
    reader, whole = FileSystemTileReader(directory / "log"), max(roots)
    included, grown = [], []
    for size, root in roots.items():
        for index in sorted({0, size // 3, size - 1}):
            proof = inclusion_proof_from_tiles(reader, index, size, whole)
            leaf = {"index": index, "size": size, "leaf": encode(leaf_hash(record(index)))}
            included.append({**leaf, "root": encode(root), "proof": list(map(encode, proof))})
        for old in (old for old in roots if old <= size):
            proof = consistency_proof_from_tiles(reader, old, size, whole)
            sizes = {"old_size": old, "size": size, "old_root": encode(roots[old])}
            grown.append({**sizes, "root": encode(root), "proof": list(map(encode, proof))})
    (directory / "inclusion.json").write_text(json.dumps(included, indent=1) + "\n")
    (directory / "consistency.json").write_text(json.dumps(grown, indent=1) + "\n")


if __name__ == "__main__":
    print(json.dumps({"verify": verify, "make": make}[sys.argv[1]](Path(sys.argv[2]))))
