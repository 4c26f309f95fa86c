"""A simulator of signing people: SSH and OpenPGP keys, their signatures, and signed commits.

Written from the formats' own documents and apart from the code under test, so that one checks the
other. Each signature can be made wrong on purpose.
"""

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.repositories import NOON, Repository

APPLICATION = b"ssh:"
CURVES = {256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1()}
CURVE_OIDS = {256: "2a8648ce3d030107", 384: "2b81040022", 521: "2b81040023"}
SHA2 = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def mpint(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b""
    return string(raw)


def raw_public(key) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def point(key) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True)
class SshKey:
    """A private SSH key; `kind` is the name of its public key's type."""

    kind: str
    private: object

    @property
    def blob(self) -> bytes:
        name = self.kind.encode()
        if "ed25519" in self.kind:
            body = string(raw_public(self.private))
        elif "ecdsa" in self.kind:
            curve = self.kind.split("ecdsa-sha2-")[1].split("@")[0].encode()
            body = string(curve) + string(point(self.private))
        else:
            numbers = self.private.public_key().public_numbers()
            body = mpint(numbers.e) + mpint(numbers.n)
        return string(name) + body + (string(APPLICATION) if self.kind.startswith("sk-") else b"")

    @property
    def line(self) -> str:
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    def _raw(self, message: bytes, rsa_hash: bytes) -> bytes:
        if "ed25519" in self.kind:
            return self.private.sign(message)
        if "ecdsa" in self.kind:
            size = self.private.curve.key_size
            made = self.private.sign(message, ec.ECDSA(SHA2[size]))
            return b"".join(mpint(number) for number in decode_dss_signature(made))
        digest = {b"256": hashes.SHA256(), b"512": hashes.SHA512()}[rsa_hash]
        return self.private.sign(message, padding.PKCS1v15(), digest)

    def sign(
        self,
        payload: bytes,
        *,
        namespace: bytes = b"git",
        digest: bytes = b"sha512",
        claims: bytes | None = None,
        rsa_hash: bytes = b"512",
        tail: bytes = b"",
        inner_tail: bytes = b"",
    ) -> bytes:
        """An armoured signature; `claims` is another public key to name in it."""
        hashed = hashlib.new(digest.decode(), payload).digest()
        message = b"SSHSIG" + b"".join(map(string, (namespace, b"", digest, hashed)))
        form = b"rsa-sha2-" + rsa_hash if self.kind == "ssh-rsa" else self.kind.encode()
        if self.kind.startswith("sk-"):
            seen = b"\x01" + struct.pack(">I", 7)
            both = hashlib.sha256(APPLICATION).digest(), hashlib.sha256(message).digest()
            signature = string(form) + string(self._raw(both[0] + seen + both[1], rsa_hash)) + seen
        else:
            signature = string(form) + string(self._raw(message, rsa_hash))
        parts = (claims or self.blob, namespace, b"", digest, signature + inner_tail)
        whole = b"SSHSIG" + struct.pack(">I", 1) + b"".join(map(string, parts)) + tail
        return armour(b"SSH SIGNATURE", whole)


def armour(what: bytes, data: bytes, *, blank: bool = False) -> bytes:
    """Armour as SSH has it, or with `blank` as OpenPGP does: a blank line, and a checksum."""
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    if blank:
        lines = [b"", *lines, b"=" + base64.b64encode(_crc24(data))]
    begin, end = b"-----BEGIN " + what + b"-----", b"-----END " + what + b"-----"
    return b"\n".join([begin, *lines, end, b""])


def _crc24(data: bytes) -> bytes:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc.to_bytes(3, "big")


def _ed25519(seed: bytes) -> ed25519.Ed25519PrivateKey:
    """A key, always the same one where a seed is given."""
    if seed:
        return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
    return ed25519.Ed25519PrivateKey.generate()


def ssh_key(kind: str = "ssh-ed25519", *, seed: bytes = b"") -> SshKey:
    if "ed25519" in kind:
        return SshKey(kind, _ed25519(seed))
    if "ecdsa" in kind:
        size = int(kind.partition("nistp")[2][:3])
        return SshKey(kind, ec.generate_private_key(CURVES[size]))
    return SshKey(kind, rsa.generate_private_key(65537, 2048))


def _mpi(number: int) -> bytes:
    return struct.pack(">H", number.bit_length()) + number.to_bytes(
        (number.bit_length() + 7) // 8, "big"
    )


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body


def subpacket(kind: int, body: bytes) -> bytes:
    return bytes([len(body) + 1, kind]) + body


def seconds(kind: int, value: int) -> bytes:
    return subpacket(kind, struct.pack(">I", value))


@dataclass(frozen=True)
class PgpKey:
    """A private OpenPGP key or subkey of version 4."""

    algorithm: int  # 1 RSA, 19 ECDSA, 22 EdDSA, 27 Ed25519
    private: object
    created: int = NOON - 1000

    @property
    def body(self) -> bytes:
        head = b"\x04" + struct.pack(">IB", self.created, self.algorithm)
        if self.algorithm == 1:
            numbers = self.private.public_key().public_numbers()
            return head + _mpi(numbers.n) + _mpi(numbers.e)
        if self.algorithm == 27:
            return head + raw_public(self.private)
        if self.algorithm == 22:
            oid = bytes.fromhex("2b06010401da470f01")
            number = int.from_bytes(b"\x40" + raw_public(self.private), "big")
            return head + bytes([len(oid)]) + oid + _mpi(number)
        oid = bytes.fromhex(CURVE_OIDS[self.private.curve.key_size])
        return head + bytes([len(oid)]) + oid + _mpi(int.from_bytes(point(self.private), "big"))

    @property
    def hashed(self) -> bytes:
        return b"\x99" + struct.pack(">H", len(self.body)) + self.body

    @property
    def fingerprint(self) -> str:
        return hashlib.sha1(self.hashed).hexdigest().upper()

    def packet(
        self,
        data: bytes,
        *,
        kind: int = 0,
        digest: int = 8,
        created: int = NOON,
        areas: Sequence[bytes] = (),
        unhashed: bytes = b"",
    ) -> bytes:
        """The body of a signature packet over data; `areas` are more signed subpackets."""
        names = {2: hashes.SHA1(), 8: hashes.SHA256(), 10: hashes.SHA512()}
        issuer = subpacket(33, b"\x04" + bytes.fromhex(self.fingerprint))
        area = b"".join([seconds(2, created), issuer, *areas])
        head = bytes([4, kind, self.algorithm, digest]) + struct.pack(">H", len(area)) + area
        hashing = hashes.Hash(names[digest])
        hashing.update(data + head + b"\x04\xff" + struct.pack(">I", len(head)))
        hashed = hashing.finalize()
        numbers = self._numbers(hashed, names[digest])
        unhashed += subpacket(16, bytes.fromhex(self.fingerprint)[-8:])
        return head + struct.pack(">H", len(unhashed)) + unhashed + hashed[:2] + numbers

    def _numbers(self, hashed: bytes, digest) -> bytes:
        if self.algorithm == 1:
            made = self.private.sign(hashed, padding.PKCS1v15(), Prehashed(digest))
            return _mpi(int.from_bytes(made, "big"))
        if self.algorithm == 19:
            made = self.private.sign(hashed, ec.ECDSA(Prehashed(digest)))
            return b"".join(map(_mpi, decode_dss_signature(made)))
        made = self.private.sign(hashed)
        if self.algorithm == 27:
            return made
        return _mpi(int.from_bytes(made[:32], "big")) + _mpi(int.from_bytes(made[32:], "big"))

    def sign(self, payload: bytes, **how) -> bytes:
        """An armoured, detached signature."""
        return armour(b"PGP SIGNATURE", _packet(2, self.packet(payload, **how)), blank=True)


def pgp_key(
    algorithm: int = 22, *, size: int = 256, created: int = NOON - 1000, seed: bytes = b""
) -> PgpKey:
    if algorithm == 1:
        return PgpKey(1, rsa.generate_private_key(65537, 2048), created)
    if algorithm == 19:
        return PgpKey(19, ec.generate_private_key(CURVES[size]), created)
    return PgpKey(algorithm, _ed25519(seed), created)


@dataclass
class Ring:
    """An exported public key, written part by part."""

    primary: PgpKey
    data: bytes = b""

    def __post_init__(self) -> None:
        self.data = _packet(6, self.primary.body)

    def user_id(self, text: str, *, by: PgpKey | None = None, **how) -> "Ring":
        raw = text.encode()
        named = self.primary.hashed + b"\xb4" + struct.pack(">I", len(raw)) + raw
        kind = how.pop("kind", 0x13)
        self.data += _packet(13, raw)
        self.data += _packet(2, (by or self.primary).packet(named, kind=kind, **how))
        return self

    def bare_user_id(self, text: str) -> "Ring":
        self.data += _packet(13, text.encode())
        return self

    def revoke(self, *, reason: int | None = None, created: int = NOON) -> "Ring":
        """Put a revocation right after the primary key."""
        areas = [] if reason is None else [subpacket(29, bytes([reason]))]
        made = self.primary.packet(self.primary.hashed, kind=0x20, areas=areas, created=created)
        first = len(_packet(6, self.primary.body))
        self.data = self.data[:first] + _packet(2, made) + self.data[first:]
        return self

    def subkey(self, key: PgpKey, *, flags: int = 2, agrees: bool = True, areas=()) -> "Ring":
        both = self.primary.hashed + key.hashed
        more = [subpacket(27, bytes([flags])), *areas]
        embedded = b""
        if agrees:
            back = key.packet(both, kind=0x19)
            embedded = bytes([0xFF]) + struct.pack(">I", len(back) + 1) + b"\x20" + back
        bound = self.primary.packet(both, kind=0x18, areas=more, unhashed=embedded)
        self.data += _packet(14, key.body) + _packet(2, bound)
        return self

    def export(self) -> bytes:
        return armour(b"PGP PUBLIC KEY BLOCK", self.data, blank=True)


def commit_payload(
    tree: str,
    *,
    parents: Sequence[str] = (),
    author: tuple[str, str] = ("Alice", "alice@corp.example"),
    time: int = NOON,
    message: bytes = b"change\n",
) -> bytes:
    """The bytes of a commit before it is signed."""
    who = f"{author[0]} <{author[1]}> {time} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    head = "\n".join([*lines, f"author {who}", f"committer {who}"]).encode()
    return head + b"\n\n" + message


def with_signature(payload: bytes, *signatures: bytes, header: bytes = b"gpgsig") -> bytes:
    """A commit object that carries signatures, as git writes them."""
    head, blank, message = payload.partition(b"\n\n")
    for one in signatures:
        head += b"\n" + header + b" " + one.rstrip(b"\n").replace(b"\n", b"\n ")
    return head + blank + message


def write_commit(made: Repository, content: bytes) -> str:
    """Let git write a commit object, byte for byte."""
    written = made.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=content)
    return written.decode().strip()
