"""Items of a release as its seal has them: every source of an example, with tokens of its owners.

Invariants: an item is one source object, however many examples have it; its record names nobody;
records are made some thousand at a time, in the order of items' ids, and filed in that of keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from byline.proof.blinding import item_key, owner_token
from byline.proof.canonical import canonical_json
from byline.release.sealing_survey import Survey, together

CHUNK: Final = 8192


@dataclass(frozen=True)
class ItemRecord:
    """An item's key and record, and the pseudonyms of its owners."""

    key: bytes
    record: bytes
    owners: tuple[str, ...]


def item_records(
    surveys: Sequence[Survey], *, salt: bytes, labels: Mapping[str, bytes]
) -> Iterator[ItemRecord]:
    """The record of each item.

    Args:
        surveys: Of all shards.
        salt: The release's.
        labels: The label of each contributor, by pseudonym.
    """
    for row in _rows(surveys):
        key = item_key(salt, row["item"])
        owners = tuple(row["contributor_list"] or ())
        record = canonical_json(
            {
                "classes": sorted(set(row["class_list"])),
                "examples": row["examples"],
                "item": row["item"],
                "lines": merged_lines(row["start_list"], row["end_list"]),
                "owners": sorted(owner_token(labels[owner], key) for owner in owners),
            }
        )
        yield ItemRecord(key, record, owners)


def merged_lines(
    starts: Sequence[int | None], ends: Sequence[int | None]
) -> list[list[int]] | None:
    """First and last lines of ranges, sorted, with those that overlap or touch as one.

    None if one of them states no lines.
    """
    found: list[list[int]] = []
    ranges: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if start is None or end is None:
            return None
        ranges.append((start, end))
    for start, end in sorted(ranges):
        if found and start <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def _rows(surveys: Sequence[Survey]) -> Iterator[dict[str, Any]]:
    """One row an item: its uses, its count of examples and its owners."""
    table = together("counts", surveys)
    used = (
        together("uses", surveys)
        .group_by("item")
        .aggregate([("class", "list"), ("start", "list"), ("end", "list")])
    )
    owners = together("owners", surveys).group_by("item").aggregate([("contributor", "list")])
    sorted_tables = [one.sort_by("item") for one in (table, used, owners)]
    if len({one.num_rows for one in sorted_tables[:2]}) != 1:
        raise ValueError("an item without a use")  # they are made of the same rows
    yield from _joined(*sorted_tables)


def _joined(counts: pa.Table, used: pa.Table, owners: pa.Table) -> Iterator[dict[str, Any]]:
    """Tables in order of item, as one; an item need not have owners."""
    names = owners["item"].to_pylist()
    place = 0
    for start in range(0, counts.num_rows, CHUNK):
        some = counts.slice(start, CHUNK).to_pylist()
        more = used.slice(start, CHUNK).to_pylist()
        theirs = owners.slice(place, CHUNK)["contributor_list"].to_pylist()
        first = place
        for row, use in zip(some, more, strict=True):
            has = place < len(names) and names[place] == row["item"]
            yield {**row, **use, "contributor_list": theirs[place - first] if has else None}
            place += has
