"""One part of a run taken again, and compared step by step with the lines of its run log.

Invariants: it starts from the seed or from a state that is the one that was logged; the first step
that differs is told; where bits are not compared, weights still are, by their distance.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.models.checkpoint import Stored, load_checkpoint, read_stored, read_tensors
from byline.models.loop import Learner
from byline.models.runlog import Step, linked
from byline.models.settings import Progress
from byline.models.states import apart, state_digest, state_file, weights_in, weights_of_model

APART: Final = 0.5
"""Largest distance of weights from those that the run had, where bits are not compared: a share of
the way that the weights went. Without it a loss that fits would vouch for any weights."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first step that gave something else: what was logged of it, and what it gave."""

    step: int
    field: str
    logged: str
    found: str


@dataclass(frozen=True)
class Again:
    """A run made ready anew: it has fresh first weights whenever they are asked for."""

    run: dict[str, Any]
    directory: Path
    weights: Path
    fresh: Callable[[], Learner]


def segment(
    again: Again, expected: Sequence[Step], *, tolerance: float | None, progress: Progress
) -> Difference | None:
    """Take the steps of a part again; the first difference, or None."""
    learner = again.fresh()
    first = expected[0].step - 1
    if first:
        load_checkpoint(_stored(again, step=first), learner.optimiser)
    start = weights_in(learner.optimiser.memory()) if tolerance is not None else {}
    for number, logged in enumerate(expected, start=1):
        taken = learner.take(logged.step - 1)
        state = None
        if logged.state is not None and tolerance is None:
            state = state_digest(learner.optimiser.memory()).state
        line = linked(logged.chain, taken, state=state)
        found = _difference(logged, line, tolerance=tolerance)
        if found is None and tolerance is not None and logged.state is not None:
            here = weights_in(learner.optimiser.memory())
            found, start = _parted(again, logged, here, start=start), here
        if found is not None:
            return found
        if number % 10 == 0 or number == len(expected):
            progress(number, len(expected), f"replaying from step {first + 1:,}")
    return None


def _parted(
    again: Again, logged: Step, here: dict[str, Any], *, start: dict[str, Any]
) -> Difference | None:
    """Whether weights are too far from those that the run had after a step."""
    if logged.step == again.run["states"][-1]["step"]:
        claimed = weights_of_model(again.weights)  # seen to be those of the last state
    else:
        stored = _stored(again, step=logged.step)
        claimed = weights_in(read_tensors(stored).items())
    share = apart(claimed, here, start=start)
    if share <= APART:
        return None
    words = f"{share:.2g} of the way from the state before away from the weights that were kept"
    return Difference(logged.step, "state", str(logged.state), words)


def _stored(again: Again, *, step: int) -> Stored:
    """The kept state after a step, which must be the one that was logged."""
    path = again.directory / state_file(step)
    stored = read_stored(path)
    said = next(one for one in again.run["states"] if one["step"] == step)
    if stored is None:
        raise IntegrityError(
            f"{path} is not there, or is no state of a run",
            advice="`byline train --replay all` starts from the seed",
        )
    if (stored.digest.state, stored.step, stored.plan) != (said["state"], step, again.run["plan"]):
        raise IntegrityError(f"{path} is not the state after step {step:,} that was logged")
    return stored


def _difference(logged: Step, found: Step, *, tolerance: float | None) -> Difference | None:
    for field in ("batch", "rate", "loss", "state"):
        there, here = getattr(logged, field), getattr(found, field)
        if there == here or (tolerance is not None and field == "state"):
            continue
        if field == "loss" and tolerance is not None:
            one, other = float.fromhex(there), float.fromhex(here)
            if math.isclose(one, other, rel_tol=tolerance):
                continue
        return Difference(logged.step, field, str(there), str(here))
    return None
