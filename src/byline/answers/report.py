"""The report at the end of a run: what was used, under what, what is missing, what came of it.

It names and ranks nobody (law 11): people are counted in bands. Every figure comes from the sealed
manifest, the release's rows, the decisions, the model's records or the ledger.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from byline.answers import commands
from byline.answers.cited import CitedClause, clauses_of
from byline.answers.commands import Command
from byline.answers.fates import Fate, Opportunities, fates, opportunities
from byline.answers.held import people_rows
from byline.answers.page import plain_values, render, write_page
from byline.answers.standing import Standing, standing_of
from byline.answers.teaching import Teaching, teaching_of
from byline.release.inputs import Inputs
from byline.release.prepare import Decided
from byline.release.seal import SealedRelease
from byline.terms.agreements import Agreement
from byline.terms.checks import Problem, check_terms
from byline.terms.explain import gaps
from byline.terms.reasons import REASONS
from byline.workspace.config import Config
from byline.workspace.layout import Layout

BANDS = (5, 10, 25, 50, 100, 250, 1000)
SHOWN_GAPS = 20


@dataclass(frozen=True)
class RelyingExamples:
    """A clause, and how many examples of the release rely on it."""

    clause: CitedClause
    examples: int


@dataclass(frozen=True)
class MissingFact:
    """Lines of files that are excluded for want of something; people as a band."""

    reason: str
    sentence: str
    missing: str
    purpose: str
    population: str
    lines: int
    people: str


@dataclass(frozen=True)
class Report:
    """What a run says at its end.

    Attributes:
        people: How many people's work is in the release, as a band.
        lines: Fates of collected lines; `commits` the same of commits.
        not_read: Files that were not read, by reason.
        items: Fates of reviews, issues, documents, builds and traces.
        units: For each recipe that reads them, what it saw.
        personal_clauses: Clauses relied on that are about named people, and so not shown.
        personal_examples: Examples that rely on one of them.
        missing_more: How many further things are missing.
        seconds: How long each stage took.
    """

    organisation: str
    release: str
    name: str
    purposes: tuple[str, ...]
    lane: str
    decided_as_of: str
    root: str
    examples: int
    people: str
    splits: Mapping[str, Mapping[str, int]]
    split_rule: str
    recipes: Mapping[str, int]
    repositories: tuple[Mapping[str, Any], ...]
    lines: tuple[Fate, ...]
    commits: tuple[Fate, ...]
    not_read: tuple[Fate, ...]
    items: tuple[Fate, ...]
    units: tuple[Opportunities, ...]
    clauses: tuple[RelyingExamples, ...]
    personal_clauses: int
    personal_examples: int
    missing: tuple[MissingFact, ...]
    missing_more: int
    problems: tuple[Problem, ...]
    model: Teaching | None
    standing: Standing
    seconds: Mapping[str, float]
    to_verify: tuple[Command, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        found = plain_values(asdict(self))
        found["problems"] = [problem._asdict() for problem in self.problems]
        return {"schema": "byline/report/1", **found}


def report(
    release: SealedRelease,
    *,
    config: Config,
    layout: Layout,
    ledger: sa.Engine,
    inputs: Inputs,
    decided: Sequence[Decided],
    model: Path | None = None,
    timings: Mapping[str, float] | None = None,
) -> Report:
    """The report of a run.

    Args:
        release: What the run sealed.
        config: The configuration.
        layout: The workspace.
        ledger: The ledger.
        inputs: Roster and terms.
        decided: All collected work with its decisions.
        model: The folder of the model that the run trained, if it did.
        timings: Seconds by stage.

    Raises:
        IntegrityError: A release, a model or its records are damaged.
    """
    manifest = release.manifest
    found = _missing(decided)
    agreements = inputs.terms.agreements
    clauses, personal_clauses, personal_examples = _clauses(release, agreements)
    return Report(
        organisation=config.organisation.name,
        release=release.id,
        name=release.name,
        purposes=release.purposes,
        lane=release.lane,
        decided_as_of=manifest["decided_as_of"],
        root=release.root,
        examples=manifest["examples"],
        people=band(manifest["people"]),
        splits=manifest["splits"],
        split_rule=manifest["settings"]["split"],
        recipes=manifest["recipes"],
        repositories=tuple(manifest["repositories"]),
        lines=fates(manifest["account"]["lines"]),
        commits=fates(manifest["account"]["commits"]),
        not_read=fates(manifest["account"]["files_not_read"]),
        items=fates(manifest["account"].get("items", {})),
        units=opportunities(manifest["account"].get("units", {})),
        clauses=clauses,
        personal_clauses=personal_clauses,
        personal_examples=personal_examples,
        missing=found[:SHOWN_GAPS],
        missing_more=max(0, len(found) - SHOWN_GAPS),
        problems=tuple(
            check_terms(inputs.terms.agreements, notices=inputs.terms.notices, as_of=inputs.as_of)
        ),
        model=teaching_of(model) if model else None,
        standing=standing_of(config=config, layout=layout, ledger=ledger, decided=decided),
        seconds=dict(timings or {}),
        to_verify=(commands.verify_release(release.id), commands.check_log()),
    )


def report_page(report: Report) -> str:
    """The report as one self-contained HTML page."""
    return render("report.html.j2", {"report": report})


def write_report(report: Report, folder: Path) -> Path:
    """Write the page and its data into a folder of reports; returns the page's path."""
    path = folder / f"report-{report.release}.html"
    return write_page(path, report_page(report), data=report.as_json())


def band(people: int) -> str:
    """A number of people as a band, so that a small group does not point at one person."""
    if people == 0:
        return "nobody"
    upper = next((bound for bound in BANDS if people < bound), None)
    if upper is None:
        return f"{BANDS[-1]:,} or more"
    place = BANDS.index(upper)
    return f"{BANDS[place - 1]}–{upper - 1}" if place else f"fewer than {upper}"


def _clauses(
    release: SealedRelease, agreements: Sequence[Agreement]
) -> tuple[tuple[RelyingExamples, ...], int, int]:
    """The clauses relied on; and how many clauses, and examples, are about named people.

    A clause about named people is theirs: it is counted and not shown.
    """
    private = {c.id for one in agreements for c in one.clauses if c.who.people}
    counts: Counter[str] = Counter()
    examples = 0
    for batch in people_rows(release):
        for people in batch.column("people").to_pylist():
            relied = {clause for person in people for clause in person["decisions"]}
            counts.update(relied)
            examples += not relied.isdisjoint(private)
    known = clauses_of(agreements, counts.keys() - private)
    shown = tuple(RelyingExamples(clause, counts[clause.id]) for clause in known)
    return shown, len(counts.keys() & private), examples


def _missing(decided: Sequence[Decided]) -> tuple[MissingFact, ...]:
    """What lines of files lack, the most lines first."""
    facts, decisions = [], []
    for one in decided:
        pairs = zip(one.described.file_contributions, one.file_decisions, strict=True)
        for contributions, decision in pairs:
            facts.append(contributions.read(["contribution", "population", "person", "lines"]))
            table = decision.read(["contribution", "purpose", "outcome", "reason", "missing"])
            table = table.filter(pc.greater(pc.list_value_length(table["missing"]), 0))
            decisions.append(table)
    if not facts:
        return ()
    return tuple(
        MissingFact(
            reason=gap.reason,
            sentence=REASONS[gap.reason],
            missing=gap.missing,
            purpose=gap.purpose,
            population=gap.population,
            lines=gap.lines,
            people=band(gap.people),
        )
        for gap in gaps(pa.concat_tables(facts), pa.concat_tables(decisions))
    )
