"""Streams of bytes under one data key, and the data key under a custodian's public key.

A stream is cut into chunks of 1 MiB, each sealed by AES-256-GCM (NIST SP 800-38D). The nonce is the
chunk's number with a mark on the last one, as in the STREAM construction of `age`
(https://age-encryption.org/v1), so that chunks cannot be dropped, moved or cut off at the end. The
data key is new for each stream, so that no nonce is used twice. It is wrapped for an X25519 key
(RFC 7748) through HKDF-SHA256 (RFC 5869) and AES-256-GCM. Invariant: nothing is given out of a
chunk that was not authenticated, and everything is bound to what it is said to be (`about`).
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from byline.errors import ConfigError, IntegrityError, RefusedError, UsageError
from byline.workspace.files import sync_directory

CIPHER: Final = "AES-256-GCM in chunks of 1 MiB; X25519, HKDF-SHA256"
CHUNK: Final = 1 << 20  # bytes of plain text in a chunk
KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
KEY_MODE: Final = 0o600
_PURPOSE = b"byline/vault/1 data key"
_ONCE = bytes(12)  # a wrapping key is used for one message


@dataclass(frozen=True)
class WrappedKey:
    """A data key that one private key opens.

    Attributes:
        ephemeral: The public half of a key pair that was used once, 32 bytes.
        sealed: The data key under the shared secret, with its tag.
    """

    ephemeral: bytes
    sealed: bytes


def new_data_key() -> bytes:
    """A random key for one stream."""
    return os.urandom(KEY_BYTES)


def encrypt(parts: Iterable[bytes], sink: BinaryIO, *, key: bytes, about: bytes) -> None:
    """Write parts of a plain stream as sealed chunks.

    Args:
        parts: The stream, in parts of any size.
        sink: Where the chunks go.
        key: From `new_data_key`, never used before.
        about: What the stream is said to be; the same bytes are needed to read it.
    """
    cipher = AESGCM(key)
    number, waiting = 0, b""
    for chunk in _rechunked(parts):
        if number:
            sink.write(cipher.encrypt(_nonce(number - 1, last=False), waiting, about))
        number, waiting = number + 1, chunk
    sink.write(cipher.encrypt(_nonce(max(number - 1, 0), last=True), waiting, about))


def decrypt(source: BinaryIO, *, key: bytes, about: bytes) -> Iterator[bytes]:
    """The plain stream in authenticated parts.

    Raises:
        IntegrityError: A chunk is not what was sealed, or chunks are missing or too many.
    """
    cipher = AESGCM(key)
    number, chunk = 0, source.read(CHUNK + TAG_BYTES)
    while True:
        following = source.read(CHUNK + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, about)
        except (InvalidTag, ValueError) as error:
            raise IntegrityError(
                f"chunk {number} is not what was sealed", advice="restore the container from a copy"
            ) from error
        if not following:
            return
        number, chunk = number + 1, following


def wrap_key(key: bytes, *, public_key: bytes, about: bytes) -> WrappedKey:
    """Wrap a data key for the holder of a private key."""
    once = X25519PrivateKey.generate()
    ephemeral = once.public_key().public_bytes_raw()
    try:
        shared = once.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as error:  # a point of small order gives no secret
        raise UsageError("the custodian's public key is not a usable X25519 key") from error
    wrapping = _wrapping_key(shared, ephemeral, public_key)
    return WrappedKey(ephemeral, AESGCM(wrapping).encrypt(_ONCE, key, about))


def unwrap_key(wrapped: WrappedKey, *, private_key: X25519PrivateKey, about: bytes) -> bytes:
    """The data key.

    Raises:
        RefusedError: It was not wrapped for this private key, or is not what was wrapped.
    """
    public_key = private_key.public_key().public_bytes_raw()
    try:
        shared = private_key.exchange(X25519PublicKey.from_public_bytes(wrapped.ephemeral))
        wrapping = _wrapping_key(shared, wrapped.ephemeral, public_key)
        return AESGCM(wrapping).decrypt(_ONCE, wrapped.sealed, about)
    except (InvalidTag, ValueError) as error:
        raise RefusedError(
            "this private key does not open the container",
            advice="it was sealed to the custodians of its holds; ask one of them",
        ) from error


def save_private_key(path: Path) -> bytes:
    """Make a custodian's key pair and keep the private half at `path`; returns the public half.

    Raises:
        UsageError: There is something at `path` already.
    """
    private = X25519PrivateKey.generate()
    text = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, KEY_MODE)
    except FileExistsError as error:
        raise UsageError(
            f"{path} exists", advice="choose another file: a key is never replaced"
        ) from error
    with os.fdopen(descriptor, "wb") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    sync_directory(path.parent)
    return private.public_key().public_bytes_raw()


def load_private_key(path: Path) -> X25519PrivateKey:
    """A custodian's private key.

    Raises:
        ConfigError: There is none at `path`, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path} is open to others", advice=f"Run: chmod 600 {path}")
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} holds no private key: {error}") from error
    if not isinstance(found, X25519PrivateKey):
        raise ConfigError(f"{path} holds another kind of key than X25519")
    return found


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _wrapping_key(shared: bytes, ephemeral: bytes, public_key: bytes) -> bytes:
    derive = HKDF(
        algorithm=hashes.SHA256(), length=KEY_BYTES, salt=ephemeral + public_key, info=_PURPOSE
    )
    return derive.derive(shared)


def _rechunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)
