"""Containers of the vault: what one is, and how its folder is written and read.

    vault/sea_0123456789abcdef/
        facts.json            what it is: files with sizes and hashes, holds, custodians
        content.sealed        the files one after the other (`byline.release.ciphertext`)
        keys/hold_….json      the data key, wrapped for the custodian of a hold

Invariants: every sealed byte is bound to the facts, so that facts and content cannot be exchanged;
a path in the facts never leads out of the folder that files are written into.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from byline.errors import IntegrityError, RefusedError
from byline.proof.canonical import canonical_json, sha256_hex
from byline.release.ciphertext import CIPHER, WrappedKey, unwrap_key, wrap_key
from byline.release.removal import StoredFile, content_digest, inside
from byline.terms.hold_records import custodian_of, key_text
from byline.terms.holds import Hold
from byline.workspace.files import CHUNK, write_json

SCHEMA: Final = "byline/sealing/1"
FACTS: Final = "facts.json"
CONTENT: Final = "content.sealed"
KEYS: Final = "keys"


@dataclass(frozen=True)
class Sealing:
    """A container in the vault.

    Attributes:
        id: `sea_` and 16 hex digits.
        kind: release, model, tables or pages.
        subject: The id of what it is, or a name.
        holds: The holds that it was sealed under.
        custodians: Their custodians, in the same order.
    """

    id: str
    kind: str
    subject: str
    directory: Path
    files: tuple[StoredFile, ...]
    holds: tuple[str, ...]
    custodians: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """One digest of its files with their paths."""
        return content_digest(self.files)

    @property
    def about(self) -> bytes:
        """What every sealed byte of it is bound to."""
        said = {
            "schema": SCHEMA,
            "sealing": self.id,
            "kind": self.kind,
            "subject": self.subject,
            "files": [asdict(one) for one in self.files],
            "holds": list(self.holds),
        }
        return sha256_hex(canonical_json(said)).encode()

    @property
    def has_key(self) -> bool:
        """Whether a custodian can still open it."""
        return any((self.directory / KEYS).glob("*.json"))

    def as_json(self) -> dict[str, Any]:
        """Its facts; nothing of its content but sizes and hashes."""
        return {
            "sealing": self.id, "kind": self.kind, "subject": self.subject, "sha256": self.sha256,
            "holds": list(self.holds), "custodians": list(self.custodians),
            "files": len(self.files), "bytes": sum(one.bytes for one in self.files),
            "readable": self.has_key,
        }  # fmt: skip


def sealings(vault: Path) -> tuple[Sealing, ...]:
    """Every container, in order of id.

    Raises:
        IntegrityError: The facts of one cannot be read.
    """
    if not vault.is_dir():
        return ()
    return tuple(read_sealing(path) for path in sorted(vault.glob("sea_*")))


def read_sealing(directory: Path) -> Sealing:
    """The container in a folder.

    Raises:
        IntegrityError: Its facts cannot be read.
    """
    try:
        facts = json.loads((directory / FACTS).read_text(encoding="utf-8"))
        return Sealing(
            id=str(facts["sealing"]),
            kind=str(facts["kind"]),
            subject=str(facts["subject"]),
            directory=directory,
            files=tuple(StoredFile(**one) for one in facts["files"]),
            holds=tuple(map(str, facts["holds"])),
            custodians=tuple(map(str, facts["custodians"])),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{directory / FACTS} cannot be read: {error}") from error


def describe(
    files: tuple[StoredFile, ...],
    *,
    kind: str,
    subject: str,
    holds: Sequence[Hold],
    vault: Path,
) -> Sealing:
    """The container that files under holds would be; nothing is written.

    Raises:
        RefusedError: There is no hold, or a hold has no custodian with a key.
    """
    if not holds:
        raise RefusedError(f"{subject} is under no hold, so it has no custodian to seal it to")
    for hold in holds:
        if custodian_of(hold.custodian).public_key is None:
            raise RefusedError(
                f"{hold.id} names no public key of its custodian, so nothing can be sealed to them",
                advice="place the hold with --custodian-key (make one with `byline hold key`)",
            )
    ordered = sorted(holds)
    said = [kind, subject, content_digest(files), [hold.id for hold in ordered]]
    identity = f"sea_{sha256_hex(canonical_json(said))[:16]}"
    return Sealing(
        id=identity,
        kind=kind,
        subject=subject,
        directory=vault / identity,
        files=files,
        holds=tuple(hold.id for hold in ordered),
        custodians=tuple(custodian_of(hold.custodian).name for hold in ordered),
    )


def facts_of(made: Sealing) -> dict[str, Any]:
    """What `facts.json` says."""
    return {
        "schema": SCHEMA,
        "cipher": CIPHER,
        "sealing": made.id,
        "kind": made.kind,
        "subject": made.subject,
        "sha256": made.sha256,
        "files": [asdict(one) for one in made.files],
        "holds": list(made.holds),
        "custodians": list(made.custodians),
    }


def write_key(path: Path, key: bytes, hold: Hold, *, about: bytes) -> None:
    """Write the data key, wrapped for the custodian of a hold."""
    public_key = custodian_of(hold.custodian).public_key or b""
    wrapped = wrap_key(key, public_key=public_key, about=about)
    write_json(
        path,
        {
            "hold": hold.id,
            "custodian_key": key_text(public_key),
            "ephemeral": base64.b64encode(wrapped.ephemeral).decode(),
            "sealed": base64.b64encode(wrapped.sealed).decode(),
        },
    )


def key_for(sealing: Sealing, private_key: X25519PrivateKey) -> tuple[str, bytes]:
    """The hold whose custodian this is, and the data key.

    Raises:
        RefusedError: It is no custodian's key, or the keys were destroyed.
    """
    paths = sorted((sealing.directory / KEYS).glob("*.json"))
    if not paths:
        raise RefusedError(f"{sealing.id}: its keys were destroyed, nobody can open it")
    mine = key_text(private_key.public_key().public_bytes_raw())
    for path in paths:
        slot: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
        if slot["custodian_key"] == mine:
            wrapped = WrappedKey(
                base64.b64decode(slot["ephemeral"]), base64.b64decode(slot["sealed"])
            )
            return slot["hold"], unwrap_key(wrapped, private_key=private_key, about=sealing.about)
    raise RefusedError(
        f"{sealing.id} was not sealed to this key",
        advice=f"its custodians are {', '.join(sealing.custodians)}",
    )


def plain_stream(directory: Path, files: Sequence[StoredFile]) -> Iterator[bytes]:
    """The bytes of files, one file after the other."""
    for one in files:
        with inside(directory, one.path).open("rb") as source:
            while part := source.read(CHUNK):
                yield part


def read_back(
    parts: Iterator[bytes], files: Sequence[StoredFile], *, into: Path | None = None
) -> None:
    """Read files out of the plain stream, compare their hashes, and write them where asked.

    Raises:
        IntegrityError: A file is not the one in the facts, or there is more or less than they say.
    """
    waiting = bytearray()
    for one in files:
        with _sink(into, one.path) as sink:
            digest, left = hashlib.sha256(), one.bytes
            while left:
                if not waiting:
                    waiting += next(parts, b"")
                piece = bytes(waiting[:left])
                if not piece:
                    raise IntegrityError(f"{one.path} is cut off in its container")
                del waiting[: len(piece)]
                digest.update(piece)
                sink.write(piece)
                left -= len(piece)
        if digest.hexdigest() != one.sha256:
            raise IntegrityError(f"{one.path} is not the file that was sealed away")
    if waiting or any(parts):
        raise IntegrityError("the container holds more than its files")


def _sink(into: Path | None, name: str) -> BinaryIO:
    if into is None:
        return Path(os.devnull).open("wb")
    path = inside(into, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")
