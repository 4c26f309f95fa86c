"""A run's state between steps: one file, written whole or not at all, and no pickle in it.

Invariant: a run resumed from a checkpoint goes on bit for bit as if it had not stopped. Everything
else that a step depends on is a function of settings and step (`schedule`).
"""

from pathlib import Path

from byline.errors import IntegrityError
from byline.models.extra import load
from byline.models.optimiser import Optimiser
from byline.workspace.files import replacing


def save_checkpoint(path: Path, optimiser: Optimiser, *, step: int, plan: str) -> None:
    """Write weights and optimiser state after `step` steps, for the run that `plan` names."""
    tensors = {name: part.detach().cpu().contiguous() for name, part in optimiser.memory()}
    with replacing(path) as aside:
        load("safetensors.torch").save_file(
            tensors, str(aside), metadata={"step": str(step), "plan": plan}
        )


def read_step(path: Path, *, plan: str) -> int:
    """How many steps the checkpoint at `path` holds for `plan`; 0 if none, or another run's."""
    if not path.is_file():
        return 0
    with load("safetensors").safe_open(str(path), framework="pt") as stored:
        facts = stored.metadata() or {}
    return int(facts["step"]) if facts.get("plan") == plan else 0


def load_checkpoint(path: Path, optimiser: Optimiser) -> None:
    """Put the state at `path` into the weights and the memory of `optimiser`.

    Raises:
        IntegrityError: The file's tensors are not this model's.
    """
    stored = load("safetensors.torch").load_file(str(path))
    memory = dict(optimiser.memory())
    if set(stored) != set(memory):
        raise IntegrityError(f"{path}: the checkpoint's tensors are not this model's")
    with load("torch").no_grad():
        for name, part in memory.items():
            part.copy_(stored[name])
