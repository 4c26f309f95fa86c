"""What messages state about other commits, issues and reviews; and which commits are meant."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.work.git.relations import MOST, Relation, relations, subject_of
from byline.work.git.resolution import RELATIONS, resolve
from byline.work.git.trailers import trailers
from byline.work.schema import COMMITS

ID, OTHER = "1f" * 20, "2e" * 20
SUBJECT = "Subject\n\n"


def stated(message: str) -> set[tuple[str, str, str]]:
    return {(one.kind, one.target, one.evidence) for one in relations(message)}


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (f'Revert "Add x"\n\nThis reverts commit {ID}.', {("reverts", ID, "id")}),
        (f'Revert "Merge y"\n\nThis reverts commit {ID}, reversing\nchanges made to {OTHER}.',
         {("reverts", ID, "id")}),
        (f'Reapply "Add x"\n\nThis reverts commit {ID}.',
         {("reverts", ID, "id"), ("reapplies", "Add x", "subject")}),
        ('Revert "Add x (#12)" (#34)',
         {("reverts", "Add x (#12)", "subject"), ("review", "#34", "subject_suffix")}),
        ('Revert "Revert "Add x""\n\nwhy', {("reverts", 'Revert "Add x"', "subject"),
                                            ("reapplies", "Add x", "subject")}),
        ('Revert "Fix #12: crash"\n\nReverts corp/app#34', {
            ("reverts", "Fix #12: crash", "subject"), ("reverts", "corp/app#34", "number")}),
        (f"This reverts commits {ID[:8]} and {OTHER[:9]}.",
         {("reverts", ID[:8], "id"), ("reverts", OTHER[:9], "id")}),
        ("revert: feat(ui): add x", {("reverts", "feat(ui): add x", "subject")}),
        (f"{SUBJECT}(cherry picked from commit {ID})\n(cherry picked from commit {OTHER})",
         {("cherry_picked_from", ID, "id"), ("cherry_picked_from", OTHER, "id")}),
        (f"[backport 1.2] Add x\n\nBackport of #12\n(backported from commit {ID})",
         {("backports", "1.2", "branch"), ("backports", "#12", "number"), ("backports", ID, "id")}),
        (f"Add x\n\n[ Upstream commit {ID} ]", {("backports", ID, "id")}),
        (f"Add x\n\ncommit {ID} upstream.", {("backports", ID, "id")}),
        (f'Add x\n\nFixes: {ID[:12]} ("Add y")', {("fixes", ID[:12], "footer")}),
        ('Add x\n\nFixes: 1234567 ("all digits")', {("fixes", "1234567", "footer")}),
        (f"Repair\n\nThis bug was introduced in {ID[:7]}.", {("fixes", ID[:7], "sentence")}),
        ("fixup! squash! Add x", {("fixup_of", "Add x", "subject")}),
        ("x\n\nfixes #1, #2 and corp/app#3", {("issue", t, "closes")
                                              for t in ("#1", "#2", "corp/app#3")}),
        ("x\n\nCloses: https://forge.example/a/b/-/issues/7.",
         {("issue", "https://forge.example/a/b/-/issues/7", "closes")}),
        ("x\n\nSee also #4. Refs GH-5", {("issue", "#4", "reference"), ("issue", "#5", "reference")}),
        ("PROJ-12: add x", {("issue", "PROJ-12", "key")}),
        ("feat(ui): [PROJ-12, OPS-3] add x", {("issue", "PROJ-12", "key"), ("issue", "OPS-3", "key")}),
        ("add x (PROJ-12)\n\nJira: OPS-3", {("issue", "PROJ-12", "key"), ("issue", "OPS-3", "key")}),
        ("bpo-123: add x", {("issue", "bpo-123", "tracker")}),
        ("Bug 123456 - add x\n\nrhbz#77", {("issue", "bug#123456", "tracker"),
                                           ("issue", "rhbz#77", "tracker")}),
        ("gh-123: add x (GH-456)", {("issue", "#123", "gh"), ("review", "#456", "subject_suffix"),
                                    ("issue", "#456", "gh")}),
        ("Add x (#12)", {("review", "#12", "subject_suffix")}),
        ("Merge pull request #12 from eve/fix-#13-GH-14\n\nAdd x", {("review", "#12", "merge")}),
        ("Merge branch 'a' into 'b'\n\nAdd x\n\nSee merge request corp/app!12",
         {("review", "corp/app!12", "merge")}),
        ("Auto merge of #12 - eve:x, r=ada", {("review", "#12", "merge")}),
        ("Merge #12, #13", {("review", "#12", "merge"), ("review", "#13", "merge")}),
        ("Merged in topic (pull request #9)", {("review", "#9", "merge")}),
        (f"x\n\nReviewed-on: https://gerrit.example/c/app/+/12\nChange-Id: I{ID}",
         {("review", "https://gerrit.example/c/app/+/12", "footer"),
          ("issue", "https://gerrit.example/c/app/+/12", "url"),
          ("change_id", f"I{ID}", "footer")}),
        (f"x\n\nChange-Id: I{OTHER}\n\n* y\n\nChange-Id: I{ID}",
         {("change_id", f"I{ID}", "footer"), ("change_id", f"I{OTHER}", "body")}),
        ("x\n\nDifferential Revision: https://phabricator.example/D12",
         {("review", "https://phabricator.example/D12", "footer")}),
        ("x\n\nLink: https://lore.kernel.org/r/1-2@corp.example",
         {("review", "https://lore.kernel.org/r/1-2@corp.example", "mail")}),
        ("x\n\nSupersedes: #12", {("supersedes", "#12", "footer")}),
    ],
)  # fmt: skip
def test_what_messages_of_git_forges_and_trackers_state(message, wanted):
    assert stated(message) == wanted


@pytest.mark.parametrize(
    "message",
    [
        "UTF-8 in names", "SHA-256: use it", "[ISO-8859] names", "CVE-2024-1234: patch", "x (RFC-822)",
        "PEP-8: spaces", "Python-3 only", "x86-64: build", "GPL-3.0 texts", "HTTP-2 push",
        "patch-1", "Update to 1.2.3-4", "A-1 paper", "TLS-1.3 support", "AES-128-CBC",
        "Item #3 of the list", "colour #123456", "#!/bin/sh", "call it #1", "C# #if",
        "Fix 3 bugs", "fix the #if", "fixes many things in a1", "closes the file", "reverts to text",
        "This reverts commit deadbeef-like words", "This reverts facade", "This reverts 1234567",
        "revert: keep the option in the sequencer", "We will backport #12", "to backport #12 later",
        "Merge branch 'fix/#12' of forge.example:a/b", "Merge remote-tracking branch 'x/PROJ-12'",
        "see https://docs.example/issues/guide", "git.example/c/1", "ünï-12: x", "abPROJ-12: x",
        "after the fix\nPROJ-1 goes on", "bug in the lexer", "debug 12345", "the issue is 12", "x\n\nFixes: 1234567",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_relation_is_none(message):
    assert stated(message) == set()


@given(st.text(max_size=200))
def test_any_text_is_read_the_same_twice_and_targets_stand_in_it(message):
    found = relations(message)
    assert found == relations(message)
    marks = [(one.kind, one.target.lower()) for one in found]
    assert len(marks) == len(set(marks))


def test_a_hostile_message_is_read_in_bounded_time_and_size():
    for piece in ("fixes #1, ", "\n" * 9, "see " + " " * 200, "(((", "http://a/", "a/" * 50,
                  f"Fixes: {ID}\n", "Change-Id:\n", "PROJ-1 ", 'Revert "', "Link: https://lore."):  # fmt: skip
        found = relations(piece * (400_000 // len(piece)))
        assert len(found) <= 3 * MOST
    many = relations("\n".join(f"Fixes #{number}" for number in range(5000)))
    assert len(many) == MOST


def test_a_title_is_joined_as_git_does():
    assert subject_of("one\ntwo\n\nthree") == "one two"
    assert subject_of("\n\none\n") == "one"
    assert subject_of("") == ""


def commit(
    oid: str, message: str, *, minute: int = 0, parents: int = 1, repository: str = "r"
) -> dict[str, Any]:
    moment = dt.datetime(2024, 1, 1, 0, minute, tzinfo=dt.UTC)
    made = [vars(one) for one in relations(message)]
    return {
        "repository": repository, "commit": oid, "commit_time": moment, "author_time": moment,
        "message": message, "parents": ["0" * 40] * parents, "relations": made,
    }  # fmt: skip


def resolved(*commits: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    found = resolve(pa.Table.from_pylist(list(commits), schema=COMMITS))
    assert found.schema == RELATIONS
    return [
        (row["commit"][:2], row["kind"], row["related"] and row["related"][:2], row["resolution"])
        for row in found.to_pylist()
    ]


def test_ids_mean_the_commit_that_begins_so_if_it_is_one():
    known, one, twin = "a1" * 20, "d1a1d1a1" + "0" * 32, "d1a1d1a1" + "1" * 32
    targets = {
        "c1": known, "c2": known[:7], "c3": "9f" * 20, "c4": "a1a1a1b", "c5": "c5" * 20,
        "c6": "d1a1d1a1", "c7": twin[:9],
    }  # fmt: skip
    reverts = [
        commit(mark * 20, f"This reverts commit {target}.") for mark, target in targets.items()
    ]
    assert resolved(*(commit(oid, "x", minute=9) for oid in (known, one, twin)), *reverts) == [
        ("c1", "reverts", "a1", "id"),
        ("c2", "reverts", "a1", "abbreviation"),
        ("c3", "reverts", None, "unresolved"),
        ("c4", "reverts", None, "unresolved"),
        ("c5", "reverts", None, "unresolved"),
        ("c6", "reverts", None, "ambiguous"),
        ("c7", "reverts", "d1", "abbreviation"),
    ]


def test_titles_mean_the_one_earlier_commit_of_that_title():
    first = commit("a1" * 20, "Add x (#12)", minute=1)
    revert = commit("b1" * 20, 'Revert "Add x"', minute=2)
    fixup = commit("b2" * 20, "fixup! Add x (#12)", minute=3)
    before = commit("b3" * 20, "fixup! Add x (#12)", minute=0)
    assert resolved(first, revert, fixup, before) == [
        ("a1", "review", None, None),
        ("b1", "reverts", "a1", "subject"),
        ("b2", "fixup_of", "a1", "subject"),
        ("b3", "fixup_of", None, "unresolved"),
    ]
    again = commit("a2" * 20, "Add x (#12)", minute=1)
    assert resolved(first, again, revert)[-1] == ("b1", "reverts", None, "ambiguous")


def test_a_shared_change_id_is_a_cherry_pick_of_the_first_unless_the_message_says_more():
    change = "x\n\nChange-Id: I" + "ab" * 20
    first = commit("f1" * 20, change, minute=0)
    later = commit("a1" * 20, change, minute=1)
    says = commit("a2" * 20, f"{change}\n(cherry picked from commit {'f1' * 20})", minute=2)
    merge = commit("a3" * 20, change, minute=3, parents=2)
    elsewhere = commit("a4" * 20, change, minute=4, repository="other")
    found = [row for row in resolved(first, later, says, merge, elsewhere) if row[1] != "change_id"]
    assert found == [
        ("a1", "cherry_picked_from", "f1", "change_id"),
        ("a2", "cherry_picked_from", "f1", "id"),
    ]


def test_relations_of_what_was_squashed_are_told_from_the_footer():
    message = "Squash\n\n* one\n\nCo-authored-by: A <a@x>\nSigned-off-by: A <a@x>\n\n* two\n\nend"
    found = trailers(message, "")
    assert [(one.key, one.value, one.place) for one in found] == [
        ("Co-authored-by", "A <a@x>", "body"),
        ("Signed-off-by", "A <a@x>", "body"),
    ]
    assert relations(message) == []
    assert Relation("a", "b", "c") < Relation("b", "a", "a")
