"""An id of a release names one seal in the log, wherever a run was killed and whenever it goes on."""

import shutil
from pathlib import Path

import pytest

from byline.errors import IntegrityError
from byline.proof import log
from byline.proof.order import check_order
from byline.release import build
from laws.worlds import ANN, World, function


def test_a_release_that_was_logged_when_the_run_was_killed_is_put_in_place_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    world = World(tmp_path / "company")
    made = world.repository()
    made.point(made.commit({b"a.py": function("alpha")}, message="add alpha now\n", **ANN))
    with monkeypatch.context() as patched:
        patched.setattr(build, "write_bytes", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.release()
    assert not list(world.root.glob("byline-workspace/releases/rel_*"))
    sealed = world.release(release={"as_of": '"2024-07-01"'})
    assert sealed.manifest["decided_as_of"] == "2024-06-30"
    path = world.root / "byline-workspace" / "log"
    entries = list(log.entries(path))
    assert sum(b'"type":"release"' in one for one in entries) == 1
    assert check_order(entries, seals={sealed.id: sealed.seal.data}) == []

    shutil.rmtree(sealed.directory)  # nothing is left of it: then the log gets no second seal
    with pytest.raises(IntegrityError, match="sealed otherwise before"):
        world.release(release={"as_of": '"2024-07-02"'})
    assert list(log.entries(path))[-1] == entries[-1]
