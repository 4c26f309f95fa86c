"""OpenPGP signatures, verified natively: version 4, over binary or text documents.

Formats: RFC 4880 and RFC 9580. Supported keys: RSA of 2048 bits and more, ECDSA on the NIST curves,
and Ed25519 in its older (algorithm 22) and newer (27) form. Version 3 and 6 signatures, DSA and
signatures made with SHA-1 or MD5 are not verified. No maintained library with a permissive licence
does this: PGPy had its last release in 2022, and pysequoia contains Sequoia, which is LGPL.

Invariant: whatever the bytes, the answer is a value, a `SignatureError`, or nothing else.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from byline.people.openpgp_packets import (
    BEGIN,
    END,
    SIGNATURE,
    Key,
    Signature,
    armoured,
    integers,
    packets,
    read_signature,
)
from byline.people.signature_errors import SignatureError, UnsupportedSignatureError

BINARY, TEXT = 0x00, 0x01
RSA, RSA_SIGN, ECDSA, EDDSA, ED25519 = 1, 3, 19, 22, 27
SHA1 = 2
HASHES: Mapping[int, hashes.HashAlgorithm] = {
    SHA1: hashes.SHA1(),  # noqa: S303 - of self-signatures alone: see `digest_of`
    8: hashes.SHA256(), 9: hashes.SHA384(), 10: hashes.SHA512(), 11: hashes.SHA224(),
    12: hashes.SHA3_256(), 14: hashes.SHA3_512(),
}  # fmt: skip
CURVES: Mapping[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
ED25519_CURVE = bytes.fromhex("2b06010401da470f01")
MIN_RSA_BITS = 2048


def read_openpgp_signature(armour: bytes) -> Signature:
    """Read an armoured, detached signature of a document.

    Raises:
        SignatureError: It is malformed, or there are several.
        UnsupportedSignatureError: It is of another version.
    """
    text = armour.strip()
    whats = [
        what for what in (b"SIGNATURE", b"MESSAGE")
        if text.startswith(BEGIN % what) and text.endswith(END % what)
    ]  # fmt: skip
    if not whats:
        raise SignatureError("it is not an armoured OpenPGP signature")
    blocks = armoured(text, whats[0])
    if len(blocks) != 1 or text.count(b"-----BEGIN ") != 1:
        raise SignatureError("it has several armoured blocks")
    found = list(packets(blocks[0]))
    if [tag for tag, _ in found] != [SIGNATURE]:
        raise SignatureError("it is not one signature and nothing else")
    signature = read_signature(found[0][1])
    if signature.kind not in (BINARY, TEXT):
        raise SignatureError("it is not of a document")
    return signature


def verify_openpgp(key: Key, signature: Signature, data: bytes, *, self_made: bool = False) -> None:
    """Verify a signature over data by a key.

    Args:
        key: The public key.
        signature: The signature.
        data: What it is over: a document, or the hashed form of keys and user ids.
        self_made: Whether it is a key's word on itself: those may have been made with SHA-1.

    Raises:
        SignatureError: It does not verify.
        UnsupportedSignatureError: Its key, hash or type is none that is checked here.
    """
    digest = digest_of(signature, data, self_made=self_made)
    if RSA_SIGN in (key.algorithm, signature.algorithm):
        same = {key.algorithm, signature.algorithm} <= {RSA, RSA_SIGN}
    else:
        same = key.algorithm == signature.algorithm
    if not same:
        raise SignatureError("its algorithm is not its key's")
    try:
        _check(key.body, signature, digest)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("it does not verify") from error


def digest_of(signature: Signature, data: bytes, *, self_made: bool = False) -> bytes:
    """The digest that a signature over data is made of.

    Raises:
        UnsupportedSignatureError: Its hash is unknown, or too weak to prove anything.
    """
    if signature.digest not in HASHES or (signature.digest == SHA1 and not self_made):
        raise UnsupportedSignatureError(f"its hash (number {signature.digest}) proves nothing")
    if signature.kind == TEXT:
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    hashing = hashes.Hash(HASHES[signature.digest])
    for part in (data, signature.hashed_head, b"\x04\xff"):
        hashing.update(part)
    hashing.update(struct.pack(">I", len(signature.hashed_head)))
    digest = hashing.finalize()
    if digest[:2] != signature.left:
        raise SignatureError("it does not verify")
    return digest


def _check(body: bytes, signature: Signature, digest: bytes) -> None:
    public = _public_key(body)
    hashing = HASHES[signature.digest]
    if isinstance(public, rsa.RSAPublicKey):
        [number] = integers(signature.numbers, 1)
        width = (public.key_size + 7) // 8
        if number.bit_length() > 8 * width:
            raise SignatureError("it does not verify")
        public.verify(number.to_bytes(width, "big"), digest, padding.PKCS1v15(), Prehashed(hashing))
    elif isinstance(public, ec.EllipticCurvePublicKey):
        pair = integers(signature.numbers, 2)
        public.verify(encode_dss_signature(*pair), digest, ec.ECDSA(Prehashed(hashing)))
    elif signature.algorithm == ED25519:
        public.verify(signature.numbers, digest)
    else:
        pair = integers(signature.numbers, 2)
        if any(number.bit_length() > 256 for number in pair):
            raise SignatureError("it does not verify")
        public.verify(b"".join(number.to_bytes(32, "big") for number in pair), digest)


def is_checked(key: Key) -> bool:
    """Whether signatures of a key can be verified here at all."""
    try:
        _public_key(key.body)
    except SignatureError:
        return False
    return True


PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@lru_cache(maxsize=4096)
def _public_key(body: bytes) -> PublicKey:
    algorithm, material = body[5], body[6:]
    try:
        if algorithm in (RSA, RSA_SIGN):
            modulus, exponent = integers(material, 2)
            if modulus.bit_length() < MIN_RSA_BITS:
                raise UnsupportedSignatureError(f"its RSA key has only {modulus.bit_length()} bits")
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if algorithm in (ECDSA, EDDSA):
            return _curve_key(algorithm, material)
        if algorithm == ED25519:
            return ed25519.Ed25519PublicKey.from_public_bytes(material)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("its key is malformed") from error
    raise UnsupportedSignatureError(f"its key's algorithm (number {algorithm}) is not checked")


def _curve_key(algorithm: int, material: bytes) -> PublicKey:
    name = material[1 : 1 + material[0]]
    [number] = integers(material[1 + material[0] :], 1)
    point = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if algorithm == EDDSA and name == ED25519_CURVE and point[:1] == b"\x40":
        return ed25519.Ed25519PublicKey.from_public_bytes(point[1:])
    if algorithm == ECDSA and name in CURVES:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name], point)
    raise UnsupportedSignatureError("its key's curve is not checked")
