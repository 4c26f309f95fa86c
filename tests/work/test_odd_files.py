"""Odd paths and contents: kept as they are, or skipped with their reason."""

from collecting import by_path, gather, rows

from byline.work.git.collect import Limits
from byline.work.identifiers import line_list
from simulators.repositories import (
    EXECUTABLE,
    LINK,
    MODULE,
    Entry,
    filled,
)

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
