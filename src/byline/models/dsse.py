"""DSSE envelopes of in-toto statements, signed with an Ed25519 key of the log.

https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md and
https://in-toto.io/Statement/v1. Invariants: nothing of a statement is read before a known key is
seen to have signed it; a field that nothing vouches for is refused, so that no bit of an envelope
can change unnoticed.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from byline.errors import IntegrityError
from byline.proof.canonical import canonical_json
from byline.proof.note import Signer, Verifier, encode_base64

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
FIELDS: Final = frozenset({"payload", "payloadType", "signatures"})
MAX_ENVELOPE_BYTES: Final = 16_000_000
MAX_SIGNATURES: Final = 64


def sign_statement(statement: Mapping[str, Any], *, signer: Signer) -> bytes:
    """The envelope of a statement: canonical JSON, signed with an Ed25519 key of the log."""
    payload = canonical_json(dict(statement))
    private = Ed25519PrivateKey.from_private_bytes(signer.seed)
    signature = private.sign(pre_authentication(payload))
    envelope = envelope_of(payload, signature, keyid=key_id(signer.verifier))
    return canonical_json(envelope) + b"\n"


def envelope_of(payload: bytes, signature: bytes, *, keyid: str) -> dict[str, Any]:
    """The envelope of a payload of in-toto's type with its one signature."""
    return {
        "payload": encode_base64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": keyid, "sig": encode_base64(signature)}],
    }


def open_statement(
    data: bytes, *, verifiers: Sequence[Verifier]
) -> tuple[dict[str, Any], Verifier]:
    """The statement in an envelope and the known key that signed it.

    Raises:
        IntegrityError: It is no such envelope, or no known key signed it.
    """
    payload, signatures = read_envelope(data)
    message = pre_authentication(payload)
    signer = next(
        (
            key
            for key in verifiers
            for name, one in signatures
            if name in {"", key_id(key)} and _signed(key, one, message)
        ),
        None,
    )
    if signer is None:
        raise IntegrityError("the attestation has no signature by a known key over what it says")
    return read_statement(payload), signer


def read_envelope(data: bytes) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Payload, and signatures by key id, of a DSSE envelope of an in-toto statement; not verified.

    Fields that the envelope's form does not have are refused, for nothing vouches for them.

    Raises:
        IntegrityError: It is no such envelope.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise IntegrityError(f"an envelope of {len(data):,} bytes is not read")
    try:
        envelope = json.loads(data, object_pairs_hook=each_once)
        kind = envelope["payloadType"]
        payload = _decoded(envelope["payload"])
        signatures = tuple(
            (str(one.pop("keyid", "")), _decoded(one.pop("sig"))) for one in envelope["signatures"]
        )
        strange = set(envelope) - FIELDS or any(envelope["signatures"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"no envelope of an in-toto statement: {error}") from error
    if strange or len(signatures) > MAX_SIGNATURES:
        raise IntegrityError("an envelope with other fields, or very many signatures, is not read")
    if kind != PAYLOAD_TYPE:
        raise IntegrityError(f"an envelope of {str(kind)[:60]!r} is no in-toto statement's")
    return payload, signatures


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; ValueError where a field stands twice: readers take one or the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands there twice")
    return found


def read_statement(payload: bytes) -> dict[str, Any]:
    """An in-toto statement; verify the envelope first.

    Raises:
        IntegrityError: It is none.
    """
    try:
        statement = dict(json.loads(payload))
    except (TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"no in-toto statement: {error}") from error
    if statement.get("_type") != STATEMENT:
        raise IntegrityError(f"{str(statement.get('_type'))[:60]!r} is no in-toto statement v1")
    return statement


def pre_authentication(payload: bytes) -> bytes:
    """DSSE's PAE: what is signed of a payload of in-toto's type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(verifier: Verifier) -> str:
    """How an envelope names a key of the log: name and hash, as its note signatures do."""
    return f"{verifier.name}+{verifier.key_id.hex()}"


def _decoded(text: str) -> bytes:
    """Bytes of their one base64 form; ValueError for another."""
    data = base64.b64decode(text, validate=True)
    if encode_base64(data) != text:
        raise ValueError("base64 of another form")
    return data


def _signed(key: Verifier, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
