"""Cosignatures: a witness's dated word that a log only grew (https://c2sp.org/tlog-cosignature).

A cosignature is a signature line of a checkpoint. Two algorithms: Ed25519 over the text with its
time before it (type 4), and ML-DSA-44 over a structure with the cosigner's name in it (type 6).
Invariants: nothing is taken from a line before its signature is verified; lines by unknown keys are
ignored, a false one by a known key spoils the note; a key of a log is none of a witness.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from byline.proof.checkpoint import parse_checkpoint
from byline.proof.errors import MalformedError, SignatureError
from byline.proof.note import (
    Signature,
    Verifier,
    check_name,
    join_skey,
    join_vkey,
    key_id,
    parse_signatures,
    refuse_small_order,
    split_skey,
    split_vkey,
)

ED25519 = b"\x04"
ML_DSA_44 = b"\x06"
SEED_SIZE = 32
MAX_TIME = 2**63 - 1
MAX_STRUCTURE_NAME = 255  # opaque<1..2^8-1>
_KEY_SIZES = {ED25519: 32, ML_DSA_44: 1312}
_SIGNATURE_SIZES = {ED25519: 64, ML_DSA_44: 2420}
_TIME = struct.Struct(">Q")


@dataclass(frozen=True)
class Cosigner:
    """The public key of a witness: the name it cosigns under, its bytes, and its algorithm."""

    name: str
    public_key: bytes
    algorithm: bytes = ED25519

    def __post_init__(self) -> None:
        """Refuse a name or key that the formats cannot carry."""
        check_name(self.name)
        if self.algorithm not in _KEY_SIZES:
            raise MalformedError(
                f"expected a cosigner's key of type 4 or 6, got type 0x{self.algorithm.hex()}",
                advice="a witness's vkey is what `byline witness key` printed, not that of a log",
            )
        if len(self.public_key) != _KEY_SIZES[self.algorithm]:
            raise MalformedError(
                f"expected a public key of {_KEY_SIZES[self.algorithm]} bytes, "
                f"got {len(self.public_key)}"
            )
        if self.algorithm == ED25519:
            refuse_small_order(self.public_key)

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that, with the name, say which key signed."""
        return key_id(self.name, self.algorithm, self.public_key)

    @property
    def vkey(self) -> str:
        """The key as one line of text: `name+hash+base64`."""
        return join_vkey(self.name, self.key_id, self.algorithm, self.public_key)


@dataclass(frozen=True)
class CosigningKey:
    """The private key of a witness: name, 32-byte seed, which is never shown, and algorithm."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: bytes = ED25519

    def __post_init__(self) -> None:
        """Refuse a name, algorithm or seed that the formats cannot carry."""
        check_name(self.name)
        if self.algorithm not in _KEY_SIZES:
            raise MalformedError(f"expected a key of type 4 or 6, got 0x{self.algorithm.hex()}")
        if len(self.seed) != SEED_SIZE:
            raise MalformedError(f"expected a private key of 32 bytes, got {len(self.seed)}")

    @property
    def cosigner(self) -> Cosigner:
        """The public half."""
        public = _private_key(self).public_key().public_bytes_raw()
        return Cosigner(self.name, public, self.algorithm)

    @property
    def skey(self) -> str:
        """The private key as one line of text. Keep it secret."""
        return join_skey(self.name, self.cosigner.key_id, self.algorithm, self.seed)


@dataclass(frozen=True)
class Cosignature:
    """A verified cosignature: whose, and when it was made, in seconds since 1970."""

    cosigner: Cosigner
    time: int


def generate_cosigning_key(name: str, *, algorithm: bytes = ED25519) -> CosigningKey:
    """Make a new key from the operating system's randomness."""
    if algorithm == ML_DSA_44:
        return CosigningKey(name, MLDSA44PrivateKey.generate().private_bytes_raw(), algorithm)
    return CosigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw(), algorithm)


def parse_cosigner(vkey: str) -> Cosigner:
    """Read a witness's `name+hash+base64`; MalformedError if it is another key or hash."""
    name, identity, algorithm, key = split_vkey(vkey)
    cosigner = Cosigner(name, key, algorithm)
    if cosigner.key_id != identity:
        raise MalformedError(f"expected key hash {cosigner.key_id.hex()}, got {identity.hex()}")
    return cosigner


def parse_cosigning_key(skey: str) -> CosigningKey:
    """Read a witness's private key; messages never contain it."""
    name, identity, algorithm, seed = split_skey(skey)
    key = CosigningKey(name, seed, algorithm)
    if key.cosigner.key_id != identity:
        raise MalformedError(f"private key {name!r}: its hash does not match its key")
    return key


def cosign(note: bytes, key: CosigningKey, time: int) -> bytes:
    """Return one signature line over the checkpoint in `note`, whose signatures are not checked.

    `time` is in seconds since 1970, from 1: a witness states when it saw the log so large.
    """
    if not 0 < time <= MAX_TIME:
        raise MalformedError(f"expected a time from 1 to below 2**63, got {time}")
    text, _ = parse_signatures(note)
    cosigner = key.cosigner
    signature = _private_key(key).sign(_message(cosigner, text=text, time=time))
    return Signature(key.name, cosigner.key_id, _TIME.pack(time) + signature).line.encode()


def verify_cosignatures(note: bytes, cosigners: Sequence[Cosigner]) -> tuple[Cosignature, ...]:
    """Return the cosignatures of known witnesses in a checkpoint, the latest one of each.

    Raises MalformedError if it is no checkpoint, and SignatureError if a cosignature by one of the
    known keys is false, such as one that was made over another size or root.
    """
    known = _by_identity(cosigners)
    text, signatures = parse_signatures(note)
    parse_checkpoint(text)
    latest: dict[Cosigner, int] = {}
    for line in signatures:
        cosigner = known.get((line.name, line.key_id))
        if cosigner is not None:
            time = _verify(cosigner, text=text, line=line)
            latest[cosigner] = max(time, latest.get(cosigner, 0))
    return tuple(Cosignature(cosigner, time) for cosigner, time in latest.items())


def add_cosignatures(note: bytes, *others: bytes, cosigners: Sequence[Cosigner]) -> bytes:
    """Return the note with what known witnesses signed in `others`, the latest line of each.

    Each of `others` is a note of the same text, or signature lines alone. Lines by unknown keys
    stay where they are in `note` and are not taken from `others`.
    """
    known = _by_identity(cosigners)
    text, lines = parse_signatures(note)
    latest: dict[tuple[str, bytes], tuple[int, Signature]] = {}
    kept = []
    for line in lines:
        if (line.name, line.key_id) not in known and line not in kept:
            kept.append(line)
    for source in (note, *(_as_note(text, other) for other in others)):
        for line in parse_signatures(source)[1]:
            identity = (line.name, line.key_id)
            if identity in known:
                time = _verify(known[identity], text=text, line=line)
                if identity not in latest or time > latest[identity][0]:
                    latest[identity] = (time, line)
    return _join(text, [*kept, *(line for _, line in latest.values())])


def signature_lines(note: bytes, keys: Iterable[Verifier | Cosigner]) -> bytes:
    """Return the signature lines in a note by these names and key ids, unverified, in order."""
    known = {(key.name, key.key_id) for key in keys}
    _, lines = parse_signatures(note)
    return "".join(one.line for one in lines if (one.name, one.key_id) in known).encode()


def _private_key(key: CosigningKey) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    if key.algorithm == ED25519:
        return Ed25519PrivateKey.from_private_bytes(key.seed)
    return MLDSA44PrivateKey.from_seed_bytes(key.seed)


def _by_identity(cosigners: Sequence[Cosigner]) -> dict[tuple[str, bytes], Cosigner]:
    known = {(cosigner.name, cosigner.key_id): cosigner for cosigner in cosigners}
    if len(known) != len(set(cosigners)):
        raise SignatureError("two of the known witnesses' keys share a name and a hash")
    return known


def _as_note(text: str, other: bytes) -> bytes:
    if other.startswith("— ".encode()):
        return f"{text}\n".encode() + other
    if parse_signatures(other)[0] != text:
        raise SignatureError("expected a cosignature of this checkpoint, got one of another")
    return other


def _join(text: str, lines: Sequence[Signature]) -> bytes:
    note = f"{text}\n{''.join(one.line for one in lines)}".encode()
    parse_signatures(note)
    return note


def _verify(cosigner: Cosigner, *, text: str, line: Signature) -> int:
    """Return the time in a cosignature once it is verified."""
    false = f"the cosignature by {cosigner.name} does not verify over this checkpoint"
    stamped = line.signature
    if len(stamped) != _TIME.size + _SIGNATURE_SIZES[cosigner.algorithm]:
        raise SignatureError(f"{false}: it has {len(stamped)} bytes")
    [time] = _TIME.unpack_from(stamped)
    if not 0 < time <= MAX_TIME:
        raise SignatureError(f"{false}: it states no time")
    message, signature = _message(cosigner, text=text, time=time), stamped[_TIME.size :]
    try:
        if cosigner.algorithm == ED25519:
            Ed25519PublicKey.from_public_bytes(cosigner.public_key).verify(signature, message)
        else:
            MLDSA44PublicKey.from_public_bytes(cosigner.public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(false) from error
    except UnsupportedAlgorithm as error:
        raise SignatureError(
            f"the cosignature by {cosigner.name} is of an algorithm that is not built in here",
            advice="install cryptography 50 or newer as its makers publish it",
        ) from error
    return int(time)


def _message(cosigner: Cosigner, *, text: str, time: int) -> bytes:
    """What a cosigner signs of a checkpoint's text."""
    checkpoint = parse_checkpoint(text)
    if cosigner.algorithm == ED25519:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    name, origin = cosigner.name.encode(), checkpoint.origin.encode()
    if len(origin) > MAX_STRUCTURE_NAME:
        raise MalformedError(f"expected an origin of at most 255 bytes, got {len(origin)}")
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(name)]) + name,
            _TIME.pack(time),
            bytes([len(origin)]) + origin,
            _TIME.pack(0),  # start: the whole tree
            _TIME.pack(checkpoint.size),
            checkpoint.root,
        )
    )
