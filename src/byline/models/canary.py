"""Whether a model was trained on somebody's canaries: what they cost it beside their siblings.

Invariants: the score is fixed by the kind of model before anything is scored, so that nobody picks
the one that says most; every candidate is scored alone, in the same way; nothing is sampled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from byline.models.device import Device, choose_device, deterministic
from byline.models.encoding import Encoder
from byline.models.folder import read_run
from byline.models.opening import base_model, base_tokenizer, open_for_use
from byline.models.scoring import NeuralScorer, Scorer
from byline.models.settings import Progress
from byline.proof.canary import Exposures, Kit, exposures

BATCH: Final = 32
CONTEXT: Final = 256  # tokens, of a model that was made elsewhere; a canary has some forty
LOSS: Final = "loss"
LOSS_BESIDE_BASE: Final = "loss less that of the base"


@dataclass(frozen=True)
class Tested:
    """A kit under a model.

    Attributes:
        model: The model's id, or the name of its folder where it has none.
        score: What the canaries were ranked by.
    """

    model: str
    score: str
    exposures: Exposures


@dataclass(frozen=True)
class _Subject:
    model: str
    trained: NeuralScorer
    base: NeuralScorer | None
    tokenizer: Any


def rank_kit(kit: Kit, directory: Path, *, threads: int, progress: Progress) -> Tested:
    """Rank each canary among its siblings by what it costs the model in a folder.

    An adapter is compared with its base, to which rare words are as rare; a model that was trained
    from nothing has nobody to be compared with.

    Args:
        kit: The canaries.
        directory: A model of Byline's, or any local causal model in safetensors.
        threads: Of the processor.
        progress: Told how many canaries are done.

    Raises:
        RefusedError: The model's weights were removed.
        InputError: It cannot be opened.
        IntegrityError: Its weights are not the recorded ones.
    """
    device = choose_device(precision="float32", threads=threads)
    with deterministic(device):
        subject = _open(directory, device)
        literal = Encoder(subject.tokenizer).literal
        losses = []
        for number in range(kit.count):
            progress(number, kit.count, "scoring canaries")
            tokens = [
                np.asarray(one.ids, dtype=np.int32)
                for one in literal.encode_batch(
                    list(kit.candidates(number)), add_special_tokens=False
                )
            ]
            costs = _costs(subject.trained, tokens)
            if subject.base is not None:
                costs = costs - _costs(subject.base, tokens)
            losses.append(costs.tolist())
    score = LOSS if subject.base is None else LOSS_BESIDE_BASE
    return Tested(subject.model, score, exposures(losses))


def _costs(scorer: Scorer, tokens: Sequence[Any]) -> Any:
    """What each text costs, in nats, `[texts]`."""
    return np.array([-float(one.sum()) for one in scorer.score(tokens)])


def _open(directory: Path, device: Device) -> _Subject:
    if not (directory / "run.json").exists():
        return _open_foreign(directory, device)
    own = read_run(directory)["purpose"]  # measuring is a use for what it was made for
    opened = open_for_use(directory, purpose=own, device=device)

    def scorer(name: str, model: Any) -> NeuralScorer:
        return NeuralScorer(
            name=name, model=model, context=opened.context, end=opened.end,
            padding=opened.padding, batch=BATCH,
        )  # fmt: skip

    has_base = opened.before_name == "base"
    return _Subject(
        opened.facts.id,
        scorer("trained", opened.trained),
        scorer("base", opened.before) if has_base else None,
        opened.tokenizer,
    )


def _open_foreign(directory: Path, device: Device) -> _Subject:
    tokenizer, end = base_tokenizer(directory)
    model = base_model(directory).to(device.name).eval()
    longest = getattr(model.config, "max_position_embeddings", None) or CONTEXT
    scorer = NeuralScorer(
        name="trained", model=model, context=min(CONTEXT, int(longest)), end=end, padding=end,
        batch=BATCH,
    )  # fmt: skip
    return _Subject(directory.name, scorer, None, tokenizer)
