"""Repositories that are incomplete, unusual or not there: each is read, or refused in words."""

import os
from pathlib import Path

import pytest
from collecting import by_path, gather, rows

from byline.engine.executor import LocalExecutor
from byline.errors import HostileInputError, InputError, IntegrityError
from byline.work.git.command import GitError
from byline.work.git.objects import ObjectReader
from simulators.repositories import (
    Repository,
    filled,
    git,
    repository,
)


def refused(path: Path, into: Path, words: str, *, revision: str = "HEAD") -> InputError:
    with pytest.raises(InputError, match=words) as caught:
        gather(path, into, revision=revision)
    assert not (into / "tables").exists()
    return caught.value


def test_what_is_no_repository_is_refused_in_words(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    out = tmp_path / "out"
    assert "not a git repository" in str(refused(tmp_path / "folder", out, "not a git repository"))
    assert refused(tmp_path / "missing", out, "does not exist").advice
    assert refused(tmp_path / "file", out, "is not a folder").advice


def test_a_repository_with_no_commit_is_refused(tmp_path):
    assert refused(repository(tmp_path / "r").path, tmp_path / "out", "has no commits").advice


def test_an_unborn_head_takes_the_only_branch_and_asks_when_there_are_two(tmp_path):
    made = repository(tmp_path / "r")
    made.point(made.commit({b"a": b"x\n"}), name="refs/heads/other")
    assert set(by_path(gather(made.path, tmp_path / "one"))) == {"a"}
    made.point(made.commit({b"b": b"y\n"}), name="refs/heads/second")
    assert "revision" in refused(made.path, tmp_path / "two", "HEAD points at").advice
    assert set(by_path(gather(made.path, tmp_path / "two", revision="second"))) == {"b"}


def test_a_shallow_clone_is_refused_because_its_authorship_is_cut_off(tmp_path):
    made = filled(tmp_path / "r")
    first = made.git("rev-parse", "main").decode().strip()
    made.point(made.commit({b"a": b"x\n"}, parents=[first]))
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{made.path}", "shallow")
    assert "unshallow" in refused(tmp_path / "shallow", tmp_path / "out", "shallow clone").advice


def test_bare_detached_and_packed_repositories_are_read(tmp_path):
    bare = repository(tmp_path / "bare", bare=True)
    bare.point(bare.commit({b"a": b"x\n"}))
    assert set(by_path(gather(bare.path, tmp_path / "1"))) == {"a"}
    made = filled(tmp_path / "r")
    made.git("gc", "-q")
    made.git("pack-refs", "--all")
    assert not (made.directory / "refs/heads/main").exists()
    assert set(by_path(gather(made.path, tmp_path / "2"))) == {"a.txt"}
    made.git("checkout", "-q", "--detach")
    assert set(by_path(gather(made.path, tmp_path / "3"))) == {"a.txt"}


def tagged(path: Path) -> tuple[Repository, str, str]:
    made = filled(path)
    first = made.git("rev-parse", "main").decode().strip()
    made.git("tag", "light", first)
    made.git("tag", "-a", "heavy", "-m", "release", first)
    made.point(made.commit({b"later": b"x\n"}, parents=[first]))
    return made, first, made.git("rev-parse", "main").decode().strip()


def test_a_revision_is_a_branch_a_tag_an_annotated_tag_or_an_id(tmp_path):
    made, first, last = tagged(tmp_path / "r")
    wanted = {
        "HEAD": last, "main": last, "refs/heads/main": last, "light": first, "heavy": first,
        first: first, first[:8]: first, last[:12]: last,
    }  # fmt: skip
    found = {name: gather(made.path, tmp_path / "out", revision=name).commit for name in wanted}
    assert found == wanted


@pytest.mark.parametrize(
    "name", ["nothere", "-x", "--exec=touch x", "HEAD~1", "a..b", "", "deadbeef"]
)
def test_a_revision_that_is_not_there_is_refused(tmp_path, name):
    made, _, _ = tagged(tmp_path / "r")
    assert refused(made.path, tmp_path / "out", "revision|names no readable", revision=name).advice


def test_a_sha256_repository_is_read_without_swhids(tmp_path):
    made = repository(tmp_path / "r", hashing="sha256")
    made.point(made.commit({b"a": b"x\ny\n", b"d/b": b"z\n"}))
    done = gather(made.path, tmp_path / "out")
    assert len(done.commit) == 64
    assert [(row["path"], row["swhid"], row["lines"]) for row in rows(done, "files", "path")] == [
        ("a", "", 2),
        ("d/b", "", 1),
    ]
    assert {o["commit"] for row in rows(done, "files", "path") for o in row["origins"]} == {
        done.commit
    }


def test_a_missing_object_is_named_and_nothing_is_half_written(tmp_path):
    made = filled(tmp_path / "r", {b"a": b"x\n", b"b": b"y\n"})
    blob = made.git("rev-parse", "main:a").decode().strip()
    made.loose(blob).unlink()
    assert "git fsck" in refused(made.path, tmp_path / "out", "missing or damaged").advice
    made.object("blob", b"x\n")
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"a", "b"}


def test_a_missing_commit_and_a_damaged_object_are_refused(tmp_path):
    made = filled(tmp_path / "r")
    made.point("0123456789" * 4, name="refs/heads/gone")
    refused(made.path, tmp_path / "out", "no readable commit", revision="gone")
    tree = made.git("rev-parse", "main^{tree}").decode().strip()
    made.loose(tree).chmod(0o644)
    made.loose(tree).write_bytes(b"not zlib")
    refused(made.path, tmp_path / "out", "missing or damaged|cannot be copied")


def test_a_damaged_pack_matters_only_where_its_objects_are_needed(tmp_path):
    made = filled(tmp_path / "r", {b"a": bytes(range(256)) * 40})
    made.git("gc", "-q")
    [needed] = (made.directory / "objects/pack").glob("*.pack")
    stray = made.object("blob", b"stray\n" * 1000)
    name = made.git("pack-objects", str(made.directory / "objects/pack/pack"),
                    stdin=f"{stray}\n".encode()).decode().strip()  # fmt: skip
    made.loose(stray).unlink()
    flip(made.directory / f"objects/pack/pack-{name}.pack")
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"a"}
    flip(needed)
    error = refused(made.path, tmp_path / "out2", "no readable commit|damaged")
    assert str(made.path) in str(error)


def flip(pack: Path) -> None:
    """Spoil the compressed bytes of a pack's objects."""
    data = bytearray(pack.read_bytes())
    for position in range(14, len(data) - 24):
        data[position] ^= 0x55
    pack.chmod(0o644)
    pack.write_bytes(data)


def test_a_killed_runs_locks_and_packs_do_not_stop_the_next(tmp_path):
    made = filled(tmp_path / "r")
    first = gather(made.path, tmp_path / "out")
    mirror = tmp_path / "out/mirrors/r.git"
    locks = ["refs/byline/collected.lock", "objects/info/commit-graph.lock", "packed-refs.lock"]
    for lock in [*locks, "objects/pack/tmp_pack_ab12"]:
        (mirror / lock).write_text("")
    made.point(made.commit({b"b": b"y\n"}, parents=[first.commit]))
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"b"}
    assert not (mirror / "objects/pack/tmp_pack_ab12").exists()


def test_a_mirror_without_its_graph_is_completed(tmp_path):
    made = filled(tmp_path / "r")
    gather(made.path, tmp_path / "out")
    graph = tmp_path / "out/mirrors/r.git/objects/info/commit-graph"
    graph.unlink()
    (tmp_path / "out/tables/work/r/state.json").unlink()
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"a.txt"}
    assert graph.exists()


def test_pipes_and_devices_in_a_repository_are_refused_and_not_waited_for(tmp_path):
    for number, place in enumerate(
        (
            "HEAD",
            "packed-refs",
            "objects/info/alternates",
            "objects/ab/cd",
            "refs/heads/x",
            "shallow",
        )
    ):
        made = filled(tmp_path / f"r{number}")
        target = made.directory / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        os.mkfifo(target)
        refused(made.path, tmp_path / "out", "plain file|not a git repository|shallow")


def fail_with_git_error(directory):
    raise GitError(directory, ("log",), 128, b"fatal: bad thing")


def test_an_error_of_git_in_a_worker_arrives_as_it_was(tmp_path):
    with (
        LocalExecutor(2) as executor,
        pytest.raises(GitError, match=r"git log failed in r.git .status 128.: fatal: bad thing"),
    ):
        list(executor.map(fail_with_git_error, [Path("r.git"), Path("r.git")]))


def test_an_object_that_left_the_mirror_is_an_integrity_error(tmp_path):
    made = filled(tmp_path / "r")
    with (
        ObjectReader(made.directory) as reader,
        pytest.raises(IntegrityError, match="not in the mirror"),
    ):
        reader.read("1" * 40)


def test_a_symlinked_repository_folder_is_followed_but_its_inside_is_not(tmp_path):
    made = filled(tmp_path / "r")
    (tmp_path / "alias").symlink_to(made.path)
    assert set(by_path(gather(tmp_path / "alias", tmp_path / "out"))) == {"a.txt"}
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer/.git").symlink_to(made.directory)
    with pytest.raises(HostileInputError, match="symbolic link"):
        gather(tmp_path / "outer", tmp_path / "out2")
