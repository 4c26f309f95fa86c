"""Which commits the relations of a history mean.

The messages' statements stand in `COMMITS` and never change; what they mean depends on all of the
history, so it is found anew, beside them. Nothing is guessed: two commits that fit are none.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from byline.work.git.relation_patterns import EACH_ID, SUBJECT_SUFFIX
from byline.work.git.relations import subject_of

OF_COMMITS = frozenset(
    {"reverts", "reapplies", "cherry_picked_from", "backports", "fixes", "fixup_of", "supersedes"}
)
RELATIONS = pa.schema(
    [
        pa.field("repository", pa.string(), nullable=False),
        pa.field("commit", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),  # as the message has it
        pa.field("evidence", pa.string(), nullable=False),  # the rule that read it
        pa.field("related", pa.string()),  # the commit that is meant, where exactly one fits
        # How it was found: id | abbreviation | subject | change_id; why not: ambiguous |
        # unresolved; null for what is no commit.
        pa.field("resolution", pa.string()),
    ]
)
COLUMNS = ("repository", "commit", "commit_time", "message", "parents", "relations")
SHARED = 8  # commits with one Change-Id; more is a broken hook, not cherry-picks


@dataclass(frozen=True)
class _Known:
    """One repository's commits by what a message can call them."""

    repository: str
    ids: list[str]
    order: Mapping[str, tuple[Any, str]]
    titles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def resolve(commits: pa.Table) -> pa.Table:
    """`RELATIONS` of all commits of some repositories, ordered by repository and commit.

    Besides what messages state, a commit that shares its Change-Id with earlier ones, and says no
    more, is ``cherry_picked_from`` the first of them with evidence ``change_id``.

    Args:
        commits: `COMMITS`, whole histories; the columns `COLUMNS` are enough.
    """
    rows = commits.select(COLUMNS).to_pylist()
    by_repository: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["repository"], row["commit"])):
        by_repository[row["repository"]].append(row)
    found: list[dict[str, Any]] = []
    for repository, own in by_repository.items():
        known = _known(repository, own)
        shared = _shared(own, known)
        for row in own:
            found += _resolved(row, known)
            found += shared.get(row["commit"], ())
    return pa.Table.from_pylist(found, schema=RELATIONS)


def _known(repository: str, rows: Sequence[dict[str, Any]]) -> _Known:
    order = {row["commit"]: (row["commit_time"], row["commit"]) for row in rows}
    known = _Known(repository, [row["commit"] for row in rows], order)
    for row in rows:
        for title in _titles(row["message"]):
            known.titles[title].append(row["commit"])
    return known


def _titles(message: str) -> set[str]:
    """The title, and the title without the number that a forge adds."""
    title = subject_of(message)
    return {title, SUBJECT_SUFFIX.sub("", title).rstrip()} - {""}


def _resolved(row: dict[str, Any], known: _Known) -> Iterator[dict[str, Any]]:
    for one in row["relations"]:
        related, resolution = _meant(row["commit"], one, known)
        yield _row(known, row["commit"], one, related, resolution)


def _row(
    known: _Known, commit: str, one: Mapping[str, str], related: str | None, resolution: str | None
) -> dict[str, Any]:
    return {
        "repository": known.repository, "commit": commit, **one,
        "related": related, "resolution": resolution,
    }  # fmt: skip


def _meant(commit: str, one: Mapping[str, str], known: _Known) -> tuple[str | None, str | None]:
    """The commit that a relation means and how that is known, or why it is not."""
    target = one["target"]
    if one["kind"] not in OF_COMMITS or one["evidence"] in ("number", "branch"):
        return None, None
    if EACH_ID.fullmatch(target.lower()) and any(letter.isdigit() for letter in target):
        return _by_id(commit, target.lower(), known)
    if one["evidence"] == "subject":
        return _by_title(commit, target, known)
    return None, None


def _by_id(commit: str, short: str, known: _Known) -> tuple[str | None, str]:
    at = bisect_left(known.ids, short)
    fitting = [oid for oid in known.ids[at : at + 2] if oid.startswith(short)]
    if len(fitting) > 1:
        return None, "ambiguous"
    if not fitting or fitting[0] == commit:
        return None, "unresolved"
    return fitting[0], "id" if fitting[0] == short else "abbreviation"


def _by_title(commit: str, title: str, known: _Known) -> tuple[str | None, str]:
    """The one earlier commit of that title, by the committers' clocks."""
    names = dict.fromkeys((title, SUBJECT_SUFFIX.sub("", title).rstrip()))
    for name in names:
        fitting = _earlier(commit, known.titles.get(name, ()), known)
        if fitting:
            return (fitting[0], "subject") if len(fitting) == 1 else (None, "ambiguous")
    return None, "unresolved"


def _earlier(commit: str, others: Iterable[str], known: _Known) -> list[str]:
    moment = known.order[commit][0]
    return [oid for oid in others if oid != commit and known.order[oid][0] <= moment]


def _shared(rows: Sequence[dict[str, Any]], known: _Known) -> dict[str, list[dict[str, Any]]]:
    """Commits that carry the Change-Id of an earlier one, and do not say where they come from."""
    holders: dict[str, list[str]] = defaultdict(list)
    said: set[str] = set()
    for row in rows:
        kinds = {one["kind"] for one in row["relations"]}
        if len(row["parents"]) > 1:
            continue
        if kinds & {"cherry_picked_from", "backports", "reverts", "reapplies"}:
            said.add(row["commit"])
        for one in row["relations"]:
            if (one["kind"], one["evidence"]) == ("change_id", "footer"):
                holders[one["target"]].append(row["commit"])
    found: dict[str, list[dict[str, Any]]] = {}
    for change, group in holders.items():
        first, *later = sorted(group, key=lambda oid: known.order[oid])
        for oid in later if len(group) <= SHARED else ():
            if oid not in said:
                one = {"kind": "cherry_picked_from", "target": change, "evidence": "change_id"}
                found[oid] = [_row(known, oid, one, first, "change_id")]
    return found
