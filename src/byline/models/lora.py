"""Training a low-rank adapter on a local base model, from a sealed release.

Invariants: as in `train`; besides, the base is a folder on this machine, holds its weights as
safetensors, brings no code, and is left as it was.
"""

import json
from pathlib import Path
from typing import Any

from byline.errors import HostileInputError, InputError
from byline.models.device import Device
from byline.models.extra import between_libraries, load
from byline.models.folder import TrainedModel, request_of
from byline.models.loop import Asked, Learner, learn_any, learner_of, never_paused
from byline.models.opening import base_model, base_sha256, base_tokenizer
from byline.models.packing import Packed
from byline.models.purpose import check_training
from byline.models.runlog import Announce, unannounced
from byline.models.running import Ready, pack_examples, run_through
from byline.models.sealed import Sealed
from byline.models.settings import KEPT_STATES, AdapterSettings, Progress, as_json
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

    def ready(work: Path, device: Device) -> Ready:
        return prepare(sealed, base, work=work, settings=settings, device=device, progress=progress)

    return run_through(
        sealed,
        request_of(
            sealed,
            kind="adapter",
            settings={**as_json(settings), "base_sha256": described["sha256"]},
        ),
        out=out,
        settings=settings.optimisation,
        prepare=ready,
        extra={"base": described},
        progress=progress,
        asked=asked,
        announce=announce,
        kept_states=kept_states,
    )


def prepare(
    sealed: Sealed,
    base: Path,
    *,
    work: Path,
    settings: AdapterSettings,
    device: Device,
    progress: Progress,
) -> Ready:
    """A run made ready in `work`, in the tokens of the base."""
    tokenizer, end = base_tokenizer(base)
    packed = pack_examples(
        sealed,
        tokenizer,
        directory=work / "packed",
        context=settings.context,
        end=end,
        padding=end,
        settings=settings.optimisation,
        progress=progress,
    )

    def fresh() -> tuple[Any, Learner]:
        return _fresh_adapter(base, packed, settings=settings, device=device)

    return Ready(packed, sha256_file(base / "tokenizer.json"), fresh)


def _fresh_adapter(
    base: Path, packed: Packed, *, settings: AdapterSettings, device: Device
) -> tuple[Any, Learner]:
    """The base with a fresh adapter, and what trains it."""
    chosen = settings.optimisation
    model = _with_adapter(base, settings).to(device.name).train()
    learn = learn_any(model, device, compiled=chosen.compile)
    return model, learner_of(model, learn, packed=packed, settings=chosen, device=device)


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
