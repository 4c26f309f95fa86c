"""Commits as material and as units: what the recipes over chosen commits share.

A bucket of `EDITS` becomes a `Material` whose changes are of the purpose ``commit``, filed under
the commit's own id, so that a recipe reads commits as it reads reviews.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from byline.corpus.contributions import message_item
from byline.corpus.split import Cuts
from byline.examples.allowed import Allowed, permissions
from byline.examples.draft import LeftOutError, Log, Unit
from byline.examples.edit_sources import message_source, shown_source, source
from byline.examples.edit_view import ChangedFile, known_of_new, windows
from byline.examples.material import Group, Material, Row
from byline.examples.redaction import findings_by_text, redacted

COMMIT: Final = "commit"
"""The purpose of a change that is one commit against its only parent."""


@dataclass(frozen=True)
class CommitUnit:
    """One commit and the files that it changed."""

    commit: Row
    rows: Sequence[Row]


def commit_material(
    edits: pa.Table,
    commits: pa.Table,
    labels: pa.Table,
    findings: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    cuts: Cuts,
    purposes: Sequence[str],
    seed: int,
    held: Mapping[str, dt.datetime] | None = None,
    groups: Mapping[str, str] | None = None,
    overrides: Mapping[str, Sequence[str]] | None = None,
    reverted: Mapping[str, float] | None = None,
) -> Material:
    """A bucket of chosen commits as material.

    Args:
        edits: Rows of `EDITS`.
        commits: Their rows of `COMMITS`.
        labels: Of the edits.
        findings: In edits and messages.
        contributions: Of edits and messages.
        decisions: On them.
        cuts: Where training ends.
        purposes: What everything is decided for.
        seed: For choices by hash.
        held: See `byline.examples.allowed.permissions`.
        groups: The work-item groups of commits that belong to one.
        overrides: Rules set aside, by example id.
        reverted: Days until each commit was taken back, where it was.
    """
    about = {row["commit"]: row for row in commits.to_pylist()}
    changes: dict[str, list[Row]] = {}
    for row in edits.to_pylist():
        more = {"work_item": row["commit"], "purpose": COMMIT, "status": _status(row),
                "from_patchset": None, "to_patchset": None}  # fmt: skip
        changes.setdefault(row["commit"], []).append({"old_path": None, **more, **row})
    known = groups or {}
    return Material(
        items={}, parts={}, patchsets={}, links={},
        changes={key: sorted(changes[key], key=lambda row: str(row["path"]))
                 for key in sorted(changes)},
        commits=about,
        labels={row["item"]: row for row in labels.to_pylist()},
        permitted=permissions(contributions, decisions, held=held),
        found=findings_by_text(findings),
        groups={
            oid: Group(known.get(oid, oid), (held or {}).get(oid, row["author_time"]), 1)
            for oid, row in about.items()
        },
        accounts=frozenset(), cuts=cuts, purposes=purposes, seed=seed, overrides=overrides or {},
        reverted=reverted or {},
    )  # fmt: skip


def _status(row: Row) -> str:
    if row.get("status"):
        return str(row["status"])
    absent = [not set(row[name] or "0") - {"0"} for name in ("old_oid", "new_oid")]
    return "A" if absent[0] else "D" if absent[1] else "M"


REVERT_DAYS: Final = 14
"""What was taken back within so many days teaches nothing, in any recipe on commits. Ours."""


def require_standing(commit: Row, material: Material, log: Log, days: float = REVERT_DAYS) -> None:
    """Decline a commit that was reverted soon.

    Raises:
        LeftOutError: It was, within so many days.
    """
    found = material.reverted.get(commit["commit"])
    if found is not None:
        log.require("reverted", found, days, found > days)


def commit_units(material: Material) -> Iterator[Unit[CommitUnit]]:
    """Every commit of the material that has changes of its own, in order of id."""
    for oid, rows in material.changes.items():
        mine = [row for row in rows if row["purpose"] == COMMIT]
        commit = material.commits.get(oid)
        if not mine or commit is None:
            continue
        group = material.groups.get(oid)
        yield Unit(
            what=CommitUnit(commit, mine),
            sources=[*(source(row, commit) for row in mine), message_source(commit)],
            item=oid,
            repository=commit["repository"],
            time=commit["author_time"],
            group=group.identity if group else oid,
        )


def message_of(commit: Row, material: Material) -> tuple[str, Allowed]:
    """A commit's message with what was found in it replaced, and what is known of it.

    Raises:
        LeftOutError: It may not be used, or a bot wrote it.
    """
    item = message_item(commit["repository"], commit["commit"])
    known = material.permitted.get(item, commit["commit"])
    if known is None or known.reason is not None:
        raise LeftOutError(f"terms: {known.reason if known else 'undecided'}")
    if known.origin == "bot":
        raise LeftOutError("bot")
    return redacted(commit, "message", material.found, item=item), known


def commit_sources(commit: Row, files: Sequence[ChangedFile]) -> list[dict[str, Any]]:
    """The exact objects of an example of a commit."""
    found = [shown_source(source(file.row, commit), file, commit) for file in files]
    return [*found, message_source(commit)]


def latest(files: Sequence[ChangedFile], commit: Row, *, context_lines: int) -> dt.datetime:
    """When the latest of what is shown or taught was written."""
    times: list[dt.datetime] = [commit["author_time"]]
    for file in files:
        known = known_of_new(file).values()
        shown = (
            file.known_before[place]
            for start, end in windows(file, context_lines)
            for place in range(start, end)
        )
        times += [one.time for one in (*known, *shown, file.writer)]
    return max(times)
