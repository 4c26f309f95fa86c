"""Where an issue is solved: tests told apart, regions, excerpts, codes, and which files are asked."""

from typing import Any

import pyarrow as pa
import pytest

from byline.examples.bm25 import index
from byline.examples.changed_file import changed_file
from byline.examples.draft import Log
from byline.examples.edit_view import ChangedFile
from byline.examples.issue_patch import IssuePatchSettings, issue_patch
from byline.examples.issue_quality import difficulty, quality_codes
from byline.examples.issue_shown import shown_ranges
from byline.examples.localisation import excerpt, is_test, numbered, regions, shown_lines
from byline.examples.pieces import joined
from byline.work.items import RANGES, Link
from examples.material_of import (
    PROJECT,
    REPOSITORY,
    a_commit,
    at,
    change,
    commit_of,
    item,
    material_of,
    review,
    said,
)


@pytest.mark.parametrize(
    "path",
    ["tests/test_a.py", "a/test/b.c", "e2e/login.ts", "pkg/sum_test.go", "web/app.spec.ts",
     "web/app.test.js", "src/LedgerTest.java", "src/__tests__/a.js", "conftest.py", "a/tests.py",
     "src/LedgerIT.java", "spec/models/user_spec.rb", "testing/helpers.py"],
)  # fmt: skip
def test_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    ["latest.py", "src/contest.go", "ledger/attestation.py", "inspect.c", "src/protest/a.js",
     "ledger/total.py", "specification.md", "src/UNIT.java", "greatest/a.py"],
)  # fmt: skip
def test_what_only_sounds_like_one(path: str) -> None:
    assert not is_test(path)


def file_of(before: str, after: str, **fields: Any) -> ChangedFile:
    row = change(8, "a.py", before, after, **fields)
    return changed_file(row, material_of([review(8)], [row]), Log())


def test_regions_are_lines_before_the_change() -> None:
    before = "one\ntwo\nthree\nfour\n"
    assert regions(file_of(before, "one\n2\nthree\nfour\n")) == [(2, 2)]
    assert regions(file_of(before, "one\nfour\n")) == [(2, 3)]
    assert regions(file_of(before, "one\ntwo\nnew\nthree\nfour\n")) == [(2, 2)]
    assert regions(file_of(before, "new\none\ntwo\nthree\nfour\n")) == [(1, 1)]
    assert regions(file_of(before, "1\ntwo\nthree\n4\n")) == [(1, 1), (4, 4)]


def test_an_excerpt_is_where_the_words_of_the_issue_are() -> None:
    text = "".join(f"line {number}\n" for number in range(50)).replace("line 40", "round_half_even")
    file = file_of(text, text, status="S")
    shown = excerpt(file, "round_half_even is wrong", lines=10)
    assert shown_lines(shown) == 10
    assert "   41 round_half_even\n" in joined(numbered(shown))
    assert excerpt(file, "x", lines=50) is file
    assert joined(numbered(excerpt(file, "nothing known", lines=3))) == (
        "a.py\n    1 line 0\n    2 line 1\n    3 line 2\n"
    )


CODES = {"paths": ["a.py"], "added": "x = 1\n", "tests": ["tests/test_a.py"], "issues": 1}


@pytest.mark.parametrize(
    ("statement", "fields", "codes"),
    [
        ("Sums are off.", {}, ("A",)),
        ("See https://wiki.example/x", {}, ("B3",)),
        ("Run `curl https://wiki.example/x`", {}, ("A",)),
        ("![shot](https://x.example/a.png)", {}, ("B8",)),
        ("Siehe !bild.png|thumbnail!", {}, ("B8",)),
        ("金额没有四舍五入 OK", {}, ("B9",)),
        ("x", {"paths": ["a.py.orig"]}, ("B5",)),
        ("x", {"added": "#[test]\nfn a() {}\n", "tests": []}, ("B7",)),
        ("x", {"tests": ["tests/out.json"]}, ("B10",)),
        ("x", {"tests": [], "issues": 2}, ("B11", "no_tests")),
    ],
)
def test_codes(statement: str, fields: dict[str, Any], codes: tuple[str, ...]) -> None:
    assert quality_codes(statement, **{**CODES, **fields}) == codes


def test_difficulty_is_by_size() -> None:
    assert [difficulty(files=f, lines=n) for f, n in ((1, 15), (1, 16), (2, 3), (6, 3), (1, 151))] == [
        "easy", "medium", "medium", "hard", "hard",
    ]  # fmt: skip


FILES = {
    "ledger/total.py": "def total(amounts):\n    return sum(amounts)\n",
    "ledger/rounding.py": "def round_half_even(amount):\n    return amount\n",
    "ledger/export.py": "def write_csv(rows):\n    print(rows)\n",
}


def test_files_are_asked_as_they_were_before_the_solution_and_then_shown() -> None:
    key = f"github:{PROJECT}#7"
    issue = item(
        "issue", key, said("title", "cho", "Wrong total", native="t"),
        said("description", "cho", "total of amounts ignores round_half_even", native="d"),
    )  # fmt: skip
    solved = review(8, said("description", "ann", "Fixes"), links=[Link("closes", key, "body")],
                    patchsets=1)  # fmt: skip
    row = change(8, "ledger/total.py", FILES["ledger/total.py"], "def total(amounts):\n    return 1\n",
                 purpose="merged", from_patchset=None)  # fmt: skip
    commits = [a_commit("m", minutes=9, commit=commit_of("ann"))]
    source = material_of([issue, solved], [row], commits=commits)
    known = index(pa.table({"path": list(FILES), "text": list(FILES.values())}))
    asked = shown_ranges(source, {REPOSITORY: known})
    assert asked.schema == RANGES
    [one] = asked.to_pylist()
    assert one["paths"] == ["ledger/rounding.py", "ledger/total.py"]
    assert one["old_commit"] == one["new_commit"] == row["parent"]
    assert shown_ranges(source, {"another": known}).num_rows == 0
    shown = [
        {**change(8, path, FILES[path], FILES[path], status="S"), "purpose": "shown",
         "work_item": one["work_item"], "after_origins": []}
        for path in one["paths"]
    ]  # fmt: skip
    whole = material_of([issue, solved], [row, *shown], commits=commits)
    [draft] = issue_patch(whole, IssuePatchSettings(stages=("edit",)))
    assert {c["path"]: c["hindsight"] for c in draft.context} == {
        "ledger/rounding.py": False, "ledger/total.py": False,
    }  # fmt: skip
    assert at(0) <= draft.time
