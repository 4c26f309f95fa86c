"""The answer key, outside the company: what is planted where, and who must be kept out."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from byline.sample.company import CONTRACTOR_NOTICES
from byline.sample.decided import decided
from byline.sample.fast_import import Commit
from byline.sample.people import CAST
from byline.sample.plan import Plan
from byline.sample.process import ProcessSummary


@dataclass(frozen=True, slots=True)
class Recorded:
    """A repository as it came out: its plan, head, named commits and number of commits."""

    plan: Plan
    head: Commit
    named: Mapping[str, Commit]
    num_commits: int


_EXCLUDED: tuple[tuple[str, str, str], ...] = (
    ("ha-104", "all", "left 2025-05-30; no clause survives"),
    ("ha-106", "all", "notice served 2026-07-10, after the use date"),
    ("ha-108", "all", "objected to everything on 2026-02-16"),
    ("ha-109", "all", "left 2025-08-31; no clause survives"),
    ("ha-117", "all", "intern: the policy forbids"),
    ("ha-123", "all", "contractor without any agreement: silence"),
    ("outsider", "all", "not on the roster; no clause speaks of outsiders"),
    ("copilot-swe-agent[bot]", "all", "AI account; no clause speaks of AI"),
    ("ha-103", "process", "objected to the class process on 2025-10-02"),
    ("ha-105", "process", "left 2025-11-14; the surviving clause permits code only"),
    ("ha-105", "design", "left 2025-11-14; the surviving clause permits code only"),
    ("ha-121", f"before:{CONTRACTOR_NOTICES['ha-121']}", "notice must precede the writing"),
    ("ha-121", "process", "the contractor clause permits code only"),
    ("ha-121", "design", "the contractor clause permits code only"),
    ("ha-122", "process", "the contractor clause permits code only"),
    ("ha-122", "design", "the contractor clause permits code only"),
    ("ha-128", "design", "left 2026-01-31; the surviving clause permits code and process only"),
    ("ha-131", "before:2025-03-01", "written before joining, on a basis the works agreement bars"),
    ("harbour-deps[bot]", "process", "the automation policy permits code only"),
    ("harbour-ci", "process", "the automation policy permits code only"),
    ("*", "repo:northwind-portal", "customer agreement forbids, for everybody"),
)


def people_excluded() -> list[dict[str, str]]:
    """Return who must be kept out of a release for `assist_others`, how far, and why."""
    return [{"person": who, "scope": scope, "reason": reason} for who, scope, reason in _EXCLUDED]


def answer_key(
    recorded: Sequence[Recorded],
    process: ProcessSummary,
    *,
    seed: int,
    modules: Mapping[str, list[str]],
) -> str:
    """Return answers/answer-key.json as text with sorted keys."""
    key = {
        "seed": seed,
        "python": platform.python_version(),
        "modules": modules,
        "people": [_person_row(place) for place in range(len(CAST))],
        "people_excluded": people_excluded(),
        "decided": decided(),
        "secrets": [row for one in recorded for row in _planted_rows(one, "secrets")],
        "personal_data": [row for one in recorded for row in _planted_rows(one, "personal_data")],
        "lines": [row for one in recorded for row in _line_rows(one)],
        "commits": {
            one.plan.facts.name: {"count": one.num_commits, "head": one.head.oid}
            for one in recorded
        }
        | {
            one.repository: {"count": one.num_commits, "head": one.head.oid}
            for one in process.played
        },
        "process": process.answers,
    }
    return json.dumps(key, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _person_row(place: int) -> dict[str, object]:
    member = CAST[place]
    return {
        "person": member.id,
        "name": member.name,
        "emails": sorted({email for _, email in member.identities}),
        "population": member.population,
    }


def _planted_rows(one: Recorded, group: str) -> list[dict[str, str]]:
    rows = []
    for placement in one.plan.placements:
        if placement.planted.group != group:
            continue
        commit = one.named[placement.task]
        file = commit.tree.get(placement.identity)
        if placement.where == "head":
            file = one.head.tree[placement.identity]
        path = "" if placement.where == "message" or file is None else file.path
        rows.append(
            {
                "repo": one.plan.facts.name,
                "path": path,
                "kind": placement.planted.kind,
                "value": placement.planted.value,
                "where": placement.where,
                "commit": commit.oid,
            }
        )
    return rows


def _line_rows(one: Recorded) -> list[dict[str, str]]:
    return [
        {
            "repo": line.repository,
            "path": one.head.tree[line.identity].path,
            "person": line.person,
            "line": line.text,
        }
        for line in one.plan.lines
    ]
