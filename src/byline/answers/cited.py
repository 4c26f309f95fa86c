"""The words of clauses, and what decisions on a person's work say, counted.

Files at the collected revision and changes of the past are counted apart: their lines overlap.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.engine.stage import Partition
from byline.release.engineering import ToldDecided
from byline.release.prepare import Decided
from byline.terms.agreements import Agreement
from byline.terms.reasons import REASONS

FILES, CHANGES, MESSAGES = "lines of files today", "lines of past changes", "commit messages"
PROPOSED, TOLD = "lines of proposed changes", "reviews, issues, documents, builds and traces"


@dataclass(frozen=True)
class CitedClause:
    """A clause in its own words, with the agreement that it is part of."""

    id: str
    effect: str
    text: str
    agreement: str
    version: str
    template: bool


@dataclass(frozen=True)
class DecidedWork:
    """Some of a person's work that was decided alike.

    Attributes:
        what: Lines of files today, lines of past changes, or commit messages.
        contributions: How many spans of work (one item, one commit).
        lines: Lines in them.
        change: What would have changed an exclusion, or None.
    """

    what: str
    work_class: str
    purpose: str
    outcome: str
    reason: str
    sentence: str
    contributions: int
    lines: int
    repositories: tuple[str, ...]
    clauses: tuple[str, ...]
    basis: str | None
    notice: str | None
    missing: tuple[str, ...]
    change: str | None

    @property
    def is_included(self) -> bool:
        """Whether the terms permit it."""
        return self.outcome != "excluded"


def clauses_of(agreements: Sequence[Agreement], ids: Collection[str]) -> tuple[CitedClause, ...]:
    """The clauses with these ids, in order of id; an id that no agreement has is left out."""
    found = [
        CitedClause(
            id=clause.id,
            effect=clause.effect,
            text=" ".join(clause.text.split()),
            agreement=agreement.title,
            version=agreement.version,
            template=agreement.template,
        )
        for agreement in agreements
        for clause in agreement.clauses
        if clause.id in set(ids)
    ]
    return tuple(sorted(found, key=lambda clause: clause.id))


def decided_work(
    person: str, decided: Sequence[Decided], work: Sequence[ToldDecided] = ()
) -> tuple[DecidedWork, ...]:
    """The decisions on one person's work, alike ones together: included first, then most lines.

    Args:
        person: Their id.
        decided: Files and commits.
        work: Reviews, issues, documents, builds and traces.
    """
    groups: defaultdict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for told in work:
        for fact, decision in _rows(person, told.told.contributions, told.decisions):
            kind = TOLD if fact["class"] != "code" else PROPOSED
            key = (kind, fact["class"], *(_hashable(decision[name]) for name in _ALIKE))
            groups[key].append(fact)
    for one in decided:
        about = one.described
        pairs = [
            *((FILES, *pair) for pair in zip(about.file_contributions, one.file_decisions,
                                            strict=True)),
            *((CHANGES, *pair) for pair in zip(about.edit_contributions, one.edit_decisions,
                                              strict=True)),
        ]  # fmt: skip
        for what, contributions, decisions in pairs:
            for fact, decision in _rows(person, contributions, decisions):
                kind = MESSAGES if what == CHANGES and fact["class"] == "process" else what
                key = (kind, fact["class"], *(_hashable(decision[name]) for name in _ALIKE))
                groups[key].append(fact)
    made = [_work(key, facts) for key, facts in groups.items()]
    return tuple(sorted(made, key=_order))


_ALIKE = (
    "purpose", "outcome", "reason", "clauses", "basis", "notice", "missing", "counterfactual",
)  # fmt: skip
_FACTS = ["contribution", "class", "repository", "lines", "person"]


def _rows(
    person: str, contributions: Partition, decisions: Partition
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each fact of a person with each decision on it."""
    facts = pq.read_table(contributions.path, columns=_FACTS, filters=[("person", "==", person)])
    if not facts.num_rows:
        return []
    table = decisions.read(["contribution", *_ALIKE])
    wanted = pc.is_in(table["contribution"], value_set=facts["contribution"].combine_chunks())
    by_id = {row["contribution"]: row for row in facts.to_pylist()}
    return [(by_id[row["contribution"]], row) for row in table.filter(wanted).to_pylist()]


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _work(key: tuple[Any, ...], facts: Sequence[Mapping[str, Any]]) -> DecidedWork:
    what, work_class, purpose, outcome, reason, clauses, basis, notice, missing, change = key
    return DecidedWork(
        what=what,
        work_class=work_class,
        purpose=purpose,
        outcome=outcome,
        reason=reason,
        sentence=REASONS[reason],
        contributions=len(facts),
        lines=sum(fact["lines"] for fact in facts),
        repositories=tuple(sorted({fact["repository"] for fact in facts})),
        clauses=clauses,
        basis=basis,
        notice=notice,
        missing=missing,
        change=change,
    )


def _order(work: DecidedWork) -> tuple[Any, ...]:
    kinds = (FILES, CHANGES, MESSAGES, PROPOSED, TOLD)
    return kinds.index(work.what), not work.is_included, -work.lines, work.reason, work.clauses
