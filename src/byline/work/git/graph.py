"""The mirror's commit-graph, and refusing trees built to explode before git lists them.

`git log --raw` holds every changed path of a commit in memory, so that one commit can exhaust a
machine. The commit-graph that blame needs anyway tells which commits change more than 512 paths:
git stops counting there and marks the commit's changed-path filter
(https://git-scm.com/docs/gitformat-commit-graph). Only the trees of those commits are counted.
"""

import mmap
import struct
from pathlib import Path

import numpy as np

from byline.errors import IntegrityError
from byline.work.git.command import run
from byline.work.git.tree import check_paths

HEADER, CHUNK_ROW, FILTER_HEADER = 8, 12, 12
TOO_LARGE = 0xFF


def write_graph(directory: Path) -> None:
    """Write the commit-graph, with changed-path filters, of what is collected."""
    run(directory, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")


def refuse_bombs(directory: Path, commit: str, *, since: str | None, max_paths: int) -> None:
    """Refuse a history with a commit (after `since`) that names more than `max_paths` paths.

    Raises:
        HostileInputError: It has one, or a tree nests too deep.
    """
    large = large_commits(directory, commit)
    if large:
        span = [commit] if since is None else [commit, f"^{since}"]
        large &= set(run(directory, "rev-list", *span).decode("ascii").split())
    check_paths(directory, sorted(large), max_paths=max_paths)


def large_commits(directory: Path, commit: str) -> set[str]:
    """The commits that change more paths than a filter holds, or of which that is not known."""
    large = _read_graph(directory, commit)
    if large is None:  # a run was killed before it wrote the graph
        write_graph(directory)
        large = _read_graph(directory, commit)
    if large is None:
        raise IntegrityError(
            f"{directory}: the commit-graph cannot be read",
            advice="remove the mirror's folder and collect again",
        )
    return large


def _read_graph(directory: Path, commit: str) -> set[str] | None:
    """The large commits of a graph; None when there is no graph that holds `commit`.

    A graph that holds a commit holds its ancestors: git writes no other.
    """
    file = directory / "objects" / "info" / "commit-graph"
    if not file.is_file():
        return None
    with (
        file.open("rb") as source,
        mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        chunks = _chunks(data)
        width = len(commit) // 2
        start, end = chunks[b"OIDL"]
        ids = np.frombuffer(data[start:end], dtype=np.uint8).reshape(-1, width)
        if not (ids == np.frombuffer(bytes.fromhex(commit), dtype=np.uint8)).all(axis=1).any():
            return None
        if b"BIDX" not in chunks or b"BDAT" not in chunks:
            return {row.tobytes().hex() for row in ids}
        ends = np.frombuffer(data[slice(*chunks[b"BIDX"])], dtype=">u4").astype(np.int64)
        filters = np.frombuffer(data[chunks[b"BDAT"][0] + FILTER_HEADER : chunks[b"BDAT"][1]],
                                dtype=np.uint8)  # fmt: skip
    lengths = np.diff(ends, prepend=0)
    marked = np.zeros(len(ends), dtype=bool)
    single = lengths == 1
    marked[single] = filters[ends[single] - 1] == TOO_LARGE
    return {ids[index].tobytes().hex() for index in np.flatnonzero(marked | (lengths == 0))}


def _chunks(data: mmap.mmap) -> dict[bytes, tuple[int, int]]:
    """Where each chunk of the file begins and ends."""
    count = data[6]
    rows = [
        struct.unpack(">4sQ", data[HEADER + row * CHUNK_ROW : HEADER + (row + 1) * CHUNK_ROW])
        for row in range(count + 1)
    ]
    return {name: (rows[at][1], rows[at + 1][1]) for at, (name, _) in enumerate(rows[:count])}
