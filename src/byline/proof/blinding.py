"""What hides names and texts in a seal from those who are not meant to ask about them.

Everything here is in docs/proof-formats.md, "The seal of a release". Invariants: whatever is keyed
by a release's salt can be asked by whoever has the salt, and listed by nobody; a person's label
follows from their id and the organisation's VRF key (RFC 9381), so nobody chooses it; each string
that is hashed begins with what it is, so that none passes for another.
"""

import hashlib
import hmac
import re
from typing import Final

from byline.proof.errors import MalformedError

SEAL_KEY_BYTES: Final = 32
BETA_BYTES: Final = 64
TOKEN_DIGITS: Final = 32
ITEM_PREFIX: Final = b"byline/item/1\n"
FINGERPRINT_PREFIX: Final = b"byline/fingerprint/1\n"
CONTROL: Final = re.compile("[\x00-\x1f\x7f]")


def salt(seal_key: bytes, release: str) -> bytes:
    """The release's salt of 32 bytes, under which its items and fingerprints are filed."""
    return _keyed(seal_key, b"byline/salt/1\n" + release.encode())


def salt_commitment(salt: bytes) -> bytes:
    """What the seal says of a salt: its hash, of 32 bytes."""
    return hashlib.sha256(b"byline/salt-commitment/1\n" + _hash(salt, "salt")).digest()


def vrf_seed(seal_key: bytes) -> bytes:
    """The seed of 32 bytes of the organisation's VRF key."""
    return _keyed(seal_key, b"byline/vrf/1\n")


def contributor_alpha(person: str) -> bytes:
    """What the VRF is asked for a person, by their id in the roster."""
    return b"byline/contributor/1\n" + person.encode()


def label(beta: bytes, release: str) -> bytes:
    """A person's key of 32 bytes among a release's contributors.

    Args:
        beta: The VRF's output for the person, 64 bytes.
        release: The release's id.
    """
    if len(beta) != BETA_BYTES:
        raise MalformedError(f"beta: expected {BETA_BYTES} bytes, got {len(beta)}")
    return hashlib.sha256(b"byline/label/1\n" + beta + b"\n" + release.encode()).digest()


def item_key(salt: bytes, item: str) -> bytes:
    """The key of 32 bytes under which an item is filed."""
    return hashlib.sha256(ITEM_PREFIX + _hash(salt, "salt") + item.encode()).digest()


def owner_token(label: bytes, item_key: bytes) -> str:
    """How an item names one of its owners: 32 digits that only they, and the seal key, can tell."""
    data = b"byline/owner/1\n" + _hash(label, "label") + _hash(item_key, "item key")
    return hashlib.sha256(data).hexdigest()[:TOKEN_DIGITS]


def fingerprint_key(salt: bytes, number: int) -> bytes:
    """The key of 32 bytes under which a fingerprint is filed."""
    try:
        data = number.to_bytes(8, "big")
    except OverflowError as error:
        raise MalformedError(f"fingerprint: expected a number of 64 bits, got {number}") from error
    return hashlib.sha256(FINGERPRINT_PREFIX + _hash(salt, "salt") + data).digest()


def item_id(*, swhid: str, system: str, repository: str, oid: str) -> str:
    """What a source of an example is called among items.

    The SWHID without qualifiers (``swh:1:cnt:…``), or ``system:repository:oid`` without one.
    """
    return printable(swhid.partition(";")[0] or f"{system}:{repository}:{oid}")


def printable(item: str) -> str:
    """An item's id with each control character as %XX, so that it fits on a line."""
    return CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", item)


def _keyed(seal_key: bytes, message: bytes) -> bytes:
    if len(seal_key) != SEAL_KEY_BYTES:
        raise MalformedError(f"seal key: expected {SEAL_KEY_BYTES} bytes, got {len(seal_key)}")
    return hmac.new(seal_key, message, hashlib.sha256).digest()


def _hash(value: bytes, name: str) -> bytes:
    if len(value) != hashlib.sha256().digest_size:
        raise MalformedError(f"{name}: expected 32 bytes, got {len(value)}")
    return value
