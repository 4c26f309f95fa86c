"""Pseudonyms: the same person has one name in one release, and unlinkable names in two.

The key is the linkage: who holds it can tell people from pseudonyms. It lives in its own file with
its own permissions, training never opens it, and destroying it makes the pseudonyms of its releases
unlinkable.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Final

import rfc8785

from byline.errors import ConfigError
from byline.workspace.files import sync_directory

KEY_BYTES: Final = 32
KEY_TEXT: Final = re.compile(rb"[0-9a-f]{64}\n?")
PSEUDONYM_DIGITS: Final = 16


def pseudonym(key: bytes, release: str, person: str) -> str:
    """The name of `person` inside `release`: ``p_`` and 16 hexadecimal digits.

    HMAC-SHA256 (RFC 2104) under `key` over the canonical JSON (RFC 8785) of
    ``[release, person]``, so that no two pairs share an input. 64 bits: among a million people of a
    release the chance that two share a pseudonym is below 3e-8.

    Raises:
        ConfigError: The key is not 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise ConfigError(f"a pseudonym key has {KEY_BYTES} bytes, this one has {len(key)}")
    message = rfc8785.dumps([release, person])
    return "p_" + hmac.new(key, message, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def read_or_create_key(path: Path) -> bytes:
    """Read the key at `path`; where there is none, draw 32 random bytes and keep them there.

    The file holds 64 lower-case hexadecimal digits, is created exclusively with mode 0600, and its
    folder, if it is created, with mode 0700. When two processes create it at once, both return the
    key of the one that came first.

    Raises:
        ConfigError: The file is readable by others than its owner, is not a plain file, or does not
            hold a key.
    """
    if not os.path.lexists(path):
        _create(path)
    return _read(path)


def _create(path: Path) -> None:
    """Write aside and link into place: a link fails if a key is there and never shows half one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
            written.flush()
            os.fsync(written.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink(missing_ok=True)
    sync_directory(path.parent)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise ConfigError(
            f"the pseudonym key {path} cannot be read: {error.strerror}",
            advice="It must be a plain file of yours, not a link.",
        ) from error
    with os.fdopen(descriptor, "rb") as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
            raise ConfigError(
                f"the pseudonym key {path} is open to others ({stat.filemode(status.st_mode)})",
                advice=f"Run: chmod 600 {path}",
            )
        text = source.read(KEY_BYTES * 4)
    if not KEY_TEXT.fullmatch(text):
        raise ConfigError(
            f"the pseudonym key {path} does not hold 64 lower-case hexadecimal digits",
            advice="Restore it from a backup; a new key would rename every person.",
        )
    return bytes.fromhex(text.decode())
