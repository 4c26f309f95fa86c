"""What a model's own records say: training, loss, and what an evaluation measured.

Read from `run.json`, `metrics.jsonl`, `evaluation.json` and `examples.parquet` in its folder;
nothing is estimated.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.errors import IntegrityError


@dataclass(frozen=True)
class LossPoint:
    """The training loss at a step, in nats a token."""

    step: int
    loss: float


@dataclass(frozen=True)
class Score:
    """Bits per byte of a system over a group of examples; lower is better."""

    system: str
    group: str
    bits_per_byte: float
    bytes: int
    examples: int


@dataclass(frozen=True)
class Difference:
    """A system less another in bits per byte, with a 95 % interval; below 0 it is better."""

    system: str
    against: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Completed:
    """Lines that a system completed: shares of 1."""

    system: str
    targets: int
    exact_match: float
    edit_similarity: float


@dataclass(frozen=True)
class Measured:
    """One evaluation."""

    split: str
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    completions: tuple[Completed, ...]


@dataclass(frozen=True)
class Teaching:
    """How a model was taught and what it achieved.

    Attributes:
        epochs: Passes over the data.
        warning: What the trainer warns of, or empty.
        measured: None when it was not evaluated.
    """

    model: str
    release: str
    kind: str
    purpose: str
    parameters: int
    steps: int
    tokens: int
    epochs: float
    examples: int
    examples_read: int
    weights_sha256: str
    warning: str
    losses: tuple[LossPoint, ...]
    measured: Measured | None


def teaching_of(model: Path) -> Teaching:
    """What the records in a model's folder say.

    Raises:
        IntegrityError: A record is missing or damaged.
    """
    try:
        run = json.loads((model / "run.json").read_text(encoding="utf-8"))
        found = model / "evaluation.json"
        evaluation = json.loads(found.read_text(encoding="utf-8")) if found.exists() else None
        return Teaching(
            model=run["id"],
            release=run["release"]["id"],
            kind=run["kind"],
            purpose=run["purpose"],
            parameters=run["parameters"],
            steps=run["training"]["steps"],
            tokens=run["training"]["tokens"],
            epochs=run["training"]["epochs"],
            examples=run["data"]["examples"],
            examples_read=run["data"]["examples_read"],
            weights_sha256=run["weights_sha256"],
            warning=run["training"]["warning"],
            losses=_losses(model / "metrics.jsonl"),
            measured=_measured(evaluation) if evaluation else None,
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError(
            f"the records of the model in {model} cannot be read: {error!r}",
            advice="train it again: `byline train`",
        ) from error


def examples_read(model: Path, examples: Collection[str]) -> int | None:
    """How many of these examples a model's training really read; None when no record says so.

    From `examples.parquet` in the model's folder, which counts the tokens read of each example.
    """
    path = model / "examples.parquet"
    try:
        table = pq.read_table(path, columns=["example", "tokens_read"])
    except (OSError, ValueError):  # pyarrow's own errors are ValueErrors
        return None
    known = pc.is_in(table["example"], value_set=pa.array(sorted(examples), pa.string()))
    read = pc.and_(known, pc.greater(table["tokens_read"], 0))
    return int(pc.sum(read).as_py() or 0)


def _losses(path: Path) -> tuple[LossPoint, ...]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return tuple(LossPoint(row["step"], row["loss"]) for row in rows)


def _measured(evaluation: Mapping[str, Any]) -> Measured:
    return Measured(
        split=evaluation["split"],
        scores=tuple(
            Score(
                system=one["system"],
                group=one["group"],
                bits_per_byte=one["bits_per_byte"],
                bytes=one["bytes"],
                examples=one["examples"],
            )
            for one in evaluation["figures"]
        ),
        differences=tuple(
            Difference(one["system"], one["against"], one["mean"], one["low"], one["high"])
            for one in evaluation["differences"]
        ),
        completions=tuple(
            Completed(one["system"], one["targets"], one["exact_match"], one["edit_similarity"])
            for one in evaluation["completions"]
        ),
    )
