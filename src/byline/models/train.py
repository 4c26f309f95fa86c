"""Training a model from scratch on a sealed release.

Invariants: every row is verified against the seal before it is learnt from, also when a killed run
resumes; the model's purpose is one of the release's; the finished folder appears whole or not at
all, and holds no pickle.
"""

from pathlib import Path
from typing import Any

from byline.models.architecture import fresh_model, llama_config
from byline.models.attention import attend_in_blocks
from byline.models.device import Device
from byline.models.folder import TrainedModel, request_of
from byline.models.loop import Asked, Learner, learn_llama, learner_of, never_paused
from byline.models.packing import Packed
from byline.models.purpose import check_training
from byline.models.runlog import Announce, unannounced
from byline.models.running import Ready, pack_examples, run_through, train_examples
from byline.models.sealed import Sealed
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

    def ready(work: Path, device: Device) -> Ready:
        return prepare(sealed, work=work, settings=settings, device=device, progress=progress)

    return run_through(
        sealed,
        request_of(sealed, kind="model", settings=as_json(settings)),
        out=out,
        settings=settings.optimisation,
        prepare=ready,
        extra={},
        progress=progress,
        asked=asked,
        announce=announce,
        kept_states=kept_states,
    )


def prepare(
    sealed: Sealed, *, work: Path, settings: TrainSettings, device: Device, progress: Progress
) -> Ready:
    """A run made ready in `work`: the tokenizer is written into `model` there, an empty folder."""
    progress(0, settings.optimisation.steps, "learning the tokenizer")
    tokenizer = train_tokenizer(train_examples(sealed), vocabulary=settings.shape.vocabulary)
    save_tokenizer(tokenizer, work / "model", context=settings.shape.context)
    packed = pack_examples(
        sealed,
        tokenizer,
        directory=work / "packed",
        context=settings.shape.context,
        end=tokenizer.token_to_id(END),
        padding=tokenizer.token_to_id(PADDING),
        settings=settings.optimisation,
        progress=progress,
    )

    def fresh() -> tuple[Any, Learner]:
        return _fresh_learner(tokenizer, packed, settings=settings, device=device)

    return Ready(packed, sha256_file(work / "model" / "tokenizer.json"), fresh)


def _fresh_learner(
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
