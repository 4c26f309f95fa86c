"""Running parts of a finished run again, from the sealed release, and comparing every step.

A segment lies between two states of the run: it starts from the seed or from a kept state, and must
give each line of the run log again and end in the state that the log names. Invariants: rows come
from the seal and nowhere else, and are tokenised and packed anew; nothing of the model's folder is
changed; the answer names the first step that differs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from byline.errors import InputError, IntegrityError, RefusedError
from byline.models.architecture import ModelShape
from byline.models.device import Device, choose_device, computed_on, deterministic
from byline.models.extra import load
from byline.models.folder import WEIGHTS, TrainedModel, fresh_folder, request_of, run_folder
from byline.models.lora import check_base
from byline.models.lora import prepare as prepare_adapter
from byline.models.opening import base_sha256
from byline.models.ran import check_run, run_log_of, segments_of
from byline.models.running import Ready, plan_of
from byline.models.sealed import Sealed
from byline.models.segment import Again, Difference, segment
from byline.models.settings import AdapterSettings, Optimisation, Progress, TrainSettings
from byline.models.train import prepare

TOLERANCE: Final = {"float32": 1e-4, "bfloat16": 2e-2}
"""Largest relative difference of a loss, where bits cannot be asked for: on an accelerator."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        run: The run's id.
        segments: Which parts were run again, counted from 0.
        of: How many there are.
        steps: How many steps were compared.
        tolerance: Allowed relative difference of losses; none where bits were compared.
        mismatches: What is not as it was on the computer of the run.
        difference: The first one, or None.
    """

    run: str
    segments: tuple[int, ...]
    of: int
    steps: int
    tolerance: float | None
    mismatches: tuple[str, ...]
    difference: Difference | None


def mismatches(model: TrainedModel, device: Device) -> tuple[str, ...]:
    """What of this computer is not as it was on that of the run, in words."""
    here = computed_on(device, kind=model.kind)
    versions = here.pop("versions")
    there = {**model.run["computed_on"], **model.run["versions"]}
    return tuple(
        f"{name} was {there.get(name)}, here it is {value}"
        for name, value in sorted({**here, **versions}.items())
        if there.get(name) != value
    )


def device_of(model: TrainedModel) -> Device:
    """A device like that of the run, with its precision and threads; the processor if none is."""
    said = model.run["computed_on"]
    has_one = said["name"] == "cuda" and load("torch").cuda.is_available()
    return choose_device(
        precision=said["precision"], threads=said["threads"], name="cuda" if has_one else "cpu"
    )


def replay(
    model: TrainedModel,
    sealed: Sealed,
    *,
    chosen: Sequence[int],
    progress: Progress,
    tolerance: float | None = None,
) -> Replayed:
    """Run parts of a model's run again and compare.

    Args:
        model: A finished model.
        sealed: The release that it was trained on.
        chosen: Which parts, counted from 0.
        progress: Called as work goes on.
        tolerance: Allowed relative difference of losses. By default bits are compared, but on an
            accelerator losses with TOLERANCE. Rows and rates must be equal in any case, and with a
            tolerance the weights in each kept state must be nearer than APART.

    Raises:
        InputError: There is no such part, or the model has no run log.
        RefusedError: The release is another.
        IntegrityError: A row is not what was sealed, the run log or a state does not hold, or the
            same settings and rows do not give the run's id.
    """
    steps = check_run(model)
    numbers = tuple(sorted(set(chosen)))
    parts = segments_of(model)
    if not chosen or not all(0 <= number < len(parts) for number in chosen):
        raise InputError(
            f"{model.id} has segments 0 to {len(parts) - 1}, not {', '.join(map(str, chosen))}"
        )
    if (sealed.id, sealed.root) != (model.run["release"]["id"], model.run["release"]["root"]):
        raise RefusedError(f"{model.id} was trained on release {model.run['release']['id']}")
    device = device_of(model)
    if tolerance is None and "cpu" not in {device.name, model.run["computed_on"]["name"]}:
        tolerance = TOLERANCE[device.precision]
    found = None
    taken = 0
    # Beside the model, so that an erasure finds what a killed replay left there.
    beside = model.directory.with_name(f"{model.directory.name}.replay")
    with run_folder(beside) as work, deterministic(device):
        again = _prepare(model, sealed, work, device, progress)
        for first, last in joined(parts[number] for number in numbers):
            expected = steps[first:last]
            found = segment(again, expected, tolerance=tolerance, progress=progress)
            taken += (found.step if found else last) - first
            if found is not None:
                break
    return Replayed(
        run=model.run["run"],
        segments=numbers,
        of=len(parts),
        steps=taken,
        tolerance=tolerance,
        mismatches=mismatches(model, device),
        difference=found,
    )


def joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring parts as one: where one ends as logged, the next starts from it."""
    found: list[tuple[int, int]] = []
    for first, last in parts:
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _prepare(
    model: TrainedModel, sealed: Sealed, work: Path, device: Device, progress: Progress
) -> Again:
    """Tokenise and pack the release anew; see that this gives the run's id again."""
    make_ready = _adapter if model.kind == "adapter" else _model
    ready = make_ready(model, sealed, work, device, progress)
    for name, here, there in (
        ("the tokenizer", ready.tokenizer, model.run["tokenizer_sha256"]),
        ("the packed rows", ready.packed.digest, model.run["data"]["packed_sha256"]),
    ):
        if here != there:
            raise IntegrityError(
                f"{name} of {sealed.id} have SHA-256 {here}; the run recorded {there}",
                advice="replay with the versions that run.json names",
            )
    run = run_log_of(model)
    plan = plan_of(
        request_of(sealed, kind=model.kind, settings=model.run["settings"]),
        ready,
        kept_states=run["kept_states"],
        computer={**model.run["computed_on"], "versions": model.run["versions"]},
    )
    if (plan.digest, plan.run) != (run["plan"], model.run["run"]):
        raise IntegrityError(
            f"{model.id}: its release, settings and computer give the run {plan.run}, "
            f"run.json has {model.run['run']}",
            advice="restore the model's folder from a copy",
        )
    weights = model.directory / WEIGHTS[model.kind]
    return Again(run, model.directory, weights, lambda: ready.fresh()[1])


def _model(
    model: TrainedModel, sealed: Sealed, work: Path, device: Device, progress: Progress
) -> Ready:
    said = model.run["settings"]
    settings = TrainSettings(
        purpose=said["purpose"],
        shape=ModelShape(**said["shape"]),
        optimisation=Optimisation(**said["optimisation"]),
    )
    fresh_folder(work / "model")
    return prepare(sealed, work=work, settings=settings, device=device, progress=progress)


def _adapter(
    model: TrainedModel, sealed: Sealed, work: Path, device: Device, progress: Progress
) -> Ready:
    said = model.run["settings"]
    base = Path(model.run["base"]["path"])
    settings = AdapterSettings(
        purpose=said["purpose"],
        rank=said["rank"],
        alpha=said["alpha"],
        targets=tuple(said["targets"]),
        context=said["context"],
        optimisation=Optimisation(**said["optimisation"]),
    )
    check_base(base, context=settings.context)
    found = base_sha256(base)
    if found != said["base_sha256"]:
        raise IntegrityError(f"{base} has SHA-256 {found}; the run recorded {said['base_sha256']}")
    return prepare_adapter(
        sealed, base, work=work, settings=settings, device=device, progress=progress
    )
