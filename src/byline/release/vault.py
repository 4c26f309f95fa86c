"""The vault: what must be kept and may not be read is sealed to the custodians of its holds.

Invariants: a container is seen whole or not at all, and only after it was read again and
authenticated; plain bytes are removed after that and never before; who opens one is on record
before the first byte lies open; a container under a hold that stands is not destroyed. Without a
wrapped key nobody reads it again, Byline included.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from byline.errors import InputError, IntegrityError, RefusedError, UsageError
from byline.release.ciphertext import decrypt, encrypt, new_data_key
from byline.release.container import (
    CONTENT,
    FACTS,
    KEYS,
    Sealing,
    describe,
    facts_of,
    key_for,
    plain_stream,
    read_back,
    sealings,
    write_key,
)
from byline.release.removal import StoredFile, check_gone, remove_files, stored_files
from byline.terms.holds import Hold
from byline.workspace.files import replacing, sync_directory, write_json
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger_tables


def put_away(
    directory: Path,
    files: Sequence[str],
    *,
    kind: str,
    subject: str,
    holds: Sequence[Hold],
    vault: Path,
) -> Sealing:
    """Write files of a folder into a container and prove that it reads back; they stay as well.

    The same files under the same holds are one container, however often this is asked.

    Raises:
        RefusedError: A hold has no custodian with a key, or a file is a link.
        InputError: None of the files is there.
        IntegrityError: What was written does not read back.
    """
    found = stored_files(directory, files)
    if not found:
        raise InputError(f"{subject}: there is nothing in {directory} to seal away")
    earlier = _container_of(found, subject=subject, holds=holds, vault=vault)
    if earlier is not None:
        return earlier
    made = describe(found, kind=kind, subject=subject, holds=holds, vault=vault)
    aside = vault / f".{made.id}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    key = new_data_key()
    with replacing(aside / CONTENT) as written, written.open("wb") as sink:
        encrypt(plain_stream(directory, found), sink, key=key, about=made.about)
    with (aside / CONTENT).open("rb") as source:
        read_back(decrypt(source, key=key, about=made.about), found)
    for hold in holds:
        write_key(aside / KEYS / f"{hold.id}.json", key, hold, about=made.about)
    write_json(aside / FACTS, facts_of(made))
    aside.rename(made.directory)
    sync_directory(vault)
    return made


def _container_of(
    found: Sequence[StoredFile], *, subject: str, holds: Sequence[Hold], vault: Path
) -> Sealing | None:
    """A container that has these files already, also where a killed run removed some of them."""
    wanted = {hold.id for hold in holds}
    for one in sealings(vault):
        same = one.subject == subject and one.has_key and wanted <= set(one.holds)
        if same and set(found) <= set(one.files):
            return one
    return None


def remove_plain(sealing: Sealing, directory: Path) -> None:
    """Remove the files that a container holds from where they were, and see that they are gone.

    Raises:
        IntegrityError: A file is another than the one that was sealed, or is still there.
    """
    names = [one.path for one in sealing.files]
    known = set(sealing.files)
    strange = [one.path for one in stored_files(directory, names) if one not in known]
    if strange:
        raise IntegrityError(
            f"{directory / strange[0]} is not the file that was sealed away",
            advice="seal it away again: it has changed since",
        )
    remove_files(directory, names)
    check_gone(directory, names)


def open_sealed(
    sealing: Sealing,
    *,
    private_key: X25519PrivateKey,
    into: Path,
    ledger: sa.Engine,
    note: str = "",
) -> Path:
    """Write a container's files into a new folder, for a custodian; the opening is on record.

    Raises:
        RefusedError: The key is not one of its custodians', or its keys were destroyed.
        UsageError: There is something at `into`.
        IntegrityError: The content is not what was sealed; nothing is left at `into`.
    """
    if into.exists():
        raise UsageError(f"{into} exists", advice="name a new folder")
    hold, key = key_for(sealing, private_key)
    append(ledger, ledger_tables.SEALED, _row(sealing, "opened", hold=hold, note=note))
    aside = into.with_name(f".{into.name}.opening")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        with (sealing.directory / CONTENT).open("rb") as source:
            read_back(decrypt(source, key=key, about=sealing.about), sealing.files, into=aside)
        aside.rename(into)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync_directory(into.parent)
    return into


def destroy(sealing: Sealing, *, holds: Sequence[Hold], ledger: sa.Engine) -> None:
    """Destroy the keys of a container, then its content; its facts stay, and the fact is recorded.

    Args:
        sealing: The container.
        holds: The holds that stand today and cover what is in it.
        ledger: Where the fact goes, after the vault was read again.

    Raises:
        RefusedError: There is such a hold.
        IntegrityError: A key or the content is still there afterwards.
    """
    if holds:
        raise RefusedError(
            f"{sealing.id} is kept under {', '.join(hold.id for hold in holds)}",
            advice="a hold is released first: byline hold release ID",
        )
    names = [f"{KEYS}/{path.name}" for path in sorted((sealing.directory / KEYS).glob("*"))]
    remove_files(sealing.directory, names)  # after this nobody can read it, also where it is copied
    check_gone(sealing.directory, names)
    remove_files(sealing.directory, [CONTENT])
    check_gone(sealing.directory, [CONTENT])
    if not rows(ledger, ledger_tables.SEALED, sealing=sealing.id, action="destroyed"):
        append(ledger, ledger_tables.SEALED, _row(sealing, "destroyed"))


def record_sealed(sealing: Sealing, *, ledger: sa.Engine) -> None:
    """Put the sealing on record, once; called when the plain bytes are gone."""
    if not rows(ledger, ledger_tables.SEALED, sealing=sealing.id, action="sealed"):
        append(ledger, ledger_tables.SEALED, _row(sealing, "sealed"))


def _row(sealing: Sealing, action: str, **detail: str) -> dict[str, Any]:
    return {
        "sealing": sealing.id,
        "action": action,
        "subject": sealing.subject,
        "sha256": sealing.sha256,
        "detail": {**sealing.as_json(), **detail},
    }
