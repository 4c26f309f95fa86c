"""Checkpoints that a policy accepts, kept beside their log, and proofs under them.

Invariants: a checkpoint is handed out only after its log's signature, and every signature by a
known witness, was verified over just this text; a witness that signed twice counts once; a
cosignature that was kept is not lost by the next append, nor by a later policy that asks for more.
"""

from dataclasses import dataclass
from pathlib import Path

from byline.proof import durable
from byline.proof.checkpoint import DECIMAL, Checkpoint, parse_checkpoint, unverified_checkpoint
from byline.proof.cosignature import add_cosignatures, verify_cosignatures
from byline.proof.errors import (
    InclusionError,
    LogDamagedError,
    LogEntryError,
    LogMissingError,
    QuorumError,
    SignatureError,
    VerificationError,
)
from byline.proof.log import entries
from byline.proof.logfiles import (
    CHECK_ADVICE,
    CHECKPOINT,
    COSIGNED,
    LOCK,
    read_head,
    read_note,
    tile_reader,
)
from byline.proof.logproof import LogProof, verify_under
from byline.proof.merkle import inclusion_path
from byline.proof.note import Verifier, parse_signatures, verify_note
from byline.proof.policy import Policy
from byline.proof.tiles import TILE_WIDTH, tile_at, tile_nodes


@dataclass(frozen=True)
class Witnessed:
    """A witness of the policy that cosigned, and when, in seconds since 1970."""

    name: str
    time: int


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint that a policy accepts: the log's keys that signed it, and who witnessed it."""

    checkpoint: Checkpoint
    log_keys: tuple[Verifier, ...]
    witnesses: tuple[Witnessed, ...]


def read_checkpoint_under(note: bytes, policy: Policy) -> Cosigned:
    """Return the checkpoint in a note by a log of the policy, and who cosigned; no quorum asked.

    The origin must be the name of a key that signed. Raises SignatureError if no such log signed
    it, or if a signature by a known log or witness is false.
    """
    signed = verify_note(note, policy.verifiers)
    checkpoint = parse_checkpoint(signed.text)
    keys = tuple(key for key in signed.signers if key.name == checkpoint.origin)
    if not keys:
        expected = " or ".join(sorted({key.name for key in signed.signers}))
        raise SignatureError(f"expected a checkpoint of {expected}, got {checkpoint.origin!r}")
    times = {one.cosigner: one.time for one in verify_cosignatures(note, policy.cosigners)}
    witnesses = tuple(
        Witnessed(witness.name, times[witness.cosigner])
        for witness in policy.witnesses
        if witness.cosigner in times
    )
    return Cosigned(checkpoint, keys, witnesses)


def verify_cosigned(note: bytes, policy: Policy) -> Cosigned:
    """As `read_checkpoint_under`; raises QuorumError unless the policy's quorum cosigned it."""
    read = read_checkpoint_under(note, policy)
    names = [witness.name for witness in read.witnesses]
    if not policy.is_met(names):
        raise QuorumError(
            f"expected cosignatures by {policy.in_words()}, "
            f"got {', '.join(names) or 'none'} on {read.checkpoint.size} entries",
            advice="ask the witnesses with `byline log cosign`",
        )
    return read


def is_accepted(note: bytes, policy: Policy) -> bool:
    """Whether a policy accepts the checkpoint in a note; MalformedError if there is none in it."""
    try:
        verify_cosigned(note, policy)
    except VerificationError:
        return False
    return True


def verify_cosigned_proof(proof: LogProof, *, entry: bytes, policy: Policy) -> Cosigned:
    """Check that an entry is in a log at the proof's index, under a cosigned checkpoint."""
    cosigned = verify_cosigned(proof.checkpoint, policy)
    verify_under(proof, entry=entry, checkpoint=cosigned.checkpoint)
    return cosigned


def keep(path: Path, lines: bytes, *, note: bytes, policy: Policy) -> None:
    """Keep what witnesses signed over the checkpoint in `note`, under the log's lock.

    If it is still the log's checkpoint, it is served with these cosignatures. It also stays in the
    folder `cosigned`, so that the next append loses nothing; checkpoints there that are older than
    the newest one accepted by the policy go. Raises SignatureError if a line is false.
    """
    checkpoint = read_checkpoint_under(note, policy).checkpoint
    with durable.locked(path / LOCK, wait=True):
        name = f"{COSIGNED}/{checkpoint.size}"
        held = _read(path, name)
        signed = (lines,) if held is None else (lines, held)
        merged = add_cosignatures(note, *signed, cosigners=policy.cosigners)
        files = [(name, merged)]
        current = read_note(path, CHECKPOINT)
        if parse_signatures(current)[0] == parse_signatures(note)[0]:
            served = add_cosignatures(current, merged, cosigners=policy.cosigners)
            files.append((CHECKPOINT, served))
        durable.write_files(path, files)
        if is_accepted(merged, policy):
            older = [size for size in _sizes(path) if size < checkpoint.size]
            durable.remove_files(path / COSIGNED / str(size) for size in older)


def best_checkpoint(path: Path, policy: Policy) -> bytes:
    """The newest checkpoint of a log that the policy accepts; QuorumError if there is none.

    It may count fewer entries than the log has: those that came after wait for the witnesses.
    """
    current = read_note(path, CHECKPOINT)
    try:
        verify_cosigned(current, policy)
    except QuorumError:
        for note in kept_checkpoints(path):
            if is_accepted(note, policy):
                return note
        raise
    return current


def kept_checkpoints(path: Path) -> list[bytes]:
    """The cosigned checkpoints that lie beside a log, the largest first."""
    notes = (_read(path, f"{COSIGNED}/{size}") for size in sorted(_sizes(path), reverse=True))
    return [note for note in notes if note is not None]


def prove_under(path: Path, index: int, *, note: bytes) -> LogProof:
    """Prove that an entry is in a log under this checkpoint of it, which may be an older one.

    Raises LogEntryError if the entry came later, and LogDamagedError if the tiles do not lead to
    the checkpoint's root.
    """
    checkpoint = unverified_checkpoint(note)
    size, head = checkpoint.size, read_head(path).size
    if not 0 <= index < size <= head:
        raise LogEntryError(f"expected 0 <= index < {size} <= {head} entries, got index {index}")
    nodes = tile_nodes(tile_reader(path, size=head), size=size)
    proof = LogProof(index, tuple(inclusion_path(index, size=size, node=nodes)), note)
    [entry] = entries(path, start=index, end=index + 1)
    try:
        verify_under(proof, entry=entry, checkpoint=checkpoint)
    except InclusionError as error:
        name = tile_at(None, index // TILE_WIDTH, size=head).path
        message = f"{path}: entry {index} does not lead to the cosigned root: {error}"
        raise LogDamagedError(message, damaged=(name,), advice=CHECK_ADVICE) from error
    return proof


def _sizes(path: Path) -> list[int]:
    """The sizes of the cosigned checkpoints that are kept."""
    names = [found.name for found in (path / COSIGNED).glob("*")]
    return [int(name) for name in names if DECIMAL.fullmatch(name)]


def _read(path: Path, name: str) -> bytes | None:
    try:
        return read_note(path, name=name)
    except LogMissingError:
        return None
