"""Removing bytes so that it can be said that they are gone (law 14).

A file is overwritten, synced, unlinked, and its folder synced; then the store is read again. On
flash storage, in snapshots and in backups, overwritten blocks may live on: that is said where a
removal is told, and no code here claims more than that the store no longer has the bytes.
"""

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from byline.errors import IntegrityError, RefusedError
from byline.workspace.files import sha256_file, sha256_text, sync_directory

BLOCK: Final = bytes(1 << 20)


@dataclass(frozen=True, order=True)
class StoredFile:
    """A file of a folder: its path below it, its size, and the SHA-256 of its bytes."""

    path: str
    bytes: int
    sha256: str


def stored_files(directory: Path, files: Iterable[str]) -> tuple[StoredFile, ...]:
    """The files of a folder that are there, in order of path, each read through.

    Raises:
        RefusedError: One is a link or no plain file, or lies outside the folder.
    """
    found = []
    for name in sorted(set(files)):
        path = inside(directory, name)
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(
                f"{path} is a link or no plain file: what it leads to is not ours to remove",
                advice="replace the link by the file, or remove it by hand",
            )
        found.append(StoredFile(name, status.st_size, sha256_file(path)))
    return tuple(found)


def files_below(directory: Path) -> tuple[str, ...]:
    """The paths of all files and links below a folder, in order; links are not followed."""
    found = []
    for folder, _, names in os.walk(directory):
        found += [(Path(folder) / name).relative_to(directory).as_posix() for name in names]
    return tuple(sorted(found))


def inside(directory: Path, name: str) -> Path:
    """A path below a folder.

    Raises:
        RefusedError: It leads out of it.
    """
    pure = PurePosixPath(name)
    if not name or pure.is_absolute() or ".." in pure.parts or "\0" in name:
        raise RefusedError(f"{name!r} is not a path inside {directory}")
    return directory / pure


def content_digest(files: Iterable[StoredFile]) -> str:
    """One digest of files with their paths."""
    return sha256_text(*(f"{one.path}:{one.sha256}" for one in sorted(files)))


def remove_files(directory: Path, files: Iterable[str]) -> None:
    """Overwrite and unlink files of a folder; what is gone already stays gone."""
    folders = set()
    for name in files:
        path = inside(directory, name)
        _remove(path)
        folders.add(path.parent)
    for folder in sorted(folders, reverse=True):
        _tidy(folder, upto=directory)


def check_gone(directory: Path, files: Collection[str]) -> None:
    """Read a folder again and see that the files are not in it.

    Raises:
        IntegrityError: One is still there.
    """
    left = [name for name in files if os.path.lexists(inside(directory, name))]
    listed = set(files_below(directory)) & set(files)
    if left or listed:
        raise IntegrityError(
            f"{directory} still has {len(left or listed)} files that were to be removed, "
            f"such as {min(left or listed)}",
            advice="look at permissions, then run the command again",
        )


def copies_of(files: Sequence[StoredFile], *, below: Path) -> tuple[str, ...]:
    """Paths below a folder whose bytes are those of one of the files; empty files are no copies."""
    sizes: dict[int, set[str]] = {}
    for one in files:
        if one.bytes:
            sizes.setdefault(one.bytes, set()).add(one.sha256)
    if not sizes:
        return ()
    found = []
    for name in files_below(below):
        path = below / name
        status = path.lstat()
        wanted = sizes.get(status.st_size)
        if wanted and stat.S_ISREG(status.st_mode) and sha256_file(path) in wanted:
            found.append(name)
    return tuple(found)


def _remove(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError:  # a link, or a file that may be unlinked but not written
        descriptor = -1
    if descriptor >= 0:
        with os.fdopen(descriptor, "wb", buffering=0) as target:
            left = os.fstat(target.fileno()).st_size
            while left > 0:
                left -= target.write(BLOCK[:left]) or 0
            os.fsync(target.fileno())
    path.unlink(missing_ok=True)


def _tidy(folder: Path, *, upto: Path) -> None:
    """Sync a folder, and take it away with the empty ones above it, below `upto`."""
    while folder != upto and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    if folder.is_dir():
        sync_directory(folder)
