"""The training loop: bounded by steps, resumable bit for bit, every step in the run log.

Invariants: the state after a step depends on settings and rows alone; a checkpoint is whole or
absent; metrics and log of steps that a resumed run will do again are dropped first.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import BylineError, IntegrityError, PausedError
from byline.models.checkpoint import (
    CHECKPOINT,
    Stored,
    latest,
    load_checkpoint,
    read_stored,
    save_checkpoint,
)
from byline.models.device import Device
from byline.models.extra import load
from byline.models.loss import backpropagate
from byline.models.metrics import Speed
from byline.models.optimiser import Optimiser, optimiser_of
from byline.models.packing import IGNORED, Packed, labels_of
from byline.models.runlog import RUN_LOG, Plan, RunLog, Taken, batch_hash
from byline.models.schedule import RowSchedule, rate_share
from byline.models.settings import Optimisation, Progress
from byline.models.states import KeptState, StateDigest, state_digest, state_file, state_steps
from byline.workspace.files import sha256_file

# Adds the gradient of the loss on (tokens, labels, weights) to the model's weights; returns it.
Learn = Callable[[Any, Any, Any], Any]
# Asked before each step: why training must stop now, or None.
Asked = Callable[[], PausedError | None]


def never_paused() -> None:
    """Nobody pauses this run."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What the loop did.

    Attributes:
        steps: Steps in all.
        resumed_from: The step that it resumed from, or 0.
        last_loss: In nats.
        chain: The run log's last.
        states: Those that were digested, in order; the last is after the last step.
    """

    steps: int
    resumed_from: int
    last_loss: float
    chain: str
    states: tuple[KeptState, ...]


@dataclass(frozen=True)
class Learner:
    """All that a step is made of.

    Attributes:
        learn: Adds the gradient of one batch.
        optimiser: Moves the weights.
        packed: The rows to read.
        settings: How weights are moved.
        device: Where it runs.
        schedule: Which rows a step reads.
    """

    learn: Learn
    optimiser: Optimiser
    packed: Packed
    settings: Optimisation
    device: Device
    schedule: RowSchedule

    def take(self, step: int) -> Taken:
        """Take a step, counted from 0; what it read and gave."""
        rows = self.schedule.step(step)
        tokens, weights = self.packed.tokens[rows], self.packed.weights[rows]
        batch = _batch(tokens, weights, self.device)
        share = rate_share(step, steps=self.settings.steps, warmup=self.settings.warmup)
        loss = _step(self.learn, self.optimiser, batch, share=share)
        rate = self.settings.learning_rate * share
        return Taken(step + 1, batch_hash(rows, tokens, weights), rate, loss)


def learner_of(
    model: Any, learn: Learn, *, packed: Packed, settings: Optimisation, device: Device
) -> Learner:
    """What trains `model`, a torch module that is already on the device, from its first weights."""
    optimiser = optimiser_of(model, settings, precision=device.precision)
    schedule = RowSchedule(rows=len(packed.tokens), batch=settings.batch, seed=settings.seed)
    return Learner(learn, optimiser, packed, settings, device, schedule)


def optimise(
    learner: Learner,
    *,
    directory: Path,
    plan: Plan,
    progress: Progress,
    asked: Asked = never_paused,
) -> Trained:
    """Take every step that is left, in place.

    Args:
        learner: A fresh model and what it learns from.
        directory: The run's own folder, for states, run log and metrics.
        plan: What the run depends on; a state of another plan is ignored.
        progress: Called at every line of metrics.
        asked: Called before every step.

    Raises:
        PausedError: Training was paused; the checkpoint holds every step until then.
        IntegrityError: What lies there of this run does not hold.
    """
    settings = learner.settings
    stored = latest(directory, plan=plan.digest)
    log = _resumed(directory, stored, run=plan.run)
    done = 0
    if stored is not None:
        load_checkpoint(stored, learner.optimiser)
        done = stored.step
    speed = Speed(settings, directory, done, learner.packed.tokens.shape[1])
    digested = state_steps(settings.steps, kept=plan.kept_states)
    for step in range(done, settings.steps):
        pause = asked()
        if pause is not None:
            pause.stopped = _pause(directory, learner, log, step=step, plan=plan)
            raise pause
        log.add(learner.take(step))
        finished = step + 1
        if finished == settings.steps:
            break
        _keep(directory, learner, log, step=finished, plan=plan, digested=digested)
        if finished % settings.log_every == 0:
            log.write()
            speed.say(finished, _finite(log.last_loss, finished), progress)
    last = state_digest(learner.optimiser.memory())
    log.write(state=last.state, durable=True)
    speed.say(settings.steps, _finite(log.last_loss, settings.steps), progress)
    return Trained(
        steps=settings.steps,
        resumed_from=done,
        last_loss=log.last_loss,
        chain=log.chain,
        states=_kept(directory, digested, last=last),
    )


def _resumed(directory: Path, stored: Stored | None, *, run: str) -> RunLog:
    """The run log as far as the stored state, which it must lead to."""
    log = RunLog(directory / RUN_LOG, run=run, done=stored.step if stored else 0)
    if stored is not None and stored.chain != log.chain:
        raise IntegrityError(
            f"{stored.path} is not a state of the run that {log.path.name} beside it tells of",
            advice="train again: the run starts from its first step",
        )
    return log


def _keep(
    directory: Path,
    learner: Learner,
    log: RunLog,
    *,
    step: int,
    plan: Plan,
    digested: tuple[int, ...],
) -> None:
    """Digest, log and store the state after a step but the last, where that is due."""
    if step in digested:
        digest = state_digest(learner.optimiser.memory())
        log.write(state=digest.state, durable=True)
        path = directory / state_file(step)
        save_checkpoint(
            path, learner.optimiser, step=step, plan=plan.digest, digest=digest, chain=log.chain
        )
        (directory / CHECKPOINT).unlink(missing_ok=True)  # the state kept is newer
    elif step % learner.settings.checkpoint_every == 0:
        _store(directory, learner, log, step=step, plan=plan)


def _store(directory: Path, learner: Learner, log: RunLog, *, step: int, plan: Plan) -> Path:
    """Write the one checkpoint that the next one replaces."""
    log.write(durable=True)
    path, digest = directory / CHECKPOINT, state_digest(learner.optimiser.memory())
    save_checkpoint(
        path, learner.optimiser, step=step, plan=plan.digest, digest=digest, chain=log.chain
    )
    return path


def _pause(
    directory: Path, learner: Learner, log: RunLog, *, step: int, plan: Plan
) -> dict[str, str | int]:
    """Keep what was learnt; where that stopped, for the record."""
    path = _store(directory, learner, log, step=step, plan=plan)
    return {"plan": plan.digest, "step": step, "checkpoint_sha256": sha256_file(path)}


def _kept(
    directory: Path, digested: tuple[int, ...], *, last: StateDigest
) -> tuple[KeptState, ...]:
    """The states of a finished run: the files beside it, and the one that the model is in now."""
    found = []
    for step in digested[:-1]:
        stored = read_stored(directory / state_file(step))
        if stored is None:
            raise IntegrityError(f"{directory / state_file(step)} is gone", advice="train again")
        size = stored.path.stat().st_size
        found.append(KeptState(step, stored.digest, state_file(step), size))
    return (*found, KeptState(digested[-1], last, None, 0))


def learn_llama(model: Any, device: Device, *, compiled: bool) -> Learn:
    """The gradient of a Llama whose output layer is plain: blockwise, masked tokens left out."""
    body = load("torch").compile(model.model) if compiled else model.model
    output = model.get_output_embeddings().weight

    def learn(tokens: Any, labels: Any, weights: Any) -> Any:
        with device.autocast():
            hidden = body(input_ids=tokens, use_cache=False).last_hidden_state
        wanted = labels[:, 1:] != IGNORED
        if device.precision == "bfloat16":
            hidden = hidden.bfloat16()
        return backpropagate(
            hidden[:, :-1][wanted],
            output,
            labels=labels[:, 1:][wanted],
            weights=weights[:, 1:][wanted],
        )

    return learn


def learn_any(model: Any, device: Device, *, compiled: bool) -> Learn:
    """The gradient of any causal language model, through the logits that it gives."""
    torch = load("torch")
    called = torch.compile(model) if compiled else model

    def learn(tokens: Any, labels: Any, weights: Any) -> Any:
        with device.autocast():
            logits = called(input_ids=tokens, use_cache=False).logits
        wanted = labels[:, 1:] != IGNORED
        losses = torch.nn.functional.cross_entropy(
            logits[:, :-1][wanted].float(), labels[:, 1:][wanted], reduction="none"
        )
        shares = weights[:, 1:][wanted]
        loss = (losses * shares).sum() / shares.sum().clamp_min(torch.finfo(torch.float32).tiny)
        loss.backward()
        return loss.detach()

    return learn


def _batch(tokens: Any, weights: Any, device: Device) -> tuple[Any, Any, Any]:
    torch = load("torch")
    arrays = tokens.astype("int64"), labels_of(tokens, weights), weights
    read, labels, shares = (torch.from_numpy(array).to(device.name) for array in arrays)
    return read, labels, shares


def _step(learn: Learn, optimiser: Optimiser, batch: tuple[Any, ...], *, share: float) -> Any:
    loss = learn(*batch)
    optimiser.step(share)
    return loss


def _finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise BylineError(
            f"training diverged: the loss at step {step} is {loss}",
            advice="lower the learning rate or lengthen the warmup",
        )
    return loss
