"""Trees and refs that lead astray, and objects built to exhaust whoever reads them."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from collecting import by_path, gather, rows
from hostility import HEADER, evil_trees, head, refused

from byline.errors import BylineError, HostileInputError, InputError
from byline.work.git.collect import Limits
from byline.work.git.mirror import mirror
from simulators.repositories import (
    TREE,
    bomb,
    filled,
)


def test_trees_that_escape_or_confuse_are_quarantined_or_refused(tmp_path):
    made = filled(tmp_path / "r")
    first = head(made)
    for number, (check, tree) in enumerate(evil_trees(made).items()):
        made.point(made.raw_commit(tree, HEADER, parents=[first]))
        into, name = tmp_path / f"out{number}", check.rstrip(" :")
        if name == "malformed":
            refused(made.path, into, "badTree")
            continue
        done = gather(made.path, into)
        assert name in {row["message"] for row in rows(done, "quarantine", "oid")}
        read = {path for path, row in by_path(done).items() if row["text"] is not None}
        assert read <= ({".gitmodules"} if name.startswith("gitmodules") else set())
    assert not list(tmp_path.rglob("evil"))


def test_an_evil_tree_deep_in_history_is_quarantined_and_the_present_collected(tmp_path):
    made = filled(tmp_path / "r")
    tree = evil_trees(made)["hasDotdot"]
    evil = made.raw_commit(tree, HEADER, parents=[head(made)])
    made.point(made.commit({b"a.txt": b"clean\n"}, parents=[evil]))
    done = gather(made.path, tmp_path / "out")
    assert [(row["oid"], row["message"]) for row in rows(done, "quarantine", "oid")] == [
        (tree, "hasDotdot")
    ]
    assert by_path(done)["a.txt"]["text"] == "clean\n"


def test_ref_names_are_data(tmp_path):
    made = filled(tmp_path / "r")
    oid = head(made)
    names = [
        "refs/heads/$(touch${IFS}pwned)", "refs/heads/;touch${IFS}pwned", "refs/heads/-x", "refs/heads/--upload-pack=x",
        "refs/heads/`touch${IFS}pwned`", "refs/heads/\u202eevil", "refs/tags/|sh",
    ]  # fmt: skip
    bad = [
        "refs/heads/../../escape", "refs/heads/./dot", "refs/heads/.hidden", "refs/heads/a..b",
        "refs/heads/x.lock", "refs/heads/end.", "refs/heads/a//b", "refs/heads/slash/", "HEAD",
        "refs/replace/" + "1" * 40, "refs/heads/@{0}",
    ]  # fmt: skip
    lines = "".join(f"{oid} {name}\n" for name in [*names, *bad])
    (made.directory / "packed-refs").write_text("# pack-refs with: peeled \n" + lines)
    (made.directory / "refs/heads/line\n").write_text(f"{oid}\n")
    for number, name in enumerate(["HEAD", *names]):
        short = name.removeprefix("refs/heads/")
        revision = name if name.startswith("refs/tags") else short
        assert gather(made.path, tmp_path / f"{number}", revision=revision).commit == oid
    for number, name in enumerate(bad):
        if name != "HEAD":
            with pytest.raises(InputError, match="has no revision"):
                gather(made.path, tmp_path / f"bad{number}", revision=name)
    assert not list(tmp_path.rglob("pwned"))


def test_a_head_that_is_not_a_ref_is_refused(tmp_path):
    made = filled(tmp_path / "r")
    made.point(head(made), name="refs/heads/second")
    for text in ("ref: ../../etc/passwd", "ref: refs/heads/$(id)", "garbage", ""):
        (made.directory / "HEAD").write_text(text)
        with pytest.raises(InputError, match="HEAD points at"):
            gather(made.path, tmp_path / "out")


def test_a_tree_bomb_is_refused_without_expanding_it(tmp_path):
    made = filled(tmp_path / "r")
    made.point(made.raw_commit(bomb(made), HEADER, parents=[head(made)]))
    assert "max_paths" in refused(made.path, tmp_path / "out", "100,000,000,000 paths").advice


def test_a_tree_bomb_only_in_an_old_commit_is_refused(tmp_path):
    made = filled(tmp_path / "r")
    old = made.raw_commit(bomb(made), HEADER, parents=[head(made)])
    made.point(made.commit({b"a.txt": b"clean\n"}, parents=[old]))
    refused(made.path, tmp_path / "out", "100,000,000,000 paths")


def test_a_tree_bomb_in_a_new_commit_or_a_side_branch_is_refused(tmp_path):
    made = filled(tmp_path / "r")
    first = head(made)
    good = gather(made.path, tmp_path / "out")
    side = made.raw_commit(bomb(made), HEADER, parents=[first])
    clean = made.commit({b"a.txt": b"x\n"}, parents=[first])
    made.point(made.commit({b"a.txt": b"x\n"}, parents=[clean, side]))
    with pytest.raises(HostileInputError, match="100,000,000,000 paths"):
        gather(made.path, tmp_path / "out")
    made.point(clean)
    again = gather(made.path, tmp_path / "out")
    assert again.commit == clean != good.commit


def test_a_large_but_honest_commit_is_read_and_the_limit_is_exact(tmp_path):
    files = {b"d%d/f%d" % (number % 7, number): b"x\n" for number in range(600)}
    made = filled(tmp_path / "r", files)
    few = Limits(max_file_bytes=0, max_paths=599, max_commit_edits=0)
    refused(made.path, tmp_path / "few", "600 paths; the limit is 599", limits=few)
    enough = Limits(max_file_bytes=0, max_paths=600, max_commit_edits=0)
    found = by_path(gather(made.path, tmp_path / "enough", limits=enough))
    assert len(found) == 600
    assert {row["skip"] for row in found.values()} == {"too_large"}


def test_a_tree_nested_too_deep_is_refused(tmp_path):
    made = filled(tmp_path / "r")
    tree = made.tree({b"x": b"y\n"})
    for _ in range(600):
        tree = made.raw_tree([(TREE, b"d", tree)])
    made.point(made.raw_commit(tree, HEADER, parents=[head(made)]))
    with pytest.raises(HostileInputError, match="nests more than 512"):
        gather(made.path, tmp_path / "out")


MEASURED = """
import resource, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from collecting import by_path, gather
from byline.errors import HostileInputError
limit = 1 << 30
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    found = by_path(gather(Path(sys.argv[1]), Path(sys.argv[2])))
    print({path: (row["skip"], row["size"]) for path, row in found.items()})
except HostileInputError as error:
    print("refused", error)
status = Path("/proc/self/status").read_text()  # ru_maxrss of a new process counts its parent too
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def measured(path: Path, into: Path) -> tuple[str, int]:
    """What collecting in a process of its own says, and the most memory (MiB) that it took."""
    folders = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path), str(into), *folders],
        capture_output=True,
        text=True,
        check=True,
    )
    said, *peaks = done.stdout.splitlines()
    return said, max(int(peak) for peak in peaks)


ZEROS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from simulators.repositories import filled
filled(Path(sys.argv[1]), {b"a": b"x\\n", b"zeros": bytes(200 << 20)})
"""
LINUX = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory is measured in /proc"
)


@LINUX
def test_a_huge_blob_is_skipped_and_never_held_in_memory(tmp_path):
    folder = str(Path(__file__).parent.parent)
    subprocess.run([sys.executable, "-c", ZEROS, str(tmp_path / "r"), folder], check=True)
    said, peak = measured(tmp_path / "r", tmp_path / "out")
    assert "'zeros': ('too_large', 209715200)" in said
    assert "'a': (None, 2)" in said
    assert peak < 190  # MiB: less than the blob


@LINUX
def test_a_tree_bomb_takes_little_memory(tmp_path):
    made = filled(tmp_path / "r")
    made.point(made.raw_commit(bomb(made), HEADER, parents=[head(made)]))
    said, peak = measured(made.path, tmp_path / "out")
    assert said.startswith("refused")
    assert peak < 256


def test_the_mirror_itself_is_checked_before_anything_reads_it(tmp_path):
    made = filled(tmp_path / "r")
    evil = made.raw_commit(evil_trees(made)["malformed: "], HEADER, parents=[head(made)])
    made.point(evil)
    with pytest.raises(BylineError):
        mirror(made.path, into=tmp_path / "m.git")
    assert not (tmp_path / "m.git").exists()
    assert not list(tmp_path.glob(".intake-*"))
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 1 << 30
