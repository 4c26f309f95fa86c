"""What became of one example or one item: outcome, reason, rules, and what it repeats."""

from pathlib import Path
from typing import Any

import pytest

from byline.errors import InputError
from byline.examples.candidate import LEFT_OUT
from byline.release import explain as explaining
from byline.release.explain import explain
from byline.release.selection import Dropped, Selection
from release.candidate_rows import WORDS, prepared, row, text

RULE = {"rule": "length", "value": 3.0, "limit": 2.0, "keep": False}
KEPT, LEFT, TWICE, BENCH = (
    row(1, WORDS),
    row(2, "", split=LEFT_OUT, decisions=[RULE],
        labels=[{"name": "reason", "value": "terms: objected"}]),
    row(3, WORDS),
    row(4, text(4)),
)  # fmt: skip
SELECTION = Selection(
    split={KEPT["id"]: "test"},
    dropped={
        TWICE["id"]: Dropped("duplicate_exact", 1.0, 0.7, KEPT["id"]),
        BENCH["id"]: Dropped("contaminated", 0.9, 0.5, "bench/t1/prompt"),
    },
    size=0,
)


def told(folder: Path, wanted: str) -> list[dict[str, Any]]:
    made = prepared(folder, KEPT, LEFT, TWICE, BENCH)
    return [one.as_json() for one in explain(wanted, made, SELECTION)]


def test_an_included_example_has_its_split_and_its_form(tmp_path: Path):
    [one] = told(tmp_path, KEPT["id"])
    assert (one["outcome"], one["reason"], one["split"]) == ("included", "", "test")
    assert one["render"] == "chat 1"
    assert one["repeats"] is None


def test_what_was_left_out_has_its_reason_in_plain_words_and_its_rules(tmp_path: Path):
    [one] = told(tmp_path, LEFT["id"])
    assert (one["outcome"], one["reason"], one["split"]) == ("left_out", "terms: objected", "")
    assert one["meaning"]
    assert one["decisions"] == [RULE]
    assert "reason" not in one["labels"]


def test_what_was_dropped_says_for_what(tmp_path: Path):
    [one] = told(tmp_path, TWICE["id"])
    assert (one["outcome"], one["reason"]) == ("duplicate", "duplicate_exact")
    assert one["repeats"] == KEPT["id"]
    assert one["decisions"][-1] == {
        "rule": "duplicate_exact", "value": 1.0, "limit": 0.7, "keep": False,
    }  # fmt: skip
    [other] = told(tmp_path, BENCH["id"])
    assert (other["outcome"], other["repeats"]) == ("dropped", "bench/t1/prompt")


def test_the_beginning_of_an_id_and_an_item_are_enough(tmp_path: Path):
    assert {one["id"] for one in told(tmp_path, "ex_")} == {
        one["id"] for one in (KEPT, LEFT, TWICE, BENCH)
    }
    assert [one["id"] for one in told(tmp_path, "i3")] == [TWICE["id"]]


def test_an_unknown_name_and_too_wide_a_one_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(InputError, match="no recipe saw anything named 'github:a/b#9'"):
        told(tmp_path, "github:a/b#9")
    monkeypatch.setattr(explaining, "MOST", 3)
    with pytest.raises(InputError, match="4 opportunities fit"):
        told(tmp_path, "ex_")


def test_an_empty_name_is_refused(tmp_path: Path):
    with pytest.raises(InputError):
        told(tmp_path, "")
