"""What of git is asked for reviews: each patchset, what changed between them, what was merged.

For each review, in this order: ``patchset`` (the base to each patchset), ``interdiff`` (each
patchset to the next) and ``merged`` (to what was merged). A base that the export does not name is
``""``: the collector then takes the merge base with the collected revision, or where the work
entered the line of first parents (`byline.work.git.ranges`). What was merged has no base here in
any case: the export's base of the last patchset may be far behind what it was merged on.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from byline.work.items import RANGES

MAX_PATCHSETS: Final = 40
"""Of a longer review: the first, the last, and those that comments stand on, at most so many."""
MERGED: Final = "merged"
Row = Mapping[str, Any]


def review_ranges(
    items: pa.Table,
    parts: pa.Table,
    patchsets: pa.Table,
    *,
    max_patchsets: int = MAX_PATCHSETS,
) -> pa.Table:
    """The ranges of all reviews that can be used, by item, purpose and patchset.

    Args:
        items: `ITEMS`; those that are no reviews are passed over.
        parts: `PARTS` of them; only where comments stand is looked at.
        patchsets: `PATCHSETS` of them.
        max_patchsets: Patchsets of one review, at most.

    Returns:
        `RANGES`.
    """
    commented = _commented(parts)
    states: dict[str, list[Row]] = {}
    for row in patchsets.to_pylist():
        states.setdefault(row["item"], []).append(row)
    reviews = [row for row in items.to_pylist() if row["kind"] == "review" and not row["skip"]]
    rows: list[dict[str, Any]] = []
    for review in sorted(reviews, key=lambda row: str(row["item"])):
        of_review = sorted(states.get(review["item"], ()), key=lambda row: int(row["number"]))
        chosen = _chosen(of_review, commented.get(review["item"], set()), max_patchsets)
        rows += _of_review(review, of_review, chosen)
    return pa.Table.from_pylist(rows, schema=RANGES)


def _commented(parts: pa.Table) -> dict[str, set[int]]:
    """The patchsets that comments of each item stand on."""
    found: dict[str, set[int]] = {}
    for row in parts.select(["item", "patchset"]).to_pylist():
        if row["patchset"] is not None:
            found.setdefault(row["item"], set()).add(row["patchset"])
    return found


def _chosen(patchsets: Sequence[Row], commented: set[int], most: int) -> list[Row]:
    """The patchsets of a review to ask about, without the one that is what was merged."""
    own = [row for row in patchsets if row["kind"] != MERGED]
    if len(own) <= most:
        return own
    ends = {own[0]["number"], own[-1]["number"]}
    wanted = sorted(commented & {row["number"] for row in own} - ends)[: max(most - len(ends), 0)]
    return [row for row in own if row["number"] in ends or row["number"] in wanted]


def _of_review(
    review: Row, patchsets: Sequence[Row], chosen: Sequence[Row]
) -> Iterator[dict[str, Any]]:
    for row in chosen:
        yield _range(review, "patchset", row["base"] or "", row["head"], to=row["number"])
    for old, new in itertools.pairwise(chosen):
        if old["head"] != new["head"]:
            yield _range(review, "interdiff", old["head"], new["head"],
                         since=old["number"], to=new["number"])  # fmt: skip
    merged = _merged(review, patchsets)
    if merged:
        yield _range(review, MERGED, "", merged)


def _merged(review: Row, patchsets: Sequence[Row]) -> str | None:
    """The commit that was merged, where the export tells."""
    last = next((row["head"] for row in reversed(patchsets) if row["kind"] == MERGED), None)
    if last is not None:
        return str(last)
    detail = json.loads(review["detail"] or "{}")
    named = detail.get("merged_commit") if isinstance(detail, dict) else None
    return named if review["state"] == MERGED and isinstance(named, str) and named else None


def _range(
    review: Row,
    purpose: str,
    old: str,
    new: str,
    *,
    since: int | None = None,
    to: int | None = None,
) -> dict[str, Any]:
    return {
        "work_item": review["item"],
        "purpose": purpose,
        "old_commit": old,
        "new_commit": new,
        "from_patchset": since,
        "to_patchset": to,
        "paths": None,
    }
