"""Attacks on whoever reads a repository. Each is shown to work on plain git, or to be as built."""

import subprocess
from pathlib import Path

import pytest
from collecting import by_path, contains, gather
from hostility import PERSON, head, refused

from simulators.repositories import (
    Repository,
    filled,
    program,
    repository,
)

SIGNATURE = (
    "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ==\n -----END SSH SIGNATURE-----\n"
)


def armed(path: Path, marker: Path) -> Repository:
    """A repository whose configuration, hooks and attributes all run a program."""
    made = repository(path)
    files = {b".gitattributes": b"* diff=evil filter=evil\n", b"a.txt": b"one\n"}
    first = made.commit(files)
    signed = f"author {PERSON}\ncommitter {PERSON}\n{SIGNATURE}\nsigned\n".encode()
    made.point(
        made.raw_commit(made.tree({**files, b"a.txt": b"two\n"}), signed, parents=[first]),
    )
    made.git("reset", "-q", "--hard")
    run = program(path / "run.sh", marker)
    hooks = path / "hooks"
    for folder in (hooks, made.directory / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman",
                     "post-index-change", "proc-receive", "update", "post-update"):  # fmt: skip
            program(folder / hook, marker)
    (path / "allowed").write_text("ada@corp.example ssh-ed25519 AAAA\n")
    settings = {
        "core.fsmonitor": run, "core.hooksPath": hooks, "core.pager": run, "core.sshCommand": run,
        "core.editor": run, "core.askPass": run, "core.alternateRefsCommand": run,
        "diff.evil.textconv": run, "diff.evil.command": run, "diff.external": run,
        "filter.evil.smudge": run, "filter.evil.clean": run, "filter.evil.process": run,
        "gpg.ssh.program": run, "gpg.program": run, "log.showSignature": "true",
        "gpg.ssh.allowedSignersFile": path / "allowed", "uploadpack.packObjectsHook": run,
        "alias.log": f"!{run}", "alias.seen": f"!{run}", "credential.helper": run,
        "pager.log": run, "pager.blame": run, "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{run}", "remote.origin.uploadpack": run,
        "core.worktree": "/", "include.path": path / "more", "extensions.partialClone": "origin",
    }  # fmt: skip
    for name, value in settings.items():
        made.git("config", name, str(value))
    (path / "more").write_text(f"[core]\n\tfsmonitor = {run}\n")
    (made.directory / "info").mkdir(exist_ok=True)
    (made.directory / "info/attributes").write_text("* diff=evil filter=evil\n")
    return made


@pytest.mark.parametrize(
    "ordinary", [["log", "-1"], ["blame", "a.txt"], ["log", "-p"], ["seen"], ["status"]]
)
def test_the_armed_repository_does_execute_under_plain_git(tmp_path, ordinary):
    marker = tmp_path / "marker"
    made = armed(tmp_path / "r", marker)
    made.git("config", "--unset", "core.worktree")
    marker.unlink(missing_ok=True)
    subprocess.run(
        ["git", *ordinary],
        cwd=made.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert marker.exists()


def test_collecting_the_armed_repository_executes_nothing_and_changes_nothing(tmp_path):
    marker = tmp_path / "marker"
    made = armed(tmp_path / "r", marker)
    marker.unlink(missing_ok=True)
    before = {
        file: (file.stat().st_mtime_ns, file.read_bytes())
        for file in made.path.rglob("*")
        if file.is_file()
    }
    done = gather(made.path, tmp_path / "out")
    assert not marker.exists()
    assert by_path(done)["a.txt"]["text"] == "two\n"
    assert by_path(done)["a.txt"]["skip"] is None
    assert before == {
        file: (file.stat().st_mtime_ns, file.read_bytes())
        for file in made.path.rglob("*")
        if file.is_file()
    }
    settings = (tmp_path / "out/mirrors/r.git/config").read_text()
    assert "run.sh" not in settings
    assert not (tmp_path / "out/mirrors/r.git/hooks").exists()


def test_a_machine_configuration_does_not_reach_git(tmp_path, monkeypatch):
    marker = tmp_path / "marker"
    run = program(tmp_path / "run.sh", marker)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text(
        f"[core]\n\tfsmonitor = {run}\n[alias]\n\tlog = !{run}\n[diff]\n\texternal = {run}\n"
    )
    made = filled(tmp_path / "r")
    for name, value in {
        "HOME": tmp_path / "home", "GIT_DIR": tmp_path / "nowhere", "GIT_EXTERNAL_DIFF": run,
        "GIT_CONFIG_GLOBAL": tmp_path / "home/.gitconfig", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/x",
        "GIT_PAGER": run, "GIT_SSH_COMMAND": run, "GIT_TRACE": tmp_path / "trace",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "diff.external", "GIT_CONFIG_VALUE_0": run,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"a.txt"}
    assert not marker.exists()
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("name", ["alternates", "http-alternates"])
def test_objects_of_another_repository_are_never_read(tmp_path, name):
    other = filled(tmp_path / "other", {b"secret": b"TOPSECRET\n"})
    made = repository(tmp_path / "r")
    made.point(head(other))
    (made.directory / "objects/info").mkdir(exist_ok=True)
    (made.directory / "objects/info" / name).write_text(f"{other.directory}/objects\n")
    if name == "alternates":
        assert b"TOPSECRET" in made.git("show", "main:secret")
    assert "self-contained" in refused(made.path, tmp_path / "out", "borrows objects").advice
    assert not (tmp_path / "out/mirrors/r.git").exists()
    assert not contains(tmp_path / "out", b"TOPSECRET") if (tmp_path / "out").exists() else True


@pytest.mark.parametrize("name", ["commondir", "gitdir"])
def test_pointers_to_another_git_folder_are_refused(tmp_path, name):
    other = filled(tmp_path / "other")
    made = filled(tmp_path / "r")
    (made.directory / name).write_text(f"{other.directory}\n")
    refused(made.path, tmp_path / "out", "borrows from another repository")


LINKED = [".", "objects", "refs", "refs/heads", "HEAD", "packed-refs", "objects/pack",
          "objects/info", "refs/heads/main"]  # fmt: skip


@pytest.mark.parametrize("name", LINKED)
def test_symbolic_links_inside_are_refused(tmp_path, name):
    other = filled(tmp_path / "other", {b"secret": b"TOPSECRET\n"})
    other.git("pack-refs", "--all", "--no-prune")
    made = filled(tmp_path / "r")
    made.git("pack-refs", "--all", "--no-prune")
    (made.directory / "objects/pack").mkdir(exist_ok=True)
    target = made.path / ".git" if name == "." else made.directory / name
    target.rename(tmp_path / "aside")
    target.symlink_to(other.directory if name == "." else other.directory / name)
    refused(made.path, tmp_path / "out", "symbolic link")
