"""The optional training stack: imported when it is used, and explained when it is absent.

Invariant: every dependency's telemetry and download switch is off before the stack is imported.
"""

import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from byline.errors import MissingExtraError
from byline.network import silence

TRAINING_STACK = ("torch", "transformers", "tokenizers", "peft", "safetensors")


def load(name: str) -> Any:
    """The module `name` of the training stack.

    Raises:
        MissingExtraError: The module's distribution is not installed.
    """
    silence()
    # Threads that wait by spinning starve one another wherever a core is shared: measured with two
    # threads on two busy cores, a step took eight times as long. Read once, when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        if absent not in TRAINING_STACK:
            raise
        raise MissingExtraError(
            f"training needs {absent}, which is not installed",
            advice="pip install '.[train]' in Byline's folder",
        ) from error
    if name == "transformers":
        module.utils.logging.disable_progress_bar()
    return module


@contextmanager
def between_libraries() -> Iterator[None]:
    """Silence notices of future changes that one dependency owes another; users cannot act on them.

    peft calls names that transformers has deprecated, which would be shown as ours.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
