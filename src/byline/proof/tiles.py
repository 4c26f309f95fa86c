"""The static files of a log as pure data (https://c2sp.org/tlog-tiles).

A tile of level L holds up to 256 hashes, each the root of 256**L leaves; an entry bundle holds up
to 256 entries, each after its length as a big-endian uint16. Invariants: nothing here reads or
writes; a file's name follows from numbers only; a partial tile is never hashed into the level
above.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from byline.proof.errors import LogEntryError, MalformedError
from byline.proof.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    Levels,
    NodeReader,
    build_row,
    hash_leaves,
    node_hash,
)

TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_SIZE
MAX_ENTRY_BYTES = 2**16 - 1
MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)

_LEVEL_BITS = 8
_LENGTH = struct.Struct(">H").pack
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)

TileReader = Callable[[int, int], bytes]
"""Gives the hashes of the tile at (level, index), as many as the log has."""


@dataclass(frozen=True)
class Tile:
    """A tile's place: level (None for an entry bundle), index within it, and width 1 to 256."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's directory, `tile/<L>/<N>[.p/<W>]`."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        level = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number}{suffix}"

    def within(self, size: int) -> bool:
        """Whether a log of `size` entries has every hash or entry of this tile."""
        return self.index * TILE_WIDTH + self.width <= row_size(self.level, size)


def parse_path(path: str) -> Tile | None:
    """Return the tile a path is of, or None if it is not the name of a tile."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("/", "").replace("x", ""))
    tile = Tile(level, index, int(match[3]) if match[3] else TILE_WIDTH)
    return tile if tile.path == path else None


def row_size(level: int | None, size: int) -> int:
    """Return how many hashes (or entries) a log of `size` entries has at a level."""
    return size >> (_LEVEL_BITS * (level or 0))


def tile_at(level: int | None, index: int, *, size: int) -> Tile:
    """Return the tile at (level, index) with the width it has in a log of `size` entries."""
    return Tile(level, index, min(TILE_WIDTH, row_size(level, size) - index * TILE_WIDTH))


def row_tiles(level: int | None, *, size: int) -> Iterator[Tile]:
    """Yield every tile of a level, in order, in a log of `size` entries."""
    for index in range(-(-row_size(level, size) // TILE_WIDTH)):
        yield tile_at(level, index, size=size)


def num_levels(size: int) -> int:
    """Return how many levels of tiles a log of `size` entries has."""
    return -(-size.bit_length() // _LEVEL_BITS)


def edge_tiles(size: int) -> list[Tile]:
    """Return the partial tile at the right edge of each level; width 0 where there is none."""
    widths = [row_size(level, size) % TILE_WIDTH for level in range(num_levels(size))]
    return [
        Tile(level, row_size(level, size) // TILE_WIDTH, width)
        for level, width in enumerate(widths)
    ]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the entries, each after its length; LogEntryError for one above 65,535 bytes."""
    refuse_long(entries)
    return b"".join([part for entry in entries for part in (_LENGTH(len(entry)), entry)])


def refuse_long(entries: Sequence[bytes]) -> None:
    """Raise LogEntryError for an entry above 65,535 bytes."""
    longest = max(map(len, entries), default=0)
    if longest > MAX_ENTRY_BYTES:
        raise LogEntryError(
            f"expected an entry of at most {MAX_ENTRY_BYTES} bytes, got {longest}",
            advice="log the hash of the record and keep the record beside the log",
        )


def decode_bundle(data: bytes, *, width: int) -> list[bytes]:
    """Return the `width` entries of a bundle; MalformedError if it does not hold just these."""
    entries: list[bytes] = []
    at, last = 0, len(data)
    for number in range(width):
        if at + 2 > last or (end := at + 2 + (data[at] << 8 | data[at + 1])) > last:
            raise MalformedError(f"expected {width} entries in the bundle, it ends in {number}")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data):
        raise MalformedError(f"expected {at} bytes in the bundle of {width}, got {len(data)}")
    return entries


@dataclass(frozen=True)
class Edge:
    """The right edge of a log: all that is needed to append to it and to know its root.

    `bundle` is the partial entry bundle; `rows[level]` the hashes of that level's partial tile,
    concatenated, empty where it has none.
    """

    size: int
    bundle: bytes
    rows: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The 32-byte root of the whole log."""
        return fold_rows(self.rows)


def fold_rows(rows: Sequence[bytes]) -> bytes:
    """Return the root of a log from the partial tiles of its edge, lowest level first."""
    below = b""
    for row in rows:
        below = build_row(row + below).root if row or below else b""
    return below or EMPTY_ROOT


def grow(edge: Edge, entries: Sequence[bytes]) -> tuple[Edge, list[tuple[Tile, bytes]]]:
    """Return the edge after appending and the files it needs: bundles, then tiles upward."""
    files = _grow_bundles(edge, entries)
    bundle = files[-1][1] if files and files[-1][0].width < TILE_WIDTH else b""
    if not entries:
        bundle = edge.bundle
    rows, hashes = grow_hashes(edge, hash_leaves(entries))
    return Edge(edge.size + len(entries), bundle, rows), files + hashes


def grow_hashes(edge: Edge, new: bytes) -> tuple[tuple[bytes, ...], list[tuple[Tile, bytes]]]:
    """Return the edge's rows after appending leaf hashes, concatenated, and the tiles it needs."""
    rows: list[bytes] = []
    files: list[tuple[Tile, bytes]] = []
    while new or len(rows) < len(edge.rows):
        level = len(rows)
        row = (edge.rows[level] if level < len(edge.rows) else b"") + new
        first = row_size(level, edge.size) // TILE_WIDTH
        chunks = [row[at : at + TILE_BYTES] for at in range(0, len(row), TILE_BYTES)]
        if new:
            files += [
                (Tile(level, first + offset, len(chunk) // HASH_SIZE), chunk)
                for offset, chunk in enumerate(chunks)
            ]
        rows.append(row[len(row) // TILE_BYTES * TILE_BYTES :])
        new = b"".join(build_row(chunk).root for chunk in chunks if len(chunk) == TILE_BYTES)
    return tuple(rows), files


def tile_nodes(read: TileReader, *, size: int) -> NodeReader:
    """Return a reader of tree nodes for a log of `size` entries, over tiles that hold them."""

    @lru_cache(maxsize=64)
    def levels(level: int, tile: int) -> Levels:
        return build_row(read(level, tile))

    def complete(height: int, index: int) -> bytes:
        level, within = divmod(height, _LEVEL_BITS)
        tile, first = divmod(index << within, TILE_WIDTH)
        return levels(level, tile).node(within, first >> within)

    def node(height: int, index: int) -> bytes:
        lefts = []
        while (index + 1) << height > size:
            height, index = height - 1, index << 1
            if (index + 1) << height < size:
                lefts.append((height, index))
                index += 1
        hashed = complete(height, index)
        for place in reversed(lefts):
            hashed = node_hash(complete(*place), hashed)
        return hashed

    return node


def _grow_bundles(edge: Edge, entries: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
    files: list[tuple[Tile, bytes]] = []
    index, held = divmod(edge.size, TILE_WIDTH)
    at, data = 0, edge.bundle
    while at < len(entries):
        part = entries[at : at + TILE_WIDTH - held]
        files.append((Tile(None, index, held + len(part)), data + encode_bundle(part)))
        at, index, held, data = at + len(part), index + 1, 0, b""
    return files
