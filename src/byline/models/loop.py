"""The training loop: bounded by steps, resumable bit for bit, one line of metrics at a time.

Invariants: the state after a step depends on settings and rows alone; a checkpoint is whole or
absent; metrics of steps that a resumed run will do again are dropped first.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import BylineError, PausedError
from byline.models.checkpoint import load_checkpoint, read_step, save_checkpoint
from byline.models.device import Device
from byline.models.extra import load
from byline.models.loss import backpropagate
from byline.models.optimiser import Optimiser, optimiser_of
from byline.models.packing import IGNORED, Packed
from byline.models.schedule import RowSchedule, rate_share
from byline.models.settings import Optimisation, Progress
from byline.workspace.files import sha256_file, write_text

# Adds the gradient of the loss on (tokens, labels, weights) to the model's weights; returns it.
Learn = Callable[[Any, Any, Any], Any]
# Asked before each step: why training must stop now, or None.
Asked = Callable[[], PausedError | None]


def never_paused() -> None:
    """Nobody pauses this run."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What the loop did: steps in all, the step it resumed from, and the last loss in nats."""

    steps: int
    resumed_from: int
    last_loss: float


def optimise(
    model: Any,
    learn: Learn,
    *,
    packed: Packed,
    settings: Optimisation,
    device: Device,
    directory: Path,
    plan: str,
    progress: Progress,
    asked: Asked = never_paused,
) -> Trained:
    """Train `model` in place.

    Args:
        model: A torch module, already on the device.
        learn: Adds the gradient of one batch.
        packed: The rows to read.
        settings: How weights are moved.
        device: Where it runs.
        directory: The run's own folder, for the checkpoint and the metrics.
        plan: Names the run; a checkpoint of another plan is ignored.
        progress: Called at every line of metrics.
        asked: Called before every step.

    Raises:
        PausedError: Training was paused; the checkpoint holds every step until then.
    """
    checkpoint, metrics = directory / "checkpoint.safetensors", directory / "metrics.jsonl"
    optimiser = optimiser_of(model, settings, precision=device.precision)
    done = read_step(checkpoint, plan=plan)
    if done:
        load_checkpoint(checkpoint, optimiser)
    loss = _drop_after(metrics, step=done)
    schedule = RowSchedule(rows=len(packed.tokens), batch=settings.batch, seed=settings.seed)
    started, first = time.perf_counter(), done
    for step in range(done, settings.steps):
        pause = asked()
        if pause is not None:
            pause.stopped = _stop(checkpoint, optimiser, step=step, plan=plan)
            raise pause
        batch = _batch(packed, schedule.step(step), device)
        share = rate_share(step, steps=settings.steps, warmup=settings.warmup)
        value = _step(learn, optimiser, batch, share=share)
        finished = step + 1
        if finished % settings.log_every == 0 or finished == settings.steps:
            loss = _finite(float(value), finished)
            tokens = finished * settings.batch * packed.tokens.shape[1]
            speed = (tokens * (finished - first) / finished) / (time.perf_counter() - started)
            rate = settings.learning_rate * share
            _log(metrics, step=finished, loss=loss, rate=rate, tokens=tokens, speed=speed)
            progress(finished, settings.steps, f"loss {loss:.3f}, {speed:,.0f} tokens/s")
        if finished % settings.checkpoint_every == 0 and finished < settings.steps:
            save_checkpoint(checkpoint, optimiser, step=finished, plan=plan)
    return Trained(steps=settings.steps, resumed_from=done, last_loss=loss)


def _stop(checkpoint: Path, optimiser: Optimiser, *, step: int, plan: str) -> dict[str, str | int]:
    """Keep what was learnt; where that stopped, for the record."""
    save_checkpoint(checkpoint, optimiser, step=step, plan=plan)
    return {"plan": plan, "step": step, "checkpoint_sha256": sha256_file(checkpoint)}


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


def _batch(packed: Packed, rows: Any, device: Device) -> tuple[Any, Any, Any]:
    torch = load("torch")
    arrays = packed.tokens[rows].astype("int64"), packed.labels(rows), packed.weights[rows]
    tokens, labels, weights = (torch.from_numpy(array).to(device.name) for array in arrays)
    return tokens, labels, weights


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


def _drop_after(metrics: Path, *, step: int) -> float:
    """Drop lines after `step`; the last loss that stays, or nan."""
    kept = []
    if step and metrics.is_file():
        lines = metrics.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
    write_text(metrics, "".join(kept))
    return float(json.loads(kept[-1])["loss"]) if kept else float("nan")


def _log(metrics: Path, *, step: int, loss: float, rate: float, tokens: int, speed: float) -> None:
    facts = {
        "step": step,
        "loss": round(loss, 6),
        "learning_rate": rate,
        "tokens": tokens,
        "tokens_per_second": round(speed, 1),
    }
    with metrics.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(facts) + "\n")
