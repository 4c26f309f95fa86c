"""Anchors: the end of the ledger's chain, put into the transparency log.

The chain shows every change inside the ledger; only something outside it shows that its end was cut
off or that all of it was written anew. An anchor tells how many facts there were and one hash,
and nothing about them.
"""

from pathlib import Path

import sqlalchemy as sa

from byline.errors import IntegrityError
from byline.proof.errors import LogMissingError
from byline.proof.note import Signer
from byline.release.logbook import Logged, record
from byline.release.logindex import facts_of
from byline.workspace.ledger import Head, check_ledger, head, sound_ledger
from byline.workspace.ledger.chain import sha256_at
from byline.workspace.ledger.checking import Checked

TYPE = "ledger"


def anchors(path: Path) -> list[Head]:
    """The anchors in the log at `path`, oldest first; none where there is no log yet."""
    try:
        found = facts_of(path, TYPE)
    except LogMissingError:
        return []
    return [Head(int(fact["facts"]), str(fact["sha256"])) for _, fact in found]


def anchor(path: Path, ledger: sa.Engine, *, signer: Signer, whole: bool = True) -> Logged:
    """Put the end of the ledger's chain into the log, unless it is there.

    Args:
        path: The log's folder; the log exists.
        ledger: The ledger.
        signer: The log's key.
        whole: Check every row first, rather than only that the newest anchor still holds.

    Raises:
        IntegrityError: The ledger is not as it was appended; nothing is anchored.
    """
    known = anchors(path)
    if whole:
        end = sound_ledger(ledger, anchors=known).head
    else:
        _expect_anchored(ledger, max(known, default=None))
        end = head(ledger)
    return record(path, {"type": TYPE, "facts": end.count, "sha256": end.sha256}, signer=signer)


def check_anchored(path: Path, ledger: sa.Engine) -> Checked:
    """Check the ledger, and against the anchors in the log."""
    return check_ledger(ledger, anchors=anchors(path))


def _expect_anchored(ledger: sa.Engine, newest: Head | None) -> None:
    if newest is not None and sha256_at(ledger, newest.count) != newest.sha256:
        raise IntegrityError(
            f"the ledger's fact {newest.count:,} is not the one that the log anchored",
            advice="see `byline ledger check`, and restore the ledger from a backup",
        )
