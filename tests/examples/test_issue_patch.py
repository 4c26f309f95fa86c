"""Issue to patch: what was known before the work began, and what solved it, byte for byte."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.examples.draft import Declined, Draft
from byline.examples.issue_patch import IssuePatchSettings, issue_patch
from byline.examples.material import Material
from byline.examples.patch_reward import reward_of_answer
from byline.examples.pieces import joined
from byline.examples.rendering import render
from byline.examples.rendering_replay import applied, read_blocks
from byline.examples.search_replace import SearchReplace, replay
from byline.examples.tokens import PLAIN
from byline.work.items import Link, Patchset
from byline.workspace.files import sha256_text
from examples.material_of import (
    ALL_TRAIN,
    PROJECT,
    a_commit,
    at,
    change,
    commit_of,
    item,
    material_of,
    oid,
    said,
)
from examples.material_of import review as a_review

ISSUE = f"github:{PROJECT}#7"
BEFORE = "import decimal\n\n\ndef total(amounts):\n    return sum(amounts)\n"
AFTER = "import decimal\n\n\ndef total(amounts):\n    return round(sum(amounts), 2)\n"
OTHER = "def interest(rate):\n    return rate / 365\n"
STATEMENT = "Totals of long invoices are off by a cent: amounts are not rounded at all."


def an_issue(
    *more, title: str = "Totals are off by a cent", who: str = "cho", text=STATEMENT, **fields
):
    parts = (said("title", who, title, native="t"), said("description", who, text, native="d"))
    return item("issue", ISSUE, *parts, *more, **{"state": "closed", "title": title, **fields})


CLOSES = Link("closes", ISSUE, "body: Fixes #7")


def solved_by_review(links=(CLOSES,), **fields) -> Any:
    head = Patchset(1, oid("head", 8), base=oid("base", 8), time=at(500), account="ann")
    review = a_review(8, said("description", "ann", "Fixes #7", minutes=500), links=links,
                      patchsets=[head], **fields)  # fmt: skip
    return replace(review, opened=at(500))


def review_row(path: str, before: str, after: str, **fields) -> dict[str, Any]:
    return change(8, path, before, after,
                  **{"purpose": "merged", "from_patchset": None, "to_patchset": 1, **fields})  # fmt: skip


def shown_row(path: str, text: str, by: str = "ann") -> dict[str, Any]:
    row = review_row(path, text, text, status="S", by=by)
    work = change(an_issue(), path, "", "", by=by)["work_item"]
    return {**row, "purpose": "shown", "work_item": work, "after_origins": [], "to_patchset": None}


def commits(*accounts: str, minutes: float = 400) -> list[dict[str, Any]]:
    return [
        a_commit("Round totals", who, minutes=minutes, commit=commit_of(who))
        for who in accounts or ("ann",)
    ]


ROWS = [review_row("ledger/total.py", BEFORE, AFTER), shown_row("ledger/interest.py", OTHER)]


def world(*more_parts, rows=None, readings=None, **fields) -> Material:
    known = readings if readings is not None else [an_issue(*more_parts), solved_by_review()]
    options = {"commits": commits("ann", "ben"), **fields}
    return material_of(known, ROWS if rows is None else rows, **options)


def made(source: Material, **options) -> dict[str, Draft | Declined]:
    wanted = IssuePatchSettings(**options)
    stages = {wanted.digest_of(stage): stage for stage in wanted.stages}
    found = list(issue_patch(source, wanted))
    assert len({one.identity for one in found}) == len(found)
    return {stages[one.settings_digest]: one for one in found}


def text_of(draft: Draft) -> str:
    """Everything in it: turns, files, record, labels, context."""
    turns = "".join(joined(turn.pieces) for turn in draft.turns)
    files = "".join(
        line
        for turn in draft.turns for file in turn.files
        for line, known in zip(file.before, file.known_before, strict=True) if known.reason is None
    )  # fmt: skip
    blocks = "".join(b.search + b.replace for t in draft.turns for f in t.files for b in f.blocks)
    return turns + files + blocks + json.dumps(draft.record) + draft.target + str(draft.labels)


def reason(source: Material, stage: str = "edit", **options) -> str:
    one = made(source, **options)[stage]
    return one.reason if isinstance(one, Declined) else "made"


def test_the_four_stages_of_a_solved_issue() -> None:
    drafts = made(world())
    assert all(isinstance(one, Draft) for one in drafts.values()), drafts
    edit, files, regions, no_edit = (
        drafts[stage] for stage in ("edit", "files", "regions", "no_edit")
    )
    assert [turn.kind for turn in edit.turns] == ["intent", "state", "action"]
    assert joined(edit.turns[0].pieces) == f"Totals are off by a cent\n\n{STATEMENT}"
    assert [file.path for file in edit.turns[1].files] == ["ledger/interest.py", "ledger/total.py"]
    assert all(not file.blocks for file in edit.turns[1].files)
    assert joined(files.turns[-1].pieces) == "ledger/total.py\n"
    assert joined(files.turns[-2].pieces).startswith("ledger/interest.py\nledger/total.py\n")
    assert joined(regions.turns[-1].pieces) == "ledger/total.py\n5-5\n"
    assert "    5     return sum(amounts)\n" in joined(regions.turns[-2].pieces)
    assert joined(no_edit.turns[-1].pieces) == "ledger/interest.py: no edit\n"
    assert [file.path for file in no_edit.turns[-2].files] == ["ledger/interest.py"]


def test_the_patch_replays_from_the_record_and_from_the_turn() -> None:
    edit = made(world())["edit"]
    [file] = edit.turns[-1].files
    assert replay("".join(file.before), file.blocks) == AFTER
    [written] = edit.record["files"]
    blocks = [SearchReplace(b["search"], b["replace"], (0, 0), (0, 0)) for b in written["blocks"]]
    assert replay(BEFORE, blocks) == AFTER
    assert edit.record["base_commit"] == ROWS[0]["parent"]


def test_whoever_solved_it_wrote_the_answer_and_the_opener_the_issue() -> None:
    for stage, draft in made(world()).items():
        people = {person for piece in draft.turns[0].pieces for person in piece.people}
        assert people == {"p-cho"}, stage
        answer = {person for piece in draft.turns[-1].pieces for person in piece.people}
        assert answer <= {"p-ann"}, stage


def test_only_comments_from_before_the_first_commit_are_shown() -> None:
    early = said("comment", "dan", "It is the sum of binary floats I think.", minutes=100)
    late = said("comment", "ann", "Fixed by rounding the sum to two places.", minutes=450)
    never = said("comment", "dan", "Nobody knows when this was said at all.", minutes=None)
    edit = made(world(late, early, never))["edit"]
    assert [turn.kind for turn in edit.turns] == ["intent", "comment", "state", "action"]
    assert "binary floats" in text_of(edit)
    assert "rounding the sum" not in text_of(edit)
    assert "Nobody knows" not in text_of(edit)
    assert edit.record["hints"][0]["text"] == "It is the sum of binary floats I think."


def test_a_description_edited_after_closing_is_not_shown() -> None:
    reading = an_issue(detail={"hindsight_description": True, "edited": 2})
    assert reason(world(readings=[reading, solved_by_review()])) == "description.edited_later"
    reading = an_issue(detail={"hindsight_description": False, "edited": 1})
    edit = made(world(readings=[reading, solved_by_review()]))["edit"]
    assert {"path": "", "role": "description", "hindsight": True} in edit.context
    assert edit.labels["description"] == "edited"
    reading = an_issue(detail={"hindsight_description": False, "edited": 0})
    edit = made(world(readings=[reading, solved_by_review()]))["edit"]
    assert edit.labels["description"] == "as_opened"
    assert made(world())["edit"].labels["description"] == "unknown"


def test_a_title_changed_later_is_shown_as_it_was() -> None:
    later = item(
        "issue", ISSUE, said("title", "ann", "Round the sum to two places", native="t", minutes=900),
        said("description", "cho", STATEMENT, native="d"),
        said("event", "cho", "Totals look wrong", native="e", state="title: earlier"),
        state="closed",
    )  # fmt: skip
    edit = made(world(readings=[later, solved_by_review()]))["edit"]
    assert joined(edit.turns[0].pieces).startswith("Totals look wrong\n\n")
    assert "Round the sum" not in text_of(edit)


def test_edited_files_are_hindsight_unless_the_search_found_them_too() -> None:
    def marks(rows):
        return {one["path"]: one["hindsight"] for one in made(world(rows=rows))["edit"].context}

    assert marks(ROWS) == {"ledger/total.py": True, "ledger/interest.py": False}
    found = [*ROWS, shown_row("ledger/total.py", BEFORE)]
    assert marks(found) == {"ledger/total.py": False, "ledger/interest.py": False}
    partly = {**found[0], "before_origins": found[0]["before_origins"][2:]}
    assert marks([partly, *found[1:]]) == {"ledger/total.py": True, "ledger/interest.py": False}


def test_tests_are_split_out() -> None:
    rows = [
        *ROWS,
        review_row("tests/test_total.py", "def test_a(): pass\n", "def test_b(): pass\n"),
    ]
    edit = made(world(rows=rows))["edit"]
    assert [file.path for file in edit.turns[-1].files] == ["ledger/total.py"]
    assert edit.labels["tests"] == "true"
    assert edit.labels["quality"] == "A"
    assert "test_b" not in text_of(edit)
    assert edit.record["test_files"] == 1
    assert reason(world(rows=rows[2:])) == "patch.files"


def test_without_distractors_there_is_nothing_to_find() -> None:
    drafts = made(world(rows=ROWS[:1]))
    assert isinstance(drafts["edit"], Draft)
    assert isinstance(drafts["regions"], Draft)
    assert {drafts[one].reason for one in ("files", "no_edit")} == {"distractors.shown"}


def test_a_created_file_has_no_place_to_be_found() -> None:
    rows = [review_row("ledger/new.py", "", "A = 1\n"), ROWS[1]]
    drafts = made(world(rows=rows))
    assert drafts["files"].reason == drafts["regions"].reason == "files.there"
    assert [file.path for file in drafts["edit"].turns[1].files] == ["ledger/interest.py"]
    [file] = drafts["edit"].turns[-1].files
    assert replay("", file.blocks) == "A = 1\n"


@pytest.mark.parametrize(
    ("options", "wanted"),
    [({"max_lines": 0}, "patch.lines"), ({"max_files": 0}, "patch.files"),
     ({"max_characters": 10}, "characters"), ({"min_description": 1000}, "description.characters"),
     ({"max_issues": 0}, "issues")],
)  # fmt: skip
def test_limits_are_asked_and_logged(options, wanted) -> None:
    declined = made(world(), **options)["edit"]
    assert declined.reason == wanted
    assert declined.decisions[-1]["rule"] == wanted
    assert declined.decisions[-1]["keep"] is False


def test_what_people_decided_is_never_overridden_but_a_limit_is() -> None:
    identity = made(world(), max_lines=0)["edit"].identity
    again = made(world(overrides={identity: ["patch.lines"]}), max_lines=0)["edit"]
    assert isinstance(again, Draft)
    excluded = world(excluded=["cho"])
    identity = made(excluded)["edit"].identity
    again = world(excluded=["cho"], overrides={identity: ["terms: objected", "terms"]})
    assert reason(again) == "terms: objected"


def test_an_issue_written_after_the_work_began_teaches_nothing() -> None:
    assert reason(world(commits=commits("ann", minutes=-5))) == "issue.minutes_before"


def test_two_issues_of_one_change_are_declined_with_their_number() -> None:
    second = item("issue", f"github:{PROJECT}#9", said("title", "dan", "Sums", native="t9"),
                  said("description", "dan", STATEMENT, native="d9"))  # fmt: skip
    links = [Link("closes", ISSUE, "x"), Link("closes", f"github:{PROJECT}#9", "x")]
    source = world(readings=[an_issue(), second, solved_by_review(links=links)])
    found = list(issue_patch(source, IssuePatchSettings(stages=("edit",))))
    assert [one.reason for one in found] == ["issues", "issues"]
    assert found[0].decisions[-1]["value"] == 2


def test_a_review_that_was_not_merged_solves_nothing_and_a_reverted_one_is_not_taught() -> None:
    assert list(issue_patch(world(readings=[an_issue(), solved_by_review(state="closed")]),
                            IssuePatchSettings())) == []  # fmt: skip
    undo = a_review(11, said("description", "ben", "Reverts #8"), patchsets=1,
                    links=[Link("reverts", f"github:{PROJECT}#8", "x")])  # fmt: skip
    assert reason(world(readings=[an_issue(), solved_by_review(), undo])) == "reverted"


def test_commits_alone_solve_an_issue_too() -> None:
    closed = an_issue(links=[Link("closes", f"commit:ledger-core:{commit_of('ann')}", "timeline")])
    row = {**ROWS[0], "work_item": ROWS[1]["work_item"]}
    edit = made(world(readings=[closed], rows=[row, ROWS[1]]))["edit"]
    assert isinstance(edit, Draft)
    assert edit.labels["reviewed"] == "false"
    assert reason(world(readings=[closed], rows=[])) == "change.files"


def test_what_git_could_not_give_is_the_reason() -> None:
    row = {**ROWS[0], "path": "", "before": None, "after": None, "skip": "missing_object",
           "before_origins": [], "after_origins": []}  # fmt: skip
    assert reason(world(rows=[row])) == "missing_object"


def test_an_excluded_person_anywhere_in_the_change_or_the_issue() -> None:
    assert reason(world(excluded=["ann"])) == "terms: objected"
    assert reason(world(excluded=["cho"])) == "terms: objected"
    other = [ROWS[0], shown_row("ledger/interest.py", OTHER, by="ben")]
    edit = made(world(rows=other, excluded=["ben"]))["edit"]
    assert [file.path for file in edit.turns[1].files] == ["ledger/total.py"]
    assert "interest" not in text_of(edit)


def test_control_tokens_and_markers_in_an_issue_are_refused() -> None:
    for text in ("Look at <|endoftext|> in the logs of the run", f"{STATEMENT}\n<<<<<<< SEARCH\n"):
        declined = made(world(readings=[an_issue(text=text), solved_by_review()]))["edit"]
        assert declined.reason in ("contains_control_token", "contains_markers")
    hostile = said("comment", "dan", "Then write ======= twice\n=======\nhere", minutes=10)
    assert "twice" not in text_of(made(world(hostile))["edit"])


def test_quality_codes_are_told() -> None:
    text = f"{STATEMENT} See https://wiki.example/rounding and ![shot](a.png)"
    edit = made(world(readings=[an_issue(text=text), solved_by_review()]))["edit"]
    assert edit.labels["quality"] == "B3,B8,no_tests"
    assert edit.labels["difficulty"] == "easy"


@pytest.mark.parametrize("style", ["search_replace", "unified_diff", "chat", "conversation"])
def test_every_stage_is_rendered_with_what_whoever_solved_it_chose(style: str) -> None:
    early = said("comment", "dan", "It is the sum of binary floats I think.", minutes=100)
    for stage, draft in made(world(early)).items():
        row = render(draft, style=style, tokens=PLAIN, purposes=["assist_others"], cuts=ALL_TRAIN)
        assert row["split"] == "train", (stage, row["labels"])
        whole = "".join(row[name] or "" for name in ("text", "prompt", "completion")) or "".join(
            one["content"] for one in row["messages"]
        )
        learned = [one for one in row["spans"] if one["loss"] > 0]
        assert {one["contributor"] for one in learned} - {None} == {"p-ann"}, stage
        assert {one["contributor"] for one in row["people"]} >= {"p-ann", "p-cho", "p-dan"}
        assert "user_2: It is the sum of binary floats" in whole
        assert whole.index(STATEMENT) < min(one["start"] for one in learned)


def test_the_rendered_answer_has_the_whole_reward() -> None:
    draft = made(world())["edit"]
    row = render(draft, style="search_replace", tokens=PLAIN, purposes=[], cuts=ALL_TRAIN)
    before = {"ledger/total.py": BEFORE, "ledger/interest.py": OTHER}
    reward = reward_of_answer(
        row["completion"], {"ledger/total.py": AFTER}, before=before, tokens=PLAIN
    )
    assert reward == 1.0


def test_what_an_agent_did_is_not_learned() -> None:
    draft = made(world(origins={"ann": "ai"}))["edit"]
    row = render(draft, style="search_replace", tokens=PLAIN, purposes=[], cuts=ALL_TRAIN)
    assert {one["name"]: one["value"] for one in row["labels"]}["reason"] == "nothing_learned"


TEXTS = st.lists(
    st.sampled_from(["a\n", "b\n", "\n", "def f():\n", "    return 1\n", "é\n"]), max_size=9
)


@settings(max_examples=40, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(
    st.dictionaries(
        st.sampled_from(["a.py", "b/c.py", "d.py"]), st.tuples(TEXTS, TEXTS), min_size=1
    )
)
def test_every_shipped_edit_replays_byte_for_byte_and_the_rest_has_a_reason(texts) -> None:
    states = {path: ("".join(old), "".join(new)) for path, (old, new) in texts.items()}
    states = {path: state for path, state in states.items() if state[0] != state[1]}
    rows = [review_row(path, old, new) for path, (old, new) in states.items()]
    draft = made(world(rows=rows), stages=("edit",))["edit"]
    if isinstance(draft, Declined):
        assert draft.reason in ("ambiguous", "change.files", "no_final_newline"), draft.reason
        return
    row = render(draft, style="search_replace", tokens=PLAIN, purposes=[], cuts=ALL_TRAIN)
    assert row["split"] == "train", row["labels"]
    oracle = {path: new or None for path, (_, new) in states.items()}
    before = {path: old for path, (old, _) in states.items()}
    changes = read_blocks(row["completion"], PLAIN)
    assert applied(changes, before) == oracle
    assert {one["path"]: one["after_sha256"] for one in draft.record["files"]} == {
        path: sha256_text(new) for path, (_, new) in states.items()
    }


SECRET = "zebra-quartz"


@settings(max_examples=40, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(
    st.lists(
        st.tuples(st.sampled_from(["cho", "dan", "eve"]), st.integers(0, 900), st.booleans()),
        max_size=5,
    ),
    st.randoms(),
)
def test_no_word_of_an_excluded_person_is_in_any_stage_and_order_is_no_matter(
    told: list[tuple[str, int, bool]], chance: random.Random
) -> None:
    comments = []
    for number, (who, minutes, quotes) in enumerate(told):
        text = f"eve wrote {SECRET} number {number} and more of it" if who == "eve" else (
            f"Comment {number} says that rounding matters here."
        )  # fmt: skip
        if quotes and who != "eve":
            text = f"> eve wrote {SECRET} number 0 and more of it\n\n{text}"
        comments.append(said("comment", who, text, native=f"c{number}", minutes=minutes))
    rows = [*ROWS, shown_row("ledger/hidden.py", f"# {SECRET}\n" * 3, by="eve")]
    # What eve said is known to the thread whether or not it is shown.
    hers = said("comment", "eve", f"eve wrote {SECRET} number 0 and more of it", native="e0")
    source = world(hers, *comments, rows=rows, excluded=["eve"], commits=commits("ann", "eve"))
    drafts = made(source)
    for draft in drafts.values():
        assert isinstance(draft, Draft)
        assert SECRET not in text_of(draft)
        assert "p-eve" not in {p for t in draft.turns for piece in t.pieces for p in piece.people}
    chance.shuffle(rows)
    again = made(world(hers, *comments, rows=rows, excluded=["eve"], commits=commits("eve", "ann")))
    assert again == drafts
