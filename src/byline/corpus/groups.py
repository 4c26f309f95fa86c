"""Work-item groups: what belongs to one piece of work, as connected components.

Issues, reviews, commits, reverts, backports, builds, incidents and decisions that are linked are
one group, and a group is never split across train, validation and test: the answer to a held-out
issue must not stand in a training review. A group is placed by the latest time in it.

A mere mention joins nothing, and a node that very many others name (a tracking issue, a style
guide) is not what they are all about: links to a node with more than `CROWD` of them join nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.link_targets import CLOSING, Named, keys_of
from byline.corpus.split import Cuts, split_of
from byline.workspace.files import sha256_text

VERSION: Final = "2"
CROWD: Final = 64
WEAK: Final = frozenset({"mentions"})
ID_LENGTH: Final = 20
TIME = pa.timestamp("s", tz="UTC")
GROUPS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),  # of `ITEMS`, or ``commit:repository:oid``
        pa.field("group", pa.string(), nullable=False),
        pa.field("time", TIME, nullable=False),  # the latest time in the group
        pa.field("size", pa.int32(), nullable=False),  # nodes
    ]
)
OF_GROUPED_COMMITS = pa.schema(
    [
        *GROUPS,
        pa.field("reverted_days", pa.float64()),  # until the first revert of it; null: none
    ]
)
"""`GROUPS` of commits, with what else their relations say of them."""
# What of a commit's relations joins it to others, with the kind of key where it names an item.
OF_COMMITS: Final = frozenset(
    {"reverts", "reapplies", "cherry_picked_from", "backports", "fixes", "fixup_of", "supersedes"}
)
OF_ITEMS: Final = frozenset({"issue", "review", "change_id"})
EARLIEST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Node:
    """One member of a group."""

    name: str
    time: dt.datetime


def commit_node(repository: str, oid: str) -> str:
    """How a commit is named among items."""
    return f"commit:{repository}:{oid}"


def days_until_reverted(table: pa.Table) -> dict[str, float]:
    """After how many days each commit was taken back, of rows of `OF_GROUPED_COMMITS`."""
    return {
        commit_of(row["item"]): row["reverted_days"]
        for row in table.to_pylist()
        if row["reverted_days"] is not None
    }


def commit_of(node: str) -> str:
    """The commit that a node is."""
    return node.rpartition(":")[2]


def item_edges(targets: pa.Table) -> list[tuple[str, str]]:
    """Pairs that links join, from `TARGETS`."""
    columns = ["item", "kind", "related", "related_repository", "related_commit"]
    found = []
    for row in targets.select(columns).to_pylist():
        if row["kind"] in WEAK:
            continue
        if row["related"] is not None:
            found.append((row["item"], row["related"]))
        elif row["related_commit"] is not None:
            node = commit_node(row["related_repository"], row["related_commit"])
            found.append((row["item"], node))
    return found


def commit_edges(
    relations: pa.Table, known: Named, projects: Mapping[str, Sequence[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Pairs that commit messages join.

    Args:
        relations: `byline.work.git.resolution.RELATIONS` of whole histories.
        known: What keys name.
        projects: (system, project) pairs by repository.
    """
    found = []
    columns = ["repository", "commit", "kind", "target", "evidence", "related"]
    for row in relations.select(columns).to_pylist():
        own = commit_node(row["repository"], row["commit"])
        if row["kind"] in OF_COMMITS and row["related"]:
            found.append((own, commit_node(row["repository"], row["related"])))
        elif row["kind"] in OF_ITEMS:
            if row["kind"] == "issue" and row["evidence"] not in CLOSING:
                continue  # it only speaks of it
            keys = keys_of(row["kind"], row["target"], projects.get(row["repository"], ()))
            items = {known.item(key) for key in keys} - {None}
            if len(items) == 1:
                found.append((own, str(items.pop())))
    return found


def patchset_edges(targets: pa.Table, patchsets: pa.Table) -> list[tuple[str, str]]:
    """What links join to a review by the commit of one of its patchsets.

    Such a commit is in no collected history, so nothing else knows whose it is: a run on it.

    Args:
        targets: `TARGETS`.
        patchsets: `PATCHSETS`; a commit of two reviews is of neither.
    """
    owners: dict[str, set[str]] = {}
    for row in patchsets.select(["item", "head"]).to_pylist():
        owners.setdefault(row["head"], set()).add(row["item"])
    found = []
    for row in targets.select(["item", "kind", "target", "related"]).to_pylist():
        known = owners.get(commit_of(row["target"]), set())
        if row["related"] is None and row["kind"] not in WEAK and len(known) == 1:
            found.append((row["item"], next(iter(known))))
    return found


def groups(nodes: Iterable[Node], edges: Iterable[tuple[str, str]]) -> pa.Table:
    """`GROUPS` of nodes: those that edges join, whatever the order of either; by item.

    A pair whose end is no node joins nothing.
    """
    times = {node.name: node.time for node in nodes}
    pairs = sorted({(min(pair), max(pair)) for pair in edges if pair[0] != pair[1]})
    pairs = [pair for pair in pairs if pair[0] in times and pair[1] in times]
    degree = Counter(name for pair in pairs for name in pair)
    parent: dict[str, str] = {name: name for name in times}
    for one, other in pairs:
        if max(degree[one], degree[other]) <= CROWD:
            low, high = sorted((_root(parent, one), _root(parent, other)))
            parent[high] = low
    members: dict[str, list[str]] = {}
    for name in sorted(times):
        members.setdefault(_root(parent, name), []).append(name)
    rows = []
    for root, names in members.items():
        latest = max(times[name] for name in names)
        identity = f"wi_{sha256_text('group', root)[:ID_LENGTH]}"
        rows += [
            {"item": name, "group": identity, "time": latest, "size": len(names)} for name in names
        ]
    return pa.Table.from_pylist(rows, schema=GROUPS).sort_by("item")


def held_back(
    table: pa.Table, authored: Mapping[str, dt.datetime], cuts: Cuts
) -> dict[str, dt.datetime]:
    """Commits that fall into another split than their group, with the group's time.

    Args:
        table: `GROUPS` of commits.
        authored: When each commit was written.
        cuts: Where the splits begin.
    """
    found = {}
    for row in table.to_pylist():
        commit = commit_of(row["item"])
        written = authored.get(commit)
        if written is not None and split_of(written, cuts) != split_of(row["time"], cuts):
            found[commit] = row["time"]
    return dict(sorted(found.items()))


def reverted(relations: pa.Table, written: Mapping[str, dt.datetime]) -> dict[str, float]:
    """Days until the first revert of each commit that was taken back, by its node.

    Args:
        relations: `byline.work.git.resolution.RELATIONS`.
        written: When each commit was written, by node.
    """
    found: dict[str, float] = {}
    for row in relations.filter(pc.equal(relations["kind"], "reverts")).to_pylist():
        by, of = (commit_node(row["repository"], row[name] or "") for name in ("commit", "related"))
        if by in written and of in written:
            days = (written[by] - written[of]).total_seconds() / 86400
            found[of] = min(days, found.get(of, days))
    return found


def _root(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name
