"""Which split a candidate is in: by time, by group, and by what is held out on purpose.

Rules, in order; the first that says so decides for the whole work-item group, which is never split:

1. ``person_held_out``: somebody in it is held out (named, or by hash): test. What a model learns
   about people it never saw is measured on these.
2. ``repository_held_out``: it touches a repository that is held out by hash: test.
3. ``time``: by the latest time of the group: train, then validation, then test.

So nothing of a held-out person or repository trains, and nothing later than the cut does. Choices
depend on names and the seed, never on order. A person's lot depends on them alone; a new repository
can take another's place among the held-out, or join them. Who is held out is not written down: a
reason names the rule, not the person.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.split import Cuts, splits_of
from byline.errors import InputError

TIME = pa.timestamp("s", tz="UTC")
KEYS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("repo", pa.string(), nullable=False),
        pa.field("time", TIME, nullable=False),
        pa.field("people", pa.list_(pa.string()), nullable=False),
    ]
)
"""What decides a candidate's split: its `SPLIT_KEYS`, and everybody in it."""
PLACED: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),  # train | validation | test
        pa.field("reason", pa.string(), nullable=False),  # time | repository_held_out | person_…
    ]
)
BY_TIME, BY_REPOSITORY, BY_PERSON = "time", "repository_held_out", "person_held_out"


@dataclass(frozen=True)
class HoldOutSettings:
    """What is held out besides the latest work.

    Attributes:
        repositories: Share of the repositories (The BigCode and CodeReviewer splits by project;
            the share is ours). At least one, where there are enough.
        fewest_repositories: With fewer, none is held out: each is too much of what there is.
        people: Named people, by their key in the workspace.
        people_share: Share of all people, by hash; 0 holds out only those who are named.
        seed: For the choices by hash.
    """

    repositories: float = 0.05
    fewest_repositories: int = 5
    people: tuple[str, ...] = ()
    people_share: float = 0.0
    seed: int = 17


def held_out_repositories(names: Iterable[str], settings: HoldOutSettings) -> frozenset[str]:
    """The repositories that are held out: those with the smallest hashes."""
    known = sorted(set(names))
    if len(known) < settings.fewest_repositories or settings.repositories <= 0:
        return frozenset()
    count = min(max(1, round(settings.repositories * len(known))), len(known) - 1)
    return frozenset(sorted(known, key=lambda name: _hash(name, settings.seed, "repo"))[:count])


def held_out_people(people: Iterable[str], settings: HoldOutSettings) -> frozenset[str]:
    """The people who are held out: those named, and each by their own hash alone."""
    limit = settings.people_share * (1 << 64)
    drawn = {one for one in people if _hash(one, settings.seed, "person") < limit}
    return frozenset(drawn | set(settings.people))


def placed(keys: pa.Table, cuts: Cuts, *, settings: HoldOutSettings | None = None) -> pa.Table:
    """The split of every candidate, with the rule that placed its group.

    Args:
        keys: `KEYS`, of all candidates at once: a group must be there whole.
        cuts: Where training and validation end.
        settings: What else is held out.

    Returns:
        `PLACED`, in the order of the candidates.

    Raises:
        InputError: A column is missing or null: such a candidate belongs to no split.
    """
    wanted = settings or HoldOutSettings()
    _check(keys)
    repositories = held_out_repositories(keys["repo"].to_pylist(), wanted)
    flat = pc.list_flatten(keys["people"])
    people = held_out_people(set(pc.unique(flat).to_pylist()), wanted)
    by_person = _groups_of(keys, _with_person(keys, people))
    by_repository = _groups_of(keys, _with_repository(keys, repositories))
    latest = keys.group_by("group").aggregate([("time", "max")])
    times = dict(
        zip(latest["group"].to_pylist(), splits_of(latest["time_max"], cuts).to_pylist(),
            strict=True)
    )  # fmt: skip
    groups: Sequence[str] = keys["group"].to_pylist()
    found = [
        ("test", BY_PERSON) if group in by_person
        else ("test", BY_REPOSITORY) if group in by_repository
        else (times[group], BY_TIME)
        for group in groups
    ]  # fmt: skip
    return pa.table(
        {"id": keys["id"], "split": pa.array([split for split, _ in found], pa.string()),
         "reason": pa.array([reason for _, reason in found], pa.string())},
        schema=PLACED,
    )  # fmt: skip


def _check(keys: pa.Table) -> None:
    for field in KEYS:
        if field.name not in keys.column_names:
            raise InputError(f"the split keys have no column {field.name!r}")
        if keys[field.name].null_count:
            raise InputError(
                f"{keys[field.name].null_count} candidates have no {field.name} and belong to no "
                "split"
            )


def _with_person(keys: pa.Table, people: Collection[str]) -> pa.Array:
    """The rows in which somebody of `people` is."""
    lists = keys["people"].combine_chunks()
    inside = pc.is_in(pc.list_flatten(lists), value_set=pa.array(sorted(people), pa.string()))
    return pc.unique(pc.list_parent_indices(lists).filter(inside))


def _with_repository(keys: pa.Table, repositories: Collection[str]) -> pa.Array:
    inside = pc.is_in(keys["repo"], value_set=pa.array(sorted(repositories), pa.string()))
    return pc.indices_nonzero(inside)


def _groups_of(keys: pa.Table, rows: pa.Array) -> frozenset[str]:
    return frozenset(keys["group"].take(rows).to_pylist())


def _hash(name: str, seed: int, what: str) -> int:
    data = f"{seed}\0{what}\0{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big")
