"""Key files: a private key readable by its owner only, a public key for everybody.

Invariants: a private key file is created, never overwritten, with mode 0600; one that others may
read is refused when loaded. Each file is one line, as `byline.proof.note` writes keys.
"""

import contextlib
import os
import stat
from pathlib import Path

from byline.proof.durable import sync_directory
from byline.proof.errors import KeyFileError, MalformedError
from byline.proof.note import Signer, Verifier, parse_skey, parse_vkey

MAX_KEY_FILE_BYTES = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def save_signer(path: Path, signer: Signer) -> None:
    """Write a private key with mode 0600; KeyFileError if anything is at the path already."""
    create_file(path, f"{signer.skey}\n", mode=0o600)


def save_verifier(path: Path, verifier: Verifier) -> None:
    """Write a public key with mode 0644; KeyFileError if anything is at the path already."""
    create_file(path, f"{verifier.vkey}\n", mode=0o644)


def load_signer(path: Path) -> Signer:
    """Read a private key; KeyFileError if it is missing, readable by others, or not a key."""
    try:
        return parse_skey(read_private(path))
    except MalformedError as error:
        raise KeyFileError(f"{path}: {error}") from error


def read_private(path: Path) -> str:
    """The text of a private file; KeyFileError if it is missing or others may read it."""
    text, mode = _read(path)
    if mode & _OTHERS:
        raise KeyFileError(
            f"{path}: expected mode 0600, got {stat.S_IMODE(mode):04o}",
            advice="take the file from others (chmod 600) and consider the key known to them",
        )
    return text


def load_verifiers(path: Path) -> list[Verifier]:
    """Read public keys, one a line, the oldest first; KeyFileError if it is missing or has none."""
    text, _ = _read(path)
    try:
        return [parse_vkey(line) for line in text.split("\n")]
    except MalformedError as error:
        raise KeyFileError(f"{path}: {error}") from error


def create_file(path: Path, text: str, *, mode: int) -> None:
    """Write a small file durably; KeyFileError if anything is at the path already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError as error:
        message = f"{path}: expected no file, there is one"
        raise KeyFileError(message, advice="a key is never overwritten") from error
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be created: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from error


def remove_unwritten(path: Path) -> None:
    """Remove a key file that a kill left empty while it was made, so that it can be made again."""
    with contextlib.suppress(FileNotFoundError):
        if path.is_file() and not path.stat().st_size:
            path.unlink()


def _read(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_KEY_FILE_BYTES)
        return data.decode("utf-8").removesuffix("\n"), mode
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path}: expected a key, got bytes that are not text") from error
