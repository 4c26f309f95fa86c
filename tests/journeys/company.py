"""Running the program as a user would, on the sample organisation."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

TINY_TRAINING = """
[train]
steps = 12
batch = 4
context = 64
vocabulary = 512
hidden = 32
layers = 1
heads = 2
"""


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


def byline(*arguments: str | Path, cwd: Path | None = None, check: int | None = 0) -> Result:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "byline", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return Result(done.returncode, done.stdout, done.stderr)


def shrink(company: Path, *, repositories: tuple[str, ...] | None = None) -> None:
    """Make training tiny, and keep only some of the repositories."""
    file = company / "byline.toml"
    text = re.sub(r"\[train\].*?(?=\n\[|\Z)", "", file.read_text(), flags=re.DOTALL)
    if repositories is not None:
        tables = re.findall(r"\[\[repositories\]\].*?(?=\n\[)", text, flags=re.DOTALL)
        for table in tables:
            name = re.search(r'name = "([^"]+)"', table)
            assert name is not None
            if name[1] not in repositories:
                text = text.replace(table, "")
        for table in re.findall(r"\[\[sources\]\].*?(?=\n\[)", text, flags=re.DOTALL):
            text = text.replace(table, "")
    file.write_text(text + TINY_TRAINING)


def copy_company(source: Path, target: Path) -> Path:
    """The company on another machine: everything but what Byline made."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("byline-workspace"))
    return target


def release_folders(company: Path) -> list[Path]:
    return sorted((company / "byline-workspace" / "releases").glob("rel_*"))


def texts(release: Path) -> Iterator[str]:
    """Every string in the Parquet of a release, records opened."""
    for file in sorted(release.glob("data/*.parquet")):
        for row in pq.read_table(file).to_pylist():
            yield from _strings(row)
            yield from _strings(json.loads(row["record"]))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its identity and time of change."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }
