"""The recipes on reviews: what each teaches, what it declines and why, and the laws they keep."""

import dataclasses
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import change, material_of, review, said

from byline.examples.draft import Declined, Draft
from byline.examples.pieces import joined
from byline.examples.preferences import PreferenceSettings, preference
from byline.examples.rendering import render
from byline.examples.review_comment import ReviewCommentSettings, review_comment
from byline.examples.review_conversation import ReviewConversationSettings, review_conversation
from byline.examples.review_quality import ReviewQualitySettings, review_quality
from byline.examples.review_revision import ReviewRevisionSettings, review_revision
from byline.examples.search_replace import replay
from byline.examples.tokens import token_map

RECIPES = {
    "conversation": (review_conversation, ReviewConversationSettings()),
    "revision": (review_revision, ReviewRevisionSettings()),
    "comment": (review_comment, ReviewCommentSettings()),
    "quality": (review_quality, ReviewQualitySettings()),
    "preference": (preference, PreferenceSettings()),
}
BASE = "".join(f"value_{n} = {n}\n" for n in range(1, 41))
WORDS = "Floats lose cents here; could you use a Decimal instead?"
ABOUT = "This rounds amounts to the minor unit, before they are summed."


def edited(text, *edits):
    lines = text.splitlines(keepends=True)
    for line, new in sorted(edits, reverse=True):
        lines[line - 1 : line] = new
    return "".join(lines)


ONE = edited(BASE, (20, ["value_20 = round(20.5)\n", "total = value_20 + value_19\n"]))
TWO = edited(ONE, (20, ["value_20 = Decimal('20.5')\n"]))


def patchset(number, text, *, base=BASE, path="a.py", **more):
    return change(more.pop("work", 41), path, base, text, purpose="patchset", from_patchset=None,
                  to_patchset=number, **more)  # fmt: skip


def merged(text, *, base=BASE, path="a.py", **more):
    return change(more.pop("work", 41), path, base, text, purpose="merged", from_patchset=None,
                  to_patchset=None, **more)  # fmt: skip


CHANGES = [patchset(1, ONE), patchset(2, TWO), change(41, "a.py", ONE, TWO), merged(TWO)]
DESCRIBED = said("description", "ann", ABOUT, native="described")
APPROVED = said("review", "ben", "", native="ok", minutes=150, state="approved")


def inline(text=WORDS, *, who="ben", line=20, native="c", minutes=50, **more):
    fields = {"path": "a.py", "start": line, "end": line, "side": "new", "patchset": 1,
              "thread": f"t-{native}", **more}  # fmt: skip
    return said("inline", who, text, native=native, minutes=minutes, **fields)


def made(name, parts=None, changes=CHANGES, options=None, readings=None, **fields):
    recipe, defaults = RECIPES[name]
    parts = [DESCRIBED, inline(), APPROVED] if parts is None else parts
    world = material_of(
        readings or [review(41, *parts, **fields.pop("review", {}))], changes, **fields
    )
    chosen = dataclasses.replace(defaults, **(options or {}))
    return list(recipe(world, chosen))


def only(found):
    assert len(found) == 1, found
    return found[0]


def reason(found):
    assert isinstance(only(found), Declined), found
    return only(found).reason


def rule(draft, name):
    return next(one for one in draft.decisions if one["rule"] == name)


def spoken(draft):
    return [joined(turn.pieces) for turn in draft.turns]


# -- conversation ---------------------------------------------------------------------------------


def test_a_conversation_is_told_in_order_with_later_patchsets_where_they_came():
    draft = only(made("conversation"))
    kinds = [(turn.kind, turn.speaker) for turn in draft.turns]
    assert kinds == [
        ("context", "user_1"), ("context", "user_1"), ("state", ""), ("action", "user_1"),
        ("inline", "user_2"), ("action", "user_1"), ("review", "user_2"),
    ]  # fmt: skip
    assert [one["n"] for one in draft.record["patchsets"]] == [1, 2]
    assert [one["type"] for one in draft.record["events"]] == ["push", "inline", "push", "review"]
    assert draft.record["events"][1]["text"] == WORDS
    assert all(turn.learn == 1.0 for turn in draft.turns if turn.kind != "state")


@pytest.mark.parametrize(
    ("learn", "roles"),
    [("reviewers", {"inline", "review"}), ("author", {"context", "action"})],
)
def test_one_side_alone_may_be_learned(learn, roles):
    draft = only(made("conversation", options={"learn": learn}))
    assert {turn.kind for turn in draft.turns if turn.learn} == roles
    assert {turn.role for turn in draft.turns if turn.learn} == {"assistant"}
    assert {turn.role for turn in draft.turns if not turn.learn} == {"user"}


@pytest.mark.parametrize(
    ("expected", "parts", "fields"),
    [
        ("comments.by_others", [DESCRIBED], {}),
        ("comments.by_others", [DESCRIBED, said("comment", "ben", "Hm.")], {}),
        ("comments.by_others", [DESCRIBED, inline(who="ann")], {}),
        ("description.characters", [inline()], {}),
        ("title.characters", [DESCRIBED, inline()], {"title": "Fix"}),
        ("title.machine_words", [DESCRIBED, inline()], {"title": "Update dependencies of it"}),
        ("behaviour.hostility", [DESCRIBED, inline("What an idiotic way to round an amount.")], {}),
        ("bot.opener", [DESCRIBED, inline()], {"title": "Bump requests from 2.1 to 2.2"}),
        ("contains_control_token", [DESCRIBED, inline(WORDS + " <|endoftext|>")], {}),
    ],
)
def test_a_conversation_that_teaches_nothing_is_declined_by_rule(expected, parts, fields):
    assert reason(made("conversation", parts, review=fields)) == expected


@pytest.mark.parametrize("state", ["abandoned", "closed"])
def test_work_that_was_given_up_teaches_no_conversation(state):
    assert reason(made("conversation", review={"state": state})) == "review.outcome"


def test_what_nobody_should_imitate_is_shown_and_not_learned():
    later = inline("I will fix that in a follow-up PR.", who="ann", native="l", minutes=60,
                   thread="t-c", reply_to="c")  # fmt: skip
    stamp = said("comment", "cho", "Looks good to me, thanks!", native="s", minutes=70)
    draft = only(made("conversation", [DESCRIBED, inline(), later, stamp]))
    learned = {joined(turn.pieces): turn.learn for turn in draft.turns if turn.pieces}
    assert learned["I will fix that in a follow-up PR."] == 0.0
    assert learned["Looks good to me, thanks!"] == 0.0
    assert learned[WORDS] == 1.0
    assert rule(draft, "behaviour.not_learned")["value"] == 2


def test_a_review_that_was_waved_through_is_no_conversation():
    stamp = said("comment", "ben", "Looks good to me, thanks a lot!", native="s", minutes=70)
    assert reason(made("conversation", [DESCRIBED, stamp, APPROVED])) == "comments.by_others"


def test_a_review_without_its_patchsets_is_declined():
    assert reason(made("conversation", changes=[])) == "no_patchset"


def test_a_conversation_of_an_excluded_author_is_declined():
    assert reason(made("conversation", excluded=["ann"])) == "terms: objected"


def test_a_later_patchset_with_an_excluded_persons_lines_is_left_out_by_itself():
    theirs = [(line, "ann") for line in ONE.splitlines(keepends=True)]
    theirs[4] = ("theirs = 5\n", "dan")
    between = change(41, "a.py", ONE, theirs)
    rows = [patchset(1, ONE), between]
    assert reason(made("conversation", changes=rows, excluded=["dan"])) == "patchsets.left_out"
    draft = only(
        made("conversation", changes=rows, excluded=["dan"], options={"max_left_out": 1.0})
    )
    assert [one["n"] for one in draft.record["patchsets"]] == [1]
    assert "theirs" not in json.dumps(draft.record)


def test_long_texts_are_shortened_in_the_middle():
    long = "\n".join(f"Line {n} of a long description of it." for n in range(200))
    draft = only(made("conversation", [said("description", "ann", long), inline()],
                      options={"max_text": 10_000}))  # fmt: skip
    text = spoken(draft)[1]
    assert text.startswith("Line 0 ")
    assert "Line 59 of" in text
    assert "[...]" in text
    assert "Line 60 of" not in text
    assert text.endswith("Line 199 of a long description of it.")


def test_a_rule_can_be_set_aside_for_one_example():
    parts = [DESCRIBED, inline()]
    declined = only(made("conversation", parts, review={"title": "Fix"}))
    again = made("conversation", parts, review={"title": "Fix"},
                 overrides={declined.identity: ["title.characters"]})  # fmt: skip
    assert isinstance(only(again), Draft)


# -- revision -------------------------------------------------------------------------------------


def test_a_revision_is_the_change_near_the_comment_and_replays():
    far = edited(TWO, (3, ["far = 3\n"]))
    rows = [patchset(1, ONE), patchset(2, far), change(41, "a.py", ONE, far)]
    draft = only(made("revision", changes=rows))
    [file] = draft.turns[-1].files
    assert [block.replace for block in file.blocks] == ["value_20 = Decimal('20.5')\n"]
    assert replay("".join(file.before), file.blocks) == "".join(file.after) == TWO
    assert draft.record["patchset_to"] == 2
    assert rule(draft, "revision.outside")["value"] == pytest.approx(0.5)
    assert [turn.learn for turn in draft.turns] == [0.0, 0.0, 1.0]


def test_the_authors_reply_after_the_change_is_not_shown():
    early = inline("Before or after summing?", who="ann", native="q", minutes=60, thread="t-c",
                   reply_to="c")  # fmt: skip
    late = inline("Done: Decimal it is.", who="ann", native="d", minutes=120, thread="t-c",
                  reply_to="c")  # fmt: skip
    draft = only(made("revision", [DESCRIBED, inline(), early, late]))
    assert spoken(draft)[1:-1] == [WORDS, "Before or after summing?"]


def test_a_reply_that_puts_off_is_not_shown():
    later = inline("I will fix that tomorrow.", who="ann", native="q", minutes=60, thread="t-c",
                   reply_to="c")  # fmt: skip
    assert spoken(only(made("revision", [DESCRIBED, inline(), later])))[1:-1] == [WORDS]


@pytest.mark.parametrize(
    ("expected", "parts", "changes", "fields"),
    [
        ("addressed", [DESCRIBED, inline(line=30)], CHANGES, {}),
        ("comment.by_author", [DESCRIBED, inline(who="ann")], CHANGES, {}),
        ("comment.least", [DESCRIBED, inline("Use Decimal.")], CHANGES, {}),
        ("comment.most", [DESCRIBED, inline("Use Decimal. " * 100)], CHANGES, {}),
        ("behaviour.rubber_stamp", [DESCRIBED, inline("Looks good to me, thanks!")], CHANGES, {}),
        ("behaviour.hostility", [DESCRIBED, inline("Are you blind? Cents are lost.")], CHANGES, {}),
        ("no_line", [DESCRIBED, inline(start=None, end=None)], CHANGES, {}),
        ("unknown_states", [DESCRIBED, inline()], [], {}),
        ("review.outcome", [DESCRIBED, inline()], CHANGES, {"state": "abandoned"}),
        ("terms: objected", [DESCRIBED, inline(who="dan")], CHANGES, {}),
        ("bot", [DESCRIBED, inline(who="sonar-ci")], CHANGES, {}),
        ("revision.format_only", [DESCRIBED, inline()],
         [patchset(1, ONE), change(41, "a.py", ONE, ONE.replace("= round", "=  round"))], {}),
        ("behaviour.suppression", [DESCRIBED, inline()],
         [patchset(1, ONE),
          change(41, "a.py", ONE, ONE.replace("(20.5)", "(20.5)  # type: ignore"))], {}),
        ("generated", [DESCRIBED, inline()], CHANGES, {"labels": "generated"}),
        ("no_single_change", [DESCRIBED, inline()], [patchset(1, ONE), merged(TWO)], {}),
    ],
)  # fmt: skip
def test_a_comment_that_taught_nobody_is_declined_by_rule(expected, parts, changes, fields):
    fields = dict(fields)
    labels = (
        [{"item": row["item"], "generated": "x"} for row in changes]
        if fields.pop("labels", 0)
        else []
    )
    found = made("revision", parts, changes, review=fields, excluded=["dan"], labels=labels)
    assert reason(found) == expected


def test_a_change_of_an_excluded_persons_line_is_declined():
    held = [(line, "ann") for line in ONE.splitlines(keepends=True)]
    held[19] = (held[19][0], "dan")
    rows = [patchset(1, ONE), change(41, "a.py", held, TWO)]
    assert reason(made("revision", changes=rows, excluded=["dan"])) == "terms: objected"


def test_an_agents_change_is_marked_as_its():
    rows = [
        patchset(1, ONE),
        change(
            41,
            "a.py",
            [(line, "ann") for line in ONE.splitlines(keepends=True)],
            TWO,
            by="bo-agent",
        ),
    ]
    draft = only(made("revision", changes=rows, origins={"bo-agent": "ai"}))
    assert draft.turns[-1].files[0].writer.origin == "ai"
    row = render(draft, style="search_replace", tokens=token_map("plain"), purposes=["p"],
                 cuts=material_of([]).cuts)  # fmt: skip
    lost = {span["loss"] for span in row["spans"] if span["origin"] == "ai"}
    assert lost <= {0.0}


# -- comment --------------------------------------------------------------------------------------


def test_a_heeded_comment_is_taught_with_the_part_of_the_change_it_is_on():
    far = edited(ONE, (3, ["far = 3\n"]))
    rows = [patchset(1, far), change(41, "a.py", far, edited(far, (20, ["better = 20\n"])))]
    draft = only(made("comment", changes=rows))
    assert draft.turns[-1].learn == 1.0
    assert spoken(draft)[-1] == WORDS
    assert "value_20 = round(20.5)" in spoken(draft)[-2]
    [file] = next(turn.files for turn in draft.turns if turn.kind == "action")
    assert "far = 3" not in "".join(block.replace for block in file.blocks)
    assert draft.context[0]["hindsight"]


def test_a_comment_that_was_only_marked_as_done_weighs_half():
    rows = [patchset(1, ONE), patchset(2, ONE)]
    settled = inline(state="resolved")
    full = only(made("comment")).weight
    weak = only(made("comment", [DESCRIBED, settled], rows))
    assert weak.labels["addressed"] == "weak"
    assert weak.weight == pytest.approx(full / 2)


@pytest.mark.parametrize(
    ("expected", "parts", "changes"),
    [
        ("addressed", [DESCRIBED, inline()], [patchset(1, ONE), patchset(2, ONE)]),
        ("comment.on_change", [DESCRIBED, inline(line=33)],
         [patchset(1, ONE), change(41, "a.py", ONE, edited(ONE, (33, ["x = 1\n"])))]),
        ("no_patchset", [DESCRIBED, inline()], [change(41, "a.py", ONE, TWO)]),
        ("behaviour.nit_only", [DESCRIBED, inline("nit: typo here")], CHANGES),
    ],
)  # fmt: skip
def test_a_comment_without_effect_or_place_is_declined(expected, parts, changes):
    assert reason(made("comment", parts, changes)) == expected


def test_at_most_three_comments_on_one_part():
    many = [inline(f"{WORDS} Variant {n}.", native=f"c{n}", minutes=50 + n) for n in range(5)]
    found = made("comment", [DESCRIBED, *many])
    assert [getattr(one, "reason", "made") for one in found] == ["made"] * 3 + [
        "comments.on_one_part"
    ] * 2


# -- quality --------------------------------------------------------------------------------------


def test_parts_that_needed_a_comment_and_as_many_that_did_not():
    one = edited(ONE, (3, ["a = 1\n", "b = 2\n"]), (10, ["c = 1\n", "d = 2\n"]))
    line = one.splitlines().index("value_20 = round(20.5)") + 1
    two = one.replace("round(20.5)", "Decimal('20.5')")
    rows = [patchset(1, one), patchset(2, two), change(41, "a.py", one, two), merged(two)]
    found = made("quality", [DESCRIBED, inline(line=line), APPROVED], rows)
    kept = [one.labels["quality"] for one in found if isinstance(one, Draft)]
    assert sorted(kept) == ["comment", "fine"]
    assert [one.reason for one in found if isinstance(one, Declined)] == ["fine.chosen"]
    draft = next(one for one in found if isinstance(one, Draft))
    assert draft.turns[-1].pieces[0].loss == 1.0
    assert draft.record["smoothing"] == pytest.approx(0.1)


def test_nothing_is_fine_that_nobody_approved():
    assert reason(
        made("quality", [DESCRIBED, inline()], review={"detail": {"approved": False}})
    ) == ("approved")


def test_a_part_that_only_an_excluded_person_commented_is_no_example():
    parts = [DESCRIBED, inline(who="dan"), APPROVED]
    assert reason(made("quality", parts, excluded=["dan"])) == "comment_not_usable"


# -- preferences ----------------------------------------------------------------------------------

AGAINST = said("review", "ben", "Please mind the cents.", native="no", minutes=60,
               state="changes_requested", patchset=1)  # fmt: skip
WORSE = edited(BASE, (20, ["value_20 = round(20.5)\n", "value_a = 1\n", "value_b = 2\n"]))
BETTER = edited(
    BASE, (20, ["value_20 = Decimal('20.5')\n", "value_a = Decimal(1)\n", "value_b = CENT\n"])
)


def kinds(found):
    return [one.labels["pair"] for one in found if isinstance(one, Draft)]


def test_what_was_merged_is_preferred_to_what_was_sent_back():
    rows = [
        patchset(1, WORSE),
        patchset(2, BETTER),
        change(41, "a.py", WORSE, BETTER),
        merged(BETTER),
    ]
    draft = only(made("preference", [DESCRIBED, inline(), AGAINST], rows))
    [chosen], [rejected] = draft.turns[-1].files, draft.rejected[0].files
    assert "".join(chosen.after) == BETTER
    assert "".join(rejected.after) == WORSE
    assert draft.record["reason"] == WORDS
    row = render(draft, style="search_replace", tokens=token_map("plain"), purposes=["p"],
                 cuts=material_of([]).cuts)  # fmt: skip
    assert row["split"] == "train"
    assert "Decimal" in row["chosen"]
    assert "round" in row["rejected"]
    assert "Decimal('20.5')" not in row["prompt"]


@pytest.mark.parametrize(
    ("expected", "parts", "worse", "better", "base"),
    [
        ("comment.addressed", [DESCRIBED, AGAINST], WORSE, BETTER, BASE),
        ("differing.least", [DESCRIBED, inline(), AGAINST], ONE, TWO, BASE),
        ("same_base", [DESCRIBED, inline(), AGAINST], WORSE, "x = 0\n" + BETTER, "x = 0\n" + BASE),
    ],
)
def test_pairs_that_teach_the_wrong_thing_are_declined(expected, parts, worse, better, base):
    rows = [patchset(1, worse), change(41, "a.py", worse, better), merged(better, base=base)]
    assert reason(made("preference", parts, rows)) == expected


SUGGESTION = "Better so:\n```suggestion\nvalue_20 = int(20.5)\n```"
DETAIL = {"suggestion": ["value_20 = int(20.5)"], "suggestion_at": [[3, 3]],
          "suggestion_for": [20, 20]}  # fmt: skip


def test_what_the_lines_became_is_preferred_to_a_suggestion_that_was_not_taken():
    draft = only(made("preference", [DESCRIBED, inline(SUGGESTION, detail=DETAIL)]))
    assert kinds([draft]) == ["suggestion"]
    assert "".join(draft.turns[-1].files[0].after) == TWO
    assert "value_20 = int(20.5)\n" in draft.rejected[0].files[0].after
    assert "int(20.5)" not in "".join(spoken(draft))
    assert draft.rejected[0].files[0].writer.people == ("p-ben",)


def test_a_suggestion_that_was_taken_is_no_pair():
    taken = edited(ONE, (20, ["value_20 = int(20.5)\n"]))
    rows = [patchset(1, ONE), change(41, "a.py", ONE, taken)]
    found = made("preference", [DESCRIBED, inline(SUGGESTION, detail=DETAIL)], rows)
    assert reason(found) == "suggestion.taken"


def test_lines_that_stayed_are_preferred_to_a_suggestion_for_them():
    rows = [patchset(1, ONE), patchset(2, ONE), merged(ONE)]
    draft = only(made("preference", [DESCRIBED, inline(SUGGESTION, detail=DETAIL)], rows))
    [chosen], [rejected] = draft.turns[-1].files, draft.rejected[0].files
    assert "".join(chosen.before) == "".join(rejected.before) == BASE
    assert "".join(chosen.after) == ONE
    assert "".join(rejected.after) == edited(ONE, (20, ["value_20 = int(20.5)\n"]))
    assert replay(BASE, rejected.blocks) == "".join(rejected.after)
    assert "int(20.5)" not in "".join(spoken(draft))
    row = render(draft, style="unified_diff", tokens=token_map("plain"), purposes=["p"],
                 cuts=material_of([]).cuts)  # fmt: skip
    assert row["split"] == "train"


def test_comments_on_two_files_name_their_places():
    text = "".join(f"line {n}\n" for n in range(9))
    rows = [
        patchset(1, ONE), patchset(2, TWO), change(41, "a.py", ONE, TWO),
        patchset(1, text, base="", path="b.md"), patchset(2, text, base="", path="b.md"),
    ]  # fmt: skip
    other = inline("Which clock are these minutes of, please?", native="b", path="b.md", line=4)
    found = made("preference", [DESCRIBED, inline(), other], rows)
    draft = only(found)
    assert joined(draft.turns[-1].pieces) == f"a.py, line 20: {WORDS}"
    assert joined(draft.rejected[0].pieces).startswith("b.md, line 4: Which clock")
    assert {file.path for turn in draft.turns for file in turn.files} == {"a.py", "b.md"}


def reverted(words, *, again=True, closed=10_000 + 60 * 24):
    from byline.work.items import Link, item_of

    first = review(41, DESCRIBED)
    undone = review(
        42, said("description", "ben", words), who="ben", title="Revert the rounding of amounts",
        links=[Link("reverts", first.key, "text")], closed=closed,
    )  # fmt: skip
    landed = review(43, said("description", "ann", ABOUT), closed=closed + 60)
    rows = [merged(WORSE), merged(BASE, base=WORSE, work=42)]
    rows += [merged(BETTER, work=43)] if again else []
    found = made("preference", readings=[first, undone, landed], changes=rows)
    return [one for one in found if one.item == item_of(first)]


WHY = "Reverts acme/ledger#41\n\nIt breaks the sums of the quarterly report for all harbours."


def test_a_change_that_landed_again_is_preferred_to_the_one_that_was_reverted():
    draft = only(reverted(WHY))
    assert kinds([draft]) == ["reverted"]
    assert "".join(draft.turns[-1].files[0].after) == BETTER
    assert "".join(draft.rejected[0].files[0].after) == WORSE


@pytest.mark.parametrize(
    ("expected", "words", "more"),
    [
        ("revert.reason_words", "Reverts acme/ledger#41", {}),
        ("revert.infrastructure",
         "Reverts acme/ledger#41\n\nThe runner ran into time outs in the network all day.", {}),
        ("not_landed_again", WHY, {"again": False}),
        ("revert.days", WHY, {"closed": 10_000 + 60 * 24 * 31}),
    ],
)  # fmt: skip
def test_reverts_that_say_nothing_of_the_change_are_no_pairs(expected, words, more):
    assert reason(reverted(words, **more)) == expected


def test_a_heeded_comment_is_preferred_to_one_that_was_not_by_the_same_reviewer():
    ignored = inline("This name could perhaps be nicer than it is.", line=27, native="i")
    one = edited(ONE, (26, ["x = 1\n", "y = 2\n"]))
    two = one.replace("round(20.5)", "Decimal('20.5')")
    rows = [patchset(1, one), patchset(2, two), change(41, "a.py", one, two), merged(two)]
    found = made("preference", [DESCRIBED, inline(), ignored], rows)
    assert kinds(found) == ["heeded"]
    draft = next(one for one in found if isinstance(one, Draft))
    assert joined(draft.turns[-1].pieces) == f"a.py, line 20: {WORDS}"
    assert joined(draft.rejected[0].pieces).startswith("a.py, line 27: This name")


# -- laws -----------------------------------------------------------------------------------------

PEOPLE = ["ann", "ben", "cho", "dan"]


@st.composite
def reviews(draw):
    """A review with comments, quotes and patchsets whose lines are by several people."""
    parts = [DESCRIBED, APPROVED, AGAINST]
    texts = []
    for number in range(draw(st.integers(1, 5))):
        who = draw(st.sampled_from(PEOPLE))
        text = f"{who} finds opinion{who}{number} better, because of reason{who}{number} alone."
        quote = draw(st.sampled_from([None, *texts]))
        form = draw(st.sampled_from(["> {}\n\n", "{}\n", "```\n{}\n```\n", "> > {}\n\n"]))
        body = (form.format(quote) if quote else "") + text + f" @{draw(st.sampled_from(PEOPLE))}"
        texts.append(text)
        place = draw(st.sampled_from([20, 21, 30]))
        reply = draw(st.one_of(st.none(), st.integers(0, 5).map(str)))
        parts.append(inline(body, who=who, line=place, native=str(number), minutes=20 + number,
                            reply_to=reply))  # fmt: skip
    lines = [
        (line, draw(st.sampled_from(["ann", "ann", "ann", "dan"])))
        for line in BASE.splitlines(keepends=True)
    ]
    base = [(f"{line.rstrip()}  # lineof{who}\n", who) for line, who in lines]
    author = draw(st.sampled_from(["ann", "dan"]))
    one = [*base[:19], *((f"first{n} = 1  # lineofann\n", "ann") for n in range(3)), *base[20:]]
    second = [(f"second{n} = 2  # lineof{author}\n", author) for n in range(3)]
    two = [*one[:19], *second, *one[22:]]
    changes = [
        patchset(1, one, base=base), patchset(2, two, base=base), change(41, "a.py", one, two),
        merged(two, base=base),
    ]  # fmt: skip
    return parts, changes


def shown(draft):
    """Everything that a draft says or may show."""
    texts = [joined(turn.pieces) for turn in (*draft.turns, *draft.rejected)]
    for style in ("conversation", "search_replace", "unified_diff", "chat"):
        row = render(draft, style=style, tokens=token_map("starcoder2"), purposes=["p"],
                     cuts=material_of([]).cuts)  # fmt: skip
        assert row["split"] == "train", row["labels"]
        texts.append(json.dumps({key: value for key, value in row.items() if key != "sources"},
                                default=str))  # fmt: skip
    return "\n".join(
        [*texts, json.dumps(draft.record), draft.target, json.dumps(dict(draft.labels))]
    )


@settings(max_examples=25, derandomize=True, deadline=None)
@given(reviews(), st.sampled_from([{"dan"}, {"ben"}, {"ben", "dan"}, {"cho", "dan"}]))
def test_nothing_of_an_excluded_person_is_in_any_draft(world, excluded):
    parts, changes = world
    for name in RECIPES:
        for draft in made(name, parts, changes, excluded=excluded):
            assert isinstance(draft, (Draft, Declined))
            if isinstance(draft, Draft):
                text = shown(draft)
                for who in excluded:
                    for word in ("opinion", "reason", "lineof", "@", "p-"):
                        assert f"{word}{who}" not in text, (name, word, who)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(reviews(), st.integers(0, 1000))
def test_the_order_of_parts_does_not_matter(world, seed):
    parts, changes = world
    shuffled = list(parts)
    random.Random(seed).shuffle(shuffled)
    for name in RECIPES:
        assert made(name, parts, changes) == made(name, shuffled, changes)


def test_every_unit_is_accounted_for_and_ids_do_not_repeat():
    parts = [
        DESCRIBED,
        inline(),
        inline(WORDS, native="c2", line=33),
        inline(who="dan", native="c3"),
    ]
    for name in RECIPES:
        found = made(name, parts, excluded=["dan"])
        assert len({one.identity for one in found}) == len(found), name
        assert all(isinstance(one, Draft) or one.reason for one in found)
    assert len(made("revision", parts)) == 3


def test_the_settings_are_part_of_an_examples_id():
    for name, (_, defaults) in RECIPES.items():
        other = dataclasses.replace(defaults, seed=18)
        assert other.digest != defaults.digest, name


def test_what_was_reverted_within_two_weeks_teaches_no_revision():
    from byline.work.items import Link, item_of

    first = review(41, DESCRIBED, inline())
    undone = review(42, who="ben", title="Revert the rounding of amounts", closed=10_060,
                    links=[Link("reverts", first.key, "text")])  # fmt: skip
    found = made("revision", readings=[first, undone])
    assert [one.reason for one in found if one.item == item_of(first)] == ["review.outcome"]


def test_experience_is_a_weight_and_leaves_no_count():
    once = only(made("comment"))
    assert 0.5 <= once.weight <= 1.5
    assert once.weight == pytest.approx(round(once.weight, 1))
    assert "experience" not in json.dumps(once.record)


NUMBERS = st.one_of(st.none(), st.integers(-2, 60))


@st.composite
def odd_parts(draw):
    """An inline comment with places and relations that make no sense."""
    number = draw(st.integers(0, 5))
    first = draw(NUMBERS)
    lines = draw(st.sampled_from([["x = 1"], [], ["", ""]]))
    detail = draw(st.one_of(st.none(), st.just(DETAIL), st.just({"suggestion": lines})))
    return inline(
        draw(st.sampled_from([WORDS, SUGGESTION, "", "\x00\u2028", "> quote\n```\nopen"])),
        who=draw(st.sampled_from([None, "ann", "ben", "dan"])),
        native=str(number), minutes=draw(st.one_of(st.none(), st.integers(-500, 500))),
        path=draw(st.sampled_from(["a.py", "gone.py", None])), start=first, end=draw(NUMBERS),
        side=draw(st.sampled_from([None, "old", "new", "odd"])),
        patchset=draw(st.sampled_from([None, 0, 1, 2, 99])),
        reply_to=draw(st.sampled_from([None, "0", "1", "nowhere", str(number)])),
        thread=draw(st.sampled_from([None, "t"])), detail=detail,
        state=draw(st.sampled_from([None, "resolved", "changes_requested", "+2"])),
    )  # fmt: skip


@st.composite
def odd_changes(draw):
    """Rows in any combination: some unread, some of ranges that do not fit together."""
    states = [BASE, ONE, TWO, "", WORSE]
    rows = []
    for purpose, old, new in draw(st.lists(st.tuples(
        st.sampled_from(["patchset", "interdiff", "merged", "shown"]),
        st.integers(0, 4), st.integers(0, 4),
    ), max_size=6)):  # fmt: skip
        numbers = {"patchset": (None, new), "interdiff": (old, new)}.get(purpose, (None, None))
        row = change(41, "a.py", states[old], states[new], purpose=purpose,
                     from_patchset=numbers[0], to_patchset=numbers[1])  # fmt: skip
        skip = draw(st.sampled_from([None, None, None, "binary", "missing_object"]))
        if skip:
            path = "" if skip == "missing_object" else "a.py"
            row |= {"skip": skip, "before": None, "after": None, "path": path,
                    "before_origins": [], "after_origins": []}  # fmt: skip
        rows.append(row)
    return rows


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.lists(odd_parts(), max_size=5), odd_changes(), st.sampled_from(["merged", "open", None]))
def test_whatever_an_export_says_each_unit_has_an_end(parts, changes, state):
    natives = [part.native for part in parts]
    unique = [part for at, part in enumerate(parts) if part.native not in natives[:at]]
    for name in RECIPES:
        for one in made(name, [DESCRIBED, APPROVED, AGAINST, *unique], changes,
                        review={"state": state}, excluded=["dan"]):  # fmt: skip
            assert isinstance(one, Draft) or one.reason
            if isinstance(one, Draft):
                for turn in (*one.turns, *one.rejected):
                    for file in turn.files:
                        if turn.kind == "action":
                            assert replay("".join(file.before), file.blocks) == "".join(file.after)
