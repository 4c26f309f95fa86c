"""Decisions of the sample, compared with its answer key contribution by contribution."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from byline.cli import steps
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.terms.decide import decide


def facts_and_decisions(
    company: Path, purposes: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every contribution with the decision on it, for each purpose."""
    with session(company, voice=Voice(as_json=True, quiet=True)) as opened:
        given, _ = opened.inputs.deciding
        terms = given["terms"]
        pairs = [
            *(pair for one in steps.decide_all(opened) for pair in one.pairs),
            *(one.pair for one in steps.decide_work(opened)),
        ]
        for part, _ in pairs:
            facts = part.read()
            rows = {row["contribution"]: row for row in facts.to_pylist()}
            made = decide(
                facts, agreements=terms.agreements, notices=terms.notices,
                objections=terms.objections, withdrawals=terms.withdrawals,
                purposes=purposes, as_of=opened.inputs.as_of, events=terms.events,
                assessments=terms.assessments, holds=terms.holds,
            )  # fmt: skip
            for decision in made.to_pylist():
                yield rows[decision["contribution"]], decision


def first_fitting(fact: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """The place of the first row that fits a contribution; -1 where none does."""
    return next((place for place, row in enumerate(rows) if _fits(fact, row)), -1)


def _fits(fact: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    is_one = row["who"] == ["*"] or {fact["person"], fact["population"]} & set(row["who"])
    return (
        bool(is_one)
        and (row["classes"] == ["*"] or fact["class"] in row["classes"])
        and (not row["repository"] or fact["repository"] == row["repository"])
        and (not row["before"] or fact["authored"].date().isoformat() < row["before"])
        and (not row["licensed"] or fact["licence_source"] == "file")
    )
