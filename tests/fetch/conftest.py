"""Tests of this folder may reach this machine itself, and nothing else (`pytest.mark.allow_hosts`)."""

import pytest

from fetch.fake_server import Clock, serving


@pytest.fixture
def server():
    with serving() as fake:
        yield fake


@pytest.fixture
def clock():
    return Clock()
