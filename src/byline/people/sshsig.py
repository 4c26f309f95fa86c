"""SSH signatures, verified natively.

Formats: PROTOCOL.sshsig, PROTOCOL.u2f and sshd(8) of OpenSSH; RFC 4253, 5656 and 8332 for keys and
signatures. Supported keys: Ed25519, ECDSA on the NIST curves, RSA of 2048 bits and more with SHA-2,
and security keys (``sk-``) of the first two kinds. `cryptography` does the arithmetic.

Invariant: whatever the bytes, the answer is a value, a `SignatureError`, or nothing else.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from byline.people.signature_errors import SignatureError, UnsupportedSignatureError

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
MAGIC = b"SSHSIG"
NAMESPACE = b"git"
DIGESTS = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
MIN_RSA_BITS = 2048
SECURITY_KEYS = {
    b"sk-ssh-ed25519@openssh.com": b"ssh-ed25519",
    b"sk-ecdsa-sha2-nistp256@openssh.com": b"ecdsa-sha2-nistp256",
}
CURVES: dict[bytes, tuple[ec.EllipticCurve, HashAlgorithm]] = {
    b"ecdsa-sha2-nistp256": (ec.SECP256R1(), SHA256()),
    b"ecdsa-sha2-nistp384": (ec.SECP384R1(), SHA384()),
    b"ecdsa-sha2-nistp521": (ec.SECP521R1(), SHA512()),
}
RSA_FORMATS: dict[bytes, HashAlgorithm] = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512()}
KEY_TYPES = frozenset({b"ssh-ed25519", b"ssh-rsa", *CURVES, *SECURITY_KEYS})

Check = Callable[[bytes, bytes, bytes], None]
"""Called as ``check(format, signature, message)``; raises when it does not verify."""


@dataclass(frozen=True)
class SshSignature:
    """A signature, read and not yet verified.

    Attributes:
        key: The public key that it claims to be made with, as in ``authorized_keys`` (decoded).
        namespace: What it was made for; git's are ``git``.
        digest: ``sha256`` or ``sha512``.
        signature: The format's name and the signature itself, in SSH's encoding.
    """

    key: bytes
    namespace: bytes
    reserved: bytes
    digest: bytes
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """The key's fingerprint as `ssh-keygen -l` shows it."""
        return fingerprint(self.key)


class _Fields:
    """SSH's encoding (RFC 4251, section 5), read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise SignatureError("it ends too early")
        self._at += count
        return piece

    def number(self) -> int:
        return int(struct.unpack(">I", self.take(4))[0])

    def string(self) -> bytes:
        return self.take(self.number())

    def integer(self) -> int:
        """An mpint; none that we read may be negative."""
        raw = self.string()
        if raw and raw[0] & 0x80:
            raise SignatureError("it has a negative number")
        return int.from_bytes(raw, "big")

    def end(self) -> None:
        if self._at != len(self._data):
            raise SignatureError("something follows where it should end")


def fingerprint(key: bytes) -> str:
    """The fingerprint of a public key as `ssh-keygen -l` shows it."""
    digest = base64.b64encode(hashlib.sha256(key).digest())
    return "SHA256:" + digest.rstrip(b"=").decode("ascii")


def read_ssh_signature(armour: bytes) -> SshSignature:
    """Read an armoured signature.

    Raises:
        SignatureError: It is malformed.
        UnsupportedSignatureError: It is of a later version.
    """
    text = armour.strip()
    if not text.startswith(BEGIN) or not text.endswith(END):
        raise SignatureError("it is not an armoured SSH signature")
    body = b"".join(text[len(BEGIN) : -len(END)].split())
    try:
        fields = _Fields(base64.b64decode(body, validate=True))
    except binascii.Error as error:
        raise SignatureError("its armour is not base64") from error
    if fields.take(len(MAGIC)) != MAGIC:
        raise SignatureError("it does not begin as an SSH signature")
    if fields.number() != 1:
        raise UnsupportedSignatureError("its version is not 1")
    found = SshSignature(*(fields.string() for _ in range(5)))
    fields.end()
    return found


def verify_ssh_signature(
    signature: SshSignature, payload: bytes, *, namespace: bytes = NAMESPACE
) -> None:
    """Verify a signature over a payload, with the key that it names itself.

    Args:
        signature: The signature.
        payload: What it is over.
        namespace: What it must have been made for.

    Raises:
        SignatureError: It was made for something other than that, or does not verify.
        UnsupportedSignatureError: Its key or hash is none that is checked here.
    """
    if signature.namespace != namespace:
        raise SignatureError(f"it was made for {signature.namespace[:40]!r}, not for {namespace!r}")
    if signature.digest not in DIGESTS:
        raise UnsupportedSignatureError(f"its hash is {signature.digest[:40]!r}")
    message = MAGIC + b"".join(
        struct.pack(">I", len(part)) + part
        for part in (
            signature.namespace,
            signature.reserved,
            signature.digest,
            DIGESTS[signature.digest](payload).digest(),
        )
    )
    check = check_of(signature.key)
    form = _Fields(signature.signature).string()
    try:
        check(form, signature.signature[4 + len(form) :], message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("it does not verify") from error


@lru_cache(maxsize=4096)
def check_of(key: bytes) -> Check:
    """What verifies signatures of a public key.

    Raises:
        SignatureError: It is no public key.
        UnsupportedSignatureError: It is of a kind that is not checked here.
    """
    fields = _Fields(key)
    name = fields.string()
    if name not in KEY_TYPES:
        raise UnsupportedSignatureError(f"its key is of the kind {name[:60]!r}")
    try:
        check = _plain_check(SECURITY_KEYS.get(name, name), fields)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("its key is malformed") from error
    application = fields.string() if name in SECURITY_KEYS else None
    fields.end()
    return _whole_check(check, name, application)


def _plain_check(name: bytes, fields: _Fields) -> Check:
    if name == b"ssh-ed25519":
        return _ed25519_check(ed25519.Ed25519PublicKey.from_public_bytes(fields.string()))
    if name in CURVES:
        return _ecdsa_check(name, fields)
    return _rsa_check(fields)


def _ed25519_check(public: ed25519.Ed25519PublicKey) -> Check:
    def check(_form: bytes, signature: bytes, message: bytes) -> None:
        public.verify(signature, message)

    return check


def _ecdsa_check(name: bytes, fields: _Fields) -> Check:
    curve, digest = CURVES[name]
    if fields.string() != name.removeprefix(b"ecdsa-sha2-"):
        raise SignatureError("its key names two curves")
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, fields.string())

    def check(_form: bytes, signature: bytes, message: bytes) -> None:
        numbers = _Fields(signature)
        encoded = encode_dss_signature(numbers.integer(), numbers.integer())
        numbers.end()
        public.verify(encoded, message, ec.ECDSA(digest))

    return check


def _rsa_check(fields: _Fields) -> Check:
    exponent, modulus = fields.integer(), fields.integer()
    if modulus.bit_length() < MIN_RSA_BITS:
        raise UnsupportedSignatureError(f"its RSA key has only {modulus.bit_length()} bits")
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    size = (modulus.bit_length() + 7) // 8

    def check(form: bytes, signature: bytes, message: bytes) -> None:
        whole = signature.rjust(size, b"\0")  # leading zeros may have been left out
        public.verify(whole, message, padding.PKCS1v15(), RSA_FORMATS[form])

    return check


def _whole_check(check: Check, name: bytes, application: bytes | None) -> Check:
    """Unwrap the signature's own encoding; a security key signs what its token saw."""

    def whole(form: bytes, body: bytes, message: bytes) -> None:
        expected = RSA_FORMATS if name == b"ssh-rsa" else (name,)
        if form not in expected:
            raise UnsupportedSignatureError(f"its key is {name!r}, its form {form[:60]!r}")
        fields = _Fields(body)
        signature = fields.string()
        if application is not None:
            seen = fields.take(5)  # flags and counter
            digests = [hashlib.sha256(part).digest() for part in (application, message)]
            message = digests[0] + seen + digests[1]
        fields.end()
        check(form, signature, message)

    return whole
