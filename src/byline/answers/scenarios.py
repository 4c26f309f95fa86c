"""What a repository could teach today, under which terms, and why not the rest.

Each scenario is decided by the same code as a release, over the same facts: no terms at all, the
`open-source` template, and a what-if in which the repository is the reader's own and everyone in it
is an employee who was told. A line stands or falls with everyone whom its commit names. Lines of a
scenario add up to all lines. Nothing is claimed of later steps: duplicates and runs too short to
teach are left out only when a release is built.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.stage import Partition
from byline.examples.allowed import by_run, permissions
from byline.terms.agreement_files import load_pack
from byline.terms.agreements import Agreement
from byline.terms.decide import decide
from byline.terms.notices import Notice
from byline.terms.reasons import REASONS

PURPOSE = "assist_others"
TRAINABLE = "trainable"
FITNESS = {
    TRAINABLE: "Could be trained on.",
    "generated": "Permitted, but generated: nobody's writing is learned from it.",
    "quality": "Permitted, but data, encoded or otherwise not worth learning from.",
    "undecided": "No decision could be made, because nobody is recorded for it.",
}


@dataclass(frozen=True)
class Fate:
    """What becomes of some lines, and what would change it."""

    code: str
    sentence: str
    lines: int
    change: str | None


@dataclass(frozen=True)
class Clause:
    """The words of a clause that a scenario rests on."""

    id: str
    agreement: str
    text: str


@dataclass(frozen=True)
class Scenario:
    """One set of terms and what it leads to; trainable lines first, then the most lines."""

    name: str
    title: str
    words: str
    is_hypothetical: bool
    fates: tuple[Fate, ...]
    clauses: tuple[Clause, ...]

    @property
    def lines(self) -> int:
        """All lines."""
        return sum(fate.lines for fate in self.fates)

    @property
    def trainable(self) -> int:
        """Lines that could be trained on."""
        return sum(fate.lines for fate in self.fates if fate.code == TRAINABLE)


@dataclass(frozen=True)
class _Plan:
    name: str
    title: str
    words: str
    packs: tuple[str, ...] = ()
    is_own: bool = False


PLANS = (
    _Plan(
        "no-terms",
        "Today, with no terms on record",
        "Silence is not permission: without an agreement nothing may be trained on.",
    ),
    _Plan(
        "open-source",
        "As public work, under its own licence",
        "The repository's licence is the agreement and the notice. Decided with the built-in "
        "template “open-source”, which counsel should read first.",
        packs=("open-source",),
    ),
    _Plan(
        "own-work",
        "What if it were your own, and everyone had been told?",
        "Suppose that the repository is yours, that every person in it is on your roster as an "
        "employee in the United States, and that each was served the notice “ai-training”. Decided "
        "with the built-in template “us-employer”.",
        packs=("us-employer",),
        is_own=True,
    ),
)


def scenarios(
    files: Sequence[Partition],
    labels: Sequence[Partition],
    contributions: Sequence[Partition],
    *,
    as_of: dt.date | None = None,
    newest: dt.date,
) -> tuple[Scenario, ...]:
    """Decide all lines under each set of terms.

    Args:
        files: Buckets of `FILES`.
        labels: Their `LABELS`, in the same order.
        contributions: Their `CONTRIBUTIONS`, in the same order.
        as_of: The use date; by default the newest commit's day, or the first day on which the
            templates are in force where that is later.
        newest: The day of the newest commit.
    """
    made = []
    for plan in PLANS:
        agreements = tuple(one for pack in plan.packs for one in load_pack(pack))
        day = as_of or max([newest, *(one.effective for one in agreements)])
        lines: Counter[str] = Counter()
        changes: Counter[tuple[str, str]] = Counter()
        for parts in zip(files, labels, contributions, strict=True):
            _count(parts, plan, agreements, day, lines, changes)
        made.append(_scenario(plan, agreements, lines, changes))
    return tuple(made)


def _count(
    parts: tuple[Partition, Partition, Partition],
    plan: _Plan,
    agreements: Sequence[Agreement],
    as_of: dt.date,
    lines: Counter[str],
    changes: Counter[tuple[str, str]],
) -> None:
    """Add the fates of one bucket's lines, and the lines that each change would free."""
    files, labels, contributions = parts
    facts = contributions.read()
    if plan.is_own:
        facts = _as_own(facts)
    decisions = decide(
        facts,
        agreements=agreements,
        notices=_told(facts, as_of) if plan.is_own else (),
        objections=(),
        withdrawals=(),
        purposes=[PURPOSE],
        as_of=as_of,
    )
    _count_changes(facts, decisions, changes)
    permitted = permissions(facts, decisions)
    unfit = {row["item"]: _unfit(row) for row in labels.read(_LABELS).to_pylist()}
    for file in files.read(["item", "origins"]).to_pylist():
        for known, count in by_run(file["item"], file["origins"], permitted, side="file"):
            fate = known.reason or unfit[file["item"]] or TRAINABLE
            lines[fate] += count


_LABELS = ["item", "generated", "quality"]


def _unfit(label: Mapping[str, Any]) -> str | None:
    if label["generated"]:
        return "generated"
    return None if all(rule["keep"] for rule in label["quality"]) else "quality"


def _as_own(facts: pa.Table) -> pa.Table:
    """The same facts as if every outsider were an employee and the repository the reader's own."""
    outside = pc.equal(facts["population"], "outsider")
    values = {
        "population": pc.if_else(outside, "roster", facts["population"]),
        "employment": pc.if_else(outside, "in_force", facts["employment"]),
        "worker_type": pc.if_else(outside, "employee", facts["worker_type"]),
        "country": pc.if_else(outside, "US", facts["country"]),
        "owner": pc.if_else(pc.equal(facts["owner"], "open-source"), "employer", facts["owner"]),
    }
    return pa.table(
        [values.get(name, facts[name]) for name in facts.column_names], schema=facts.schema
    )


def _told(facts: pa.Table, as_of: dt.date) -> tuple[Notice, ...]:
    people = sorted(one for one in pc.unique(facts["person"]).to_pylist() if one)
    return tuple(
        Notice(notice="ai-training", version="1", person=person, served=as_of) for person in people
    )


def _count_changes(facts: pa.Table, decisions: pa.Table, changes: Counter[tuple[str, str]]) -> None:
    table = pa.table(
        {
            "reason": decisions["reason"],
            "change": decisions["counterfactual"],
            "lines": facts["lines"],
        }
    )
    grouped = table.group_by(["reason", "change"]).aggregate([("lines", "sum")])
    for row in grouped.to_pylist():
        if row["change"]:
            changes[row["reason"], row["change"]] += row["lines_sum"]


def _scenario(
    plan: _Plan,
    agreements: Sequence[Agreement],
    lines: Counter[str],
    changes: Counter[tuple[str, str]],
) -> Scenario:
    order = sorted(lines, key=lambda code: (code != TRAINABLE, -lines[code], code))
    return Scenario(
        name=plan.name,
        title=plan.title,
        words=plan.words,
        is_hypothetical=plan.is_own,
        fates=tuple(
            Fate(
                code=code,
                sentence=FITNESS.get(code) or REASONS.get(code) or code,
                lines=lines[code],
                change=_change(code, changes),
            )
            for code in order
            if lines[code] or code == TRAINABLE
        ),
        clauses=tuple(
            Clause(clause.id, agreement.title, " ".join(clause.text.split()))
            for agreement in agreements
            for clause in agreement.clauses
            if PURPOSE in clause.purposes or "*" in clause.purposes
        ),
    )


def _change(code: str, changes: Counter[tuple[str, str]]) -> str | None:
    """What would free most of the lines that this reason holds back."""
    fitting = [(-lines, change) for (reason, change), lines in changes.items() if reason == code]
    return min(fitting)[1] if fitting else None
