"""Candidates as recipes make them, signed and prepared, for tests of what a release keeps."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.corpus.split import Cuts
from byline.engine.executor import LocalExecutor
from byline.engine.stage import Partition, provided, run_stage
from byline.examples.candidate import CANDIDATES, candidate
from byline.examples.pieces import Piece
from byline.release import stages
from byline.release.prepare import Prepared

EARLY, LATE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
CUTS = Cuts(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "x")
WORDS = (
    "The pilot boards at the outer buoy when the tide is two hours before high water and the wind "
    "is below seven, unless the harbour master has closed the channel for dredging that night."
)


def row(number: int, text: str, *, person: str = "p1", group: str = "", late: bool = False,
        **more: Any) -> dict[str, Any]:  # fmt: skip
    made = candidate(
        identity=f"ex_{number:032x}", recipe="decision", record={}, render=("chat", "1"),
        pieces=[Piece(text, person, "human", 1.0, (person,))], prompt_pieces=None,
        sources=[], context=[], labels={"task": "choice"},
        split="test" if late else "train",
        split_keys={"repo": "r", "group": group or f"g{number}", "time": LATE if late else EARLY,
                    "dup": None},
        decisions=[], purposes=["assist_others"], transform=("decision", "1", ""), item=f"i{number}",
        first_line=None, target=text,
    )  # fmt: skip
    return {**made, **more}


def text(number: int) -> str:
    """Sentences that have nothing in common with those of another number."""
    return " ".join(f"w{number}x{at * at % 97}y{at}" for at in range(60))


def prepared(folder: Path, *rows: dict[str, Any]) -> Prepared:
    tables = folder / "byline-workspace" / "tables"
    parts: list[Partition] = []
    for at, one in enumerate(rows):
        table = pa.Table.from_pylist([one], schema=CANDIDATES)
        parts.append(provided(tables / "made" / str(at), one["id"][-20:], f"b{at}",
                              lambda table=table: table))  # fmt: skip
    with LocalExecutor(1) as executor:
        signed = run_stage(
            stages.SIGN, [(part.name, (part,)) for part in parts], tables=tables, executor=executor
        )
    return Prepared([], [], parts, signed, CUTS)
