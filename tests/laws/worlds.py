"""Small companies of real repositories: a roster, one agreement, notices, and a release of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from byline.cli import steps
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.release.seal import SealedRelease
from journeys.company import texts
from simulators.repositories import NOON, Repository, repository

DAY = 86_400
ANN, BOB, XEN = (
    {"name": "Ann Alder", "email": "ann@corp.example"},
    {"name": "Bob Birch", "email": "bob@corp.example"},
    {"name": "Xenia Quill", "email": "xenia@corp.example"},
)
ROSTER = """id,name,emails,worker_type,country,unit,start,end
ann,Ann Alder,ann@corp.example,employee,US,A,2020-01-01,
bob,Bob Birch,bob@corp.example;bob.birch@corp.example,employee,US,A,2020-01-01,
xen,Xenia Quill,xenia@corp.example,employee,US,A,2020-01-01,
"""
NOTICES = """notice,version,person,served,channel,language
ai-training,1,ann,2023-01-01,portal,en
ai-training,1,bob,2023-01-01,portal,en
ai-training,1,xen,2023-01-01,portal,en
"""
OBJECTIONS = "id,person,received,classes,purposes,note\n"
AGREEMENT = """
[agreement]
id = "terms"
title = "Terms"
kind = "employment"
version = "1"
effective = 2020-01-01

[[clause]]
id = "terms/1"
effect = "permit"
text = "Work may be used after the notice was given."
classes = ["code", "process"]
purposes = ["assist_others", "retrieval"]
basis = "agreement"
needs_notice = "ai-training"
notice_before = "use"
[clause.who]
population = ["roster"]
worker_types = ["employee"]
[clause.where]
owners = ["employer"]
"""


def objecting(person: str, classes: str = "*", purposes: str = "*") -> str:
    """One row of objections."""
    return f"{person}-1,{person},2023-06-01,{classes},{purposes},by letter\n"


@dataclass
class World:
    """A company in a folder."""

    root: Path
    repositories: dict[str, Repository] = field(default_factory=dict)

    def repository(self, name: str = "shop") -> Repository:
        """A new repository, listed in the configuration in the order of making."""
        made = repository(self.root / "repos" / name)
        self.repositories[name] = made
        return made

    def configure(
        self,
        *,
        objections: Sequence[str] = (),
        order: Sequence[str] | None = None,
        release: Mapping[str, str] | None = None,
        extra: str = "",
    ) -> Path:
        """Write every file; returns byline.toml."""
        for name, text in (
            ("roster.csv", ROSTER), ("notices.csv", NOTICES), ("agreement.toml", AGREEMENT),
            ("objections.csv", OBJECTIONS + "".join(objections)),
        ):  # fmt: skip
            if not (self.root / name).exists() or name == "objections.csv":
                (self.root / name).write_text(text)
        (self.root / "keys").mkdir(exist_ok=True)
        key = self.root / "keys" / "linkage.key"
        if not key.exists():
            key.write_text("ab" * 32 + "\n")
            key.chmod(0o600)
        tables = "".join(
            f'[[repositories]]\nname = "{name}"\npath = "repos/{name}"\n\n'
            for name in order or self.repositories
        )
        settings = {"as_of": "2024-06-30", **(release or {})}
        lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
        (self.root / "byline.toml").write_text(
            '[organisation]\nname = "Corp"\n\n' + tables + '[people]\nroster = "roster.csv"\n\n'
            '[terms]\nagreements = ["agreement.toml"]\nnotices = "notices.csv"\n'
            f'objections = "objections.csv"\n\n[release]\n{lines}\n{extra}'
        )
        return self.root / "byline.toml"

    def release(self, **how: Any) -> SealedRelease:
        """Configure and release, in this process."""
        with session(self.configure(**how), voice=Voice(quiet=True), workers=1) as opened:
            return steps.release_all(opened).sealed


def everything(release: SealedRelease) -> str:
    """Every string of a release, and every document beside it."""
    documents = [path.read_text() for path in sorted(release.directory.glob("*")) if path.is_file()]
    return "\n".join([*texts(release.directory), *documents])


def rows(release: SealedRelease, recipe: str | None = None) -> list[dict[str, Any]]:
    """The rows of a release, records opened."""
    stored = [
        row
        for file in sorted(release.directory.glob("data/*.parquet"))
        for row in pq.read_table(file).to_pylist()
    ]
    return [
        {**row, "record": json.loads(row["record"])}
        for row in stored
        if recipe is None or row["recipe"] == recipe
    ]


def function(name: str, *, lines: int = 8) -> bytes:
    """Code of which every line names what it belongs to."""
    body = "".join(
        f"    {name}_{place} = {name}_source.read({place}, {place * 7})\n" for place in range(lines)
    )
    return f"def {name}({name}_source):\n{body}    return {name}_{lines - 1}\n\n\n".encode()


def moment(day: int) -> int:
    """Noon of a day after the first."""
    return NOON + day * DAY
