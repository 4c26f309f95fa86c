"""What the tests of collection share: collecting into a folder, and reading what came out."""

from pathlib import Path
from typing import Any

from byline.engine.executor import Executor, LocalExecutor
from byline.work.git.collect import Collected, Limits, collect

LIMITS = Limits(max_file_bytes=1 << 20, max_paths=100_000, max_commit_edits=1000)


def gather(
    path: Path,
    into: Path,
    *,
    revision: str = "HEAD",
    limits: Limits = LIMITS,
    executor: Executor | None = None,
) -> Collected:
    """Collect a repository into a folder."""
    return collect(
        path,
        repository="r",
        revision=revision,
        limits=limits,
        mirrors=into / "mirrors",
        tables=into / "tables",
        executor=executor or LocalExecutor(1),
    )


def rows(collected: Collected, kind: str, key: str) -> list[dict[str, Any]]:
    """All rows of one kind, ordered by a column."""
    found = [row for part in getattr(collected, kind) for row in part.read().to_pylist()]
    return sorted(found, key=lambda row: str(row[key]))


def everything(collected: Collected) -> dict[str, Any]:
    """Every row of every table, and what was left out."""
    return {
        "commit": collected.commit,
        "files": rows(collected, "files", "item"),
        "commits": rows(collected, "commits", "commit"),
        "edits": rows(collected, "edits", "item"),
        "references": rows(collected, "references", "name"),
        "proposals": rows(collected, "proposals", "commit"),
        "quarantine": rows(collected, "quarantine", "oid"),
        "left_out": collected.left_out,
    }


def by_path(collected: Collected) -> dict[str, dict[str, Any]]:
    """The files by path."""
    return {row["path"]: row for row in rows(collected, "files", "item")}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file below a folder: what was written shows."""
    return {
        str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def contains(folder: Path, needle: bytes) -> bool:
    """Whether any file below a folder holds these bytes."""
    return any(needle in file.read_bytes() for file in folder.rglob("*") if file.is_file())
