"""Decisions as of another day, and as far as something was known at another time.

Valid time (`as_of`): what would be decided on that day with what is known now. Transaction time
(`known_by`): what was decided with what was recorded by then: the set of terms in use then, from
the archive, and what the ledger had of what people said. Asking changes nothing: the workspace's
own decisions and the ledger stay as they are.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from byline.cli import speaking, steps
from byline.cli.session import Session, rows_known_by
from byline.engine.stage import combined
from byline.errors import InputError, UsageError
from byline.release.engineering import Told, ToldDecided, decide_told
from byline.release.inputs import Inputs
from byline.release.past import described_under
from byline.release.prepare import Decided, Described, Tools, decide_repository
from byline.release.work import describe_work
from byline.terms.archive import kept
from byline.workspace.ledger import tables as ledger

AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="Decide for use on this day (ISO date), with what is known now."),
]
KnownByOption = Annotated[
    str | None,
    typer.Option(
        "--known-by", help="Decide with what was recorded by then (ISO date, or time with zone)."
    ),
]


@dataclass(frozen=True)
class Then:
    """All collected work with the people and terms of another day or another time.

    Attributes:
        known_by: The moment (UTC) after which nothing counts as known; None is now.
        record: What the ledger recorded of deciding, the last by `known_by`; None without one.
    """

    inputs: Inputs
    described: Sequence[Described]
    told: Sequence[Told]
    known_by: dt.datetime | None = None
    record: Mapping[str, Any] | None = None

    @property
    def facts(self) -> str:
        """The digest of the contributions in repositories."""
        return combined(
            [
                part
                for one in self.described
                for part in (*one.file_contributions, *one.edit_contributions)
            ]
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """In what this differs from the record, in sentences; none where it is all the same."""
        if self.record is None:
            return ()
        detail = self.record["detail"]
        return tuple(
            remark
            for remark, differs in (
                (
                    "The roster, mailmap or rules of today are not those of then.",
                    detail["roster"] != self.inputs.directory.digest,
                ),
                (
                    "The collected work of today is not that of then, or is described otherwise.",
                    detail["facts"] != self.facts,
                ),
                (
                    "By then people had said more than when the decisions were last recorded.",
                    self.record["subject"] != self.inputs.terms.digest,
                ),
                (
                    f"The decisions recorded then were for use on {detail['as_of']}.",
                    detail["as_of"] != self.inputs.as_of.isoformat(),
                ),
            )
            if differs
        )

    def as_json(self) -> dict[str, Any]:
        """What was asked, as plain JSON values."""
        return {
            "as_of": self.inputs.as_of.isoformat(),
            "known_by": self.known_by.isoformat() if self.known_by else None,
            "terms": self.inputs.terms.digest,
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True)
class Asked:
    """Decisions on all of that work."""

    then: Then
    decided: Sequence[Decided]
    told: Sequence[ToldDecided]

    @property
    def digest(self) -> str:
        """The digest of the decisions on repositories, as `ledger.DECISION_SETS` has it."""
        return combined([part for one in self.decided for _, part in one.pairs])

    @property
    def reproduced(self) -> bool | None:
        """Whether these are the decisions recorded then; None where something else differs."""
        record = self.then.record
        if record is None or self.then.remarks:
            return None
        return bool(record["detail"]["decisions"] == self.digest)


def work_at(session: Session, *, as_of: str | None, known_by: str | None) -> Then:
    """All collected work with the people and terms of another day or another time.

    Args:
        session: The session.
        as_of: A date, as given on the command line; None means that of the configuration, or with
            `known_by` that of the decisions recorded then.
        known_by: A date (its end, UTC) or a time; None means now.

    Raises:
        UsageError: One of them is no date.
        InputError: Nothing had been decided by then, or the terms of then were not kept.
    """
    day, moment = speaking.day(as_of, "--as-of"), moment_of(known_by)
    if moment is not None:
        record = _record(session, moment)
        inputs = _inputs(session, record, day, moment)
    else:
        record = None
        inputs = replace(session.inputs, as_of=day or session.inputs.as_of)
    described, told = _work(session, inputs)
    return Then(inputs, described, told, moment, record)


def decide_at(session: Session, then: Then) -> Asked:
    """Decide that work, in a folder of tables of its own."""
    tools = _tools(session)
    return Asked(
        then,
        [decide_repository(one, then.inputs, tools) for one in then.described],
        decide_told(
            then.told, then.inputs, tables=tools.tables, executor=tools.executor,
            progress=tools.progress,
        ),
    )  # fmt: skip


def _tools(session: Session) -> Tools:
    return Tools(session.layout.asked, session.executor, session.voice.progress)


def moment_of(text: str | None) -> dt.datetime | None:
    """A moment in UTC: a date means its end.

    Raises:
        UsageError: It is neither a date nor a time with its zone.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-24"):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, dt.UTC)
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--known-by is {text!r}", advice=_MOMENT) from error
    if moment.tzinfo is None:
        raise UsageError(f"--known-by is {text!r}, without a zone", advice=_MOMENT)
    return moment.astimezone(dt.UTC)


_MOMENT = "write a date as 2026-11-24, or a time as 2026-11-24T18:00:00Z"


def _record(session: Session, moment: dt.datetime) -> dict[str, Any]:
    """The last record of deciding by a moment."""
    events = rows_known_by(session.ledger, ledger.EVENTS, moment)
    used = [row for row in events if row["verb"] == steps.DECIDED]
    if not used:
        raise InputError(
            f"nothing had been decided by {moment:%Y-%m-%d %H:%M} UTC",
            advice="ask for a later day; `byline decide` records what it decides from",
        )
    return used[-1]


def _inputs(
    session: Session, record: dict[str, Any], day: dt.date | None, moment: dt.datetime
) -> Inputs:
    """People and terms as they were known; what was said since that record is counted in."""
    then = session.inputs_known_by(moment)
    agreed = kept(record["subject"], session.layout.terms)
    said = then.terms
    detail = record["detail"]
    return replace(
        then,
        terms=replace(agreed, withdrawals=said.withdrawals, events=said.events, holds=said.holds),
        as_of=day or dt.date.fromisoformat(detail["as_of"]),
        purposes=tuple(detail["purposes"]),
    )


def _work(session: Session, inputs: Inputs) -> tuple[Sequence[Described], Sequence[Told]]:
    """The work with the people of `inputs`; that of today where they are the same people."""
    today = steps.describe_all(session)
    if inputs.directory.digest == session.inputs.directory.digest:
        return today, steps.work_all(session).told
    tools = _tools(session)
    described = [described_under(one, inputs, tools) for one in today]
    work = describe_work(session.config, described, inputs, tools, mirrors=session.layout.mirrors)
    return described, work.told
