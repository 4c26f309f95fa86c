"""Attacks on whoever reads a repository. Each is shown to work on plain git, or to be as built."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from collecting import LIMITS, by_path, contains, gather, rows

from byline.errors import BylineError, HostileInputError, InputError
from byline.work.git.collect import Limits
from byline.work.git.mirror import mirror
from simulators.repositories import (
    FILE,
    LINK,
    MODULE,
    NOON,
    TREE,
    Entry,
    Repository,
    bomb,
    filled,
    program,
    repository,
)

PERSON = f"Ada <ada@corp.example> {NOON} +0000"
HEADER = f"author {PERSON}\ncommitter {PERSON}\n\nchange\n".encode()
SIGNATURE = (
    "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ==\n -----END SSH SIGNATURE-----\n"
)


def head(made: Repository) -> str:
    return made.git("rev-parse", "main").decode().strip()


def refused(path: Path, into: Path, words: str, *, limits: Limits = LIMITS) -> HostileInputError:
    with pytest.raises(HostileInputError, match=words) as caught:
        gather(path, into, limits=limits)
    assert not (into / "tables").exists()
    return caught.value


# Execution


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


# Reading what belongs to someone else


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


# Telling lies about authorship


def blamed(path: Path, into: Path) -> tuple[str, str]:
    """Who wrote the one line of a.txt, by the tables."""
    done = gather(path, into)
    (origin,) = by_path(done)["a.txt"]["origins"]
    commit = next(
        row for row in rows(done, "commits", "commit") if row["commit"] == origin["commit"]
    )
    return origin["commit"], commit["author_name"]


def test_replace_refs_do_not_change_who_wrote_a_line(tmp_path):
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    victim = head(made)
    forged = made.commit({b"a.txt": b"one\n"}, name="Mallory", email="mallory@corp.example")
    made.git("replace", victim, forged)
    assert b"Mallory" in made.git("log", "--format=%an")
    assert blamed(made.path, tmp_path / "out") == (victim, "Ada")


def test_grafts_do_not_change_who_wrote_a_line(tmp_path):
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    victim = head(made)
    last = made.commit({b"a.txt": b"one\n", b"b": b""}, parents=[victim], name="Mallory")
    made.point(last)
    (made.directory / "info").mkdir(exist_ok=True)
    (made.directory / "info/grafts").write_text(f"{last}\n")
    assert b"Mallory" in made.git("blame", "--root", "main", "--", "a.txt")
    assert blamed(made.path, tmp_path / "out") == (victim, "Ada")


def test_a_committed_mailmap_is_only_a_file(tmp_path):
    made = filled(
        tmp_path / "r",
        {b"a.txt": b"one\n", b".mailmap": b"Mallory <mallory@x> <ada@corp.example>\n"},
    )
    made.git("reset", "-q", "--hard")
    assert b"Mallory" in made.git("blame", "a.txt")
    assert blamed(made.path, tmp_path / "out") == (head(made), "Ada")


def with_header(path: Path, header: bytes) -> tuple[Repository, str]:
    made = filled(path)
    oid = made.raw_commit(made.tree({b"a.txt": b"x\n"}), header, parents=[head(made)])
    made.point(oid)
    return made, oid


def test_a_commit_with_two_authors_is_refused_by_name(tmp_path):
    second = b"author Bob <bob@corp.example> 1700000000 +0000\n"
    made, oid = with_header(tmp_path / "r", HEADER.replace(b"committer", second + b"committer", 1))
    assert oid in str(refused(made.path, tmp_path / "out", "multipleAuthors"))


@pytest.mark.parametrize(
    ("header", "check"),
    [
        (HEADER.replace(b"author Ada", b"author A\0da", 1), "nulInHeader"),
        (HEADER + b"Co-authored-by: A <a@x>\n\0hidden", "nulInCommit"),
        (HEADER.replace(b"author", b"autor", 1), "missingAuthor"),
        (HEADER.split(b"\n", 1)[1], "missingAuthor"),
        (HEADER.split(b"\n", 1)[0] + b"\n\nx\n", "missingCommitter"),
        (b"parent zz\n" + HEADER, "badParentSha1|missingAuthor"),
    ],
)
def test_a_commit_that_parsers_read_differently_is_refused(tmp_path, header, check):
    made, oid = with_header(tmp_path / "r", header)
    if check == "badParentSha1|missingAuthor":
        with pytest.raises(InputError):
            gather(made.path, tmp_path / "out")
        return
    assert oid in str(refused(made.path, tmp_path / "out", check))


EPOCH = 0


@pytest.mark.parametrize(
    ("author", "name", "email", "time"),
    [
        (b"Ada 1700000000 +0000", "", "", EPOCH),
        (b"Ada <> 1700000000 +0000", "Ada", "", NOON),
        (b"<ada@x> 1700000000 +0000", "", "ada@x", NOON),
        (b"Ada <ada@x> 99999999999999999999999999 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> 9223372036854775807 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> -1700000000 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> 1700000000 +99999", "Ada", "ada@x", NOON),
        (b"Ad\xe9 <ada@x> 1700000000 +0000", "Ad\ufffd", "ada@x", NOON),
        ("\u202eadA \x1b[31m <ada@x> 1700000000 +0000".encode(), "\u202eadA \x1b[31m", "ada@x", NOON),
        (b"$(touch /tmp/pwned) `id` <$(id)@x> 1700000000 +0000", "$(touch /tmp/pwned) `id`",
         "$(id)@x", NOON),
    ],
)  # fmt: skip
def test_odd_authors_and_dates_are_kept_as_data(tmp_path, author, name, email, time):
    header = b"author " + author + b"\ncommitter " + PERSON.encode() + b"\n\nodd\n"
    made, oid = with_header(tmp_path / "r", header)
    done = gather(made.path, tmp_path / "out")
    row = next(row for row in rows(done, "commits", "commit") if row["commit"] == oid)
    seen = (row["author_name"], row["author_email"], int(row["author_time"].timestamp()))
    assert seen == (name, email, time)
    assert by_path(done)["a.txt"]["origins"] == [{"start": 1, "lines": 1, "commit": oid}]


def test_a_message_cannot_smuggle_a_trailer_or_a_commit(tmp_path):
    message = (
        b"fix\n\n\x01" + b"1" * 40 + b"\n:100644 100644 aaa bbb M\nauthor Eve <e@x>\n\n"
        b"Reviewed-by: Bo <b@x>\xe2\x80\xa8Co-authored-by: Victim <v@x>\n"
    )
    made, oid = with_header(tmp_path / "r", HEADER.replace(b"change\n", message))
    done = gather(made.path, tmp_path / "out")
    found = rows(done, "commits", "commit")
    assert len(found) == 2
    row = next(row for row in found if row["commit"] == oid)
    assert [trailer["key"] for trailer in row["trailers"]] == ["Reviewed-by"]
    assert row["message"] == message.decode().rstrip("\n")
    assert [change["path"] for change in row["changes"]] == ["a.txt"]


# Trees and refs that lead astray


def evil_trees(made: Repository) -> dict[str, str]:
    blob = made.object("blob", b"evil\n")
    inner = made.raw_tree([(FILE, b"evil", blob)])
    return {
        "hasDotdot": made.raw_tree([(TREE, b"..", inner)]),
        "hasDot:": made.raw_tree([(TREE, b".", inner)]),
        "hasDotgit": made.raw_tree([(TREE, b".git", inner)]),
        "hasDotgit: ": made.raw_tree([(TREE, b".GIT", inner)]),
        "hasDotgit:  ": made.raw_tree([(TREE, b"git~1", inner)]),
        "hasDotgit:   ": made.raw_tree([(TREE, ".g\u200cit".encode(), inner)]),
        "fullPathname": made.raw_tree([(FILE, b"a/b", blob)]),
        "fullPathname: ": made.raw_tree([(FILE, b"../../evil", blob)]),
        "fullPathname:  ": made.raw_tree([(FILE, b"/etc/evil", blob)]),
        "duplicateEntries": made.raw_tree([(FILE, b"a", blob), (FILE, b"a", blob)]),
        "treeNotSorted": made.raw_tree([(FILE, b"b", blob), (FILE, b"a", blob)]),
        "gitmodulesSymlink": made.tree({b".gitmodules": Entry(LINK, b"/etc/passwd")}),
        "gitmodulesName": made.tree(
            {b".gitmodules": b'[submodule "../../x"]\n\tpath = x\n\turl = y\n',
             b"x": Entry(MODULE, oid="1" * 40)}),
        "gitmodulesUrl": made.tree(
            {b".gitmodules": b'[submodule "x"]\n\tpath = x\n\turl = -u./evil\n',
             b"x": Entry(MODULE, oid="1" * 40)}),
        "malformed": made.raw_tree([(FILE, b"", blob)]),
        "malformed: ": made.object("tree", b"100644 a\0abc"),
    }  # fmt: skip


def test_trees_that_escape_or_confuse_are_refused(tmp_path):
    made = filled(tmp_path / "r")
    first = head(made)
    for number, (check, tree) in enumerate(evil_trees(made).items()):
        made.point(made.raw_commit(tree, HEADER, parents=[first]))
        refused(made.path, tmp_path / f"out{number}", check.rstrip(" :"))
    assert not (tmp_path / "evil").exists()


def test_an_evil_tree_deep_in_history_is_refused_too(tmp_path):
    made = filled(tmp_path / "r")
    evil = made.raw_commit(evil_trees(made)["hasDotdot"], HEADER, parents=[head(made)])
    made.point(made.commit({b"a.txt": b"clean\n"}, parents=[evil]))
    refused(made.path, tmp_path / "out", "hasDotdot")


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


# Exhaustion


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
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss // 1024)
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


def test_a_huge_blob_is_skipped_and_never_held_in_memory(tmp_path):
    subprocess.run(
        [sys.executable, "-c",
         "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
         "from simulators.repositories import filled\n"
         "filled(Path(sys.argv[1]), {b'a': b'x\\n', b'zeros': bytes(200 << 20)})",
         str(tmp_path / "r"), str(Path(__file__).parent.parent)], check=True,
    )  # fmt: skip
    said, peak = measured(tmp_path / "r", tmp_path / "out")
    assert said == str({"a": (None, 2), "zeros": ("too_large", 200 << 20)}) or said == str(
        {"zeros": ("too_large", 200 << 20), "a": (None, 2)}
    )
    assert peak < 190  # MiB: less than the blob


def test_a_tree_bomb_takes_little_memory(tmp_path):
    made = filled(tmp_path / "r")
    made.point(made.raw_commit(bomb(made), HEADER, parents=[head(made)]))
    said, peak = measured(made.path, tmp_path / "out")
    assert said.startswith("refused")
    assert peak < 256


def test_the_mirror_itself_is_checked_before_anything_reads_it(tmp_path):
    made = filled(tmp_path / "r")
    evil = made.raw_commit(evil_trees(made)["hasDotdot"], HEADER, parents=[head(made)])
    made.point(evil)
    with pytest.raises(BylineError):
        mirror(made.path, into=tmp_path / "m.git")
    assert not (tmp_path / "m.git").exists()
    assert not list(tmp_path.glob(".intake-*"))
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 1 << 30
