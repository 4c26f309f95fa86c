"""What training achieved, measured on work that it did not see.

Bits per byte over all learnt-from text of a split, and completed lines, for three systems over the
same tokens: the trained model, the same model before training, and a 5-gram reference counted on
the same train split. Bits are of the tokens that are wholly learnt from, bytes are those of their
text in UTF-8; control tokens are not scored.

Invariants: examples and lines are chosen by hash; nothing is sampled; every figure can be computed
again from the model's folder and the sealed release.
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from byline.errors import InputError, RefusedError
from byline.models.card import write_card
from byline.models.completion import Completion, choose_targets, complete
from byline.models.device import choose_device, deterministic
from byline.models.encoding import Encoded, Encoder
from byline.models.folder import read_run
from byline.models.ngram import NGram, count_ngrams
from byline.models.opening import Opened, open_for_use
from byline.models.scoring import NeuralScorer, ReferenceScorer, Scorer
from byline.models.sealed import Example, Sealed, order_key, read_example
from byline.models.settings import EvaluationSettings, Progress, as_json
from byline.models.statistics import Difference, bits_per_byte, difference
from byline.workspace.files import write_json

LARGEST_KEY = 1 << 63
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """Bits per byte of one system over one group of examples.

    `group` is `all`, `recipe NAME`, `repository seen` or `repository unseen` in training.
    """

    system: str
    group: str
    examples: int
    bytes: int
    bits_per_byte: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that `evaluate` measured; also in `evaluation.json`."""

    model: str
    release: str
    split: str
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    completions: tuple[Completion, ...]
    settings: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def evaluate(
    model_dir: Path,
    sealed: Sealed,
    *,
    split: str = "test",
    settings: EvaluationSettings,
    progress: Progress,
) -> Evaluation:
    """Measure the model in `model_dir` on `split`, write `evaluation.json` and the card anew.

    Raises:
        RefusedError: The model was not trained on this sealed release.
        InputError: The split has nothing to score.
        IntegrityError: A row is not what was sealed, or the weights are not the recorded ones.
    """
    device = choose_device(precision="float32", threads=settings.threads)
    with deterministic(device):
        own = read_run(model_dir)["purpose"]  # measuring is a use for what it was made for
        opened = open_for_use(model_dir, purpose=own, device=device)
        _check_release(opened, sealed)
        encoder = Encoder(opened.tokenizer)
        progress(0, 4, "counting n-grams of the train split")
        scorers = _scorers(opened, _reference(opened, sealed, encoder, settings), settings)
        looked_at = list(encoder.encode(_chosen_examples(sealed, split=split, settings=settings)))
        scored = _within_budget(looked_at, tokens=settings.tokens)
        if not scored:
            raise InputError(f"release {sealed.id}: split {split!r} has nothing to score")
        progress(1, 4, f"scoring {len(scored)} examples")
        bits = {scorer.name: _bits(scorer, scored) for scorer in scorers}
        progress(2, 4, "completing lines")
        completions = _completions(scorers, looked_at, opened, settings)
    evaluation = Evaluation(
        model=opened.facts.id,
        release=sealed.id,
        split=split,
        figures=tuple(_figures(bits, scored, seen=_seen_repositories(model_dir))),
        differences=tuple(_differences(bits, scored, settings)),
        completions=completions,
        settings=as_json(settings),
    )
    write_json(model_dir / "evaluation.json", evaluation.as_json())
    write_card(model_dir)
    progress(4, 4, "done")
    return evaluation


def _check_release(opened: Opened, sealed: Sealed) -> None:
    release = opened.facts.run["release"]
    if (release["id"], release["root"]) != (sealed.id, sealed.root):
        raise RefusedError(
            f"model {opened.facts.id} was trained on release {release['id']}, not on {sealed.id}",
            advice="evaluate it on its own release: what it has seen of another is unknown",
        )


def _reference(
    opened: Opened, sealed: Sealed, encoder: Encoder, settings: EvaluationSettings
) -> NGram:
    """The n-gram over the train split, or over a part chosen by hash where that is too large."""
    share = min(1.0, settings.reference_tokens / opened.facts.run["data"]["tokens"])
    counted = (
        example
        for example in map(read_example, sealed.rows("train"))
        if order_key(settings.seed, example.id) < share * LARGEST_KEY
    )
    parts = [np.append(item.tokens, np.int32(opened.end)) for item in encoder.encode(counted)]
    return count_ngrams(
        np.concatenate([*parts, np.empty(0, dtype=np.int32)]),
        vocabulary=opened.tokenizer.get_vocab_size(),
        end=opened.end,
        order=settings.order,
    )


def _scorers(opened: Opened, reference: NGram, settings: EvaluationSettings) -> list[Scorer]:
    neural = [
        NeuralScorer(
            name=name,
            model=model,
            context=opened.context,
            end=opened.end,
            padding=opened.padding,
            batch=settings.batch,
        )
        for name, model in (("trained", opened.trained), (opened.before_name, opened.before))
    ]
    return [*neural, ReferenceScorer(name=f"{settings.order}-gram", model=reference)]


def _chosen_examples(
    sealed: Sealed, *, split: str, settings: EvaluationSettings
) -> Iterator[Example]:
    """The examples with the least hashes, least first."""
    keyed = (
        (order_key(settings.seed, example.id), example.id, example)
        for example in map(read_example, sealed.rows(split))
        if any(piece.loss > 0 for piece in example.pieces)
    )
    for _, _, example in heapq.nsmallest(settings.examples, keyed):
        yield example


def _within_budget(encoded: Sequence[Encoded], *, tokens: int) -> list[Encoded]:
    kept: list[Encoded] = []
    total = 0
    for item in encoded:
        if total >= tokens:
            break
        if scored_bytes(item):
            kept.append(item)
            total += len(item.tokens)
    return kept


def scored_tokens(item: Encoded) -> npt.NDArray[np.bool_]:
    """Which tokens are scored: learnt from, and not written by the recipe, `[tokens]`."""
    by_recipe = np.zeros(len(item.example.text) + 1, dtype=np.bool_)
    for piece in item.example.pieces:
        if piece.by_recipe:
            by_recipe[piece.start : piece.end] = True
    scored: npt.NDArray[np.bool_] = (item.weights > 0) & ~by_recipe[item.starts]
    return scored


def scored_bytes(item: Encoded) -> int:
    """The UTF-8 length of the text under the scored tokens, each code point counted once."""
    text = item.example.text
    change = np.zeros(len(text) + 1, dtype=np.int64)
    scored = scored_tokens(item)
    np.add.at(change, item.starts[scored], 1)
    np.add.at(change, item.ends[scored], -1)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    borders = np.array([0x80, 0x800, 0x10000], dtype=np.uint32)
    sizes = 1 + np.searchsorted(borders, points, side="right")
    return int(sizes[np.cumsum(change)[:-1] > 0].sum())


def _bits(scorer: Scorer, scored: Sequence[Encoded]) -> Floats:
    """Bits that the scored tokens of each example cost, `[examples]`."""
    likely = scorer.score([item.tokens for item in scored])
    return np.array(
        [
            -values[scored_tokens(item)].sum() / math.log(2)
            for values, item in zip(likely, scored, strict=True)
        ]
    )


def _completions(
    scorers: Sequence[Scorer],
    encoded: Sequence[Encoded],
    opened: Opened,
    settings: EvaluationSettings,
) -> tuple[Completion, ...]:
    targets = choose_targets(
        encoded,
        limit=settings.targets,
        per_example=settings.targets_per_example,
        seed=settings.seed,
    )
    if not targets:
        return ()
    return tuple(
        complete(
            scorer,
            targets,
            tokenizer=opened.tokenizer,
            end=opened.end,
            limit=settings.new_tokens,
        )
        for scorer in scorers
    )


def _seen_repositories(model_dir: Path) -> frozenset[str]:
    table = pq.read_table(model_dir / "examples.parquet", columns=["repository", "tokens_read"])
    read = table.filter(table["tokens_read"].to_numpy() > 0)
    return frozenset(read["repository"].to_pylist())


def _figures(
    bits: dict[str, Floats], scored: Sequence[Encoded], *, seen: frozenset[str]
) -> Iterator[Figure]:
    groups: dict[str, list[int]] = {}
    for place, item in enumerate(scored):
        known = "seen" if item.example.repository in seen else "unseen"
        for group in ("all", f"recipe {item.example.recipe}", f"repository {known}"):
            groups.setdefault(group, []).append(place)
    sizes = _sizes(scored)
    for group in sorted(groups):
        members = groups[group]
        for system, values in bits.items():
            yield Figure(
                system=system,
                group=group,
                examples=len(members),
                bytes=int(sizes[members].sum()),
                bits_per_byte=bits_per_byte(values[members], sizes[members]),
            )


def _sizes(scored: Sequence[Encoded]) -> Floats:
    return np.array([scored_bytes(item) for item in scored], dtype=np.float64)


def _differences(
    bits: dict[str, Floats], scored: Sequence[Encoded], settings: EvaluationSettings
) -> Iterator[Difference]:
    (system, ours), *others = bits.items()
    for against, theirs in others:
        yield difference(
            (system, ours),
            (against, theirs),
            sizes=_sizes(scored),
            resamples=settings.resamples,
            seed=settings.seed,
        )
