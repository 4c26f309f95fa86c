"""A cap on how much of a recipe's training text is by one person.

A model learns the voice of whoever wrote most. No person may have written more than a tenth of the
characters that a recipe teaches (`share`; ours, after the per-repository caps of The Stack v2).
Where few people write, a tenth each cannot be: nobody is then held below twice an equal share, so
that a team of five keeps its work and a single author all of it.

Which examples go is decided by a hash of their ids, and by nothing else; so it is the same in every
run and order, and no example is chosen for what it says. What comes out names examples and never
people: who is over the cap is no one's business (law 11).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.errors import InputError

TRAIN: Final = "train"
REASON: Final = "cap_person"
WRITTEN: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("recipe", pa.string(), nullable=False),
        pa.field("person", pa.string(), nullable=False),
        pa.field("characters", pa.int64(), nullable=False),  # that are learned
    ]
)
CAPPED: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # cap_person
        pa.field("limit", pa.float64(), nullable=False),  # the share that was in force
    ]
)
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CapSettings:
    """How much of a recipe may be one person's.

    Attributes:
        share: Of the characters that a recipe teaches in training.
        equal: Nobody is held below so many equal shares; with fewer than ``equal / share`` people
            this is what counts.
        seed: For the choice by hash.
    """

    share: float = 0.10
    equal: float = 2.0
    seed: int = 17

    def limit(self, people: int) -> float:
        """The share in force among so many people."""
        return min(1.0, max(self.share, self.equal / people)) if people else 1.0


def written(candidates: pa.Table) -> pa.Table:
    """Who wrote how much of what is learned: rows of `WRITTEN`, for candidates of training only.

    A line by several people counts as its first author's, whom its span names.

    Args:
        candidates: Columns ``id``, ``recipe``, ``split`` and ``spans`` of `CANDIDATES`.
    """
    train = candidates.filter(pc.equal(candidates["split"], TRAIN)).combine_chunks()
    if not train.num_rows:
        return WRITTEN.empty_table()
    spans = train["spans"].combine_chunks()
    flat = pc.list_flatten(spans)
    learned = pc.greater(pc.struct_field(flat, "loss"), 0)
    rows = pa.table(
        {
            "row": pc.list_parent_indices(spans),
            "person": pc.struct_field(flat, "contributor"),
            "characters": pc.subtract(pc.struct_field(flat, "end"), pc.struct_field(flat, "start")),
        }
    ).filter(pc.and_(learned, pc.is_valid(pc.struct_field(flat, "contributor"))))
    summed = rows.group_by(["row", "person"]).aggregate([("characters", "sum")])
    summed = summed.sort_by([("row", "ascending"), ("person", "ascending")])
    return pa.table(
        {
            "id": train["id"].take(summed["row"]),
            "recipe": train["recipe"].take(summed["row"]),
            "person": summed["person"],
            "characters": summed["characters_sum"].cast(pa.int64()),
        },
        schema=WRITTEN,
    )


def capped(table: pa.Table, *, settings: CapSettings | None = None) -> pa.Table:
    """Which examples go so that no person is over the cap: rows of `CAPPED`, by id.

    Args:
        table: `WRITTEN` of all candidates of training, once each.
        settings: How much may be one person's.

    Raises:
        InputError: An example is of two recipes.
    """
    wanted = settings or CapSettings()
    rows = table.sort_by([("id", "ascending"), ("person", "ascending")])
    _check_recipes(rows)
    found = [CAPPED.empty_table()]
    for recipe in sorted(set(rows["recipe"].to_pylist())):
        of_recipe = rows.filter(pc.equal(rows["recipe"], recipe))
        ids, limit = _over(of_recipe, wanted)
        found.append(
            pa.table(
                {"id": pa.array(ids, pa.string()), "reason": [REASON] * len(ids),
                 "limit": [limit] * len(ids)},
                schema=CAPPED,
            )
        )  # fmt: skip
    return pa.concat_tables(found).sort_by("id")


def _check_recipes(rows: pa.Table) -> None:
    pairs = rows.group_by(["id", "recipe"]).aggregate([])
    if len(pairs) != pc.count_distinct(pairs["id"]).as_py():
        raise InputError("an example is counted under two recipes")


def _over(rows: pa.Table, settings: CapSettings) -> tuple[list[str], float]:
    """The examples of one recipe that go, and the share in force."""
    examples = rows["id"].combine_chunks().dictionary_encode()
    people = rows["person"].combine_chunks().dictionary_encode()
    example, person = (np.asarray(one.indices, dtype=np.int64) for one in (examples, people))
    characters = np.asarray(rows["characters"], dtype=np.float64)
    ids = examples.dictionary.to_pylist()
    limit = settings.limit(len(people.dictionary))
    order = _by_hash(ids, settings.seed)
    kept = np.ones(len(ids), dtype=np.bool_)
    while True:
        inside = kept[example]
        weights = characters[inside]
        counted = np.bincount(person[inside], weights, minlength=len(people.dictionary))
        sums: Floats = counted.astype(np.float64)
        level = _level(sums, limit)
        if level is None or sums.max() <= limit * sums.sum() * (1 + 1e-12):
            break
        kept = _within(example, person, characters, np.argsort(order), kept, level)
    return [ids[place] for place in np.flatnonzero(~kept).tolist()], limit


def _by_hash(ids: list[str], seed: int) -> Indices:
    """The examples' turns: a permutation that depends on their ids only."""
    digests = [hashlib.sha256(f"{seed}\0cap\0{one}".encode()).digest() for one in ids]
    return np.argsort(np.argsort(np.asarray(digests, dtype="S32"), kind="stable"), kind="stable")


def _level(sums: Floats, limit: float) -> float | None:
    """The most characters that anyone may keep: the fixed point of level = limit * total kept.

    None where there is nothing to do or nothing that helps: with so few people left, somebody is
    always over.
    """
    present = np.sort(sums[sums > 0])
    if len(present) * limit <= 1 or not len(present):
        return None
    below = np.concatenate([[0.0], np.cumsum(present)])
    # With the `over` largest held at the level: level = limit * (sum of the rest + over * level).
    for over in range(len(present) + 1):
        rest = below[len(present) - over]
        room = 1 - limit * over
        if room <= 0:
            continue
        level = limit * rest / room
        largest_free = present[len(present) - over - 1] if over < len(present) else 0.0
        if largest_free <= level:
            return float(level)
    return None


def _within(
    example: Indices,
    person: Indices,
    characters: Floats,
    turns: Indices,
    kept: npt.NDArray[np.bool_],
    level: float,
) -> npt.NDArray[np.bool_]:
    """The examples that still fit when each has its turn and nobody may pass the level."""
    starts = np.searchsorted(example, np.arange(len(kept) + 1))
    used: dict[int, float] = {}
    result = kept.copy()
    for place in turns.tolist():
        if not kept[place]:
            continue
        span = slice(int(starts[place]), int(starts[place + 1]))
        wanted = list(zip(person[span].tolist(), characters[span].tolist(), strict=True))
        if any(used.get(one, 0.0) + size > level * (1 + 1e-12) for one, size in wanted):
            result[place] = False
            continue
        for one, size in wanted:
            used[one] = used.get(one, 0.0) + size
    return result
