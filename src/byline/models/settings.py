"""What a run is told: frozen settings, part of the model's identity.

Invariant: two runs with equal settings on equal rows, on the same kind of machine with the same
versions, give the same weights, byte for byte. Nothing here is a clock.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from byline.errors import UsageError
from byline.models.architecture import ModelShape

PRECISIONS = ("auto", "float32", "bfloat16")
KEPT_STATES = 4  # of a run; not a setting of it, for nothing that is learnt depends on it


class Progress(Protocol):
    """Called as work goes on."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Say that `done` of `total` is done, in words."""
        ...


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """How weights are moved, for a model from scratch and for an adapter alike.

    Attributes:
        steps: Optimiser steps; the run's length.
        batch: Packed rows in a step.
        learning_rate: Highest rate of AdamW (arXiv 1711.05101); every rate rises over `warmup`
            steps, then falls in a line to zero.
        matrix_rate: Highest rate of Muon, which then moves the matrices inside the layers; none
            leaves them to AdamW. For a model from scratch 0.03 is good; adapters want none.
        warmup: Steps of the rise.
        weight_decay: On matrices only.
        clip: Largest norm of the gradient.
        seed: Of the first weights, the order of examples and the order of rows.
        precision: `bfloat16` computes in bfloat16 over float32 weights; `auto` takes it where the
            processor has instructions for it, `float32` elsewhere. The choice is recorded.
        threads: Of the processor; fixed, because sums depend on it.
        checkpoint_every: Steps between checkpoints.
        log_every: Steps between lines of metrics.
        compile: Whether torch compiles the model; pays off on accelerators and long runs only.
    """

    steps: int = 1000
    batch: int = 8
    learning_rate: float = 8e-3
    matrix_rate: float | None = None
    warmup: int = 20
    weight_decay: float = 0.0
    clip: float = 1.0
    seed: int = 0
    precision: str = "auto"
    threads: int = 2
    checkpoint_every: int = 100
    log_every: int = 10
    compile: bool = False

    def __post_init__(self) -> None:
        positive = ("steps", "batch", "threads", "checkpoint_every", "log_every")
        for name in positive:
            if getattr(self, name) < 1:
                raise UsageError(
                    f"training setting {name} is {getattr(self, name)}, must be 1 or more"
                )
        if self.precision not in PRECISIONS:
            raise UsageError(
                f"training setting precision is {self.precision!r}",
                advice=f"use one of {', '.join(PRECISIONS)}",
            )


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Training from scratch. `purpose` is what the model is declared for; see DESIGN section 7."""

    purpose: str
    shape: ModelShape = field(default_factory=ModelShape)
    optimisation: Optimisation = field(default_factory=lambda: Optimisation(matrix_rate=0.03))


@dataclass(frozen=True, kw_only=True)
class AdapterSettings:
    """Training a low-rank adapter (LoRA, arXiv 2106.09685) on a base model.

    Attributes:
        purpose: What the adapter is declared for.
        rank: Rank of the added matrices.
        alpha: Scale of the added matrices, over the rank.
        targets: Names of the layers that get one; `all-linear` means every linear layer.
        context: Tokens in a packed row.
        optimisation: How weights are moved.
    """

    purpose: str
    rank: int = 8
    alpha: int = 16
    targets: tuple[str, ...] = ("all-linear",)
    context: int = 256
    optimisation: Optimisation = field(default_factory=lambda: Optimisation(learning_rate=2e-4))


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """What is measured.

    Attributes:
        examples: Most examples looked at, chosen by hash of their ids.
        tokens: Scoring stops after the example that reaches this many tokens.
        targets: Most lines completed, chosen by hash.
        targets_per_example: Most lines of one example.
        new_tokens: Most tokens generated for a line.
        order: Length of the n-grams of the reference.
        reference_tokens: Most train tokens that the reference counts; bounds its memory.
        resamples: Bootstrap samples.
        batch: Windows scored at once.
        seed: Of all choices by hash.
        threads: Of the processor.
    """

    examples: int = 400
    tokens: int = 150_000
    targets: int = 200
    targets_per_example: int = 3
    new_tokens: int = 32
    order: int = 5
    reference_tokens: int = 10_000_000
    resamples: int = 1000
    batch: int = 32
    seed: int = 0
    threads: int = 2


def as_json(settings: Any) -> dict[str, Any]:
    """Settings as plain JSON values, for records and identities."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(settings).items()
    }
