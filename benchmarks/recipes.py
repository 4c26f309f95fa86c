"""What the recipes make of real repositories, why no more, and whether every edit replays.

Each repository is released in a fresh workspace under its own licence (the `open-source` pack).
Then every shipped `commit_edit` is read back from the release as a stranger would: its blocks are
parsed from the completion, applied to the file as git has it before the commit, and compared byte
for byte with the file after it. Where a finding was taken out of the text, git's file is another
than the example's: such an edit is counted as redacted, and compared by the digests of its record.

    python benchmarks/recipes.py NAME=PATH [NAME=PATH ...] [--json FILE] [--keep FOLDER]
"""

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from main_job import CONFIG, run

from byline.errors import InputError
from byline.examples.rendering_replay import applied, read_blocks
from byline.examples.tokens import MAPS
from byline.workspace.files import sha256_text

SHOWN = 12  # reasons of a recipe


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("repositories", nargs="+", metavar="NAME=PATH")
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--keep", type=Path, help="keep the workspaces here")
    given = arguments.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for item in given.repositories:
            name, _, path = item.partition("=")
            folder = (given.keep or Path(scratch)) / name
            folder.mkdir(parents=True)
            rows.append(measure(name, Path(path).resolve(), folder))
            print(shown(rows[-1]), flush=True)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def measure(name: str, path: Path, folder: Path) -> dict[str, Any]:
    """Release one repository and replay its edits."""
    (folder / "byline.toml").write_text(CONFIG.format(name=name, path=path), encoding="utf-8")
    seconds, peak, result = run(("release",), folder)
    directory = Path(result["directory"])
    account = result["manifest"]["account"]
    return {
        "name": name,
        "seconds": round(seconds, 1),
        "peak_mb": round(peak),
        "recipes": result["manifest"]["recipes"],
        "commits": {reason: sum(by.values()) for reason, by in account["commits"].items()},
        "lines": {reason: sum(by.values()) for reason, by in account["lines"].items()},
        "units": by_recipe(account["units"]),
        "items": {reason: sum(by.values()) for reason, by in account["items"].items()},
        "replay": dict(replays(directory, path)),
    }


def by_recipe(units: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Reasons by recipe, the commonest first."""
    found: dict[str, Counter[str]] = {}
    for reason, by in units.items():
        for recipe, count in by.items():
            found.setdefault(recipe, Counter())[reason] += count
    return {recipe: dict(found[recipe].most_common()) for recipe in sorted(found)}


def replays(directory: Path, repository: Path) -> Counter[str]:
    """What became of every shipped edit that was read back."""
    counts: Counter[str] = Counter()
    for row in edits(directory):
        record = json.loads(row["record"])
        counts[replayed(row["completion"], record, repository)] += 1
    return counts


def edits(directory: Path) -> Iterator[dict[str, Any]]:
    """The shipped rows of `commit_edit`."""
    for shard in sorted(directory.glob("data/*-prompt_completion-*.parquet")):
        columns = ["recipe", "record", "completion"]
        for batch in pq.ParquetFile(shard).iter_batches(batch_size=256, columns=columns):
            yield from (row for row in batch.to_pylist() if row["recipe"] == "commit_edit")


def replayed(completion: str, record: dict[str, Any], repository: Path) -> str:
    """Whether a completion turns git's files before the commit into those after it."""
    commit = record["commit"]
    before: dict[str, str] = {}
    after: dict[str, str | None] = {}
    redacted = False
    for file in record["files"]:
        old = file.get("old_path") or file["path"]
        was = "" if file["status"] == "A" else content(repository, f"{commit}^:{old}")
        now = None if file["status"] == "D" else content(repository, f"{commit}:{file['path']}")
        redacted |= sha256_text(was or "") != file["before_sha256"]
        redacted |= sha256_text(now or "") != file["after_sha256"]
        before[old] = was or ""
        after[file["path"]] = now
        if file.get("old_path"):
            after[old] = None
    if redacted:
        return "redacted: git's file is not the example's"
    try:
        same = applied(read_blocks(completion, MAPS["starcoder2"]), before) == after
    except InputError as error:
        return f"unreadable: {error}"
    return "byte for byte" if same else "different"


def content(repository: Path, name: str) -> str | None:
    """A file as git has it, or None."""
    done = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "blob", name], capture_output=True, check=False
    )
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def shown(row: dict[str, Any]) -> str:
    """One repository's counts as text."""
    head = f"\n## {row['name']}: {row['seconds']} s, {row['peak_mb']:,} MB"
    lines = [head, "", "| recipe | examples |", "|---|---:|"]
    lines += [f"| {name} | {count:,} |" for name, count in row["recipes"].items()]
    lines += ["", f"replayed: {row['replay']}", ""]
    for what in ("lines", "commits", "items"):
        most = list(row[what].items())[:SHOWN]
        lines.append(f"{what}: " + ", ".join(f"{reason} {count:,}" for reason, count in most))
    for recipe, reasons in row["units"].items():
        most = list(reasons.items())[:SHOWN]
        lines.append(f"{recipe}: " + ", ".join(f"{reason} {count:,}" for reason, count in most))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
