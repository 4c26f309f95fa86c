"""A stage: a function from Arrow tables to an Arrow table over one partition, and its memory.

Invariants:
- The result of a stage is a function of its input tables, its parameters and its version. So its
  file is named after a key of those, and a file that is there need not be made again.
- Its name also carries the digest of its own bytes. A stage whose inputs changed but whose result
  did not leaves everything after it alone.
- A file is written aside and renamed (`byline.workspace.files`): a killed run resumes by running.
- No stage knows which executor runs it. Peak memory is bounded by the partition.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from byline import __version__
from byline.engine.executor import Executor, Progress, quiet
from byline.errors import IntegrityError
from byline.workspace.files import sha256_file, sha256_text, sync_directory, write_table

StageFunction = Callable[..., pa.Table]
KEY_LENGTH = 20
SMALL_BYTES = 1 << 20  # of a file that is kept when it was read
SMALL_TABLES = 32
SHARES = 8  # for each worker: enough that none waits long for the last


@dataclass(frozen=True)
class Partition:
    """One file of a table.

    Attributes:
        name: Which part of the table it is, for example ``ledger-core/files-07``.
        path: The Parquet file.
        digest: Digest of its content; equal digests mean equal content.
    """

    name: str
    path: Path
    digest: str

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The partition's rows."""
        try:
            return _read(self.path, columns)
        except (pa.ArrowInvalid, OSError, KeyError) as error:
            raise IntegrityError(
                f"{self.path} cannot be read: {error}",
                advice="remove that file and run again: it is made anew",
            ) from error


@dataclass(frozen=True)
class Stage:
    """A named, versioned function ``(*tables, **parameters) -> table`` with the result's schema.

    The function must be importable by name (workers import it). Changing what it computes means
    changing `version`.

    Attributes:
        columns: The columns of its first table that it looks at; None for all. The others are not
            read: a text takes longer to unpack than to do without.
    """

    name: str
    version: str
    function: StageFunction
    schema: pa.Schema
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Task:
    """One application of a stage to the partitions it needs; runs in any process."""

    stage: Stage
    name: str
    inputs: tuple[Path, ...]
    parameters: Mapping[str, Any]
    folder: Path
    key: str


def run_stage(
    stage: Stage,
    inputs: Sequence[tuple[str, Sequence[Partition]]],
    *,
    tables: Path,
    executor: Executor,
    parameters: Mapping[str, Any] | None = None,
    fingerprint: str = "",
    progress: Progress = quiet,
) -> list[Partition]:
    """Apply a stage to every named group of input partitions, doing only what is not done.

    Args:
        stage: What to do.
        inputs: For each output partition its name and the input partitions, in the function's
            order of arguments.
        tables: The folder of all tables.
        executor: What runs the tasks.
        parameters: Keyword arguments of the function, the same for every partition.
        fingerprint: What identifies `parameters`, where they are not plain JSON.
        progress: Told how many of the tasks to do are done.

    Returns:
        The output partitions, in the order of `inputs`.
    """
    given = dict(parameters or {})
    identity = fingerprint or json.dumps(given, sort_keys=True)
    tasks = [_task(stage, name, group, tables, given, identity) for name, group in inputs]
    missing = [task for task in tasks if _find(task) is None]
    done = 0
    for count in executor.map(run_tasks, _shares(missing, executor.workers)):
        done += count
        progress(done, len(missing), stage.name)
    return [_made(task) for task in tasks]


def _task(
    stage: Stage,
    name: str,
    group: Sequence[Partition],
    tables: Path,
    parameters: Mapping[str, Any],
    identity: str,
) -> Task:
    key = sha256_text(
        __version__,
        stage.name,
        stage.version,
        str(stage.schema),
        identity,
        *(part.digest for part in group),
    )[:KEY_LENGTH]
    folder = tables / stage.name / name
    return Task(stage, name, tuple(part.path for part in group), parameters, folder, key)


def _shares(tasks: Sequence[Task], workers: int) -> list[Sequence[Task]]:
    """Tasks to be sent to a worker together: parameters can be large, and travel once for all."""
    size = 1 if workers == 1 else -(-len(tasks) // (workers * SHARES)) or 1
    return [tasks[start : start + size] for start in range(0, len(tasks), size)]


def run_tasks(tasks: Sequence[Task]) -> int:
    """Run tasks one after another; how many they are."""
    for task in tasks:
        run_task(task)
    return len(tasks)


def run_task(task: Task) -> None:
    """Compute one partition and put it in place, then drop what it replaces."""
    wanted = (task.stage.columns, *(None for _ in task.inputs[1:]))
    arguments = [_read_unchanged(*one) for one in zip(task.inputs, wanted, strict=True)]
    table = task.stage.function(*arguments, **task.parameters)
    publish(task.folder, task.key, table.select(task.stage.schema.names).cast(task.stage.schema))


def _read_unchanged(path: Path, columns: tuple[str, ...] | None = None) -> pa.Table:
    """A table whose bytes are those that its name was given for.

    Raises:
        IntegrityError: They are not: what is made of them would be kept under an honest key.
    """
    about = path.stat()
    if about.st_size > SMALL_BYTES:
        return _read_checked(path, columns)
    as_it_is = (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    return _read_small(path, columns, as_it_is)


@lru_cache(maxsize=SMALL_TABLES)
def _read_small(
    path: Path, columns: tuple[str, ...] | None, _as_it_was: tuple[int, ...]
) -> pa.Table:
    """The same, kept: a bucket of people is read again for every bucket of files."""
    return _read_checked(path, columns)


def _read_checked(path: Path, columns: tuple[str, ...] | None) -> pa.Table:
    if not sha256_file(path).startswith(path.stem.rpartition("-")[2]):
        raise IntegrityError(
            f"{path} was changed after it was made",
            advice="remove that file and run again: it is made anew",
        )
    return _read(path, columns)


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """One file without the cost of a dataset and of threads, several times that of a small file."""
    wanted = None if columns is None else list(columns)
    with pq.ParquetFile(path) as file:
        table = file.read(columns=wanted, use_threads=False)
    return table if wanted is None else table.select(wanted)


def publish(folder: Path, key: str, table: pa.Table) -> Path:
    """Write a table as the one current file of a partition's folder.

    What it replaces goes first: a run killed in between makes this partition again, and never
    leaves the replaced one behind a finished one.
    """
    aside = folder / f"{key}.parquet"
    write_table(aside, table)
    final = folder / f"{key}-{sha256_file(aside)[:KEY_LENGTH]}.parquet"
    for other in folder.iterdir():
        if other != aside:
            other.unlink(missing_ok=True)
    aside.replace(final)
    sync_directory(folder)
    return final


def current(folder: Path, key: str, name: str) -> Partition | None:
    """The partition that `publish` put in `folder` under `key`, or None."""
    found = sorted(folder.glob(f"{key}-*.parquet")) if folder.is_dir() else []
    return _partition(name, found[0]) if found else None


def provided(folder: Path, key: str, name: str, make: Callable[[], pa.Table]) -> Partition:
    """The partition under `key` in `folder`; made and published if it is not there."""
    there = current(folder, key, name)
    return there or _partition(name, publish(folder, key, make()))


def _partition(name: str, file: Path) -> Partition:
    return Partition(name, file, file.stem.split("-", 1)[1])


def _find(task: Task) -> Partition | None:
    return current(task.folder, task.key, task.name)


def _made(task: Task) -> Partition:
    partition = _find(task)
    if partition is None:
        raise IntegrityError(f"stage {task.stage.name} left no file for {task.name}")
    return partition


def combined(partitions: Sequence[Partition]) -> str:
    """One digest for several partitions, whatever their order."""
    return sha256_text(*sorted(f"{part.name}:{part.digest}" for part in partitions))
