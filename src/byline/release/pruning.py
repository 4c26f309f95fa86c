"""Removing tables that nothing uses any more: they hold work that may have been withdrawn since.

A partition replaces what was in its own folder. What is left are the folders of buckets of another
count, of sources that are no longer configured, and of chunks that a source no longer has.
"""

import os
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from byline.release.sources import SourceTables

BUCKET: Final = re.compile(r"\d{4}-of-\d{4}")
CHUNK: Final = re.compile(r"c\d{6}")


def prune_buckets(tables: Path, kept: Collection[str]) -> int:
    """Remove the folders of all buckets but those named, wherever they are; say how many."""
    gone = [
        Path(folder) / name
        for folder, names, _ in os.walk(tables)
        for name in names
        if BUCKET.fullmatch(name) and name not in kept
    ]
    return _remove(gone)


def prune_sources(tables: Path, kept: Sequence[SourceTables]) -> int:
    """Remove the folders of sources, and of chunks of them, that are read no more."""
    folder = tables / "sources"
    if not folder.is_dir():
        return 0
    chunks = {one.name: len(one.items) for one in kept}
    gone = [place for place in folder.iterdir() if place.name not in chunks]
    gone += [
        place
        for name, count in chunks.items()
        if (folder / name).is_dir()
        for place in (folder / name).iterdir()
        if CHUNK.fullmatch(place.name) and int(place.name[1:]) >= count
    ]
    return _remove(gone)


def _remove(folders: Sequence[Path]) -> int:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)
