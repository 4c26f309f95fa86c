"""OpenPGP public keys: which of their parts may sign, when, and whose addresses they carry.

Everything that a key says of itself counts only where the primary key signed it: an address that
anybody can append to a key file is nobody's. A subkey signs only if it is bound for signing and has
signed the primary key in return (RFC 9580, section 10.1.5). Other people's certifications are not
looked at: it is the organisation that vouches, by listing the key.

Not followed: revocations by a designated other key, and self-signatures that expire by themselves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from byline.people.openpgp import is_checked, verify_openpgp
from byline.people.openpgp_packets import (
    EMBEDDED,
    FLAGS,
    KEY_EXPIRES,
    PUBLIC_KEY,
    REASON,
    SIGNATURE,
    SUBKEY,
    USER_ATTRIBUTE,
    USER_ID,
    Key,
    Signature,
    packets,
    read_key,
    read_signature,
)
from byline.people.signature_errors import SignatureError

CERTIFIES = (0x10, 0x11, 0x12, 0x13)
DIRECT, BINDS_SUBKEY, BINDS_PRIMARY = 0x1F, 0x18, 0x19
REVOKES_KEY, REVOKES_SUBKEY, REVOKES_CERTIFICATE = 0x20, 0x28, 0x30
MAY_SIGN = 0x02
SOFT_REASONS = (1, 3)  # superseded, no longer used: what was signed before still counts
SECTIONS = (PUBLIC_KEY, USER_ID, USER_ATTRIBUTE, SUBKEY)
ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$|^\s*([^<>\s]+@[^<>\s]+)\s*$")


@dataclass(frozen=True)
class SigningKey:
    """A key that may sign documents.

    Attributes:
        expires: When it stops to be valid, in seconds since 1970; None: never.
        revoked: From when on it proves nothing any more; 0: it never did; None: it is not revoked.
    """

    key: Key
    expires: int | None
    revoked: int | None


@dataclass(frozen=True)
class Certificate:
    """A public key with its subkeys.

    Attributes:
        fingerprint: Of the primary key.
        addresses: Of its user ids, in lower case, each signed by the primary key.
        keys: Those of its keys that may sign.
    """

    fingerprint: str
    addresses: tuple[str, ...]
    keys: tuple[SigningKey, ...]


@dataclass(frozen=True)
class _Section:
    """A key or user id, and the signatures that follow it."""

    tag: int
    body: bytes
    signatures: list[Signature]


def read_certificates(data: bytes) -> list[Certificate]:
    """Every public key of a keyring.

    Args:
        data: Its packets, without armour.

    Raises:
        SignatureError: It is malformed, or holds something other than public keys.
        UnsupportedSignatureError: A primary key is not of version 4.
    """
    whole: list[list[_Section]] = []
    for tag, body in packets(data):
        if tag == PUBLIC_KEY:
            whole.append([_Section(tag, body, [])])
        elif not whole:
            raise SignatureError("it does not begin with a public key")
        elif tag in SECTIONS:
            whole[-1].append(_Section(tag, body, []))
        elif tag == SIGNATURE:
            whole[-1][-1].signatures.extend(_readable(body))
    return [_certificate(sections) for sections in whole]


def _readable(body: bytes) -> Iterator[Signature]:
    """The signature, if it is one that can be read: others say nothing about the key."""
    try:
        yield read_signature(body)
    except SignatureError:
        return


def _certificate(sections: Sequence[_Section]) -> Certificate:
    primary = read_key(sections[0].body)
    own = _good(primary, sections[0].signatures, primary.hashed)
    said = [one for one in own if one.kind == DIRECT]
    addresses: list[str] = []
    for section in sections:
        if section.tag == USER_ID:
            found = _user_id(primary, section)
            if found is not None:
                said.append(found)
                addresses += _addresses(section.body)
    latest = max(said, key=_created, default=None)
    revoked = _revoked(one for one in own if one.kind == REVOKES_KEY)
    expires = _expires(primary, latest)
    keys = []
    # A key of a kind that is not checked is kept, so that its signatures are said to be just that.
    if not is_checked(primary) or (latest is not None and _may_sign(latest, default=True)):
        keys.append(SigningKey(primary, expires, revoked))
    for section in sections:
        if section.tag == SUBKEY:
            keys += _subkey(primary, section, expires=expires, revoked=revoked)
    return Certificate(primary.fingerprint, tuple(dict.fromkeys(addresses)), tuple(keys))


def _user_id(primary: Key, section: _Section) -> Signature | None:
    """The last word of the primary key on a user id; None where there is none, or it is revoked."""
    named = b"\xb4" + len(section.body).to_bytes(4, "big") + section.body
    good = _good(primary, section.signatures, primary.hashed + named)
    if any(one.kind == REVOKES_CERTIFICATE for one in good):
        return None
    return max((one for one in good if one.kind in CERTIFIES), key=_created, default=None)


def _subkey(
    primary: Key, section: _Section, *, expires: int | None, revoked: int | None
) -> Iterator[SigningKey]:
    try:
        subkey = read_key(section.body)
    except SignatureError:
        return
    both = primary.hashed + subkey.hashed
    good = _good(primary, section.signatures, both)
    bound = max((one for one in good if one.kind == BINDS_SUBKEY), key=_created, default=None)
    if bound is None or not _may_sign(bound, default=False) or not _agrees(subkey, bound, both):
        return
    own = _revoked(one for one in good if one.kind == REVOKES_SUBKEY)
    yield SigningKey(subkey, _earliest(_expires(subkey, bound), expires), _earliest(own, revoked))


def _agrees(subkey: Key, bound: Signature, both: bytes) -> bool:
    """Whether a subkey signed its primary key in return, so that nobody else can claim it."""
    embedded = bound.hashed.get(EMBEDDED) or bound.unhashed.get(EMBEDDED) or b""
    return any(
        _good(subkey, [one for one in _readable(embedded) if one.kind == BINDS_PRIMARY], both)
    )


def _good(key: Key, signatures: Sequence[Signature], data: bytes) -> list[Signature]:
    """Those of the signatures that the key made over the data."""
    found = []
    for one in signatures:
        if one.issuer and not key.fingerprint.endswith(one.issuer):
            continue
        try:
            verify_openpgp(key, one, data, self_made=True)
        except SignatureError:
            continue
        found.append(one)
    return found


def _created(signature: Signature) -> int:
    return signature.created


def _may_sign(signature: Signature, *, default: bool) -> bool:
    flags = signature.hashed.get(FLAGS)
    return default if flags is None else bool(flags[:1]) and bool(flags[0] & MAY_SIGN)


def _expires(key: Key, said: Signature | None) -> int | None:
    seconds = said.number(KEY_EXPIRES) if said else None
    return key.created + seconds if seconds else None


def _revoked(revocations: Iterator[Signature]) -> int | None:
    """When a key stops to prove anything: at once, unless the reason is harmless."""
    times = [
        one.created if one.hashed.get(REASON, b"\0")[:1] in map(_byte, SOFT_REASONS) else 0
        for one in revocations
    ]
    return min(times, default=None)


def _byte(number: int) -> bytes:
    return bytes([number])


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _addresses(user_id: bytes) -> list[str]:
    """The address of a user id such as ``Ada <ada@corp.example>``, in lower case."""
    try:
        match = ADDRESS.search(user_id.decode("utf-8"))
    except UnicodeDecodeError:
        return []
    return [(match[1] or match[2]).lower()] if match else []
