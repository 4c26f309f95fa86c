"""A person's own key, and requests signed with it, for whoever has no account any more.

The key is made while somebody is employed; they alone hold its private part, as a file or as a
recovery code on paper. A request is a JSON object that says what is asked and carries the public
key and an Ed25519 signature over `DOMAIN` and the request's canonical JSON. Invariants: the private
part is never in a message, a request or a log; a signature made for anything else is none here.
Whether the key is the person's, and the request fresh, is for the organisation to check
(`byline.terms.requests`).
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from byline.proof.canonical import canonical_json, sha256_hex
from byline.proof.errors import KeyFileError, MalformedError, SignatureError
from byline.proof.keys import create_file, read_private

DOMAIN = b"byline personal request 1\n"
MAX_REQUEST_BYTES = 16_384
KEY_FORM = "byline/personal-key/1"
REQUEST_FORM = "byline/signed-request/1"
SEED_SIZE = 32
_CHECK_SIZE = 3  # with the seed 35 bytes, which is 56 signs: 14 words of 4
_WORD = 4


@dataclass(frozen=True)
class PersonalKey:
    """A private key with whose it is; the seed is never shown."""

    person: str
    organisation: str
    seed: bytes = field(repr=False)

    @property
    def public_key(self) -> str:
        """The public half, as 64 hexadecimal digits."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return private.public_key().public_bytes_raw().hex()


@dataclass(frozen=True)
class SignedRequest:
    """A request whose signature holds; whose the key is, is not known yet."""

    content: Mapping[str, Any]
    public_key: str
    sha256: str


def generate_personal_key(person: str, *, organisation: str) -> PersonalKey:
    """Make a key from the operating system's randomness."""
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    return PersonalKey(person, organisation, seed)


def save_personal_key(path: Path, key: PersonalKey) -> None:
    """Write a key to a new file with mode 0600; KeyFileError if anything is there already."""
    value = {
        "form": KEY_FORM,
        "person": key.person,
        "organisation": key.organisation,
        "recovery_code": recovery_code(key.seed),
    }
    create_file(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n", mode=0o600)


def load_personal_key(path: Path) -> PersonalKey:
    """Read a key; KeyFileError if it is missing, readable by others, or no personal key."""
    try:
        return _personal_key(_object(read_private(path).encode()))
    except MalformedError as error:
        raise KeyFileError(f"{path}: expected a personal key: {error}") from error


def _personal_key(value: Mapping[str, Any]) -> PersonalKey:
    _expect_keys(value, ("form", "person", "organisation", "recovery_code"))
    if value["form"] != KEY_FORM or not all(isinstance(one, str) for one in value.values()):
        raise MalformedError(f"expected text under every key, and the form {KEY_FORM!r}")
    seed = seed_of_code(value["recovery_code"])
    return PersonalKey(value["person"], value["organisation"], seed)


def recovery_code(seed: bytes) -> str:
    """The seed as 14 words of 4 signs (RFC 4648 base32) with a check sum, for paper."""
    check = bytes.fromhex(sha256_hex(KEY_FORM.encode() + seed))[:_CHECK_SIZE]
    text = base64.b32encode(seed + check).decode("ascii")
    return "-".join(text[at : at + _WORD] for at in range(0, len(text), _WORD))


def seed_of_code(code: str) -> bytes:
    """The seed that a recovery code stands for, however its words are spaced or cased.

    Raises MalformedError if a sign is wrong or missing; the message does not repeat the code.
    """
    signs = "".join(sign for sign in code if sign not in "- \t\r\n").upper()
    # Base32 has no 0, 1 and 8; on paper they are taken for the letters that they look like.
    signs = signs.translate(str.maketrans("018", "OIB"))
    try:
        data = base64.b32decode(signs.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedError("recovery code: expected 56 letters and digits 2 to 7") from error
    seed = data[:SEED_SIZE]
    if len(data) != SEED_SIZE + _CHECK_SIZE or recovery_code(seed).replace("-", "") != signs:
        raise MalformedError("recovery code: a sign is wrong or missing; its check sum is not met")
    return seed


def sign_request(content: Mapping[str, Any], key: PersonalKey) -> bytes:
    """The request as a file: what is asked, the public key, and the signature over both."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    signature = private.sign(_signed_bytes(content, key.public_key))
    value = {
        "form": REQUEST_FORM,
        "request": dict(content),
        "public_key": key.public_key,
        "signature": signature.hex(),
    }
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def open_request(data: bytes) -> SignedRequest:
    """Read a request and check its signature against the key that it names.

    Raises MalformedError if it is not one, and SignatureError if the signature does not hold.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise MalformedError(f"expected at most {MAX_REQUEST_BYTES} bytes, got {len(data)}")
    value = _object(data)
    _expect_keys(value, ("form", "request", "public_key", "signature"))
    if value["form"] != REQUEST_FORM:
        raise MalformedError(f"expected the form {REQUEST_FORM!r}, got {str(value['form'])[:60]!r}")
    content = value["request"]
    if not isinstance(content, dict):
        raise MalformedError("expected an object as `request`")
    public, signature = _hex(value, "public_key", 32), _hex(value, "signature", 64)
    signed = _signed_bytes(content, public.hex())
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("the request's signature does not hold for the key in it") from error
    return SignedRequest(content, public.hex(), sha256_hex(signed))


def _signed_bytes(content: Mapping[str, Any], public_key: str) -> bytes:
    return DOMAIN + canonical_json({"public_key": public_key, "request": dict(content)})


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"expected JSON: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise MalformedError("expected a JSON object")
    return value


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _expect_keys(value: Mapping[str, Any], keys: Sequence[str]) -> None:
    if set(value) != set(keys):
        raise MalformedError(f"expected the keys {', '.join(keys)} and no others")


def _hex(value: Mapping[str, Any], key: str, size: int) -> bytes:
    text = value[key]
    if not isinstance(text, str) or len(text) != 2 * size or text != text.lower():
        raise MalformedError(f"expected {2 * size} hexadecimal digits as `{key}`")
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise MalformedError(f"expected hexadecimal digits as `{key}`") from error
