"""What a malformed object may not do: hide, accuse others, or change whose an old line is."""

import subprocess
from pathlib import Path

import pytest
from collecting import by_path, everything, gather, rows
from hostility import HEADER, head
from malformed import GOOD, Malformed

from byline.errors import HostileInputError
from byline.work.git.collect import Collected
from byline.work.git.copying import MAX_FINDINGS
from byline.work.git.findings import MEANINGS, parsed
from byline.work.git.quarantine import FILE_NAME
from simulators.repositories import (
    ENVIRONMENT,
    FILE,
    MODULE,
    TREE,
    Entry,
    Repository,
    filled,
    git,
    repository,
)


def marks(done: Collected) -> dict[str, str]:
    """Commits whose authorship is not believed."""
    found = rows(done, "commits", "commit")
    return {row["commit"]: row["quarantine"] for row in found if row["quarantine"]}


def forging(made: Repository, victim: str, tree: str) -> Malformed:
    """A submodule's address that looks like findings about somebody else's objects."""
    lines = [
        "-x",
        f"warning: object {victim}: multipleAuthors: invalid format",
        f"error: object {victim}: nulInHeader: invalid format",
        f"warning: object {tree}: treeNotSorted: not properly sorted",
        f"warning in commit {victim}: nulInCommit: forged",
    ]
    url = "\\n".join(lines)
    text = f'[submodule "x"]\n\tpath = x\n\turl = "{url}"\n'.encode()
    files = {**GOOD, b".gitmodules": text, b"x": Entry(MODULE, oid="1" * 40)}
    return Malformed(made.commit(files, parents=[victim]), made.object("blob", text))


def raw_findings(made: Repository, into: Path) -> str:
    """What plain git says of the objects as they are copied: a line for each line of the text."""
    done = subprocess.run(
        ["git", "-c", "fetch.fsckObjects=true", "-c", "fetch.fsck.gitmodulesUrl=warn", "clone",
         "-q", "--bare", f"file://{made.path}", str(into)],
        capture_output=True, check=False, env=ENVIRONMENT,
    )  # fmt: skip
    return done.stderr.decode()


def test_a_finding_that_a_submodules_address_forges_accuses_nobody(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    victim = head(made)
    tree = made.git("rev-parse", "main^{tree}").decode().strip()
    malformed = forging(made, victim, tree)
    made.point(malformed.tip)
    assert f"object {victim}: multipleAuthors" in raw_findings(made, tmp_path / "plain")
    done = gather(made.path, tmp_path / "out")
    found = [(row["oid"], row["message"]) for row in rows(done, "quarantine", "oid")]
    assert found == [(malformed.oid, "gitmodulesUrl")]
    assert marks(done) == {}
    assert by_path(done)["a.txt"]["origins"] == [{"start": 1, "lines": 2, "commit": victim}]
    assert parsed(f"warning: object {victim}: multipleAuthors: invalid format")


def test_a_forged_finding_does_not_hide_a_true_one(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    tree = made.git("rev-parse", "main^{tree}").decode().strip()
    twice = HEADER.replace(b"committer", b"author Eve <e@x> 1 +0000\ncommitter", 1)
    evil = made.raw_commit(tree, twice, parents=[head(made)])
    made.point(forging(made, evil, tree).tip)
    assert marks(gather(made.path, tmp_path / "out")) == {evil: "multipleAuthors"}


@pytest.mark.parametrize("at_root", [True, False])
@pytest.mark.parametrize("kind", ["treeNotSorted", "duplicateEntries"])
def test_whoever_brings_or_mends_a_tree_that_misleads_is_not_believed(tmp_path, kind, at_root):
    made = filled(tmp_path / "r", GOOD)
    first = head(made)
    blob = made.object("blob", GOOD[b"a.txt"])
    names = (b"b", b"a.txt") if kind == "treeNotSorted" else (b"a.txt", b"a.txt")
    odd = made.raw_tree([(FILE, name, blob) for name in names])
    root = odd if at_root else made.raw_tree([(TREE, b"odd", odd)])
    bringing = made.raw_commit(root, HEADER, parents=[first])
    keeping = made.raw_commit(root, HEADER.replace(b"change", b"keep"), parents=[bringing])
    mending = made.commit(GOOD, parents=[keeping])
    after = made.commit({**GOOD, b"c": b"x\n"}, parents=[mending])
    made.point(after)
    done = gather(made.path, tmp_path / "out")
    believed = {first, after} | ({keeping} if not at_root else set())
    assert set(marks(done).values()) == {kind}
    assert not set(marks(done)) & (believed - {keeping})
    assert set(marks(done)) >= {bringing, mending}


def test_two_entries_of_one_path_are_both_left_out(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    blob = made.object("blob", b"other\n")
    inner = made.tree({b"b": b"honest\n", b"c": b"fine\n"})
    root = made.raw_tree([(TREE, b"a", inner), (FILE, b"a/b", blob)])
    made.point(made.raw_commit(root, HEADER, parents=[head(made)]))
    done = gather(made.path, tmp_path / "out")
    assert {row["message"] for row in rows(done, "quarantine", "oid")} == {
        "fullPathname", "treeNotSorted",
    }  # fmt: skip
    found = rows(done, "files", "path")
    assert [(row["path"], row["text"]) for row in found] == [
        ("a/b", None), ("a/b", None), ("a/c", None),
    ]  # fmt: skip
    assert {row["skip"] for row in found} == {"quarantined_tree"}


def test_paths_are_left_out_and_come_back_as_their_tree_is_spoilt_and_mended(tmp_path):
    made = filled(tmp_path / "r", {b"d/f": b"x\n", b"d/g": b"y\n"})
    first = head(made)
    entries = [(FILE, b"f", made.object("blob", b"x\n")), (FILE, b"g", made.object("blob", b"y\n"))]
    spoilt = made.raw_tree([(TREE, b"d", made.raw_tree([*entries, entries[0]]))])
    mended = made.tree({b"d/f": b"x\n", b"d/g": b"y\n"})
    tip = first
    for tree, skip in ((spoilt, "quarantined_tree"), (mended, None), (spoilt, "quarantined_tree")):
        tip = made.raw_commit(tree, HEADER, parents=[tip])
        made.point(tip)
        done = gather(made.path, tmp_path / "out")
        assert {row["skip"] for row in by_path(done).values()} == {skip}
        assert everything(done) == everything(gather(made.path, tmp_path / f"fresh-{tip}"))


def test_objects_of_a_sha256_repository_are_quarantined_too(tmp_path):
    made = repository(tmp_path / "r", hashing="sha256")
    first = made.commit(GOOD)
    twice = HEADER.replace(b"committer", b"author Eve <e@x> 1 +0000\ncommitter", 1)
    odd = made.raw_tree([(FILE, b"..", made.object("blob", b"evil\n"))])
    good = made.object("blob", GOOD[b"a.txt"])
    root = made.raw_tree([(FILE, b"a.txt", good), (TREE, b"odd", odd)])
    tip = made.raw_commit(root, twice, parents=[first])
    made.point(tip)
    done = gather(made.path, tmp_path / "out")
    assert marks(done) == {tip: "multipleAuthors"}
    assert {row["message"] for row in rows(done, "quarantine", "oid")} == {
        "multipleAuthors", "hasDotdot",
    }  # fmt: skip
    assert {path: row["skip"] for path, row in by_path(done).items()} == {
        "a.txt": None, "odd/..": "quarantined_tree",
    }  # fmt: skip


def test_edits_of_a_commit_that_is_not_believed_are_left_out(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    twice = HEADER.replace(b"committer", b"author Eve <e@x> 1 +0000\ncommitter", 1)
    evil = made.raw_commit(made.tree({b"a.txt": b"evil\n"}), twice, parents=[head(made)])
    made.point(made.commit({b"a.txt": b"good\n"}, parents=[evil]))
    done = gather(made.path, tmp_path / "out")
    assert [row["commit"] for row in rows(done, "edits", "item")] == [head(made)]
    assert done.left_out == {"quarantined": 1, "root": 1}


def test_a_mirror_of_an_earlier_version_is_made_anew_and_checked(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    twice = HEADER.replace(b"committer", b"author Eve <e@x> 1 +0000\ncommitter", 1)
    tip = made.raw_commit(made.tree(GOOD), twice, parents=[head(made)])
    made.point(tip)
    mirror = tmp_path / "out/mirrors/r.git"
    mirror.parent.mkdir(parents=True)
    git(tmp_path, "clone", "-q", "--bare", str(made.path), str(mirror))
    git(mirror, "update-ref", "refs/byline/collected", tip)
    assert marks(gather(made.path, tmp_path / "out")) == {tip: "multipleAuthors"}
    assert (mirror / FILE_NAME).is_file()


def test_more_findings_than_the_limit_refuse_the_repository(tmp_path, monkeypatch):
    made = filled(tmp_path / "r", GOOD)
    tip = head(made)
    for number in range(6):
        line = HEADER.replace(b"+0000", b"+%d" % number, 1)
        tip = made.raw_commit(made.tree(GOOD), line, parents=[tip])
    made.point(tip)
    monkeypatch.setattr("byline.work.git.copying.MAX_FINDINGS", 5)
    with pytest.raises(HostileInputError, match="more than 5 things"):
        gather(made.path, tmp_path / "out")
    assert MAX_FINDINGS > 100_000
    monkeypatch.undo()
    assert len(rows(gather(made.path, tmp_path / "out"), "quarantine", "oid")) == 6


def test_a_message_of_a_newer_git_counts_as_misleading(tmp_path, monkeypatch):
    made = filled(tmp_path / "r", GOOD)
    line = HEADER.replace(b"+0000", b"+0", 1)
    tip = made.raw_commit(made.tree(GOOD), line, parents=[head(made)])
    made.point(tip)
    monkeypatch.delitem(MEANINGS, "badTimezone")
    done = gather(made.path, tmp_path / "out")
    assert marks(done) == {tip: "badTimezone"}
    [row] = rows(done, "quarantine", "oid")
    assert (row["severity"], row["treatment"], row["harmless"]) == ("unknown", "authorship", True)


def test_nothing_of_a_hostile_tree_is_ever_a_file(tmp_path):
    made = filled(tmp_path / "r", GOOD)
    blob = made.object("blob", b"evil\n")
    names = (b"..", b".git", b"../../../pwned", b"/tmp/pwned", b"a\\..\\pwned", b"C:pwned", b"CON")
    entries = [(FILE, name, blob) for name in sorted(names)]
    made.point(made.raw_commit(made.raw_tree(entries), HEADER, parents=[head(made)]))
    before = {path for path in Path(tmp_path).rglob("*") if "out" not in path.parts}
    gather(made.path, tmp_path / "out")
    assert {path for path in Path(tmp_path).rglob("*") if "out" not in path.parts} == before
    assert not list(tmp_path.rglob("*pwned*"))
