"""Refs of a repository: branches, tags, reviews of forges, notes; and what is proposed in reviews."""

from pathlib import Path

import pytest
from collecting import LIMITS, everything, gather, rows
from hostility import HEADER, head
from hypothesis import given
from hypothesis import strategies as st

from byline.work.git.collect import Limits
from byline.work.git.references import is_notes, is_review
from byline.work.git.supplied import inspect
from simulators.repositories import TREE, Repository, bomb, filled, git, repository

REVIEWS = Limits(**{**vars(LIMITS), "review_refs": True})


def forge(path: Path, *, hashing: str = "sha1") -> tuple[Repository, dict[str, str]]:
    """A repository as several forges would keep it; its refs, and the commits they lead to."""
    made = repository(path, hashing=hashing)
    first = made.commit({b"a.txt": b"one\n"})
    main = made.commit({b"a.txt": b"two\n"}, parents=[first])
    made.point(main)
    refs = {"refs/heads/main": main}
    for number, name in enumerate(
        ("refs/pull/7/head", "refs/merge-requests/12/head", "refs/changes/34/1234/1",
         "refs/changes/34/1234/2", "refs/pull/7/merge", "refs/changes/34/1234/meta")
    ):  # fmt: skip
        refs[name] = made.commit({b"a.txt": b"%d\n" % number}, parents=[first], name="Bob")
    kept = made.commit({b"k": b"kept\n"}, parents=[first])
    refs[f"refs/keep-around/{kept}"] = kept
    for name, oid in refs.items():
        made.point(oid, name=name)
    made.git("tag", "light", first)
    made.git("tag", "-a", "heavy", "-m", "words", first)
    made.git("tag", "-a", "heavier", "-m", "words", "heavy")
    return made, refs | dict.fromkeys(
        ("refs/tags/light", "refs/tags/heavy", "refs/tags/heavier"), first
    )


@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_every_ref_is_listed_with_the_commit_that_it_leads_to(tmp_path, hashing):
    made, refs = forge(tmp_path / "r", hashing=hashing)
    found = {
        row["name"]: row for row in rows(gather(made.path, tmp_path / "out"), "references", "name")
    }
    assert {name: row["commit"] for name, row in found.items()} == refs
    shown = {
        name: (row["kind"], row["forge"], row["number"], row["patchset"])
        for name, row in found.items()
        if "keep-around" not in name
    }
    assert shown == {
        "refs/heads/main": ("branch", None, None, None),
        "refs/pull/7/head": ("review", "github", 7, None),
        "refs/pull/7/merge": ("review", "github", 7, None),
        "refs/merge-requests/12/head": ("review", "gitlab", 12, None),
        "refs/changes/34/1234/1": ("review", "gerrit", 1234, 1),
        "refs/changes/34/1234/2": ("review", "gerrit", 1234, 2),
        "refs/changes/34/1234/meta": ("review", "gerrit", 1234, None),
        "refs/tags/light": ("tag", None, None, None),
        "refs/tags/heavy": ("tag", None, None, None),
        "refs/tags/heavier": ("tag", None, None, None),
    }
    width = {"sha1": 50, "sha256": 0}[hashing]
    assert {len(row["swhid"]) for row in found.values()} == {width}


@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_proposals_are_read_only_where_they_are_asked_for(tmp_path, hashing):
    made, refs = forge(tmp_path / "r", hashing=hashing)
    plain = gather(made.path, tmp_path / "plain")
    assert rows(plain, "proposals", "commit") == []
    assert "refs/byline/reviews" not in mirrored(tmp_path / "plain")
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    wanted = {
        oid for name, oid in refs.items()
        if name.startswith(("refs/pull/7/head", "refs/merge", "refs/keep", "refs/changes"))
        and not name.endswith("meta")
    }  # fmt: skip
    found = rows(done, "proposals", "commit")
    assert {row["commit"] for row in found} == wanted
    assert {row["author_name"] for row in found} == {"Ada", "Bob"}
    assert rows(done, "commits", "commit") == rows(plain, "commits", "commit")
    assert rows(done, "files", "item") == rows(plain, "files", "item")
    assert rows(done, "edits", "item") == rows(plain, "edits", "item")


def mirrored(out: Path) -> str:
    return git(out / "mirrors/r.git", "for-each-ref").decode()


def test_proposals_change_without_a_new_commit_and_leave_when_they_are_merged(tmp_path):
    made, refs = forge(tmp_path / "r")
    gather(made.path, tmp_path / "out", limits=REVIEWS)
    again = gather(made.path, tmp_path / "out", limits=REVIEWS)
    assert not again.changed
    pushed = made.commit({b"a.txt": b"new\n"}, parents=[refs["refs/pull/7/head"]])
    made.point(pushed, name="refs/pull/7/head")
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    assert done.changed
    assert pushed in {row["commit"] for row in rows(done, "proposals", "commit")}
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh", limits=REVIEWS))
    merge = made.commit({b"a.txt": b"new\n"}, parents=[refs["refs/heads/main"], pushed])
    made.point(merge)
    (made.directory / "refs/merge-requests/12/head").unlink()
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    left = {row["commit"] for row in rows(done, "proposals", "commit")}
    assert not left & {pushed, refs["refs/pull/7/head"], refs["refs/merge-requests/12/head"]}
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh2", limits=REVIEWS))


def test_a_review_that_cannot_be_read_stops_nothing_and_is_counted(tmp_path):
    made, refs = forge(tmp_path / "r")
    first = made.git("rev-parse", "light").decode().strip()
    broken = made.raw_commit(made.object("tree", b"100644 a\0abc"), HEADER, parents=[first])
    lost = made.raw_commit("1" * 40, HEADER, parents=[first])
    bombed = made.raw_commit(bomb(made), HEADER, parents=[first])
    for number, oid in enumerate((broken, lost, bombed, "2" * 40)):
        made.point(oid, name=f"refs/pull/{100 + number}/head")
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    found = {row["commit"] for row in rows(done, "proposals", "commit")}
    assert refs["refs/pull/7/head"] in found
    assert not found & {broken, lost, bombed}
    assert dict(done.references_left_out) == {
        "no_commit": 1, "too_many_paths": 1, "unreadable": 2,
    }  # fmt: skip
    assert not gather(made.path, tmp_path / "out", limits=REVIEWS).changed


def test_a_malformed_commit_of_a_review_is_nobodys(tmp_path):
    made, refs = forge(tmp_path / "r")
    twice = HEADER.replace(b"committer", b"author Eve <e@x> 1 +0000\ncommitter", 1)
    evil = made.raw_commit(made.tree({b"x": b"y\n"}), twice, parents=[refs["refs/heads/main"]])
    made.point(evil, name="refs/pull/9/head")
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    marks = {row["commit"]: row["quarantine"] for row in rows(done, "proposals", "commit")}
    assert marks[evil] == "multipleAuthors"
    assert [mark for oid, mark in marks.items() if oid != evil and mark] == []


def test_notes_are_kept_under_our_name(tmp_path):
    made, refs = forge(tmp_path / "r")
    made.git("notes", "--ref=ai", "add", "-m", "hello", refs["refs/heads/main"])
    made.git("notes", "--ref=deep/er", "add", "-m", "hello", refs["refs/heads/main"])
    made.point(refs["refs/heads/main"], name="refs/notes/$(id)")
    gather(made.path, tmp_path / "out")
    names = {line.split("\t")[1] for line in mirrored(tmp_path / "out").splitlines()}
    assert names == {"refs/byline/collected", "refs/byline/notes/ai", "refs/byline/notes/deep/er"}
    made.git("notes", "--ref=ai", "append", "-m", "more", refs["refs/heads/main"])
    before = made.git("rev-parse", "refs/notes/ai").decode().strip()
    gather(made.path, tmp_path / "out")
    assert before in mirrored(tmp_path / "out")
    made.git("update-ref", "-d", "refs/notes/ai")
    gather(made.path, tmp_path / "out")
    assert "notes/ai" not in mirrored(tmp_path / "out")


HOSTILE = [
    "refs/pull/1/../../heads/x", "refs/pull/01/head", "refs/pull/1/head.lock", "refs/pull/-1/head",
    "refs/pull/9999999999999999999/head", "refs/pull/1/head\n", "refs/pull/$(id)/head",
    "refs/changes/1/1/1", "refs/changes/01/1/0", "refs/keep-around/../x", "refs/keep-around/abc",
    "refs/merge-requests/1/head/x", "refs/pull/\u0661/head", "xrefs/pull/1/head",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_only_looks_like_a_review_is_none(name):
    assert not is_review(name)


@given(st.text(alphabet="abAB09._-/@{~^:?*[\\\n $", max_size=30))
def test_a_name_of_notes_is_one_that_git_takes_too(name):
    full = f"refs/notes/{name}"
    if is_notes(full):
        git(Path.cwd(), "check-ref-format", full)
        assert not set(full) & set("\n $~^:?*[\\@{")


def test_refs_of_odd_forms_are_read_as_files_and_never_as_paths(tmp_path):
    made, refs = forge(tmp_path / "r")
    oid = refs["refs/heads/main"]
    lines = "".join(f"{oid} {name}\n" for name in HOSTILE)
    (made.directory / "packed-refs").write_text(lines)
    listed = inspect(made.path).refs
    assert not set(HOSTILE) & set(listed)
    gather(made.path, tmp_path / "out", limits=REVIEWS)
    assert not list(tmp_path.rglob("pwned"))


def test_more_refs_than_the_limit_are_counted(tmp_path, monkeypatch):
    made, refs = forge(tmp_path / "r")
    monkeypatch.setattr("byline.work.git.references.MAX_REFERENCES", 4)
    done = gather(made.path, tmp_path / "out", limits=REVIEWS)
    assert len(rows(done, "references", "name")) == 4
    assert dict(done.references_left_out) == {"over_limit": len(refs) - 4}


def test_a_tag_of_a_tree_is_no_reference_and_a_nest_of_tags_is_followed(tmp_path):
    made = filled(tmp_path / "r")
    tip = made.raw_tree([(TREE, b"d", made.raw_tree([]))])
    made.point(tip, name="refs/tags/tree")
    oid = head(made)
    kind = "commit"
    for number in range(300):
        text = f"object {oid}\ntype {kind}\ntag t{number}\ntagger Ada <a@x> 1 +0000\n\nx\n"
        oid, kind = made.object("tag", text.encode()), "tag"
    made.point(oid, name="refs/tags/nest")
    done = gather(made.path, tmp_path / "out")
    found = {row["name"]: row["commit"] for row in rows(done, "references", "name")}
    assert found == {"refs/heads/main": head(made), "refs/tags/nest": head(made)}
