"""The keys of a log, one after another: each names and signs for the next, in an entry of the log.

Such an entry is canonical JSON `{"next", "reason", "signature", "type": "key"}`: the next key's
line, and the Ed25519 signature of the key in force over `byline/next-key/1`, a newline, that line
and a newline. Invariants: the name (the log's origin) stays; a key comes into force once; what
leads from the first key to the last can be checked with the first key and the entries alone.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from byline.proof.canonical import canonical_json, parse_canonical
from byline.proof.errors import LogEntryError, MalformedError, NotCanonicalError, SignatureError
from byline.proof.note import Signer, Verifier, parse_vkey

TYPE: Final = "key"

_FIELDS = ("next", "reason", "signature", "type")
_MARK = b'"type":"key"'  # every canonical JSON object of this type holds these bytes
_CONTEXT = b"byline/next-key/1\n"


@dataclass(frozen=True)
class NextKey:
    """An entry by which a key hands over to the next; its signature is not checked yet."""

    verifier: Verifier
    reason: str
    signature: bytes


def key_entry(following: Verifier, *, signer: Signer, reason: str) -> bytes:
    """Return the entry by which the key in force hands over to the following one."""
    private = Ed25519PrivateKey.from_private_bytes(signer.seed)
    signature = private.sign(_statement(following))
    return canonical_json(
        {
            "type": TYPE,
            "next": following.vkey,
            "reason": reason,
            "signature": base64.b64encode(signature).decode("ascii"),
        }
    )


def parse_key_entry(entry: bytes) -> NextKey | None:
    """Return what an entry says of the next key, or None if it is of another type.

    Raises MalformedError for one of this type that is not in its form.
    """
    if _MARK not in entry:
        return None
    try:
        value = parse_canonical(entry)
    except NotCanonicalError:
        return None
    if not isinstance(value, dict) or value.get("type") != TYPE:
        return None
    if tuple(sorted(value)) != _FIELDS or not all(isinstance(value[name], str) for name in _FIELDS):
        raise MalformedError(f"key entry: expected {', '.join(_FIELDS)} as texts")
    try:
        signature = base64.b64decode(value["signature"].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedError(f"key entry: expected base64 as signature: {error}") from error
    return NextKey(parse_vkey(value["next"]), value["reason"], signature)


def keys_in_force(entries: Iterable[bytes], trusted: Verifier) -> list[tuple[Verifier, int]]:
    """Follow a log's keys from one that the caller trusts: its first, or any later one.

    `entries` are all of the log's, from its first. Returns each key from the trusted one on, and
    the size from which checkpoints are signed by it: one more than the index of its entry, 0 where
    it has none. The key before may sign a checkpoint of just that size too. Raises SignatureError
    for a key that the one before did not sign for, that has another name, or was in force already.
    """
    turns = [
        (index, following)
        for index, entry in enumerate(entries)
        if (following := parse_key_entry(entry)) is not None
    ]
    is_later = any(one.verifier == trusted for _, one in turns)
    if turns and is_later and _is_signed(turns[0][1], trusted):
        is_later = False  # it signed the first: it is the log's first key, and cannot come back
    keys = [] if is_later else [(trusted, 0)]
    for index, following in turns:
        if keys:
            _check_following(following, [key for key, _ in keys], index=index)
        keys.append((following.verifier, index + 1))
    start = [key for key, _ in keys].index(trusted)
    return keys[start:]


def key_at(keys: Sequence[tuple[Verifier, int]], size: int) -> Verifier:
    """Return the key that signs a checkpoint of this size, of those from `keys_in_force`.

    Raises SignatureError for a size before the trusted key was in force.
    """
    found = [key for key, since in keys if since <= size]
    if not found:
        raise SignatureError(f"expected a size of {keys[0][1]} or more, got {size}")
    return found[-1]


def refuse_key_entries(entries: Iterable[bytes]) -> None:
    """Raise LogEntryError if one of the entries would hand over to another key."""
    for entry in entries:
        if parse_key_entry(entry) is not None:
            raise LogEntryError(
                "expected no entry of type key: it would hand the log over",
                advice="rotate the key instead",
            )


def _check_following(following: NextKey, keys: Sequence[Verifier], *, index: int) -> None:
    before, key = keys[-1], following.verifier
    if key.name != before.name:
        raise SignatureError(f"entry {index}: expected a key of {before.name}, got {key.name!r}")
    if key in keys:
        raise SignatureError(f"entry {index}: expected a new key, {key.vkey} was in force before")
    if not _is_signed(following, before):
        raise SignatureError(f"entry {index}: {before.vkey} did not sign for {key.vkey}")


def _is_signed(following: NextKey, before: Verifier) -> bool:
    """Whether a key signed for the one that follows."""
    try:
        public = Ed25519PublicKey.from_public_bytes(before.public_key)
        public.verify(following.signature, _statement(following.verifier))
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(following: Verifier) -> bytes:
    return _CONTEXT + f"{following.vkey}\n".encode()
