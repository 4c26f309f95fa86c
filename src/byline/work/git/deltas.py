"""Every line that commits changed, as record batches, from `git log` processes beside each other.

Each process takes a share of the commits at a time; the batches come in the order of the commits
asked for, whatever finished first. Held at a time: `AHEAD` shares, of each at most `WAITING`
batches of about `BATCH_BYTES`, and one file's hunks.

The hunks are those of `git diff -U0`: with the old file they give the new one, byte for byte.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event

import pyarrow as pa

from byline.errors import IntegrityError
from byline.work.git.command import run, stream
from byline.work.git.history import widen
from byline.work.git.objects import sizes
from byline.work.git.patches import OPTIONS, Delta, read_patches
from byline.work.identifiers import path_text

HUNK = pa.struct(
    [
        # As git's ``@@`` has them: counted from 1; a side without lines names the line before.
        pa.field("old_start", pa.int32(), nullable=False),
        pa.field("old_lines", pa.int32(), nullable=False),
        pa.field("new_start", pa.int32(), nullable=False),
        pa.field("new_lines", pa.int32(), nullable=False),
        # The lines as they stand in the files; without line feed where the file ends so.
        pa.field("removed", pa.binary(), nullable=False),
        pa.field("added", pa.binary(), nullable=False),
    ]
)
DELTAS = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),  # A M D T, as `COMMITS.changes`
        pa.field("path", pa.string(), nullable=False),
        pa.field("path_is_exact", pa.bool_(), nullable=False),  # false: a display form, not UTF-8
        pa.field("old_oid", pa.string(), nullable=False),
        pa.field("new_oid", pa.string(), nullable=False),
        pa.field("old_mode", pa.string(), nullable=False),
        pa.field("new_mode", pa.string(), nullable=False),
        pa.field("hunks", pa.list_(HUNK), nullable=False),  # empty where `skip` says why
        pa.field("skip", pa.string()),  # binary | too_large | submodule
    ]
)
"""One row for each file that a commit changed against its first parent."""

STREAMS = 2
AHEAD = 4
WAITING = 4
BATCH_BYTES, BATCH_HUNKS = 4 << 20, 50_000
SMALLEST_SHARE, LARGEST_SHARE = 64, 2000  # commits; each share starts a git that unpacks anew


def listed(
    directory: Path,
    commit: str,
    *,
    since: str | None = None,
    merges: bool = False,
    most: int | None = None,
) -> list[str]:
    """The commits reachable from `commit` and not from `since`, newest first, at most so many.

    A merge's changes are those of what it merges, compared with its first parent: mostly the same
    lines once more. So they are asked for only with `merges`.
    """
    span = [commit] if since is None else [commit, f"^{since}"]
    kinds = [] if merges else ["--no-merges"]
    kinds += [] if most is None else [f"--max-count={most}"]
    return run(directory, "rev-list", *kinds, *span, "--").decode("ascii").split()


def deltas(
    directory: Path, commits: Sequence[str], *, max_bytes: int, streams: int = STREAMS
) -> Iterator[pa.RecordBatch]:
    """`DELTAS` of commits, in their order, as batches of bounded size.

    Args:
        directory: The mirror.
        commits: Their full ids, best as `listed` gives them: neighbours share what git unpacks.
        max_bytes: Of a file, and of its hunks; beyond it a file has no hunks (``too_large``).
        streams: How many `git log` run at a time.

    Raises:
        GitError: An object is missing.
        IntegrityError: Git printed what it is not known to print.
    """
    size = min(max(len(commits) // (streams * 2), SMALLEST_SHARE), LARGEST_SHARE)
    shares = deque(commits[at : at + size] for at in range(0, len(commits), size))
    stop = Event()
    running: deque[_Share] = deque()
    with ThreadPoolExecutor(streams) as pool:
        try:
            while shares or running:
                while shares and len(running) < max(AHEAD, streams):
                    running.append(_Share(pool, directory, shares.popleft(), max_bytes, stop))
                yield from running[0].batches()
                running.popleft()
        finally:
            stop.set()


class _Share:
    """Some commits that a thread works on; its batches wait until they are asked for."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        directory: Path,
        commits: Sequence[str],
        max_bytes: int,
        stop: Event,
    ) -> None:
        self._waiting: Queue[pa.RecordBatch] = Queue(WAITING)
        self._stop = stop
        self._done: Future[None] = pool.submit(self._work, directory, commits, max_bytes)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The share's batches; raises what stopped it."""
        while not (self._done.done() and self._waiting.empty()):
            try:
                yield self._waiting.get(timeout=0.02)
            except Empty:
                continue
        self._done.result()

    def _work(self, directory: Path, commits: Sequence[str], max_bytes: int) -> None:
        for batch in _batches(directory, commits, max_bytes):
            while not self._stop.is_set():
                try:
                    self._waiting.put(batch, timeout=0.2)
                    break
                except Full:
                    continue
            if self._stop.is_set():
                return


def _batches(directory: Path, commits: Sequence[str], max_bytes: int) -> Iterator[pa.RecordBatch]:
    """What one `git log` says of some commits."""
    arguments = (
        "-c", f"core.bigFileThreshold={max_bytes + 1}", "log", "--no-walk=unsorted",
        "--diff-merges=first-parent", *OPTIONS, *commits, "--",
    )  # fmt: skip
    unreadable: IntegrityError | None = None
    with stream(directory, *arguments) as output:
        widen(output)
        rows: list[Delta] = []
        held = hunks = 0
        try:
            for one in read_patches(output, max_bytes=max_bytes):
                rows.append(one)
                held += one.size
                hunks += len(one.hunks) + 1
                if held >= BATCH_BYTES or hunks >= BATCH_HUNKS:
                    yield _batch(directory, rows, max_bytes)
                    rows, held, hunks = [], 0, 0
        except IntegrityError as error:
            unreadable = error  # where git stopped, its own words come first
        if rows and unreadable is None:
            yield _batch(directory, rows, max_bytes)
    if unreadable is not None:
        raise unreadable


def _batch(directory: Path, rows: Sequence[Delta], max_bytes: int) -> pa.RecordBatch:
    _tell_large(directory, rows, max_bytes)
    paths = [path_text(one.path) for one in rows]
    spans = list(chain.from_iterable(one.hunks for one in rows))
    columns = list(zip(*spans, strict=True)) or [()] * len(HUNK)
    fields = list(HUNK)
    values = pa.StructArray.from_arrays(
        [pa.array(column, part.type) for column, part in zip(columns, fields, strict=True)],
        fields=fields,
    )
    offsets = [0]
    for one in rows:
        offsets.append(offsets[-1] + len(one.hunks))
    hunks = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), values, type=DELTAS.field("hunks").type
    )
    plain = {
        name: [getattr(one, name) for one in rows]
        for name in ("commit", "status", "old_oid", "new_oid", "old_mode", "new_mode", "skip")
    }
    plain["path"] = [text for text, _ in paths]
    plain["path_is_exact"] = [exact for _, exact in paths]
    return pa.RecordBatch.from_arrays(
        [
            hunks if part.name == "hunks" else pa.array(plain[part.name], part.type)
            for part in DELTAS
        ],
        schema=DELTAS,
    )


def _tell_large(directory: Path, rows: Sequence[Delta], max_bytes: int) -> None:
    """Git calls a file beyond its threshold binary without having looked."""
    binary = [one for one in rows if one.skip == "binary"]
    if not binary:
        return
    known = sizes(directory, {oid for one in binary for oid in (one.old_oid, one.new_oid)})
    for one in binary:
        if max(known.get(one.old_oid, 0), known.get(one.new_oid, 0)) > max_bytes:
            one.skip = "too_large"
