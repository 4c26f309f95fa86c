"""A run's state between steps: one file, written whole or not at all, and no pickle in it.

Invariant: a run resumed from a checkpoint goes on bit for bit as if it had not stopped. Everything
else that a step depends on is a function of settings and step (`schedule`).
"""

from pathlib import Path
from typing import Any

from byline.errors import IntegrityError
from byline.models.extra import load
from byline.models.optimiser import Optimiser
from byline.workspace.files import replacing


def save_checkpoint(path: Path, optimiser: Optimiser, *, step: int, plan: str) -> None:
    """Write weights and optimiser state after `step` steps, for the run that `plan` names."""
    tensors = {}
    for name, weight, state, kinds in optimiser.memory():
        tensors[f"weight/{name}"] = weight.detach().cpu().contiguous()
        for kind in kinds:
            tensors[f"{kind}/{name}"] = state[kind].detach().cpu().contiguous()
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
    torch = load("torch")
    stored = load("safetensors.torch").load_file(str(path))
    every = list(optimiser.memory())
    expected = {f"{kind}/{name}" for name, *_, kinds in every for kind in ("weight", *kinds)}
    if set(stored) != expected:
        raise IntegrityError(f"{path}: the checkpoint's tensors are not this model's")
    with torch.no_grad():
        for name, weight, state, kinds in every:
            weight.copy_(stored[f"weight/{name}"])
            state.update({kind: _placed(stored[f"{kind}/{name}"], weight, kind) for kind in kinds})


def _placed(tensor: Any, weight: Any, kind: str) -> Any:
    # The fused optimiser keeps its step count beside the weights, the plain one on the processor.
    return tensor if kind == "step" and weight.device.type == "cpu" else tensor.to(weight)
