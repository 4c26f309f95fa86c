import os

import pytest


@pytest.fixture
def fast(monkeypatch):
    """Skip the disk's own work: a kill is told from the calls that were made before it."""
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda descriptor: None)
