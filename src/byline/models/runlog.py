"""The run log: what every step of a run read and gave, each line bound to the one before it.

The form is in `docs/proof-formats.md`. A line is canonical JSON with the hash of the rows that the
step read (`batch_hash`), loss and learning rate as hexadecimal floats, the digest of the state
where it was kept (`byline.models.states`), and `chain`, the hash of the chain before and of the
other five. Invariants: lines are written in order and never changed; the log on disk reaches every
state that lies beside it; whoever reads a log gets verified lines or an error that names the first
bad one.
"""

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, SupportsFloat

import numpy as np
import numpy.typing as npt

from byline.errors import IntegrityError
from byline.proof.canonical import canonical_json, parse_canonical
from byline.proof.errors import NotCanonicalError
from byline.workspace.files import replacing

RUN_LOG: Final = "run-log.jsonl"
ID_DIGITS: Final = 16
MAX_LINE_BYTES: Final = 4096
FIELDS: Final = frozenset({"batch", "chain", "loss", "rate", "state", "step"})


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a run log.

    Attributes:
        step: Counted from 1.
        batch: Hash of the rows that it read, in hexadecimal.
        loss: In nats, before the weights were moved; Python's `float.hex`.
        rate: Learning rate of AdamW, likewise.
        state: Digest of weights and optimiser after it, where that was kept.
        chain: Hash of the chain before and of the other five, in hexadecimal.
    """

    step: int
    batch: str
    loss: str
    rate: str
    state: str | None
    chain: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: the rows it read, its rate, and its loss, perhaps not computed yet."""

    step: int
    batch: str
    rate: float
    loss: SupportsFloat


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is said of a run before its first step."""

    run: str
    release: str
    purpose: str
    settings_sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run depends on.

    Attributes:
        digest: A hash of everything that a step and its line in the run log depend on.
        kept_states: How many states are kept of the run.
        computer: What it runs on, as in `byline.models.device.computed_on`.
    """

    digest: str
    kept_states: int
    computer: dict[str, Any]

    @property
    def run(self) -> str:
        """The run's id: `run_` and the first 16 digits of the digest."""
        return f"run_{self.digest[:ID_DIGITS]}"


class Announce(Protocol):
    """Called once the run's id is known and before its first step, also when it is resumed."""

    def __call__(self, start: RunStart, /) -> None:
        """Put on record that the run starts; whatever it raises stops the run."""
        ...


def unannounced(_start: RunStart, /) -> None:
    """Nobody is told of this run."""


def batch_hash(
    rows: npt.NDArray[np.int64], tokens: npt.NDArray[np.int32], weights: npt.NDArray[np.float32]
) -> str:
    """The hash of what a step read.

    Args:
        rows: Indexes of the packed rows, `[batch]`; hashed as 8 bytes each, big-endian.
        tokens: Their token ids, `[batch, context]`; 4 bytes each, little-endian.
        weights: Weights of the tokens in the loss, likewise, as IEEE 754 floats.
    """
    digest = hashlib.sha256(rows.astype(">i8").tobytes())
    digest.update(tokens.astype("<i4", copy=False).tobytes())
    digest.update(weights.astype("<f4", copy=False).tobytes())
    return digest.hexdigest()


def first_chain(run: str) -> str:
    """What the first line's chain follows."""
    return hashlib.sha256(f"byline/run/1\n{run}".encode()).hexdigest()


def linked(before: str, taken: Taken, *, state: str | None) -> Step:
    """The line of a step after a chain."""
    facts: dict[str, Any] = {
        "batch": taken.batch,
        "loss": float(taken.loss).hex(),
        "rate": taken.rate.hex(),
        "state": state,
        "step": taken.step,
    }
    return Step(**facts, chain=_chain(before, facts))


def _chain(before: str, facts: dict[str, Any]) -> str:
    return hashlib.sha256(bytes.fromhex(before) + canonical_json(facts)).hexdigest()


def line_of(step: Step) -> bytes:
    """A step as it stands in the log, with its newline."""
    return canonical_json({name: getattr(step, name) for name in FIELDS}) + b"\n"


class RunLog:
    """Writes the log of a run.

    Attributes:
        path: Its file.
        chain: The chain after the last line that was written.
        last_loss: The loss on it, or nan.
    """

    def __init__(self, path: Path, *, run: str, done: int = 0) -> None:
        """Begin a log, or go on after `done` steps; what stands after those is dropped.

        Raises:
            IntegrityError: The log does not hold, or has fewer steps.
        """
        self.path = path
        self.chain = first_chain(run)
        self.last_loss = float("nan")
        self._waiting: list[Taken] = []
        with replacing(path) as aside, aside.open("wb") as kept:
            for step in itertools.islice(read_steps(path, run=run), done) if done else ():
                kept.write(line_of(step))
                self._remember(step)
                done -= 1
        if done:
            raise IntegrityError(
                f"{path} lacks {done:,} steps that were done: the run cannot be resumed from it",
                advice="train again: the run starts from its first step",
            )

    def add(self, taken: Taken) -> None:
        """Take a step in; it is written at the next `write`, so that no device is waited for."""
        self._waiting.append(taken)

    def write(self, *, state: str | None = None, durable: bool = False) -> None:
        """Write the steps that wait; `state` is that after the last of them."""
        lines = []
        for taken in self._waiting:
            kept = state if taken is self._waiting[-1] else None
            step = linked(self.chain, taken, state=kept)
            self._remember(step)
            lines.append(line_of(step))
        self._waiting.clear()
        with self.path.open("ab") as log:
            log.write(b"".join(lines))
            if durable:
                log.flush()
                os.fsync(log.fileno())

    def _remember(self, step: Step) -> None:
        self.chain, self.last_loss = step.chain, float.fromhex(step.loss)


def read_steps(path: Path, *, run: str) -> Iterator[Step]:
    """The lines of a run's log, in order, each checked against the chain.

    Raises:
        IntegrityError: There is no log, or a line is not the one that was written.
    """
    chain = first_chain(run)
    try:
        with path.open("rb") as log:
            for number in itertools.count(1):
                line = log.readline(MAX_LINE_BYTES)
                if not line:
                    return
                step = _step(line, number=number, path=path)
                facts = {name: getattr(step, name) for name in FIELDS - {"chain"}}
                if step.step != number or step.chain != _chain(chain, facts):
                    raise _broken(path, number, "it does not follow the one before it")
                chain = step.chain
                yield step
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error


def _step(line: bytes, *, number: int, path: Path) -> Step:
    try:
        value = parse_canonical(line.removesuffix(b"\n"))
    except NotCanonicalError as error:
        raise _broken(path, number, str(error)) from error
    if not line.endswith(b"\n") or not isinstance(value, dict) or set(value) != FIELDS:
        raise _broken(path, number, "it has other fields")
    step = Step(**value)
    texts = (step.batch, step.chain, step.loss, step.rate, step.state or "")
    if not all(isinstance(one, str) for one in texts) or type(step.step) is not int:
        raise _broken(path, number, "a field is of another type")
    try:
        _ = float.fromhex(step.loss), float.fromhex(step.rate), bytes.fromhex(step.chain)
    except (ValueError, OverflowError) as error:
        raise _broken(path, number, str(error)) from error
    return step


def _broken(path: Path, number: int, why: str) -> IntegrityError:
    return IntegrityError(
        f"{path}: step {number:,} is not the one that was taken: {why}",
        advice="restore the model's folder from a copy",
    )
