"""Files that are either wholly there after a crash or not there at all.

Invariants: a file is written aside, synced, renamed into place, and its directory synced, before
the call returns; reads are of regular files and of bounded size. Every refusal of the file system
becomes a LogWriteError, after which nothing may be acknowledged.
"""

import contextlib
import fcntl
import itertools
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from byline.proof.errors import LogDamagedError, LogLockedError, LogMissingError, LogWriteError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
SYNCING = 4
SYNCED_TOGETHER = 128  # files open at once, far below any system's limit


def write_files(directory: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files at paths relative to `directory`, making directories as needed.

    They come into place in order, none before it is durable. Some are written before the first of
    them is synced: the file system then puts them down in few steps instead of one a file.
    """
    touched: dict[Path, None] = {}
    source = iter(files)
    try:
        while some := list(itertools.islice(source, SYNCED_TOGETHER)):
            targets = [directory / name for name, _ in some]
            for folder in {target.parent: None for target in targets}:
                if folder not in touched:
                    _make_parents(folder, directory, touched)
                    touched[folder] = None
            _write_aside(list(zip(targets, (data for _, data in some), strict=True)))
        for folder in touched:
            sync_directory(folder)
    except OSError as error:
        raise LogWriteError(
            f"{directory}: cannot be written: {error.strerror or error}",
            advice="free space or mend the file system, then run the same command again",
        ) from error


def aside_of(target: Path) -> Path:
    """Where a file is written before it is renamed into place."""
    return target.with_name(f".{target.name}.aside")


def move_file(source: Path, target: Path) -> None:
    """Rename a file within one directory, so that it survives a crash."""
    try:
        os.replace(source, target)  # noqa: PTH105
        sync_directory(target.parent)
    except OSError as error:
        raise LogWriteError(f"{target}: cannot be replaced: {error.strerror or error}") from error


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files that may already be gone, and sync their directories."""
    touched: dict[Path, None] = {}
    try:
        for path in paths:
            path.unlink(missing_ok=True)
            touched[path.parent] = None
        for folder in touched:
            sync_directory(folder)
    except OSError as error:
        raise LogWriteError(f"cannot remove leftovers: {error.strerror or error}") from error


def read_file(directory: Path, name: str, *, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes at a path relative to `directory`.

    Raises LogMissingError if it is not there and LogDamagedError if it is larger or not a file.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe put in a file's place would wait for ever.
        descriptor = os.open(directory / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise LogDamagedError(f"{name}: expected a file, got another", damaged=(name,))
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LogMissingError(f"{directory / name}: expected a file, there is none") from error
    except IsADirectoryError as error:
        raise LogDamagedError(f"{name}: expected a file, got a folder", damaged=(name,)) from error
    except OSError as error:
        raise LogWriteError(f"{directory / name}: cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise LogDamagedError(f"{name}: expected at most {limit} bytes, got more", damaged=(name,))
    return data


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a crash."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an exclusive lock on a file; the system lets go of it when the process ends."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LogMissingError(f"{path.parent}: expected a log: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            message = f"{path.parent}: another writer holds the log"
            raise LogLockedError(message, advice="wait for it to finish") from error
        yield
    finally:
        os.close(descriptor)


def _make_parents(folder: Path, root: Path, touched: dict[Path, None]) -> None:
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir()
        touched[new.parent] = None


def _sync_all(descriptors: Sequence[int]) -> None:
    """Sync open files, some at a time: the disk's own waiting is most of the time that takes."""
    if len(descriptors) <= SYNCING:
        for descriptor in descriptors:
            os.fsync(descriptor)
        return
    with ThreadPoolExecutor(SYNCING) as pool:
        for _ in pool.map(os.fsync, descriptors):
            pass


def _write_aside(files: Sequence[tuple[Path, bytes]]) -> None:
    asides = [aside_of(target) for target, _ in files]
    descriptors: list[int] = []
    try:
        for aside, (_, data) in zip(asides, files, strict=True):
            descriptors.append(os.open(aside, _NEW, 0o666))
            write_whole(descriptors[-1], data)
        _sync_all(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    for aside, (target, _) in zip(asides, files, strict=True):
        os.replace(aside, target)  # noqa: PTH105


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of the bytes to an open file, which the system may take in pieces."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
