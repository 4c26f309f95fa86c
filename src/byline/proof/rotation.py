"""Changing the key of a log: its origin and its entries stay, another key signs what comes after.

The key in force names and signs for the next in an entry; the checkpoint just over that entry is
signed by both; from then on the old key signs no more. Invariants: `<key>` always holds a private
key; the next one waits in `<key>.next` until the log names it; a killed rotation, run again, goes
on with the same key; no private key is deleted here: the old one stays in `<key>.<its hash>`.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from byline.proof import durable
from byline.proof.errors import KeyFileError, LogKeyError
from byline.proof.keychain import key_entry
from byline.proof.keys import load_signer, remove_unwritten, save_signer
from byline.proof.logfiles import LOCK
from byline.proof.logwrite import extend, handover, settle
from byline.proof.note import Signer, Verifier, generate_signer


@dataclass(frozen=True)
class Rotation:
    """A handover: the key before, the key from now on, and the index of the entry that says so."""

    before: Verifier
    after: Verifier
    index: int
    retired: Path
    """Where the old private key was put; it signs nothing more and can be destroyed."""


def rotate(path: Path, key_path: Path, *, reason: str, wait: bool = True) -> Rotation:
    """Hand a log over to a new key, made here, and put that into the key file.

    `reason` is shown to everybody who reads the log. Run again after a kill, it finishes the same
    rotation. Raises KeyFileError, and what `log.append` raises.
    """
    waiting = _next_of(key_path)
    with durable.locked(path / LOCK, wait=wait):
        before = load_signer(key_path)
        remove_unwritten(waiting)
        if not waiting.exists():
            save_signer(waiting, generate_signer(before.name))
        after = load_signer(waiting)
        index = _hand_over(path, before=before, after=after, reason=reason)
        return _finish(key_path, before=before, after=after, index=index)


def complete_rotation(path: Path, key_path: Path) -> Rotation | None:
    """Finish a rotation that was killed after the log named the next key; None if there is none."""
    waiting = _next_of(key_path)
    if not waiting.exists():
        return None
    with durable.locked(path / LOCK, wait=True):
        remove_unwritten(waiting)
        if not waiting.exists():  # or another process finished meanwhile
            return None
        before, after = load_signer(key_path), load_signer(waiting)
        index = _handed_over(path, before=before, after=after)
        if index is None:
            return None
        return _finish(key_path, before=before, after=after, index=index)


def _hand_over(path: Path, *, before: Signer, after: Signer, reason: str) -> int:
    done = _handed_over(path, before=before, after=after)
    if done is not None:
        return done
    checkpoint = settle(path, before)
    entry = key_entry(after.verifier, signer=before, reason=reason)
    return extend(path, [entry], checkpoint=checkpoint, signers=[before, after]).size - 1


def _handed_over(path: Path, *, before: Signer, after: Signer) -> int | None:
    """The index of the entry, if the log's last one hands it over to just this key."""
    try:
        checkpoint = settle(path, before)
    except LogKeyError:
        checkpoint = settle(path, after)
    following = handover(path, checkpoint)
    if following is None or following.verifier != after.verifier:
        return None
    return checkpoint.size - 1


def _finish(key_path: Path, *, before: Signer, after: Signer, index: int) -> Rotation:
    """Put the new key in place of the old in one step, so that there is always one."""
    retired = key_path.with_name(f"{key_path.name}.{before.verifier.key_id.hex()}")
    try:
        with contextlib.suppress(FileExistsError):  # an earlier run was killed after this
            os.link(key_path, retired)
        os.replace(_next_of(key_path), key_path)  # noqa: PTH105
        durable.sync_directory(key_path.parent)
    except OSError as error:
        raise KeyFileError(f"{key_path}: cannot be replaced: {error.strerror}") from error
    return Rotation(before.verifier, after.verifier, index, retired)


def _next_of(key_path: Path) -> Path:
    return key_path.with_name(f"{key_path.name}.next")
