"""What is written down of a portion of a trace: its record and its labels."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from byline.examples.material import Row
from byline.examples.pieces import joined
from byline.examples.trajectory_steps import Step
from byline.examples.trajectory_ticket import Ticket


@dataclass(frozen=True)
class Portion:
    """A stretch of a trace.

    Attributes:
        item: Row of `ITEMS`.
        number: From 1.
        of: How many the trace has.
        earlier: Rows of `PARTS` before it, for the recap.
        parts: Its rows of `PARTS`.
    """

    item: Row
    number: int
    of: int
    earlier: Sequence[Row]
    parts: Sequence[Row]


def detail_of(part: Row) -> dict[str, Any]:
    """The detail of a part, as an object."""
    value = json.loads(part["detail"]) if part["detail"] else {}
    return value if isinstance(value, dict) else {}


def record_of(portion: Portion, steps: Sequence[Step], issue: Ticket | None) -> dict[str, Any]:
    """The record, with ATIF's names where it has them."""
    return {
        "trace": portion.item["key"],
        "repo": portion.item["repository"],
        "form": json.loads(portion.item["detail"]).get("form"),
        "portion": portion.number,
        "portions": portion.of,
        "issue": issue.issue["key"] if issue is not None else None,
        "problem_statement": joined(issue.turn.pieces) if issue is not None else None,
        "steps": [
            {
                "step_id": number,
                "kind": step.kind,
                "origin": step.origin,
                "message": joined(step.pieces),
                "error": bool(step.detail.get("error")),
                "is_copied_context": bool(step.detail.get("copied_context")),
                "exit": step.detail.get("exit"),
                "label": step.detail.get("label"),
            }
            for number, step in enumerate(steps, start=1)
        ],
        "outcome": {"resolved": {"resolved": True, "unresolved": False}.get(
            portion.item["state"] or "")},
    }  # fmt: skip


def labels_of(portion: Portion, steps: Sequence[Step]) -> dict[str, str]:
    """What is known of it: its form, who acted, how it ended, how many steps of which purpose."""
    done = [step for step in steps if step.is_action]
    counts = Counter(str(step.detail.get("label")) for step in done if step.detail.get("label"))
    actors = sorted({step.origin or "unknown" for step in done})
    return {
        "form": str(json.loads(portion.item["detail"]).get("form")),
        "actor": ",".join(actors),
        "outcome": portion.item["state"] or "unknown",
        "steps": ",".join(f"{name}:{counts[name]}" for name in sorted(counts)),
    }
