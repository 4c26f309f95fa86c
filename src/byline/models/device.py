"""Where and how numbers are computed, fixed for the length of a run and put back afterwards.

Invariant: nothing here depends on load or time; threads, precision and device are decided once,
and are part of the run's record.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

from byline.models.extra import load

LIBRARIES: Final = ("torch", "transformers", "tokenizers", "safetensors")
ADAPTER_LIBRARIES: Final = (*LIBRARIES, "peft")


@dataclass(frozen=True, slots=True)
class Device:
    """What a run computes on. `name` is torch's; `precision` is float32 or bfloat16."""

    name: str
    precision: str
    threads: int

    def autocast(self) -> AbstractContextManager[Any]:
        """The context in which a model's layers are computed."""
        if self.precision == "float32":
            return nullcontext()
        torch = load("torch")
        autocast: AbstractContextManager[Any] = torch.autocast(self.name, torch.bfloat16)
        return autocast


def choose_device(*, precision: str, threads: int, name: str = "auto") -> Device:
    """The accelerator if there is one, else the processor; `auto` precision as in Optimisation."""
    torch = load("torch")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if precision == "auto":
        precision = "bfloat16" if _has_bfloat16(name) else "float32"
    return Device(name=name, precision=precision, threads=threads)


def _has_bfloat16(name: str) -> bool:
    torch = load("torch")
    if name == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())  # noqa: SLF001 - torch has no public question for it


def computed_on(device: Device, *, kind: str) -> dict[str, Any]:
    """What numbers of a `model` or `adapter` depend on besides settings and rows, as JSON values.

    Another run gives the same bits only where all of this is the same.
    """
    torch = load("torch")
    cuda = torch.cuda.get_device_name() if device.name == "cuda" else None
    libraries = ADAPTER_LIBRARIES if kind == "adapter" else LIBRARIES
    versions = {name: version(name) for name in libraries}
    return {
        **asdict(device),
        "machine": platform.machine(),
        "instructions": cuda or torch.backends.cpu.get_cpu_capability(),
        "versions": {"python": platform.python_version(), **versions},
    }


@contextmanager
def deterministic(device: Device) -> Iterator[None]:
    """Compute deterministically on a fixed number of threads; put torch's settings back after."""
    torch = load("torch")
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(device.threads)
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory before it is written, and filling it takes 3 % of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
        torch.utils.deterministic.fill_uninitialized_memory = filled
