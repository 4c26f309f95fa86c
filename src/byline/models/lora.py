"""Training a low-rank adapter on a local base model, from a sealed release.

Invariants: as in `train`; besides, the base is a folder on this machine, holds its weights as
safetensors, brings no code, and is left as it was.
"""

import json
from pathlib import Path
from typing import Any

from byline.errors import HostileInputError, InputError
from byline.models.card import write_card
from byline.models.device import LIBRARIES, Device, choose_device, computed_on, deterministic
from byline.models.encoding import Encoder
from byline.models.extra import between_libraries, load
from byline.models.folder import (
    TrainedModel,
    finished_model,
    fresh_folder,
    publish,
    request_of,
    run_folder,
)
from byline.models.loop import Asked, Learner, learn_any, learner_of, never_paused, optimise
from byline.models.opening import base_model, base_sha256, base_tokenizer
from byline.models.packing import Packed, pack
from byline.models.purpose import check_training
from byline.models.reading import write_reading
from byline.models.record import epoch_warning, epochs_of, keep_run, write_record
from byline.models.runlog import Announce, unannounced
from byline.models.sealed import Sealed
from byline.models.settings import KEPT_STATES, AdapterSettings, Progress, as_json
from byline.models.train import plan_of, run_start, train_examples
from byline.workspace.files import sha256_file

PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})


def check_base(base: Path, *, context: int) -> None:
    """Refuse a base that could run code, or whose weights cannot be read safely.

    Raises:
        InputError: `base` is not a folder with `config.json` and safetensors weights, or cannot
            read `context` tokens at once.
        HostileInputError: Its configuration asks for code that lies beside it, or for weights
            that do not.
    """
    config = base / "config.json"
    if not config.is_file():
        raise InputError(
            f"{base} is not a model's folder: no config.json",
            advice="give a local folder in the Hugging Face format",
        )
    if not any(base.glob("*.safetensors")):
        pickled = sorted(path.name for path in base.iterdir() if path.suffix in PICKLES)
        raise InputError(
            f"{base} holds no safetensors weights"
            + (f", only pickled ones ({', '.join(pickled)})" if pickled else ""),
            advice="convert the weights to safetensors: reading a pickle can run code",
        )
    for path in (config, base / "tokenizer_config.json"):
        if path.is_file() and "auto_map" in _json(path):
            raise HostileInputError(f"{path} asks for code of its own, which is never run")
    if (base / "adapter_config.json").exists():
        raise InputError(
            f"{base} is an adapter, whose own base no hash here would cover",
            advice="merge it into its base first",
        )
    if not (base / "tokenizer.json").is_file():
        raise InputError(
            f"{base} has no tokenizer.json", advice="convert its tokenizer to the fast format first"
        )
    _check_weights_beside(base)
    longest = _json(config).get("max_position_embeddings")
    if isinstance(longest, int) and longest < context:
        raise InputError(f"{base} reads at most {longest} tokens at once, {context} were asked for")


def _check_weights_beside(base: Path) -> None:
    """See that the weights that would be loaded are those beside the configuration."""
    index = base / "model.safetensors.index.json"
    named = _json(index).get("weight_map") if index.is_file() else {}
    if not isinstance(named, dict) or any(Path(str(one)).name != one for one in named.values()):
        raise HostileInputError(f"{index} names weights that do not lie beside it")
    if _json(base / "config.json").get("transformers_weights") is not None:
        raise HostileInputError(f"{base}/config.json names a file of weights of its own choice")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not readable JSON") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} is not a JSON object")
    return value


def train_adapter(
    sealed: Sealed,
    *,
    base: Path,
    out: Path,
    settings: AdapterSettings,
    progress: Progress,
    asked: Asked = never_paused,
    announce: Announce = unannounced,
    kept_states: int = KEPT_STATES,
) -> TrainedModel:
    """Train a LoRA adapter on `base` from the train split of `sealed`; write its folder at `out`.

    Resumes like `train`. The folder loads with `peft` unchanged.

    Raises:
        RefusedError: The release was not decided for `settings.purpose`.
        InputError: The base cannot be used, or there is nothing to learn from.
        IntegrityError: A row is not what was sealed; nothing is left behind.
        UsageError: Something else lies at `out`.
        PausedError: `asked`, before a step, said so; the checkpoint is kept, as of a killed run.
        MissingExtraError: The training stack is not installed.
    """
    check_training(sealed, settings.purpose)
    check_base(base, context=settings.context)
    described = {"path": str(base), "name": base.name, "sha256": base_sha256(base)}
    request = request_of(
        sealed,
        kind="adapter",
        settings={**as_json(settings), "base_sha256": described["sha256"]},
    )
    finished = finished_model(out, request)
    if finished is not None:
        return finished
    chosen = settings.optimisation
    device = choose_device(precision=chosen.precision, threads=chosen.threads)
    with run_folder(out) as work, deterministic(device):
        folder = fresh_folder(work / "model")
        packed = prepare(sealed, base, work=work, settings=settings, progress=progress)
        run = _run(
            sealed,
            request,
            work=work,
            base=base,
            described=described,
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
    return TrainedModel(id=run["id"], directory=out, kind="adapter", run=run)


def prepare(
    sealed: Sealed, base: Path, *, work: Path, settings: AdapterSettings, progress: Progress
) -> Packed:
    """The packed rows in `work`, in the tokens of the base."""
    steps = settings.optimisation.steps
    progress(0, steps, "packing the examples")
    tokenizer, end = base_tokenizer(base)
    packed = pack(
        Encoder(tokenizer).encode(train_examples(sealed)),
        directory=fresh_folder(work / "packed"),
        context=settings.context,
        end=end,
        padding=end,
        seed=settings.optimisation.seed,
    )
    warning = epoch_warning(epochs_of(packed, settings.optimisation))
    if warning:
        progress(0, steps, f"warning: {warning}")
    return packed


def fresh_adapter(
    base: Path, packed: Packed, *, settings: AdapterSettings, device: Device
) -> tuple[Any, Learner]:
    """The base with a fresh adapter, and what trains it."""
    chosen = settings.optimisation
    model = _with_adapter(base, settings).to(device.name).train()
    learn = learn_any(model, device, compiled=chosen.compile)
    return model, learner_of(model, learn, packed=packed, settings=chosen, device=device)


def _run(
    sealed: Sealed,
    request: dict[str, Any],
    *,
    work: Path,
    base: Path,
    described: dict[str, str],
    packed: Packed,
    settings: AdapterSettings,
    device: Device,
    progress: Progress,
    asked: Asked,
    announce: Announce,
    kept_states: int,
) -> dict[str, Any]:
    folder = work / "model"
    tokenizer_sha256 = sha256_file(base / "tokenizer.json")
    model, learner = fresh_adapter(base, packed, settings=settings, device=device)
    plan = plan_of(
        request,
        packed=packed,
        tokenizer=tokenizer_sha256,
        kept_states=kept_states,
        computer=computed_on(device, libraries=(*LIBRARIES, "peft")),
    )
    announce(run_start(request, plan=plan))
    trained = optimise(
        learner,
        directory=work,
        plan=plan,
        progress=progress,
        asked=asked,
    )
    with between_libraries():
        model.cpu().save_pretrained(folder, safe_serialization=True)
    (folder / "adapter_model.safetensors").chmod(0o644)
    keep_run(work, folder)
    learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
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
        extra={"base": described, "parameters": learning},
    )


def _with_adapter(base: Path, settings: AdapterSettings) -> Any:
    """The base with a fresh adapter, drawn from the seed; only the adapter learns."""
    torch, peft = load("torch"), load("peft")
    targets: Any = list(settings.targets)
    if targets == ["all-linear"]:
        targets = "all-linear"
    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=0.0,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(devices=[]), between_libraries():
        torch.manual_seed(settings.optimisation.seed)
        return peft.get_peft_model(base_model(base), config)
