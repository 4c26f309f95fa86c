"""The account of a release: all that was collected is included, or excluded with a reason.

Counted in lines of files and in commits. The two columns add up to what was collected, always; a
release whose account does not balance is not sealed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.engine.stage import Partition
from byline.errors import IntegrityError
from byline.examples.commit_edit import LEFT_OUT
from byline.release.duplicates import Selection
from byline.release.prepare import Decided, Prepared

INCLUDED = "included"


@dataclass(frozen=True)
class Account:
    """Counts by (repository, reason), where the reason of what is included is ``included``."""

    lines: Mapping[tuple[str, str], int]
    commits: Mapping[tuple[str, str], int]
    files: Mapping[tuple[str, str], int]  # files not read at all, whose lines nobody can count

    def as_json(self) -> dict[str, Any]:
        """By unit, then reason, then repository, largest first."""
        return {
            "lines": _nested(self.lines),
            "commits": _nested(self.commits),
            "files_not_read": _nested(self.files),
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
    account = Account(dict(lines), dict(commits), dict(files))
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
                fate = selection.dropped.get(row["id"], INCLUDED)
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
            reason = selection.dropped.get(row["id"], INCLUDED)
            if row["split"] == LEFT_OUT:
                reason = next(one["value"] for one in row["labels"] if one["name"] == "reason")
            commits[row["split_keys"]["repo"], reason] += 1


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
