"""What the links of items mean: the item, or the commit, that a key names.

Nothing is guessed: a key that fits two items or two commits is none. Keys are those of
`byline.work.items`; what a commit's message says of issues and reviews
(`byline.work.git.relations`) is first written as such a key, by the projects that the configuration
gives for its repository.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from byline.work.items import LINKS

TARGETS = pa.schema(
    [
        *LINKS,
        pa.field("related", pa.string()),  # the item that is meant
        pa.field("related_repository", pa.string()),  # of the commit that is meant
        pa.field("related_commit", pa.string()),
    ]
)
SHORTEST: Final = 7  # hexadecimal digits that can name a commit
HEX: Final = re.compile(r"[0-9a-f]{7,64}")
NUMBER: Final = re.compile(r"(?P<project>[\w.-]+(?:/[\w.-]+)+)?(?P<mark>[#!])(?P<number>\d+)")
TICKET: Final = re.compile(r"[A-Z][A-Z0-9_]+-\d+")
TOLD: Final = {"issue": "closes", "review": "contains", "change_id": "contains"}
"""Relations of a commit that are a link of an item, and its kind."""
CLOSING: Final = frozenset({"closes", "key"})
"""Evidence by which a commit closes an issue, and does not just name it."""
URL: Final = re.compile(
    r"https?://[^/]+/(?P<project>[^/]+(?:/[^/]+)*?)/(?:-/)?(?P<what>issues|pull|merge_requests)/"
    r"(?P<number>\d+)"
)


@dataclass(frozen=True)
class Named:
    """Everything that can be named.

    Attributes:
        items: Item by key or alias, in lower case; None where two share one.
        commits: By repository, the commit ids in order.
    """

    items: Mapping[str, str | None]
    commits: Mapping[str, Sequence[str]]

    def item(self, key: str) -> str | None:
        """The item of a key."""
        return self.items.get(key.lower())

    def commit(self, repository: str, oid: str) -> tuple[str, str] | None:
        """The commit that an id or its beginning names; of any repository where none is given."""
        if not HEX.fullmatch(oid):
            return None
        places = [repository] if repository else sorted(self.commits)
        found = {
            (place, full)
            for place in places
            for full in _beginning(self.commits.get(place, ()), oid)
        }
        return found.pop() if len(found) == 1 else None


def named(items: pa.Table, commits: Mapping[str, Iterable[str]]) -> Named:
    """What keys can name.

    Args:
        items: `ITEMS`.
        commits: Commit ids by repository.
    """
    by_key: dict[str, str | None] = {}
    for row in items.select(["item", "key", "aliases"]).to_pylist():
        for key in (row["key"], *row["aliases"]):
            name = key.lower()
            by_key[name] = row["item"] if by_key.get(name, row["item"]) == row["item"] else None
    return Named(by_key, {name: sorted(ids) for name, ids in commits.items()})


def targets(links: pa.Table, known: Named) -> pa.Table:
    """`TARGETS` of a table of `LINKS`."""
    columns: dict[str, list[str | None]] = defaultdict(list)
    for target in links["target"].to_pylist():
        item, commit = known.item(target), None
        if item is None and target.startswith("commit:"):
            repository, _, oid = target.removeprefix("commit:").rpartition(":")
            commit = known.commit(repository, oid.lower())
        columns["related"].append(item)
        columns["related_repository"].append(commit[0] if commit else None)
        columns["related_commit"].append(commit[1] if commit else None)
    arrays = {name: pa.array(columns[name], pa.string()) for name in TARGETS.names[len(LINKS) :]}
    return pa.table([*links.select(LINKS.names).columns, *arrays.values()], schema=TARGETS)


def told_by_commits(
    relations: pa.Table, known: Named, projects: Mapping[str, Sequence[tuple[str, str]]]
) -> pa.Table:
    """What commit messages say of items, as `TARGETS` of those items.

    Args:
        relations: `byline.work.git.resolution.RELATIONS` of whole histories.
        known: What keys name.
        projects: (system, project) pairs by repository.
    """
    rows = []
    columns = ["repository", "commit", "kind", "target", "evidence"]
    for row in relations.select(columns).to_pylist():
        kind = TOLD.get(row["kind"])
        if kind is None or (kind == "closes" and row["evidence"] not in CLOSING):
            continue
        keys = keys_of(row["kind"], row["target"], projects.get(row["repository"], ()))
        items = {known.item(key) for key in keys} - {None}
        if len(items) == 1:
            rows.append(
                {
                    "item": items.pop(),
                    "kind": kind,
                    "target": f"commit:{row['repository']}:{row['commit']}",
                    "evidence": f"message of {row['commit']}: {row['evidence']}",
                    "related": None,
                    "related_repository": row["repository"],
                    "related_commit": row["commit"],
                }
            )
    return pa.Table.from_pylist(rows, schema=TARGETS)


def keys_of(kind: str, target: str, projects: Sequence[tuple[str, str]]) -> list[str]:
    """The keys that a commit message's issue or review may be.

    Args:
        kind: issue | review | change_id.
        target: As the message has it.
        projects: The (system, project) pairs of the commit's repository.
    """
    if kind == "change_id":
        return [f"change-id:{target}"]
    if TICKET.fullmatch(target):
        return [f"jira:{target}"]
    if target[:1] in "DT" and target[1:].isdigit():
        return [f"phabricator:{target}"]
    if url := URL.fullmatch(target):
        mark = "!" if url["what"] == "merge_requests" else "#"
        return [
            f"{system}:{url['project']}{mark}{url['number']}" for system in ("github", "gitlab")
        ]
    found = NUMBER.fullmatch(target)
    if found is None:
        return []
    number, mark = found["number"], found["mark"]
    places = [
        (system, found["project"] or project)
        for system, project in projects
        if system in ("github", "gitlab")
    ]
    return [f"{system}:{project}{mark}{number}" for system, project in dict.fromkeys(places)]


def _beginning(ids: Sequence[str], oid: str) -> list[str]:
    """The ids that begin with `oid`, two at most."""
    place = bisect_left(ids, oid)
    return [one for one in ids[place : place + 2] if one.startswith(oid)]
