"""ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381): an output that only the holder of a key can compute.

For one public key and one `alpha` there is one output, and a proof that it is that one. So labels
made from outputs cannot be listed by those who lack the key, nor chosen by the one who has it.

Invariants: points in other than their one encoding, keys of small order and numbers not below the
group's order are refused. Not constant in time: a process that others can time to the microsecond
must not make proofs for them. `seed` is an Ed25519 private key of 32 bytes (RFC 8032).

https://www.rfc-editor.org/rfc/rfc9381
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from byline.proof import edwards
from byline.proof.edwards import IDENTITY, ORDER, POINT_SIZE, Point
from byline.proof.errors import MalformedError, SignatureError

SEED_SIZE = 32
PROOF_SIZE = 80

_SUITE = b"\x03"
_ENCODE, _CHALLENGE, _OUTPUT, _END = b"\x01", b"\x02", b"\x03", b"\x00"
_CHALLENGE_SIZE = 16
_TRIES = 256
_KEYS_KEPT = 16


def public_key(seed: bytes) -> bytes:
    """Return the 32-byte public key of a 32-byte seed; MalformedError for another length."""
    return _key(seed).public


def output(seed: bytes, alpha: bytes) -> bytes:
    """Return the 64-byte output for `alpha`, without a proof."""
    key = _key(seed)
    return _beta(edwards.multiply(key.scalar, _to_curve(key.public, alpha)))


def prove(seed: bytes, alpha: bytes) -> bytes:
    """Return the 80-byte proof from which `verify` gets the output for `alpha` (section 5.1)."""
    key = _key(seed)
    point = _to_curve(key.public, alpha)
    encoded = edwards.encode(point)
    gamma = edwards.encode(edwards.multiply(key.scalar, point))
    nonce = _number(hashlib.sha512(key.prefix + encoded).digest()) % ORDER
    commitments = (edwards.multiply_base(nonce), edwards.multiply(nonce, point))
    challenge = _challenge(key.public, encoded, gamma, *map(edwards.encode, commitments))
    response = (nonce + challenge * key.scalar) % ORDER
    return gamma + _bytes(challenge, _CHALLENGE_SIZE) + _bytes(response, POINT_SIZE)


def verify(public_key: bytes, alpha: bytes, proof: bytes) -> bytes:
    """Return the 64-byte output for `alpha` that the proof is of (section 5.3).

    Raises MalformedError for a proof, key or point not in its form, and SignatureError for a key of
    small order or a proof that does not hold.
    """
    key = _public_point(public_key)
    if len(proof) != PROOF_SIZE:
        raise MalformedError(f"VRF proof: expected {PROOF_SIZE} bytes, got {len(proof)}")
    gamma = edwards.decode(proof[:POINT_SIZE])
    challenge = _number(proof[POINT_SIZE : POINT_SIZE + _CHALLENGE_SIZE])
    response = _number(proof[POINT_SIZE + _CHALLENGE_SIZE :])
    if response >= ORDER:
        raise MalformedError("VRF proof: expected a response below the order of the group")
    point = _to_curve(public_key, alpha)
    first = _less(edwards.multiply_base(response), challenge, key)
    second = _less(edwards.multiply(response, point), challenge, gamma)
    points = (edwards.encode(point), proof[:POINT_SIZE], edwards.encode(first))
    computed = _challenge(public_key, *points, edwards.encode(second))
    if computed != challenge:
        raise SignatureError(f"VRF proof does not hold for key {public_key.hex()}")
    return _beta(gamma)


@dataclass(frozen=True)
class _Key:
    scalar: int
    prefix: bytes
    public: bytes


@lru_cache(maxsize=_KEYS_KEPT)
def _key(seed: bytes) -> _Key:
    """Return the secret scalar, the prefix of nonces and the public key (RFC 8032 5.1.5)."""
    if len(seed) != SEED_SIZE:
        raise MalformedError(f"VRF seed: expected {SEED_SIZE} bytes, got {len(seed)}")
    digest = hashlib.sha512(seed).digest()
    scalar = _number(digest[:32]) & (1 << 254) - 8 | 1 << 254
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return _Key(scalar, digest[32:], public)


@lru_cache(maxsize=_KEYS_KEPT)
def _public_point(encoded: bytes) -> Point:
    """Return a public key's point, once it is known to be of large order (section 5.4.5)."""
    point = edwards.decode(encoded)
    if edwards.equal(edwards.times_eight(point), IDENTITY):
        raise SignatureError(f"VRF key {encoded.hex()} is of small order")
    return point


def _to_curve(salt: bytes, alpha: bytes) -> Point:
    """Return the point that `alpha` stands for, by trying counters (section 5.4.1.1)."""
    for counter in range(_TRIES):
        text = _SUITE + _ENCODE + salt + alpha + bytes([counter]) + _END
        try:
            point = edwards.decode(hashlib.sha512(text).digest()[:POINT_SIZE])
        except MalformedError:
            continue
        cleared = edwards.times_eight(point)
        if not edwards.equal(cleared, IDENTITY):
            return cleared
    raise SignatureError(f"VRF: none of {_TRIES} counters gives a point, which cannot be")


def _challenge(*points: bytes) -> int:
    """Return the challenge over five encoded points (section 5.4.3)."""
    digest = hashlib.sha512(_SUITE + _CHALLENGE + b"".join(points) + _END).digest()
    return _number(digest[:_CHALLENGE_SIZE])


def _beta(gamma: Point) -> bytes:
    """Return the output that belongs to a proof's point (section 5.2)."""
    encoded = edwards.encode(edwards.times_eight(gamma))
    return hashlib.sha512(_SUITE + _OUTPUT + encoded + _END).digest()


def _less(point: Point, challenge: int, other: Point) -> Point:
    return edwards.add(point, edwards.negative(edwards.multiply(challenge, other)))


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _bytes(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little")
