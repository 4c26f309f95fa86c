"""The receipt that somebody gets in hand for what they said: signed, ISO/IEC TS 27560, JSON-LD.

Whoever said something is not kept waiting for it: where no receipt can be made, what was said is
recorded all the same, and why there is none is told.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from byline.cli.person_records import known_subject
from byline.cli.session import Session
from byline.errors import BylineError, RefusedError
from byline.terms.events import BasisEvent
from byline.terms.receipts27560 import receipt_of
from byline.terms.record_fields import validate_receipt
from byline.terms.record_signature import signed
from byline.workspace.files import sha256_file, write_json
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger

FOLDER = "said"


def hand_receipts(opened: Session, events: Sequence[BasisEvent]) -> list[str]:
    """Write a signed receipt for each event into the workspace's receipts; returns their paths."""
    if not events or opened.inputs.published.register is None:
        return []
    made = []
    for event in events:
        try:
            made.append(_hand(opened, event))
        except BylineError as error:
            opened.voice.say(f"recorded, but without a receipt: {error}")
    for path in made:
        opened.voice.line(f"receipt  {path}")
    return [str(path) for path in made]


def _hand(opened: Session, event: BasisEvent) -> Path:
    """One receipt, written and put on record by its hash.

    Raises:
        InputError: The register names no controller, or no clause speaks of this person's work.
        RefusedError: Something that the profile demands is missing.
    """
    register = opened.inputs.published.register
    if register is None:
        raise RefusedError("no register of notices is configured")
    now = dt.datetime.now(dt.UTC)
    subject = known_subject(event.person, opened)
    receipt = receipt_of(
        event, subject=subject, terms=opened.inputs.terms, register=register, created=now
    )
    if problems := validate_receipt(receipt):
        raise RefusedError(f"it would lack what its profile demands: {'; '.join(problems[:3])}")
    document = signed(receipt, signer=opened.signer, created=receipt["dct:created"])
    name = str(receipt["dct:identifier"]).rpartition(":")[2]
    path = opened.layout.receipts / FOLDER / f"{name}.json"
    write_json(path, document)
    append(
        opened.ledger,
        ledger.RECEIPTS,
        {
            "receipt": receipt["dct:identifier"],
            "kind": event.kind,
            "subject": subject.pseudonym,
            "batch": "",
            "sha256": sha256_file(path),
            "path": path.relative_to(opened.layout.root).as_posix(),
            "detail": {"event": event.id},
        },
    )
    return path
