"""Which rows a step reads, and how fast it learns: pure functions of seed and step.

Invariants: each pass over the data reads every row once, in an order that is a hash of seed, pass
and row; a resumed run therefore needs no memory of what it read.
"""

import hashlib

import numpy as np
import numpy.typing as npt


def mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's output function (https://prng.di.unimi.it/splitmix64.c), elementwise."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hashed(seed: int, name: str, count: int) -> npt.NDArray[np.uint64]:
    """`count` 64-bit numbers that depend on seed, name and place alone."""
    start = hashlib.sha256(f"{seed}\n{name}".encode()).digest()[:8]
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return mixed(steps + np.uint64(int.from_bytes(start, "big")))


def row_order(rows: int, *, seed: int, number: int) -> npt.NDArray[np.int64]:
    """The order of `rows` rows in pass `number`, `[rows]`."""
    return np.argsort(hashed(seed, f"pass {number}", rows), kind="stable")


class RowSchedule:
    """Rows of each step; remembers the order of one pass so that it is not sorted every step."""

    def __init__(self, *, rows: int, batch: int, seed: int) -> None:
        self.rows = rows
        self.batch = batch
        self.seed = seed
        self._pass = -1
        self._order: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def step(self, number: int) -> npt.NDArray[np.int64]:
        """Rows that step `number`, counted from 0, reads, `[batch]`."""
        places = np.arange(number * self.batch, (number + 1) * self.batch)
        read = np.empty(self.batch, dtype=np.int64)
        for at in np.unique(places // self.rows):
            if at != self._pass:
                self._pass, self._order = int(at), row_order(self.rows, seed=self.seed, number=at)
            here = places // self.rows == at
            read[here] = self._order[places[here] % self.rows]
        return read

    def times_read(self, steps: int) -> npt.NDArray[np.int32]:
        """How often each row is read in `steps` steps, `[rows]`."""
        whole, rest = divmod(steps * self.batch, self.rows)
        times = np.full(self.rows, whole, dtype=np.int32)
        times[row_order(self.rows, seed=self.seed, number=whole)[:rest]] += 1
        return times


def rate_share(step: int, *, steps: int, warmup: int) -> float:
    """Share of the highest rate at `step`, counted from 0: a linear rise, then a line to zero.

    For the same tokens it ends lower than a cosine to a tenth (arXiv 2502.15938).
    """
    if step < warmup:
        return (step + 1) / warmup
    return max(0.0, 1 - (step - warmup) / max(1, steps - warmup))
