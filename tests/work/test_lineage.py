"""One pass over a history says of every line what `git blame` says, file by file."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from following import lineage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.work.git import texts
from byline.work.git.blame import Origin, blame
from byline.work.git.lineage_asks import RENAMES, Following
from simulators.histories import Step, build, histories
from simulators.repositories import EXECUTABLE, FILE, LINK, Entry, Repository, repository

SOME = settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
    ],
)  # fmt: skip
LONG = b"".join(b"line %d of a text that git can recognise\n" % number for number in range(40))
OTHER = b"".join(b"quite another text, number %d\n" % number for number in range(40))
Files = dict[bytes, bytes | Entry]
EVERY = (
    RENAMES, Following("renames", ignore_space=True), Following("moves"), Following("copies"),
    Following("copies", ignore_space=True),
)  # fmt: skip


@pytest.fixture(params=["compiled", "git"], autouse=True)
def differ(request, monkeypatch):
    """What compares files: the compiled library, and git."""
    if request.param == "git":
        monkeypatch.setenv(texts.SWITCH, "1")
    elif not texts.available():
        pytest.skip("the library was not compiled: there is no C compiler")
    return request.param


def check(made: Repository, commit: str, files: Mapping[bytes, bytes | Entry]) -> None:
    """Equal to blame on every regular file of a commit."""
    paths = [
        path.decode()
        for path, content in files.items()
        if not (isinstance(content, Entry) and content.mode == LINK)
    ]
    for following in EVERY if texts.available() else EVERY[:2]:
        options = following.blame_options
        expected = {path: blame(made.directory, commit, path, options=options) for path in paths}
        assert lineage(made.directory, commit, paths, following=following) == expected, options


@st.composite
def odd_histories(draw: st.DrawFn) -> list[Step]:
    """Histories in which files also turn binary, executable or into links, and long ones move."""
    steps = draw(histories(most=8))
    return [replace(step, files=_odd(draw, step.files)) for step in steps]


def _odd(draw: st.DrawFn, files: Mapping[bytes, bytes]) -> Files:
    made: Files = {}
    for path, content in files.items():
        kind = draw(st.sampled_from(("plain", "plain", "plain", "long", "run", "link", "binary")))
        if kind == "link":
            made[path] = Entry(LINK, content or b"target")
        elif kind == "run":
            made[path] = Entry(EXECUTABLE, content)
        elif kind == "binary":
            made[path] = b"\0\n" + content
        else:
            made[path] = content + LONG if kind == "long" else content
    return made


@SOME
@given(histories(most=12))
def test_one_pass_is_blame_on_every_line(steps):
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        check(made, oids[-1], steps[-1].files)


@SOME
@given(odd_histories())
def test_one_pass_is_blame_where_files_change_their_kind(steps):
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        check(made, oids[-1], steps[-1].files)


DATES = (-86_400, 0, 1, 2**31 - 1, 2**31, 2**32 + 5, 253_402_300_800, 9_999_999_999_999)
EARLY_AND_LATE = st.sampled_from(DATES)


@SOME
@given(odd_histories(), st.lists(EARLY_AND_LATE, min_size=8, max_size=8))
def test_one_pass_is_blame_whatever_the_dates(steps, dates):
    """Before 1970, after 2038, running backwards: git walks by date, the pass does not."""
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        dated = [replace(step, time=time) for step, time in zip(steps, dates, strict=False)]
        oids = build(made, dated)
        check(made, oids[-1], steps[-1].files)


def _reaches(steps: Sequence[Step], number: int) -> set[int]:
    found, pending = set(), [number]
    while pending:
        at = pending.pop()
        if at not in found:
            found.add(at)
            pending.extend(steps[at].parents)
    return found


@SOME
@given(histories(most=10), st.data())
def test_what_an_older_commit_is_known_to_say_changes_nothing(steps, data):
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        older = data.draw(st.sampled_from(sorted(_reaches(steps, len(steps) - 1))))
        known = data.draw(st.sets(st.sampled_from(sorted(steps[older].files) or [b""])))
        origins = {
            path.decode(): blame(made.directory, oids[older], path.decode())
            for path in known - {b""}
        }
        paths = [path.decode() for path in steps[-1].files]
        whole = lineage(made.directory, oids[-1], paths)
        assert lineage(made.directory, oids[-1], paths, stop=(oids[older], origins)) == whole


def test_known_origins_are_taken_as_they_are(tmp_path):
    made = repository(tmp_path / "r")
    one = made.commit({b"a.txt": b"1\n2\n3\n"})
    two = made.commit({b"a.txt": b"1\nnew\n2\n3\n"}, parents=[one])
    known = {"a.txt": [Origin(1, 2, "x" * 40), Origin(3, 1, "y" * 40)]}
    found = lineage(made.directory, two, ["a.txt"], stop=(one, known))
    assert [tuple(origin) for origin in found["a.txt"]] == [
        (1, 1, "x" * 40), (2, 1, two), (3, 1, "x" * 40), (4, 1, "y" * 40),
    ]  # fmt: skip


def line(made: Repository, states: Sequence[Files]) -> list[str]:
    """Commits one after another."""
    oids: list[str] = []
    for number, files in enumerate(states):
        oids.append(made.commit(files, parents=oids[-1:], message=f"{number}\n"))
    return oids


@pytest.mark.parametrize(
    "states",
    [
        # Two added files are like the one removed: each is followed to it.
        [{b"a": LONG}, {b"b": LONG + b"b\n", b"c": LONG + b"cc\n"}],
        [{b"a": LONG}, {b"b": LONG, b"c": LONG}],
        # Two removed files are like the one added; a name decides.
        [{b"x/a": LONG, b"y/b": LONG}, {b"z/b": LONG}],
        [{b"x/a": LONG, b"y/b": LONG + b"more\n"}, {b"z/b": LONG + b"end\n"}],
        # The same, where each of those removed was written by another commit.
        [{b"x/a": LONG}, {b"x/a": LONG, b"y/b": LONG}, {b"z/b": LONG}],
        [{b"x/b": LONG}, {b"x/b": LONG, b"y/a": LONG}, {b"z/b": LONG}],
        [{b"a": OTHER}, {b"a": OTHER, b"b": LONG}, {b"c": LONG + b"end\n"}],
        [{b"x/a": LONG}, {b"x/a": LONG, b"y/b": LONG[:-60]}, {b"z/b": LONG + b"end\n"}],
        # A file becomes a folder, and a folder a file.
        [{b"a": LONG}, {b"a/b": LONG + b"b\n", b"a/c": b"c\n" + LONG}],
        [{b"a/b": LONG, b"a/c": OTHER}, {b"a": LONG + b"b\n"}],
        # A rename with many lines changed, below and above the half that git asks for.
        [{b"a": LONG + OTHER}, {b"b": LONG + b"new\n"}, {b"c": OTHER + b"new\n"}],
        # Names swap, and one goes through a link.
        [{b"a": LONG, b"b": OTHER}, {b"a": OTHER, b"b": LONG}],
        [{b"a": LONG}, {b"a": Entry(LINK, b"t"), b"b": LONG}, {b"a": LONG + b"x\n"}],
        # Odd names; no line feed at the end; carriage returns; bytes that are no text.
        [{b"d e\nf": LONG}, {b'"\xc3\xa9\t': LONG + b"x"}, {b'"\xc3\xa9\t': LONG + b"x\r\n\xff\n"}],
        [{b"a": b"@@ -1 +1 @@\nend\n"}, {b"a": b"end\n@@ -1 +1 @@\ndiff --git a/0 b/0\nend\n"}],
        [{b"a": b"x" * 3_000_000}, {b"a": b"x" * 3_000_000 + b"y\nend\n"}, {b"a": b"end\n"}],
        [{b"a": b""}, {b"a": LONG}, {b"a": b""}, {b"a": LONG + LONG}],
        [{b"a": Entry(FILE, LONG)}, {b"a": Entry(EXECUTABLE, LONG)}, {b"b": LONG}],
    ],
)
def test_renames_and_odd_content(tmp_path, states):
    made = repository(tmp_path / "r")
    oids = line(made, states)
    for oid, files in zip(oids, states, strict=True):
        check(made, oid, files)


def test_a_merge_takes_from_all_parents_and_renames_on_each_side(tmp_path):
    made = repository(tmp_path / "r")
    base = made.commit({b"a": LONG, b"z": OTHER})
    left = made.commit({b"b": b"left\n" + LONG, b"z": OTHER}, parents=[base], message="l\n")
    right = made.commit({b"a": LONG + b"right\n", b"z": OTHER[:-9]}, parents=[base], message="r\n")
    third = made.commit({b"a": OTHER, b"y": LONG}, parents=[base], message="t\n")
    files = {b"b": b"left\nevil\n" + LONG + b"right\n", b"z": OTHER, b"y": LONG}
    for parents in ([left, right], [right, left], [third, right, left], [right, third, left, base]):
        check(made, made.commit(files, parents=parents, message="m\n"), files)


def test_the_first_of_the_parents_that_have_a_file_as_it_is_takes_it(tmp_path):
    made = repository(tmp_path / "r")
    base = made.commit({b"z": OTHER})
    sides = [
        made.commit({b"a": content, b"z": OTHER}, parents=[base], message=f"{number}\n")
        for number, content in enumerate((OTHER, LONG, LONG, LONG))
    ]
    files = {b"a": LONG, b"z": OTHER}
    for parents in (sides, sides[::-1], sides[:2], [sides[0], sides[3], sides[1]]):
        check(made, made.commit(files, parents=parents, message="m\n"), files)


def test_a_history_in_the_other_hash(tmp_path):
    made = repository(tmp_path / "r", hashing="sha256")
    states: list[Files] = [{b"a": LONG}, {b"b": LONG + b"x\n"}, {b"b": b"y\n" + LONG}]
    oids = line(made, states)
    check(made, oids[-1], states[-1])


def test_nothing_asked_and_nothing_written(tmp_path):
    made = repository(tmp_path / "r")
    oid = made.commit({b"a": LONG, b"empty": b""})
    before = sorted(made.directory.rglob("*"))
    assert lineage(made.directory, oid, []) == {}
    assert lineage(made.directory, oid, ["empty"]) == {"empty": []}
    lineage(made.directory, oid, ["a"])
    assert sorted(made.directory.rglob("*")) == before
