"""The journal of a log: entries that are on disk, but not yet under a signed checkpoint.

A header gives the size and root of the log that the entries come after, and its own MAC. Each
write that was synced as one is one frame: magic, index of its first entry, number of entries,
length, MAC of header, numbers and payload, then the payload in the form of an entry bundle. MACs
are HMAC-SHA256 under a key that follows from the log's private key.

Invariants: what is in a journal was put there by who has the log's key, since it will be signed
unseen; a journal is made whole under its name and then only grows; a frame is written once the
one before it is durable. So only the last write can be incomplete, and nobody was told that it was
done; a broken frame before a sound one is damage, never silently dropped.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from byline.proof import durable
from byline.proof.errors import LogDamagedError, LogMissingError, LogWriteError, MalformedError
from byline.proof.logfiles import CHECK_ADVICE, JOURNAL
from byline.proof.merkle import HASH_SIZE
from byline.proof.note import Signer
from byline.proof.tiles import decode_bundle, encode_bundle

MAX_JOURNAL_BYTES = 64 * 2**20

_TITLE = b"byline/journal/1\n"
_KEY = b"byline/journal-key/1\n"
_HEAD = struct.Struct(f">{len(_TITLE)}sQ{HASH_SIZE}s")
_HEADER_SIZE = _HEAD.size + HASH_SIZE
_MAGIC = b"\xffFRAME\r\n"
_NUMBERS = struct.Struct(">8sQII")


@dataclass(frozen=True)
class Journal:
    """The entries that come after a log of `size` entries with this 32-byte root."""

    size: int
    root: bytes
    entries: tuple[bytes, ...]


def journal_key(signer: Signer) -> bytes:
    """The key of the MACs in the journals of this signer's log."""
    return hashlib.sha256(_KEY + signer.seed).digest()


def start_journal(path: Path, header: bytes) -> int:
    """Make the journal of a settled log anew; returns a descriptor that frames are written to."""
    durable.write_files(path, [(JOURNAL, header)])
    try:
        return os.open(path / JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except OSError as error:
        raise LogWriteError(f"{path / JOURNAL}: cannot be opened: {error.strerror}") from error


def write_frame(descriptor: int, frame: bytes) -> None:
    """Write a frame and wait until it is on disk; LogWriteError if that is not certain."""
    try:
        durable.write_whole(descriptor, frame)
        os.fdatasync(descriptor)
    except OSError as error:
        raise LogWriteError(
            f"the journal cannot be written: {error.strerror or error}",
            advice="free space or mend the file system; whether the entries are in is told by"
            " opening the log again",
        ) from error


def journal_header(*, size: int, root: bytes, key: bytes) -> bytes:
    """The header of the journal of a log with this many entries and root."""
    head = _HEAD.pack(_TITLE, size, root)
    return head + _mac(key, head)


def encode_frame(header: bytes, *, first: int, entries: Sequence[bytes], key: bytes) -> bytes:
    """The frame of some entries, the first of which gets the index `first`."""
    payload = encode_bundle(entries)
    numbers = _NUMBERS.pack(_MAGIC, first, len(entries), len(payload))
    return numbers + _mac(key, header + numbers + payload) + payload


def read_journal(path: Path, *, key: bytes) -> Journal | None:
    """The journal of a log, or None; an incomplete last frame is left out.

    Raises LogDamagedError for a header or a frame before the last that does not hold, or was made
    without this key.
    """
    try:
        data = durable.read_file(path, JOURNAL, limit=MAX_JOURNAL_BYTES)
    except LogMissingError:
        return None
    if len(data) < _HEADER_SIZE or not data.startswith(_TITLE):
        raise _damage("expected a header")
    _, size, root = _HEAD.unpack_from(data)
    header = journal_header(size=size, root=root, key=key)
    if not data.startswith(header):
        raise _damage("expected a header that the log's key was used for")
    entries: list[bytes] = []
    at = _HEADER_SIZE
    while found := _frame_at(data, at, header, key):
        end, first, held = found
        if first != size + len(entries):
            raise _damage(f"expected entry {size + len(entries)} next, got {first}")
        entries += held
        at = end
    if any(_frame_at(data, later, header, key) for later in _places(data, at + 1)):
        raise _damage(f"expected a frame at byte {at}, the next one follows damage")
    return Journal(size, root, tuple(entries))


def _frame_at(
    data: bytes, at: int, header: bytes, key: bytes
) -> tuple[int, int, list[bytes]] | None:
    """End, first index and entries of the frame that begins at a byte, if a sound one does."""
    start = at + _NUMBERS.size + HASH_SIZE
    numbers = data[at : at + _NUMBERS.size]
    if start > len(data) or not numbers.startswith(_MAGIC):
        return None
    _, first, count, length = _NUMBERS.unpack(numbers)
    payload = data[start : start + length]
    made = _mac(key, header + numbers + payload)
    if not hmac.compare_digest(made, data[at + _NUMBERS.size : start]):
        return None
    try:
        return start + length, first, decode_bundle(payload, width=count)
    except MalformedError:
        return None


def _places(data: bytes, at: int) -> Iterator[int]:
    while (at := data.find(_MAGIC, at)) >= 0:
        yield at
        at += 1


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _damage(message: str) -> LogDamagedError:
    return LogDamagedError(f"{JOURNAL}: {message}", damaged=(JOURNAL,), advice=CHECK_ADVICE)
