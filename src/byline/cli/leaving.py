"""What the verbs of leaving share: which batch is meant, what it is worked on with, showing it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from byline.answers import leave as leaving
from byline.answers import leave_batches
from byline.answers.disclosure import Disclosure
from byline.answers.leave_batches import Standing
from byline.cli import speaking, steps
from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.engine.stage import Partition
from byline.people.rows import Place
from byline.terms.separation_files import Batch, batch_of, leaving_of, read_batch


def contributions_of(opened: Session) -> list[Partition]:
    """Every table of contributions of a workspace, described with what is on record now."""
    described = steps.describe_all(opened)
    told = steps.work_all(opened).told
    return [
        *(part for one in described for part in (*one.file_contributions, *one.edit_contributions)),
        *(replace(one.contributions, name=f"work/{one.bucket.name}") for one in told),
    ]


def batch_asked(
    opened: Session,
    person: str | None,
    file: Path | None,
    *,
    effective: str | None,
    kind: str,
    note: str,
    deadline: dt.date | None,
) -> Batch:
    """The batch that a verb was given: a file, or one person.

    Raises:
        ConfigError: The file or the options are wrong.
    """
    people = opened.inputs.directory.people
    if file is not None:
        return batch_of(read_batch(file, people=people), deadline=deadline)
    cells = {"person": person or "", "effective": effective or "", "kind": kind, "note": note}
    place = Place(Path("the command"), "leave")
    known = {one.id: one for one in people}
    return batch_of([leaving_of(cells, people=known, place=place)], deadline=deadline)


def workplace(opened: Session) -> leaving.Workplace:
    """What a batch is worked on with in this session."""
    return leaving.Workplace(
        opened.config, opened.layout, opened.ledger, opened.inputs, opened.signer, opened.tools
    )


def standing_of(opened: Session, batch: str) -> Standing:
    """A batch of the ledger as it stands, by id or its beginning."""
    return leave_batches.standing(batch, ledger=opened.ledger, holds=opened.inputs.terms.holds)


def day_of(given: str | None) -> dt.date:
    """The day looked at: as given, else today."""
    return speaking.day(given, "--on") or speaking.now().date()


def show_worked(voice: Voice, stands: Standing, worked: leaving.Worked, *, on: dt.date) -> None:
    """What became of a batch, for a person."""
    purposes = sorted({*worked.ended, *worked.surviving})
    voice.table(
        "Contributions of the batch",
        ("purpose", "included before and no longer", "still included"),
        [(one, worked.ended.get(one, 0), worked.surviving.get(one, 0)) for one in purposes],
    )
    voice.table(
        "Releases that hold their work",
        ("release", "name", "people"),
        [(one.release, one.name, len(one.people)) for one in worked.impact.releases],
    )
    _show_disclosure(voice, worked.disclosure)
    counts = stands.counts(as_of=on)
    voice.line(", ".join(f"{count:,} {state}" for state, count in sorted(counts.items())))
    voice.line(f"{worked.issue.size:,} receipts in {worked.issue.folder}")


def _show_disclosure(voice: Voice, made: Disclosure) -> None:
    def shown(count: int | None) -> object:
        return "fewer than 10, or withheld" if count is None else count

    rows: Sequence[Sequence[Any]] = [
        (one.model, one.purpose, cell.job_family, shown(cell.people),
         "yes" if cell.deployed else "no")
        for one in made.models
        for cell in one.families
    ]  # fmt: skip
    voice.table(
        "Models that hold their work: in use on their kinds of work?",
        ("model", "purpose", "job family", "people", "in use on it"),
        rows,
    )
    voice.line(
        "A model that holds their work is in use on their kinds of work."
        if made.answer
        else "No model that holds their work is in use on their kinds of work."
    )
