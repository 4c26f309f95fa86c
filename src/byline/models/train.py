"""Training a model from scratch on a sealed release.

Invariants: every row is verified against the seal before it is learnt from, also when a killed run
resumes; the model's purpose is one of the release's; the finished folder appears whole or not at
all, and holds no pickle.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from byline.models.architecture import fresh_model, llama_config
from byline.models.attention import attend_in_blocks
from byline.models.card import write_card
from byline.models.device import Device, choose_device, computed_on, deterministic
from byline.models.encoding import Encoder
from byline.models.folder import (
    TrainedModel,
    finished_model,
    fresh_folder,
    publish,
    request_of,
    run_folder,
)
from byline.models.identity import canonical
from byline.models.loop import Asked, Learner, learn_llama, learner_of, never_paused, optimise
from byline.models.packing import Packed, pack
from byline.models.purpose import check_training
from byline.models.reading import write_reading
from byline.models.record import epoch_warning, epochs_of, keep_run, write_record
from byline.models.runlog import Announce, Plan, RunStart, unannounced
from byline.models.sealed import Example, Sealed, read_example
from byline.models.settings import KEPT_STATES, Progress, TrainSettings, as_json
from byline.models.tokenizer import END, PADDING, save_tokenizer, train_tokenizer
from byline.workspace.files import sha256_file


def train(
    sealed: Sealed,
    *,
    out: Path,
    settings: TrainSettings,
    progress: Progress,
    asked: Asked = never_paused,
    announce: Announce = unannounced,
    kept_states: int = KEPT_STATES,
) -> TrainedModel:
    """Train a small Llama on the train split of `sealed` and write its folder at `out`.

    The same command again returns the finished model, or resumes a killed run from its last
    checkpoint with weights and run log equal, bit for bit, to those of a run that was not killed.
    `kept_states` states of the run are kept in the folder; they do not change what is learnt.

    Raises:
        RefusedError: The release was not decided for `settings.purpose`.
        IntegrityError: A row is not what was sealed; nothing is left behind.
        InputError: There is nothing to learn from.
        UsageError: Something else lies at `out`.
        PausedError: `asked`, before a step, said so; the checkpoint is kept, as of a killed run.
        MissingExtraError: The training stack is not installed.
    """
    check_training(sealed, settings.purpose)
    request = request_of(sealed, kind="model", settings=as_json(settings))
    finished = finished_model(out, request)
    if finished is not None:
        return finished
    chosen = settings.optimisation
    device = choose_device(precision=chosen.precision, threads=chosen.threads)
    with run_folder(out) as work, deterministic(device):
        folder = fresh_folder(work / "model")
        tokenizer, packed = prepare(
            sealed, work=work, folder=folder, settings=settings, progress=progress
        )
        run = _run(
            sealed,
            request,
            work=work,
            tokenizer=tokenizer,
            packed=packed,
            settings=settings,
            device=device,
            progress=progress,
            asked=asked,
            announce=announce,
            kept_states=kept_states,
        )
        write_card(folder)
        publish(folder, out)
    return TrainedModel(id=run["id"], directory=out, kind="model", run=run)


def train_examples(sealed: Sealed) -> Iterator[Example]:
    """The train split, verified row by row."""
    return (read_example(row) for row in sealed.rows("train"))


def plan_of(
    request: dict[str, Any],
    *,
    packed: Packed,
    tokenizer: str,
    kept_states: int,
    computer: dict[str, Any],
) -> Plan:
    """Everything that a step and its line in the run log depend on.

    Only a state of the same plan is resumed.

    Args:
        request: What was asked for.
        packed: The rows.
        tokenizer: SHA-256 of the tokenizer's file.
        kept_states: How many states are kept of the run.
        computer: What it runs on, as in `byline.models.device.computed_on`.
    """
    facts = {
        "request": request,
        "packed": packed.digest,
        "tokenizer": tokenizer,
        "kept_states": kept_states,
        "computer": computer,
    }
    return Plan(hashlib.sha256(canonical(facts)).hexdigest(), kept_states, computer)


def run_start(request: dict[str, Any], *, plan: Plan) -> RunStart:
    """What is said of a run before its first step."""
    return RunStart(
        run=plan.run,
        release=request["release"]["id"],
        purpose=request["settings"]["purpose"],
        settings_sha256=hashlib.sha256(canonical(request["settings"])).hexdigest(),
    )


def prepare(
    sealed: Sealed, *, work: Path, folder: Path, settings: TrainSettings, progress: Progress
) -> tuple[Any, Packed]:
    """The tokenizer, which is written into `folder`, and the packed rows in `work`."""
    progress(0, settings.optimisation.steps, "learning the tokenizer")
    tokenizer = train_tokenizer(train_examples(sealed), vocabulary=settings.shape.vocabulary)
    save_tokenizer(tokenizer, folder, context=settings.shape.context)
    progress(0, settings.optimisation.steps, "packing the examples")
    packed = pack(
        Encoder(tokenizer).encode(train_examples(sealed)),
        directory=fresh_folder(work / "packed"),
        context=settings.shape.context,
        end=tokenizer.token_to_id(END),
        padding=tokenizer.token_to_id(PADDING),
        seed=settings.optimisation.seed,
    )
    warning = epoch_warning(epochs_of(packed, settings.optimisation))
    if warning:
        progress(0, settings.optimisation.steps, f"warning: {warning}")
    return tokenizer, packed


def fresh_learner(
    tokenizer: Any, packed: Packed, *, settings: TrainSettings, device: Device
) -> tuple[Any, Learner]:
    """The model with its first weights, and what trains it."""
    chosen = settings.optimisation
    config = llama_config(
        settings.shape,
        vocabulary=tokenizer.get_vocab_size(),
        end=tokenizer.token_to_id(END),
        padding=tokenizer.token_to_id(PADDING),
    )
    model = fresh_model(config, seed=chosen.seed).to(device.name).train()
    if device.name == "cpu" and not chosen.compile:
        attend_in_blocks(model)
    learn = learn_llama(model, device, compiled=chosen.compile)
    return model, learner_of(model, learn, packed=packed, settings=chosen, device=device)


def _run(
    sealed: Sealed,
    request: dict[str, Any],
    *,
    work: Path,
    tokenizer: Any,
    packed: Packed,
    settings: TrainSettings,
    device: Device,
    progress: Progress,
    asked: Asked,
    announce: Announce,
    kept_states: int,
) -> dict[str, Any]:
    folder = work / "model"
    tokenizer_sha256 = sha256_file(folder / "tokenizer.json")
    model, learner = fresh_learner(tokenizer, packed, settings=settings, device=device)
    plan = plan_of(
        request,
        packed=packed,
        tokenizer=tokenizer_sha256,
        kept_states=kept_states,
        computer=computed_on(device),
    )
    announce(run_start(request, plan=plan))
    trained = optimise(
        learner,
        directory=work,
        plan=plan,
        progress=progress,
        asked=asked,
    )
    model.cpu().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    keep_run(work, folder)
    times = learner.schedule.times_read(trained.steps)
    return write_record(
        folder,
        request,
        sealed=sealed,
        packed=packed,
        trained=trained,
        reading=write_reading(packed, times, directory=folder),
        settings=settings.optimisation,
        tokenizer_sha256=tokenizer_sha256,
        plan=plan,
        extra={"parameters": sum(p.numel() for p in model.parameters())},
    )
