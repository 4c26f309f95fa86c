"""Collecting one repository: mirror, commits, files with authorship, edits; only what changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import KEY_LENGTH, Partition
from byline.work.git.buckets import edit_tasks, file_tasks, forget, tell, write_all
from byline.work.git.commits import Growth, merged, read_history
from byline.work.git.edits import edits
from byline.work.git.graph import refuse_bombs
from byline.work.git.history import bypassed, is_ancestor
from byline.work.git.intake import write_intake
from byline.work.git.mirror import Mirror, mirror
from byline.work.git.notes import is_noted, note_references, remember, write_notes
from byline.work.git.place import COMMIT_BUCKETS, VERSION, Limits, Place
from byline.work.git.quarantine import marked, misleading_commits
from byline.work.git.signatures import write_signatures
from byline.work.git.snapshot import snapshot
from byline.work.identifiers import path_text
from byline.work.schema import COMMITS
from byline.workspace.files import sha256_text

__all__ = ["Collected", "Limits", "collect"]

KINDS = (
    "files", "commits", "edits", "notes", "references", "proposals", "quarantine", "signatures",
)  # fmt: skip


@dataclass(frozen=True)
class Collected:
    """One repository's tables.

    Attributes:
        changed: Whether this run found anything new.
        rewritten: Whether history was rewritten since the last run (a force-push).
        left_out: Commits that did not become edits, by reason.
        references: Every ref that leads to a commit (`REFERENCES`).
        proposals: Commits of reviews that the collected history lacks (`COMMITS`); nothing is
            trained on them.
        quarantine: What is wrong with the repository's objects (`QUARANTINE`).
        signatures: Beside each bucket of commits, the signatures that they carry (`SIGNATURES`).
    """

    repository: str
    commit: str
    files: tuple[Partition, ...]
    commits: tuple[Partition, ...]
    edits: tuple[Partition, ...]
    changed: bool
    rewritten: bool
    left_out: dict[str, int]
    notes: tuple[Partition, ...] = ()
    references: tuple[Partition, ...] = ()
    proposals: tuple[Partition, ...] = ()
    quarantine: tuple[Partition, ...] = ()
    signatures: tuple[Partition, ...] = ()
    # Refs that are not listed or not copied, by reason.
    references_left_out: tuple[tuple[str, int], ...] = field(default=(), kw_only=True)


def collect(
    path: Path,
    *,
    repository: str,
    revision: str,
    limits: Limits,
    mirrors: Path,
    tables: Path,
    executor: Executor,
    progress: Progress = quiet,
) -> Collected:
    """Collect a repository at a revision into the workspace's tables.

    Raises:
        InputError: The repository cannot be read; nothing is half-written.
    """
    place = Place(repository, tables)
    source = mirror(
        path, into=mirrors / f"{repository}.git", revision=revision,
        reviews=limits.review_refs, max_paths=limits.max_paths,
    )  # fmt: skip
    limits = replace(limits, lacking=source.lacking)
    old = place.state(limits)
    noted = note_references(source.directory)
    same = (
        old is not None
        and (old["commit"], old["intake"]) == (source.commit, source.digest)
        and is_noted(place, noted)
    )
    if old and same and (known := place.partitions(old)):
        return _collected(repository, source, known, old["left_out"])
    since, rewritten = _since(source, old)
    kept = place.partitions(old) if old and since else {}
    if not kept:
        since = None  # a killed run may have replaced what the state names: read everything again
    refuse_bombs(source.directory, source.commit, since=since, max_paths=limits.max_paths)
    growth = read_history(
        source.directory, source.commit, repository=repository, since=since,
        max_paths=limits.max_paths, buckets=COMMIT_BUCKETS,
    )  # fmt: skip
    marks = misleading_commits(source.directory, source.findings)
    growth.batches = marked(growth.batches, marks)
    commit_parts = _write_commits(place, source, growth, kept)
    around = bypassed(source.directory, since, source.commit) if since else set()
    growth.touched.update(path_text(path)[0] for path in around or ())
    comparable = kept if around is not None else {}
    file_parts = comparable.get("files", [])
    of_files = file_tasks(place, source, limits, growth.touched, _by_bucket(file_parts))
    of_edits, choice = edit_tasks(
        place, source, limits, commit_parts, _by_bucket(kept.get("edits", ()))
    )
    told = tell(
        place, source, limits, (of_files, of_edits),
        since=since if file_parts else None, old=file_parts, executor=executor, progress=progress,
    )  # fmt: skip
    what = f"{repository}: files and edits"
    parts = {
        "files": write_all(snapshot, of_files, told, executor, progress, what),
        "commits": commit_parts,
        "edits": write_all(edits, of_edits, told, executor, progress, what),
    }
    parts["notes"] = write_notes(source.directory, place, _by_bucket(commit_parts), limits)
    parts["signatures"] = write_signatures(
        source.directory, place, _by_bucket(commit_parts), grown=growth.batches,
        kept=_by_bucket(kept.get("signatures", ())), tip=source.commit,
    )  # fmt: skip
    parts |= write_intake(place, source, limits, marks)
    place.prune(parts)
    forget(place)
    place.write_state(source.commit, limits, parts, choice, intake=source.digest)
    remember(place, noted)
    return _collected(repository, source, parts, choice.left_out, changed=True, rewritten=rewritten)


def _collected(
    repository: str,
    source: Mirror,
    parts: dict[str, list[Partition]],
    left_out: dict[str, int],
    *,
    changed: bool = False,
    rewritten: bool = False,
) -> Collected:
    return Collected(
        repository=repository,
        commit=source.commit,
        changed=changed,
        rewritten=rewritten,
        left_out=left_out,
        references_left_out=source.left_out,
        **{kind: tuple(parts.get(kind, ())) for kind in KINDS},
    )


def _since(source: Mirror, old: dict[str, Any] | None) -> tuple[str | None, bool]:
    """The commit that the last run ended at, if this history still contains it."""
    if old is None:
        return None, False
    if is_ancestor(source.directory, old["commit"], source.commit):
        return str(old["commit"]), False
    return None, True


def _by_bucket(parts: Sequence[Partition]) -> dict[int, Partition]:
    return {int(part.name.rsplit("-", 1)[1]): part for part in parts}


def _write_commits(
    place: Place, source: Mirror, growth: Growth, kept: dict[str, list[Partition]]
) -> list[Partition]:
    parts = _by_bucket(kept.get("commits", ()))
    for bucket, batches in sorted(growth.batches.items()):
        old = parts[bucket].read() if bucket in parts else None
        key = sha256_text("commits", VERSION, place.repository, source.commit, str(bucket))
        table = pa.Table.from_batches(batches, schema=COMMITS)
        make = partial(merged, old, table)
        parts[bucket] = place.provided("commits", bucket, key[:KEY_LENGTH], make)
    return [parts[bucket] for bucket in sorted(parts)]
