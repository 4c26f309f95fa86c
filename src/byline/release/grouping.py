"""Work-item groups over all sources and repositories, and buckets that hold whole groups."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.groups import (
    EARLIEST,
    GROUPS,
    OF_GROUPED_COMMITS,
    Node,
    commit_edges,
    commit_node,
    groups,
    item_edges,
    patchset_edges,
    reverted,
)
from byline.corpus.groups import VERSION as GROUPS_VERSION
from byline.corpus.link_targets import TARGETS, named, targets, told_by_commits
from byline.engine.executor import Executor
from byline.engine.stage import KEY_LENGTH, Partition, Stage, combined, provided, run_stage
from byline.release.sources import SourceTables
from byline.work.builds.repairs import LEADS, repair_account
from byline.work.git.resolution import COLUMNS as RESOLVED_FROM
from byline.work.git.resolution import RELATIONS, resolve
from byline.work.items import ITEMS, LINKS, PARTS, PATCHSETS
from byline.work.schema import COMMITS
from byline.workspace.files import sha256_text

ITEMS_EACH: Final = 1024  # about so many items in a bucket
MOST_BUCKETS: Final = 256
VERSION: Final = f"3.{GROUPS_VERSION}"
TABLES: Final[Mapping[str, pa.Schema]] = {
    "items": ITEMS, "parts": PARTS, "patchsets": PATCHSETS, "links": TARGETS, "groups": GROUPS,
}  # fmt: skip


def resolve_history(*commits: pa.Table) -> pa.Table:
    """`RELATIONS` of one repository's whole history."""
    return resolve(pa.concat_tables([part.select(list(RESOLVED_FROM)) for part in commits]))


RESOLVE = Stage("relations", "1", resolve_history, RELATIONS)


@dataclass(frozen=True)
class WorkBucket:
    """Whole groups: their items and everything collected of them."""

    name: str
    items: Partition
    parts: Partition
    patchsets: Partition
    links: Partition
    groups: Partition


@dataclass(frozen=True)
class Grouped:
    """All groups.

    Attributes:
        buckets: The items by group; none where no source has any.
        commits: `OF_GROUPED_COMMITS` of the commits that are in a group with anything.
    """

    buckets: Sequence[WorkBucket]
    commits: Partition


@dataclass(frozen=True)
class History:
    """One repository's commits, and how forges call it."""

    name: str
    commits: Sequence[Partition]
    projects: Sequence[tuple[str, str]]


def group_work(
    sources: Sequence[SourceTables],
    histories: Sequence[History],
    *,
    tables: Path,
    executor: Executor,
) -> Grouped:
    """Group the items of all sources and the commits of all repositories."""
    relations = run_stage(
        RESOLVE, [(one.name, tuple(one.commits)) for one in histories],
        tables=tables, executor=executor,
    )  # fmt: skip
    inputs = [
        part for one in sources for part in (*one.items, *one.parts, *one.patchsets, *one.links)
    ]
    projects = {one.name: tuple(one.projects) for one in histories}
    key = sha256_text(
        VERSION, combined([*inputs, *relations]), repr(sorted(projects.items())),
        combined([part for one in histories for part in one.commits]),
    )[:KEY_LENGTH]  # fmt: skip
    folder = tables / "groups"
    # The links are resolved first and the groups made of them; both depend on the same inputs.
    linked = provided(
        folder / "links", key, "links", lambda: _targets(sources, histories, relations, projects)
    )
    whole = provided(
        folder / "all", key, "all",
        lambda: _groups(sources, histories, relations, linked, projects),
    )  # fmt: skip
    of_commits = provided(
        folder / "commits", key, "commits", lambda: _of_commits(whole, relations, histories)
    )
    return Grouped(_buckets(sources, whole, linked, folder, key), of_commits)


def _of_commits(
    whole: Partition, relations: Sequence[Partition], histories: Sequence[History]
) -> pa.Table:
    """The groups of commits, with which of them were taken back."""
    table = whole.read()
    table = table.filter(pc.starts_with(table["item"], "commit:"))
    nodes = table["item"].to_pylist()
    written = _written(set(nodes), histories)
    days: dict[str, float] = {}
    for part in relations:
        days |= reverted(part.read(), written)
    column = pa.array([days.get(node) for node in nodes], pa.float64())
    return table.append_column("reverted_days", column).cast(OF_GROUPED_COMMITS)


def _written(wanted: set[str], histories: Sequence[History]) -> dict[str, dt.datetime]:
    """When some commits were written, by their nodes."""
    found = {}
    for one in histories:
        for part in one.commits:
            for row in part.read(["commit", "author_time"]).to_pylist():
                node = commit_node(one.name, row["commit"])
                if node in wanted:
                    found[node] = row["author_time"]
    return found


def _targets(
    sources: Sequence[SourceTables],
    histories: Sequence[History],
    relations: Sequence[Partition],
    projects: Mapping[str, Sequence[tuple[str, str]]],
) -> pa.Table:
    """What the links of all items mean, and what commit messages say of items, as links too."""
    items = _all(sources, "items", ["item", "key", "aliases"])
    ids = {one.name: [oid for part in one.commits for oid in _oids(part)] for one in histories}
    known = named(items, ids)
    links = [LINKS.empty_table(), *(part.read() for one in sources for part in one.links)]
    told = [told_by_commits(part.read(), known, projects) for part in relations]
    return pa.concat_tables([targets(pa.concat_tables(links), known), *told])


def _oids(part: Partition) -> list[str]:
    oids: list[str] = part.read(["commit"])["commit"].to_pylist()
    return oids


def _groups(
    sources: Sequence[SourceTables],
    histories: Sequence[History],
    relations: Sequence[Partition],
    linked: Partition,
    projects: Mapping[str, Sequence[tuple[str, str]]],
) -> pa.Table:
    items = _all(sources, "items", ["item", "key", "aliases", "opened", "closed"])
    known = named(items, {})
    patchsets = _all(sources, "patchsets", ["item", "number", "head"])
    edges = item_edges(linked.read()) + patchset_edges(linked.read(), patchsets)
    edges += _repairs(sources, histories, patchsets)
    for part in relations:
        edges += commit_edges(part.read(), known, projects)
    nodes = [*_item_nodes(items, sources), *_commit_nodes(edges, histories)]
    return groups(nodes, edges)


def _repairs(
    sources: Sequence[SourceTables], histories: Sequence[History], patchsets: pa.Table
) -> list[tuple[str, str]]:
    """The run that failed and the one that followed its repair: one piece of work."""
    items = _all(sources, "items", ITEMS.names)
    items = items.filter(pc.is_in(items["kind"], pa.array(["build", "review"])))
    if "build" not in items["kind"].to_pylist():
        return []
    parts = [part for one in histories for part in one.commits]
    empty = COMMITS.empty_table().select(["commit", "parents"])
    commits = pa.concat_tables([empty, *(part.read(empty.column_names) for part in parts)])
    account = repair_account(items, commits, patchsets)
    return [
        (row["work_item"], row["next_item"])
        for row in account.select(["work_item", "next_item", "outcome"]).to_pylist()
        if row["outcome"] in LEADS
    ]


def _item_nodes(items: pa.Table, sources: Sequence[SourceTables]) -> list[Node]:
    latest: dict[str, dt.datetime] = {}
    parts = _all(sources, "parts", ["item", "time"])
    found = parts.group_by("item").aggregate([("time", "max")]).to_pylist()
    for row in (*items.to_pylist(), *found):
        for name in ("opened", "closed", "time_max"):
            time = row.get(name)
            if time is not None:
                latest[row["item"]] = max(latest.get(row["item"], EARLIEST), time)
    return [Node(name, latest.get(name, EARLIEST)) for name in items["item"].to_pylist()]


def _commit_nodes(edges: Iterable[tuple[str, str]], histories: Sequence[History]) -> list[Node]:
    wanted = {name for pair in edges for name in pair if name.startswith("commit:")}
    return [Node(node, time) for node, time in _written(wanted, histories).items()]


def _all(sources: Sequence[SourceTables], kind: str, columns: Sequence[str]) -> pa.Table:
    schema = pa.schema([TABLES[kind].field(name) for name in columns])
    parts = [part for one in sources for part in getattr(one, kind)]
    return pa.concat_tables(
        [schema.empty_table(), *(part.read(columns).cast(schema) for part in parts)]
    )


def _buckets(
    sources: Sequence[SourceTables], whole: Partition, linked: Partition, folder: Path, key: str
) -> list[WorkBucket]:
    table = whole.read()
    table = table.filter(pc.invert(pc.starts_with(table["item"], "commit:")))
    count = min(MOST_BUCKETS, -(-table.num_rows // ITEMS_EACH))
    numbers = [
        int(group.removeprefix("wi_")[:8], 16) % count for group in table["group"].to_pylist()
    ]
    found = []
    for number in range(count):
        mine = table.filter(pa.array([one == number for one in numbers], pa.bool_()))
        if mine.num_rows:
            name = f"{number:04}-of-{count:04}"
            found.append(_bucket(sources, mine, linked, folder / name, name, key))
    return found


def _bucket(
    sources: Sequence[SourceTables], mine: pa.Table, linked: Partition, folder: Path, name: str,
    key: str,
) -> WorkBucket:  # fmt: skip
    wanted = mine["item"]

    def make(kind: str) -> Callable[[], pa.Table]:
        return lambda: _rows_of(kind, sources, wanted)

    def link() -> pa.Table:
        rows = linked.read()
        return rows.filter(pc.is_in(rows["item"], value_set=wanted.combine_chunks()))

    makers = {kind: make(kind) for kind in ("items", "parts", "patchsets")}
    made = {
        kind: provided(folder / kind, key, f"{name}/{kind}", maker)
        for kind, maker in {**makers, "links": link, "groups": lambda: mine}.items()
    }
    return WorkBucket(name, **made)


def _rows_of(kind: str, sources: Sequence[SourceTables], wanted: pa.ChunkedArray) -> pa.Table:
    """Rows of some items; of an item that two sources have, those of the first."""
    schema, taken = TABLES[kind], set[str]()
    value_set = wanted.combine_chunks()
    tables: list[pa.Table] = [schema.empty_table()]
    for one in sources:
        for items, part in zip(one.items, getattr(one, kind), strict=True):
            ids = set(items.read(["item"])["item"].to_pylist())
            rows = part.read().cast(schema)
            rows = rows.filter(pc.is_in(rows["item"], value_set=value_set))
            again = pa.array(sorted(ids & taken), pa.string())
            tables.append(rows.filter(pc.invert(pc.is_in(rows["item"], value_set=again))))
            taken |= ids
    return pa.concat_tables(tables)
