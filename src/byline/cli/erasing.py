"""What an erasure reaches, and doing it: the same steps for `erase` and `hold seal`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from byline.answers.affected import Undetermined, open_releases
from byline.answers.held import Searchable, linkage_key
from byline.answers.under_hold import reaching
from byline.cli.gates import day_of_use, holds_now, next_day_of_use, release_of
from byline.cli.session import Session
from byline.errors import RefusedError
from byline.release.erasure import (
    Erased,
    Target,
    erase,
    model_target,
    release_target,
    workspace_targets,
)
from byline.release.logged import DESTROYED, log_removals
from byline.terms.hold_records import custodian_of
from byline.terms.holds import Hold
from byline.terms.purposes import ORDINARY
from byline.terms.sayings import fold, sayings_of
from byline.terms.vocabulary import CLASSES
from byline.workspace.ledger import append, models_of, rows
from byline.workspace.ledger import tables as ledger

NOT_ERASED = (
    ("repositories and exports", "they are the organisation's own and are not touched"),
    ("mirrors/", "copies of the repositories, with what those have: delete them when those change"),
    ("ledger, log, manifests, seals", "facts, hashes and pseudonyms; no text of anyone's work"),
    ("reports/", "statements and reports count and cite; they quote nothing but file names"),
    ("copies outside this workspace", "backups, snapshots, and releases or models handed on"),
)  # fmt: skip
"""What no erasure here reaches, and why; said each time."""


@dataclass(frozen=True)
class Step:
    """One target, and the holds that keep it from being destroyed."""

    target: Target
    holds: tuple[Hold, ...]

    @property
    def words(self) -> str:
        """What will be done, in words."""
        if not self.holds:
            return "destroy"
        names = dict.fromkeys(custodian_of(hold.custodian).name for hold in self.holds)
        return f"seal away to {', '.join(names)} under {', '.join(h.id for h in self.holds)}"


def releases_here(session: Session) -> tuple[list[Searchable], list[Undetermined]]:
    """The releases of the ledger, and those that cannot be asked."""
    return open_releases(layout=session.layout, ledger=session.ledger)


def holds_by_release(session: Session, opened: Sequence[Searchable]) -> dict[str, tuple[Hold, ...]]:
    """The holds that stand and cover work in each release, by its id."""
    holds = holds_now(session)
    key = linkage_key(session.config) if holds and opened else b""
    return {
        one.release.id: reaching(one, holds=holds, key=key, ledger=session.ledger) for one in opened
    }


def holds_reaching(session: Session, kind: str, subject: str) -> tuple[Hold, ...]:
    """The holds that stand and cover work in a release, or in what was made of one or of all."""
    releases = {row["model"]: row["release"] for row in models_of(session.ledger)}
    release = {"release": subject, "model": releases.get(subject, "")}.get(kind, "")
    if kind == "pages":
        release = subject.rsplit("browse-", 1)[1]
    if not release:
        return holds_now(session)
    return holds_by_release(session, [release_of(session, release)])[release]


def steps_for(session: Session, opened: Sequence[Searchable], *, tables: bool) -> tuple[Step, ...]:
    """What is to be done to take some releases, and what was made of them, out of the workspace.

    Args:
        session: The session.
        opened: The releases.
        tables: Whether the tables of collected work go too; any hold that stands keeps them.
    """
    by_release = holds_by_release(session, opened)
    found = [Step(release_target(one.release), by_release[one.release.id]) for one in opened]
    for row in models_of(session.ledger, list(by_release)):
        directory = session.layout.root / row["path"]
        if directory.is_dir():
            found.append(Step(model_target(row["model"], directory), by_release[row["release"]]))
    everyone = holds_now(session)
    for target in workspace_targets(session.layout, list(by_release)):
        if target.kind == "pages":
            found.append(Step(target, by_release[target.subject.rsplit("browse-", 1)[1]]))
        elif tables:
            found.append(Step(target, everyone))
    return tuple(found)


def check_custodians(steps: Sequence[Step]) -> None:
    """See that everything under a hold can be sealed to somebody, before anything is done.

    Raises:
        RefusedError: A hold names no public key.
    """
    for hold in {hold for step in steps for hold in step.holds}:
        if custodian_of(hold.custodian).public_key is None:
            raise RefusedError(
                f"{hold.id} names no public key of its custodian, so nothing can be sealed to them",
                advice="place it again with --custodian-key, then release the one without",
            )


def do(session: Session, steps: Sequence[Step], *, by: str) -> tuple[Erased, ...]:
    """Do all steps and log what is gone; a killed run is resumed by the same command."""
    done = []
    for number, step in enumerate(steps):
        session.voice.progress(number, len(steps), f"{step.words}: {step.target.subject}")
        done.append(
            erase(
                step.target, holds=step.holds, layout=session.layout, ledger=session.ledger, by=by
            )
        )
        log_destroyed(session)
    return tuple(done)


def log_destroyed(session: Session) -> None:
    """Log every removal that is on record, those too that a killed command did not log."""
    if rows(session.ledger, ledger.SEALED, action=DESTROYED):  # else there may be no log yet
        log_removals(session.layout.log, session.ledger, signer=session.signer)


def copies_left(session: Session, done: Sequence[Erased]) -> tuple[str, ...]:
    """Paths in the workspace that still have bytes of what is gone."""
    root = session.layout.root
    return tuple(sorted({path for one in done for path in one.copies if (root / path).is_file()}))


def record_withdrawal(session: Session, person: str, *, note: str) -> bool:
    """Withdraw all of a person's work, unless they have; say whether it was new."""
    terms, today = session.inputs.terms, day_of_use(session)
    said = sayings_of(
        (event for event in terms.events if event.person == person),
        withdrawals=(row for row in terms.withdrawals if row.person == person),
        as_of=today,
    ).get(person, ())
    stands = all(
        fold(one for one in said if one.covers(work_class=work_class, purpose=purpose)).stands(
            "withdrawn"
        )
        for work_class in CLASSES
        for purpose in ORDINARY
    )
    if stands:
        return False
    received = next_day_of_use(session)
    fact: dict[str, Any] = {"person": person, "received": received.isoformat(), "classes": ["*"],
                            "purposes": ["*"], "note": note}  # fmt: skip
    append(session.ledger, ledger.WITHDRAWALS, fact)
    session.forget_inputs()
    return True
