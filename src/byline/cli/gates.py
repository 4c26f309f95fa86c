"""What is asked before a release or a model is used: is all of its work still to be used?"""

import datetime as dt

from byline.answers.held import Searchable, linkage_key, searchable, verifiers_of
from byline.answers.identity import commits_naming
from byline.answers.since import Since, check_since, said_since
from byline.answers.under_hold import HeldHere, held_here
from byline.cli import steps
from byline.cli.session import Session
from byline.errors import InputError
from byline.release.seal import SealedRelease
from byline.terms.agreed import Terms
from byline.terms.archive import kept
from byline.terms.hold_records import standing_holds
from byline.terms.holds import Hold
from byline.workspace.ledger import find_release


def day_of_use(session: Session) -> dt.date:
    """The later of today and the release's use date: everything that is on record counts."""
    return max(dt.datetime.now(dt.UTC).date(), session.inputs.as_of)


def next_day_of_use(session: Session) -> dt.date:
    """The earlier of today and the release's use date: what is said then counts at the next."""
    return min(dt.datetime.now(dt.UTC).date(), session.inputs.as_of)


def holds_now(session: Session) -> tuple[Hold, ...]:
    """The holds that stand."""
    return standing_holds(session.inputs.terms.holds, as_of=day_of_use(session))


def release_of(session: Session, release: str) -> Searchable:
    """A release of the ledger, ready to be asked whose work it has."""
    path = session.layout.root / find_release(session.ledger, release)["path"]
    return searchable(path, verifiers=verifiers_of(session.layout))


def since_release(session: Session, release: str, *, purpose: str) -> tuple[Since, ...]:
    """Why a release may not be used for a purpose any more; empty when it may."""
    one = release_of(session, release)
    return said_since(
        one,
        purpose=purpose,
        terms=session.inputs.terms,
        decided=_decided_under(session, one.release),
        config=session.config,
        ledger=session.ledger,
        as_of=day_of_use(session),
        commits_of=lambda person: commits_naming(person, steps.decide_all(session)),
    )


def _decided_under(session: Session, release: SealedRelease) -> Terms | None:
    """The terms that a release was decided under, or None where they were not kept."""
    try:
        return kept(str(release.manifest["terms"]), session.layout.terms)
    except InputError:
        return None


def check_current(session: Session, sealed: SealedRelease, *, purpose: str, action: str) -> None:
    """See that nothing was said or ordered since, that forbids an action.

    Raises:
        RefusedError: Work in the release was withdrawn, objected to or held since, or its shards
            were sealed away or destroyed.
    """
    sealed.check_here()
    found = since_release(session, sealed.id, purpose=purpose)
    check_since(
        f"{sealed.id}: you may not {action}: it", found,
        advice="run `byline release`: the next release has none of that work",
    )  # fmt: skip


def held_in(session: Session, sealed: SealedRelease) -> tuple[HeldHere, ...]:
    """The holds as a release's rows show them; none where there is no hold."""
    holds = holds_now(session)
    if not holds:
        return ()
    return held_here(release_of(session, sealed.id), holds=holds, key=linkage_key(session.config))
