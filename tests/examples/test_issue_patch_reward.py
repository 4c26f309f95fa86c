"""The reward of an answer: its likeness to what was done, and -1 for what cannot be applied."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples.patch_reward import reward_of_answer, similarity_reward
from byline.examples.tokens import PLAIN

BEFORE = {"a.py": "x = 1\ny = 2\nz = 3\n", "b.py": "b = 1\n"}
AFTER = {"a.py": "x = 1\ny = 20\nz = 3\n"}


def block(path: str, search: str, replace: str) -> str:
    return f"Edit: {path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def reward(answer: str) -> float:
    return reward_of_answer(answer, AFTER, before=BEFORE, tokens=PLAIN)


def test_the_change_that_was_made_has_one_and_a_near_one_nearly() -> None:
    assert reward(block("a.py", "y = 2\n", "y = 20\n")) == 1.0
    near = reward(block("a.py", "y = 2\n", "y = 21\n"))
    far = reward(block("a.py", "x = 1\n", "import everything_else_instead\n"))
    assert 1.0 > near > far >= 0


def test_a_file_that_one_side_alone_touches_counts_nothing() -> None:
    right = block("a.py", "y = 2\n", "y = 20\n")
    assert reward(right + block("b.py", "b = 1\n", "b = 2\n")) == 0.5
    assert reward(block("b.py", "b = 1\n", "b = 2\n")) == 0.0


@pytest.mark.parametrize(
    "answer",
    ["", "I would change y.", block("a.py", "q = 9\n", "q = 1\n"), block("a.py", " = ", "=="),
     block("a.py", "y = 2\n", "y = 2\n"), block("c.py", "y = 2\n", "y = 3\n"),
     "Edit: a.py\n<<<<<<< SEARCH\ny = 2\n", "<<<<<<< SEARCH\ny = 2\n=======\n>>>>>>> REPLACE\n"],
)  # fmt: skip
def test_what_cannot_be_applied_has_minus_one(answer: str) -> None:
    assert reward(answer) == -1.0


def test_created_and_deleted_files_are_compared() -> None:
    oracle = {"a.py": None, "new.py": "n = 1\n"}
    assert similarity_reward(dict(oracle), oracle, before=BEFORE) == 1.0
    assert similarity_reward({"a.py": None}, oracle, before=BEFORE) == 0.5
    assert similarity_reward({"e": ""}, {"e": ""}, before={}) == 1.0
    assert similarity_reward(None, oracle, before=BEFORE) == -1.0


FILES = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "c.py"]), st.none() | st.text("xy\n", max_size=30)
)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(FILES, FILES)
def test_the_reward_is_a_share_and_one_only_for_equal_changes(one, other) -> None:
    value = similarity_reward(one, other, before=BEFORE)
    assert 0 <= value <= 1
    assert similarity_reward(one, one, before=BEFORE) == 1.0
