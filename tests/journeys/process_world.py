"""The sample organisation's process, released once, and everything that was said of it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from byline.cli import steps
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.engine.stage import Partition
from byline.examples.candidate import LEFT_OUT, example_id
from byline.examples.material import source_of
from byline.examples.recipes import RECIPES
from byline.release.explain import Explained, explain
from byline.release.prepare import Prepared
from byline.release.selection import Selection

PLAYED = ("berth-planner", "pilotage")
Row = Mapping[str, Any]


def only_played(folder: Path) -> Path:
    """Leave the two repositories of a sample that are told in scenes, and every export."""
    file = folder / "company" / "byline.toml"
    text = re.sub(r"\[train\].*?(?=\n\[|\Z)", "", file.read_text(), flags=re.DOTALL)
    for table in re.findall(r"\[\[repositories\]\].*?(?=\n\[)", text, flags=re.DOTALL):
        if not any(f'name = "{name}"' in table for name in PLAYED):
            text = text.replace(table, "")
    file.write_text(re.sub(r"(?m)^recipes = .*\n", "", text))
    return folder


@dataclass(frozen=True)
class World:
    """A released company.

    Attributes:
        folder: Of the sample: ``company`` and ``answers``.
        result: What `byline release --json` said.
    """

    folder: Path
    result: Mapping[str, Any]

    @property
    def company(self) -> Path:
        return self.folder / "company"

    @property
    def release(self) -> Path:
        return Path(self.result["directory"])

    @cached_property
    def answers(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "answers/answer-key.json").read_text())
        return found

    @property
    def key(self) -> dict[str, Any]:
        """What the answer key says of the process."""
        found: dict[str, Any] = self.answers["process"]
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """Every row of the release."""
        files = sorted(self.release.glob("data/*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    @cached_property
    def seen(self) -> "Seen":
        return look(self.company)


@dataclass(frozen=True)
class Seen:
    """What lies behind a release: candidates, what became of them, and what was read."""

    candidates: Sequence[Row]
    selection: Selection
    items: Mapping[str, Row]
    parts: Mapping[str, Sequence[Row]]
    groups: Mapping[str, str]
    problems: Sequence[Row]
    texts: frozenset[str]
    prepared: Prepared

    def explained(self, wanted: str) -> list[Explained]:
        """What `byline release --explain` says of a name."""
        return explain(wanted, self.prepared, self.selection)

    @cached_property
    def keys(self) -> dict[str, str]:
        """The key of each item by its id."""
        return {row["item"]: key for key, row in self.items.items()}

    def of(self, recipe: str) -> Iterator[Row]:
        return (row for row in self.candidates if row["recipe"] == recipe)

    def about(self, recipe: str, name: str) -> list[Row]:
        """The candidates of a recipe that are of an item or a commit, or are made from it."""
        commit = name.rpartition(":")[2] if name.startswith("commit:") else None
        found = []
        for row in self.of(recipe):
            made_from = {source["oid"] for source in row["sources"]}
            inside = any(oid == name or oid.startswith(f"{name}/") for oid in made_from)
            mine = self.keys.get(row["item"]) == name or row["item"] == commit
            if mine or inside or (commit is not None and commit in made_from):
                found.append(row)
        return found

    def comment(self, recipe: str, name: str, unit: str) -> list[Row]:
        """The candidate of a recipe on comments that is of one comment, by the forge's own id."""
        item = self.items[name]
        parts = self.parts[item["item"]]
        [part] = [one for one in parts if one["native"].rpartition(":")[2] == unit]
        timed = {**part, "time": part["time"] or item["opened"]}
        digest = RECIPES[recipe].options(seed=17).digest
        identity = example_id(recipe, digest, [source_of(timed, item)])
        return [row for row in self.of(recipe) if row["id"] == identity]


def labels(row: Row) -> dict[str, str]:
    return {one["name"]: one["value"] for one in row["labels"]}


def is_made(row: Row) -> bool:
    """Whether a unit became a candidate, be it a duplicate of another."""
    return bool(row["split"] != LEFT_OUT)


def look(company: Path) -> Seen:
    """Open a released company in this process; everything is there, so nothing is computed."""
    voice = Voice(as_json=True, quiet=True)
    with session(company, voice=voice, workers=1, writes=False) as opened:
        prepared, selection = steps.selected(opened)
        work = steps.work_all(opened)
        buckets = work.grouped.buckets
        items = _rows([one.items for one in buckets])
        parts: dict[str, list[Row]] = {}
        for row in _rows([one.parts for one in buckets]):
            parts.setdefault(row["item"], []).append(row)
        groups = _rows([*(one.groups for one in buckets), work.grouped.commits])
        changed = [one.told.changes for one in prepared.work]
        changed += [part for one in prepared.repositories for part in one.described.collected.edits]
        states = [part.read(["before", "after"]) for part in changed]
        return Seen(
            candidates=_rows(prepared.candidates),
            selection=selection,
            items={row["key"]: row for row in items},
            parts=parts,
            groups={row["item"]: row["group"] for row in groups},
            problems=_rows([part for one in work.sources for part in one.problems]),
            texts=frozenset(
                text
                for table in states
                for column in table.columns
                for text in column.to_pylist()
                if text is not None
            ),
            prepared=prepared,
        )


def _rows(parts: Sequence[Partition]) -> list[Row]:
    return [row for part in parts for row in part.read().to_pylist()]
