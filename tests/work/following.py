"""Asking the walk over history about whole files, as `git blame` would be asked."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from byline.work.git.blame import Origin
from byline.work.git.command import run
from byline.work.git.lineage import follow
from byline.work.git.lineage_asks import RENAMES, Ask, Following, raw_path


def lineage(
    directory: Path,
    commit: str,
    paths: Sequence[str],
    *,
    following: Following = RENAMES,
    stop: tuple[str, Mapping[str, Sequence[Origin]]] | None = None,
) -> dict[str, list[Origin]]:
    """Who wrote each line of some files at a commit."""
    asks = [whole(directory, commit, path) for path in paths]
    known = stop and (stop[0], lambda names: {n: stop[1][n] for n in names if n in stop[1]})
    found = follow(directory, commit, asks, following=following, stop=known)
    return dict(zip(paths, found, strict=True))


def whole(directory: Path, commit: str, path: str) -> Ask:
    """All lines of a file."""
    listed = run(directory, "ls-tree", "-r", "-z", "--full-tree", commit)
    row = next(r for r in listed.split(b"\0") if r.endswith(b"\t" + raw_path(path)))
    oid = row.split(b"\t")[0].split()[2].decode()
    data = run(directory, "cat-file", "blob", oid)
    lines = data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    return Ask(commit, path, oid, ((1, lines),) if lines else ())
