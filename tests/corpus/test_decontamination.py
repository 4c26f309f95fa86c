"""Benchmarks as published, and one's own held-out work, are found in training texts."""

import gzip
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.benchmarks import BenchmarkText, read_benchmarks
from byline.corpus.decontamination import (
    BENCHMARK,
    HELD_OUT,
    HeldOut,
    Rules,
    contaminated,
    contamination,
    own_contamination,
    protected_index,
)
from byline.corpus.decontamination_hashes import PIECE, WINDOW
from byline.errors import InputError

TASK = (
    "def rounded_total(amounts, currency):\n"
    '    """Return the total of some amounts, rounded half to even in the minor unit."""\n'
    "    total = sum(amount.value for amount in amounts)\n"
    "    return total.quantize(MINOR_UNIT[currency], rounding=ROUND_HALF_EVEN)\n"
)
OTHER = "for entry in ledger.entries:\n    entry.post(account=entry.debit, by=clerk)\n" * 2


def held(*texts: str) -> list[HeldOut]:
    return [HeldOut(f"ex_{number}", text) for number, text in enumerate(texts)]


def test_a_task_is_found_whatever_its_white_space() -> None:
    index = protected_index(held(TASK))
    spaced = "# notes\n" + TASK.replace(" ", "\t\t").replace("\n", "\r\n\r\n") + "print(1)\n"
    [found] = contaminated([spaced], index)
    assert (found.contaminated, found.where, found.rule) == (True, "ex_0", "benchmark.text")


def test_ten_words_in_a_row_are_enough_and_nine_are_not() -> None:
    words = [f"word{number}" for number in range(40)]
    index = protected_index(held(" ".join(words)))
    ten, nine = " + ".join(words[5:15]), " + ".join(words[5:14])
    apart = " ".join([*words[5:10], "between", *words[10:15]])
    found = list(contaminated([ten, nine, apart, ten.upper(), None, ""], index))
    assert [one.contaminated for one in found] == [True, False, False, True, False, False]
    assert found[0].rule == "benchmark.words"
    assert found[0].value == pytest.approx(1 / 31)


def test_order_of_words_matters() -> None:
    words = [f"word{number}" for number in range(12)]
    index = protected_index(held(" ".join(words)))
    assert not next(contaminated([" ".join(reversed(words))], index)).contaminated


def test_held_out_work_needs_most_of_its_runs() -> None:
    words = [f"w{number}" for number in range(109)]  # 100 runs
    index = protected_index(held(" ".join(words)), rules=HELD_OUT)
    half, more = " ".join(words[:59]), " ".join(words[:60])
    found = list(contaminated([half, more], index))
    assert [one.contaminated for one in found] == [False, True]
    assert (found[1].rule, found[1].value, found[1].limit) == ("held_out.words", 0.51, 0.5)


def test_a_short_text_is_not_looked_for_as_a_whole() -> None:
    index = protected_index(held("return total"))
    assert not next(contaminated(["x = 1\nreturn total\n" * 50], index)).contaminated


def test_texts_that_begin_alike_are_told_apart() -> None:
    head = "from typing import List, Dict, Any, Iterable\n" * 3
    index = protected_index(held(head + TASK, head + OTHER), rules=Rules(words=10**6))
    assert [one.where for one in contaminated([head + OTHER, head + TASK, head], index)] == [
        "ex_1", "ex_0", "",
    ]  # fmt: skip


def test_a_match_over_the_border_of_two_pieces_is_found() -> None:
    index = protected_index(held(TASK), rules=Rules(words=10**6))
    stripped = len("".join(TASK.split()))
    for shift in (0, 1, WINDOW, stripped // 2, stripped):
        text = "x" * (PIECE - shift) + TASK + "y" * 500
        assert next(contaminated([text], index)).contaminated


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.text("abc \n", min_size=60, max_size=120), min_size=1, max_size=4),
    st.text("abc \n\u00e9\ud800", max_size=40), st.text("abc \n", max_size=40), st.randoms(),
)  # fmt: skip
def test_whole_texts_are_found_exactly_where_they_stand(
    protected: list[str], before: str, after: str, chance: random.Random
) -> None:
    rules = Rules(words=10**6, least_characters=0)
    index = protected_index(held(*protected), rules=rules)
    shuffled = held(*protected)
    chance.shuffle(shuffled)
    again = protected_index(shuffled, rules=rules)
    for text in (before + protected[0] + after, before + after):
        plain = "".join(text.split())
        wanted = ["".join(one.split()) for one in protected]
        expected = any(len(one) >= WINDOW and one in plain for one in wanted)
        [found] = contaminated([text], index)
        assert found.contaminated == expected
        assert [found] == list(contaminated([text], again))


def test_candidates_are_named_with_the_rule_and_the_place() -> None:
    index = protected_index(held(TASK), rules=BENCHMARK)
    table = pa.table({"id": ["a", "b", "c"], "target": [TASK, OTHER, None],
                      "prompt": [None, None, "x" + TASK]})  # fmt: skip
    found = contamination(table, index, columns=("target", "prompt"))
    assert found["id"].to_pylist() == ["a", "c"]
    assert set(found["where"].to_pylist()) == {"ex_0"}


def test_training_that_holds_held_out_work_goes_and_held_out_work_stays() -> None:
    table = pa.table(
        {"id": ["a", "b", "c", "d", "e"],
         "split": ["train", "train", "test", "validation", "left_out"],
         "target": [TASK + OTHER, OTHER, TASK, TASK + "x", TASK]}
    )  # fmt: skip
    found = own_contamination(table)
    assert found["id"].to_pylist() == ["a"]
    assert found["where"].to_pylist() == ["c"]
    assert found["rule"].to_pylist() == ["held_out.text"]
    assert own_contamination(table.slice(0, 2)).num_rows == 0


def test_nothing_protected_contaminates_nothing() -> None:
    assert not next(contaminated([TASK], protected_index([]))).contaminated


ROW = {"task_id": "T/1", "prompt": "Round it.", "canonical_solution": "return 1", "entry": "f"}
READ = [("canonical_solution", "return 1"), ("prompt", "Round it.")]


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "json", "data", "object", "parquet", "rows"])
def test_benchmarks_are_read_in_every_form(tmp_path, form: str) -> None:
    line = json.dumps(ROW) + "\n"
    if form == "parquet":
        path = tmp_path / "bench.parquet"
        pq.write_table(pa.Table.from_pylist([ROW]), path)
    elif form.startswith("jsonl"):
        path = tmp_path / f"bench.{form}"
        data = line.encode()
        path.write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    else:
        path = tmp_path / "bench.json"
        inner = {key: value for key, value in ROW.items() if key != "task_id"}
        value = {"json": [ROW], "data": {"data": [ROW]}, "object": {"T/1": inner},
                 "rows": {"rows": [{"row_idx": 0, "row": ROW}]}}[form]  # fmt: skip
        path.write_text(json.dumps(value))
    found = list(read_benchmarks(path))
    assert found == [BenchmarkText("bench", "T/1", field, text) for field, text in READ]


def test_lists_and_written_json_are_opened(tmp_path) -> None:
    path = tmp_path / "apps.jsonl"
    row = {"id": 3, "test_list": ["assert f(1)", "assert f(2)"], "solutions": json.dumps(["a()"])}
    path.write_text(json.dumps(row))
    assert [one.text for one in read_benchmarks(path)] == ["a()", "assert f(1)", "assert f(2)"]


def test_a_folder_of_texts_is_read_without_its_links(tmp_path) -> None:
    folder = tmp_path / "apps"
    (folder / "0001").mkdir(parents=True)
    (folder / "0001" / "question.txt").write_text("How many?")
    (tmp_path / "secret.txt").write_text("elsewhere")
    (folder / "0001" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    found = list(read_benchmarks(folder))
    assert found == [BenchmarkText("apps", "0001/question.txt", "text", "How many?")]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b'{"prompt": "x"}\n{"prompt": ', "line 2"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.json", b"[1]", "entry 1"),
        ("a.jsonl", b'{"unknown": "x"}', "none of its fields"),
        ("a.parquet", b"PAR1", "Parquet"),
        ("a.jsonl.gz", b"\x1f\x8bnothing", "cannot be read"),
        ("a.exe", b"MZ", "no benchmark is read"),
        ("a.txt", b"x" * 2000, "more than"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_not_passed_over(tmp_path, name, data, said) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        list(read_benchmarks(path, max_bytes=1_000_000 if name == "a.json" else 1000))


def test_an_empty_folder_is_no_benchmark(tmp_path) -> None:
    with pytest.raises(InputError, match="no benchmark file"):
        list(read_benchmarks(tmp_path))


def test_further_fields_can_be_named(tmp_path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"frage": "Wie viel?"}')
    assert [one.text for one in read_benchmarks(path, fields=["frage"])] == ["Wie viel?"]
