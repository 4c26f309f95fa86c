"""Search/replace blocks: unambiguous, replayed byte for byte, and only of lines that may be shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import IntegrityError
from byline.examples.search_replace import (
    NoAnchorError,
    SearchReplace,
    check_replay,
    make_blocks,
    replay,
)

LINES = st.lists(
    st.sampled_from([f"{word}\n" for word in ("a", "b", "c", "dd", "", "  e")]), max_size=14
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(before=LINES, after=LINES, hidden=st.sets(st.integers(0, 13)))
def test_blocks_replay_to_the_after_state_and_show_nothing_hidden(before, after, hidden):
    try:
        blocks = make_blocks(before, after, may_show=lambda place: place not in hidden)
    except NoAnchorError:
        return
    assert replay("".join(before), blocks) == "".join(after)
    for block in blocks:
        assert "".join(before[slice(*block.old)]) == block.search
        assert "".join(after[slice(*block.new)]) == block.replace
        assert not hidden & set(range(*block.old))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(before=st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True), data=st.data())
def test_an_edit_of_distinct_lines_always_has_blocks(before, data):
    lines = [f"line {number}\n" for number in before]
    place = data.draw(st.integers(0, len(lines) - 1))
    after = [*lines[:place], "something new\n", *lines[place + 1 :]]
    blocks = make_blocks(lines, after, may_show=lambda _: True)
    assert [block.old for block in blocks] == [(place, place + 1)]


def test_context_grows_until_the_search_text_occurs_once():
    before = ["x = 1\n", "f()\n", "y = 2\n", "f()\n"]
    after = ["x = 1\n", "f()\n", "y = 2\n", "g()\n"]
    [block] = make_blocks(before, after, may_show=lambda _: True)
    assert block.search == "y = 2\nf()\n"
    assert block.replace == "y = 2\ng()\n"


def test_a_removed_line_that_may_not_be_shown_makes_no_block():
    with pytest.raises(NoAnchorError, match="may not be shown"):
        make_blocks(["mine\n", "theirs\n"], ["mine\n"], may_show=lambda place: place == 0)


def test_replay_refuses_a_search_text_that_occurs_twice():
    block = SearchReplace("a\n", "b\n", (0, 1), (0, 1))
    with pytest.raises(NoAnchorError):
        replay("a\na\n", [block])


def test_check_replay_names_the_failure():
    block = SearchReplace("a\n", "b\n", (0, 1), (0, 1))
    check_replay("a\n", "b\n", [block])
    with pytest.raises(IntegrityError, match="another text"):
        check_replay("a\n", "c\n", [block])
