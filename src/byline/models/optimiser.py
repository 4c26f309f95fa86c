"""How weights are moved: Muon for the matrices inside a model from scratch, AdamW for the rest.

Sources: Muon, Jordan 2024 (https://kellerjordan.github.io/posts/muon/), in torch's own
implementation; AdamW, arXiv 1711.05101. Muon takes the direction of a matrix's momentum with all
its singular values near 1, so that rare directions are learnt as fast as common ones; on small
data it needs about half as many tokens for the same loss.
Invariant: the state after a step is the weights and what `Optimiser.memory` names, nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from byline.models.extra import load
from byline.models.settings import Optimisation

ADAM_STATE = ("exp_avg", "exp_avg_sq", "step")
MUON_STATE = ("momentum_buffer",)
MOMENTUM = 0.95  # of Muon, as its author set it


@dataclass(frozen=True)
class Optimiser:
    """Optimisers of torch over parts of one model.

    Attributes:
        parts: Each optimiser of torch, with its highest learning rate.
        weights: What each of them moves, by name.
    """

    parts: tuple[tuple[Any, float], ...]
    weights: tuple[dict[str, Any], ...]

    def set_rate(self, share: float) -> None:
        """Set every learning rate to `share` of its highest."""
        for part, highest in self.parts:
            for group in part.param_groups:
                group["lr"] = highest * share

    def step(self, *, clip: float) -> None:
        """Move the weights by their gradients, whose common norm is first cut to `clip`."""
        every = [weight for moved in self.weights for weight in moved.values()]
        load("torch").nn.utils.clip_grad_norm_(every, clip)
        for part, _ in self.parts:
            part.step()

    def forget_gradients(self) -> None:
        """Drop the gradients of the last step."""
        for part, _ in self.parts:
            part.zero_grad(set_to_none=True)

    def memory(self) -> Iterator[tuple[str, Any, dict[str, Any], tuple[str, ...]]]:
        """Of each weight: its name, itself, what is remembered of it, and the names of that."""
        muon = load("torch").optim.Muon
        for (part, _), moved in zip(self.parts, self.weights, strict=True):
            names = MUON_STATE if isinstance(part, muon) else ADAM_STATE
            for name, weight in moved.items():
                yield name, weight, part.state[weight], names


def trainable(model: Any) -> dict[str, Any]:
    """Parameters that learn, by name, each tied one once."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def optimiser_of(model: Any, settings: Optimisation) -> Optimiser:
    """Muon for matrices inside the layers where `settings` give it a rate; AdamW for the rest."""
    weights = trainable(model)
    inner = {
        name: weight
        for name, weight in weights.items()
        if settings.matrix_rate is not None and weight.dim() == 2 and ".layers." in name
    }
    others = {name: weight for name, weight in weights.items() if name not in inner}
    parts = [(_adam(others, settings), settings.learning_rate)]
    if settings.matrix_rate is None or not inner:
        return Optimiser(parts=tuple(parts), weights=(others,))
    muon = load("torch").optim.Muon(
        list(inner.values()),
        lr=settings.matrix_rate,
        weight_decay=settings.weight_decay,
        momentum=MOMENTUM,
    )
    return Optimiser(parts=(*parts, (muon, settings.matrix_rate)), weights=(others, inner))


def _adam(weights: dict[str, Any], settings: Optimisation) -> Any:
    """AdamW; weight decay on matrices only, as gains must not shrink."""
    groups = [
        {
            "params": [w for w in weights.values() if w.dim() >= 2],
            "weight_decay": settings.weight_decay,
        },
        {"params": [w for w in weights.values() if w.dim() < 2], "weight_decay": 0.0},
    ]
    return load("torch").optim.AdamW(
        [group for group in groups if group["params"]],
        lr=settings.learning_rate,
        betas=(0.9, 0.95),
        fused=True,
    )
