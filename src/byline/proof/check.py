"""Recompute a whole log from its entries and name every file that is damaged.

Every tile has two witnesses: what lies below it (the entries, or the tiles under it) and what lies
above it (its hash in the tile above, or for the right edge the signed root). Where a stored tile
and what is below it disagree, the side that the hash above confirms is right and the other is
damaged; where neither is confirmed, both are named. Memory grows with one 256th of the hashes.
"""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

from byline.proof.checkpoint import Checkpoint
from byline.proof.durable import read_file
from byline.proof.errors import LogDamagedError, LogMissingError, LogRolledBackError, MalformedError
from byline.proof.log import read_checkpoint, verify_growth
from byline.proof.logfiles import APPENDING, CHECKPOINT, JOURNAL, PENDING, read_bundle, read_tile
from byline.proof.merkle import HASH_SIZE, build_row, hash_leaves
from byline.proof.note import Verifier
from byline.proof.tiles import (
    MAX_BUNDLE_BYTES,
    TILE_WIDTH,
    Tile,
    decode_bundle,
    fold_rows,
    num_levels,
    parse_path,
    row_tiles,
    tile_at,
)

_NO_HASH = bytes(HASH_SIZE)


@dataclass(frozen=True)
class LogReport:
    """What `check` found sound.

    `leftovers` are files of an append that was killed (the next append settles them) or strangers;
    nothing signed depends on them.
    """

    checkpoint: Checkpoint
    num_files: int
    leftovers: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """A tile's hashes as computed from below and as stored; None where they cannot be had."""

    tile: Tile
    computed: bytes | None
    stored: bytes | None

    @property
    def options(self) -> list[bytes]:
        """What the tile may truly hold; unknown hashes if there is nothing to go by."""
        rows = [row for row in (self.computed, self.stored) if row is not None]
        return list(dict.fromkeys(rows)) or [_NO_HASH * self.tile.width]


@dataclass
class _Findings:
    damaged: dict[str, None] = field(default_factory=dict)
    edge: dict[int, _Pair] = field(default_factory=dict)
    num_files: int = 0


def check(path: Path, *, verifier: Verifier, since: Checkpoint | None = None) -> LogReport:
    """Check every file of a log against its signed checkpoint.

    `since` is a checkpoint seen before: the log must have grown from it. Raises SignatureError,
    LogDamagedError (its `damaged` names the files), or LogRolledBackError and ConsistencyError if
    the log is shorter than `since` or does not contain it.
    """
    checkpoint = read_checkpoint(path, verifier=verifier)
    findings = _Findings()
    row = b""
    for level in range(num_levels(checkpoint.size)):
        row = _check_level(path, level, below=row, size=checkpoint.size, findings=findings)
    _check_edge(checkpoint, findings)
    leftovers = _check_others(path, size=checkpoint.size, findings=findings)
    if findings.damaged:
        names = tuple(findings.damaged)
        message = f"{path}: {len(names)} damaged or suspect: {', '.join(names[:20])}"
        raise LogDamagedError(message, damaged=names, advice="restore these from a copy")
    if since is not None:
        _check_since(path, since=since, checkpoint=checkpoint)
    return LogReport(checkpoint, findings.num_files, leftovers)


def _check_level(path: Path, level: int, *, below: bytes, size: int, findings: _Findings) -> bytes:
    """Check a level against the one below; return the hashes of its full tiles, concatenated."""
    hashes = []
    for tile in row_tiles(level, size=size):
        findings.num_files += 2 if level == 0 else 1
        pair = _Pair(tile, _compute(path, tile, below=below), _stored(path, tile))
        if tile.width < TILE_WIDTH:
            findings.edge[level] = pair
            continue
        believed = pair.options[0]
        if pair.computed is None or pair.computed != pair.stored:
            believed = _judge(path, pair, size=size, findings=findings)
        hashes.append(build_row(believed).root)
    return b"".join(hashes)


def _compute(path: Path, tile: Tile, *, below: bytes) -> bytes | None:
    if tile.level:
        first = tile.index * TILE_WIDTH * HASH_SIZE
        return below[first : first + tile.width * HASH_SIZE]
    try:
        return hash_leaves(read_bundle(path, Tile(None, tile.index, tile.width)))
    except LogDamagedError:
        return None


def _stored(path: Path, tile: Tile) -> bytes | None:
    try:
        return read_tile(path, tile)
    except LogDamagedError:
        return None


def _judge(path: Path, pair: _Pair, *, size: int, findings: _Findings) -> bytes:
    """Decide a full tile by its hash in the tile above; return what it is believed to hold."""
    above = _hash_above(path, pair.tile, size=size)
    sound = [row for row in pair.options if build_row(row).root == above]
    _blame(pair, sound[0] if sound else None, findings)
    return sound[0] if sound else pair.options[0]


def _hash_above(path: Path, tile: Tile, *, size: int) -> bytes | None:
    index, slot = divmod(tile.index, TILE_WIDTH)
    row = _stored(path, tile_at((tile.level or 0) + 1, index, size=size))
    return None if row is None else row[slot * HASH_SIZE : (slot + 1) * HASH_SIZE]


def _check_edge(checkpoint: Checkpoint, findings: _Findings) -> None:
    """Decide the partial tiles of the right edge, all at once, by the signed root."""
    levels = range(num_levels(checkpoint.size))
    pairs = [findings.edge.get(level) for level in levels]
    choices = [[b""] if pair is None else pair.options for pair in pairs]
    for rows in itertools.product(*choices):
        if fold_rows(rows) == checkpoint.root:
            for pair, row in zip(pairs, rows, strict=True):
                if pair is not None:
                    _blame(pair, row, findings)
            return
    for pair in findings.edge.values():
        _blame(pair, None, findings)
    if not findings.damaged:
        findings.damaged[CHECKPOINT] = None
        for pair in findings.edge.values():
            findings.damaged[pair.tile.path] = None


def _blame(pair: _Pair, believed: bytes | None, findings: _Findings) -> None:
    """Name what differs from the believed hashes; both sides, if they differ, when unknown."""
    tile, agreed = pair.tile, pair.computed == pair.stored
    undecided = believed is None and (not agreed or pair.stored is None)
    if pair.stored is None or undecided or (believed is not None and pair.stored != believed):
        findings.damaged[tile.path] = None
    if not tile.level:
        if pair.computed is None or undecided or (believed and pair.computed != believed):
            findings.damaged[Tile(None, tile.index, tile.width).path] = None
        return
    other = believed or pair.stored
    if pair.computed is None or other is None:
        return
    for slot in range(tile.width):
        at = slot * HASH_SIZE
        if pair.computed[at : at + HASH_SIZE] != other[at : at + HASH_SIZE]:
            child = tile.index * TILE_WIDTH + slot
            findings.damaged[Tile(tile.level - 1, child).path] = None
            if tile.level == 1:
                findings.damaged[Tile(None, child).path] = None


def _check_others(path: Path, *, size: int, findings: _Findings) -> tuple[str, ...]:
    """Check partial tiles of earlier checkpoints; return the files that are no part of the log."""
    leftovers = [name for name in (APPENDING, JOURNAL, PENDING) if (path / name).exists()]
    for file in (path / "tile").rglob("*"):
        if file.is_dir() and not file.is_symlink():
            continue
        name = file.relative_to(path).as_posix()
        tile = parse_path(name)
        if tile is None or not tile.within(size):
            leftovers.append(name)
            continue
        now = tile_at(tile.level, tile.index, size=size)
        if now != tile and now.path not in findings.damaged:
            findings.num_files += 1
            if not _is_beginning(path, tile, now):
                findings.damaged[name] = None
    return tuple(sorted(leftovers))


def _is_beginning(path: Path, tile: Tile, now: Tile) -> bool:
    """Whether an earlier partial tile is how the present one begins."""
    try:
        data = read_file(path, tile.path, limit=MAX_BUNDLE_BYTES)
        whole = read_file(path, now.path, limit=MAX_BUNDLE_BYTES)
        if tile.level is None:
            decode_bundle(data, width=tile.width)
    except (LogDamagedError, LogMissingError, MalformedError):
        return False
    length_fits = tile.level is None or len(data) == tile.width * HASH_SIZE
    return length_fits and whole.startswith(data)


def _check_since(path: Path, *, since: Checkpoint, checkpoint: Checkpoint) -> None:
    if since.origin != checkpoint.origin or since.size > checkpoint.size:
        raise LogRolledBackError(
            f"{path}: expected {since.origin} with {since.size} entries or more, "
            f"got {checkpoint.origin} with {checkpoint.size}",
            advice="keep both checkpoints: together they are the evidence",
        )
    if since.size == 0:
        return
    verify_growth(path, old=since, head=checkpoint)
