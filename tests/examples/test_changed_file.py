"""From a row of changes to a clean, permitted, replayed change, or the reason that there is none."""

import pytest
from material_of import change, material_of, oid, review, said

from byline.examples.changed_file import changed_file, changed_files
from byline.examples.draft import LeftOutError, Log
from byline.examples.edit_view import windows
from byline.examples.search_replace import NoAnchorError, SearchReplace, make_blocks, replay

REVIEW = review(41, said("description", "ann", "Round"), said("comment", "ben", "why"))
BODY = [f"line_{number} = {number}\n" for number in range(40)]


def body(*changed):
    lines = list(BODY)
    for at, text in changed:
        lines[at] = text
    return "".join(lines)


def material(*rows, **options):
    return material_of([REVIEW], rows, **options)


def made(row, log=None, **options):
    return changed_file(row, material(row, **options), log or Log())


def reason(row, **options):
    with pytest.raises(LeftOutError) as error:
        made(row, **options)
    return str(error.value)


def test_a_change_replays_and_its_lines_have_their_authors():
    row = change(41, "a.py", body(), body((5, "x = 1\n")), by="ann")
    file = made(row)
    assert replay("".join(file.before), file.blocks) == "".join(file.after) == row["after"]
    assert file.known_after[5].people == file.writer.people == ("p-ann",)
    assert (file.status, file.old_path) == ("M", None)


def test_created_deleted_and_renamed_files():
    created = made(change(41, "a.py", "", "x = 1\ny = 2\n"))
    assert [block.search for block in created.blocks] == [""]
    assert replay("", created.blocks) == "x = 1\ny = 2\n"
    deleted = made(change(41, "a.py", body(), ""))
    assert (deleted.status, replay(body(), deleted.blocks)) == ("D", "")
    renamed = made(change(41, "b.py", body(), body(), status="R", old_path="a.py"))
    assert (renamed.blocks, renamed.old_path) == ((), "a.py") or renamed.blocks == []


def test_an_empty_search_creates_and_does_nothing_else():
    create = SearchReplace("", "x\n", (0, 0), (0, 1))
    assert replay("", [create]) == "x\n"
    for before, blocks in (("y\n", [create]), ("", [create, create])):
        with pytest.raises(NoAnchorError):
            replay(before, blocks)
    assert make_blocks([], [], may_show=lambda _: True) == []


def test_the_terms_of_every_line_and_of_the_writer_decide():
    lines = [(line, "ben" if at == 5 else "ann") for at, line in enumerate(BODY)]
    touched = change(41, "a.py", lines, body((5, "x = 1\n")))
    assert reason(touched, excluded=["ben"]) == "terms: objected"
    assert reason(touched, excluded=["ann"]) == "terms: objected"
    apart = change(41, "a.py", lines, body((20, "x = 1\n")))
    file = made(apart, excluded=["ben"])
    shown = {place for start, end in windows(file, 30) for place in range(start, end)}
    assert shown == set(range(6, 40)), "nothing beyond the line that may not be shown"
    others = [(line, "ann") for line in BODY]
    others[20] = ("x = 1\n", "ben")
    assert reason(change(41, "a.py", body(), others), excluded=["ben"]) == "terms: objected"
    undecided = change(41, "a.py", body(), body((3, "x\n")), before_origins=[])
    assert reason(undecided).startswith("redacted_differently")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"generated": "lock file uv.lock"}, "lock_file"),
        ({"generated": "header says @generated, line 1"}, "generated"),
        ({"vendored": "folder vendor/"}, "vendored"),
        ({"quality": [{"rule": "line.max", "value": 2000.0, "limit": 1000.0, "keep": False}]},
         "quality: line.max"),
    ],
)  # fmt: skip
def test_files_that_nobody_wrote_are_dropped_and_the_rest_goes_on(label, expected):
    poor = change(41, "poor.py", body(), body((1, "x = 1\n")))
    good = change(41, "good.py", body(), body((1, "y = 1\n")))
    labels = [{"item": poor["item"], **label}]
    log = Log()
    with pytest.raises(LeftOutError, match=expected):
        changed_file(poor, material(poor, labels=labels), log)
    assert log.decisions == [{"rule": expected, "value": 1.0, "limit": 0.0, "keep": False}]
    log = Log()
    files = changed_files([poor, good], material(poor, good, labels=labels), log)
    assert [file.path for file in files] == ["good.py"]
    assert [one["rule"] for one in log.decisions] == [f"files_dropped: {expected}"]
    with pytest.raises(LeftOutError, match=expected):
        changed_files([poor], material(poor, labels=labels), Log())


def test_measures_of_nothing_do_not_drop_a_deletion():
    row = change(41, "a.py", body(), "")
    rule = [{"rule": "alphanumeric.share", "value": 0.0, "limit": 0.25, "keep": False}]
    assert made(row, labels=[{"item": row["item"], "quality": rule}]).status == "D"


def test_a_short_file_is_no_reason_and_a_binary_one_is_dropped():
    rule = [{"rule": "lines.min", "value": 2.0, "limit": 10.0, "keep": False}]
    short = change(41, "a.py", "a\nb\n", "a\nc\n")
    assert made(short, labels=[{"item": short["item"], "quality": rule}]).blocks
    unread = {"before": None, "after": None}
    binary = {**change(41, "a.png", "", ""), "skip": "binary", **unread}
    missing = {**change(41, "b.py", "", ""), "skip": "missing_object", **unread}
    both = material(short, binary)
    assert [file.path for file in changed_files([binary, short], both, Log())] == ["a.py"]
    with pytest.raises(LeftOutError, match="missing_object"):
        changed_files([missing, short], material(short, missing), Log())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<<<<<<< HEAD\n", "contains_markers"),
        ("=======\n", "contains_markers"),
        ("x = '<fim_middle>'\n", "contains_control_token"),
        ("x = '<|im_end|>'\n", "contains_control_token"),
        ("no line feed", "no_final_newline"),
    ],
)
def test_text_that_would_forge_the_form_is_left_out(line, expected):
    after = body() + line
    assert reason(change(41, "a.py", body(), after)) == expected


def test_hostile_paths_are_left_out():
    for path in ("a\nb.py", "a\u202eb.py", "a\x1b[2J.py"):
        assert reason(change(41, path, "a\n", "b\n")) == "path_has_control_characters"
    assert reason(change(41, "<fim_prefix>.py", "a\n", "b\n")) == "contains_control_token"


def test_a_shown_file_has_no_blocks_and_hides_what_it_must():
    lines = [(line, "ben" if 10 <= at < 20 else "ann") for at, line in enumerate(BODY)]
    row = change(41, "a.py", lines, lines, status="S", purpose="shown", by="cho")
    file = made(row, excluded=["ben"])
    assert not file.blocks
    assert windows(file, 3) == [(0, 10), (20, 40)]
    alone = change(41, "a.py", [(line, "ben") for line in BODY], body(), status="S", by="cho")
    assert reason(alone, excluded=["ben"]) == "terms: objected"


def test_a_change_without_a_label_is_left_out():
    row = change(41, "a.py", "a\n", "b\n")
    other = {**row, "item": oid("other")}
    with pytest.raises(LeftOutError, match="unlabelled"):
        changed_file(other, material(row), Log())
