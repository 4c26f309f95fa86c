"""The run record: what a model was made from, so that it can be made again and answered for.

Invariant: every count is of what was read, every hash of bytes that lie in the folder.
"""

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from byline.models.device import Device
from byline.models.extra import load
from byline.models.folder import WEIGHTS, manifest_sha256
from byline.models.identity import model_id
from byline.models.loop import Trained
from byline.models.packing import Packed
from byline.models.reading import Reading
from byline.models.sealed import Sealed
from byline.models.settings import Optimisation
from byline.release.seal import named_in, restricted_entry
from byline.workspace.files import sha256_file, write_json

MANY_EPOCHS = 4.0  # beyond about four passes, repeated data teaches little (arXiv 2305.16264)


def epochs_of(packed: Packed, settings: Optimisation) -> float:
    """How often the run reads the data: rows read over rows there are."""
    return settings.steps * settings.batch / len(packed.tokens)


def epoch_warning(epochs: float) -> str:
    """A sentence for a run that repeats its data too often, else an empty string."""
    if epochs <= MANY_EPOCHS:
        return ""
    return (
        f"the run reads its data {epochs:.1f} times; beyond {MANY_EPOCHS:.0f} passes "
        "a model mostly memorises"
    )


def write_record(
    directory: Path,
    request: dict[str, Any],
    *,
    sealed: Sealed,
    packed: Packed,
    trained: Trained,
    reading: Reading,
    device: Device,
    settings: Optimisation,
    tokenizer_sha256: str,
    extra: dict[str, Any],
) -> dict[str, Any]:
    """Write `run.json` beside the weights in `directory`; returns what it holds."""
    weights = sha256_file(directory / WEIGHTS[request["kind"]])
    release = request["release"]["id"]
    epochs = epochs_of(packed, settings)
    record = {
        **request,
        "id": model_id(release=release, settings=request["settings"], weights_sha256=weights),
        "purpose": request["settings"]["purpose"],
        "purposes": list(sealed.purposes),
        **restricted_entry(named_in(sealed.manifest)),
        "lane": sealed.lane,
        "manifest_sha256": manifest_sha256(sealed),
        "weights_sha256": weights,
        "tokenizer_sha256": tokenizer_sha256,
        "data": {
            **asdict(reading),
            "tokens": packed.token_count,
            "tokens_learnt": packed.learnt_count,
            "rows": len(packed.tokens),
            "people": len(packed.people),
            "sentinels_as_letters": packed.sentinels_as_letters,
            "packed_sha256": packed.digest,
        },
        "training": {
            **asdict(trained),
            "tokens": settings.steps * settings.batch * packed.tokens.shape[1],
            "epochs": round(epochs, 4),
            "warning": epoch_warning(epochs),
        },
        "computed_on": {**asdict(device), "machine": platform.machine()},
        "versions": _versions(),
        **extra,
    }
    write_json(directory / "run.json", record)
    return record


def _versions() -> dict[str, str]:
    names = ("torch", "transformers", "tokenizers", "safetensors")
    return {"python": platform.python_version(), **{n: load(n).__version__ for n in names}}
