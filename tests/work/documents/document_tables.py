"""Rows of `FILES` for tests of documents."""

import datetime as dt

import pyarrow as pa

from byline.work.documents.repository import documents_in_repository
from byline.work.identifiers import line_list
from byline.work.schema import FILES

FIRST, SECOND = "a" * 40, "b" * 40
TIMES = {
    FIRST: dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    SECOND: dt.datetime(2024, 2, 1, tzinfo=dt.UTC),
}


def file(path, text, *, split=3, **fields):
    """A file whose first `split` lines are of one commit and the rest of another."""
    count = len(line_list(text))
    first = min(split, count)
    origins = [{"start": 1, "lines": first, "commit": FIRST}] if first else []
    if count > first:
        origins.append({"start": first + 1, "lines": count - first, "commit": SECOND})
    row = {
        "item": path, "repository": "tides", "path": path, "oid": "0" * 40, "swhid": "",
        "size": len(text.encode()), "text": text, "lines": count, "skip": None, "origins": origins,
    }  # fmt: skip
    return {**row, **fields}


def read(*files, **options):
    """All readings of a repository with these files."""
    table = pa.Table.from_pylist(list(files), schema=FILES)
    return list(documents_in_repository(table, repository="tides", times=TIMES, **options))


def one(path, text, **options):
    """The one reading of a repository with this file."""
    [reading] = read(file(path, text), **options)
    return reading


def lines_at(reading, reference):
    """The lines that a reference means."""
    part = next(part for part in reading.parts if part.native == reference["part"])
    return line_list(part.text)[reference["start"] - 1 : reference["end"]]


def texts(reading, references):
    """The text of several references."""
    return "".join(line for one in references for line in lines_at(reading, one))
