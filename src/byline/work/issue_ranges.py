"""What of git is asked for issues that commits solved without a review.

An issue that a merged review closes has its change under the review (`byline.work.review_ranges`).
One that commits name as closed has it here: from the parent of the first to the last, if they
follow each other without a gap; commits with others between them would drag those into the change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.work.items import RANGES

CLOSING: Final = frozenset({"closes", "fixes"})
ISSUES: Final = frozenset({"issue", "incident"})
SAYS_SO: Final = frozenset({"closes", "key"})
"""Evidence of `byline.work.git.relations` by which a commit closes an issue."""
MOST_COMMITS: Final = 50
"""A longer chain of commits is no solution of one issue. Ours."""


def issue_ranges(
    items: pa.Table, links: pa.Table, commits: pa.Table, patchsets: pa.Table
) -> pa.Table:
    """`RANGES` of purpose ``merged`` whose work item is the issue.

    Args:
        items: `ITEMS`.
        links: `LINKS`, resolved: with ``related``, ``related_commit`` and ``related_repository``.
        commits: Columns ``repository``, ``commit``, ``parents`` and ``relations`` of `COMMITS`.
        patchsets: `PATCHSETS`: a commit that is one belongs to its review.

    Returns:
        At most one row for each issue, in order of item. An issue that a merged review closes, or
        whose commits are not one chain, are in several repositories or have no parent, has none.
    """
    rows = items.select(["item", "kind", "state", "key", "aliases", "repository"]).to_pylist()
    known = {row["item"]: row for row in rows}
    closing = links.filter(pc.is_in(links["kind"], value_set=pa.array(sorted(CLOSING))))
    solved = _by_links(closing.to_pylist(), known)
    for item, places in _by_messages(commits, known).items():
        solved.setdefault(item, set()).update(places)
    reviewed = _reviewed(closing.to_pylist(), known)
    heads = set(patchsets["head"].to_pylist())
    parents = _parents(commits, {oid for places in solved.values() for _, oid in places})
    found = []
    for item in sorted(solved.keys() - reviewed):
        places = {place for place in solved[item] if place[1] not in heads and place in parents}
        ends = _chain(places, parents) if 0 < len(places) <= MOST_COMMITS else None
        if ends is not None:
            found.append(_row(item, *ends))
    return pa.Table.from_pylist(found, schema=RANGES)


Place = tuple[str, str]  # (repository, commit)
Rows = Mapping[str, Mapping[str, Any]]  # of `ITEMS` by item


def _is_issue(item: str | None, known: Rows) -> bool:
    row = known.get(item or "")
    return row is not None and row["kind"] in ISSUES


def _by_links(links: Iterable[Mapping[str, Any]], known: Rows) -> dict[str, set[Place]]:
    """The commits that close each issue, as the exports say."""
    solved: dict[str, set[Place]] = {}
    for row in links:
        if _is_issue(row["item"], known) and row["related_commit"]:
            place = (row["related_repository"] or "", row["related_commit"])
            solved.setdefault(row["item"], set()).add(place)
    return solved


def _reviewed(links: Iterable[Mapping[str, Any]], known: Rows) -> set[str]:
    """The issues that merged reviews close."""
    return {
        one
        for row in links
        for one, other in ((row["item"], row["related"]), (row["related"], row["item"]))
        if _is_issue(one, known) and other in known and known[other]["kind"] == "review"
        if known[other]["state"] == "merged"
    }


def _by_messages(commits: pa.Table, known: Rows) -> dict[str, set[Place]]:
    """The commits whose own message closes an issue, by a closing word or a ticket's key."""
    named = _names(known)
    solved: dict[str, set[Place]] = {}
    for repository, oid, target in _closing_words(commits):
        items = {named.get((where, target.lower())) for where in (repository, "")} - {None}
        if len(items) == 1:
            solved.setdefault(str(items.pop()), set()).add((repository, oid))
    return solved


def _closing_words(commits: pa.Table) -> Iterator[tuple[str, str, str]]:
    """(repository, commit, target) of every closing word."""
    table = commits.select(["repository", "commit", "relations"]).combine_chunks()
    stated = table["relations"].combine_chunks()
    each = pa.table(
        {
            "row": pc.list_parent_indices(stated),
            **{name: pc.struct_field(pc.list_flatten(stated), name)
               for name in ("kind", "target", "evidence")},
        }
    )  # fmt: skip
    closes = pc.is_in(each["evidence"], value_set=pa.array(sorted(SAYS_SO)))
    each = each.filter(pc.and_(pc.equal(each["kind"], "issue"), closes))
    about = table.select(["repository", "commit"]).take(each["row"])
    columns = (about["repository"], about["commit"], each["target"])
    yield from zip(*(column.to_pylist() for column in columns), strict=True)


def _names(known: Rows) -> dict[tuple[str, str], str | None]:
    """How messages name issues: (repository, or none, and target in lower case) to the item."""
    named: dict[tuple[str, str], str | None] = {}
    for item, row in known.items():
        if row["kind"] not in ISSUES:
            continue
        for key in (row["key"], *row["aliases"]):
            target = key.partition(":")[2].lower()
            names = {("", target)}
            if "#" in target and row["repository"]:
                names.add((row["repository"], f"#{target.rpartition('#')[2]}"))
            for name in names:
                named[name] = item if named.get(name, item) == item else None
    return named


def _parents(commits: pa.Table, wanted: set[str]) -> dict[Place, Sequence[str]]:
    """The parents of the commits that are asked for, by repository and commit."""
    names = pa.array(sorted(wanted), pa.string())
    rows = commits.select(["repository", "commit", "parents"])
    rows = rows.filter(pc.is_in(rows["commit"], value_set=names))
    return {(row["repository"], row["commit"]): row["parents"] for row in rows.to_pylist()}


def _chain(
    places: Iterable[Place], parents: Mapping[Place, Sequence[str]]
) -> tuple[str, str] | None:
    """The commit before a chain's first and its last, or None where these are no chain."""
    ordered = sorted(places)
    repository = ordered[0][0]
    if any(other != repository for other, _ in ordered):
        return None
    oids = {oid for _, oid in ordered}
    before = {oid: next(iter(parents[repository, oid]), "") for oid in oids}
    first = [oid for oid in oids if before[oid] not in oids]
    last = oids - set(before.values())
    # Git knows no cycles; a chain has one commit that begins it and one that ends it.
    if len(first) != 1 or len(last) != 1 or not before[first[0]]:
        return None
    return before[first[0]], next(iter(last))


def _row(item: str, old: str, new: str) -> dict[str, Any]:
    return {
        "work_item": item,
        "purpose": "merged",
        "old_commit": old,
        "new_commit": new,
        "from_patchset": None,
        "to_patchset": None,
        "paths": None,
    }
