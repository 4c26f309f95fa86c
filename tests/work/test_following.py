"""How far authorship follows text is the organisation's choice, and git's answer each time."""

from dataclasses import replace

import pytest
from collecting import LIMITS, by_path, everything, gather, rows

from byline.errors import ConfigError
from byline.work.git import texts
from byline.work.git.ignored import read_ignored
from simulators.repositories import Repository, repository

BODY = b"".join(
    b"def step_%d(value):\n    return value * %d + offset_%d\n\n" % (n, n, n) for n in range(12)
)
MINE = b"def mine():\n    return 'quite my own words, and not a few of them'\n"


@pytest.fixture(params=["compiled", "git"], autouse=True)
def differ(request, monkeypatch):
    """With the compiled library, and without."""
    if request.param == "git":
        monkeypatch.setenv(texts.SWITCH, "1")
    elif not texts.available():
        pytest.skip("the library was not compiled: there is no C compiler")


def writers(done, path: str) -> list[str]:
    """The commit of each line of a file."""
    origins = by_path(done)[path]["origins"]
    return [origin["commit"] for origin in origins for _ in range(origin["lines"])]


def moved(made: Repository) -> tuple[str, str]:
    """One commit writes, the next moves half of it to a new file and indents another part."""
    first = made.commit({b"a.py": BODY + MINE, b"b.py": b"# b\n"})
    half = BODY.index(b"def step_6")
    indented = b"".join(b"    " + line for line in MINE.splitlines(keepends=True))
    second = made.commit(
        {b"a.py": BODY[:half] + b"if True:\n" + indented, b"b.py": b"# b\n" + BODY[half:]},
        parents=[first],
    )
    made.point(second)
    return first, second


def test_moved_and_reindented_text_keeps_its_first_author(tmp_path):
    made = repository(tmp_path / "r")
    first, second = moved(made)
    done = gather(made.path, tmp_path / "out")
    assert set(writers(done, "b.py")[1:]) == {first}
    assert writers(done, "a.py")[-3:] == [second, first, first]


def test_it_need_not(tmp_path):
    made = repository(tmp_path / "r")
    first, second = moved(made)
    limits = replace(LIMITS, follow="renames", ignore_space=False)
    done = gather(made.path, tmp_path / "out", limits=limits)
    assert set(writers(done, "b.py")[1:]) == {second}
    assert writers(done, "a.py")[-3:] == [second, second, second]
    assert writers(done, "a.py")[0] == first


def test_another_choice_is_collected_anew(tmp_path):
    made = repository(tmp_path / "r")
    _, second = moved(made)
    gather(made.path, tmp_path / "out")
    limits = replace(LIMITS, follow="renames", ignore_space=False)
    done = gather(made.path, tmp_path / "out", limits=limits)
    assert done.changed
    assert set(writers(done, "b.py")[1:]) == {second}


def test_commits_that_wrote_nothing_pass_lines_on(tmp_path):
    made = repository(tmp_path / "r")
    first = made.commit({b"a": b"x = 1\ny = 2\nz = 3\n", b"b": b"b\n"})
    second = made.commit({b"a": b"x  =  1;\ny  =  2;\nz = 3\n", b"b": b"b\n"}, parents=[first])
    third = made.commit({b"a": b"x  =  1;\ny  =  2;\nz = 3\nnew\n", b"b": b"b\n"}, parents=[second])
    made.point(third)
    limits = replace(LIMITS, ignore_space=False)
    assert writers(gather(made.path, tmp_path / "1", limits=limits), "a") == [
        second, second, first, third,
    ]  # fmt: skip
    ignoring = gather(made.path, tmp_path / "2", limits=replace(limits, ignored=second))
    assert writers(ignoring, "a") == [first, first, first, third]
    [edit] = [row for row in rows(ignoring, "edits", "item") if row["commit"] == third]
    assert {origin["commit"] for origin in edit["before_origins"]} == {first}


def test_a_repository_s_own_list_of_commits_to_ignore_is_not_followed(tmp_path):
    made = repository(tmp_path / "r")
    first = made.commit({b"a": b"x = 1\n"})
    second = made.commit({b"a": b"x  =  1;\n"}, parents=[first])
    listed = {b"a": b"x  =  1;\n", b".git-blame-ignore-revs": second.encode() + b"\n"}
    made.point(made.commit(listed, parents=[second]))
    assert writers(gather(made.path, tmp_path / "out"), "a") == [second]


def test_the_library_and_git_collect_the_same(tmp_path, monkeypatch):
    made = repository(tmp_path / "r")
    moved(made)
    one = everything(gather(made.path, tmp_path / "one"))
    monkeypatch.setenv(texts.SWITCH, "1")
    assert everything(gather(made.path, tmp_path / "two")) == one


def test_a_list_of_commits_is_checked(tmp_path):
    file = tmp_path / "revs"
    file.write_text(f"# reformatted\n{'a' * 40}  # all of it\n\n{'B' * 40}\n")
    assert read_ignored(file) == ("a" * 40, "b" * 40)
    file.write_text(f"{'a' * 40}\nabc123\n")
    with pytest.raises(ConfigError, match=r"revs:2: 'abc123' is no full commit id"):
        read_ignored(file)
    with pytest.raises(ConfigError, match="there is no"):
        read_ignored(tmp_path / "absent")
