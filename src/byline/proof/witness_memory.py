"""What a witness remembers: the newest checkpoint of each log, and what it refused.

A folder a log, named by the SHA-256 of its origin: `checkpoint`, which is the note with the log's
signatures and the witness's own, and `refusals.jsonl`, canonical JSON, one refusal a line.
Invariants: both change under the folder's lock only, and whole; a refusal is kept once, and holds
both checkpoints word for word with the log's signatures. Putting an older copy of the folder back
makes the witness forget; nothing in it can tell.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from byline.proof import durable
from byline.proof.canonical import canonical_json
from byline.proof.checkpoint import Checkpoint, unverified_checkpoint
from byline.proof.cosignature import Cosigner, verify_cosignatures
from byline.proof.errors import (
    LogError,
    LogMissingError,
    MalformedError,
    SignatureError,
    WitnessError,
)
from byline.proof.note import MAX_NOTE_BYTES, Verifier, verify_note

CHECKPOINT = "checkpoint"
REFUSALS = "refusals.jsonl"
LOCK = ".lock"
MAX_REFUSALS_BYTES = 4_000_000
REFUSAL = "byline/witness-refusal/1"

Kind = Literal["split", "fork", "older"]
"""`split`: two roots of one size, which the two notes alone prove. `fork`: the log did not show
that it grew from what was cosigned. `older`: fewer entries than were cosigned."""
# Each kind has places and bytes of its own: what others send again crowds out no evidence.
MAX_KEPT: Mapping[Kind, int] = MappingProxyType({"split": 500, "fork": 400, "older": 100})


@dataclass(frozen=True)
class Seen:
    """The newest checkpoint that was cosigned, and its note."""

    checkpoint: Checkpoint
    note: bytes


def folder_of(state: Path, origin: str) -> Path:
    """Where a witness keeps what it knows of a log."""
    return state / hashlib.sha256(origin.encode()).hexdigest()


@contextlib.contextmanager
def remembering(folder: Path) -> Iterator[None]:
    """Hold a log's memory, among threads and processes; it is made at first use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        durable.sync_directory(folder.parent)
    except OSError as error:
        raise WitnessError(f"{folder}: cannot be made: {error.strerror}") from error
    with durable.locked(folder / LOCK, wait=True):
        yield


def newest(
    folder: Path, *, origin: str, logs: Sequence[Verifier], cosigners: Sequence[Cosigner]
) -> Seen | None:
    """The newest checkpoint cosigned, or None where there was none.

    Raises WitnessError if what is stored is signed by none of these keys, or is another log's.
    """
    try:
        note = durable.read_file(folder, CHECKPOINT, limit=MAX_NOTE_BYTES)
    except LogMissingError as error:
        if (folder / REFUSALS).exists():  # nothing is refused before something was cosigned
            raise _damaged(folder, "it holds refusals, but no checkpoint") from error
        return None
    except LogError as error:
        raise _damaged(folder, str(error)) from error
    try:
        seen = Seen(unverified_checkpoint(note), note)
        own = verify_cosignatures(note, cosigners)
        if not own:  # of a key that the witness had before
            verify_note(note, logs)
    except (MalformedError, SignatureError) as error:
        raise _damaged(folder, str(error)) from error
    if seen.checkpoint.origin != origin:
        raise _damaged(folder, f"it is of {seen.checkpoint.origin!r}, not of {origin!r}")
    return seen


def remember(folder: Path, note: bytes) -> None:
    """Put a checkpoint in the place of the one before; it is durable when this returns."""
    durable.write_files(folder, [(CHECKPOINT, note)])


def keep_refusal(folder: Path, kind: Kind, *, held: bytes, shown: bytes, time: int) -> bool:
    """Keep both notes of a refusal, unless they are kept; say whether there was room for it."""
    known = refusals(folder)
    refused = {"kind": kind, "held": held.decode(), "shown": shown.decode()}
    if any(refused.items() <= one.items() for one in known):
        return True
    made = {"schema": REFUSAL, "time": time, **refused}
    lines = [(one["kind"], canonical_json(dict(one)) + b"\n") for one in [*known, made]]
    own = [len(line) for of_kind, line in lines if of_kind == kind]
    room = MAX_REFUSALS_BYTES * MAX_KEPT[kind] // sum(MAX_KEPT.values())
    if len(own) > MAX_KEPT[kind] or sum(own) > room:
        return False
    durable.write_files(folder, [(REFUSALS, b"".join(line for _, line in lines))])
    return True


def refusals(folder: Path) -> list[Mapping[str, str | int]]:
    """What was refused of a log, oldest first."""
    try:
        data = durable.read_file(folder, REFUSALS, limit=MAX_REFUSALS_BYTES)
        return [json.loads(line) for line in data.splitlines()]
    except LogMissingError:
        return []
    except (LogError, ValueError) as error:
        raise _damaged(folder, str(error)) from error


def origins(state: Path) -> list[Path]:
    """The folders of all logs of which something was cosigned."""
    return sorted(found.parent for found in state.glob(f"*/{CHECKPOINT}"))


def _damaged(folder: Path, why: str) -> WitnessError:
    return WitnessError(
        f"{folder}: the witness's own memory is damaged: {why}",
        advice="cosign nothing until it is restored: a witness that forgot can be deceived",
    )
