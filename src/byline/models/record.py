"""The run record: what a model was made from, so that it can be made again and answered for.

Invariant: every count is of what was read, every hash of bytes that lie in the folder.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from byline import __version__
from byline.models.folder import WEIGHTS, manifest_sha256, seal_sha256
from byline.models.identity import model_id
from byline.models.loop import Trained
from byline.models.metrics import METRICS
from byline.models.packing import Packed
from byline.models.reading import Reading
from byline.models.runlog import RUN_LOG, Plan
from byline.models.sealed import Sealed
from byline.models.settings import Optimisation
from byline.models.states import STATES
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


def keep_run(work: Path, folder: Path) -> None:
    """Move what was written of a finished run into the model's folder."""
    for name in (METRICS, RUN_LOG, STATES):
        if (work / name).exists():
            (work / name).replace(folder / name)


def write_record(
    directory: Path,
    request: dict[str, Any],
    *,
    sealed: Sealed,
    packed: Packed,
    trained: Trained,
    reading: Reading,
    settings: Optimisation,
    tokenizer_sha256: str,
    plan: Plan,
    extra: dict[str, Any],
) -> dict[str, Any]:
    """Write `run.json` beside the weights in `directory`; returns what it holds."""
    weights = sha256_file(directory / WEIGHTS[request["kind"]])
    release = request["release"]["id"]
    epochs = epochs_of(packed, settings)
    record = {
        **request,
        "byline": __version__,
        "id": model_id(release=release, settings=request["settings"], weights_sha256=weights),
        "purpose": request["settings"]["purpose"],
        "purposes": list(sealed.purposes),
        **restricted_entry(named_in(sealed.manifest)),
        "lane": sealed.lane,
        "manifest_sha256": manifest_sha256(sealed),
        "seal_sha256": seal_sha256(sealed.directory),
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
            "steps": trained.steps,
            "resumed_from": trained.resumed_from,
            "last_loss": trained.last_loss,
            "tokens": settings.steps * settings.batch * packed.tokens.shape[1],
            "epochs": round(epochs, 4),
            "warning": epoch_warning(epochs),
        },
        "run": plan.run,
        "run_log": _run_log(trained, plan),
        "computed_on": {name: v for name, v in plan.computer.items() if name != "versions"},
        "versions": plan.computer["versions"],
        **extra,
    }
    write_json(directory / "run.json", record)
    return record


def _run_log(trained: Trained, plan: Plan) -> dict[str, Any]:
    """What the run depends on, the last hash of its log, and the states that were digested."""
    return {
        "plan": plan.digest,
        "chain": trained.chain,
        "kept_states": plan.kept_states,
        "states": [state.as_json() for state in trained.states],
    }
