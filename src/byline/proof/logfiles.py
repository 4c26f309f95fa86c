"""Reading a log's files: its checkpoint, tiles and bundles.

Invariants: a partial tile that a writer has just replaced by its full tile is read from the full
one; a file of another length than its place demands is damage, named in the error.
"""

from collections.abc import Iterator
from pathlib import Path

from byline.proof.checkpoint import Checkpoint, parse_checkpoint, unverified_checkpoint
from byline.proof.durable import read_file
from byline.proof.errors import (
    LogDamagedError,
    LogMissingError,
    LogRolledBackError,
    MalformedError,
    SignatureError,
)
from byline.proof.merkle import HASH_SIZE, hash_leaves
from byline.proof.note import MAX_NOTE_BYTES, Verifier, verify_note
from byline.proof.tiles import (
    MAX_BUNDLE_BYTES,
    TILE_BYTES,
    TILE_WIDTH,
    Edge,
    Tile,
    TileReader,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    tile_at,
)

CHECKPOINT = "checkpoint"
LOCK = ".lock"
PENDING = ".pending"
APPENDING = ".appending"
JOURNAL = ".journal"
COSIGNED = "cosigned"

CHECK_ADVICE = "check the log to learn every damaged file, and restore those from a copy"


def read_note(path: Path, name: str) -> bytes:
    """Return a signed note of the log as stored."""
    return read_file(path, name, limit=MAX_NOTE_BYTES)


def read_head(path: Path) -> Checkpoint:
    """Return the checkpoint without verifying who signed it."""
    return unverified_checkpoint(read_note(path, CHECKPOINT))


def open_checkpoint(note: bytes, *, verifier: Verifier, origin: str | None = None) -> Checkpoint:
    """Return the checkpoint in a note signed by `verifier`, with this origin or its name."""
    checkpoint = parse_checkpoint(verify_note(note, [verifier]).text)
    expected = verifier.name if origin is None else origin
    if checkpoint.origin != expected:
        raise SignatureError(f"expected a checkpoint of {expected}, got {checkpoint.origin!r}")
    return checkpoint


def read_tile(path: Path, tile: Tile) -> bytes:
    """Return the hashes of a tile, concatenated; LogDamagedError if missing or of wrong length."""
    length = tile.width * HASH_SIZE
    data, name = _read_or_full(path, tile, limit=TILE_BYTES)
    if name != tile.path and len(data) == TILE_BYTES:
        data = data[:length]
    if len(data) != length:
        message = f"{name}: expected {length} bytes, got {len(data)}"
        raise LogDamagedError(message, damaged=(name,), advice=CHECK_ADVICE)
    return data


def read_bundle(path: Path, tile: Tile) -> list[bytes]:
    """Return the entries of a bundle; LogDamagedError if it is missing or not a bundle."""
    data, name = _read_or_full(path, tile, limit=MAX_BUNDLE_BYTES)
    try:
        return decode_bundle(data, width=tile.width if name == tile.path else TILE_WIDTH)[
            : tile.width
        ]
    except MalformedError as error:
        raise LogDamagedError(f"{name}: {error}", damaged=(name,), advice=CHECK_ADVICE) from error


def read_entries(path: Path, *, start: int, stop: int, size: int) -> Iterator[bytes]:
    """Yield the entries from `start` to before `stop` of a log of `size` entries, as stored."""
    for index in range(start // TILE_WIDTH, -(-stop // TILE_WIDTH) if stop > start else 0):
        first = index * TILE_WIDTH
        bundle = read_bundle(path, tile_at(None, index, size=size))
        yield from bundle[max(start - first, 0) : stop - first]


def tile_reader(path: Path, *, size: int) -> TileReader:
    """Return a reader of the tiles of a log of `size` entries."""
    return lambda level, index: read_tile(path, tile_at(level, index, size=size))


def read_edge(path: Path, checkpoint: Checkpoint) -> Edge:
    """Return the log's right edge, once it gives the checkpoint's root and its own entries.

    Raises LogDamagedError if it does not.
    """
    tiles = edge_tiles(checkpoint.size)
    rows = tuple(read_tile(path, tile) if tile.width else b"" for tile in tiles)
    index, width = divmod(checkpoint.size, TILE_WIDTH)
    tail = Tile(None, index, width)
    held = read_bundle(path, tail) if width else []
    edge = Edge(checkpoint.size, encode_bundle(held), rows)
    names = tuple(tile.path for tile in tiles if tile.width)
    if edge.root != checkpoint.root:
        message = f"{path}: expected root {checkpoint.root.hex()}, got {edge.root.hex()} from tiles"
        raise LogDamagedError(message, damaged=names, advice=CHECK_ADVICE)
    if width and hash_leaves(held) != rows[0]:
        message = f"{tail.path}: its entries do not hash to {names[0]}"
        raise LogDamagedError(message, damaged=(tail.path,), advice=CHECK_ADVICE)
    return edge


def refuse_beyond(path: Path, size: int) -> None:
    """Raise LogRolledBackError if more entries are held, or were cosigned, than were signed."""
    kept = [found.name for found in (path / COSIGNED).glob("*")]
    cosigned = max((int(name) for name in kept if name.isascii() and name.isdecimal()), default=0)
    if cosigned > size:
        raise LogRolledBackError(
            f"{path}: {cosigned} entries were cosigned, the checkpoint says {size}",
            advice="the log was put back to an older copy; restore the newest",
        )
    index, width = divmod(size, TILE_WIDTH)
    for level in (None, 0):
        full = path / Tile(level, index).path
        widths = [item.name for item in full.with_name(f"{full.name}.p").glob("*")]
        wider = any(name.isdecimal() and int(name) > width for name in widths)
        if wider or full.exists():
            raise LogRolledBackError(
                f"{path}: expected {size} entries as signed, the tiles hold more",
                advice="the checkpoint was put back to an older one; restore the newest",
            )


def _read_or_full(path: Path, tile: Tile, *, limit: int) -> tuple[bytes, str]:
    full = Tile(tile.level, tile.index).path
    for name in dict.fromkeys((tile.path, full)):
        try:
            return read_file(path, name, limit=limit), name
        except LogMissingError:
            continue
    raise LogDamagedError(
        f"{tile.path}: expected a file, there is none", damaged=(tile.path,), advice=CHECK_ADVICE
    )
