"""The verifier on a person's own clone: what it asks, and what speaks against a claim."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from bundle_maker import LOG, Bundle, Item, Release, write_zip

from byline.proof import verify
from byline.proof.verify import Asked, Report, Unreadable

ADA, BOB = "ada@acme.example", "bob@acme.example"


def prose(seed: str, count: int) -> str:
    """Lines of code that nobody else would write."""
    return "".join(
        f"{seed}_{n} = compute({seed}, {n}, [{n * 7}, {n * 11}])\n" for n in range(count)
    )


def git(folder: Path, *arguments: str, who: str = ADA) -> str:
    names = {"GIT_AUTHOR_NAME": who[:3], "GIT_AUTHOR_EMAIL": who, "GIT_COMMITTER_NAME": "c",
             "GIT_COMMITTER_EMAIL": "c@acme.example", "GIT_CONFIG_GLOBAL": os.devnull,
             "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
             "HOME": str(folder), "PATH": os.environ["PATH"]}  # fmt: skip
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=names, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(folder: Path, files: Mapping[str, str], who: str = ADA, message: str = "Change") -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message, who=who)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada writes two files; Bob adds to the first, copies the second, and renames the first."""
    folder = tmp_path_factory.mktemp("clones") / "web"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"first.py": prose("alpha", 12), "second.py": prose("beta", 12)})
    commit(folder, {"first.py": prose("alpha", 12) + prose("gamma", 9)}, BOB)
    commit(folder, {"copied.py": prose("beta", 12), "bobs.py": prose("delta", 9)}, BOB)
    git(folder, "mv", "first.py", "renamed.py")
    git(folder, "commit", "-q", "-m", "Rename", who=BOB)
    return folder


def numbers(text: str) -> dict[int, int]:
    return dict.fromkeys(verify.fingerprints(text), 2)


def asked_of(clone: Path, release: Release) -> Bundle:
    works = verify.scan([clone], [ADA])
    questions = json.loads(verify.questions("ada", [ADA], works, ["web"]))
    return Bundle(
        (release,), items=tuple(questions["items"]),
        numbers=tuple(int(number, 16) for number in questions["fingerprints"]),
    )  # fmt: skip


def release_of(clone: Path, **changes: object) -> Release:
    head = git(clone, "rev-parse", "HEAD")
    return replace(Release(examples={"bob": ("ex_1",)}, commits=(("web", head),)), **changes)  # type: ignore[arg-type]


def compared(
    tmp_path: Path, clone: Path, release: Release, bundle: Bundle | None = None, **asked: object
) -> tuple[Report, str]:
    made = bundle or asked_of(clone, release)
    path = write_zip(tmp_path / "b.zip", made.files())
    given = {"clones": (clone,), "addresses": (ADA,), "key": LOG.vkey, "me": "ada", **asked}
    report = verify.verify(Asked(path, **given))  # type: ignore[arg-type]
    return report, "\n".join(f"{line[1]} {line[2]}" for line in report.lines)


def test_what_is_mine_is_told_from_what_others_wrote(clone: Path) -> None:
    [work] = verify.scan([clone], [ADA])
    only, first = verify.my_text([work])
    assert len(work.commits) == 1
    assert set(work.paths) == {"first.py", "second.py", "renamed.py"}
    assert {place.path for place in only.values()} == {"first.py"}
    assert {place.path for place in first.values()} == {"second.py"}
    assert {mine for _, _, mine in work.blobs.values()} == {True, False}
    [bobs] = verify.scan([clone], [BOB])
    found = {place.path for place in verify.my_text([bobs])[0].values()}
    assert found == {"first.py", "bobs.py"}


def test_text_that_came_about_in_several_commits_is_not_taken_for_mine_alone(
    tmp_path: Path,
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    whole = prose("omega", 9)
    commit(tmp_path, {"bobs.py": whole.replace("omega_4", "omega_x")}, BOB)
    commit(tmp_path, {"bobs.py": whole}, BOB)
    commit(tmp_path, {"adas.py": whole})
    only, first = verify.my_text(verify.scan([tmp_path], [ADA]))
    assert (only, first) == ({}, {})


def test_text_that_others_committed_in_another_clone_is_not_mine_alone(
    clone: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, {"there.py": prose("alpha", 12)}, BOB)
    only, _ = verify.my_text(verify.scan([clone, tmp_path], [ADA]))
    assert only == {}


def test_absent_and_nothing_of_mine_in_it_holds(tmp_path: Path, clone: Path) -> None:
    report, said = compared(tmp_path, clone, release_of(clone, numbers=numbers(prose("gamma", 9))))
    assert report.exit_code == 0, said
    assert "pieces of text that only you committed, 0 are in the release" in said


@pytest.mark.parametrize("change", [
    lambda text: text,
    lambda text: text.upper().replace("\n", "   \n\n").replace(",", " ,\n    "),
    lambda text: text[160:800],
], ids=["as it was", "reformatted", "a part"])  # fmt: skip
def test_absent_and_my_text_in_it_is_a_contradiction(tmp_path: Path, clone: Path, change) -> None:
    text = change(prose("alpha", 12))
    report, said = compared(tmp_path, clone, release_of(clone, numbers=numbers(text)))
    assert report.exit_code == 3
    assert "CONTRADICTION: text that only you committed: first.py from line" in said
    assert "in up to 2 examples" in said


def test_a_long_stretch_of_my_text_is_mine_whoever_copied_it(tmp_path: Path, clone: Path) -> None:
    """The longer the row of pieces and the more repositories the clones have, the surer."""
    gone = ("elsewhere", "f" * 40)
    for text, more, strict, code, words in (
        (prose("beta", 12), (), False, 3, "others may have copied, moved or reformatted it"),
        (prose("beta", 4), (), False, 0, "have a look: text that others committed too"),
        (prose("beta", 4), (), True, 3, "CONTRADICTION: text that you committed"),
        (prose("alpha", 12), (gone,), False, 4, "NOT DECIDED"),
        (prose("alpha", 4), (gone,), False, 0, "have a look"),
        (prose("beta", 12), (gone,), False, 4, "give a clone of elsewhere"),
    ):
        release = release_of(clone, numbers=numbers(text))
        release = replace(release, commits=release.commits + more)
        report, said = compared(tmp_path, clone, release, strict=strict)
        assert (report.exit_code, words in said) == (code, True), said


def test_my_commit_filed_under_another_name_is_a_contradiction(tmp_path: Path, clone: Path) -> None:
    [work] = verify.scan([clone], [ADA])
    [mine] = work.commits
    for item in (f"swh:1:rev:{mine}", f"git:web:{mine}"):
        report, said = compared(tmp_path, clone, release_of(clone, items=(Item(item, ("bob",)),)))
        assert (report.exit_code, "filed under another name" in said) == (3, True)


def test_my_lines_of_a_file_filed_under_another_name_are_a_contradiction(
    tmp_path: Path, clone: Path
) -> None:
    """The file that Bob renamed has lines 1 to 12 of Ada's, and 13 to 21 of his own."""
    blob = git(clone, "rev-parse", "HEAD:renamed.py")
    for lines, code in (([[10, 20]], 3), ([[13, 21]], 0), (None, 0)):
        item = Item(f"swh:1:cnt:{blob}", ("bob",), lines)
        report, said = compared(tmp_path, clone, release_of(clone, items=(item,)))
        assert report.exit_code == code, said
        assert ("lines 10-12, which are yours, is used by 1 examples" in said) == (code == 3)


def test_included_says_which_of_my_files_are_in(tmp_path: Path, clone: Path) -> None:
    [work] = verify.scan([clone], [ADA])
    items = tuple(Item(f"swh:1:rev:{one}", ("ada",)) for one in work.commits)
    release = release_of(
        clone, examples={"ada": ("ex_1",)}, items=items, numbers=numbers(prose("alpha", 12))
    )
    report, said = compared(tmp_path, clone, release)
    assert report.exit_code == 0, said
    assert "1 are in under your name, 0 under another" in said
    assert "in: first.py, " in said


def test_what_is_not_answered_can_be_asked(
    tmp_path: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = release_of(clone)
    path = write_zip(tmp_path / "b.zip", Bundle((release,)).files())
    usual = ["--repo", str(clone), "--address", ADA, "--me", "ada"]
    assert verify.main([str(path), *usual, "--key", LOG.vkey]) == 4
    assert "verify.py ask --repo" in capsys.readouterr().out
    out = tmp_path / "questions.json"
    assert verify.main(["ask", *usual, "--out", str(out)]) == 0
    asked = json.loads(out.read_bytes())
    assert out.read_bytes() == verify.canonical(asked)
    answered = Bundle((release,), items=tuple(asked["items"]),
                      numbers=tuple(int(one, 16) for one in asked["fingerprints"]))  # fmt: skip
    write_zip(path, answered.files())
    assert verify.main([str(path), *usual, "--key", LOG.vkey, "--json"]) == 0
    said = json.loads(capsys.readouterr().out.partition("{")[2].join(("{", "")))
    assert (said["schema"], said["exit_code"]) == ("byline/verification/1", 0)


def test_an_address_that_the_organisation_left_out_is_named(tmp_path: Path, clone: Path) -> None:
    release = release_of(clone, numbers=numbers(prose("alpha", 12)))
    without = replace(asked_of(clone, release), addresses=())
    report, said = compared(tmp_path, clone, release, without)
    assert (report.exit_code, f"does not count {ADA} as yours" in said) == (3, True)


def test_co_authors_count_and_a_mailmap_is_only_told_of(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, {"a.py": prose("a", 9)}, "old@home.example")
    commit(tmp_path, {"b.py": prose("b", 9)}, BOB, f"Pair\n\nCo-authored-by: Ada <{ADA.upper()}>")
    commit(tmp_path, {".mailmap": f"Ada <{ADA}> <old@home.example>\n"}, BOB)
    [work] = verify.scan([tmp_path], [ADA])
    assert {place.path for place in work.mine.values()} == {"b.py"}
    assert work.notes == [
        "its .mailmap says that you are old@home.example too: if so, give --address"
    ]


def test_a_file_that_another_clone_has_too_can_be_theirs(tmp_path: Path, clone: Path) -> None:
    blob = git(clone, "rev-parse", "HEAD:renamed.py")
    there, item = tmp_path / "there", Item(f"swh:1:cnt:{blob}", ("bob",), [[1, 20]])
    there.mkdir()
    git(there, "init", "-q", "-b", "main")
    commit(there, {"copy.py": (clone / "renamed.py").read_text()}, BOB)
    release = release_of(clone, items=(item,))
    elsewhere = replace(release, commits=(*release.commits, ("elsewhere", "f" * 40)))
    for one, clones, code, words in (
        (release, (clone,), 3, "CONTRADICTION"),
        (release, (clone, there), 0, "another clone has the same file"),
        (elsewhere, (clone,), 4, "NOT DECIDED, give a clone of elsewhere"),
    ):
        report, said = compared(tmp_path, clone, one, clones=clones)
        assert (report.exit_code, words in said) == (code, True), said


def test_a_hostile_clone_runs_nothing_hides_nothing_and_breaks_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, mark = tmp_path / "c", tmp_path / "ran"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    evil = 'd\x1b[2J\n"\t\u202e/e\\n.py'
    commit(folder, {evil: prose("alpha", 12), ".gitattributes": "* -diff diff=x filter=x\n"})
    (folder / "odd.py").write_bytes(b"@@ -1 +1 @@\n+++ b/x\ndiff --git a/x b/x\n\\ x\n\x00")
    commit(folder, {"odd.txt": "@@ -1,9 +1,9 @@\n\x00\ndiff --git a b\n\xff" * 40}, BOB)
    run = f"touch {mark}"
    for name in ("diff.x.textconv", "diff.x.command", "diff.external", "core.fsmonitor",
                 "core.pager", "filter.x.smudge", "filter.x.clean", "gpg.program",
                 "core.sshCommand", "core.alternateRefsCommand"):  # fmt: skip
        git(folder, "config", name, run)
    git(folder, "config", "log.showSignature", "true")
    git(folder, "config", "color.ui", "always")
    git(folder, "config", "diff.noprefix", "true")
    (folder / ".git" / "info" / "attributes").write_text("* -diff\n")
    (folder / ".git" / "hooks" / "post-index-change").write_text(f"#!/bin/sh\n{run}\n")
    release = release_of(folder, numbers=numbers(prose("alpha", 12)))
    path = write_zip(tmp_path / "b.zip", asked_of(folder, release).files())
    code = verify.main([str(path), "--repo", str(folder), "--address", ADA, "--me", "ada"])
    said = capsys.readouterr().out
    assert (code, mark.exists()) == (3, False)
    assert 'd\\x1b[2J\\x0a"\\x09\\u202e/e\\n.py from line 1' in said
    assert not set(said) & {"\x1b", "\u202e", "\t"}


def test_a_folder_without_history_or_with_a_damaged_one_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        verify.scan([tmp_path], [ADA])
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, {"a.py": prose("a", 9)})
    blob = git(tmp_path, "rev-parse", "HEAD:a.py")
    (tmp_path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Unreadable, match="damaged, or a partial clone"):
        verify.scan([tmp_path], [ADA])


def test_a_file_is_blamed_at_the_commit_that_the_release_was_made_at(tmp_path: Path) -> None:
    """Bob changed Ada's lines and put them back: the same file again, and the lines are now his."""
    folder, text = tmp_path / "c", prose("alpha", 5)
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    first = commit(folder, {"a.py": text})
    commit(folder, {"a.py": text.replace("alpha_3", "a_3")}, BOB)
    commit(folder, {"a.py": text}, BOB)
    item = Item(f"swh:1:cnt:{git(folder, 'rev-parse', 'HEAD:a.py')}", ("bob",), [[4, 4]])
    release = release_of(folder, items=(item,))
    for commits, code in ((release.commits, 0), ((("web", first),), 3)):
        report, said = compared(tmp_path, folder, replace(release, commits=commits))
        assert report.exit_code == code, said
