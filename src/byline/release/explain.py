"""What became of one example or one item: every rule that was asked, and why.

For an id of an example, or for an item by its key, id or commit, each opportunity that a recipe saw
in it: made, left out with its reason, or a duplicate of another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow.compute as pc

from byline.errors import InputError
from byline.examples.candidate import LEFT_OUT
from byline.release.prepare import Prepared
from byline.release.selection import INCLUDED, OVERRIDE, Selection
from byline.terms.reasons import REASONS

MOST: Final = 200
OUTCOMES: Final = {"duplicate": "duplicate", OVERRIDE: "left_out"}
COLUMNS: Final = (
    "id", "recipe", "render", "split", "split_keys", "labels", "decisions", "item", "sources",
    "people", "context", "weight", "transform",
)  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """One opportunity.

    Attributes:
        outcome: included | left_out | duplicate | dropped.
        reason: Why it is not included, or an empty string.
        meaning: The reason in plain words, where it is one of the terms.
        repeats: The example, or the benchmark's text, that it repeats, where it was dropped for it.
        decisions: The rules asked, in order: rule, value, limit, keep.
        verdicts: What the terms said of each contribution to the item.
    """

    id: str
    recipe: str
    item: str
    key: str
    repository: str
    outcome: str
    reason: str
    meaning: str
    split: str
    group: str
    repeats: str | None
    render: str
    weight: float
    decisions: list[dict[str, Any]]
    labels: dict[str, str]
    sources: list[dict[str, Any]]
    context: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """All of it, with times as text."""
        return asdict(self)


def explain(wanted: str, prepared: Prepared, selection: Selection) -> list[Explained]:
    """Every opportunity that an id, a key or a commit names, ordered by recipe and id.

    Args:
        wanted: An example's id or the beginning of one (``ex_…``), an item's key or id, or a
            commit's full id.
        prepared: All candidates.
        selection: What became of them.

    Raises:
        InputError: Nothing has that name, or more than `MOST` have.
    """
    keys = _keys(prepared)
    items = {item for item, key in keys.items() if wanted in (item, key)} or {wanted}
    found = [
        _explained(row, keys, selection)
        for row in _rows(prepared)
        if (wanted.startswith("ex_") and row["id"].startswith(wanted)) or row["item"] in items
    ]
    if not found:
        raise InputError(
            f"no recipe saw anything named {wanted!r}",
            advice="give an example's id (ex_…), an item's key such as github:acme/web#12, or a "
            "full commit id",
        )
    if len(found) > MOST:
        raise InputError(f"{len(found):,} opportunities fit {wanted!r}", advice="give more of it")
    verdicts = _verdicts(prepared, {one.item for one in found})
    ordered = sorted(found, key=lambda one: (one.recipe, one.id))
    return [_with(one, verdicts.get(one.item, [])) for one in ordered]


def _rows(prepared: Prepared) -> Iterator[dict[str, Any]]:
    for part in prepared.candidates:
        yield from part.read(list(COLUMNS)).to_pylist()


def _keys(prepared: Prepared) -> dict[str, str]:
    """The key of each item."""
    found: dict[str, str] = {}
    for work in prepared.work:
        columns = work.told.bucket.items.read(["item", "key"]).columns
        found.update(zip(*(column.to_pylist() for column in columns), strict=True))
    return found


def _explained(row: Mapping[str, Any], keys: Mapping[str, str], selection: Selection) -> Explained:
    labels = {one["name"]: one["value"] for one in row["labels"]}
    outcome, reason, dropped = INCLUDED, "", selection.dropped.get(row["id"])
    if row["split"] == LEFT_OUT:
        outcome, reason = "left_out", labels.pop("reason", "")
    elif dropped is not None:
        reason = dropped.reason
        outcome = next(
            (word for start, word in OUTCOMES.items() if reason.startswith(start)), "dropped"
        )
        rule = {"rule": reason, "value": dropped.value, "limit": dropped.limit, "keep": False}
        row = {**row, "decisions": [*row["decisions"], rule]}
    code = reason.removeprefix("terms: ")
    return Explained(
        id=row["id"],
        recipe=row["recipe"],
        item=row["item"],
        key=keys.get(row["item"], row["item"]),
        repository=row["split_keys"]["repo"],
        outcome=outcome,
        reason=reason,
        meaning=REASONS.get(code, "") if reason.startswith("terms: ") else "",
        split="" if row["split"] == LEFT_OUT else selection.split.get(row["id"], row["split"]),
        group=row["split_keys"]["group"],
        repeats=dropped.where or None if dropped else None,
        render=f"{row['render']['name']} {row['render']['version']}",
        weight=row["weight"],
        decisions=list(row["decisions"]),
        labels=labels,
        sources=[{**one, "time": one["time"].isoformat()} for one in row["sources"]],
        context=list(row["context"]),
        verdicts=[],
    )


def _with(one: Explained, verdicts: list[dict[str, Any]]) -> Explained:
    return Explained(**{**asdict(one), "verdicts": verdicts})


def _verdicts(prepared: Prepared, items: set[str]) -> dict[str, list[dict[str, Any]]]:
    """What the terms said of every contribution to some items that is not included."""
    found: dict[str, list[dict[str, Any]]] = {}
    pairs = [pair for decided in prepared.repositories for pair in decided.pairs]
    pairs += [(work.told.contributions, work.decisions) for work in prepared.work]
    columns = ["contribution", "item", "commit", "person", "population", "employment", "authored"]
    for contributions, decisions in pairs:
        rows = {
            row["contribution"]: row
            for row in contributions.read(columns).to_pylist()
            if row["item"] in items or row["commit"] in items
        }
        if not rows:
            continue
        table = decisions.read()
        for verdict in table.filter(pc.not_equal(table["outcome"], "identified")).to_pylist():
            row = rows.get(verdict["contribution"])
            if row is not None:
                item = row["item"] if row["item"] in items else row["commit"]
                found.setdefault(item, []).append(
                    {
                        "part": row["commit"],
                        "person": row["person"] or row["population"],
                        "employment": row["employment"],
                        "authored": row["authored"].isoformat(),
                        "purpose": verdict["purpose"],
                        "reason": verdict["reason"],
                        "clauses": verdict["clauses"],
                        "missing": verdict["missing"],
                        "counterfactual": verdict["counterfactual"],
                    }
                )
    return found
