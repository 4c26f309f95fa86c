"""A collection killed at any moment is finished by running it again."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from collecting import everything, gather

from simulators.repositories import NOON, Repository, repository

HERE = Path(__file__).parent
KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[4:]
from collecting import gather
import byline.work.git.collect
left = [int(sys.argv[3])]
def count(event, arguments):
    if event in ("os.rename", "subprocess.Popen", "os.remove", "os.mkdir"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
gather(Path(sys.argv[1]), Path(sys.argv[2]))
print(int(sys.argv[3]) - left[0])
"""


def killed(path: Path, into: Path, moment: int) -> int | None:
    """Collect in a process that kills itself at its n-th change of the world; its count, if done."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLED,
            str(path),
            str(into),
            str(moment),
            str(HERE),
            str(HERE.parent),
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout)


def grown(made: Repository, start: str | None, count: int) -> str:
    """A run of commits over a dozen files."""
    files = {b"f%d" % number: b"0\n" for number in range(6)}
    tip = start or odd(made, files)
    for number in range(count):
        files[b"f%d" % (number % 6)] += b"%d\n" % number
        tip = made.commit(files, parents=[tip], time=NOON + number)
    tip = odd(made, files, parents=[tip])
    made.point(tip)
    made.point(made.commit(files, parents=[tip], time=NOON), name="refs/pull/1/head")
    return tip


def odd(made: Repository, files: dict[bytes, bytes], parents: Sequence[str] = ()) -> str:
    """A commit with two author lines: a finding that must not be lost to a kill."""
    person = f"Ada <ada@corp.example> {NOON} +0000"
    header = f"author {person}\nauthor {person}\ncommitter {person}\n\nx\n"
    return made.raw_commit(made.tree(files), header.encode(), parents=parents)


@pytest.fixture(scope="module")
def moments(tmp_path_factory) -> dict[str, int]:
    """How many moments an uninterrupted first run has, and an uninterrupted update."""
    folder = tmp_path_factory.mktemp("moments")
    made = repository(folder / "r")
    first = grown(made, None, 12)
    counts = {"first": killed(made.path, folder / "out", 1_000_000)}
    grown(made, first, 5)
    counts["update"] = killed(made.path, folder / "out", 1_000_000)
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6, 0.95])
def test_a_first_run_killed_anywhere_is_finished_by_the_second(tmp_path, moments, share):
    made = repository(tmp_path / "r")
    grown(made, None, 12)
    assert killed(made.path, tmp_path / "out", max(1, int(moments["first"] * share))) is None
    check(made, tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.4, 0.55, 0.8, 0.99])
def test_an_update_killed_anywhere_is_finished_by_the_next(tmp_path, moments, share):
    made = repository(tmp_path / "r")
    first = grown(made, None, 12)
    gather(made.path, tmp_path / "out")
    grown(made, first, 5)
    assert killed(made.path, tmp_path / "out", max(1, int(moments["update"] * share))) is None
    check(made, tmp_path)


def check(made: Repository, folder: Path) -> None:
    done = gather(made.path, folder / "out")
    assert everything(done) == everything(gather(made.path, folder / "fresh"))
    assert not gather(made.path, folder / "out").changed
    kinds = (getattr(done, one.name) for one in fields(done))
    tables = {part.path for kind in kinds if isinstance(kind, tuple) for part in kind}
    left = set((folder / "out/tables").rglob("*.parquet")) - tables
    assert not left
    assert not [path for path in tables if path.name.endswith(".part")]


def test_half_written_files_are_never_taken_for_tables(tmp_path):
    made = repository(tmp_path / "r")
    grown(made, None, 5)
    wanted = everything(gather(made.path, tmp_path / "fresh"))
    for part in gather(made.path, tmp_path / "out").files:
        half = part.path.read_bytes()[:100]
        (part.path.parent / f".{part.path.name}.1-ab.part").write_bytes(half)
        (part.path.parent / f"{part.path.name.split('-')[0]}.parquet").write_bytes(half)
        part.path.unlink()
    (tmp_path / "out/tables/work/r/state.json").unlink()
    assert everything(gather(made.path, tmp_path / "out")) == wanted
