"""Git notes on collected commits are facts: read as they are, only what is ours, again when new."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.work.git.notes import note_references
from byline.work.schema import NOTES
from simulators.repositories import FILE, LINK, filled, repository
from work.collecting import LIMITS, gather, rows, stamps

LOG = "a.txt\n  0123456789abcdef 1-2\n---\n{}"


def note(made, commit, text, *, reference="ai"):
    """Add a note as git itself does."""
    blob = made.object("blob", text if isinstance(text, bytes) else text.encode())
    made.git("notes", "--ref", reference, "add", "-f", "-C", blob, commit)
    return blob


def head(made):
    return made.git("rev-parse", "HEAD").decode().strip()


def test_a_note_is_read_with_the_files_that_its_commit_changed(tmp_path):
    made = filled(tmp_path / "repo", {b"a.txt": b"one\ntwo\n", b"b.txt": b"other\n"})
    blob = note(made, head(made), LOG)
    found = gather(made.path, tmp_path)
    [row] = rows(found, "notes", "commit")
    assert found.notes[0].read().schema.names == NOTES.names
    assert (row["commit"], row["reference"], row["oid"]) == (head(made), "ai", blob)
    assert (row["text"], row["skip"]) == (LOG, None)
    texts = {file["path"]: file["text"] for file in row["files"]}
    assert texts == {"a.txt": "one\ntwo\n", "b.txt": None}  # the note does not mention b.txt


def test_a_repository_without_notes_has_none(tmp_path):
    found = gather(filled(tmp_path / "repo").path, tmp_path)
    assert found.notes == ()
    assert gather(tmp_path / "repo", tmp_path).changed is False


def test_several_refs_and_fanned_out_trees_are_read(tmp_path):
    made = repository(tmp_path / "repo")
    commits, parent = [], ()
    for number in range(4):
        parent = (made.commit({b"a.txt": b"x\n" * (number + 1)}, parents=parent),)
        commits.append(parent[0])
    made.point(commits[-1])
    blob = made.object("blob", b"n")
    tree = made.tree({f"{c[:2]}/{c[2:4]}/{c[4:]}".encode(): b"n" for c in commits[:3]})
    made.point(made.raw_commit(tree, b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nn\n"),
               name="refs/notes/ai")  # fmt: skip
    note(made, commits[3], "m", reference="team/review")
    found = rows(gather(made.path, tmp_path), "notes", "commit")
    assert {(row["commit"], row["reference"], row["text"]) for row in found} == {
        *((commit, "ai", "n") for commit in commits[:3]), (commits[3], "team/review", "m"),
    }  # fmt: skip
    assert {row["oid"] for row in found if row["reference"] == "ai"} == {blob}


def test_notes_on_what_is_not_collected_are_left_out(tmp_path):
    made = filled(tmp_path / "repo")
    other = made.commit({b"c.txt": b"elsewhere\n"})
    made.point(other, name="refs/heads/other")
    tree = made.git("rev-parse", "HEAD^{tree}").decode().strip()
    note(made, other, "n")
    note(made, tree, "n")
    assert gather(made.path, tmp_path).notes == ()


def test_a_new_note_is_read_though_no_commit_is_new(tmp_path):
    made = filled(tmp_path / "repo")
    assert gather(made.path, tmp_path).notes == ()
    note(made, head(made), "first")
    second = gather(made.path, tmp_path)
    assert (second.changed, rows(second, "notes", "commit")[0]["text"]) == (True, "first")
    before = stamps(tmp_path / "tables")
    third = gather(made.path, tmp_path)
    assert (third.changed, third.notes) == (False, second.notes)
    assert stamps(tmp_path / "tables") == before
    note(made, head(made), "changed")
    fourth = gather(made.path, tmp_path)
    assert rows(fourth, "notes", "commit")[0]["text"] == "changed"
    made.git("update-ref", "-d", "refs/notes/ai")
    fifth = gather(made.path, tmp_path)
    assert (fifth.changed, fifth.notes) == (True, ())
    assert (fifth.files, fifth.commits) == (third.files, third.commits)


def test_a_damaged_memory_of_the_refs_reads_them_again(tmp_path):
    made = filled(tmp_path / "repo")
    note(made, head(made), "first")
    before = gather(made.path, tmp_path)
    (tmp_path / "tables" / "work" / "r" / "notes.json").write_text("{")
    after = gather(made.path, tmp_path)
    assert (after.changed, after.notes) == (True, before.notes)
    assert gather(made.path, tmp_path).changed is False


def test_notes_and_their_files_are_bounded(tmp_path):
    made = filled(tmp_path / "repo", {b"a.txt": b"x\n" * 600, b"b.txt": b"y\n"})
    note(made, head(made), b"a.txt b.txt " + b"z" * 100)
    small = type(LIMITS)(max_file_bytes=500, max_paths=100, max_commit_edits=10)
    [row] = rows(gather(made.path, tmp_path, limits=small), "notes", "commit")
    assert {file["path"]: file["text"] for file in row["files"]} == {"a.txt": None, "b.txt": "y\n"}
    note(made, head(made), b"z" * 600)
    [row] = rows(gather(made.path, tmp_path, limits=small), "notes", "commit")
    assert (row["text"], row["skip"]) == (None, "too_large")


@pytest.mark.parametrize(("data", "reason"), [(b"a\0b", "binary"), (b"\xff\xfe", "not_utf8")])
def test_a_note_that_is_no_text_says_so(tmp_path, data, reason):
    made = filled(tmp_path / "repo")
    note(made, head(made), data)
    [row] = rows(gather(made.path, tmp_path), "notes", "commit")
    assert (row["text"], row["skip"]) == (None, reason)


def test_what_is_no_note_in_a_notes_tree_is_passed_over(tmp_path):
    made = filled(tmp_path / "repo")
    commit = head(made)
    blob, link = made.object("blob", b"n"), made.object("blob", b"/etc/passwd")
    tree = made.raw_tree(sorted([
        (FILE, b"README", blob), (LINK, commit.encode(), link), (FILE, b"ff" * 20, blob),
    ], key=lambda entry: entry[1]))  # fmt: skip
    made.point(made.raw_commit(tree, b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nn\n"),
               name="refs/notes/ai")  # fmt: skip
    assert gather(made.path, tmp_path).notes == ()


def test_a_notes_ref_that_is_no_commit_is_passed_over(tmp_path):
    made = filled(tmp_path / "repo")
    found = gather(made.path, tmp_path)
    mirror = tmp_path / "mirrors" / "r.git"
    tree = made.git("rev-parse", "HEAD^{tree}").decode().strip()
    made.git("--git-dir", str(mirror), "update-ref", "refs/byline/notes/odd", tree)
    assert note_references(mirror) == {}
    assert found.notes == ()


@settings(max_examples=15, deadline=None)
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_may_stand_in_a_note(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    made = filled(folder / "repo")
    note(made, head(made), data)
    [row] = rows(gather(made.path, folder), "notes", "commit")
    assert (row["text"] is None) == (row["skip"] is not None)
    assert row["text"] is None or row["text"].encode() == data
