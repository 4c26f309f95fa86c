"""The organisation's transparency log: what is sealed is in it before anything is trained.

Entries are canonical JSON with a ``type``. The same fact is logged once, so a run that was killed
between logging and finishing does not log it twice.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import InputError, IntegrityError
from byline.proof import log
from byline.proof.canonical import canonical_json
from byline.proof.check import check
from byline.proof.errors import LogExistsError, LogMissingError, ProofError
from byline.proof.keys import load_signer, save_signer
from byline.proof.logproof import LogProof, format_proof
from byline.proof.note import Signer, Verifier, generate_signer, parse_vkey
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
    """
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        save_signer(key, generate_signer(origin_name(origin)))
    signer = load_signer(key)
    with contextlib.suppress(LogExistsError):  # made by an earlier run
        log.create(path, signer=signer)
    verifier = path / VERIFIER_FILE
    if not verifier.exists():
        write_text(verifier, f"{signer.verifier.vkey}\n")
    return signer


def origin_name(organisation: str) -> str:
    """A name that a signed note can carry: no spaces and no plus signs."""
    return re.sub(r"[^A-Za-z0-9._/-]+", "-", organisation).strip("-").lower() + "/byline"


def record(path: Path, fact: Mapping[str, Any], *, signer: Signer) -> Logged:
    """Put a fact into the log, unless it is there, and prove that it is."""
    entry = canonical_json(dict(fact))
    held = {known: index for index, known in enumerate(log.entries(path))}
    index = held.get(entry)
    if index is None:
        [index] = log.append(path, [entry], signer=signer)
    return Logged(index, log.prove(path, index))


def read_verifier(path: Path) -> Verifier:
    """The public key in a file.

    Raises:
        InputError: There is no such file.
        IntegrityError: It holds no public key.
    """
    try:
        return parse_vkey(path.read_text(encoding="utf-8").strip())
    except FileNotFoundError as error:
        raise InputError(f"there is no {path}", advice="check the path of the key") from error
    except (ProofError, UnicodeDecodeError) as error:
        raise IntegrityError(
            f"{path} holds no public key: {error}", advice="restore the file from a copy"
        ) from error


def check_held(path: Path, entry: bytes, *, verifier: Verifier) -> None:
    """Check the whole log, and that it holds an entry.

    A proof beside a release outlives the log; whoever has the log must also find it sound.

    Raises:
        InputError: There is no log.
        IntegrityError: The log is damaged, or has no such entry.
    """
    try:
        check(path, verifier=verifier)
        held = entry in log.entries(path)
    except LogMissingError as error:
        raise InputError(str(error), advice=error.advice or RESTORE) from error
    except ProofError as error:
        raise IntegrityError(f"the log does not hold: {error}", advice=RESTORE) from error
    if not held:
        raise IntegrityError(f"the log in {path} has no entry of this release", advice=RESTORE)
