"""Benchmark sets that were supplied as files: every text in them that training must not hold.

Nothing is fetched: whoever owns a benchmark gives its files, as they are published. A file that
cannot be read, or in which no field is known, stops the run: a benchmark that was left out in
silence would be worse than none.

===============  ===============================================================================
``.jsonl``       one object a line (HumanEval, MBPP, SWE-bench as exported); also ``.ndjson``
``.json``        a list of objects, ``{"data": […]}`` or an object of objects
``.parquet``     one row a task, as `datasets` writes them
``.txt .md``     one text a file; its name is the task (APPS: ``0000/question.txt``)
source files     the same, in folders of programs: ``.py .java .js .ts .go .rs .c .cc .cpp .cs``
===============  ===============================================================================

Each also compressed with gzip, where its name ends in ``.gz``.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from byline.errors import InputError

FIELDS_WORDS: Final = """
    answer bug_free_code buggy_code canonical_solution code completion content context_code
    declaration description docstring fixed_code func_code function gold_patch hints_text
    input_output instruction new_contents old_contents output patch problem problem_statement
    prompt query question reference_code response solution solutions src starter_code target
    test test_case test_code test_cases test_list test_patch tests text tgt
    """
FIELDS: Final = frozenset(FIELDS_WORDS.split())
NAMES: Final = ("task_id", "instance_id", "question_id", "problem_id", "id", "name", "title")
LINES: Final = frozenset({".jsonl", ".ndjson"})
TEXTS: Final = frozenset(
    {".txt", ".md", ".py", ".java", ".js", ".ts", ".go", ".rs", ".c", ".cc", ".cpp", ".cs"}
)
READ: Final = LINES | TEXTS | {".json", ".parquet"}
DEEPEST: Final = 16  # lists and objects inside a field


class BenchmarkText(NamedTuple):
    """One text of a benchmark.

    Attributes:
        benchmark: The name of the supplied file or folder.
        task: Its id there.
        field: Which text of the task.
        text: The text.
    """

    benchmark: str
    task: str
    field: str
    text: str

    @property
    def where(self) -> str:
        """How a decision log names it."""
        return f"{self.benchmark}/{self.task}/{self.field}"


@dataclass(frozen=True)
class _File:
    path: Path
    benchmark: str
    suffix: str
    max_bytes: int
    fields: frozenset[str]


def read_benchmarks(
    path: Path, *, fields: Iterable[str] = (), max_bytes: int = 1 << 30
) -> Iterator[BenchmarkText]:
    """Every text of a benchmark's file or folder, files in order of path.

    Args:
        path: A file, or a folder of files; links are not followed.
        fields: Names of further fields that hold texts.
        max_bytes: Of a file, unpacked.

    Raises:
        InputError: There is nothing to read, a file cannot be read or is too large, or none of its
            fields is known.
    """
    files = sorted(_files(path)) if path.is_dir() else [path]
    if not files:
        raise InputError(
            f"{path}: no benchmark file is in here", advice=f"supply {', '.join(sorted(READ))}"
        )
    known = FIELDS | frozenset(fields)
    for one in files:
        suffixes = [suffix.lower() for suffix in one.suffixes]
        packed = suffixes[-1:] == [".gz"]
        suffix = next(iter(suffixes[-2:-1] if packed else suffixes[-1:]), "")
        if suffix not in READ or (packed and suffix == ".parquet"):
            raise InputError(f"{one}: no benchmark is read from files of this kind")
        yield from _texts(_File(one, path.name.split(".")[0], suffix, max_bytes, known))


def _files(folder: Path) -> Iterator[Path]:
    for one in folder.rglob("*"):
        if one.is_symlink() or not one.is_file():
            continue
        if any(parent.is_symlink() for parent in one.parents if folder in parent.parents):
            continue
        if one.name.lower().removesuffix(".gz").endswith(tuple(READ)):
            yield one


def _texts(file: _File) -> Iterator[BenchmarkText]:
    if file.suffix in TEXTS:
        place = file.path.name if file.path.parent.name == file.benchmark else (
            f"{file.path.parent.name}/{file.path.name}"
        )  # fmt: skip
        yield BenchmarkText(file.benchmark, place, "text", _decoded(file))
        return
    found = False
    for number, row in enumerate(_rows(file), 1):
        task = next((str(row[name]) for name in NAMES if row.get(name) is not None), str(number))
        for field in sorted(row.keys() & file.fields):
            for text in _strings(row[field], DEEPEST):
                found = True
                yield BenchmarkText(file.benchmark, task, field, text)
    if not found:
        raise InputError(
            f"{file.path}: none of its fields is known to hold a text",
            advice="name the fields that do in the configuration",
        )


def _rows(file: _File) -> Iterator[Mapping[str, Any]]:
    if file.suffix == ".parquet":
        yield from _parquet_rows(file)
    elif file.suffix in LINES:
        for number, line in enumerate(_decoded(file).split("\n"), 1):
            if line.strip():
                yield _object(_json(line, file, f"line {number}"), file, f"line {number}")
    else:
        value = _json(_decoded(file), file, "the file")
        if isinstance(value, Mapping):
            inner = value.get("data", value.get("rows"))
            if isinstance(inner, list):
                value = inner
            elif value and all(isinstance(one, Mapping) for one in value.values()):
                value = [{"task_id": name, **one} for name, one in value.items()]
            else:
                value = [value]
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            yield _object(one, file, f"entry {number}")


def _parquet_rows(file: _File) -> Iterator[Mapping[str, Any]]:
    try:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(batch_size=1024):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{file.path}: cannot be read as Parquet: {error}") from error


def _object(value: Any, file: _File, place: str) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, Mapping):
        raise InputError(f"{file.path}: {place} is no object of fields")
    # `datasets` servers wrap each row as {"row_idx": 0, "row": {…}}.
    row = value.get("row")
    return row if isinstance(row, Mapping) else value


def _json(text: str, file: _File, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file.path}: {place} is no JSON: {error}") from error


def _decoded(file: _File) -> str:
    """The text of a file, unpacked up to its limit."""
    try:
        opened = gzip.open if file.path.suffix.lower() == ".gz" else open
        with opened(file.path, "rb") as source:
            data = source.read(file.max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{file.path}: cannot be read: {error}") from error
    if len(data) > file.max_bytes:
        raise InputError(f"{file.path}: holds more than {file.max_bytes} bytes")
    return data.decode("utf-8-sig", "replace")


def _strings(value: Any, depth: int) -> Iterator[str]:
    """Every text in a field: itself, those of a list, and those of JSON written into it (APPS)."""
    if isinstance(value, str):
        inner = _inner(value) if value[:1] in ("[", "{") else None
        if inner is None or depth == 0:
            yield value
        else:
            yield from _strings(inner, depth - 1)
    elif isinstance(value, Mapping):
        for name in sorted(value, key=str):
            yield from _strings(value[name], depth - 1) if depth else ()
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, depth - 1) if depth else ()


def _inner(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (list, dict)) else None
