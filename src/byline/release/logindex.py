"""Where each entry of a log stands, remembered while the process runs.

Invariants: an index is read on from where it ended once the log is shown to have grown from there,
else from the log's first entry; what it answers is compared with the stored entry. It is a cache:
nothing is lost with it, and nothing is trusted for being in it.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byline.proof import log
from byline.proof.canonical import parse_canonical
from byline.proof.checkpoint import Checkpoint
from byline.proof.errors import NotCanonicalError, ProofError
from byline.proof.logfiles import read_head
from byline.proof.merkle import leaf_hash

KEY_BYTES = 16  # of an entry's hash; the entry itself is compared
_TYPE = re.compile(rb'"type":"([^"\\]{1,100})"')


@dataclass
class LogIndex:
    """The entries of a log up to a head: their places by hash, and by any type they mention."""

    head: Checkpoint | None = None
    places: dict[bytes, int] = field(default_factory=dict)
    mentions: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


_INDEXES: dict[Path, LogIndex] = {}
_READING = threading.Lock()


def places_of(path: Path, entries: Sequence[bytes]) -> list[int | None]:
    """The index of each entry in the log, the first if it is there several times, or None."""
    index = _read_on(path)
    places = [index.places.get(_key(entry)) for entry in entries]
    known = [pair for pair in zip(places, entries, strict=True) if pair[0] is not None]
    stored = log.entries_at(path, [place for place, _ in known if place is not None])
    if stored != [entry for _, entry in known]:
        _INDEXES.pop(path, None)
        return _search(path, entries)
    return places


def facts_of(path: Path, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """Index and fields of every entry whose `type` is this one, oldest first."""
    mentions = _read_on(path).mentions.get(kind, [])
    found = []
    for place, entry in zip(mentions, log.entries_at(path, mentions), strict=True):
        try:
            value = parse_canonical(entry)
        except NotCanonicalError:
            continue
        if isinstance(value, dict) and value.get("type") == kind:
            found.append((place, value))
    return found


def _read_on(path: Path) -> LogIndex:
    with _READING:
        head = read_head(path)
        index = _INDEXES.get(path)
        if index is None or not _has_grown(path, index.head, head):
            index = _INDEXES[path] = LogIndex()
        start = index.head.size if index.head else 0
        for place, entry in enumerate(log.entries(path, start=start, end=head.size), start):
            index.places.setdefault(_key(entry), place)
            for kind in set(_TYPE.findall(entry)):
                index.mentions[kind.decode("utf-8", "replace")].append(place)
        index.head = head
        return index


def _has_grown(path: Path, old: Checkpoint | None, head: Checkpoint) -> bool:
    """Whether the log at `head` begins with all that it had before."""
    if old is None or old.size == 0:
        return False
    try:
        log.verify_growth(path, old=old, head=head)
    except ProofError:
        return False
    return True


def _search(path: Path, entries: Sequence[bytes]) -> list[int | None]:
    wanted = set(entries)
    found: dict[bytes, int] = {}
    for place, entry in enumerate(log.entries(path)):
        if entry in wanted:
            found.setdefault(entry, place)
    return [found.get(entry) for entry in entries]


def _key(entry: bytes) -> bytes:
    return leaf_hash(entry)[:KEY_BYTES]
