"""The organisation's transparency log: what is sealed is in it before anything is trained.

Entries are canonical JSON with a ``type``. The same fact is logged once, so a run that was killed
between logging and finishing does not log it twice.
"""

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import InputError, IntegrityError
from byline.proof import log
from byline.proof.canonical import canonical_json
from byline.proof.check import LogReport, check
from byline.proof.errors import (
    KeyFileError,
    LogEntryError,
    LogExistsError,
    LogMissingError,
    ProofError,
    SignatureError,
)
from byline.proof.keychain import keys_in_force
from byline.proof.keys import load_signer, load_verifiers, remove_unwritten, save_signer
from byline.proof.logfiles import CHECKPOINT, read_head
from byline.proof.logproof import LogProof, format_proof
from byline.proof.note import Signer, Verifier, generate_signer
from byline.proof.rotation import Rotation, complete_rotation, rotate
from byline.release.logindex import places_of
from byline.workspace.files import write_text

VERIFIER_FILE = "byline-log.vkey"
RESTORE = "restore the log from a copy: it is never made anew"


@dataclass(frozen=True)
class Logged:
    """Where a fact stands in the log, and the offline proof of it."""

    index: int
    proof: LogProof

    @property
    def proof_file(self) -> bytes:
        """The proof in C2SP `tlog-proof` format."""
        return format_proof(self.proof)


def open_log(path: Path, *, key: Path, origin: str) -> Signer:
    """The log's signer; the log and its key are made at first use.

    Args:
        path: The log's folder.
        key: The private key's file.
        origin: A name for the log, such as ``harbour.example/byline``.

    Raises:
        InputError: There is a key, but its log is gone: under one key there is one log. Or there is
            a log, but its key is gone.
    """
    is_made = (path / CHECKPOINT).exists()
    new = key.with_name(f"{key.name}.new")  # there from before the key until after the log
    if new.exists():
        remove_unwritten(key)
    if not key.exists():
        if is_made:
            raise InputError(
                f"there is no {key}, which the log in {path} is signed with",
                advice="restore the key from a copy: nothing else can go on with the log",
            )
        key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.touch()
        save_signer(key, generate_signer(origin_name(origin)))
    elif not is_made and not new.exists():
        raise InputError(f"there is no log in {path}, but {key} is the key of one", advice=RESTORE)
    complete_rotation(path, key)
    signer = load_signer(key)
    with contextlib.suppress(LogExistsError):  # made by an earlier run
        log.create(path, signer=signer)
    new.unlink(missing_ok=True)
    _keep_verifiers(path, signer.verifier)
    return signer


def rotate_key(path: Path, *, key: Path, reason: str) -> Rotation:
    """Hand the log over to a new key, which the key's file and the public one then hold.

    Args:
        path: The log's folder.
        key: The private key's file.
        reason: Why, for everybody who reads the log; it names no person.
    """
    rotation = rotate(path, key, reason=reason)
    _keep_verifiers(path, rotation.after)
    return rotation


def _keep_verifiers(path: Path, present: Verifier) -> None:
    """Keep the log's public keys beside it, one a line, the oldest first."""
    file = path / VERIFIER_FILE
    if not file.exists():
        write_text(file, f"{present.vkey}\n")
        return
    held = read_verifiers(file)
    if present != held[-1]:
        keys = _keys_from(path, held[:1])
        write_text(file, "".join(f"{one.vkey}\n" for one in keys))


def origin_name(organisation: str) -> str:
    """A name that a signed note can carry: no spaces and no plus signs."""
    return re.sub(r"[^A-Za-z0-9._/-]+", "-", organisation).strip("-").lower() + "/byline"


def record(path: Path, fact: Mapping[str, Any], *, signer: Signer) -> Logged:
    """Put a fact into the log, unless it is there, and prove that it is."""
    [logged] = record_all(path, [fact], signer=signer)
    return logged


def record_all(path: Path, facts: Iterable[Mapping[str, Any]], *, signer: Signer) -> list[Logged]:
    """Put those facts into the log that are not there, in one step; prove each, in the order given.

    All of the proofs are under one checkpoint.
    """
    entries = [canonical_json(dict(fact)) for fact in facts]
    if not entries:
        return []
    places = _places_once_in(path, entries, signer=signer)
    indexes = [places[entry] for entry in entries]
    proofs = log.prove_all(path, indexes)
    return [Logged(index, proof) for index, proof in zip(indexes, proofs, strict=True)]


def _places_once_in(path: Path, entries: Sequence[bytes], *, signer: Signer) -> Mapping[bytes, int]:
    """Where the entries stand, once those are in that were not; another process may add some."""
    while True:
        size = read_head(path).size
        held = dict(zip(entries, places_of(path, entries), strict=True))
        places = {entry: place for entry, place in held.items() if place is not None}
        new = [entry for entry in held if entry not in places]
        try:
            added = log.append(path, new, signer=signer, start=size) if new else []
        except LogEntryError:
            if read_head(path).size == size:
                raise
            continue  # the log grew meanwhile: some of these may be in it now
        return {**places, **dict(zip(new, added, strict=True))}


def read_verifiers(path: Path) -> list[Verifier]:
    """The public keys in a file, the oldest first.

    Raises:
        InputError: There is no such file.
        IntegrityError: It holds no public key.
    """
    try:
        return load_verifiers(path)
    except KeyFileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise InputError(f"there is no {path}", advice="check the path of the key") from error
        raise IntegrityError(
            f"{path} holds no public key: {error}", advice="restore the file from a copy"
        ) from error


def check_log(path: Path, *, verifiers: Sequence[Verifier]) -> LogReport:
    """Check the whole log, and that its keys follow one another.

    Args:
        path: The log's folder.
        verifiers: Its keys, the oldest first; or one of them, which the caller trusts.

    Raises:
        InputError: There is no log.
        IntegrityError: It is damaged, or not signed by these keys or one that follows from them.
    """
    try:
        keys = _keys_from(path, verifiers)
        return check(path, verifier=keys[-1])
    except LogMissingError as error:
        raise InputError(str(error), advice=error.advice or RESTORE) from error
    except ProofError as error:
        raise IntegrityError(f"the log does not hold: {error}", advice=RESTORE) from error


def check_own(path: Path, verifiers: Sequence[Verifier], *, key: Path) -> None:
    """See that public keys found in a log's folder are those of the log that a private key is of.

    Whoever can put another log in the folder can put its keys there too. Nothing is said where the
    private key is not here, or is not the caller's to read.

    Raises:
        IntegrityError: They are another log's.
    """
    try:
        own = load_signer(key).verifier
    except KeyFileError:
        return
    if own == verifiers[-1]:
        return
    try:  # a rotation may have been killed before the public key was written
        last = _keys_from(path, verifiers[:1])[-1]
    except ProofError as error:
        raise IntegrityError(f"the log does not hold: {error}", advice=RESTORE) from error
    if own != last:
        raise IntegrityError(
            f"the log in {path} is of the key {last.vkey}, this workspace's is {own.vkey}",
            advice=RESTORE,
        )


def check_held(path: Path, entry: bytes, *, verifiers: Sequence[Verifier]) -> None:
    """Check the whole log, and that it holds an entry.

    A proof beside a release outlives the log; whoever has the log must also find it sound.

    Raises:
        InputError: There is no log.
        IntegrityError: The log is damaged, or has no such entry.
    """
    check_log(path, verifiers=verifiers)
    if places_of(path, [entry]) == [None]:
        raise IntegrityError(f"the log in {path} has no entry of this release", advice=RESTORE)


def _keys_from(path: Path, verifiers: Sequence[Verifier]) -> Sequence[Verifier]:
    """The keys of the log from the one that is trusted to the one in force."""
    keys = [key for key, _ in keys_in_force(log.entries(path), verifiers[0])]
    if len(verifiers) > 1 and keys != list(verifiers):
        names = ", ".join(key.vkey for key in keys)
        raise SignatureError(f"the log's keys are {names}, not those it is to be checked with")
    return keys
