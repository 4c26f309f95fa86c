"""A `Material` for tests, from small literal items, parts and changes.

Everybody is an account such as ``ann``: their person is ``p-ann``, their name "Ann Example", and
whoever is in `excluded` has objected. A text's lines belong to one person, or are given one by one
as pairs of (line, account). Nothing here knows any recipe.

    review(41, said("description", "ann", "Round amounts …"), patchsets=2)
    change(41, "a.py", "x = 1\n", "x = 2\n", by="ann")
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from byline.corpus.contributions import CONTRIBUTIONS
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.examples.material import Material, material
from byline.privacy.schema import FINDINGS
from byline.terms.schema import DECISIONS
from byline.work.diff import changed_blocks
from byline.work.identifiers import item_id, line_list
from byline.work.items import CHANGES, Link, Part, Patchset, Reading, Source, item_of, tables_of
from byline.work.schema import COMMITS

START = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
ALL_TRAIN = Cuts(None, None, "for the test")
REPOSITORY = "ledger-core"
PROJECT = "acme/ledger"
Text = str | Sequence[tuple[str, str]]


def at(minutes: float) -> dt.datetime:
    """A time so many minutes after the start of the tests' world."""
    return START + dt.timedelta(minutes=minutes)


def oid(*words: object) -> str:
    """A commit or object id made of words."""
    return hashlib.sha1("\0".join(str(word) for word in words).encode()).hexdigest()


def commit_of(account: str) -> str:
    """The commit by which all lines of an account are written."""
    return oid("commit", account)


def said(
    kind: str,
    who: str | None,
    text: str,
    *,
    native: str | None = None,
    minutes: float | None = 0,
    **fields: Any,
) -> Part:
    """A part by an account; its native id is its kind, author and text unless given."""
    return Part(
        kind=kind,
        native=native if native is not None else oid(kind, who, text, minutes)[:12],
        text=text,
        account=who,
        name=None if who is None else f"{who.title()} Example",
        time=None if minutes is None else at(minutes),
        **fields,
    )  # fmt: skip


def review(
    number: int,
    *parts: Part,
    patchsets: int | Sequence[Patchset] = 2,
    who: str = "ann",
    title: str = "Round amounts to the minor unit",
    state: str = "merged",
    closed: float = 10_000,
    links: Sequence[Link] = (),
    detail: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Reading:
    """A review opened by `who`; patchsets follow each other every hundred minutes."""
    sets = patchsets if not isinstance(patchsets, int) else [
        Patchset(n, oid("head", number, n), base=oid("base", number), time=at(100 * (n - 1)),
                 account=who, kind="initial" if n == 1 else "rework")
        for n in range(1, patchsets + 1)
    ]  # fmt: skip
    own = said("title", who, title, native="title")
    merged = state == "merged"
    known = {"number": number, "project": PROJECT, "merged": merged, "approved": merged,
             "merged_commit": oid("merge", number) if merged else None}  # fmt: skip
    return Reading(
        kind="review", key=f"github:{PROJECT}#{number}", file=f"{number}.json", title=title,
        repository=REPOSITORY, state=state, opened=at(0), closed=at(closed),
        detail={**known, **(detail or {})}, parts=[own, *parts], patchsets=sets, links=links,
        **fields,
    )  # fmt: skip


def item(kind: str, key: str, *parts: Part, **fields: Any) -> Reading:
    """An item of any kind."""
    plain = {"file": "export.json", "repository": REPOSITORY, "opened": at(0), "title": key}
    return Reading(kind=kind, key=key, parts=parts, **{**plain, **fields})


def change(
    work: int | Reading,
    path: str,
    before: Text,
    after: Text,
    *,
    by: str = "ann",
    purpose: str = "interdiff",
    from_patchset: int | None = 1,
    to_patchset: int | None = 2,
    status: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A row of `CHANGES`: lines of `before` are `by` unless given, new lines of `after` too."""
    work_item = item_of(work if isinstance(work, Reading) else review(work))
    old, new = lines_of(before, by), lines_of(after, by)
    old_text, new_text = "".join(line for line, _ in old), "".join(line for line, _ in new)
    row = {
        "item": item_id("change", work_item, purpose, str(from_patchset), str(to_patchset), path),
        "repository": REPOSITORY, "commit": commit_of(by), "parent": oid("parent"), "path": path,
        "old_oid": oid(old_text), "new_oid": oid(new_text), "before": old_text, "after": new_text,
        "skip": None, "before_origins": runs(old), "after_origins": runs(_new(old, new)),
        "work_item": work_item, "purpose": purpose, "from_patchset": from_patchset,
        "to_patchset": to_patchset, "old_path": None,
        "status": status or ("A" if not old else "D" if not new else "M"),
    }  # fmt: skip
    return {**row, **fields}


def lines_of(text: Text, by: str) -> list[tuple[str, str]]:
    """Lines with who wrote each."""
    if isinstance(text, str):
        return [(line, by) for line in line_list(text)]
    return list(text)


def runs(lines: Sequence[tuple[str, str] | None]) -> list[dict[str, Any]]:
    """Rows of `ORIGIN`, one a line."""
    return [
        {"start": number, "lines": 1, "commit": commit_of(line[1])}
        for number, line in enumerate(lines, 1)
        if line is not None
    ]


def _new(
    old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]
) -> list[tuple[str, str] | None]:
    fresh: list[tuple[str, str] | None] = [None] * len(new)
    for block in changed_blocks([line for line, _ in old], [line for line, _ in new]):
        fresh[block.new_start : block.new_end] = new[block.new_start : block.new_end]
    return fresh


def a_commit(
    message: str, who: str = "ann", *, minutes: float = 0, **fields: Any
) -> dict[str, Any]:
    """A row of `COMMITS`."""
    time, email = at(minutes), f"{who}@harbour.example"
    row = {
        "repository": REPOSITORY, "commit": oid("message", message, minutes), "parents": [],
        "author_name": f"{who.title()} Example", "author_email": email, "author_time": time,
        "committer_name": f"{who.title()} Example", "committer_email": email, "commit_time": time,
        "message": message, "trailers": [], "changes": [], "kind": "ordinary", "relations": [],
        "renames": [],
    }  # fmt: skip
    return {**row, **fields}


def material_of(
    readings: Iterable[Reading],
    changes: Sequence[Mapping[str, Any]] = (),
    *,
    excluded: Collection[str] = (),
    origins: Mapping[str, str] | None = None,
    commits: Sequence[Mapping[str, Any]] = (),
    labels: Sequence[Mapping[str, Any]] = (),
    findings: Sequence[Mapping[str, Any]] = (),
    cuts: Cuts = ALL_TRAIN,
    accounts: Collection[str] = (),
    system: str = "github",
    one_group: bool = True,
    also: Mapping[str, Sequence[str]] | None = None,
    overrides: Mapping[str, Sequence[str]] | None = None,
) -> Material:
    """The material of some readings and changes.

    Args:
        readings: Items as a reader yields them.
        changes: From `change`.
        excluded: Accounts whose work may not be used.
        origins: human | ai | mixed | bot of an account; ``human`` where none is given.
        commits: Rows of `COMMITS` that the material knows, from `a_commit`.
        labels: Fields of `LABELS` that differ, by ``item`` of the change.
        findings: Rows of `FINDINGS`.
        accounts: Account names that are known besides those in the parts.
        one_group: Whether all items belong to one group.
        also: Further accounts that had a hand in everything of an account (co-authors).
        overrides: Rules set aside, by example id.
    """
    source = Source("forge", system, path=None, repositories={PROJECT: REPOSITORY})  # type: ignore[arg-type]
    tables = tables_of(source, readings)
    rules = _Rules(frozenset(excluded), origins or {}, also or {})
    contributions, decisions = rules.rows(tables.items, tables.parts, changes, commits)
    people = {row for row in tables.parts.column("account").to_pylist() if row}
    return material(
        tables.items, tables.parts, tables.patchsets,
        _resolved(tables.items, tables.links),
        pa.Table.from_pylist([dict(row) for row in changes], schema=CHANGES),
        pa.Table.from_pylist([dict(row) for row in commits], schema=COMMITS),
        _labels(changes, labels),
        pa.Table.from_pylist([dict(row) for row in findings], schema=FINDINGS),
        pa.Table.from_pylist(contributions, schema=CONTRIBUTIONS),
        pa.Table.from_pylist(decisions, schema=DECISIONS),
        _groups(tables.items, one_group),
        cuts=cuts, purposes=["assist_others"], seed=17,
        accounts=frozenset({*people, *accounts}), overrides=overrides,
    )  # fmt: skip


class _Rules:
    """Who may be used, as rows of `CONTRIBUTIONS` and `DECISIONS`."""

    def __init__(
        self,
        excluded: frozenset[str],
        origins: Mapping[str, str],
        also: Mapping[str, Sequence[str]],
    ) -> None:
        self.excluded, self.origins, self.also = excluded, origins, also

    def rows(
        self,
        items: pa.Table,
        parts: pa.Table,
        changes: Sequence[Mapping[str, Any]],
        commits: Sequence[Mapping[str, Any]],
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        classes = {row["item"]: row["class"] for row in items.to_pylist()}
        contributions, decisions = [], []
        by_commit = self._by_commit(parts, changes)
        spans: dict[tuple[str, str], tuple[str, str, dt.datetime]] = {}
        for part in parts.to_pylist():
            when, kind = part["time"] or START, classes[part["item"]]
            if part["origins"] is None and part["account"]:
                spans[part["item"], part["part"]] = (part["account"], kind, when)
            for run in part["origins"] or ():
                spans[part["item"], run["commit"]] = (by_commit[run["commit"]], kind, when)
        for row in changes:
            names = {row["commit"]} | {
                run["commit"] for side in ("before_origins", "after_origins") for run in row[side]
            }
            for name in names:
                spans[row["item"], name] = (by_commit[name], "code", START)
        for row in commits:
            who = row["author_email"].partition("@")[0]
            place = item_id("message", row["repository"], row["commit"]), row["commit"]
            spans[place] = (who, "process", row["author_time"])
        for (where, name), (who, kind, when) in spans.items():
            for number, person in enumerate((who, *self.also.get(who, ()))):
                row = self._contribution(where, name, person, kind, when, number)
                contributions.append(row)
                decisions.append(self._decision(row["contribution"], person))
        return contributions, decisions

    def _by_commit(self, parts: pa.Table, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Who wrote by which commit: all accounts of the parts, and a few that tests use."""
        accounts = {row for row in parts.column("account").to_pylist() if row}
        known = {*accounts, *self.excluded, *self.origins, "ann", "ben", "cho", "dan", "eve"}
        return {commit_of(account): account for account in sorted(known)}

    def _contribution(
        self, where: str, name: str, who: str, kind: str, when: dt.datetime, number: int
    ) -> dict[str, Any]:
        origin = self.origins.get(who, "human")
        population = origin if origin in ("bot", "ai") else "roster"
        return {
            "contribution": item_id("c", where, name, who), "item": where, "class": kind,
            "repository": REPOSITORY, "owner": "employer", "person": f"p-{who}",
            "population": population, "employment": "in_force", "authored": when,
            "authorship": "unknown" if origin == "bot" else origin, "lines": 1, "commit": name,
            "role": "co-author" if number else "author",
        }  # fmt: skip

    def _decision(self, contribution: str, who: str) -> dict[str, Any]:
        may = who not in self.excluded
        return {
            "contribution": contribution, "purpose": "assist_others",
            "outcome": "identified" if may else "excluded",
            "reason": "permitted" if may else "objected", "clauses": ["k/1"], "missing": [],
        }  # fmt: skip


def _resolved(items: pa.Table, links: pa.Table) -> pa.Table:
    """Links with the item or commit that is meant."""
    keys = {key: row["item"] for row in items.to_pylist() for key in (row["key"], *row["aliases"])}
    commits = [
        row["target"].split(":") if row["target"].startswith("commit:") else [None, None, None]
        for row in links.to_pylist()
    ]
    columns = {
        "related": [keys.get(target) for target in links.column("target").to_pylist()],
        "related_commit": [commit for _, _, commit in commits],
        "related_repository": [repository for _, repository, _ in commits],
    }
    for name, values in columns.items():
        links = links.append_column(name, pa.array(values, pa.string()))
    return links


def _labels(changes: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]]) -> pa.Table:
    different = {row["item"]: row for row in given}
    rows = [
        {"item": row["item"], "repository": row["repository"], "path": row["path"],
         "language": "Python", "kind": "programming", "quality": [],
         **different.get(row["item"], {})}
        for row in changes
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=LABELS)


def _groups(items: pa.Table, one: bool) -> pa.Table:
    rows = [
        {"item": row["item"], "group": "g1" if one else f"g-{row['key']}", "size": len(items),
         "time": row["closed"] or row["opened"] or START}
        for row in items.to_pylist()
    ]  # fmt: skip
    schema = pa.schema(
        [("item", pa.string()), ("group", pa.string()), ("time", pa.timestamp("s", tz="UTC")),
         ("size", pa.int64())]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)
