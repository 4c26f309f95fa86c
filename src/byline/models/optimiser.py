"""How weights are moved: Muon for the matrices inside a model from scratch, AdamW for the rest.

Invariant: the state after a step is the weights and what `Optimiser.memory` gives, nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from byline.models.extra import load
from byline.models.muon import Muon
from byline.models.settings import Optimisation

ADAM_STATE = ("exp_avg", "exp_avg_sq", "step")


@dataclass(frozen=True)
class Optimiser:
    """The optimisers of one model.

    Attributes:
        adam: Torch's AdamW over `weights`.
        weights: What it moves, by name.
        muon: Over the matrices that AdamW does not move, if there are any.
        settings: Learning rates and the largest norm.
    """

    adam: Any
    weights: dict[str, Any]
    muon: Muon | None
    settings: Optimisation

    def step(self, share: float) -> None:
        """Move the weights by their gradients, at `share` of the highest rates, and forget these.

        The common norm of all gradients is first cut to what the settings allow.
        """
        moved = [*self.weights.values(), *(self.muon.weights.values() if self.muon else ())]
        load("torch").nn.utils.clip_grad_norm_(moved, self.settings.clip)
        for group in self.adam.param_groups:
            group["lr"] = self.settings.learning_rate * share
        self.adam.step()
        if self.muon is not None and self.settings.matrix_rate is not None:
            self.muon.step(self.settings.matrix_rate * share)
        for weight in moved:
            weight.grad = None

    def memory(self) -> Iterator[tuple[str, Any]]:
        """Every tensor that the next step depends on, by a name of its own."""
        for name, weight in self.weights.items():
            yield f"weight/{name}", weight
            for kind in ADAM_STATE:
                yield f"{kind}/{name}", self.adam.state[weight][kind]
        if self.muon is not None:
            for name, weight in self.muon.weights.items():
                yield f"weight/{name}", weight
                yield f"momentum/{name}", self.muon.momenta[name]


def trainable(model: Any) -> dict[str, Any]:
    """Parameters that learn, by name, each tied one once."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def optimiser_of(model: Any, settings: Optimisation, *, precision: str) -> Optimiser:
    """Muon for matrices inside the layers where `settings` give it a rate; AdamW for the rest.

    Muon computes in `precision`, float32 or bfloat16.
    """
    weights = trainable(model)
    inner = {
        name: weight
        for name, weight in weights.items()
        if settings.matrix_rate is not None and weight.dim() == 2 and ".layers." in name
    }
    others = {name: weight for name, weight in weights.items() if name not in inner}
    muon = Muon(inner, precision=precision, weight_decay=settings.weight_decay) if inner else None
    return Optimiser(adam=_adam(others, settings), weights=others, muon=muon, settings=settings)


def _adam(weights: dict[str, Any], settings: Optimisation) -> Any:
    """AdamW with its memory laid out at once; weight decay on matrices only, not on gains."""
    torch = load("torch")
    groups = [
        {
            "params": [w for w in weights.values() if w.dim() >= 2],
            "weight_decay": settings.weight_decay,
        },
        {"params": [w for w in weights.values() if w.dim() < 2], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=settings.learning_rate,
        betas=(0.9, 0.95),
        fused=True,
    )
    for weight in weights.values():
        adam.state[weight] = {
            "step": torch.zeros((), dtype=torch.float32, device=weight.device),
            "exp_avg": torch.zeros_like(weight),
            "exp_avg_sq": torch.zeros_like(weight),
        }
    return adam
