"""Next edits from editors' logs and from commits: what is shown, what is learned, what is not."""

import difflib
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from material_of import a_commit, change, item, material_of, oid, said

from byline.examples.draft import Declined, Draft
from byline.examples.next_edit import NextEditSettings, next_edit
from byline.examples.next_edit_moments import bulk, steps
from byline.examples.rendering import render
from byline.examples.tokens import CURSOR, REGION, REGION_END, token_map
from byline.examples.typing_order import typing_point, weight
from byline.work.identifiers import line_list
from byline.work.items import Source, tables_of
from byline.work.trace_ranges import trace_ranges

SOME = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
REVISION = oid("revision")
BASE = [f"value_{number} = {number}\n" for number in range(30)]


def diff(old, new):
    return "".join(difflib.unified_diff(old, new, "a.py", "a.py", n=1))


def log(*states, gaps=None, who="ann", path="a.py", **fields):
    """A trace of a file's states, the first of which is the base; seconds between events."""
    seconds, parts = 0.0, []
    for number in range(1, len(states)):
        seconds += (gaps or {}).get(number, 60.0)
        parts.append(
            said("event", who, diff(states[number - 1], states[number]), path=path,
                 native=f"event-{number}", minutes=seconds / 60, origin="human",
                 detail={"predicted": False, "old_path": None, "cursor": None,
                         "seconds": seconds, "redacted": 0})
        )  # fmt: skip
    detail = {"form": "edits", "revision": REVISION}
    return item("trace", "trace:logs:one", *parts, detail=detail, **fields)


def shown(trace, base=BASE, by="ben", path="a.py"):
    rows = [(line, by) for line in base] if isinstance(base[0], str) else base
    return change(trace, path, rows, rows, by=by, status="S", purpose="shown",
                  from_patchset=None, to_patchset=None)  # fmt: skip


def edited(*changed, base=BASE):
    lines = list(base)
    for at, text in changed:
        lines[at] = text
    return lines


def made(trace, *rows, config=None, **options):
    source = material_of([trace], rows or (shown(trace),), **options)
    return source, list(next_edit(source, config or NextEditSettings()))


def read_back(draft, source):
    """The region of the prompt and of the answer."""
    row = render(draft, style="search_replace", tokens=token_map("starcoder2"), purposes=["p"],
                 cuts=source.cuts)  # fmt: skip
    assert row["split"] == "train", row["labels"]
    inside = row["prompt"].split(f"{REGION}\n")[1].split(f"{REGION_END}\n")[0]
    assert inside.count(CURSOR) == 1
    answer = row["completion"].removeprefix(f"{REGION}\n").removesuffix(f"{REGION_END}\n")
    inside = re.sub(f"(?m)^{re.escape(CURSOR)}\n", "", inside)
    return inside.replace(CURSOR, ""), answer, row


ONE = edited((5, "rounded = 1\n"))
TWO = edited((5, "rounded = 1\n"), (8, "sum_of = rounded\n"))


def test_the_next_step_is_learned_from_the_edits_before_it():
    source, [draft] = made(log(BASE, ONE, TWO))
    assert isinstance(draft, Draft)
    before, after, row = read_back(draft, source)
    whole = "".join(ONE)
    start = whole.index(before)
    assert whole[:start] + after + whole[start + len(before) :] == "".join(TWO)
    assert "+rounded = 1\n" in row["prompt"]
    assert "sum_of" not in row["prompt"]
    assert draft.labels == {"order": "recorded", "outcome": "change"}
    assert draft.record["cursor_offset"] == whole.index("rounded = 1\n") + len("rounded = 1")
    people = {one["contributor"]: one["role"] for one in row["people"]}
    assert people == {"p-ann": "author", "p-ben": "author"}


def test_a_step_ends_with_a_pause_and_nothing_near_means_no_change():
    far = edited((5, "rounded = 1\n"), (29, "x\n"), base=BASE * 8)
    near = edited((5, "rounded = 1\n"), base=BASE * 8)
    trace = log(BASE * 8, near, far)
    config = NextEditSettings(region_characters=200, most_unchanged=0.9)
    _, [declined] = made(trace, shown(trace, BASE * 8), config=config)
    assert declined.reason == "unchanged_share", "one no-change alone is more than any share"
    quick = log(BASE, ONE, TWO, gaps={2: 3.0})
    assert made(quick)[1] == [], "one step, and nothing before it"
    assert steps([0, 3, 20, 21, None], pause=10) == [(at, at + 1) for at in range(5)]
    assert steps([0, 3, 20, 21], pause=10) == [(0, 2), (2, 4)]


def test_what_the_step_takes_back_is_no_lesson():
    _, [declined] = made(log(BASE, ONE, BASE))
    assert (declined.reason, declined.decisions[-1]["value"]) == ("reverts_edits", 1.0)


def test_logs_that_cannot_be_followed_say_why():
    trace = log(BASE, ONE, TWO)
    other = shown(trace, [f"other {n}\n" for n in range(30)])
    assert made(trace, other)[1][0].reason == "events_do_not_apply"
    away = shown(trace, path="b.py")
    assert made(trace, away)[1][0].reason == "no_base_text"
    created = log([], ["x = 1\n"] * 6, ["x = 1\n"] * 6 + ["y = 2\n"])
    assert isinstance(made(created, away)[1][0], Draft), "a new file needs no text before it"


def test_nobody_excluded_is_shown():
    lines = [(line, "cho" if at in (4, 20) else "ben") for at, line in enumerate(BASE)]
    trace = log(BASE, ONE, TWO)
    source, [draft] = made(trace, shown(trace, lines), excluded=["cho"])
    row = read_back(draft, source)[2]
    text = json.dumps(row, default=str)
    assert "value_4 " not in text
    assert "value_20 " not in text
    assert "value_6 " in text
    assert made(trace, excluded=["ann"])[1][0].reason == "terms: objected"
    under = [(line, "cho" if at == 8 else "ben") for at, line in enumerate(BASE)]
    reason = made(trace, shown(trace, under), excluded=["cho"])[1][0].reason
    assert reason in ("terms: objected", "change_crosses_region")


def test_predicted_events_are_history_without_loss():
    trace = log(BASE, ONE, TWO)
    for part in trace.parts:
        object.__setattr__(part, "origin", "ai")
    source, [draft] = made(trace)
    row = read_back(draft, source)[2]
    text = row["prompt"] + row["completion"]
    lost = [text[span["start"] : span["end"]] for span in row["spans"] if span["origin"] == "ai"]
    assert any("sum_of" in one for one in lost)
    assert all(span["loss"] == 0.0 for span in row["spans"] if span["origin"] == "ai")


def test_a_formatter_or_a_checkout_is_no_typing():
    events = [(0.1 * number, f"f{number}.py") for number in range(25)]
    assert bulk(events, files=20, seconds=2.0)
    assert not bulk([(one[0] * 10, one[1]) for one in events], files=20, seconds=2.0)


def test_one_place_of_a_file_is_asked_a_few_times_only():
    states = [BASE]
    for number in range(12):
        states.append([*states[-1][:10], f"new_{number} = {number}\n", *states[-1][10:]])
    _, found = made(log(*states))
    kept = [one for one in found if isinstance(one, Draft)]
    assert len(kept) == 5
    assert {one.reason for one in found if isinstance(one, Declined)} == {"cursor_cluster"}


def test_what_a_log_starts_from_is_asked_of_git():
    source = Source("logs", "traces", path=None)
    tables = tables_of(
        source, [log(BASE, ONE), item("issue", "jira:A-1", said("title", "ann", "t"))]
    )
    [row] = trace_ranges(tables.items, tables.parts).to_pylist()
    assert (row["purpose"], row["old_commit"], row["new_commit"]) == ("shown", REVISION, REVISION)
    assert row["paths"] == ["a.py"]


def commit(before, after, *, config=None, label=None, path="a.py", **options):
    one = a_commit("Round amounts before they are summed", "ann")
    row = change(1, path, before, after, by="ann", purpose="commit", work_item=one["commit"])
    labels = [{"item": row["item"], **(label or {})}]
    source = material_of([], [row], commits=[one], labels=labels, **options)
    return source, list(next_edit(source, config or NextEditSettings(min_changed=3)))


@SOME
@given(st.sets(st.integers(0, 29), min_size=4, max_size=9), st.integers(0, 500))
def test_a_commit_is_replayed_hunk_by_hunk(places, seed):
    after = edited(*((at, f"def changed_{at}(x, y):\n    return [x, y]\n") for at in places))
    config = NextEditSettings(min_changed=3, min_hunks=2, seed=seed, region_characters=4000,
                              most_unchanged=0.99)  # fmt: skip
    source, [draft] = commit("".join(BASE), "".join(after), config=config)
    if isinstance(draft, Declined):
        assert draft.reason in ("hunks", "reverts_edits", "unchanged_share", "changed_lines.min")
        return
    before, answer, _ = read_back(draft, source)
    assert draft.labels["order"] == "synthetic"
    known = set(BASE) | set(line_list("".join(after)))
    assert all(line in known for line in line_list(answer))
    assert before != answer or draft.labels["outcome"] == "no_change"
    assert answer in draft.record["expected"]


def test_commits_that_do_not_fit_say_why():
    before, after = "".join(BASE), "".join(edited((1, "a\n"), (9, "b\n"), (20, "c\n")))
    assert isinstance(commit(before, after)[1][0], Draft)
    assert commit(before, after, label={"kind": "prose"})[1][0].reason == "code"
    assert commit(before, after, config=NextEditSettings())[1][0].reason == "changed_lines.min"
    assert commit("", after)[1][0].reason == "only_modified"
    assert commit(before, "".join(edited((1, "a\n"))),
                  config=NextEditSettings(min_changed=1))[1][0].reason == "hunks"  # fmt: skip
    assert commit(before, after, excluded=["ann"])[1][0].reason == "terms: objected"


def test_typing_pauses_where_people_pause():
    assert [weight("f(a, b)", at) for at in range(1, 7)] == [8, 10, 8, 10, 6, 8]
    assert weight("ab", 1) == 1
    counts = [typing_point("total = price_of(item, amount)\n", f"id{n}", 17) for n in range(300)]
    assert set(counts) <= set(range(1, 31))
    assert counts.count(17) > counts.count(10), "after a bracket more often than in a word"
    assert typing_point("\n", "id", 17) is None


@pytest.mark.parametrize("forged", [CURSOR, REGION, REGION_END])
def test_marks_in_the_text_are_refused(forged):
    base = edited((7, f"x = '{forged}'\n"))
    trace = log(base, edited((5, "rounded = 1\n"), base=base),
                edited((5, "rounded = 1\n"), (8, "y\n"), base=base))  # fmt: skip
    source, [draft] = made(trace, shown(trace, base))
    if isinstance(draft, Draft):
        row = render(draft, style="search_replace", tokens=token_map("plain"), purposes=["p"],
                     cuts=source.cuts)  # fmt: skip
        assert row["labels"][0]["value"] == "contains_control_token"
