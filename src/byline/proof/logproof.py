"""Offline proofs that an entry is in a log (https://c2sp.org/tlog-proof@v1).

Invariants: a proof carries the log's checkpoint word for word, so that it can be checked with the
log's public key alone; `extra` is not authenticated and proves nothing.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from byline.proof.checkpoint import Checkpoint, parse_checkpoint, parse_decimal, parse_hash
from byline.proof.errors import MalformedError, SignatureError
from byline.proof.merkle import leaf_hash, verify_inclusion
from byline.proof.note import MAX_NOTE_BYTES, Verifier, verify_note

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
MAX_EXTRA_BYTES = 1_000_000
MAX_PROOF_BYTES = MAX_NOTE_BYTES + MAX_EXTRA_BYTES * 2


@dataclass(frozen=True)
class LogProof:
    """An entry's index, the hashes from it to the root, the signed checkpoint, and any extra."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def format_proof(proof: LogProof) -> bytes:
    """Return the proof as a `.tlog-proof` file."""
    lines = [HEADER]
    if proof.extra:
        lines.append(f"extra {base64.b64encode(proof.extra).decode('ascii')}")
    lines.append(f"index {proof.index}")
    lines += [base64.b64encode(step).decode("ascii") for step in proof.hashes]
    return "\n".join([*lines, "", ""]).encode() + proof.checkpoint


def parse_proof(data: bytes) -> LogProof:
    """Read a `.tlog-proof` file; MalformedError if it is none. Nothing is verified yet."""
    if len(data) > MAX_PROOF_BYTES:
        raise MalformedError(f"expected a proof of at most {MAX_PROOF_BYTES} bytes")
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedError(f"proof: expected ASCII, got another at {error.start}") from error
    if not blank or lines[0] != HEADER:
        raise MalformedError(f"proof: expected {HEADER!r} and a checkpoint, got {lines[0][:40]!r}")
    extra, rest = b"", lines[1:]
    if rest and rest[0].startswith("extra "):
        extra, rest = _parse_extra(rest[0].removeprefix("extra ")), rest[1:]
    if not rest or not rest[0].startswith("index ") or len(rest) - 1 > MAX_HASHES:
        raise MalformedError(f"proof: expected an index and at most {MAX_HASHES} hashes")
    index = parse_decimal(rest[0].removeprefix("index "))
    return LogProof(index, tuple(parse_hash(line) for line in rest[1:]), checkpoint, extra)


def verify_proof(
    proof: LogProof, *, entry: bytes, verifiers: Sequence[Verifier], origin: str | None = None
) -> Checkpoint:
    """Check that a log signed by one of these keys holds `entry` at the proof's index.

    The checkpoint's origin must be `origin`, or if that is not given the name of a key that signed
    it. Returns the checkpoint. Raises SignatureError or InclusionError.
    """
    note = verify_note(proof.checkpoint, verifiers)
    checkpoint = parse_checkpoint(note.text)
    origins = {origin} if origin is not None else {signer.name for signer in note.signers}
    if checkpoint.origin not in origins:
        expected = " or ".join(sorted(origins))
        raise SignatureError(f"expected a checkpoint of {expected}, got {checkpoint.origin!r}")
    verify_under(proof, entry=entry, checkpoint=checkpoint)
    return checkpoint


def verify_under(proof: LogProof, *, entry: bytes, checkpoint: Checkpoint) -> None:
    """Check that `entry` is at the proof's index under a checkpoint that is verified already.

    Raises InclusionError.
    """
    verify_inclusion(
        leaf=leaf_hash(entry),
        index=proof.index,
        size=checkpoint.size,
        proof=proof.hashes,
        root=checkpoint.root,
    )


def _parse_extra(text: str) -> bytes:
    try:
        extra = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedError(f"proof: expected base64 as extra: {error}") from error
    if not extra or len(extra) > MAX_EXTRA_BYTES or base64.b64encode(extra).decode() != text:
        raise MalformedError(f"proof: expected canonical base64 of 1 to {MAX_EXTRA_BYTES} bytes")
    return extra
