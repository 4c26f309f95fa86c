"""Closing a separation: what still holds it open, and the last receipt when nothing does.

Work is out when two things are on record. Of every release line that held it, the newest release
was made with the separation known, and for `erase` holds nothing of the person. And no model in use
was taught by a release that is not so. Older sealed releases stay on record, named in the receipt.
Invariants: removal is never recorded while a hold stands; only what was looked at counts as out.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from byline.answers.impact import Impact, impact
from byline.answers.leave import Workplace, decided, folder_of, hand_out, leavers_of
from byline.answers.leave_batches import Standing, standing
from byline.answers.leave_receipts import body_of, words_of
from byline.answers.left_work import LeftWork
from byline.answers.receipts import Issue, keep_bodies, read_bodies
from byline.engine.stage import Partition
from byline.terms.separations import Mark, Separation
from byline.workspace.layout import Layout
from byline.workspace.ledger import append, releases
from byline.workspace.ledger import tables as ledger_tables

CLOSING = "closing"


@dataclass(frozen=True)
class Made:
    """A release of the ledger: its line, when it was recorded, and for which use date."""

    release: str
    name: str
    recorded: dt.datetime
    as_of: dt.date | None  # None where its manifest cannot be read

    def knows(self, separation: Separation) -> bool:
        """Whether it was made when the separation was on record and for a day it had come to."""
        return (
            self.recorded > separation.told
            and self.as_of is not None
            and separation.effective <= self.as_of
        )


@dataclass(frozen=True)
class Closed:
    """What a closing came to.

    Attributes:
        issues: The receipts it signed.
        closed: How many separations are closed in all.
        open: How many are not, by what holds them open.
    """

    issues: tuple[Issue, ...]
    closed: int
    open: Mapping[str, int]


def close(
    stands: Standing, contributions: Sequence[Partition], *, at: Workplace, as_of: dt.date
) -> Closed:
    """Record what is out, and give everybody who can be closed their last receipt.

    Args:
        stands: The batch.
        contributions: Every table of contributions.
        at: What it is done with.
        as_of: The day of closing.
    """
    issues = _finish(stands, at=at, as_of=as_of)
    stands = standing(stands.batch, ledger=at.ledger, holds=stands.holds)
    day = max(as_of, *(one.effective for one in stands.separations))
    work, _ = decided(stands, contributions, at=at, as_of=day)
    reached = impact(
        [one.person for one in stands.separations],
        config=at.config, layout=at.layout, ledger=at.ledger, progress=at.tools.progress,
    )  # fmt: skip
    made = made_releases(at.layout, at.ledger)
    why = {
        one.id: _what_holds_it(stands, one, work, reached, made, as_of=as_of)
        for one in stands.separations
    }
    ready = [one for one in stands.separations if not why[one.id]]
    if ready:
        issues.append(_issue(stands, ready, work, reached, made, at=at, as_of=as_of))
    closed = sum(reason in {"", "closed"} for reason in why.values())
    held = Counter(reason for reason in why.values() if reason not in {"", "closed"})
    return Closed(tuple(issues), closed, dict(sorted(held.items())))


def made_releases(layout: Layout, ledger: sa.Engine) -> dict[str, Made]:
    """Every release of the ledger by id, oldest first."""
    found = {}
    for row in releases(ledger):
        recorded = row["recorded"]
        found[row["release"]] = Made(
            release=row["release"],
            name=row["name"],
            recorded=recorded if recorded.tzinfo else recorded.replace(tzinfo=dt.UTC),
            as_of=_use_date(layout, row),
        )
    return found


def _use_date(layout: Layout, row: Mapping[str, Any]) -> dt.date | None:
    try:
        manifest = json.loads((layout.root / row["path"] / "manifest.json").read_bytes())
        return dt.date.fromisoformat(manifest["decided_as_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _what_holds_it(
    stands: Standing,
    one: Separation,
    work: Mapping[str, LeftWork],
    reached: Impact,
    made: Mapping[str, Made],
    *,
    as_of: dt.date,
) -> str:
    """Why a separation stays open, in words; nothing if it can be closed now."""
    repositories = work.get(one.person, LeftWork()).repositories
    states = stands.history(one, as_of=as_of, repositories=repositories)
    state = states[-1].state if states else "EMPLOYED"
    if state == "CLOSED":
        return "closed"
    if state == "REMOVED":
        return ""
    if state == "RETAINED":
        return "" if as_of > one.deadline else "the person may still choose"
    if state != "REMOVAL_PENDING":
        return {
            "HELD": "a hold stands",
            "SEPARATED": "the person may still choose",
        }.get(state, "the last day has not come")
    if reached.undetermined:
        return "a release cannot be asked"
    erase = stands.choice(one, as_of=as_of) == "erase"
    return _not_out(one, reached, made, erase=erase)


def _not_out(one: Separation, reached: Impact, made: Mapping[str, Made], *, erase: bool) -> str:
    newest = {each.name: each for each in made.values()}
    held = {each.release for each in reached.of(one.person)}
    lines = {made[release].name for release in held}

    def is_out(release: str) -> bool:
        return made[release].knows(one) and not (erase and release in held)

    if not all(is_out(newest[name].release) for name in lines):
        return "no release without it yet"
    running = {each.model for each in reached.deployments}
    taught = {each.release for each in reached.models if each.model in running}
    if any(release in held and not is_out(release) for release in taught):
        return "a model that learned from it is in use"
    return ""


def _issue(
    stands: Standing,
    ready: Sequence[Separation],
    work: Mapping[str, LeftWork],
    reached: Impact,
    made: Mapping[str, Made],
    *,
    at: Workplace,
    as_of: dt.date,
) -> Issue:
    """Record the removals, sign the last receipts, and record the closings."""
    _mark(ready, stands, work, "REMOVED", ledger=at.ledger, as_of=as_of)
    stands = standing(stands.batch, ledger=at.ledger, holds=stands.holds)
    folder = folder_of(at.layout, stands.batch)
    number = len(list(folder.glob(f"{CLOSING}-*.bodies.jsonl"))) + 1
    kind = f"{CLOSING}-{number}"
    wanted = {one.id for one in ready}
    newest = {one.name: one.release for one in made.values()}
    words = words_of(at.inputs.terms.agreements)
    keep_bodies(
        folder,
        kind,
        (
            body_of(
                leaver, kind=kind, batch=stands.batch, as_of=as_of, impact=reached,
                words=words, evidence={"newest_releases": newest},
            )
            for leaver in leavers_of(stands, work, at=at, as_of=as_of)
            if leaver.separation.id in wanted
        ),
    )  # fmt: skip
    issued = hand_out(kind, stands.batch, at=at)
    _mark(ready, stands, work, "CLOSED", ledger=at.ledger, as_of=as_of)
    return issued


def _finish(stands: Standing, *, at: Workplace, as_of: dt.date) -> list[Issue]:
    """Finish closings that were killed: their receipts first, then what they close."""
    folder = folder_of(at.layout, stands.batch)
    issues = []
    closed = {one.separation for one in stands.marks if one.state == "CLOSED"}
    for path in sorted(folder.glob(f"{CLOSING}-*.bodies.jsonl")):
        kind = path.name.removesuffix(".bodies.jsonl")
        named = {json.loads(b)["separation"]["separation"] for b in read_bodies(folder, kind)}
        left = [one for one in stands.separations if one.id in named - closed]
        if left:
            issues.append(hand_out(kind, stands.batch, at=at))
            _mark(left, stands, {}, "CLOSED", ledger=at.ledger, as_of=as_of)
    return issues


def _mark(
    ready: Sequence[Separation],
    stands: Standing,
    work: Mapping[str, LeftWork],
    state: str,
    *,
    ledger: sa.Engine,
    as_of: dt.date,
) -> None:
    """Record a removal or closing for those to whom it is due and who do not have it."""
    facts = []
    marked = set(stands.marks)
    for one in ready:
        repositories = work[one.person].repositories if one.person in work else ()
        states = stands.history(one, as_of=as_of, repositories=repositories)
        if state == "REMOVED" and states[-1].state != "REMOVAL_PENDING":
            continue
        if Mark(separation=one.id, state=state, at=as_of) in marked:
            continue
        facts.append(
            {
                "separation": one.id, "person": one.person, "state": state,
                "at": as_of.isoformat(), "detail": {"batch": stands.batch},
            }
        )  # fmt: skip
    append(ledger, ledger_tables.SEPARATION_STATES, *facts)
