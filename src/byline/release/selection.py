"""Which candidates a release keeps, and in which split: what is decided over all of them at once.

In this order, each step on what the one before left:

0. what somebody put aside by name (`byline.release.overrides`) goes;
1. the split, by group: time, and what is held out on purpose (`byline.corpus.held_out`);
2. duplicates: the earliest of each cluster stays (`byline.release.duplicates`);
3. training examples that hold a text of a supplied benchmark, or of the release's own held-out
   examples (`byline.corpus.decontamination`);
4. training examples by anybody who wrote too much of a recipe (`byline.corpus.caps`).

The result depends on no order, and every candidate that is dropped has its reason, and the value
and the limit of the rule.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.benchmarks import read_benchmarks
from byline.corpus.caps import CapSettings, capped
from byline.corpus.decontamination import (
    BENCHMARK,
    HELD_OUT,
    HeldOut,
    Index,
    Protected,
    protected_index,
)
from byline.corpus.held_out import BY_TIME, HoldOutSettings, placed
from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import Partition, combined, run_stage
from byline.examples.candidate import LEFT_OUT
from byline.release import stages
from byline.release.duplicates import duplicates
from byline.release.overrides import read_overrides
from byline.release.prepare import Prepared
from byline.workspace.config import Config
from byline.workspace.files import sha256_text, sha256_tree
from byline.workspace.layout import layout_of

TRAIN: Final = "train"
INCLUDED: Final = "included"
OVERRIDE: Final = "override: "
THRESHOLD: Final = 0.7  # of similarity, for the log of duplicates


@dataclass(frozen=True)
class Dropped:
    """Why a candidate is not in the release.

    Attributes:
        where: The candidate or the protected text that it repeats, or nothing.
    """

    reason: str
    value: float
    limit: float
    where: str = ""


@dataclass(frozen=True)
class Selection:
    """What became of every candidate.

    Attributes:
        split: The split of each kept candidate, by id.
        dropped: Why each other candidate was dropped, by id.
        size: UTF-8 bytes of all that is kept.
        form: The form of each kept candidate, by id (`byline.examples.schema.FORMS`).
        held_out: Kept candidates that are in their split for another reason than time.
    """

    split: dict[str, str]
    dropped: dict[str, Dropped]
    size: int
    form: dict[str, str] = field(default_factory=dict)
    held_out: dict[str, str] = field(default_factory=dict)

    def fate(self, identity: str) -> str:
        """`INCLUDED`, or why a candidate was dropped."""
        found = self.dropped.get(identity)
        return INCLUDED if found is None else found.reason


def select_from(
    prepared: Prepared, *, config: Config, executor: Executor, progress: Progress = quiet
) -> Selection:
    """Choose among the candidates of prepared work as a configuration says.

    Raises:
        InputError: A benchmark cannot be read.
        IntegrityError: Two candidates have one id.
    """
    tables = layout_of(config).tables
    table = _all(prepared.signatures)
    chosen = _Choosing(table, prepared, config, tables, executor, progress)
    chosen.drop_overridden()
    chosen.place()
    chosen.drop_duplicates()
    chosen.drop_contaminated()
    chosen.drop_capped()
    return chosen.result()


def selection_settings(config: Config) -> dict[str, Any]:
    """What the choice depends on besides the candidates, as a release records it."""
    release = config.release
    return {
        "hold_out": release.hold_out.model_dump(mode="json"),
        "person_cap": release.person_cap,
        "excluded": dict(read_overrides(config).excluded),
        "benchmarks": {
            path.as_posix(): sha256_tree(config.at(path)) for path in release.benchmarks
        },
    }


def _all(parts: Sequence[Partition]) -> pa.Table:
    schema = stages.SIGNATURES
    table = pa.concat_tables([schema.empty_table(), *(part.read().cast(schema) for part in parts)])
    return table.filter(pc.not_equal(table["split"], LEFT_OUT)).sort_by("id")


class _Choosing:
    """The candidates that are left, and why the others are not."""

    def __init__(
        self, table: pa.Table, prepared: Prepared, config: Config, tables: Path,
        executor: Executor, progress: Progress,
    ) -> None:  # fmt: skip
        self._table = table
        self._prepared = prepared
        self._config = config
        self._tables = tables
        self._executor = executor
        self._progress = progress
        self._dropped: dict[str, Dropped] = {}
        self._held_out: dict[str, str] = {}

    def drop_overridden(self) -> None:
        """Drop what was put aside by hand."""
        excluded = read_overrides(self._config).excluded
        known = set(self._table["id"].to_pylist())
        self._drop(
            (name, Dropped(f"{OVERRIDE}{why}", 1.0, 0.0))
            for name, why in excluded.items()
            if name in known
        )

    def place(self) -> None:
        """Put every group into its split."""
        wanted = self._config.release.hold_out
        settings = HoldOutSettings(
            repositories=wanted.repositories, people=wanted.persons,
            seed=self._config.release.seed,
        )  # fmt: skip
        keys = self._table.select(["id", "group", "repo", "time", "people"])
        found = placed(keys, self._prepared.cuts, settings=settings)
        column = self._table.schema.get_field_index("split")
        self._table = self._table.set_column(column, "split", found["split"])
        rows = zip(found["id"].to_pylist(), found["reason"].to_pylist(), strict=True)
        self._held_out = {identity: reason for identity, reason in rows if reason != BY_TIME}

    def drop_duplicates(self) -> None:
        """Keep the earliest of each cluster."""
        found = duplicates(self._table, store=self._tables / "near_duplicates")
        self._drop(
            (row["id"], Dropped(f"duplicate_{row['kind']}", row["similarity"], THRESHOLD,
                                row["kept_id"]))
            for row in found.to_pylist()
        )  # fmt: skip

    def drop_contaminated(self) -> None:
        """Drop training examples that hold a protected text."""
        paths = [self._config.at(path) for path in self._config.release.benchmarks]
        if paths:
            key = sha256_text(*(f"{path}:{sha256_tree(path)}" for path in paths))
            self._drop_holding(
                lambda: protected_index(
                    (text for path in paths for text in read_benchmarks(path)),
                    rules=BENCHMARK,
                ),
                key, "contaminated",
            )  # fmt: skip
        held = self._table.filter(pc.not_equal(self._table["split"], TRAIN))["id"]
        if len(held):
            key = sha256_text("own", *sorted(held.to_pylist()), combined(self._prepared.candidates))
            self._drop_holding(
                lambda: protected_index(self._targets(held), rules=HELD_OUT),
                key,
                "repeats_held_out",
            )

    def _drop_holding(self, index: Callable[[], Index], key: str, reason: str) -> None:
        parts = self._prepared.candidates
        made = index()
        found = run_stage(
            stages.CONTAMINATE, [(f"{reason}/{part.name}", (part,)) for part in parts],
            tables=self._tables, executor=self._executor, parameters={"index": made},
            fingerprint=key, progress=self._progress,
        )  # fmt: skip
        train = set(self._table.filter(pc.equal(self._table["split"], TRAIN))["id"].to_pylist())
        self._drop(
            (row["id"], Dropped(reason, row["value"], row["limit"], row["where"]))
            for part in found
            for row in part.read().to_pylist()
            if row["id"] in train
        )

    def _targets(self, held: pa.ChunkedArray) -> Iterator[Protected]:
        ids = held.combine_chunks()
        for part in self._prepared.candidates:
            rows = part.read(["id", "target"])
            rows = rows.filter(pc.is_in(rows["id"], value_set=ids))
            for row in rows.to_pylist():
                yield HeldOut(row["id"], row["target"])

    def drop_capped(self) -> None:
        """Drop training examples of whoever wrote too much of a recipe."""
        share = self._config.release.person_cap
        if share is None:
            return
        parts = run_stage(
            stages.WRITE_DOWN, [(part.name, (part,)) for part in self._prepared.candidates],
            tables=self._tables, executor=self._executor, progress=self._progress,
        )  # fmt: skip
        train = self._table.filter(pc.equal(self._table["split"], TRAIN))["id"].combine_chunks()
        rows = pa.concat_tables([part.read() for part in parts])
        rows = rows.filter(pc.is_in(rows["id"], value_set=train))
        settings = CapSettings(share=share, seed=self._config.release.seed)
        found = capped(rows, settings=settings)
        self._drop(
            (row["id"], Dropped(row["reason"], 1.0, row["limit"])) for row in found.to_pylist()
        )

    def _drop(self, rows: Iterator[tuple[str, Dropped]]) -> None:
        found = dict(rows)
        self._dropped |= {key: one for key, one in found.items() if key not in self._dropped}
        gone = pa.array(sorted(found), pa.string())
        self._table = self._table.filter(pc.invert(pc.is_in(self._table["id"], value_set=gone)))

    def result(self) -> Selection:
        """What is left, and what is not."""
        ids: list[str] = self._table["id"].to_pylist()
        kept = set(ids)
        return Selection(
            split=dict(zip(ids, self._table["split"].to_pylist(), strict=True)),
            dropped=self._dropped,
            size=pc.sum(self._table["bytes"]).as_py() or 0,
            form=dict(zip(ids, self._table["form"].to_pylist(), strict=True)),
            held_out={key: why for key, why in self._held_out.items() if key in kept},
        )
