"""An append-only log that is a directory of static files (https://c2sp.org/tlog-tiles).

Invariants, in the order an append keeps them:
1. One writer at a time holds `.lock`.
2. An earlier append that was killed is finished if its new checkpoint was signed, else undone.
3. The signed old root is recomputed from the tiles on disk before anything is added.
4. Tiles are durable, read back and hashed again before a checkpoint over them is signed.
5. A signed checkpoint is durable in `.pending` before anyone can see it, so that no two
   inconsistent checkpoints are ever signed; then it is renamed to `checkpoint`.
6. Committed files are never rewritten; a partial tile goes only once its full tile is committed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from byline.proof import durable
from byline.proof.checkpoint import Checkpoint, unverified_checkpoint
from byline.proof.errors import (
    LogDamagedError,
    LogEntryError,
    LogExistsError,
    LogWriteError,
    ProofError,
)
from byline.proof.keychain import refuse_key_entries
from byline.proof.logfiles import (
    CHECKPOINT,
    LOCK,
    open_checkpoint,
    read_bundle,
    read_entries,
    read_head,
    read_note,
    tile_reader,
)
from byline.proof.logproof import LogProof
from byline.proof.logwrite import extend, settle, sign_checkpoint
from byline.proof.merkle import (
    EMPTY_ROOT,
    consistency_path,
    inclusion_path,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from byline.proof.note import Signer, Verifier
from byline.proof.tiles import TILE_WIDTH, refuse_long, tile_at, tile_nodes


def create(path: Path, *, signer: Signer) -> Checkpoint:
    """Make a log of no entries, whose origin is the signer's name; returns its checkpoint.

    Running it again after it was killed completes it. Raises LogExistsError if a log, or anything
    else, is at the path.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        durable.sync_directory(path.parent)
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be made: {error.strerror}") from error
    aside = durable.aside_of(path / CHECKPOINT).name
    with durable.locked(path / LOCK, wait=True):
        held = sorted({entry.name for entry in path.iterdir()} - {LOCK, aside})
        if held:
            raise LogExistsError(f"{path}: expected an empty directory, it holds {held[0]!r}")
        checkpoint = Checkpoint(signer.name, 0, EMPTY_ROOT)
        durable.write_files(path, [(CHECKPOINT, sign_checkpoint(checkpoint, signer))])
    return checkpoint


def append(
    path: Path,
    entries: Sequence[bytes],
    *,
    signer: Signer,
    start: int | None = None,
    wait: bool = True,
) -> list[int]:
    """Append entries (each at most 65,535 bytes) as one step and return their indexes.

    All of them are in the log when this returns; all or none if it raises or is killed. With
    `start`, they go to just those indexes: if the log already holds these very entries there,
    nothing is written, which makes a repeat after a kill safe. With `wait` false, LogLockedError is
    raised while another writer holds the log. Raises LogDamagedError or LogRolledBackError, and
    signs nothing, if what is on disk is not what was signed.
    """
    refuse_long(entries)
    refuse_key_entries(entries)
    with durable.locked(path / LOCK, wait=wait):
        checkpoint = settle(path, signer)
        first = checkpoint.size if start is None else start
        indexes = list(range(first, first + len(entries)))
        if start is not None and start != checkpoint.size:
            _expect_held(path, entries, start=start, size=checkpoint.size)
        elif entries:
            extend(path, entries, checkpoint=checkpoint, signers=[signer])
    return indexes


def entries(path: Path, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the entries from index `start` to before `end`, as stored; `check` proves them."""
    size = read_head(path).size
    stop = size if end is None else end
    if not 0 <= start <= stop <= size:
        raise LogEntryError(f"expected 0 <= start <= end <= {size}, got {start} and {stop}")
    yield from read_entries(path, start=start, stop=stop, size=size)


def read_checkpoint(path: Path, *, verifier: Verifier, origin: str | None = None) -> Checkpoint:
    """Return the log's checkpoint once its signature is verified.

    `origin` is the origin to expect, the verifier's name if not given. Raises SignatureError.
    """
    return open_checkpoint(read_note(path, CHECKPOINT), verifier=verifier, origin=origin)


def entries_at(path: Path, indexes: Sequence[int]) -> list[bytes]:
    """Return the entries at some indexes, in the order given; each bundle is read once or so."""
    size = read_head(path).size
    _expect_within(indexes, size=size)
    read = _entry_reader(path, size=size)
    return [read(index) for index in indexes]


def prove(path: Path, index: int) -> LogProof:
    """Return the offline proof that an entry is in the log under its present checkpoint."""
    [proof] = prove_all(path, [index])
    return proof


def prove_all(path: Path, indexes: Sequence[int]) -> list[LogProof]:
    """Return the offline proof of each of some entries, all under the present checkpoint."""
    note = read_note(path, CHECKPOINT)
    head = unverified_checkpoint(note)
    _expect_within(indexes, size=head.size)
    nodes = tile_nodes(tile_reader(path, size=head.size), size=head.size)
    read = _entry_reader(path, size=head.size)
    proofs = []
    for index in indexes:
        hashes = tuple(inclusion_path(index, size=head.size, node=nodes))
        _expect_included(path, read(index), index=index, head=head, hashes=hashes)
        proofs.append(LogProof(index=index, hashes=hashes, checkpoint=note))
    return proofs


def prove_consistency(path: Path, *, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the log of `size` entries grew from its first `old_size`."""
    head = read_head(path)
    if not 0 < old_size <= size <= head.size:
        raise LogEntryError(
            f"expected 0 < old size <= size <= {head.size}, got {old_size} and {size}"
        )
    nodes = tile_nodes(tile_reader(path, size=head.size), size=size)
    return consistency_path(old_size, size=size, node=nodes)


def verify_growth(path: Path, *, old: Checkpoint, head: Checkpoint) -> None:
    """Check, by the log's tiles, that the log at `head` grew from `old`, which has entries.

    Raises LogEntryError where the sizes cannot be, and ConsistencyError if it did not grow so.
    """
    verify_consistency(
        old_size=old.size,
        old_root=old.root,
        size=head.size,
        root=head.root,
        proof=prove_consistency(path, old_size=old.size, size=head.size),
    )


def _entry_reader(path: Path, *, size: int) -> Callable[[int], bytes]:
    @lru_cache(maxsize=16)
    def bundle(number: int) -> list[bytes]:
        return read_bundle(path, tile_at(None, number, size=size))

    return lambda index: bundle(index // TILE_WIDTH)[index % TILE_WIDTH]


def _expect_within(indexes: Sequence[int], *, size: int) -> None:
    for index in indexes:
        if not 0 <= index < size:
            raise LogEntryError(f"expected an index from 0 to below {size}, got {index}")


def _expect_included(
    path: Path, entry: bytes, *, index: int, head: Checkpoint, hashes: Sequence[bytes]
) -> None:
    try:
        verify_inclusion(
            leaf=leaf_hash(entry), index=index, size=head.size, proof=hashes, root=head.root
        )
    except ProofError as error:
        raise LogDamagedError(
            f"{path}: entry {index} does not lead to the signed root: {error}",
            damaged=(tile_at(None, index // TILE_WIDTH, size=head.size).path,),
            advice="check the log to learn which file is damaged",
        ) from error


def _expect_held(path: Path, wanted: Sequence[bytes], *, start: int, size: int) -> None:
    stop = start + len(wanted)
    if not 0 <= start <= stop <= size:
        raise LogEntryError(f"expected to append at {size}, got start {start}")
    held = read_entries(path, start=start, stop=stop, size=size)
    for index, (have, want) in enumerate(zip(held, wanted, strict=True), start):
        if have != want:
            raise LogEntryError(f"expected the given entry at index {index}, got another")
