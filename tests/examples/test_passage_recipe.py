"""Queries and passages: where they come from, their negatives, and what is declined."""

from dataclasses import replace

import pytest
from decision_worlds import DAY, MADR, NYGARD, POSTMORTEM, document, drafts, readings, reasons, says
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import a_commit, at, change, item, material_of, review, said

from byline.corpus.split import Cuts
from byline.examples.passage_code import longest_run
from byline.examples.passages import RECIPE, PassageSettings, passage
from byline.examples.rendering import render
from byline.examples.tokens import token_map

GUIDE = """\
# Operating the berth planner

The planner assigns berths to ships by draught, length and tide. It runs on two hosts behind a lock,
so that one can be restarted while the other answers requests.

## Restarting after a crash

Stop both hosts, wait until the lock is free, and start the one with the newer journal first. The
other one reads the journal of the first and must not be started before the first answers requests.

## Notes

Short.
"""
ISSUE = (
    "When the tide table of a berth is replaced while the planner computes, the planner keeps the"
    " old one until it is restarted, so that ships are sent to berths that are dry by then."
)
CODE = """\
def reload(store, berth):
    \"\"\"Read the tide table of a berth again when its file is newer than what is held.\"\"\"
    held = store.held(berth)
    if store.changed(berth) > held.time:
        table = store.read(berth)
        for tide in table.tides:
            if tide.height < held.lowest:
                table = table.without(tide)
        return table
    return held
"""


def guide(**options):
    return readings(document("docs/planner.md", GUIDE, **options), every_document=True)


def issue(number=7, text=ISSUE, title="Replaced tide tables are not seen", who="ben"):
    return item("issue", f"github:acme/ledger#{number}",
                said("title", who, title, native="title"),
                said("description", who, text, native="description"))  # fmt: skip


def made(found, changes=(), numbers=None, **options):
    options.setdefault("one_group", False)
    return list(passage(material_of(found, changes, **options), numbers or PassageSettings()))


def by_origin(found):
    return {one.labels["query_origin"]: one for one in drafts(found)}


def test_headings_and_titles_of_documents():
    found = by_origin(made(guide()))
    assert says(found["title"], "Query") == "Operating the berth planner"
    heading = found["heading"]
    assert says(heading, "Query") == "Operating the berth planner: Restarting after a crash"
    assert says(heading, "Passage").strip().startswith("Stop both hosts")
    assert (heading.recipe, heading.work_class) == (RECIPE, "design")
    assert heading.labels["positive"] == heading.record["positive"]
    last = heading.sources[-1]
    assert GUIDE.split("\n")[last["start"]].startswith("Stop both hosts")


def test_titles_of_issues_and_reviews():
    text = (
        "Reload a berth's tide table when its file is newer, so that no planner must be restarted."
    )
    found = by_origin(made([issue(), review(9, said("description", "ann", text + " Twice." * 9))]))
    assert says(found["issue_title"], "Passage") == ISSUE
    assert says(found["review_title"], "Query") == "Round amounts to the minor unit"
    assert {one.work_class for one in found.values()} == {"process"}


def test_code_that_a_review_wrote():
    own = review(41, title="Reload tide tables that were replaced")
    row = change(own, "tides/store.py", "", CODE, by="ben", purpose="merged", from_patchset=None)
    found = by_origin(made([own], [row]))
    one = found["review_title"]
    assert says(one, "Passage") == CODE
    comment = found["comment"]
    assert says(comment, "Query") == (
        "Read the tide table of a berth again when its file is newer than what is held."
    )
    assert says(comment, "Passage") == "".join(CODE.splitlines(keepends=True)[2:])
    assert (one.work_class, one.labels["kind"]) == ("code", "code")
    assert one.sources[-1]["path"] == "tides/store.py"
    assert {piece.contributor for piece in one.turns[1].pieces} == {"p-ben"}
    assert reasons(made([own], [row], labels=[{"item": row["item"], "generated": "name"}])) == [
        "generated"
    ]
    assert reasons(made([own], [row], excluded=["ben"])) == ["terms: objected"]


def test_code_asked_for_by_the_commits_subject():
    own = review(41, title="Reload tide tables that were replaced")
    row = change(own, "tides/store.py", "", CODE, by="ben", purpose="merged", from_patchset=None)
    commit = a_commit("Reload a berth's tide table when its file is newer\n\nMore.\n", "cho",
                      commit=row["commit"])  # fmt: skip
    found = made([own], [row], commits=[commit])
    one = by_origin(found)["commit_subject"]
    assert says(one, "Query") == "Reload a berth's tide table when its file is newer"
    assert {piece.contributor for turn in one.turns for piece in turn.pieces} == {"p-cho", "p-ben"}
    barred = made([own], [row], commits=[commit], excluded=["cho"])
    assert "commit_subject" not in by_origin(barred)
    assert reasons(barred) == ["terms: objected"]


def test_longest_run():
    runs = [{"start": 1, "lines": 2}, {"start": 5, "lines": 1}, {"start": 6, "lines": 3}]
    assert longest_run(runs) == (5, 8)
    assert longest_run([{"start": 3, "lines": 1}]) == (3, 3)


NEAR = (
    "The planner does not see that a tide table of a berth was removed, and sends ships to the berth"
    " by the last table that it has read; a restart helps until the next table is removed."
)


def test_negatives_are_of_other_groups_and_examples_of_their_own():
    found = made([issue(7), issue(8, NEAR, "Removed tide tables are used"), *guide()])
    by_id = {one.labels["positive"]: one for one in drafts(found)}
    one = next(one for one in by_id.values() if "#7" in one.record["key"])
    assert one.record["negatives"]
    for other in one.record["negatives"]:
        assert by_id[other].group != one.group
    near = next(one for one in by_id.values() if "#8" in one.record["key"])
    assert one.record["negatives"][0] == near.labels["positive"]
    together = made([issue(7), issue(8, NEAR, "Removed tide tables are used")], one_group=True)
    assert all(one.record["negatives"] == [] for one in drafts(together))


def test_a_passage_that_says_the_same_is_no_negative():
    found = made([issue(7), issue(8, ISSUE + " Again.", "Old tide tables are used")])
    assert all(one.record["negatives"] == [] for one in drafts(found))


def test_a_negative_may_be_used_itself():
    found = made(
        [issue(7), issue(8, NEAR, "Removed tide tables are used", who="eve")], excluded=["eve"]
    )
    [one] = drafts(found)
    assert one.record["negatives"] == []
    assert reasons(found) == ["terms: objected"]


def test_a_negative_is_never_of_another_split():
    early = issue(7)
    late = replace(issue(8, NEAR, "Removed tide tables are used"), closed=at(90 * DAY))
    cuts = Cuts(at(30 * DAY), at(120 * DAY), "for the test")
    assert all(one.record["negatives"] == [] for one in drafts(made([early, late], cuts=cuts)))


@pytest.mark.parametrize(
    ("rule", "title", "text"),
    [
        ("min_query_words", "It breaks", ISSUE),
        ("max_query_words", "so " * 50, ISSUE),
        ("min_passage_words", "Replaced tide tables are not seen", "See the log."),
        ("max_overlap", "the tide table is old", "the tide table is old " * 9),
    ],
)
def test_each_filter_declines_by_its_name(rule, title, text):
    assert reasons(made([issue(7, text, title)])) == [rule]


def test_a_long_passage_is_cut_between_paragraphs_and_says_so():
    text = "\n\n".join(f"Paragraph {number} says something of its own." for number in range(200))
    [one] = drafts(made([issue(7, text)], numbers=PassageSettings(max_passage_characters=500)))
    assert len(one.target) <= 500
    assert one.target.endswith("own.\n\n")
    assert {"rule": "passage_cut", "value": 1.0, "limit": 500.0, "keep": True} in one.decisions


def test_people_are_not_named():
    [one] = drafts(
        made([issue(7, ISSUE + "\n\nCC @zoe\n\nSigned-off-by: Ben Example <b@x.example>\n")])
    )
    assert "@zoe" not in says(one)
    assert "Signed-off-by" not in says(one)


def test_every_section_is_a_draft_or_declined():
    found = made(readings(document("docs/adr/0002-x.md", NYGARD), document("rca/1.md", POSTMORTEM)))
    sections = sum(
        line.startswith("#") for text in (NYGARD, POSTMORTEM) for line in text.split("\n")
    )
    titles_without_text = 0  # both have lines below their titles
    assert len(found) == sections - titles_without_text
    ids = [one.identity for one in found]
    assert len(set(ids)) == len(ids)


def test_drafts_render_as_prompt_and_completion():
    source = material_of([])
    for one in drafts(made([issue(), *guide()])):
        row = render(one, style="search_replace", tokens=token_map("plain"),
                     purposes=["assist_others"], cuts=source.cuts)  # fmt: skip
        assert row["split"] == "train"
        assert one.target.strip() in row["completion"]


WHO = st.sets(st.integers(0, 59), max_size=4).map(
    lambda places: ["eve" if number in places else "ann" for number in range(60)]
)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(WHO)
def test_no_line_of_an_excluded_author_is_ever_shown(who):
    lines = [
        f"{line.rstrip()} mark{number:03d}x\n" if line.strip() and line[0] != "-" else line
        for number, line in enumerate((GUIDE + MADR).splitlines(keepends=True))
    ]
    marks = [line.split()[-1] for line in lines if "mark" in line]
    whose = dict(zip(marks, who, strict=False))
    found = readings(document("docs/all.md", "".join(lines), others=whose), every_document=True)
    made_of_it = drafts(made(found, excluded=["eve"]))
    assert made_of_it or "eve" in whose.values()
    for draft in made_of_it:
        told = says(draft) + str(draft.record) + draft.target
        assert not any(mark in told for mark, one in whose.items() if one == "eve")


@pytest.mark.parametrize("piece", ["\n", "#", "a #", "@a "])
def test_hostile_titles_take_linear_time(piece):
    made([issue(7, ISSUE + piece * 20_000, piece * 20_000)])
