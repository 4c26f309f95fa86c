"""Segments: every line has one fate; people and time cut files exactly."""

import datetime as dt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.contributions import CONTRIBUTIONS
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.examples.segments import SegmentLimits, segments
from byline.terms.schema import DECISIONS
from byline.work.schema import FILES

CUTS = Cuts(
    dt.datetime(2026, 4, 1, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "for the test"
)
TIMES = {
    "old": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    "valid": dt.datetime(2026, 4, 10, tzinfo=dt.UTC),
    "test": dt.datetime(2026, 5, 10, tzinfo=dt.UTC),
}
LIMITS = SegmentLimits(
    min_lines=2, min_characters=10, max_characters=120, context_lines=3, min_target_characters=4
)
# Each commit: whether its lines are permitted, and when they were written.
COMMITS = {
    "a" * 40: (True, "old"),
    "b" * 40: (True, "valid"),
    "c" * 40: (True, "test"),
    "d" * 40: (False, "old"),
    "e" * 40: (False, "test"),
}


def plan(owners: list[str], *, generated: str | None = None, lines: list[str] | None = None):
    text = "".join(lines or [f"value_{n} = {n}\n" for n in range(len(owners))])
    file = {
        "item": "file_1", "repository": "r", "path": "a.py", "oid": "0" * 40, "swhid": "",
        "size": len(text), "text": text, "lines": len(owners), "skip": None,
        "origins": [
            {"start": n + 1, "lines": 1, "commit": owner} for n, owner in enumerate(owners)
        ],
    }  # fmt: skip
    label = {
        "item": "file_1", "repository": "r", "path": "a.py", "language": "Python",
        "kind": "programming", "generated": generated, "quality": [],
    }  # fmt: skip
    contributions, decisions = [], []
    for commit, (permitted, when) in COMMITS.items():
        contributions.append(
            {
                "contribution": f"c_{commit[0]}", "item": "file_1", "class": "code",
                "repository": "r", "owner": "employer", "person": f"p-{commit[0]}",
                "population": "roster", "employment": "in_force", "authored": TIMES[when],
                "authorship": "unknown", "lines": 1, "commit": commit, "role": "author",
            }
        )  # fmt: skip
        decisions.append(
            {
                "contribution": f"c_{commit[0]}", "purpose": "assist_others",
                "outcome": "identified" if permitted else "excluded",
                "reason": "permitted" if permitted else "objected",
                "clauses": ["k/1"], "missing": [],
            }
        )  # fmt: skip
    found = segments(
        pa.Table.from_pylist([file], schema=FILES),
        pa.Table.from_pylist([label], schema=LABELS),
        pa.Table.from_pylist(contributions, schema=CONTRIBUTIONS),
        pa.Table.from_pylist(decisions, schema=DECISIONS),
        cuts=CUTS,
        limits=LIMITS,
    )
    return found.to_pylist()


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(COMMITS)), min_size=1, max_size=40))
def test_every_line_has_one_fate_and_the_fate_is_right(owners):
    rows = plan(owners)
    fates: dict[int, dict] = {}
    for row in rows:
        for line in range(row["start"], row["start"] + row["lines"]):
            assert line not in fates, "a line with two fates"
            fates[line] = row
    assert sorted(fates) == list(range(1, len(owners) + 1))
    for line, row in fates.items():
        permitted, when = COMMITS[owners[line - 1]]
        if not permitted:
            assert row["reason"] == "terms: objected"
        elif row["reason"] is None:
            assert (row["split"] == "train") == (when == "old")
        else:
            assert row["reason"] == "too_short"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(COMMITS)), min_size=1, max_size=40))
def test_context_is_permitted_older_text_without_a_gap(owners):
    for row in plan(owners):
        if row["context"]:
            first = row["start"] - row["context"]
            assert row["split"] != "train"
            assert row["context"] <= LIMITS.context_lines
            for line in range(first, row["start"]):
                assert COMMITS[owners[line - 1]][0], "context of an excluded person"


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(COMMITS)), min_size=1, max_size=40))
def test_a_target_is_tested_no_earlier_than_its_latest_line(owners):
    for row in plan(owners):
        if row["reason"] is None and row["split"] != "train":
            times = [
                COMMITS[owners[line - 1]][1]
                for line in range(row["start"], row["start"] + row["lines"])
            ]
            # A run is cut into pieces of one split: that of its latest line.
            assert row["split"] == "test" or "test" not in times


def test_terms_come_before_what_a_file_is():
    rows = plan(["a" * 40, "d" * 40], generated="header")
    assert [row["reason"] for row in rows] == ["generated", "terms: objected"]


def test_text_that_holds_a_control_token_is_left_out():
    rows = plan(["a" * 40] * 6, lines=["x = '<fim_middle>'\n", *["value = 12345\n"] * 5])
    assert [row["reason"] for row in rows] == ["contains_control_token"]


def test_long_runs_are_cut_into_pieces():
    rows = plan(["a" * 40] * 40)
    assert len(rows) > 2
    assert all(row["split"] == "train" for row in rows)
