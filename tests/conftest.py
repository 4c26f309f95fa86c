"""What every test needs: the tests folder is importable, and property tests do not depend on luck.

No deadline: a slow machine is no failure. Derandomised: a run that fails fails again.
"""

import fcntl
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from byline.sample import SampleSummary, write_sample

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


@pytest.fixture(scope="session")
def sample_written(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The sample organisation as it is written, once for all workers; nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample-written"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        summary = folder / "summary.pickle"
        if not summary.exists():
            summary.write_bytes(pickle.dumps(write_sample(folder / "demo")))
        return pickle.loads(summary.read_bytes())


@pytest.fixture(scope="session")
def copy_sample(sample_written: SampleSummary) -> Callable[[Path], SampleSummary]:
    """Puts a copy of the sample organisation into a folder that is not there yet."""

    def copy(folder: Path) -> SampleSummary:
        shutil.copytree(sample_written.company.parent, folder, symlinks=True)
        return replace(sample_written, company=folder / "company", answers=folder / "answers")

    return copy
