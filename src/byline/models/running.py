"""What the runs of a model from scratch and of an adapter have in common.

Invariants: as in `train`; the run is announced before its first step.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.models.card import write_card
from byline.models.device import Device, choose_device, computed_on, deterministic
from byline.models.encoding import Encoder
from byline.models.extra import between_libraries
from byline.models.folder import (
    WEIGHTS,
    TrainedModel,
    finished_model,
    fresh_folder,
    publish,
    run_folder,
)
from byline.models.identity import canonical, settings_sha256
from byline.models.loop import Asked, Learner, optimise
from byline.models.optimiser import trainable
from byline.models.packing import Packed, pack
from byline.models.reading import write_reading
from byline.models.record import epoch_warning, epochs_of, keep_run, write_record
from byline.models.runlog import Announce, Plan, RunStart
from byline.models.sealed import Example, Sealed, read_example
from byline.models.settings import Optimisation, Progress


@dataclass(frozen=True)
class Ready:
    """A run made ready.

    Attributes:
        packed: The rows.
        tokenizer: SHA-256 of the tokenizer's file.
        fresh: Makes the model with its first weights, and what trains it.
    """

    packed: Packed
    tokenizer: str
    fresh: Callable[[], tuple[Any, Learner]]


def train_examples(sealed: Sealed) -> Iterator[Example]:
    """The train split, verified row by row."""
    return (read_example(row) for row in sealed.rows("train"))


def pack_examples(
    sealed: Sealed,
    tokenizer: Any,
    *,
    directory: Path,
    context: int,
    end: int,
    padding: int,
    settings: Optimisation,
    progress: Progress,
) -> Packed:
    """The train split in rows of `context` tokens, in `directory`, which is emptied first."""
    progress(0, settings.steps, "packing the examples")
    packed = pack(
        Encoder(tokenizer).encode(train_examples(sealed)),
        directory=fresh_folder(directory),
        context=context,
        end=end,
        padding=padding,
        seed=settings.seed,
    )
    warning = epoch_warning(epochs_of(packed, settings))
    if warning:
        progress(0, settings.steps, f"warning: {warning}")
    return packed


def plan_of(
    request: dict[str, Any], ready: Ready, *, kept_states: int, computer: dict[str, Any]
) -> Plan:
    """Everything that a step and its line in the run log depend on.

    Only a state of the same plan is resumed.

    Args:
        request: What was asked for.
        ready: Rows and tokenizer.
        kept_states: How many states are kept of the run.
        computer: What it runs on, as in `byline.models.device.computed_on`.
    """
    facts = {
        "request": request,
        "packed": ready.packed.digest,
        "tokenizer": ready.tokenizer,
        "kept_states": kept_states,
        "computer": computer,
    }
    return Plan(hashlib.sha256(canonical(facts)).hexdigest(), kept_states, computer)


def run_through(
    sealed: Sealed,
    request: dict[str, Any],
    *,
    out: Path,
    settings: Optimisation,
    prepare: Callable[[Path, Device], Ready],
    extra: dict[str, Any],
    progress: Progress,
    asked: Asked,
    announce: Announce,
    kept_states: int,
) -> TrainedModel:
    """The finished model at `out`, which is trained unless it is there.

    Args:
        sealed: The release.
        request: What was asked for, as in `byline.models.folder.request_of`.
        out: Where the model's folder will lie.
        settings: How weights are moved.
        prepare: Makes the run ready in its folder, in which `model` will be the model's.
        extra: What the record says besides.
        progress: Called as work goes on.
        asked: Called before every step.
        announce: Called before the first one.
        kept_states: How many states of the run are kept.
    """
    finished = finished_model(out, request)
    if finished is not None:
        return finished
    device = choose_device(precision=settings.precision, threads=settings.threads)
    with run_folder(out) as work, deterministic(device):
        folder = fresh_folder(work / "model")
        ready = prepare(work, device)
        model, learner = ready.fresh()
        computer = computed_on(device, kind=request["kind"])
        plan = plan_of(request, ready, kept_states=kept_states, computer=computer)
        announce(_start(request, plan=plan))
        trained = optimise(learner, directory=work, plan=plan, progress=progress, asked=asked)
        with between_libraries():
            model.cpu().save_pretrained(folder)
        (folder / WEIGHTS[request["kind"]]).chmod(0o644)
        keep_run(work, folder)
        times = learner.schedule.times_read(trained.steps)
        run = write_record(
            folder,
            request,
            sealed=sealed,
            packed=ready.packed,
            trained=trained,
            reading=write_reading(ready.packed, times, directory=folder),
            settings=settings,
            tokenizer_sha256=ready.tokenizer,
            plan=plan,
            extra={**extra, "parameters": sum(p.numel() for p in trainable(model).values())},
        )
        write_card(folder)
        publish(folder, out)
    return TrainedModel(id=run["id"], directory=out, kind=run["kind"], run=run)


def _start(request: dict[str, Any], *, plan: Plan) -> RunStart:
    """What is said of a run before its first step."""
    return RunStart(
        run=plan.run,
        release=request["release"]["id"],
        purpose=request["settings"]["purpose"],
        settings_sha256=settings_sha256(request["settings"]),
    )
