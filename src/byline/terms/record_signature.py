"""Signing records and receipts, so that whoever holds one can check it offline.

The form is a W3C Data Integrity proof of the suite ``eddsa-jcs-2022`` (Data Integrity EdDSA
Cryptosuites v1.0, https://www.w3.org/TR/vc-di-eddsa/, section 3.3): Ed25519 over the SHA-256 of the
proof's options and of the document, both in the canonical JSON of RFC 8785. The key is that of the
workspace's log, as a ``did:key``; any implementation of the suite can check it.

Invariants: a document is never signed twice over; what was signed is exactly the document without
its proof; checking reads nothing but the document and the keys given.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from byline.errors import InputError, IntegrityError
from byline.proof.note import Signer, Verifier

SUITE: Final = "eddsa-jcs-2022"
SIGNATURE_BYTES: Final = 64
MAX_DOCUMENT_BYTES: Final = 64 << 20
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC: Final = b"\xed\x01"  # multicodec ed25519-pub


def signed(document: Mapping[str, Any], *, signer: Signer, created: str) -> dict[str, Any]:
    """The document with a proof by the signer's key.

    Args:
        document: JSON-LD without a ``proof``.
        signer: Whose key.
        created: The time of signing, as ``2026-11-24T09:30:00Z``.

    Raises:
        IntegrityError: There is a proof in it already, or it has no canonical JSON.
    """
    if "proof" in document:
        raise IntegrityError("the document is signed already", advice="sign it without its proof")
    method = key_name(signer.verifier.public_key)
    context = {"@context": document["@context"]} if "@context" in document else {}
    options = {
        **context,
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": f"{method}#{method.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    private = Ed25519PrivateKey.from_private_bytes(signer.seed)
    signature = private.sign(_hashed(options, document))
    return {**document, "proof": {**options, "proofValue": f"z{_base58(signature)}"}}


def check_signed(document: object, *, verifiers: Sequence[Verifier]) -> Verifier:
    """The known key that signed a document.

    Raises:
        IntegrityError: It carries no proof of this suite, the key is none of those known, or the
            proof does not hold for what stands in the document.
    """
    proof = document.get("proof") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(proof, Mapping):
        raise IntegrityError("the document is not signed", advice="ask for one with its proof")
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        raise IntegrityError(f"its proof is not of the suite {SUITE}")
    name = str(proof.get("verificationMethod", "")).partition("#")[0]
    known = {key_name(one.public_key): one for one in verifiers}
    if name not in known:
        raise IntegrityError(
            f"it is signed by {name or 'nobody'}, which is none of the known keys",
            advice="name the public key with --key: the log's file byline-log.vkey",
        )
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    content = {key: value for key, value in document.items() if key != "proof"}
    if options.get("@context") != content.get("@context"):
        raise IntegrityError("its proof was made for a document of another @context")
    try:
        signature = _unbase58(str(proof.get("proofValue", "")))
        key = Ed25519PublicKey.from_public_bytes(known[name].public_key)
        key.verify(signature, _hashed(options, content))
    except (InvalidSignature, ValueError) as error:
        raise IntegrityError(
            "the signature does not hold: the document was changed after it was signed"
        ) from error
    return known[name]


def read_document(path: Path) -> dict[str, Any]:
    """A record or receipt from a file, unchecked.

    Raises:
        InputError: It cannot be read, is too large, is no JSON object, or names a key twice, of
            which another reader could take the other one.
    """
    try:
        with path.open("rb") as source:
            data = source.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InputError(f"{path}: larger than any record")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no record: {error}") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: no record: it is no JSON object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def key_name(public_key: bytes) -> str:
    """A public key as a ``did:key`` (https://w3c-ccg.github.io/did-key-spec/)."""
    return f"did:key:z{_base58(_ED25519_PUBLIC + public_key)}"


def _hashed(options: Mapping[str, Any], document: Mapping[str, Any]) -> bytes:
    try:
        parts = [rfc8785.dumps(dict(options)), rfc8785.dumps(dict(document))]
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise IntegrityError(f"the document has no canonical JSON: {error}") from error
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def _base58(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _ALPHABET[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def _unbase58(text: str) -> bytes:
    """The 64 bytes of a signature in multibase; ValueError if it is none."""
    digits = text.removeprefix("z")
    if not text.startswith("z") or not 64 <= len(digits) <= 88:
        raise ValueError("not a signature in base58")
    number = 0
    for digit in digits:
        number = number * 58 + _ALPHABET.index(digit)
    if number >= 1 << (8 * SIGNATURE_BYTES):
        raise ValueError("not a signature of 64 bytes")
    return number.to_bytes(SIGNATURE_BYTES, "big")
