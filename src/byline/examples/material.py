"""The material of recipes: whole work-item groups with everything said about them.

A bucket holds whole groups, so a recipe sees an issue with its reviews, their patchsets, comments
and changes, its builds and decisions, and never half of it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from byline.corpus.split import Cuts
from byline.examples.allowed import Allowed, Permissions, by_line, permissions
from byline.examples.edit_view import piece_of
from byline.examples.experience import Experience
from byline.examples.pieces import Piece
from byline.examples.redaction import Found, findings_by_text, redacted
from byline.people.accounts import NONE, Overrides
from byline.work.identifiers import line_list

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """A connected component of related work; it is never split.

    Attributes:
        identity: Its id.
        time: The latest time in it, which decides its split.
        size: How many nodes it has.
    """

    identity: str
    time: dt.datetime
    size: int


@dataclass(frozen=True)
class Material:
    """One bucket of groups.

    Attributes:
        items: Rows of `ITEMS` by id, in order of key.
        parts: Rows of `PARTS` of each item, in order.
        patchsets: Rows of `PATCHSETS` of each item, in order.
        links: Rows of `LINKS` of each item, with ``related``: the item that is meant, or null, and
            ``related_commit`` with ``related_repository`` where a commit is.
        changes: Rows of `CHANGES` of each work item.
        commits: Rows of `COMMITS` by id, those that the changes and links speak of.
        labels: Rows of `LABELS` by the item of a change.
        permitted: What may be used. Of a part: ``permitted.get(item, part)``; of the lines of a
            change or a passage: by commit, see `byline.examples.allowed`.
        found: Findings by (item of a change, or part id, and field).
        groups: The group of each item.
        accounts: Account names of the bucket, and of the roster, in lower case, to be hidden.
        cuts: Where training ends.
        purposes: What everything here is decided for.
        seed: For choices by hash.
        experience: Weights by who knows which file, over all of the work; None takes what the
            bucket itself tells (`byline.examples.experience`).
        reverted: Days until each commit was taken back, where it was.
    """

    items: Mapping[str, Row]
    parts: Mapping[str, Sequence[Row]]
    patchsets: Mapping[str, Sequence[Row]]
    links: Mapping[str, Sequence[Row]]
    changes: Mapping[str, Sequence[Row]]
    commits: Mapping[str, Row]
    labels: Mapping[str, Row]
    permitted: Permissions
    found: Found
    groups: Mapping[str, Group]
    accounts: frozenset[str]
    cuts: Cuts
    purposes: Sequence[str]
    seed: int = 17
    overrides: Mapping[str, Sequence[str]] = field(default_factory=dict)
    machines: Overrides = NONE  # the organisation's own word on which accounts are machines
    experience: Experience | None = None
    reverted: Mapping[str, float] = field(default_factory=dict)


def material(
    items: pa.Table,
    parts: pa.Table,
    patchsets: pa.Table,
    links: pa.Table,
    changes: pa.Table,
    commits: pa.Table,
    labels: pa.Table,
    findings: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    groups: pa.Table,
    *,
    cuts: Cuts,
    purposes: Sequence[str],
    seed: int,
    accounts: frozenset[str] = frozenset(),
    overrides: Mapping[str, Sequence[str]] | None = None,
    machines: Overrides = NONE,
) -> Material:
    """The material of one bucket, from its tables; `groups` is of `byline.corpus.groups.GROUPS`."""
    return Material(
        items={row["item"]: row for row in items.sort_by("key").to_pylist()},
        parts=_by(parts.sort_by([("item", "ascending"), ("number", "ascending")]), "item"),
        patchsets=_by(patchsets.sort_by([("item", "ascending"), ("number", "ascending")]), "item"),
        links=_by(links, "item"),
        changes=_by(changes.sort_by([("work_item", "ascending"), ("path", "ascending")]),
                    "work_item"),
        commits={row["commit"]: row for row in commits.to_pylist()},
        labels={row["item"]: row for row in labels.to_pylist()},
        permitted=permissions(contributions, decisions),
        found=findings_by_text(findings),
        groups={
            row["item"]: Group(row["group"], row["time"], row["size"])
            for row in groups.to_pylist()
        },
        accounts=accounts,
        cuts=cuts,
        purposes=purposes,
        seed=seed,
        overrides=overrides or {},
        machines=machines,
    )  # fmt: skip


def _by(table: pa.Table, name: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        grouped.setdefault(row[name], []).append(row)
    return grouped


def allowed(part: Row, source: Material) -> list[Allowed]:
    """What is known of each line of a part; one entry where one person wrote all of it."""
    if part["origins"] is None:
        known = source.permitted.get(part["item"], part["part"])
        return [known] if known is not None else []
    count = max(1, len(line_list(part["text"])))
    return by_line(part["item"], part["origins"], source.permitted, lines=count, side=part["part"])


def reason_against(part: Row, source: Material) -> str | None:
    """Why a part may not be used, or None.

    A part by nobody (the output of a machine: origin ``tool``, no account) is as its item is: see
    `byline.corpus.voices`, which gives it to whoever's run it was.
    """
    known = allowed(part, source)
    if not known:
        return "terms: undecided"
    return next((f"terms: {one.reason}" for one in known if one.reason is not None), None)


def clean_text(part: Row, source: Material) -> str:
    """A part's text with what was found in it replaced; it has as many lines as before."""
    return redacted(part, "text", source.found, item=part["part"])


def pieces_of(part: Row, source: Material, *, loss: float = 0.0) -> list[Piece]:
    """A part's clean text with its authors; ask `reason_against` first."""
    text, known = clean_text(part, source), allowed(part, source)
    if part["origin"] is not None:  # the export itself knows: a tool's output, an agent's words
        known = [replace(one, origin=part["origin"]) for one in known]
    if len(known) <= 1:
        return [piece_of(text, one, loss) for one in known]
    lines = line_list(text)
    return [piece_of(line, one, loss) for line, one in zip(lines, known, strict=False)]


def source_of(part: Row, item: Row) -> dict[str, Any]:
    """A part as a row of `SOURCE`."""
    return {
        "system": item["system"],
        "repository": item["repository"] or item["source"],
        "oid": f"{item['key']}/{part['native']}",
        "swhid": "",
        "path": part["path"],
        "start": part["start"],
        "end": part["end"],
        "time": part["time"] or item["opened"],
    }
