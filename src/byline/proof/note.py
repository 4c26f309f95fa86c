"""Signed notes: a text with Ed25519 signature lines (https://c2sp.org/signed-note@v1.0.0).

Invariants: parsing is strict (valid UTF-8, no control characters but newline, canonical base64,
sizes limited); the text of a note is handed out only by `verify_note`, and only when at least one
known key signed it and no known key's signature is false. Unknown signatures are ignored.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from byline.proof.errors import MalformedError, SignatureError

MAX_NOTE_BYTES = 1_000_000  # golang.org/x/mod/sumdb/note
MAX_SIGNATURES = 100  # golang.org/x/mod/sumdb/note
MAX_NAME_BYTES = 255
ED25519 = b"\x01"
COSIGNATURE_ALGORITHMS = frozenset({b"\x04", b"\x06"})  # https://c2sp.org/tlog-cosignature
KEY_SIZE = 32
KEY_ID_SIZE = 4
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_PRIVATE = "PRIVATE+KEY+"
_FIELD = 2**255 - 19
_OF_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# The y of every point whose order divides eight, in each of its spellings: a signature by such a
# key is one that anybody can make, for any text (Chalkias and others, https://eprint.iacr.org/2020/1244).
_SMALL_ORDER = frozenset(
    y.to_bytes(32, "little")
    for y in (0, 1, _OF_ORDER_EIGHT, _FIELD - _OF_ORDER_EIGHT, _FIELD - 1, _FIELD, _FIELD + 1)
)


@dataclass(frozen=True)
class Verifier:
    """A known public key: the name it signs under and its 32 bytes."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name or key that the formats cannot carry."""
        check_name(self.name)
        if len(self.public_key) != KEY_SIZE:
            raise MalformedError(f"expected a public key of 32 bytes, got {len(self.public_key)}")
        refuse_small_order(self.public_key)

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that, with the name, say which key signed."""
        return key_id(self.name, ED25519, self.public_key)

    @property
    def vkey(self) -> str:
        """The key as one line of text: `name+hash+base64`."""
        return join_vkey(self.name, self.key_id, ED25519, self.public_key)


@dataclass(frozen=True)
class Signer:
    """A private key: the name it signs under and its 32-byte seed, which is never shown."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a name or seed that the formats cannot carry."""
        check_name(self.name)
        if len(self.seed) != KEY_SIZE:
            raise MalformedError(f"expected a private key of 32 bytes, got {len(self.seed)}")

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return Verifier(self.name, private.public_key().public_bytes_raw())

    @property
    def skey(self) -> str:
        """The private key as one line of text, as Go's `note` package writes it. Keep it secret."""
        return join_skey(self.name, self.verifier.key_id, ED25519, self.seed)


@dataclass(frozen=True)
class Signature:
    """One signature line, unverified: key name, 4-byte key id, signature bytes."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as a note has it."""
        return f"— {self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class VerifiedNote:
    """A text (ending in a newline) and the keys that are proved to have signed it."""

    text: str
    signers: tuple[Verifier, ...]


def generate_signer(name: str) -> Signer:
    """Make a new key pair from the operating system's randomness."""
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_vkey(vkey: str) -> Verifier:
    """Read `name+hash+base64`; MalformedError if it is not an Ed25519 key with its own hash."""
    name, identity, algorithm, key = split_vkey(vkey)
    _expect_ed25519(algorithm, key)
    verifier = Verifier(name, key)
    if verifier.key_id != identity:
        raise MalformedError(f"expected key hash {verifier.key_id.hex()}, got {identity.hex()}")
    return verifier


def parse_skey(skey: str) -> Signer:
    """Read `PRIVATE+KEY+name+hash+base64`; messages never contain the key."""
    name, identity, algorithm, seed = split_skey(skey)
    _expect_ed25519(algorithm, seed)
    signer = Signer(name, seed)
    if signer.verifier.key_id != identity:
        raise MalformedError(f"private key {name!r}: its hash does not match its key")
    return signer


def split_vkey(vkey: str) -> tuple[str, bytes, bytes, bytes]:
    """Return a vkey's name, key id, byte of the algorithm, and public key, none of them checked."""
    parts = vkey.split("+", 2)
    if len(parts) != len(("name", "hash", "key")):
        raise MalformedError(f"expected name+hash+base64, got {vkey[:80]!r}")
    name, identity, key = parts
    if not _KEY_ID.fullmatch(identity):
        raise MalformedError(f"expected a key hash of 8 digits, got {identity[:20]!r}")
    data = decode_base64(key)
    return name, bytes.fromhex(identity), data[:1], data[1:]


def split_skey(skey: str) -> tuple[str, bytes, bytes, bytes]:
    """Return a private key's name, key id, byte of the algorithm, and seed, none checked."""
    message = "expected PRIVATE+KEY+name+hash+base64, got another form"
    if not skey.startswith(_PRIVATE):
        raise MalformedError(message)
    try:
        return split_vkey(skey.removeprefix(_PRIVATE))
    except MalformedError:
        raise MalformedError(message) from None  # the first message would show the key


def join_vkey(name: str, identity: bytes, algorithm: bytes, public_key: bytes) -> str:
    """Return the vkey that `split_vkey` splits."""
    return f"{name}+{identity.hex()}+{encode_base64(algorithm + public_key)}"


def join_skey(name: str, identity: bytes, algorithm: bytes, seed: bytes) -> str:
    """Return the private key that `split_skey` splits."""
    return _PRIVATE + join_vkey(name, identity, algorithm, seed)


def sign_note(text: str, *signers: Signer) -> bytes:
    """Return the note: `text` (must end in a newline), a blank line and a line a signer."""
    if not signers:
        raise MalformedError("expected at least one signer, got none")
    _check_text(text)
    lines = []
    for signer in signers:
        private = Ed25519PrivateKey.from_private_bytes(signer.seed)
        signature = private.sign(text.encode())
        lines.append(Signature(signer.name, signer.verifier.key_id, signature).line)
    return f"{text}\n{''.join(lines)}".encode()


def parse_signatures(note: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Split a note into its text, which is NOT to be trusted yet, and its signature lines."""
    if len(note) > MAX_NOTE_BYTES:
        raise MalformedError(f"expected a note of at most {MAX_NOTE_BYTES} bytes, got {len(note)}")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(f"note: expected UTF-8, got another byte at {error.start}") from error
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n"):
        raise MalformedError("note: expected text, a blank line and signature lines")
    text, block = whole[: at + 1], whole[at + 2 :]
    _check_text(text)
    lines = block.split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise MalformedError(f"note: expected 1 to {MAX_SIGNATURES} signatures, got {len(lines)}")
    return text, tuple(_parse_signature(line) for line in lines)


def verify_note(note: bytes, verifiers: Sequence[Verifier]) -> VerifiedNote:
    """Return the note's text and the known keys that signed it.

    Raises MalformedError if it is not a note, and SignatureError if no known key signed it or the
    signature of a known key is false.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    if len(known) != len(set(verifiers)):
        raise SignatureError("two of the known keys share a name and a hash")
    text, signatures = parse_signatures(note)
    signed: dict[Verifier, None] = {}
    for line in signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is not None:
            _verify_signature(verifier, text=text, signature=line.signature)
            signed[verifier] = None
    if not signed:
        names = ", ".join(verifier.vkey for verifier in verifiers) or "no key"
        raise SignatureError(f"expected a signature by {names}, the note has none by it")
    return VerifiedNote(text, tuple(signed))


def _verify_signature(verifier: Verifier, *, text: str, signature: bytes) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(verifier.public_key)
        key.verify(signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        message = f"the signature by {verifier.name} does not verify over the note's text"
        raise SignatureError(message) from error


def _parse_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != len(("dash", "name", "signature")) or parts[0] != "—":
        raise MalformedError(f"expected '— name base64', got {line[:80]!r}")
    check_name(parts[1])
    data = decode_base64(parts[2])
    if len(data) <= KEY_ID_SIZE:
        raise MalformedError(f"signature by {parts[1]!r}: expected over 4 bytes, got {len(data)}")
    return Signature(parts[1], data[:KEY_ID_SIZE], data[KEY_ID_SIZE:])


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise MalformedError("note: expected text that ends in a newline")
    if any(character < " " and character != "\n" for character in text):
        raise MalformedError("note: expected no control character but newline")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedError(f"note: expected Unicode text, got {error.reason}") from error


def check_name(name: str) -> None:
    """Refuse a key name that a note cannot carry."""
    bad = any(c.isspace() or c < " " or c == "+" or "\ud800" <= c <= "\udfff" for c in name)
    if not name or bad or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise MalformedError(
            f"key name: expected 1 to {MAX_NAME_BYTES} bytes without space or plus, got {name!r}"
        )


def refuse_small_order(public_key: bytes) -> None:
    """Refuse an Ed25519 public key for which anybody can sign."""
    if public_key[:-1] + bytes([public_key[-1] & 0x7F]) in _SMALL_ORDER:
        raise MalformedError(
            f"public key {public_key.hex()} is of small order: anybody can sign for it"
        )


def key_id(name: str, algorithm: bytes, public_key: bytes) -> bytes:
    """Return the 4 bytes that signatures by a key of this algorithm are marked with."""
    data = name.encode() + b"\n" + algorithm + public_key
    return hashlib.sha256(data).digest()[:KEY_ID_SIZE]


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Read standard base64; MalformedError for any spelling but the canonical one."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedError(f"expected base64 of {len(text)} characters: {error}") from error
    if encode_base64(data) != text:
        raise MalformedError("expected canonical base64, got another spelling of the same bytes")
    return data


def _expect_ed25519(algorithm: bytes, key: bytes) -> None:
    if algorithm in COSIGNATURE_ALGORITHMS:
        raise MalformedError(
            "expected the Ed25519 key of a log, got that of a witness",
            advice="a log's vkey is in its byline-log.vkey",
        )
    if algorithm != ED25519 or len(key) != KEY_SIZE:
        raise MalformedError("expected an Ed25519 key: type 1 and 32 bytes, got another")
