"""Attacks on the stand-alone verifier that once went through, each now caught."""

import base64
import hashlib
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from bundle_maker import LOG, NEXT, UNION, Item, policy, write_zip
from test_verifier import FIRST, HONEST, IN, but, checked, failures, turn
from test_verifier_clone import (
    ADA,
    BOB,
    asked_of,
    commit,
    compared,
    git,
    numbers,
    prose,
    release_of,
)

from byline.proof import verify
from byline.proof.verify import Asked, Failed


@pytest.mark.parametrize("by", [LOG.seed, NEXT.seed, b"x" * 32])
def test_a_key_that_was_replaced_cannot_bring_itself_back(tmp_path: Path, by: bytes) -> None:
    back = HONEST.but(more=(turn(LOG.seed), turn(by, LOG.vkey), b'{"type":"x"}'))
    assert checked(tmp_path, back).exit_code == 3


def test_a_key_of_another_name_is_no_next_key(tmp_path: Path) -> None:
    other = replace(NEXT, name="other.example")
    more = (turn(LOG.seed, other.vkey), turn(NEXT.seed, NEXT.vkey), b'{"type":"x"}')
    report = checked(tmp_path, HONEST.but(more=more, signers=(NEXT, UNION)))
    assert "without the one before it" in failures(report)


def test_a_policy_of_any_depth_is_read_and_its_numbers_are_plain(tmp_path: Path) -> None:
    chain = "".join(f"group g{n} any {f'g{n - 1}' if n else 'workers'}\n" for n in range(3000))
    deep = policy(LOG).replace(b"quorum workers\n", chain.encode() + b"quorum g2999\n")
    assert failures(checked(tmp_path, HONEST.but(policy=deep))) == ""
    assert "too few" in failures(checked(tmp_path, HONEST.but(policy=deep, signers=(LOG,))))
    for count in ("0_1", "+1", "\u0661", "01", "0", "3"):
        odd = policy(LOG).replace(b"workers any", f"workers {count}".encode())
        with pytest.raises(Failed, match="is not a rule"):
            verify.read_policy(odd)


def test_witnesses_that_only_the_bundle_names_are_to_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "policy").write_bytes(policy(LOG))
    for given, outcome in (
        ({}, "warning"), ({"key": "", "policy": tmp_path / "policy"}, "holds"),
    ):  # fmt: skip
        report = checked(tmp_path, HONEST, **given)
        assert [line[1] for line in report.lines if line[0] == "quorum"] == [outcome]
        assert report.exit_code == 0


def test_an_item_that_states_no_place_at_all_is_not_sound(tmp_path: Path) -> None:
    items = (FIRST.items[0], replace(FIRST.items[1], lines=[]), FIRST.items[2])
    report = checked(tmp_path, HONEST.but(releases=(replace(FIRST, items=items),)))
    assert "not sound" in failures(report)


def test_a_zip_that_two_readers_could_read_differently_is_refused(tmp_path: Path) -> None:
    files = HONEST.files()
    path = write_zip(tmp_path / "b.zip", files)
    other = write_zip(tmp_path / "o.zip", {**files, "verify.py": b"liar"}).read_bytes()
    path.write_bytes(other + path.read_bytes())
    assert "something else" in failures(verify.verify(Asked(path)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.extra = b"up\x04\0\0\0\0\0" if name == "verify.py" else b""
            archive.writestr(info, data)
    path.write_bytes(stream.getvalue())
    assert "something else" in failures(verify.verify(Asked(path)))
    assert "something else" not in failures(checked(tmp_path, but(files, __x=b"")))
    assert IN + "x" not in files


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"first.py": prose("alpha", 12)})
    return folder


def test_lines_that_my_file_does_not_have_hide_no_use_of_it(tmp_path: Path, clone: Path) -> None:
    blob = git(clone, "rev-parse", "HEAD:first.py")
    for lines, code, words in (
        ([[5000, 6000]], 3, "which does not have the lines that are stated"),
        (None, 0, "have a look: first.py, all of which is yours,"),
        ([[2, 3]], 3, "lines 2-3, which are yours"),
    ):
        item = Item(f"swh:1:cnt:{blob}", ("bob",), lines)
        report, said = compared(tmp_path, clone, release_of(clone, items=(item,)))
        assert (report.exit_code, words in said) == (code, True), said


def test_a_branch_planted_beside_mine_does_not_take_my_text_away(
    tmp_path: Path, clone: Path
) -> None:
    """The operator pushes a branch of its own beginning, by Bob, with all that Ada wrote."""
    tree = git(clone, "rev-parse", "HEAD^{tree}")
    who = f"Bob <{BOB}> 1000000000 +0000"
    planted = tmp_path / "planted"
    planted.write_text(f"tree {tree}\nauthor {who}\ncommitter {who}\n\nPlanted\n")
    oid = git(clone, "hash-object", "-t", "commit", "-w", str(planted))
    git(clone, "update-ref", "refs/remotes/origin/aside", oid)
    release = release_of(clone, numbers=numbers(prose("alpha", 12)))
    _, said = compared(tmp_path, clone, release)
    assert "warning have a look: text that others committed too" in said, said


def test_what_only_a_merge_wrote_is_somebodys(clone: Path) -> None:
    """Ada settles a conflict in words of her own; Bob's merge of the same words is not hers."""
    git(clone, "checkout", "-q", "-b", "side")
    commit(clone, {"first.py": prose("gamma", 6)}, BOB)
    git(clone, "checkout", "-q", "main")
    commit(clone, {"first.py": prose("delta", 6)}, BOB)
    git(clone, "merge", "-q", "--no-commit", "-s", "ours", "side")
    commit(clone, {"first.py": prose("settled", 9), "new.py": prose("extra", 9)})
    [work] = verify.scan([clone], [ADA])
    assert set(numbers(prose("settled", 9))) <= work.mine.keys()
    assert set(numbers(prose("extra", 9))) <= work.mine.keys()
    assert work.mine[verify.fingerprints(prose("extra", 9))[0]].path == "new.py"
    assert git(clone, "rev-parse", "HEAD:first.py") in work.blobs
    [bobs] = verify.scan([clone], [BOB])
    assert not set(numbers(prose("settled", 9))) & bobs.mine.keys()


def test_a_file_that_git_calls_binary_is_asked_about(tmp_path: Path, clone: Path) -> None:
    (clone / "a and b").mkdir()
    (clone / "a and b" / "notes.txt").write_bytes(prose("wide", 9).encode("utf-16"))
    commit(clone, {})
    blob = git(clone, "rev-parse", "HEAD:a and b/notes.txt")
    [work] = verify.scan([clone], [ADA])
    assert work.blobs[blob][1:] == ("a and b/notes.txt", True)


def test_addresses_are_compared_without_letter_case_in_every_script(clone: Path) -> None:
    commit(clone, {"b.py": prose("b", 9)}, "\u00c9LODIE@acme.example")
    for address in ("\u00e9lodie@ACME.example", " E\u0301lodie@acme.example"):
        [work] = verify.scan([clone], [address])
        assert len(work.commits) == 1


def test_code_is_no_licence_by_its_name() -> None:
    licences = ("LICENSE", "docs/COPYING.LESSER", "LICENSE-2.0.txt", "LICENSES/Python-2.0.txt",
                "NOTICE", "copyright", "license.md", "LICENSE-MIT")  # fmt: skip
    code = ("src/notice_board.py", "license.js", "licenses/check.py", "copying.rs", "licensing")
    assert [bool(verify.LICENCE.fullmatch(one)) for one in licences] == [True] * len(licences)
    assert [bool(verify.LICENCE.fullmatch(one)) for one in code] == [False] * len(code)


def test_a_seal_of_very_many_repositories_keeps_nobody_waiting(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = release_of(clone)
    more = tuple((f"r{n}", f"{n:040x}") for n in range(500))
    many = replace(release, commits=(*release.commits * 2, *more))
    started, start = [], verify.Git.start
    monkeypatch.setattr(
        verify.Git,
        "start",
        lambda *a, **k: started.append(a) or start(*a, **k),  # type: ignore[func-returns-value]
    )
    compared(tmp_path, clone, many, bundle=asked_of(clone, many))
    assert len(started) < 20


def test_long_words_are_not_remembered() -> None:
    long = b"x" * 10_000
    assert verify.token_numbers(long) == verify.token_numbers(long.upper())
    assert long not in verify.numbers_of_tokens


def test_entries_of_a_kind_that_is_not_known_are_told_of(tmp_path: Path) -> None:
    more = (b'{"release":"rel_x","type":"Release"}', b'{"release":"rel_y","type":"Release"}')
    report = checked(tmp_path, HONEST.but(more=more))
    said = [line[2] for line in report.lines if line[:2] == ("log", "warning")]
    assert said == ["2 entries are of a kind that this program does not know: 'Release'"]


def test_a_clone_with_other_hashes_is_refused_when_its_branches_are_packed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
    commit(tmp_path, {"a.py": prose("alpha", 3)})
    git(tmp_path, "pack-refs", "--all")
    with pytest.raises(verify.Unreadable, match="SHA-256"):
        verify.scan([tmp_path], [ADA])


def test_a_folder_whose_name_is_no_text_is_an_error_in_words(
    tmp_path: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = clone.rename(tmp_path / os.fsdecode(b"w\xff"))
    usual = ["--repo", str(odd), "--address", ADA, "--me", "ada"]
    assert verify.main(["ask", *usual, "--out", str(tmp_path / "q.json")]) == 1
    assert "verify.py:" in capsys.readouterr().err


@pytest.mark.parametrize("key", [bytes([1]) + bytes(31), bytes(32), b"\xed" + b"\xff" * 31])
def test_a_key_that_anybody_could_sign_for_is_refused(key: bytes) -> None:
    digest = hashlib.sha256(b"union.example\n\x04" + key).hexdigest()[:8]
    vkey = f"union.example+{digest}+{base64.b64encode(bytes([4]) + key).decode()}"
    with pytest.raises(Failed, match="anybody can sign"):
        verify.read_key(vkey, "policy")
