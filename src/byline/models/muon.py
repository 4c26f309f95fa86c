"""Muon: the optimiser of the matrices inside a model that is trained from scratch.

It moves a matrix by its momentum with all singular values brought near 1, so that rare directions
are learnt as fast as common ones; on small data the same loss then takes about half the tokens.
Source: Jordan and others 2024, https://kellerjordan.github.io/posts/muon/, with its coefficients.
Matrices of one shape are computed together, which a processor does in half the time of torch's
own, one matrix after another.
Invariant: all that is remembered between steps is one momentum a matrix, `momenta`.
"""

from collections.abc import Mapping
from typing import Any

from byline.models.extra import load

MOMENTUM = 0.95
ROUNDS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # steepest at 0; singular values end from 0.7 to 1.2
SMALLEST = 1e-7  # norm below which a matrix of zeros stays zeros


class Muon:
    """Moves `weights`, matrices by name, by their gradients.

    Attributes:
        weights: What it moves.
        momenta: What it remembers of each, by name.
    """

    def __init__(self, weights: Mapping[str, Any], *, precision: str, weight_decay: float) -> None:
        torch = load("torch")
        self.weights = dict(weights)
        self.momenta = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        self._type = getattr(torch, precision)
        self._weight_decay = weight_decay
        self._alike: dict[tuple[int, ...], list[str]] = {}
        for name, weight in weights.items():
            self._alike.setdefault(tuple(sorted(weight.shape)), []).append(name)

    def step(self, rate: float) -> None:
        """Move every weight at learning rate `rate`, for a matrix of ones in its singular values.

        A tall matrix moves by more, so that its effect on its answer is that of a square one.
        """
        torch = load("torch")
        with torch.no_grad():
            for names in self._alike.values():
                pulls = torch.stack([self._pull(name) for name in names]).to(self._type)
                for name, pull in zip(names, orthogonal(pulls), strict=True):
                    weight = self.weights[name]
                    tall = weight.shape[0] > weight.shape[1]
                    reach = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
                    weight.mul_(1 - rate * self._weight_decay)
                    weight.add_(pull.mT if tall else pull, alpha=-rate * reach)

    def _pull(self, name: str) -> Any:
        """The gradient seen one step ahead (Nesterov), lying wide."""
        gradient, momentum = self.weights[name].grad, self.momenta[name]
        momentum.lerp_(gradient, 1 - MOMENTUM)
        pull = gradient.lerp(momentum, MOMENTUM)
        return pull.mT if pull.shape[0] > pull.shape[1] else pull


def orthogonal(matrices: Any) -> Any:
    """`matrices`, `[matrices, rows, columns]` with no more rows than columns, made near orthogonal.

    By Newton and Schulz's iteration, which keeps the singular vectors: values from about 0.001 of
    the norm on end between 0.7 and 1.2, smaller ones below.
    """
    torch = load("torch")
    first, third, fifth = COEFFICIENTS
    found = matrices / matrices.norm(dim=(-2, -1), keepdim=True).clamp_min(SMALLEST)
    for _ in range(ROUNDS):
        square = found @ found.mT
        change = torch.baddbmm(square, square, square, beta=third, alpha=fifth)
        found = torch.baddbmm(found, change, found, beta=first)
    return found
