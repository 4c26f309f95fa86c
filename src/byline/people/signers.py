"""Whose keys are whose, by the organisation's word: allowed signers (SSH) and OpenPGP keys.

An OpenPGP key stands for the addresses of its own user ids, because the organisation lists it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from byline.errors import ConfigError
from byline.people.allowed_signers import AllowedSigner, read_allowed_signers, read_keys
from byline.people.openpgp_keys import Certificate, SigningKey, read_certificates
from byline.people.openpgp_packets import armoured
from byline.people.signature_errors import SignatureError
from byline.workspace.files import sha256_text

__all__ = ["NO_SIGNERS", "Signers", "read_allowed_signers", "read_openpgp_keys", "read_signers"]

VERSION = "1"
SUFFIXES = frozenset({".asc", ".gpg", ".pgp", ".key", ".pub"})


@dataclass(frozen=True)
class Signers:
    """Every key that the organisation knows, and whose it is."""

    ssh: tuple[AllowedSigner, ...] = ()
    openpgp: tuple[Certificate, ...] = ()

    @property
    def digest(self) -> str:
        """A digest of what is known."""
        return sha256_text(VERSION, repr(self.ssh), repr(self.openpgp))

    @cached_property
    def by_key(self) -> Mapping[bytes, tuple[AllowedSigner, ...]]:
        """The lines for each SSH key."""
        found: dict[bytes, list[AllowedSigner]] = defaultdict(list)
        for one in self.ssh:
            found[one.key].append(one)
        return {key: tuple(lines) for key, lines in found.items()}

    @cached_property
    def by_key_id(self) -> Mapping[str, tuple[tuple[Certificate, SigningKey], ...]]:
        """OpenPGP keys that may sign, by the last 16 digits of their fingerprint."""
        found: dict[str, list[tuple[Certificate, SigningKey]]] = defaultdict(list)
        for certificate in self.openpgp:
            for one in certificate.keys:
                found[one.key.fingerprint[-16:]].append((certificate, one))
        return {name: tuple(keys) for name, keys in found.items()}


NO_SIGNERS = Signers()


def read_signers(*, allowed_signers: Path | None, openpgp_keys: Path | None) -> Signers:
    """Read every key that a configuration names.

    Raises:
        ConfigError: A file is wrong; the message names it, and its line.
    """
    return Signers(
        ssh=read_allowed_signers(allowed_signers) if allowed_signers else (),
        openpgp=read_openpgp_keys(openpgp_keys) if openpgp_keys else (),
    )


def read_openpgp_keys(path: Path) -> tuple[Certificate, ...]:
    """Read OpenPGP public keys: a file, or a folder of files with the usual endings.

    Raises:
        ConfigError: One cannot be read, holds no public key, or repeats another's.
    """
    files = (
        sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())
        if path.is_dir()
        else [path]
    )
    found: dict[str, Certificate] = {}
    for file in files:
        for certificate in _certificates(file):
            if certificate.fingerprint in found:
                raise ConfigError(
                    f"{file}: the key {certificate.fingerprint} was given before",
                    advice="keep its newest export alone",
                )
            found[certificate.fingerprint] = certificate
    return tuple(found[name] for name in sorted(found))


def _certificates(file: Path) -> Iterator[Certificate]:
    data = read_keys(file, "openpgp_keys")
    if b"-----BEGIN PGP PRIVATE KEY BLOCK-----" in data:
        raise ConfigError(
            f"{file} holds a private key", advice="export the public one: gpg --export --armor"
        )
    try:
        blocks = [data] if data[:1] >= b"\x80" else armoured(data, b"PUBLIC KEY BLOCK")
        found = [one for block in blocks for one in read_certificates(block)]
    except SignatureError as error:
        raise ConfigError(
            f"{file} holds no OpenPGP public key that can be read: {error}",
            advice="export it again: gpg --export --armor ADDRESS",
        ) from error
    if not found:
        raise ConfigError(f"{file} holds no OpenPGP public key", advice="remove it, or add one")
    yield from found
