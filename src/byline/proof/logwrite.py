"""The one writer of a log: finish or undo what was interrupted, then add and sign.

Invariants: called with the log's lock held. `.appending` names the sizes that an append leads from
and to and exists from before its first file until after its checkpoint; files beyond the
checkpoint are removed only under it. `.pending` is a signed checkpoint that is made public next,
also after a kill, so a signed checkpoint is never abandoned for another. A journal is added before
anything else is, and removed only once a checkpoint covers it.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from operator import ne
from pathlib import Path

from byline.proof import durable
from byline.proof.checkpoint import Checkpoint, format_checkpoint, parse_decimal
from byline.proof.errors import (
    LogDamagedError,
    LogKeyError,
    LogMissingError,
    LogRolledBackError,
    MalformedError,
    VerificationError,
)
from byline.proof.journal import Journal, journal_key, read_journal
from byline.proof.keychain import NextKey, parse_key_entry, refuse_key_entries
from byline.proof.logfiles import (
    APPENDING,
    CHECKPOINT,
    JOURNAL,
    PENDING,
    open_checkpoint,
    read_edge,
    read_entries,
    read_note,
    refuse_beyond,
)
from byline.proof.merkle import hash_leaves
from byline.proof.note import Signer, Verifier, sign_note
from byline.proof.tiles import (
    MAX_BUNDLE_BYTES,
    TILE_WIDTH,
    Edge,
    Tile,
    decode_bundle,
    fold_rows,
    grow,
    grow_hashes,
    num_levels,
    parse_path,
    row_size,
)

MAX_MARKER_BYTES = 64


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """Return the checkpoint as a note signed by the log's key, or at a handover by both keys."""
    return sign_note(format_checkpoint(checkpoint), *signers)


def extend(
    path: Path, entries: Sequence[bytes], *, checkpoint: Checkpoint, signers: Sequence[Signer]
) -> Checkpoint:
    """Add entries to a settled log and publish the checkpoint over them."""
    refuse_beyond(path, checkpoint.size)
    edge = read_edge(path, checkpoint)
    grown, files = grow(edge, entries)
    sizes = f"{edge.size} {grown.size}\n"
    durable.write_files(path, [(APPENDING, sizes.encode())])
    durable.write_files(path, ((tile.path, data) for tile, data in files))
    _read_back(path, edge=edge, files=files, root=grown.root)
    signed = replace(checkpoint, size=grown.size, root=grown.root)
    durable.write_files(path, [(PENDING, sign_checkpoint(signed, *signers))])
    durable.move_file(path / PENDING, path / CHECKPOINT)
    _finish(path, old_size=edge.size, size=grown.size)
    return signed


def settle(path: Path, signer: Signer) -> Checkpoint:
    """Finish or undo an append that was killed, and add what a journal holds beyond the log.

    Returns the verified checkpoint then in force. Raises LogKeyError if the log goes on under
    another key than the signer's, and LogEntryError for an entry in a journal that no append takes.
    """
    checkpoint = _settle_append(path, signer.verifier)
    _refuse_retired(path, checkpoint, signer.verifier)
    journal = read_journal(path, key=journal_key(signer))
    if journal is None:
        return checkpoint
    left = journal.entries[_num_held(path, journal, checkpoint) :]
    if left:
        refuse_key_entries(left)
        checkpoint = extend(path, left, checkpoint=checkpoint, signers=[signer])
    durable.remove_files([path / JOURNAL])
    return checkpoint


def handover(path: Path, checkpoint: Checkpoint) -> NextKey | None:
    """Return what the log's last entry says of the next key, or None if it is another entry."""
    first = max(checkpoint.size - 1, 0)
    entries = read_entries(path, start=first, stop=checkpoint.size, size=checkpoint.size)
    last = next(entries, None)
    return None if last is None else parse_key_entry(last)


def _refuse_retired(path: Path, checkpoint: Checkpoint, verifier: Verifier) -> None:
    """Raise LogKeyError if the last entry hands over to another key than this one."""
    following = handover(path, checkpoint)
    if following is not None and following.verifier != verifier:
        raise LogKeyError(
            f"{path}: expected the key {following.verifier.vkey}, got {verifier.vkey}",
            advice="the log's key was rotated: finish the rotation, or use its new key",
        )


def _num_held(path: Path, journal: Journal, checkpoint: Checkpoint) -> int:
    """How many entries of a journal the log has; they must be the same there."""
    if journal.size > checkpoint.size:
        raise LogRolledBackError(
            f"{path}: expected {journal.size} entries, the checkpoint says {checkpoint.size}",
            advice="the checkpoint was put back to an older one; restore the newest",
        )
    held = min(checkpoint.size - journal.size, len(journal.entries))
    stop = journal.size + held
    stored = read_entries(path, start=journal.size, stop=stop, size=checkpoint.size)
    here = journal.size == checkpoint.size
    if (here and journal.root != checkpoint.root) or any(map(ne, stored, journal.entries)):
        message = f"{path / JOURNAL}: expected entries of this log, got others"
        raise LogDamagedError(message, damaged=(JOURNAL,), advice="keep both, and ask who put it")
    return held


def _settle_append(path: Path, verifier: Verifier) -> Checkpoint:
    asides = [durable.aside_of(path / name) for name in (APPENDING, CHECKPOINT, JOURNAL, PENDING)]
    durable.remove_files(aside for aside in asides if aside.exists())
    checkpoint = open_checkpoint(read_note(path, CHECKPOINT), verifier=verifier)
    sizes = _read_marker(path)
    if sizes is None:
        return checkpoint
    old_size, size = sizes
    if checkpoint.size not in sizes:
        raise LogRolledBackError(
            f"{path}: expected {old_size} or {size} entries, the checkpoint says {checkpoint.size}",
            advice="the checkpoint was put back to an older one; restore the newest",
        )
    if checkpoint.size == old_size:
        pending = _read_pending(path, verifier)
        if pending is None or pending.size != size:
            _sweep(path, size=old_size)
        else:
            checkpoint = _roll_forward(path, pending)
    _finish(path, old_size=old_size, size=checkpoint.size)
    return checkpoint


def _roll_forward(path: Path, pending: Checkpoint) -> Checkpoint:
    read_edge(path, pending)
    durable.write_files(path, [(PENDING, read_note(path, PENDING))])
    durable.move_file(path / PENDING, path / CHECKPOINT)
    return pending


def _read_back(path: Path, *, edge: Edge, files: list[tuple[Tile, bytes]], root: bytes) -> None:
    """Hash what is on disk once more: a bit may have flipped in memory or on the way."""
    hashes = []
    for tile, data in files:
        if durable.read_file(path, tile.path, limit=MAX_BUNDLE_BYTES) != data:
            raise _other_bytes(tile)
        if tile.level is None:
            held = edge.size % TILE_WIDTH if tile.index == edge.size // TILE_WIDTH else 0
            hashes.append(hash_leaves(decode_bundle(data, width=tile.width)[held:]))
    rows, again = grow_hashes(edge, b"".join(hashes))
    for (tile, data), (_, hashed) in zip(files[-len(again) :], again, strict=True):
        if data != hashed:
            raise _other_bytes(tile)
    if fold_rows(rows) != root:
        message = f"{path}: expected root {root.hex()}, got another from disk"
        raise LogDamagedError(message, damaged=(CHECKPOINT,), advice="test memory and disk")


def _other_bytes(tile: Tile) -> LogDamagedError:
    message = f"{tile.path}: expected the bytes just written, got others"
    return LogDamagedError(message, damaged=(tile.path,), advice="test memory and disk")


def _finish(path: Path, *, old_size: int, size: int) -> None:
    """Drop the partial tiles that full ones have replaced, and the marks of the append."""
    spent = []
    for level in (None, *range(num_levels(size))):
        index = row_size(level, old_size) // TILE_WIDTH
        if row_size(level, size) // TILE_WIDTH > index:
            folder = (path / Tile(level, index).path).with_suffix(".p")
            spent += sorted(folder.glob("*"))
    durable.remove_files([*spent, path / PENDING])
    for folder in {item.parent for item in spent}:
        with contextlib.suppress(OSError):
            folder.rmdir()
    durable.remove_files([path / APPENDING])


def _sweep(path: Path, *, size: int) -> None:
    """Remove every file that a killed append left beyond the signed size."""
    left = []
    for file in (path / "tile").rglob("*"):
        tile = parse_path(file.relative_to(path).as_posix())
        aside = file.name.startswith(".") and file.name.endswith(".aside")
        if file.is_file() and (aside or (tile is not None and not tile.within(size))):
            left.append(file)
    durable.remove_files(left)


def _read_marker(path: Path) -> tuple[int, int] | None:
    try:
        data = durable.read_file(path, APPENDING, limit=MAX_MARKER_BYTES)
    except LogMissingError:
        return None
    try:
        old_size, size = data.decode("ascii").removesuffix("\n").split(" ")
        return parse_decimal(old_size), parse_decimal(size)
    except ValueError as error:
        message = f"{APPENDING}: expected two sizes, got {data[:40]!r}"
        raise LogDamagedError(message, damaged=(APPENDING,)) from error


def _read_pending(path: Path, verifier: Verifier) -> Checkpoint | None:
    try:
        return open_checkpoint(read_note(path, PENDING), verifier=verifier)
    except (LogMissingError, MalformedError, VerificationError):
        return None
