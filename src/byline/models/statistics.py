"""How sure a difference is: a bootstrap over examples, with resampling by hash.

Invariant: the same figures and seed give the same interval, on every machine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from byline.models.schedule import hashed

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """`system` less `against` in bits per byte, with the bounds of a 95 % interval.

    Below 0 `system` is better.
    """

    system: str
    against: str
    mean: float
    low: float
    high: float


def bits_per_byte(bits: Floats, sizes: Floats) -> float:
    """All bits over all bytes."""
    return float(bits.sum() / sizes.sum())


def difference(
    system: tuple[str, Floats],
    against: tuple[str, Floats],
    *,
    sizes: Floats,
    resamples: int,
    seed: int,
) -> Difference:
    """The difference in bits per byte, with a percentile bootstrap interval over examples.

    Args:
        system: Name of a model, and its bits for each example, `[examples]`.
        against: The other's.
        sizes: Scored bytes of each example, `[examples]`.
        resamples: Bootstrap samples.
        seed: Of the resampling.
    """
    apart = system[1] - against[1]
    count = len(sizes)
    means = np.empty(resamples)
    for sample in range(resamples):
        drawn = hashed(seed, f"resample {sample}", count) % np.uint64(count)
        chosen = drawn.astype(np.int64)
        means[sample] = apart[chosen].sum() / sizes[chosen].sum()
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(
        system=system[0],
        against=against[0],
        mean=bits_per_byte(apart, sizes),
        low=float(low),
        high=float(high),
    )
