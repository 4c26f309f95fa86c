"""Rows of `COMMITS` from a piece of history, column by column."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.work.git import columns
from byline.work.git.history import FIELDS, Records
from byline.work.git.objects import ObjectReader
from byline.work.git.relations import relations
from byline.work.git.trailers import trailers
from byline.work.schema import CHANGE, COMMITS, RELATION, TRAILER

LATEST = int(dt.datetime(9999, 1, 1, tzinfo=dt.UTC).timestamp())
KINDS = ("root", "ordinary", "merge", "octopus")
MEANT = COMMITS.remove(COMMITS.get_field_index("renames"))  # what is known without comparing files
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """Some commits.

    Attributes:
        batch: `COMMITS` but for the renames.
        paths: The path of every change.
        added: How many files each commit adds.
        deleted: How many it deletes.
    """

    batch: pa.RecordBatch
    paths: list[str]
    added: Counts
    deleted: Counts


def commit_rows(
    directory: Path, found: Records, *, repository: str, quarantine: Mapping[str, str]
) -> Piece:
    """The rows of a piece of history.

    Args:
        directory: The mirror; read only for commits whose time is no time.
        found: What `git log` said.
        repository: The repository's name.
        quarantine: For commits whose authorship is not believed, why.
    """
    raw = dict(zip(FIELDS, found.fields, strict=True))
    oids = columns.texts(raw["H"])
    width = len(oids[0])
    heads = columns.letters(found.heads, width=width)
    paths = columns.path_texts(found.paths)
    counts, parents = columns.parents(raw["P"], width=width)
    kinds = {one.name: one.type for one in COMMITS}
    made: dict[str, Any] = {
        "repository": [repository] * len(oids),
        "commit": oids,
        "parents": columns.lists(counts, parents, kinds["parents"]),
        "kind": [KINDS[min(count, 3)] for count in counts],
        "changes": columns.lists(
            found.counts,
            columns.changes(heads, paths, width=width, kind=CHANGE),
            kinds["changes"],
        ),
        "quarantine": [quarantine.get(oid) for oid in oids],
        **_people(raw),
        **_times(directory, raw, oids),
        **_messages(raw),
    }
    batch = pa.RecordBatch.from_arrays(
        [_array(made[one.name], one.type) for one in MEANT], schema=MEANT
    )
    return Piece(batch, paths, *_created(columns.statuses(heads), found.counts))


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _people(raw: Mapping[str, list[bytes]]) -> dict[str, list[str]]:
    names = {"author_name": "an", "author_email": "ae", "committer_name": "cn"}
    return {
        column: columns.texts(raw[name])
        for column, name in {**names, "committer_email": "ce"}.items()
    }


def _times(
    directory: Path, raw: Mapping[str, list[bytes]], oids: Sequence[str]
) -> dict[str, list[Any] | pa.Array]:
    """Both times; where one is no time, it is 1970 and what the commit says is kept beside."""
    made: dict[str, list[Any] | pa.Array] = {}
    for name, field, header in (("author", "at", b"author "), ("commit", "ct", b"committer ")):
        seconds = [_seconds(value) for value in raw[field]]
        recorded: list[str | None] = [None] * len(oids)
        odd = [at for at, value in enumerate(seconds) if value is None]
        if odd:
            with ObjectReader(directory) as reader:
                contents = reader.read_all([oids[at] for at in odd])
                for at, content in zip(odd, contents, strict=True):
                    recorded[at] = _recorded(content, header)
        known = pa.array([value or 0 for value in seconds], pa.int64())
        made[f"{name}_time"] = known.cast(COMMITS.field(f"{name}_time").type)
        made[f"{name}_time_recorded"] = recorded
    return made


def _seconds(value: bytes) -> int | None:
    """Seconds since 1970; None for what cannot be a time of a commit."""
    seconds = int(value) if value.isdigit() and len(value) < 20 else LATEST
    return seconds if seconds < LATEST else None


def _recorded(commit: bytes, header: bytes) -> str:
    """What stands behind the address in a commit's header line; empty when there is no line."""
    head, _, _ = commit.partition(b"\n\n")
    line = next((one for one in head.split(b"\n") if one.startswith(header)), b"")
    return line.rpartition(b">")[2].strip().decode("utf-8", "replace")


def _messages(raw: Mapping[str, list[bytes]]) -> dict[str, Any]:
    """The message and what it says."""
    messages = columns.texts([message.rstrip(b"\n") for message in raw["B"]])
    footers = columns.texts(raw["(trailers:only=true,unfold=true)"])
    trailing = [trailers(*both) for both in zip(messages, footers, strict=True)]
    related = [relations(message) for message in messages]
    return {
        "message": messages,
        "encoding": [one or None for one in columns.texts(raw["e"])],
        "trailers": _structs(trailing, TRAILER, COMMITS.field("trailers").type),
        "relations": _structs(related, RELATION, COMMITS.field("relations").type),
    }


def _structs(rows: Sequence[Sequence[Any]], kind: pa.StructType, listed: pa.ListType) -> pa.Array:
    """A list of structs for each row, from objects with the struct's names."""
    every = list(chain.from_iterable(rows))
    fields = list(kind)
    made = [pa.array([getattr(one, part.name) for one in every], part.type) for part in fields]
    return columns.lists(
        [len(row) for row in rows], pa.StructArray.from_arrays(made, fields=fields), listed
    )


def _created(status: columns.Letters, counts: Sequence[int]) -> tuple[Counts, Counts]:
    """How many files each commit adds, and how many it deletes."""
    row = np.repeat(np.arange(len(counts)), counts)
    added, deleted = (
        np.bincount(row[status == ord(letter)], minlength=len(counts)) for letter in "AD"
    )
    return added, deleted
