"""The receipt of a pause: what was paused, whether it has taken effect, and the last one accepted.

It is a signed note (https://c2sp.org/signed-note) whose text is one line of canonical JSON, so that
the log's public key alone checks it. Invariant: it says `effective` only where the process that was
at work said itself where it stopped.

``state``       ``effective``: a process that was at work stopped, at ``stopped``
                ``not_concerned``: one is at work, on something that is not paused
                ``idle``: nothing was at work
                ``ended``: what was at work ended before it asked again
                ``unanswered``: something is at work and has not said anything yet
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from byline.errors import IntegrityError
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.errors import ProofError
from byline.proof.note import Signer, Verifier, sign_note, verify_note
from byline.workspace.files import write_bytes
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger_tables
from byline.workspace.switch import Pause, answers_to, is_at_work, last_accepted

SCHEMA: Final = "byline/pause-receipt/1"
POLL: Final = 0.1  # seconds between two looks at the ledger


def awaited(ledger: sa.Engine, pause: Pause, *, lock: Path, seconds: float) -> dict[str, Any]:
    """Wait until what is at work has met a pause; the body of the receipt.

    Args:
        ledger: Where the pause is on record.
        pause: The pause.
        lock: The workspace's lock, which whatever is at work holds.
        seconds: How long to wait at most.
    """
    until = time.monotonic() + seconds
    was_at_work = is_at_work(lock)
    while True:
        at_work = is_at_work(lock)
        found = answers_to(ledger, pause.id)  # asked after the lock: who let it go has answered
        stopped = [one for one in found if one["action"] == "effective"]
        answer = next(reversed(stopped or found), None)
        if answer is not None:
            state = "effective" if stopped else "not_concerned"
            break
        if not at_work:
            state = "ended" if was_at_work else "idle"
            break
        if time.monotonic() >= until:
            state = "unanswered"
            break
        time.sleep(POLL)
    return {
        "schema": SCHEMA,
        "pause": pause.id,
        "scope": pause.scope.as_json(),
        "at": pause.at,
        "note": pause.note,
        "state": state,
        "answered": answer["at"] if answer else None,
        "stopped": dict(answer["detail"]) if answer else {},
        "last_accepted": last_accepted(ledger, pause.scope),
    }


def issue(
    body: Mapping[str, Any], *, folder: Path, root: Path, signer: Signer, ledger: sa.Engine
) -> Path:
    """Sign a receipt, write it under its pause's id, and record it.

    Args:
        body: What it says.
        folder: Where receipts lie.
        root: The workspace, which recorded paths are relative to.
        signer: The log's key.
        ledger: Where it is recorded.
    """
    text = canonical_json(dict(body))
    data = sign_note(text.decode("utf-8") + "\n", signer)
    path = folder / f"{body['pause']}.note"
    write_bytes(path, data)
    fact = {
        "receipt": sha256_hex(text), "kind": "pause", "subject": body["scope"]["what"],
        "batch": body["pause"], "sha256": sha256_hex(data),
        "path": path.relative_to(root).as_posix(), "detail": {"state": body["state"]},
    }  # fmt: skip
    append(ledger, ledger_tables.RECEIPTS, fact)
    return path


def check_pause_receipt(data: bytes, *, verifiers: Sequence[Verifier]) -> dict[str, Any]:
    """What a receipt says, checked with the log's public key and nothing else.

    Raises:
        IntegrityError: It is none, was changed, or none of the keys signed it.
    """
    try:
        body = parse_canonical(verify_note(data, verifiers).text.encode("utf-8").rstrip(b"\n"))
    except ProofError as error:
        raise IntegrityError(
            f"the receipt does not hold: {error}", advice="ask for the receipt as it was issued"
        ) from error
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise IntegrityError("this is no receipt of a pause")
    return body
