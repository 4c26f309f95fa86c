"""Repositories that are incomplete, unusual or not there: each is read, or refused in words."""

import os
from pathlib import Path

import pytest
from collecting import by_path, gather, rows

from byline.engine.executor import LocalExecutor
from byline.errors import HostileInputError, InputError, IntegrityError
from byline.work.git.collect import Limits
from byline.work.git.command import GitError
from byline.work.git.objects import ObjectReader
from byline.work.identifiers import line_list
from simulators.repositories import (
    EXECUTABLE,
    LINK,
    MODULE,
    Entry,
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


def test_linked_worktrees_and_submodules_are_refused_with_the_way_to_the_main_one(tmp_path):
    made = filled(tmp_path / "r")
    made.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert "git-common-dir" in refused(tmp_path / "linked", tmp_path / "out", "worktree").advice
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / ".git").write_text(f"gitdir: {made.directory}\n")
    refused(tmp_path / "module", tmp_path / "out", "submodule")


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


SKIPPED = {
    b"link": (Entry(LINK, b"/etc/passwd"), "symlink"),
    b"module": (Entry(MODULE, oid="1" * 40), "submodule"),
    b"bin": (b"a\0b", "binary"),
    b"late": (b"a" * 9000 + b"\0", "binary"),
    b"latin": ("é\n".encode("latin-1"), "not_utf8"),
    b"big": (b"x" * 10_001, "too_large"),
    b"odd\xff": (b"text\n", "path_not_utf8"),
}


def test_what_has_no_text_is_kept_with_its_reason(tmp_path):
    files = {path: content for path, (content, _) in SKIPPED.items()}
    made = filled(tmp_path / "r", {**files, b"ok": b"fine\n"})
    limits = Limits(max_file_bytes=10_000, max_paths=100, max_commit_edits=10)
    found = by_path(gather(made.path, tmp_path / "out", limits=limits))
    reasons = {path.decode("utf-8", "backslashreplace"): why for path, (_, why) in SKIPPED.items()}
    assert {path: row["skip"] for path, row in found.items()} == {**reasons, "ok": None}
    assert all(
        (row["text"], row["lines"], row["origins"]) == (None, 0, [])
        for path, row in found.items()
        if path != "ok"
    )
    assert found["big"]["size"] == 10_001


def test_paths_with_one_display_form_stay_two_items_and_edits_of_them_are_skipped(tmp_path):
    twins = {b"a\xff": b"same\n", b"a\\xff": b"same\n"}
    made = filled(tmp_path / "r", twins)
    first = made.git("rev-parse", "main").decode().strip()
    second = made.commit({b"a\xff": b"new\n", b"a\\xff": b"other\n"}, parents=[first])
    made.point(second)
    done = gather(made.path, tmp_path / "out")
    files = rows(done, "files", "oid")
    assert sorted((row["path"], row["skip"]) for row in files if row["skip"]) == [
        ("a\\xff", "path_not_utf8")
    ]
    assert [row["text"] for row in files if not row["skip"]] == ["other\n"]
    edits = rows(done, "edits", "item")
    assert sorted((row["skip"] or "", row["after"]) for row in edits) == [
        ("", "other\n"),
        ("path_not_utf8", None),
    ]
    assert len({row["item"] for row in edits}) == 2


def test_an_edit_of_a_path_that_is_not_utf8_has_no_text(tmp_path):
    made = filled(tmp_path / "r", {b"a\xff": b""})
    first = made.git("rev-parse", "main").decode().strip()
    made.point(made.commit({b"a\xff": b"new\n"}, parents=[first]))
    (edit,) = rows(gather(made.path, tmp_path / "out"), "edits", "item")
    assert (edit["skip"], edit["before"], edit["after"]) == ("path_not_utf8", None, None)


TEXTS = {
    b"crlf": "one\r\ntwo\r\n",
    b"mixed": "one\r\ntwo\nthree\rfour\n",
    b"open": "one\ntwo",
    b"empty": "",
    b"newline": "\n",
    b"breaks": "a\u2028b\x0cc\x85d\n",
    b"bom": "\ufeffx\n",
}


def test_texts_are_kept_to_the_byte_and_lines_are_as_git_counts_them(tmp_path):
    made = filled(tmp_path / "r", {path: text.encode() for path, text in TEXTS.items()})
    found = by_path(gather(made.path, tmp_path / "out"))
    for path, text in TEXTS.items():
        row = found[path.decode()]
        assert (row["text"], row["skip"]) == (text, None)
        assert row["lines"] == text.count("\n") + bool(text and text[-1] != "\n")
        assert sum(origin["lines"] for origin in row["origins"]) == row["lines"]
        assert "".join(line_list(text)) == text


NAMES = [
    '"quoted"', "it's", "new\nline", "tab\there", "-dash", "--", ":(glob)*", ":!x", "*", "[a]", " ",
    "a b", "$(touch pwned)", "`id`", ";rm", "é/ü", "\u202eevil", "\x1b[31mred", "\\", "a\\xffb", "~",
    "HEAD", "@", "d/-x", "\x01start", ".gitattributes", "nul",
]  # fmt: skip


def test_any_path_is_only_a_name(tmp_path):
    first = {name.encode(): f"{number}\n".encode() for number, name in enumerate(NAMES)}
    made = filled(tmp_path / "r", first)
    base = made.git("rev-parse", "main").decode().strip()
    head = base
    for name in NAMES[:5]:
        first[name.encode()] += b"more\n"
        head = made.commit(first, parents=[head])
    made.point(head)
    done = gather(made.path, tmp_path / "out")
    found = by_path(done)
    assert set(found) == set(NAMES)
    assert all(row["skip"] is None and row["origins"] for row in found.values())
    assert all(row["text"] == first[path.encode()].decode() for path, row in found.items())
    edits = rows(done, "edits", "item")
    assert {row["path"] for row in edits} == set(NAMES[:5])
    assert all(row["skip"] is None and len(row["after_origins"]) == 1 for row in edits)
    assert not list(tmp_path.rglob("pwned"))


def test_executables_are_files_and_a_mode_change_alone_is_seen(tmp_path):
    made = filled(tmp_path / "r", {b"run": b"target"})
    first = made.git("rev-parse", "main").decode().strip()
    gather(made.path, tmp_path / "out")
    second = made.commit({b"run": Entry(EXECUTABLE, b"target")}, parents=[first])
    made.point(second)
    assert by_path(gather(made.path, tmp_path / "out"))["run"]["text"] == "target"
    made.point(made.commit({b"run": Entry(LINK, b"target")}, parents=[second]))
    assert by_path(gather(made.path, tmp_path / "out"))["run"]["skip"] == "symlink"


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


def test_a_partial_clone_is_refused_and_fetches_nothing(tmp_path):
    made = filled(tmp_path / "r")
    made.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{made.path}", "partial")
    before = sorted((tmp_path / "partial").rglob("*"))
    assert "clone in full" in refused(tmp_path / "partial", tmp_path / "out", "missing").advice
    assert sorted((tmp_path / "partial").rglob("*")) == before


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
    os.unlink(tmp_path / "out/tables/work/r/state.json")
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
        pytest.raises(GitError, match="git log failed in r.git .status 128.: fatal: bad thing"),
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
