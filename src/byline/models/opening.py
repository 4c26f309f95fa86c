"""Opening a finished model for use: the weights that its record names, and its own tokenizer.

Invariants: weights are checked against the record first, and are those that were loaded, whatever
lies beside them; nothing is downloaded, no code that lies beside weights is run, no pickle is read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import InputError, IntegrityError
from byline.models.architecture import fresh_model
from byline.models.device import Device
from byline.models.extra import between_libraries, load
from byline.models.folder import WEIGHTS, TrainedModel, open_model
from byline.models.tokenizer import END, PADDING, load_tokenizer
from byline.workspace.files import sha256_file, sha256_text

SAFE = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True)
class Opened:
    """A model, what it was before training, and how text becomes tokens.

    Attributes:
        facts: The finished model's record.
        trained: The model, in float32, ready to answer.
        before: The same with its first weights, or the base without the adapter.
        before_name: `untrained` or `base`.
        tokenizer: A `tokenizers.Tokenizer`.
        end: Id of the token between examples.
        padding: Id of the padding token.
        context: Tokens that the model was trained on at once.
    """

    facts: TrainedModel
    trained: Any
    before: Any
    before_name: str
    tokenizer: Any
    end: int
    padding: int
    context: int


def open_for_use(directory: Path, *, purpose: str, device: Device) -> Opened:
    """The model in `directory`, on `device`, for one purpose.

    Raises:
        RefusedError: It was made for another purpose, or its weights were removed.
        InputError: It is no model's folder, or its base is gone.
        IntegrityError: The weights, or those of the base, are not the recorded ones.
    """
    facts = open_model(directory, purpose=purpose)
    return (_open_adapter if facts.kind == "adapter" else _open_model)(facts, device)


def _open_model(facts: TrainedModel, device: Device) -> Opened:
    model = load("transformers").AutoModelForCausalLM.from_pretrained(facts.directory, **SAFE)
    _check_loaded(model, facts.directory / WEIGHTS[facts.kind])
    settings = facts.run["settings"]
    before = fresh_model(model.config, seed=settings["optimisation"]["seed"])
    tokenizer = load_tokenizer(facts.directory)
    return Opened(
        facts=facts,
        trained=model.to(device.name).float().eval(),
        before=before.to(device.name).eval(),
        before_name="untrained",
        tokenizer=tokenizer,
        end=tokenizer.token_to_id(END),
        padding=tokenizer.token_to_id(PADDING),
        context=settings["shape"]["context"],
    )


def _check_loaded(model: Any, path: Path) -> None:
    """See that a model has the weights of a file: its configuration can name another."""
    stored = load("safetensors.torch").load_file(str(path))
    equal = load("torch").equal
    held = dict(model.named_parameters())  # each once, also where two layers share it
    if held.keys() != stored.keys() or not all(
        equal(held[one], stored[one].to(held[one].dtype)) for one in stored
    ):
        raise IntegrityError(
            f"{path.parent} does not load the weights in {path.name}: its configuration changed",
            advice="restore the folder from a copy",
        )


def _open_adapter(facts: TrainedModel, device: Device) -> Opened:
    base, recorded = Path(facts.run["base"]["path"]), facts.run["base"]["sha256"]
    if base.is_dir() and base_sha256(base) != recorded:
        raise IntegrityError(f"{base} is not the base of {facts.id}: that had SHA-256 {recorded}")
    tokenizer, end = base_tokenizer(base)
    with between_libraries():
        model = load("peft").PeftModel.from_pretrained(base_model(base), str(facts.directory))
    return Opened(
        facts=facts,
        trained=model.to(device.name).eval(),
        before=base_model(base).to(device.name).eval(),
        before_name="base",
        tokenizer=tokenizer,
        end=end,
        padding=end,
        context=facts.run["settings"]["context"],
    )


def base_sha256(base: Path) -> str:
    """One hash over name and content of the base's configuration, tokenizer and weights."""
    parts = []
    for path in sorted(base.iterdir()):
        if path.is_file() and path.suffix in {".safetensors", ".json"}:
            parts += [path.name, sha256_file(path)]
    return sha256_text(*parts)


def base_model(base: Path) -> Any:
    """A local base model in float32, from safetensors only."""
    torch = load("torch")
    return load("transformers").AutoModelForCausalLM.from_pretrained(
        base, use_safetensors=True, dtype=torch.float32, **SAFE
    )


def base_tokenizer(base: Path) -> tuple[Any, int]:
    """The base's `tokenizers.Tokenizer`, and the id of its end token.

    Raises:
        InputError: The base has no fast tokenizer, or no end token.
    """
    tokenizer = load("transformers").AutoTokenizer.from_pretrained(base, **SAFE)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or tokenizer.eos_token_id is None:
        raise InputError(
            f"{base}: the base needs a tokenizer.json and an end-of-text token",
            advice="convert its tokenizer to the fast format first",
        )
    return backend, int(tokenizer.eos_token_id)
