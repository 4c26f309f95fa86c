"""What a run says of itself as it goes on: loss, rate and speed, every so many steps.

Invariant: `metrics.jsonl` has each step at most once; lines of steps that a resumed run will do
again are dropped first. Speeds are of the clock, and the only thing here that is.
"""

import json
import time
from pathlib import Path
from typing import Final

from byline.models.schedule import rate_share
from byline.models.settings import Optimisation, Progress
from byline.workspace.files import write_text

METRICS: Final = "metrics.jsonl"


class Speed:
    """Writes a line of metrics, and says how fast the run is since it started or was resumed."""

    def __init__(self, settings: Optimisation, directory: Path, done: int, context: int) -> None:
        self._settings = settings
        self._metrics = directory / METRICS
        self._first = done
        self._tokens = settings.batch * context
        _drop_after(self._metrics, step=done)
        self._started = time.perf_counter()

    def say(self, step: int, loss: float, progress: Progress) -> None:
        """Write the line of a step and tell of it."""
        taken = self._tokens * (step - self._first)
        speed = taken / (time.perf_counter() - self._started)
        share = rate_share(step - 1, steps=self._settings.steps, warmup=self._settings.warmup)
        facts = {
            "step": step,
            "loss": round(loss, 6),
            "learning_rate": self._settings.learning_rate * share,
            "tokens": step * self._tokens,
            "tokens_per_second": round(speed, 1),
        }
        with self._metrics.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(facts) + "\n")
        progress(step, self._settings.steps, f"loss {loss:.3f}, {speed:,.0f} tokens/s")


def _drop_after(metrics: Path, *, step: int) -> None:
    """Drop lines after `step`."""
    kept = []
    if step and metrics.is_file():
        lines = metrics.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
    write_text(metrics, "".join(kept))
