"""The account of a release: all that was collected is included, or excluded with a reason.

Counted in lines of files and in commits. The two columns add up to what was collected, always; a
release whose account does not balance is not sealed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from byline.engine.stage import Partition
from byline.errors import IntegrityError
from byline.examples.candidate import LEFT_OUT
from byline.release.prepare import Decided, Prepared
from byline.release.selection import INCLUDED, Selection

OF_FILES = frozenset({"completion", "commit_edit"})  # counted in lines and commits


@dataclass(frozen=True)
class Account:
    """Counts by (repository, reason), where the reason of what is included is ``included``."""

    lines: Mapping[tuple[str, str], int]
    commits: Mapping[tuple[str, str], int]
    files: Mapping[tuple[str, str], int]  # files not read at all, whose lines nobody can count
    # By (kind, reason): reviews, issues, documents, builds and traces. An item is included when an
    # example is made of it; its reason is else that of its first recipe, by name.
    items: Mapping[tuple[str, str], int] = field(default_factory=dict)
    # By (recipe, reason): every opportunity of the recipes that read items.
    units: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """By unit, then reason, then repository, largest first."""
        return {
            "lines": _nested(self.lines),
            "commits": _nested(self.commits),
            "files_not_read": _nested(self.files),
            "items": _nested(self.items),
            "units": _nested(self.units),
        }

    def by_reason(self, unit: str) -> dict[str, int]:
        """Totals of a unit by reason, largest first."""
        totals: Counter[str] = Counter()
        for (_, reason), count in getattr(self, unit).items():
            totals[reason] += count
        return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


def take_account(prepared: Prepared, selection: Selection, recipes: Sequence[str]) -> Account:
    """Count everything once.

    Raises:
        IntegrityError: The sums differ from what was collected.
    """
    lines: Counter[tuple[str, str]] = Counter()
    commits: Counter[tuple[str, str]] = Counter()
    files: Counter[tuple[str, str]] = Counter()
    fates = _fates_of_segments(prepared.candidates, selection)
    for part in prepared.segments:
        for row in part.read().to_pylist():
            reason = row["reason"] or fates.get((row["item"], row["start"]), "recipe_not_in_use")
            lines[row["repository"], reason] += row["lines"]
    for decided in prepared.repositories:
        collected = decided.described.collected
        for reason, count in collected.left_out.items():
            commits[collected.repository, reason] += count
        for part in collected.files:
            for skip in part.read(["skip"])["skip"].to_pylist():
                if skip is not None:
                    files[collected.repository, skip] += 1
    if "commit_edit" in recipes:
        _count_edits(prepared.candidates, selection, commits)
    else:
        _count_unused(prepared.repositories, commits)
    items, units = _count_work(prepared, selection)
    account = Account(dict(lines), dict(commits), dict(files), items, units)
    _balance(account, prepared.repositories)
    return account


def _fates_of_segments(
    parts: Sequence[Partition], selection: Selection
) -> dict[tuple[str, int], str]:
    """What became of the candidate of each segment, by its item and first line."""
    fates = {}
    for part in parts:
        table = part.read(["id", "item", "first_line"])
        for row in table.to_pylist():
            if row["first_line"] is not None:
                fate = selection.fate(row["id"])
                fates[row["item"], row["first_line"]] = fate
    return fates


def _count_edits(
    parts: Sequence[Partition], selection: Selection, commits: Counter[tuple[str, str]]
) -> None:
    for part in parts:
        table = part.read(["id", "recipe", "split", "split_keys", "labels"])
        for row in table.to_pylist():
            if row["recipe"] != "commit_edit":
                continue
            reason = selection.fate(row["id"])
            if row["split"] == LEFT_OUT:
                reason = next(one["value"] for one in row["labels"] if one["name"] == "reason")
            commits[row["split_keys"]["repo"], reason] += 1


def _count_work(
    prepared: Prepared, selection: Selection
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Items and units by what became of them."""
    units: Counter[tuple[str, str]] = Counter()
    fates: dict[str, list[tuple[str, str]]] = {}
    for part in prepared.candidates:
        for row in part.read(["id", "recipe", "split", "labels", "item"]).to_pylist():
            if row["recipe"] in OF_FILES:
                continue
            reason = selection.fate(row["id"])
            if row["split"] == LEFT_OUT:
                reason = next(one["value"] for one in row["labels"] if one["name"] == "reason")
            units[row["recipe"], reason] += 1
            fates.setdefault(row["item"], []).append((row["recipe"], reason))
    items: Counter[tuple[str, str]] = Counter()
    for work in prepared.work:
        for row in work.told.bucket.items.read(["item", "kind", "skip"]).to_pylist():
            items[row["kind"], _fate(row["skip"], fates.get(row["item"], []))] += 1
    return dict(items), dict(units)


def _fate(skip: str | None, found: Sequence[tuple[str, str]]) -> str:
    if any(reason == INCLUDED for _, reason in found):
        return INCLUDED
    return skip or (min(found)[1] if found else "no_recipe_reads_it")


def _count_unused(repositories: Sequence[Decided], commits: Counter[tuple[str, str]]) -> None:
    for decided in repositories:
        collected = decided.described.collected
        chosen = {
            commit
            for part in collected.edits
            for commit in part.read(["commit"])["commit"].to_pylist()
        }
        commits[collected.repository, "recipe_not_in_use"] += len(chosen)


def _balance(account: Account, repositories: Sequence[Decided]) -> None:
    for decided in repositories:
        collected = decided.described.collected
        name = collected.repository
        line_total = sum(sum(part.read(["lines"])["lines"].to_pylist()) for part in collected.files)
        commit_total = sum(part.read(["commit"]).num_rows for part in collected.commits)
        for unit, total in (("lines", line_total), ("commits", commit_total)):
            counted = sum(n for (where, _), n in getattr(account, unit).items() if where == name)
            if counted != total:
                raise IntegrityError(
                    f"{name}: {total} {unit} were collected, but {counted} are accounted for"
                )


def _nested(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (repository, reason), count in sorted(counts.items()):
        nested.setdefault(reason, {})[repository] = count
    return nested
