"""A witness: it cosigns a log's checkpoint only if the log grew from what it cosigned before.

The protocol is https://c2sp.org/tlog-witness; how requests come in is no matter here. Invariants:
the size it knows is compared, and the new checkpoint made durable, under one lock a log, before a
cosignature leaves; of two checkpoints that do not grow from one another at most one is ever
cosigned. What it refuses it keeps: two signed checkpoints of one size with two roots are proof by
themselves that a log shows different people different things.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from byline.proof.checkpoint import Checkpoint, parse_checkpoint
from byline.proof.cosignature import Cosigner, CosigningKey, cosign, signature_lines
from byline.proof.errors import (
    ConsistencyError,
    EmptyRootError,
    MalformedError,
    SignatureError,
    WitnessError,
)
from byline.proof.merkle import verify_consistency
from byline.proof.note import Verifier, parse_signatures, verify_note
from byline.proof.witness_memory import (
    Kind,
    Seen,
    folder_of,
    keep_refusal,
    newest,
    remember,
    remembering,
)
from byline.proof.witness_request import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    UNPROCESSABLE,
    Answer,
    Request,
    conflict,
    parse_request,
    say,
)


@dataclass(frozen=True)
class Witness:
    """A witness: where it remembers, its keys, the logs' keys that it knows, and its clock.

    Several keys of one name are those of one log, such as an old and a new one. The clock gives
    seconds since 1970.
    """

    state: Path
    keys: tuple[CosigningKey, ...]
    logs: tuple[Verifier, ...]
    clock: Callable[[], int]

    def __post_init__(self) -> None:
        """Refuse a witness that could not sign, or whose keys cannot be told apart."""
        if not self.keys:
            raise MalformedError("expected a witness's key, got none")
        if len({key.seed for key in self.keys}) != len(self.keys):
            raise MalformedError("expected a seed of its own for every key of the witness")

    @property
    def cosigners(self) -> list[Cosigner]:
        """The public halves of its keys."""
        return [key.cosigner for key in self.keys]

    def keys_of(self, origin: str) -> list[Verifier]:
        """The keys of a log; none if it is unknown."""
        return [log for log in self.logs if log.name == origin]


@dataclass(frozen=True)
class _Shown:
    """A checkpoint that the log's own key signed, with these signatures and no others."""

    checkpoint: Checkpoint
    note: bytes


def add_checkpoint(witness: Witness, data: bytes) -> Answer:
    """Answer an `add-checkpoint` request: with cosignatures if the log grew, else with why not.

    Raises WitnessError if the witness's own memory is damaged, and LogWriteError if it cannot be
    written; then nothing was cosigned.
    """
    try:
        request = parse_request(data)
        text, _ = parse_signatures(request.note)
        origin = text.split("\n", 1)[0]
        logs = witness.keys_of(origin)
        if not logs:
            return say(NOT_FOUND, "this witness does not know a log of this origin")
        shown = _verified(request.note, logs)
    except SignatureError as error:
        return say(FORBIDDEN, str(error))
    except EmptyRootError as error:
        return say(UNPROCESSABLE, str(error))
    except MalformedError as error:
        return say(BAD_REQUEST, str(error))
    if request.old_size > shown.checkpoint.size:
        return say(BAD_REQUEST, f"old size {request.old_size} of {shown.checkpoint.size} entries")
    with remembering(folder_of(witness.state, origin)):
        return _decide(witness, request, shown)


def newest_cosigned(witness: Witness, origin: str) -> Seen | None:
    """The newest checkpoint of a log that this witness cosigned, or None."""
    folder = folder_of(witness.state, origin)
    logs = witness.keys_of(origin)
    return newest(folder, origin=origin, logs=logs, cosigners=witness.cosigners)


def _verified(note: bytes, logs: Sequence[Verifier]) -> _Shown:
    """The checkpoint in a note, once the log's signature is verified; other lines are dropped."""
    signed = verify_note(note, logs)
    lines = signature_lines(note, signed.signers)
    return _Shown(parse_checkpoint(signed.text), f"{signed.text}\n".encode() + lines)


def _decide(witness: Witness, request: Request, shown: _Shown) -> Answer:
    """Decide under the lock of the log's memory."""
    origin, new = shown.checkpoint.origin, shown.checkpoint
    seen = newest_cosigned(witness, origin)
    known = seen.checkpoint.size if seen else 0
    if seen is not None and new.size == known and new.root != seen.checkpoint.root:
        refused = _refuse(witness, "split", seen=seen, shown=shown)
        return conflict(known) if request.old_size != known else refused
    if request.old_size != known:
        if seen is not None and new.size < known:
            _refuse(witness, "older", seen=seen, shown=shown)
        return conflict(known)
    why = _why_not_grown(request, new, seen)
    if why:
        if seen is None or not known:
            return say(UNPROCESSABLE, why)
        return _refuse(witness, "fork", seen=seen, shown=shown, why=why)
    return _cosign(witness, shown)


def _why_not_grown(request: Request, new: Checkpoint, seen: Seen | None) -> str:
    if seen is None or not seen.checkpoint.size:
        return "expected no consistency proof from size 0" if request.hashes else ""
    try:
        verify_consistency(
            old_size=seen.checkpoint.size,
            old_root=seen.checkpoint.root,
            size=new.size,
            root=new.root,
            proof=request.hashes,
        )
    except ConsistencyError as error:
        return str(error)
    return ""


def _cosign(witness: Witness, shown: _Shown) -> Answer:
    time = witness.clock()
    lines = b"".join(cosign(shown.note, key, time) for key in witness.keys)
    remember(folder_of(witness.state, shown.checkpoint.origin), shown.note + lines)
    return Answer(OK, lines)


def _refuse(witness: Witness, kind: Kind, *, seen: Seen, shown: _Shown, why: str = "") -> Answer:
    """Keep both checkpoints, as the log signed them, and say that they are kept."""
    old, new = seen.checkpoint, shown.checkpoint
    text, _ = parse_signatures(seen.note)
    lines = signature_lines(seen.note, witness.keys_of(new.origin)) or _own(seen.note, witness)
    held = f"{text}\n".encode() + lines
    folder = folder_of(witness.state, new.origin)
    is_kept = keep_refusal(folder, kind, held=held, shown=shown.note, time=witness.clock())
    if kind == "split":
        words = (
            f"split view: {old.size} entries of {old.origin} had the root {old.root.hex()} when "
            f"this witness cosigned them, and now have {new.root.hex()}."
        )
    else:
        words = (
            f"consistency proof: {new.size} entries of {new.origin} are not shown to begin with "
            f"the {old.size} that this witness cosigned: {why}."
        )
    kept = "Both checkpoints are kept." if is_kept else "There is no room to keep more of these."
    return say(UNPROCESSABLE, f"{words} {kept}")


def _own(note: bytes, witness: Witness) -> bytes:
    """The witness's own signatures, where none of the log's keys that it knows today signed."""
    lines = signature_lines(note, witness.cosigners)
    if not lines:
        raise WitnessError("the checkpoint that was cosigned last is signed by no known key")
    return lines
