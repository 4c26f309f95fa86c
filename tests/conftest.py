"""What every test needs: the tests folder is importable, and property tests do not depend on luck.

No deadline: a slow machine is no failure. Derandomised: a run that fails fails again.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
# Programs that tests start by the hundred compile every module anew where this is set.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
settings.register_profile("byline", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("byline")

LONGEST_FIRST = ("test_main_job.py", "journeys", "cli", "models", "laws")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that two workers end together and none waits for the other's last."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    names = {path.name, path.parent.name}
    return next((at for at, name in enumerate(LONGEST_FIRST) if name in names), len(LONGEST_FIRST))
