"""What ranges of commits changed: rows of `CHANGES`, both texts and their authors, line by line.

A range is two commits of a mirror, wherever they are from: a review's base and a patchset, two
patchsets, a failing and a passing commit. Each end's lines are asked of the history behind that
end, so that a rebase's lines keep their true authors, and a comment's file can be read as it stood.

What cannot be had is a row too, with `skip`: ``missing_object`` (a commit that no mirror has),
``too_wide``, ``too_many_files`` and ``no_difference`` for a range as a whole (the path is then
empty); ``path_not_utf8``, ``quarantined`` (a name such as ``.git``), ``not_regular_file``,
``missing_path``, ``too_large``, ``binary``, ``not_utf8``, ``authorship_failed`` for a file.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from byline.work.git.blame import Origin
from byline.work.git.commits import rows_of
from byline.work.git.lineage_asks import RENAMES, Following
from byline.work.git.ranges_files import RangeFile, files_of, resolved
from byline.work.git.ranges_origins import File, Told, authorship_at, within
from byline.work.identifiers import item_id, path_text
from byline.work.items import CHANGES

VERSION = "1"
MAX_FILES: Final = 15


def collect_ranges(
    directory: Path,
    repository: str,
    ranges: pa.Table,
    *,
    revision: str = "HEAD",
    max_bytes: int = 1 << 20,
    max_files: int = MAX_FILES,
    following: Following = RENAMES,
    quarantine: Mapping[str, str] | None = None,
) -> tuple[pa.Table, pa.Table]:
    """What some ranges changed, and the commits that it is from.

    Args:
        directory: A bare mirror that Byline made; it has the commits of hidden refs too.
        repository: Its name.
        ranges: Rows of `RANGES`; an empty old commit means: where the work began.
        revision: The collected revision, which a base that is not named is found by.
        max_bytes: A longer file is left out.
        max_files: A range that changes more files is left out; `shown` ranges name theirs.
        following: How far lines are followed, as options of `git blame`.
        quarantine: For commits whose authorship is not believed, why.

    Returns:
        `CHANGES` in order of range and path, and `COMMITS` of every commit that the origins and
        the ends name, in order of id.

    Raises:
        GitError: The revision is not in the mirror, and a base must be found by it.
    """
    asked = resolved(directory, ranges, revision)
    files = list(files_of(directory, asked, max_bytes=max_bytes, max_files=max_files))
    told = authorship_at(directory, _wanted(files), following)
    rows = [_row(repository, file, told) for file in files]
    changes = pa.Table.from_pylist(rows, schema=CHANGES)
    commits = rows_of(
        directory, _named(rows, files), repository=repository, quarantine=quarantine or {}
    )
    return changes, commits


def _wanted(files: Iterable[RangeFile]) -> dict[File, list[tuple[int, int]]]:
    wanted: dict[File, list[tuple[int, int]]] = defaultdict(list)
    for file in files:
        if file.skip is None:
            if file.before_lines:
                wanted[file.old] += file.before_lines
            if file.after_lines:
                wanted[file.new] += file.after_lines
    return wanted


def _row(repository: str, file: RangeFile, told: Told) -> dict[str, Any]:
    asked, change = file.range.row, file.change
    old = told.get(file.old, ()) if file.before_lines else ()
    new = told.get(file.new, ()) if file.after_lines else ()
    skip = file.skip or ("authorship_failed" if old is None or new is None else None)
    path, old_path = path_text(change.path)[0], path_text(change.old_path)[0]
    ends = (file.range.old, file.range.new)
    parent, commit = (
        end.commit if end else asked[name]
        for end, name in zip(ends, ("old_commit", "new_commit"), strict=True)
    )
    places = [asked["work_item"], asked["purpose"], asked["from_patchset"], asked["to_patchset"]]
    return {
        "item": item_id("change", repository, commit, parent, *map(str, places), path, old_path,
                        change.new_oid),
        "repository": repository,
        "commit": commit,
        "parent": parent,
        "path": path,
        "old_oid": change.old_oid,
        "new_oid": change.new_oid,
        "before": None if skip else file.before,
        "after": None if skip else file.after,
        "skip": skip,
        "before_origins": [] if skip else _origins(old, file.before_lines),
        "after_origins": [] if skip else _origins(new, file.after_lines),
        "work_item": asked["work_item"],
        "purpose": asked["purpose"],
        "from_patchset": asked["from_patchset"],
        "to_patchset": asked["to_patchset"],
        "status": "M" if change.status == "T" else change.status,
        "old_path": old_path if change.status == "R" else None,
    }  # fmt: skip


def _origins(
    told: Sequence[Origin] | None, lines: Sequence[tuple[int, int]]
) -> list[dict[str, Any]]:
    return [origin._asdict() for origin in within(told or (), lines)]


def _named(rows: Sequence[Mapping[str, Any]], files: Sequence[RangeFile]) -> set[str]:
    """Every commit that the rows speak of and that the mirror has."""
    ends = {
        end.commit for file in files for end in (file.range.old, file.range.new) if end is not None
    }
    written_by = {
        origin["commit"]
        for row in rows
        for side in ("before_origins", "after_origins")
        for origin in row[side]
    }
    return ends | written_by
