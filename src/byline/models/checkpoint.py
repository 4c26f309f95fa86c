"""A run's state between steps: one file, written whole or not at all, and no pickle in it.

Invariant: a run resumed from a checkpoint goes on bit for bit as if it had not stopped. Everything
else that a step depends on is a function of settings and step (`schedule`).
"""

from pathlib import Path
from typing import Any

from byline.errors import IntegrityError
from byline.models.extra import load
from byline.workspace.files import replacing

MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def trainable(model: Any) -> dict[str, Any]:
    """Parameters that learn, by name, each tied one once."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def save_checkpoint(path: Path, model: Any, optimiser: Any, *, step: int, plan: str) -> None:
    """Write weights and optimiser state after `step` steps, for the run that `plan` names."""
    tensors = {}
    for name, parameter in trainable(model).items():
        tensors[f"weight/{name}"] = parameter.detach().cpu().contiguous()
        for moment in MOMENTS:
            tensors[f"{moment}/{name}"] = optimiser.state[parameter][moment].detach().cpu()
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


def load_checkpoint(path: Path, model: Any, optimiser: Any) -> None:
    """Put the state at `path` into `model` and `optimiser`.

    Raises:
        IntegrityError: The file's tensors are not this model's.
    """
    torch = load("torch")
    parameters = trainable(model)
    stored = load("safetensors.torch").load_file(str(path))
    expected = {f"{kind}/{name}" for kind in ("weight", *MOMENTS) for name in parameters}
    if set(stored) != expected:
        raise IntegrityError(f"{path}: the checkpoint's tensors are not this model's")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(stored[f"weight/{name}"])
            optimiser.state[parameter] = {
                moment: _placed(stored[f"{moment}/{name}"], parameter, moment) for moment in MOMENTS
            }


def _placed(tensor: Any, parameter: Any, moment: str) -> Any:
    # The fused optimiser keeps its step count beside the weights, the plain one on the processor.
    return tensor if moment == "step" and parameter.device.type == "cpu" else tensor.to(parameter)
