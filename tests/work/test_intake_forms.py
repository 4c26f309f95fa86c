"""Worktrees, submodules and partial clones: read where the other side points back, else refused."""

import shutil
from pathlib import Path

import pytest
from collecting import by_path, contains, gather, rows

from byline.errors import HostileInputError, InputError
from byline.work.git.collect import Collected
from simulators.repositories import Repository, filled, git, repository


def linked(path: Path, *, hashing: str = "sha1") -> tuple[Repository, Path]:
    """A repository on main, and a linked worktree of it on a branch with one commit more."""
    made = repository(path / "r", hashing=hashing)
    made.point(made.commit({b"a.txt": b"one\n"}))
    first = made.git("rev-parse", "main").decode().strip()
    made.git("worktree", "add", "-q", "-b", "side", str(path / "linked"))
    made.point(made.commit({b"b.txt": b"two\n"}, parents=[first]), name="refs/heads/side")
    return made, path / "linked"


@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_a_linked_worktree_is_read_at_its_own_head(tmp_path, hashing):
    made, worktree = linked(tmp_path, hashing=hashing)
    assert set(by_path(gather(worktree, tmp_path / "1"))) == {"b.txt"}
    assert set(by_path(gather(made.path, tmp_path / "2"))) == {"a.txt"}
    assert set(by_path(gather(worktree, tmp_path / "3", revision="main"))) == {"a.txt"}
    git(worktree, "checkout", "-q", "--detach", "main")
    assert set(by_path(gather(worktree, tmp_path / "4"))) == {"a.txt"}


def test_a_worktree_that_the_repository_does_not_know_is_refused(tmp_path):
    made, worktree = linked(tmp_path)
    shutil.copytree(worktree, tmp_path / "copy")
    with pytest.raises(HostileInputError, match="does not say so") as caught:
        gather(tmp_path / "copy", tmp_path / "out")
    assert "worktree repair" in caught.value.advice
    (tmp_path / "thief").mkdir()
    for target in (made.directory, made.directory / "worktrees", tmp_path, "/", "../r/.git"):
        (tmp_path / "thief/.git").write_text(f"gitdir: {target}\n")
        with pytest.raises(HostileInputError):
            gather(tmp_path / "thief", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["", "gitdir:", "gitdir: \n", "gitdir: a\0b", "hello", "gitdir: " + "x" * 70_000]
)
def test_a_pointer_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "r").mkdir()
    (tmp_path / "r/.git").write_text(text)
    with pytest.raises(HostileInputError):
        gather(tmp_path / "r", tmp_path / "out")


def test_a_link_on_the_way_to_the_repository_is_refused(tmp_path):
    made, worktree = linked(tmp_path)
    (tmp_path / "alias").symlink_to(made.path)
    (worktree / ".git").write_text(f"gitdir: {tmp_path}/alias/.git/worktrees/linked\n")
    with pytest.raises(HostileInputError, match="reached by a link"):
        gather(worktree, tmp_path / "out")
    own = made.directory / "worktrees/linked"
    own.rename(tmp_path / "aside")
    own.symlink_to(tmp_path / "aside")
    (worktree / ".git").write_text(f"gitdir: {own}\n")
    with pytest.raises(HostileInputError, match="reached by a link"):
        gather(worktree, tmp_path / "out")


def test_a_worktree_of_a_repository_that_borrows_is_refused(tmp_path):
    made, worktree = linked(tmp_path)
    (made.directory / "objects/info").mkdir(exist_ok=True)
    (made.directory / "objects/info/alternates").write_text("/elsewhere\n")
    with pytest.raises(HostileInputError, match="borrows objects"):
        gather(worktree, tmp_path / "out")


def with_submodule(path: Path) -> Path:
    inner = filled(path / "inner", {b"in.txt": b"inner\n"})
    outer = filled(path / "outer")
    outer.git("reset", "-q", "--hard")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path),
              "deep/module")  # fmt: skip
    return outer.path / "deep/module"


def test_a_submodule_is_read_where_it_lies_and_nowhere_else(tmp_path):
    module = with_submodule(tmp_path)
    assert (module / ".git").is_file()
    assert set(by_path(gather(module, tmp_path / "1"))) == {"in.txt"}
    (tmp_path / "thief").mkdir()
    target = tmp_path / "outer/.git/modules/deep/module"
    (tmp_path / "thief/.git").write_text(f"gitdir: {target}\n")
    with pytest.raises(HostileInputError, match="not a submodule"):
        gather(tmp_path / "thief", tmp_path / "out")
    (tmp_path / "outer/thief").mkdir()
    (tmp_path / "outer/thief/.git").write_text(f"gitdir: {target}\n")
    with pytest.raises(HostileInputError, match="does not point back"):
        gather(tmp_path / "outer/thief", tmp_path / "out")


def partial(path: Path, *, kind: str = "blob:none", hashing: str = "sha1") -> Path:
    """A bare partial clone of three commits over two files and a folder."""
    made = repository(path / "full", hashing=hashing)
    tip = None
    for number in range(3):
        files = {b"a.txt": b"a%d\n" % number, b"d/b.txt": b"b\n", b".gitmodules": b"[x]\n",
                 b".gitattributes": b"* text\n"}  # fmt: skip
        tip = made.commit(files, parents=[tip] if tip else [])
    made.point(tip)
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    git(path, "clone", "-q", "--bare", f"--filter={kind}", f"file://{made.path}", "partial")
    return path / "partial"


@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_a_partial_clone_is_read_without_what_it_lacks_and_fetches_nothing(tmp_path, hashing):
    clone = partial(tmp_path, hashing=hashing)
    have = git(clone, "rev-parse", "HEAD:d/b.txt").decode().strip()
    git(clone, "fetch", "-q", "origin", have)
    before = sorted(clone.rglob("*"))
    done = gather(clone, tmp_path / "out")
    assert sorted(clone.rglob("*")) == before
    found = {path: (row["text"], row["skip"]) for path, row in by_path(done).items()}
    assert found["a.txt"] == (None, "missing_object")
    assert found["d/b.txt"] == ("b\n", None)
    assert len(rows(done, "commits", "commit")) == 3
    assert {row["skip"] for row in rows(done, "edits", "item")} == {"missing_object"}
    assert {row["message"] for row in rows(done, "quarantine", "oid")} == {
        "gitmodulesMissing", "gitattributesMissing",
    }  # fmt: skip
    assert not gather(clone, tmp_path / "out").changed


def test_a_partial_clone_without_its_trees_is_refused_with_the_fix(tmp_path):
    clone = partial(tmp_path, kind="tree:0")
    with pytest.raises(InputError, match="missing or damaged") as caught:
        gather(clone, tmp_path / "out")
    assert "--filter=blob:none" in caught.value.advice
    assert not (tmp_path / "out/tables").exists()


def test_a_partial_clone_grows(tmp_path):
    clone = partial(tmp_path)
    first = gather(clone, tmp_path / "out")
    made = Repository(tmp_path / "full", tmp_path / "full/.git")
    made.point(made.commit({b"new.txt": b"new\n"}, parents=[first.commit]))
    git(clone, "fetch", "-q", "origin", "+main:main")
    done = gather(clone, tmp_path / "out")
    assert set(by_path(done)) == {"new.txt"}
    assert len(rows(done, "commits", "commit")) == 4


def test_what_a_partial_clone_gets_later_is_read(tmp_path):
    clone = partial(tmp_path)
    assert {row["skip"] for row in by_path(gather(clone, tmp_path / "out")).values()} == {
        "missing_object"
    }
    blobs = {
        git(clone, "rev-parse", f"HEAD~{number}:{path}").decode().strip()
        for number in range(3)
        for path in ("a.txt", "d/b.txt", ".gitmodules", ".gitattributes")
    }
    git(clone, "fetch", "-q", "origin", *sorted(blobs))
    done = gather(clone, tmp_path / "out")
    assert {row["skip"] for row in by_path(done).values()} == {None}
    assert {row["skip"] for row in rows(done, "edits", "item")} == {None}
    assert "gitmodulesMissing" not in {row["message"] for row in rows(done, "quarantine", "oid")}
    full = gather(tmp_path / "full", tmp_path / "fresh")
    for kind in ("files", "edits"):
        assert rows(done, kind, "item") == rows(full, kind, "item")
    assert not gather(clone, tmp_path / "out").changed


def test_a_partial_clone_without_old_contents_says_so_of_what_it_cannot_follow(tmp_path):
    clone = partial(tmp_path)
    git(clone, "fetch", "-q", "origin", git(clone, "rev-parse", "HEAD:a.txt").decode().strip())
    found = by_path(gather(clone, tmp_path / "out"))
    assert (found["a.txt"]["text"], found["a.txt"]["skip"]) == (None, "authorship_failed")


def test_a_partial_clone_does_not_hide_a_malformed_commit(tmp_path):
    made = filled(tmp_path / "full")
    first = made.git("rev-parse", "main").decode().strip()
    person = "Ada <ada@x> 1700000000 +0000"
    header = f"author {person}\nauthor {person}\ncommitter {person}\n\nx\n".encode()
    made.point(made.raw_commit(made.tree({b"a.txt": b"x\n"}), header, parents=[first]))
    made.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{made.path}", "partial")
    done = gather(tmp_path / "partial", tmp_path / "out")
    assert "multipleAuthors" in {row["message"] for row in rows(done, "quarantine", "oid")}
    assert None in marks(done)
    assert "multipleAuthors" in marks(done)


def marks(done: Collected) -> set[str | None]:
    return {row["quarantine"] for row in rows(done, "commits", "commit")}


def test_what_another_repository_holds_stays_there(tmp_path):
    secret = filled(tmp_path / "secret", {b"s": b"TOPSECRET\n"})
    (tmp_path / "thief").mkdir()
    (tmp_path / "thief/.git").write_text(f"gitdir: {secret.directory}\n")
    with pytest.raises(HostileInputError):
        gather(tmp_path / "thief", tmp_path / "out")
    assert not (tmp_path / "out").exists() or not contains(tmp_path / "out", b"TOPSECRET")
