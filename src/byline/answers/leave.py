"""A batch of leavers, from the event to a receipt for each: every step idempotent, all on record.

The steps: tell (the ledger knows from then on, and so does every decision), decide their work as it
stands and as if they stayed, find what it has gone into, say it, sign it, hand it out, and close
when it is out. Invariants: a step that is done is not done again; a step that was killed is done
whole; what a batch is, is on record before anything is made of it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from byline.answers.disclosure import Disclosure, disclose
from byline.answers.impact import Impact, impact
from byline.answers.leave_batches import Standing, record_states
from byline.answers.leave_receipts import Leaver, body_of, words_of
from byline.answers.left_work import LeftWork, count_left_work, decide_batch, is_included
from byline.answers.receipts import Issue, issue, keep_bodies, read_bodies
from byline.engine.stage import Partition, combined
from byline.privacy.pseudonyms import pseudonym, read_or_create_key
from byline.proof.note import Signer
from byline.release.inputs import Inputs
from byline.release.prepare import Tools
from byline.terms.separation_records import ending
from byline.terms.separations import Separation, holds_about
from byline.workspace.config import Config
from byline.workspace.files import write_json
from byline.workspace.layout import Layout

LEAVING = "leaving"


@dataclass(frozen=True)
class Workplace:
    """Everything that a batch is worked on with."""

    config: Config
    layout: Layout
    ledger: sa.Engine
    inputs: Inputs
    signer: Signer
    tools: Tools


@dataclass(frozen=True)
class Worked:
    """A batch that was worked through.

    Attributes:
        decisions: The digest of every decision on its work.
        ended: Contributions that were included and are no longer, by purpose.
        surviving: Contributions that still are, by purpose.
    """

    issue: Issue
    impact: Impact
    disclosure: Disclosure
    decisions: str
    ended: Mapping[str, int]
    surviving: Mapping[str, int]


def work_through(
    stands: Standing, contributions: Sequence[Partition], *, at: Workplace, as_of: dt.date
) -> Worked:
    """Decide a batch's work, find what it has gone into, and give everybody their receipt.

    Args:
        stands: The batch.
        contributions: Every table of contributions of the organisation.
        at: What it is done with.
        as_of: The use date; the latest last day where that is later.
    """
    day = max(as_of, *(one.effective for one in stands.separations))
    work, digest = decided(stands, contributions, at=at, as_of=day)
    people = [one.person for one in stands.separations]
    reached = impact(
        people, config=at.config, layout=at.layout, ledger=at.ledger, progress=at.tools.progress
    )
    folder = folder_of(at.layout, stands.batch)
    if not read_bodies(folder, LEAVING):
        leavers = leavers_of(stands, work, at=at, as_of=as_of)
        words = words_of(at.inputs.terms.agreements)
        keep_bodies(
            folder,
            LEAVING,
            (
                body_of(one, kind=LEAVING, batch=stands.batch, as_of=day, impact=reached,
                        words=words)
                for one in leavers
            ),
        )  # fmt: skip
    issued = hand_out(LEAVING, stands.batch, at=at)
    record_states(stands, work, ledger=at.ledger, as_of=as_of)
    made = disclose(stands.batch, families_of(stands.separations, at.inputs), reached)
    write_json(folder / "disclosure.json", made.as_json())
    ended, surviving = _outcomes(work)
    return Worked(issued, reached, made, digest, ended, surviving)


def folder_of(layout: Layout, batch: str) -> Path:
    """Where the receipts of a batch lie."""
    return layout.receipts / batch


def decided(
    stands: Standing, contributions: Sequence[Partition], *, at: Workplace, as_of: dt.date
) -> tuple[dict[str, LeftWork], str]:
    """The work of each leaver, counted by what is decided of it, and the decisions' digest.

    Somebody who left one employment and is in another has not left: nothing of theirs ends.
    """
    gone = {one.id for one in at.inputs.directory.people if one.left is not None}
    parts = decide_batch(
        [one for one in stands.separations if one.person in gone],
        contributions,
        terms=at.inputs.terms,
        purposes=at.inputs.purposes,
        as_of=as_of,
        layout=at.layout,
        executor=at.tools.executor,
        progress=at.tools.progress,
    )
    return count_left_work(parts), combined(parts)


def leavers_of(
    stands: Standing, work: Mapping[str, LeftWork], *, at: Workplace, as_of: dt.date
) -> list[Leaver]:
    """Everybody in a batch with what their receipt rests on."""
    key = read_or_create_key(at.config.at(at.config.people.linkage_key))
    roster = {one.id: one for one in at.inputs.directory.people}
    found = []
    for one in stands.separations:
        mine = work.get(one.person, LeftWork())
        holds = holds_about(one.person, stands.holds, repositories=mine.repositories)
        found.append(
            Leaver(
                subject=subject_of(one.person, stands.batch, key=key),
                separation=one,
                addresses=len(roster[one.person].emails) if one.person in roster else 0,
                history=stands.history(one, as_of=as_of, repositories=mine.repositories),
                choice=stands.choice(one, as_of=as_of),
                work=mine,
                holds=[h for h in holds if h.released is None or as_of < h.released],
            )
        )
    return found


def subject_of(person: str, batch: str, *, key: bytes) -> str:
    """A person's pseudonym in the receipts of a batch."""
    return pseudonym(key, f"leave:{batch}", person)


def hand_out(kind: str, batch: str, *, at: Workplace) -> Issue:
    """Sign and write the receipts whose bodies are kept."""
    return issue(
        folder_of(at.layout, batch),
        batch=batch,
        kind=kind,
        log=at.layout.log,
        signer=at.signer,
        ledger=at.ledger,
        root=at.layout.root,
        progress=at.tools.progress,
    )


def families_of(separations: Sequence[Separation], inputs: Inputs) -> dict[str, str]:
    """The job family of the employment that each leaver leaves."""
    roster = {one.id: one.employments for one in inputs.directory.people}
    found = {}
    for one in separations:
        employments = roster.get(one.person, ())
        place = ending(employments, start=one.start, effective=one.effective)
        found[one.person] = "" if place is None else employments[place].job_family
    return found


def _outcomes(work: Mapping[str, LeftWork]) -> tuple[dict[str, int], dict[str, int]]:
    ended: Counter[str] = Counter()
    surviving: Counter[str] = Counter()
    for one in work.values():
        for (_, _, purpose, before, after, _, _), (count, _) in one.tallies.items():
            surviving[purpose] += count * is_included(after)
            ended[purpose] += count * (is_included(before) and not is_included(after))
    return dict(sorted(ended.items())), dict(sorted(surviving.items()))
