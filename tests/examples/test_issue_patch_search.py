"""BM25 over a repository: what an issue's words lead to, the same in every order."""

import math
import random
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import InputError
from byline.examples.bm25 import K1, PATH_TIMES, B, choose_distractors, index, ranked, words

FILES = {
    "ledger/rounding.py": "def round_half_even(amount):\n    return amount.quantize(MINOR_UNIT)\n",
    "ledger/interest.py": "def dailyInterest(rate):\n    return rate / 365\n",
    "ledger/export.py": "def write_csv(rows):\n    for row in rows:\n        print(row)\n",
    "docs/rounding.md": "Amounts are rounded half to even in the minor unit.\n",
}


def table(files: dict[str, str | None]) -> pa.Table:
    return pa.table({"path": list(files), "text": pa.array(files.values(), pa.string())})


def test_words_are_identifiers_and_their_parts() -> None:
    assert words("roundHalfEven HTTPServer2 x_y naïve") == [
        "round", "half", "even", "roundhalfeven", "http", "server", "2", "httpserver2",
        "x", "y", "x_y", "na", "ï", "ve", "naïve",
    ]  # fmt: skip


def test_the_file_that_speaks_of_it_comes_first() -> None:
    known = index(table(FILES))
    assert ranked(known, "MINOR_UNIT is ignored by round_half_even")[0][0] == "ledger/rounding.py"
    assert ranked(known, "csv export prints nothing", most=1)[0][0] == "ledger/export.py"
    assert ranked(known, "kubernetes pods") == []


def test_distractors_are_the_best_that_are_not_edited_and_name_the_edited_that_were_found() -> None:
    text = "round_half_even does not quantize by MINOR_UNIT: rounding is wrong"
    chosen = choose_distractors(text, table(FILES), ["ledger/rounding.py"], 1)
    assert chosen == ["ledger/rounding.py", "docs/rounding.md"]
    assert choose_distractors(text, index(table(FILES)), ["ledger/export.py"], 1) in (
        ["ledger/rounding.py"], ["docs/rounding.md"],
    )  # fmt: skip
    assert choose_distractors(text, table(FILES), [], 0) == []
    assert choose_distractors(text, table({}), [], 3) == []


def test_a_file_without_text_is_left_out_and_a_path_twice_is_refused() -> None:
    assert index(table({"a.py": None, "b.py": "b"})).paths == ["b.py"]
    with pytest.raises(InputError, match="one path twice"):
        index(pa.table({"path": ["a", "a"], "text": ["x", "y"]}))


def by_the_book(files: dict[str, str], query: str) -> dict[str, float]:
    """BM25 as it stands in the paper, one file and one word at a time."""
    bags = {path: Counter(words(text)) for path, text in files.items()}
    for path, bag in bags.items():
        for word in words(path):
            bag[word] += PATH_TIMES
    mean = sum(bag.total() for bag in bags.values()) / len(bags)
    scores = {}
    for path, bag in bags.items():
        score = 0.0
        for word in words(query):
            holding = sum(word in other for other in bags.values())
            rarity = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
            damped = bag[word] + K1 * (1 - B + B * bag.total() / mean)
            score += rarity * bag[word] * (K1 + 1) / damped
        if score > 0:
            scores[path] = score
    return scores


TEXT = st.lists(st.sampled_from(["round", "halfEven", "minor_unit", "row", "x"]), max_size=8)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(st.lists(TEXT, min_size=1, max_size=6), TEXT, st.randoms())
def test_scores_are_those_of_the_paper_and_order_is_no_matter(
    texts: list[list[str]], query: list[str], chance: random.Random
) -> None:
    files = {f"f{number}.py": " ".join(text) for number, text in enumerate(texts)}
    found = ranked(index(table(files)), " ".join(query))
    expected = by_the_book(files, " ".join(query))
    assert dict(found) == pytest.approx(expected)
    assert [round(score, 9) for _, score in found] == sorted(
        (round(score, 9) for _, score in found), reverse=True
    )
    items = list(files.items())
    chance.shuffle(items)
    assert ranked(index(table(dict(items))), " ".join(query)) == found
