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
from byline.models.device import Device, choose_device, deterministic
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
from byline.models.loop import Asked, learn_llama, never_paused, optimise
from byline.models.packing import Packed, pack
from byline.models.purpose import check_training
from byline.models.reading import write_reading
from byline.models.record import epoch_warning, epochs_of, write_record
from byline.models.schedule import RowSchedule
from byline.models.sealed import Example, Sealed, read_example
from byline.models.settings import Progress, TrainSettings, as_json
from byline.models.tokenizer import END, PADDING, save_tokenizer, train_tokenizer
from byline.workspace.files import sha256_file


def train(
    sealed: Sealed,
    *,
    out: Path,
    settings: TrainSettings,
    progress: Progress,
    asked: Asked = never_paused,
) -> TrainedModel:
    """Train a small Llama on the train split of `sealed` and write its folder at `out`.

    The same command again returns the finished model, or resumes a killed run from its last
    checkpoint with weights equal, bit for bit, to those of a run that was not killed.

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
        tokenizer, packed = _prepare(
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
        )
        write_card(folder)
        publish(folder, out)
    return TrainedModel(id=run["id"], directory=out, kind="model", run=run)


def train_examples(sealed: Sealed) -> Iterator[Example]:
    """The train split, verified row by row."""
    return (read_example(row) for row in sealed.rows("train"))


def plan_of(request: dict[str, Any], *, packed: Packed, device: Device, tokenizer: str) -> str:
    """Names everything that a step depends on; only a checkpoint of the same plan is resumed."""
    facts = {
        "request": request,
        "packed": packed.digest,
        "tokenizer": tokenizer,
        "device": [device.name, device.precision, device.threads],
    }
    return hashlib.sha256(canonical(facts)).hexdigest()


def _prepare(
    sealed: Sealed, *, work: Path, folder: Path, settings: TrainSettings, progress: Progress
) -> tuple[Any, Packed]:
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
) -> dict[str, Any]:
    folder, chosen = work / "model", settings.optimisation
    tokenizer_sha256 = sha256_file(folder / "tokenizer.json")
    config = llama_config(
        settings.shape,
        vocabulary=tokenizer.get_vocab_size(),
        end=tokenizer.token_to_id(END),
        padding=tokenizer.token_to_id(PADDING),
    )
    model = fresh_model(config, seed=chosen.seed).to(device.name).train()
    if device.name == "cpu" and not chosen.compile:
        attend_in_blocks(model)
    trained = optimise(
        model,
        learn_llama(model, device, compiled=chosen.compile),
        packed=packed,
        settings=chosen,
        device=device,
        directory=work,
        plan=plan_of(request, packed=packed, device=device, tokenizer=tokenizer_sha256),
        progress=progress,
        asked=asked,
    )
    model.cpu().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    (work / "metrics.jsonl").replace(folder / "metrics.jsonl")
    schedule = RowSchedule(rows=len(packed.tokens), batch=chosen.batch, seed=chosen.seed)
    reading = write_reading(packed, schedule.times_read(chosen.steps), directory=folder)
    return write_record(
        folder,
        request,
        sealed=sealed,
        packed=packed,
        trained=trained,
        reading=reading,
        device=device,
        settings=chosen,
        tokenizer_sha256=tokenizer_sha256,
        extra={"parameters": sum(p.numel() for p in model.parameters())},
    )
