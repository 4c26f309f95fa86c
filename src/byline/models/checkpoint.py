"""A run's state between steps: one file, written whole or not at all, and no pickle in it.

Invariants: a run resumed from a checkpoint goes on bit for bit as if it had not stopped, for
everything else that a step depends on is a function of settings and step (`schedule`); equal states
give equal files; a file whose tensors are not those that it was written with is not loaded.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.models.extra import load
from byline.models.optimiser import Optimiser
from byline.models.states import STATES, StateDigest, read_safetensors, state_digest
from byline.proof.canonical import canonical_json
from byline.workspace.files import replacing

CHECKPOINT: Final = "checkpoint.safetensors"
FACTS: Final = "byline"  # one entry: safetensors writes several in no order


@dataclass(frozen=True, slots=True)
class Stored:
    """What a checkpoint says of itself.

    Attributes:
        path: Its file.
        step: Steps that are done.
        plan: The run that it is of.
        digest: Of its tensors.
        chain: The run log's chain after the step.
    """

    path: Path
    step: int
    plan: str
    digest: StateDigest
    chain: str


def save_checkpoint(
    path: Path, optimiser: Optimiser, *, step: int, plan: str, digest: StateDigest, chain: str
) -> None:
    """Write weights and optimiser state after `step` steps, for the run that `plan` names."""
    tensors = {name: part.detach().cpu().contiguous() for name, part in optimiser.memory()}
    facts = {
        "chain": chain,
        "optimiser": digest.optimiser,
        "plan": plan,
        "step": step,
        "weights": digest.weights,
    }
    with replacing(path) as aside:
        load("safetensors.torch").save_file(
            tensors, str(aside), metadata={FACTS: canonical_json(facts).decode()}
        )


def read_stored(path: Path) -> Stored | None:
    """What the checkpoint at `path` says; None if there is none, or it is of another form."""
    if not path.is_file():
        return None
    safetensors = load("safetensors")
    try:
        with safetensors.safe_open(str(path), framework="pt") as stored:
            facts: dict[str, Any] = json.loads((stored.metadata() or {})[FACTS])
        digest = StateDigest(str(facts["weights"]), str(facts["optimiser"]))
        return Stored(path, int(facts["step"]), str(facts["plan"]), digest, str(facts["chain"]))
    except (KeyError, ValueError, TypeError, OSError, safetensors.SafetensorError):
        return None


def latest(directory: Path, *, plan: str) -> Stored | None:
    """The newest state in a run's folder that is of the run that `plan` names.

    States of other runs are removed.
    """
    found = []
    for path in [directory / CHECKPOINT, *sorted((directory / STATES).glob("*.safetensors"))]:
        stored = read_stored(path)
        if stored is not None and stored.plan == plan:
            found.append(stored)
        else:
            path.unlink(missing_ok=True)
    return max(found, key=lambda one: one.step, default=None)


def load_checkpoint(stored: Stored, optimiser: Optimiser) -> None:
    """Put a stored state into the weights and the memory of `optimiser`.

    Raises:
        IntegrityError: The file's tensors are not this model's, or not those that were written.
    """
    tensors = read_tensors(stored)
    memory = dict(optimiser.memory())
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    if shapes != {name: part.shape for name, part in memory.items()}:
        raise IntegrityError(f"{stored.path}: the checkpoint's tensors are not this model's")
    with load("torch").no_grad():
        for name, part in memory.items():
            part.copy_(tensors[name])


def read_tensors(stored: Stored) -> dict[str, Any]:
    """The tensors of a stored state.

    Raises:
        IntegrityError: They cannot be read, or are not those that were written.
    """
    tensors = read_safetensors(stored.path)
    if state_digest(tensors.items()) != stored.digest:
        raise IntegrityError(
            f"{stored.path}: its tensors are not those that it was written with",
            advice="restore it from a copy, or train again",
        )
    return tensors
