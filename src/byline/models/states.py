"""Kept states: what a run knew at even intervals, so that any part of it can be run again.

`states/00000170.safetensors` holds weights and optimiser memory after step 170. Invariants: which
steps are kept is a function of settings (`state_steps`); a state's digest is of names, types,
shapes and bytes of its tensors, however a file lays them out; a state that does not give the
digest that its file states is not loaded.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.models.extra import load
from byline.proof.canonical import canonical_json

STATES: Final = "states"
WEIGHT: Final = "weight/"  # what names of weights begin with, in a state


@dataclass(frozen=True, slots=True)
class StateDigest:
    """Digests of a state's weights and of what its optimisers remember, in hexadecimal."""

    weights: str
    optimiser: str

    @property
    def state(self) -> str:
        """The digest of both, as the run log has it: SHA-256 over the two, 32 bytes each."""
        return hashlib.sha256(bytes.fromhex(self.weights + self.optimiser)).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptState:
    """A state of a run.

    Attributes:
        step: After which step.
        digest: Of its tensors.
        file: Its file in the model's folder; none for the last, whose weights are the model's.
        bytes: The file's size.
    """

    step: int
    digest: StateDigest
    file: str | None
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "step": self.step,
            "state": self.digest.state,
            "weights": self.digest.weights,
            "optimiser": self.digest.optimiser,
            "file": self.file,
            "bytes": self.bytes,
        }


def state_steps(steps: int, *, kept: int) -> tuple[int, ...]:
    """The steps after which a run's state is digested: `kept` at even intervals, and the last.

    All but the last lie as files in the model's folder. Nothing else is kept of a run's states.
    """
    even = (steps * number // (kept + 1) for number in range(1, kept + 1))
    return (*sorted({step for step in even if 0 < step < steps}), steps)


def segments(state_steps: Iterable[int]) -> list[tuple[int, int]]:
    """Parts of a run between states, as (step before the first, last step)."""
    ends = list(state_steps)
    return list(zip([0, *ends[:-1]], ends, strict=True))


def state_file(step: int) -> str:
    """Where the state after a step lies, below a run's or model's folder."""
    return f"{STATES}/{step:08}.safetensors"


def state_digest(memory: Iterable[tuple[str, Any]]) -> StateDigest:
    """The digest of tensors by name; those of weights begin with `weight/`."""
    tensors = dict(memory)
    others = {name: one for name, one in tensors.items() if not name.startswith(WEIGHT)}
    return StateDigest(tensors_digest(_weights(tensors.items())), tensors_digest(others))


def weights_in(tensors: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A copy of the weights among a state's tensors, by the names of the model's file."""
    double = load("torch").float64
    return {
        name: tensor.detach().cpu().to(double, copy=True)
        for name, tensor in _weights(tensors).items()
    }


def apart(claimed: dict[str, Any], found: dict[str, Any], *, start: dict[str, Any]) -> float:
    """How far two sets of weights are apart, as a share of the way from `start` to `found`.

    Euclidean, over all weights; infinite where they are not of the same tensors.
    """
    shapes = [{name: one.shape for name, one in part.items()} for part in (claimed, found)]
    if shapes[0] != shapes[1]:
        return math.inf
    between, way = (
        sum(float((part[name] - found[name]).square().sum()) for name in found)
        for part in (claimed, start)
    )
    share = math.sqrt(between / way) if way else math.inf if between else 0.0
    return share if math.isfinite(share) else math.inf


def weights_digest(path: Path) -> str:
    """The digest of the weights in a model's safetensors file, as that of the last state.

    Raises:
        IntegrityError: It is no such file.
    """
    return tensors_digest(read_safetensors(path))


def weights_of_model(path: Path) -> dict[str, Any]:
    """The weights in a model's safetensors file, as `weights_in` gives those of a state.

    Raises:
        IntegrityError: It is no such file.
    """
    return {name: tensor.double() for name, tensor in read_safetensors(path).items()}


def read_safetensors(path: Path) -> dict[str, Any]:
    """The tensors in a file, by name.

    Raises:
        IntegrityError: It is no safetensors file.
    """
    try:
        found: dict[str, Any] = load("safetensors.torch").load_file(str(path))
    except (OSError, load("safetensors").SafetensorError) as error:
        raise IntegrityError(f"{path} cannot be read: {error}") from error
    return found


def tensors_digest(tensors: dict[str, Any]) -> str:
    """SHA-256 over the tensors in order of name, in hexadecimal.

    Each is the canonical JSON of its `dtype`, `name` and `shape`, a newline, and its numbers in
    order, little-endian.
    """
    digest = hashlib.sha256()
    uint8 = load("torch").uint8
    for name, tensor in sorted(tensors.items()):
        kind = str(tensor.dtype).removeprefix("torch.")
        facts = {"dtype": kind, "name": name, "shape": list(tensor.shape)}
        digest.update(canonical_json(facts) + b"\n")
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(memoryview(flat.view(uint8).numpy()))
    return digest.hexdigest()


def saved_name(name: str) -> str:
    """The name that a weight has in a model's file: peft leaves the adapter's own name out."""
    return name.replace(".lora_A.default.", ".lora_A.").replace(".lora_B.default.", ".lora_B.")


def _weights(tensors: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The weights among a state's tensors, by the names of the model's file."""
    return {
        saved_name(name.removeprefix(WEIGHT)): one
        for name, one in tensors
        if name.startswith(WEIGHT)
    }
