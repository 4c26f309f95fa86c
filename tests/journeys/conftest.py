"""The process of the sample organisation, released once for all journeys that look at it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from byline.sample import SampleSummary
from journeys.company import byline
from journeys.process_world import World, only_played


@pytest.fixture(scope="session")
def played(
    tmp_path_factory: pytest.TempPathFactory, copy_sample: Callable[[Path], SampleSummary]
) -> Path:
    """The sample with the repositories and exports of the process; nothing is released."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    copy_sample(folder)
    return only_played(folder)


@pytest.fixture(scope="session")
def world(played: Path) -> World:
    """The same, released. Tests that change anything work on a copy."""
    return World(played, byline("release", "--json", "-c", played / "company").json)
