"""Does process teach? A small model from scratch, on files only and on files with process recipes.

Both arms read the same number of tokens: the same steps, batch and context, from one sealed release
of which the first arm reads `completion` only. Both are measured on the same later work, the test
split of all recipes, over several seeds. What is printed is the mean over seeds in bits per byte of
what is learned there, by recipe, lower is better, and the spread: the smallest and the largest.

    python benchmarks/process_teaches.py BYLINE.TOML [--seeds 3] [--steps 600] [--json FILE]
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from byline.cli import steps
from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.engine.executor import LocalExecutor, quiet
from byline.models.architecture import ModelShape
from byline.models.evaluate import evaluate
from byline.models.settings import EvaluationSettings, Optimisation, TrainSettings, as_json
from byline.models.train import train
from byline.release.seal import SealedRelease
from byline.workspace.config import Config, read_config

FILES = ("completion",)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("config", type=Path)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--steps", type=int, default=600)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    config = read_config(given.config)
    session = Session(config, Voice(quiet=True), LocalExecutor())
    with session.executor:
        measured = steps.release_all(session).sealed
    figures: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(1, given.seeds + 1):
            for arm, recipes in (("files", FILES), ("process", None)):
                place = Path(scratch) / f"{arm}-{seed}"
                chosen = shape_of(config, seed, given.steps)
                for group, bits in one(measured, recipes, place, chosen).items():
                    figures.setdefault(group, {}).setdefault(arm, []).append(bits)
                print(f"seed {seed}, {arm}: done", file=sys.stderr, flush=True)
    counts = measured.manifest["splits"]["test"]["examples"]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}")
    print(f"{given.seeds} seeds, {given.steps} steps, {counts} test examples\n")
    print("| measured on | files only | files and process |\n|---|---:|---:|")
    for group in sorted(figures):
        print(
            f"| {group} | {spread(figures[group]['files'])} | {spread(figures[group]['process'])} |"
        )
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


class Narrowed:
    """A sealed release of which training reads some recipes only."""

    def __init__(self, sealed: SealedRelease, recipes: tuple[str, ...] | None) -> None:
        self._sealed = sealed
        self._recipes = recipes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sealed, name)

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        """The rows of those recipes, each proved to be under the root."""
        for row in self._sealed.rows(split):
            if self._recipes is None or row["recipe"] in self._recipes:
                yield row


def shape_of(config: Config, seed: int, count: int) -> TrainSettings:
    """The configured model, with another seed and number of steps."""
    chosen = config.train
    shape = ModelShape(
        vocabulary=chosen.vocabulary, hidden=chosen.hidden,
        intermediate=32 * max(1, round(chosen.hidden / 12)), layers=chosen.layers,
        heads=chosen.heads, context=chosen.context,
    )  # fmt: skip
    optimisation = Optimisation(
        steps=count, batch=chosen.batch, matrix_rate=chosen.matrix_rate, warmup=20, seed=seed,
        threads=os.cpu_count() or 1, checkpoint_every=count,
    )  # fmt: skip
    return TrainSettings(purpose=config.release.purposes[0], shape=shape, optimisation=optimisation)


def one(
    sealed: SealedRelease, recipes: tuple[str, ...] | None, place: Path, settings: TrainSettings
) -> dict[str, float]:
    """Bits per byte by group of a model trained on some recipes, on the test split of all."""
    narrowed: Any = Narrowed(sealed, recipes)
    model = train(narrowed, out=place, settings=settings, progress=quiet)
    found: Any = as_json(
        evaluate(
            model.directory,
            sealed,
            split="test",
            settings=EvaluationSettings(threads=2),
            progress=quiet,
        )
    )
    return {
        figure["group"]: figure["bits_per_byte"]
        for figure in found["figures"]
        if figure["system"] == "trained" and not figure["group"].startswith("repository")
    }


def spread(values: list[float]) -> str:
    """The mean, the smallest and the largest."""
    return f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


if __name__ == "__main__":
    main()
