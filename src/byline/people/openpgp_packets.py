"""OpenPGP's encoding, read strictly: armour, packets, signatures and public keys of version 4.

Formats: RFC 4880 and RFC 9580. Nothing is verified here: see `byline.people.openpgp`.

Invariant: whatever the bytes, the answer is a value, a `SignatureError`, or nothing else.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from byline.people.signature_errors import SignatureError, UnsupportedSignatureError

SIGNATURE, PUBLIC_KEY, USER_ID, SUBKEY, USER_ATTRIBUTE = 2, 6, 13, 14, 17
CREATED, EXPIRES, KEY_EXPIRES, ISSUER, FLAGS, REASON, EMBEDDED, ISSUER_FINGERPRINT = (
    2, 3, 9, 16, 27, 29, 32, 33,
)  # fmt: skip
# Subpackets whose meaning is taken into account, or has no bearing on a signature of a document.
KNOWN = frozenset({2, 3, 4, 5, 6, 7, 9, 11, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
                   34, 35})  # fmt: skip
BEGIN, END = b"-----BEGIN PGP %s-----", b"-----END PGP %s-----"


@dataclass(frozen=True)
class Key:
    """A public key or subkey of version 4, as it stands in its packet."""

    body: bytes

    @property
    def created(self) -> int:
        """When it was made, in seconds since 1970."""
        return int.from_bytes(self.body[1:5], "big")

    @property
    def algorithm(self) -> int:
        """The public-key algorithm's number."""
        return self.body[5]

    @property
    def hashed(self) -> bytes:
        """The form in which it is hashed."""
        return b"\x99" + struct.pack(">H", len(self.body)) + self.body

    @cached_property
    def fingerprint(self) -> str:
        """Its fingerprint, 40 hexadecimal digits."""
        return hashlib.sha1(self.hashed, usedforsecurity=False).hexdigest().upper()


@dataclass(frozen=True)
class Signature:
    """A signature of version 4.

    Attributes:
        kind: The signature type: 0x00 is of a binary document.
        hashed_head: Its own bytes that are signed along.
        hashed: Subpackets that are signed along, by type; of several the last one.
        unhashed: Subpackets that are not.
        left: The first two bytes of the digest.
        numbers: The algorithm's own numbers.
    """

    kind: int
    algorithm: int
    digest: int
    hashed_head: bytes
    hashed: Mapping[int, bytes]
    unhashed: Mapping[int, bytes]
    left: bytes
    numbers: bytes

    def number(self, subpacket: int) -> int | None:
        """A signed time or count, or None where it is not given."""
        value = self.hashed.get(subpacket)
        return None if value is None else int.from_bytes(value[:8], "big")

    @property
    def created(self) -> int:
        """When it says that it was made; 0 where it does not."""
        return self.number(CREATED) or 0

    @property
    def issuer(self) -> str:
        """The fingerprint or key id that it names, upper case; an unproved hint."""
        for area in (self.hashed, self.unhashed):
            found = area.get(ISSUER_FINGERPRINT, b"")
            if found[:1] == b"\x04" and len(found) == 21:
                return found[1:].hex().upper()
        return (self.hashed.get(ISSUER) or self.unhashed.get(ISSUER) or b"").hex().upper()


def armoured(text: bytes, what: bytes) -> list[bytes]:
    """The contents of every armoured block called `what` in a text.

    Raises:
        SignatureError: A block is not closed, or is not base64.
    """
    begin, end = BEGIN % what, END % what
    found = []
    plain = b"\n".join(line.rstrip() for line in text.split(b"\n"))
    for piece in plain.split(begin)[1:]:
        body, closed, _ = piece.partition(end)
        _, blank, data = body.partition(b"\n\n")
        if not closed or not blank:
            raise SignatureError("its armour is incomplete")
        lines = data.split(b"\n")
        kept = [line.strip() for line in lines if not line.startswith(b"=")]  # no checksum
        try:
            found.append(base64.b64decode(b"".join(kept), validate=True))
        except binascii.Error as error:
            raise SignatureError("its armour is not base64") from error
    return found


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The packets of a message: each one's tag and body.

    Raises:
        SignatureError: A length is wrong, or given in parts.
    """
    at = 0
    while at < len(data):
        head = data[at]
        if not head & 0x80:
            raise SignatureError("it is not made of OpenPGP packets")
        if head & 0x40:
            tag, (size, at) = head & 0x3F, _new_length(data, at + 1)
        else:
            tag, width = (head >> 2) & 0x0F, 1 << (head & 3)
            if width == 8:
                raise SignatureError("a packet has no length")
            size, at = int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
        body = data[at : at + size]
        if len(body) != size:
            raise SignatureError("a packet ends too early")
        yield tag, body
        at += size


def _new_length(data: bytes, at: int, *, is_subpacket: bool = False) -> tuple[int, int]:
    """A length in one, two or five bytes, and where what it measures begins."""
    first = data[at] if at < len(data) else 0
    if first < 192:
        return first, at + 1
    if first < (255 if is_subpacket else 224):
        second = data[at + 1] if at + 1 < len(data) else 0
        return ((first - 192) << 8) + second + 192, at + 2
    if first != 255:
        raise SignatureError("a packet is given in parts")
    return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5


def read_signature(body: bytes) -> Signature:
    """Read a signature packet.

    Raises:
        SignatureError: It is malformed.
        UnsupportedSignatureError: It is not of version 4, or must not be read without knowing more.
    """
    if body[:1] != b"\x04":
        raise UnsupportedSignatureError(f"its version is {body[0] if body else 'missing'}, not 4")
    if len(body) < 10:
        raise SignatureError("it ends too early")
    middle = 6 + int.from_bytes(body[4:6], "big")
    end = middle + 2 + int.from_bytes(body[middle : middle + 2], "big")
    if len(body) < end + 2:
        raise SignatureError("it ends too early")
    return Signature(
        kind=body[1],
        algorithm=body[2],
        digest=body[3],
        hashed_head=body[:middle],
        hashed=_subpackets(body[6:middle], signed=True),
        unhashed=_subpackets(body[middle + 2 : end], signed=False),
        left=body[end : end + 2],
        numbers=body[end + 2 :],
    )


def _subpackets(area: bytes, *, signed: bool) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(area):
        size, at = _new_length(area, at, is_subpacket=True)
        body = area[at : at + size]
        if not body or len(body) != size:
            raise SignatureError("a subpacket ends too early")
        kind = body[0] & 0x7F
        if signed and body[0] & 0x80 and kind not in KNOWN:
            raise UnsupportedSignatureError(f"it demands to know of subpacket {kind}")
        found[kind] = body[1:]
        at += size
    return found


def read_key(body: bytes) -> Key:
    """Read the packet of a public key or subkey.

    Raises:
        SignatureError: It is malformed.
        UnsupportedSignatureError: It is not of version 4.
    """
    if body[:1] != b"\x04":
        raise UnsupportedSignatureError("its key is not of version 4")
    if len(body) < 7:
        raise SignatureError("its key ends too early")
    return Key(body)


def integers(data: bytes, count: int) -> list[int]:
    """OpenPGP's multiprecision integers: exactly so many, and nothing after them.

    Raises:
        SignatureError: There are fewer, or more.
    """
    found, at = [], 0
    for _ in range(count):
        size = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
        piece = data[at + 2 : at + 2 + size]
        if len(data) < at + 2 or len(piece) != size:
            raise SignatureError("a number ends too early")
        found.append(int.from_bytes(piece, "big"))
        at += 2 + size
    if at != len(data):
        raise SignatureError("something follows where it should end")
    return found
