"""What of decisions is declined, each by its own rule, and the laws that hold for every draft."""

from dataclasses import replace

import pytest
from decision_worlds import (
    MADR,
    NYGARD,
    document,
    drafts,
    readings,
    reasons,
    says,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import material_of

from byline.examples.decisions import DecisionSettings, decision
from byline.examples.draft import Draft

PATH = "docs/adr/0007-postgresql.md"


def made(text, *, path=PATH, numbers=None, more=(), others=None, **options):
    found = readings(document(path, text, by="ben", days=20, others=others), *more)
    source = material_of(found, one_group=False, **options)
    return list(decision(source, numbers or DecisionSettings()))


def declined(found, task, **known):
    """The reasons of one task's units: its name is in no declined row, so by settings' digest."""
    digest = DecisionSettings(**known).of(task)
    return [
        one.reason for one in found if one.settings_digest == digest and not isinstance(one, Draft)
    ]


REPLACED = {
    "status": ("status: accepted", "status: proposed"),
    "outcome_empty": (MADR[MADR.index("Chosen option") : MADR.index("### Consequences")], ""),
    "placeholder": ("The planner reads", "{Describe the context} The planner reads"),
    "context_words": (
        MADR[MADR.index("again and again") : MADR.index("## Decision Drivers")],
        "\n",
    ),
    "justification_words": (
        MADR[MADR.index("because the operations") : MADR.index("### Consequences")],
        "because it is faster.\n\n",
    ),
    "leak": ("The planner reads tide", "PostgreSQL is here. The planner reads tide"),
    "leak_in_options": ("* PostgreSQL\n* SQLite", "* PostgreSQL ✓\n* SQLite"),
}


@pytest.mark.parametrize("rule", REPLACED)
def test_each_filter_declines_by_its_name(rule):
    before, after = REPLACED[rule]
    assert before in MADR
    found = made(MADR.replace(before, after, 1))
    assert declined(found, "choice") == [rule]
    one = next(one for one in found if getattr(one, "reason", None) == rule)
    assert one.decisions[-1]["rule"] == rule
    assert one.decisions[-1]["keep"] is False


@pytest.mark.parametrize("status", ["rejected", "draft", '"{proposed | accepted}"'])
def test_other_states(status):
    found = made(MADR.replace("status: accepted", f"status: {status}"))
    kept = status.startswith('"{')  # a template's status is none at all, which decides nothing
    assert declined(found, "choice") == ([] if kept else ["status"])


def test_a_record_without_status_counts_only_where_the_settings_say_so():
    text = MADR.replace("status: accepted\n", "")
    assert declined(made(text), "choice") == []
    strict = DecisionSettings(without_status=())
    assert declined(made(text, numbers=strict), "choice", without_status=()) == ["status"]
    design = "# A\n\n" + NYGARD[NYGARD.index("## Context") :].replace("## Decision", "## Proposal")
    found = made(design, path="rfcs/0012-a.md")
    assert declined(found, "choice") == ["status"]


def test_an_option_marked_as_chosen_in_a_list_of_others_is_no_leak():
    found = made(
        MADR.replace("* SQLite on the share\n", "* SQLite on the share (accepted risk)\n", 1)
    )
    assert declined(found, "choice") == []


def test_a_rule_can_be_set_aside_for_one_record_but_terms_cannot():
    text = MADR.replace("The planner reads tide", "PostgreSQL is here. The planner reads tide")
    one = next(one for one in made(text) if getattr(one, "reason", None) == "leak")
    again = made(text, overrides={one.identity: ["leak"]})
    assert any(draft.identity == one.identity for draft in drafts(again, "choice"))
    barred = made(text, overrides={one.identity: ["leak", "terms: objected"]}, excluded=["ben"])
    assert not drafts(barred)
    assert reasons(barred) == ["terms: objected"]


def test_one_excluded_line_declines_what_needs_it_and_nothing_else():
    found = made(MADR, others={"keep two writers apart": "eve"}, excluded=["eve"])
    assert {one.labels["task"] for one in drafts(found)} == {"options"}
    assert reasons(found) == ["terms: objected"]
    drivers = made(MADR, others={"Restores within": "eve"}, excluded=["eve"])
    [one] = drafts(drivers, "choice")
    assert "Restores within" not in says(one)


def test_nobody_known_is_nobody_asked():
    found = made(MADR)
    assert drafts(found)
    source = material_of(readings(document(PATH, MADR)), one_group=False,
                         excluded=[])  # fmt: skip
    object.__setattr__(source, "permitted", type(source.permitted)({}, {}, {}))
    assert reasons(decision(source, DecisionSettings())) == ["terms: undecided"]


def test_a_record_without_time_teaches_nothing():
    [reading] = readings(document(PATH, MADR, by="ben"))
    source = material_of([replace(reading, opened=None)], one_group=False)
    assert reasons(decision(source, DecisionSettings())) == ["time_known"]


def test_people_named_in_a_record_are_not_named_by_it():
    text = MADR.replace("The planner reads", "Thanks to @ada and @zoe: the planner reads")
    [one] = drafts(made(text, accounts=["ada"]), "choice")
    assert "@ada" not in says(one)
    assert "@zoe" not in says(one)
    assert "@user_1" in says(one)
    assert "Ada Quay" not in says(one), "deciders are never shown"


def test_ai_written_lines_keep_their_origin():
    found = made(MADR, others={"keep two writers apart": "bot-pilot"}, origins={"bot-pilot": "ai"})
    [one] = drafts(found, "choice")
    learned = [piece for turn in one.turns if turn.learn for piece in turn.pieces]
    assert {piece.origin for piece in learned if piece.text.strip()} == {"human", "ai"}


def test_comments_of_templates_are_not_shown():
    text = MADR.replace("* No lost updates", "<!-- list\nyour drivers -->\n* No lost updates")
    [one] = drafts(made(text), "choice")
    assert "your drivers" not in says(one)
    assert "* No lost updates" in says(one)


def test_an_export_whose_parts_have_one_author():
    [reading] = readings(document(PATH, MADR, by="ben"))
    parts = [replace(part, origins=None, account="cho") for part in reading.parts]
    source = material_of([replace(reading, parts=parts)], one_group=False)
    [one] = drafts(decision(source, DecisionSettings()), "choice")
    assert {piece.contributor for turn in one.turns for piece in turn.pieces} == {"p-cho"}
    unknown = replace(reading, parts=[replace(part, account=None) for part in parts])
    found = list(decision(material_of([unknown], one_group=False), DecisionSettings()))
    assert not drafts(found)
    assert reasons(found) == ["terms: undecided"]


def test_html_is_shown_as_people_see_it():
    sections = MADR[MADR.index("## Context") : MADR.index("## Pros")].replace(
        "### Conseq", "## Conseq"
    )
    html = "<h1>Tides</h1>\n" + "".join(
        f"<h2>{line[3:].strip()}</h2>\n" if line.startswith("## ")
        else f"<ul><li>{line[2:].strip()}</li></ul>\n" if line.startswith("* ")
        else f"<p>{line.strip()} <b>&amp;</b></p>\n" if line.strip() else "\n"
        for line in sections.splitlines()
    )  # fmt: skip
    [one] = drafts(made(html, path="docs/adr/0007-postgresql.html"), "choice")
    assert "<" not in says(one)
    assert "&amp;" not in says(one)
    assert says(one, "Considered options").split("\n")[0] == "- PostgreSQL"
    assert "for every berth on each request" in says(one, "Context")


def test_what_was_found_in_a_part_is_replaced_everywhere():
    [reading] = readings(
        document(PATH, MADR.replace("nightly import", "nightly import (hunter22)"))
    )
    source = material_of([reading], one_group=False)
    part = next(p for p in source.parts[next(iter(source.items))] if "hunter22" in p["text"])
    start = part["text"].index("hunter22")
    found = {"item": part["part"], "repository": "ledger-core", "field": "text", "start": start,
             "end": start + 8, "line": 1, "category": "secret", "kind": "password",
             "detector": "test", "version": "1"}  # fmt: skip
    clean = material_of([reading], one_group=False, findings=[found])
    for one in drafts(decision(clean, DecisionSettings())):
        assert "hunter22" not in says(one) + str(one.record)
        assert "<SECRET>" in says(one, "Context")


def test_a_context_that_already_says_the_decision_is_a_leak():
    said = "the operations team already restores it nightly and row locks keep two writers apart"
    found = made(
        MADR.replace("two planners that write at once", f"{said}, two planners that write")
    )
    assert declined(found, "choice") == ["leak_of_words"]


WHO = st.sets(st.integers(0, 57), max_size=4).map(
    lambda places: ["eve" if number in places else "ann" for number in range(58)]
)
"""Few lines are hers, so that most records still make examples."""


@settings(max_examples=60, derandomize=True, deadline=None)
@given(WHO, WHO)
def test_no_line_of_an_excluded_author_is_ever_shown(old, new):
    """Whoever wrote which line of both records, eve's lines are nowhere."""
    lines_old, lines_new = _marked(NYGARD, "old"), _marked(MADR, "new")
    first = document("docs/adr/0002-files-on-the-share.md", "".join(lines_old), days=1,
                     others=_whose(lines_old, old))  # fmt: skip
    second = document(PATH, "".join(lines_new), days=9, others=_whose(lines_new, new))
    source = material_of(readings(first, second), one_group=False, excluded=["eve"])
    hidden = {mark for mark, who in {**_whose(lines_old, old), **_whose(lines_new, new)}.items()
              if who == "eve"}  # fmt: skip
    made_of_it = drafts(decision(source, DecisionSettings()))
    assert made_of_it or hidden
    for draft in made_of_it:
        told = says(draft) + str(draft.record) + draft.target
        assert not any(mark in told for mark in hidden)
        pieces = [piece for turn in (*draft.turns, *draft.rejected) for piece in turn.pieces]
        assert all(piece.people for piece in pieces if "mark" in piece.text)


def _marked(text, name):
    """Each line of prose with a word of its own, so that it can be found anywhere."""
    lines = text.splitlines(keepends=True)
    return [
        f"{line.rstrip()} {name}mark{number:03d}x\n"
        if line[:1].isalpha() or line[:1] == "*"
        else line
        for number, line in enumerate(lines)
    ]


def _whose(lines, who):
    marks = [line.split()[-1] for line in lines if "mark" in line]
    return dict(zip(marks, who, strict=False))
