"""The process of the sample organisation, released once for all journeys that look at it."""

from pathlib import Path

import pytest

from journeys.company import byline
from journeys.process_world import World, write_played


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with the repositories and exports of the process; nothing is released."""
    return write_played(tmp_path_factory.mktemp("played") / "demo")


@pytest.fixture(scope="session")
def world(played: Path) -> World:
    """The same, released. Tests that change anything work on a copy."""
    return World(played, byline("release", "--json", "-c", played / "company").json)
