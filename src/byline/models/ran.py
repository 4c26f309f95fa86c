"""A finished run as its model's folder tells of it, seen to hold together.

Invariants: the run log leads from the run's id to the chain in `run.json`; the states it names are
those in the record; the model's weights are those after the last step. That the weights came of
the rows takes a replay (`byline.models.replay`).
"""

from typing import Any

import pyarrow.parquet as pq

from byline.errors import InputError, IntegrityError
from byline.models.folder import WEIGHTS, TrainedModel
from byline.models.runlog import RUN_LOG, Step, read_steps
from byline.models.schedule import RowSchedule
from byline.models.states import StateDigest, segments, weights_digest


def check_run(model: TrainedModel) -> list[Step]:
    """The run log of a model, seen to hold and to lead to its states and its weights.

    Raises:
        InputError: The model was trained by a version that kept no run log.
        IntegrityError: The log, a state's digest or the weights are not those of the run.
    """
    try:
        return _checked(model, run_log_of(model))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise IntegrityError(f"{model.directory}/run.json lacks or garbles {error}") from error


def _checked(model: TrainedModel, run: dict[str, Any]) -> list[Step]:
    path = model.directory / RUN_LOG
    steps = list(read_steps(path, run=model.run["run"]))
    states = {step.step: step.state for step in steps if step.state is not None}
    if not steps or steps[-1].chain != run["chain"]:
        raise IntegrityError(f"{path} does not end in the chain that run.json has")
    if states != {one["step"]: one["state"] for one in run["states"]}:
        raise IntegrityError(f"{path} names other states than run.json")
    if steps[-1].step != model.run["training"]["steps"] or steps[-1].state is None:
        raise IntegrityError(f"{path} does not reach the run's last step")
    last = run["states"][-1]
    weights = model.directory / WEIGHTS[model.kind]
    digest = StateDigest(last["weights"], last["optimiser"])
    if digest.state != last["state"] or weights_digest(weights) != last["weights"]:
        raise IntegrityError(
            f"{weights} does not hold the weights after the run's last step",
            advice="restore the model's folder from a copy",
        )
    return steps


def run_log_of(model: TrainedModel) -> dict[str, Any]:
    """What a model's record says of its run's log: plan, chain and states.

    Raises:
        InputError: It says nothing.
    """
    run = model.run.get("run_log")
    if not isinstance(run, dict) or "run" not in model.run:
        raise InputError(
            f"{model.id} has no run log: it was trained by an earlier version of Byline",
            advice="train it again; the same release and settings give the same weights",
        )
    return run


def segments_of(model: TrainedModel) -> list[tuple[int, int]]:
    """The parts of a run that can be run again, as (step before the first, last step)."""
    return segments(one["step"] for one in run_log_of(model)["states"])


def examples_at(model: TrainedModel, step: int) -> tuple[str, ...]:
    """The ids of the examples that have a part in the rows that a step read, sorted.

    Raises:
        InputError: The run has no such step.
    """
    said = model.run["settings"]["optimisation"]
    if not 1 <= step <= said["steps"]:
        raise InputError(f"{model.id} has steps 1 to {said['steps']:,}, not {step:,}")
    schedule = RowSchedule(rows=model.run["data"]["rows"], batch=said["batch"], seed=said["seed"])
    wanted = [("row", "in", schedule.step(step - 1).tolist())]
    spans = pq.read_table(model.directory / "sidecar.parquet", columns=["example"], filters=wanted)
    return tuple(sorted(set(spans["example"].to_pylist())))
