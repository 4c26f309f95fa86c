"""What is wrong with a mirror's objects: kept with the mirror, and what follows from it.

The findings are written before any ref of the mirror moves, so that none is lost to a kill. A
finding is a fact; `findings.meaning` is the judgement. Where a commit may mislead about authorship,
its message id stands in `COMMITS.quarantine`, and everyone it names counts as unknown.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.work.git.command import run
from byline.work.git.copying import types_of
from byline.work.git.findings import (
    ABSENT,
    AUTHORSHIP,
    ENTRY,
    HARMLESS,
    IDENTITY,
    TREE,
    Finding,
    meaning,
)
from byline.work.git.objects import ObjectReader
from byline.work.schema import QUARANTINE
from byline.workspace.files import write_json

FILE_NAME = "byline-intake.json"
VERSION = "2"  # of the mirror: one that was made by another is made anew
PERSON_LINE = re.compile(rb"^(?:author|committer) .*$", re.MULTILINE)


@dataclass(frozen=True)
class Quarantined:
    """A finding with the kind of its object."""

    oid: str
    kind: str
    message: str
    text: str


def read_findings(mirror: Path) -> list[Quarantined] | None:
    """What was found in a mirror; None when it was not made by this version."""
    file = mirror / FILE_NAME
    if not file.is_file():
        return None
    held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if held["version"] != VERSION:
        return None
    return [Quarantined(*row) for row in held["findings"]]


def read_lacking(mirror: Path) -> str:
    """What a mirror that lacks blobs was copied from (`Supplied.packs`); empty where none is."""
    file = mirror / FILE_NAME
    return str(json.loads(file.read_text(encoding="utf-8"))["lacking"]) if file.is_file() else ""


def add_findings(mirror: Path, found: Iterable[Finding], *, lacking: str = "") -> None:
    """Keep new findings with the mirror, beside the old ones, and what it lacks objects of."""
    new = list(found)
    kinds = types_of(mirror, [one.oid for one in new])
    kinds |= {one.oid: "blob" for one in new if one.message in ABSENT and one.oid not in kinds}
    rows = {
        Quarantined(one.oid, kinds[one.oid], one.message, one.text)
        for one in new
        if one.oid in kinds
    }
    rows |= set(read_findings(mirror) or [])
    listed = sorted([one.oid, one.kind, one.message, one.text] for one in rows)
    held = {"version": VERSION, "findings": listed, "lacking": lacking or read_lacking(mirror)}
    write_json(mirror / FILE_NAME, held)


def table(repository: str, found: Iterable[Quarantined]) -> pa.Table:
    """`QUARANTINE`: each finding with git's severity, what was done, and plain words."""
    rows = []
    for one in sorted(found, key=lambda one: (one.oid, one.message, one.text)):
        means = meaning(one.message, one.kind)
        rows.append(
            {
                "repository": repository,
                "oid": one.oid,
                "type": one.kind,
                "message": one.message,
                "severity": means.severity,
                "treatment": means.treatment,
                "text": one.text,
                "explanation": means.explanation,
                "harmless": one.message in HARMLESS,
            }
        )
    return pa.Table.from_pylist(rows, schema=QUARANTINE)


def misleading_commits(mirror: Path, found: Sequence[Quarantined]) -> dict[str, str]:
    """Commits whose authorship cannot be relied on, each with the message id that says why."""
    marks: dict[str, str] = {}
    doubtful = []
    for one in sorted(found, key=lambda one: (one.oid, one.message)):
        if one.kind != "commit":
            continue
        if meaning(one.message, one.kind).treatment == AUTHORSHIP:
            marks.setdefault(one.oid, one.message)
        elif one.message in IDENTITY:
            doubtful.append(one)
    with ObjectReader(mirror) as reader:
        for one in doubtful:
            if one.oid not in marks and _is_ambiguous(reader.read(one.oid)):
                marks[one.oid] = one.message
    for oid, message in _around(mirror, _trees(found, TREE)).items():
        marks.setdefault(oid, message)
    return marks


def marked(
    batches: Mapping[int, Sequence[pa.RecordBatch]], marks: Mapping[str, str]
) -> dict[int, list[pa.RecordBatch]]:
    """Batches of `COMMITS` by bucket, with the message id on the commits that have one."""
    return {
        bucket: [_with_marks(batch, marks) for batch in some] if marks else list(some)
        for bucket, some in batches.items()
    }


def _with_marks(batch: pa.RecordBatch, marks: Mapping[str, str]) -> pa.RecordBatch:
    column = pa.array([marks.get(oid) for oid in batch["commit"].to_pylist()], pa.string())
    position = batch.schema.get_field_index("quarantine")
    return batch.set_column(position, batch.schema.field(position), column)


def misleading_trees(found: Sequence[Quarantined]) -> dict[str, str]:
    """Trees of which entries are left out: by id, ``tree`` or ``entry``."""
    partly = dict.fromkeys(_trees(found, ENTRY), ENTRY)
    return partly | dict.fromkeys(_trees(found, TREE), TREE)


def _trees(found: Sequence[Quarantined], treatment: str) -> dict[str, str]:
    """Trees with a finding of this treatment, each with its message id."""
    return {
        one.oid: one.message
        for one in sorted(found, key=lambda one: (one.oid, one.message), reverse=True)
        if one.kind == "tree" and meaning(one.message, one.kind).treatment == treatment
    }


def _is_ambiguous(commit: bytes) -> bool:
    """Whether a person's line holds more than one address: git takes the first, others the last."""
    header = commit.split(b"\n\n", 1)[0]
    return any(line.count(b"<") > 1 or line.count(b">") > 1 for line in PERSON_LINE.findall(header))


def _around(mirror: Path, trees: Mapping[str, str]) -> dict[str, str]:
    """The commits that brought or removed a tree that tools read differently.

    A comparison with such a tree may show lines as new that are not, in the commit that has it
    and in the one that mends it: neither is believed.
    """
    if not trees:
        return {}
    sought = [f"--find-object={oid}" for oid in sorted(trees)]
    lines = run(
        mirror, "log", "--all", "-m", "-t", "--raw", "-z", "--no-abbrev", "--no-renames",
        "--no-ext-diff", "--root", "--format=%x01%H", *sought, "--",
    ).split(b"\0")  # fmt: skip
    marks: dict[str, str] = {}
    commit = ""
    for line in lines:
        text = line.strip(b"\n")
        if text.startswith(b"\x01"):
            commit = text[1:].split(b"\n")[0].decode("ascii")
            text = text[42:]
        for oid, message in trees.items():
            if text.startswith(b":") and oid.encode("ascii") in text:
                marks.setdefault(commit, message)
    marks.update(_around_roots(mirror, trees))
    return marks


def _around_roots(mirror: Path, trees: Mapping[str, str]) -> dict[str, str]:
    """The same for commits whose whole tree is such a one: no entry names a root tree."""
    listed = run(mirror, "log", "--all", "--format=%H %T %P").decode("ascii").splitlines()
    rows = [line.split(" ") for line in listed]
    tree_of = {row[0]: row[1] for row in rows}
    marks = {}
    for commit, tree, *parents in rows:
        for near in (tree, *(tree_of.get(parent, "") for parent in parents)):
            if near in trees:
                marks[commit] = trees[near]
    return marks
