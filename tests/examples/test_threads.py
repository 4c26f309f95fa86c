"""Conversations of several people: who is shown, in which order, under which name, quoting whom."""

import dataclasses
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import at, item, material_of, review, said

from byline.examples.draft import LeftOutError, Log
from byline.examples.pieces import joined
from byline.examples.threads import thread_for, thread_of


def thread(*parts, excluded=(), **fields):
    source = material_of([review(41, *parts, **fields)], excluded=excluded)
    return thread_of(source, next(iter(source.items)))


def words(found, *kinds):
    return [one.text for one in found.of(*(kinds or ("comment", "review", "inline")))]


def test_a_thread_of_an_excluded_opener_is_declined_with_the_reason():
    assert thread(said("comment", "ben", "Looks wrong to me."), excluded=["ann"]) == (
        "terms: objected"
    )


def test_a_thread_of_whoever_made_the_first_patchset_is_declined_too():
    from byline.work.items import Patchset

    pushed = [Patchset(1, "f" * 40, account="dan", time=at(0))]
    found = thread(said("comment", "dan", "I pushed it."), patchsets=pushed, excluded=["dan"])
    assert found == "terms: objected"


def test_what_excluded_people_say_goes_with_quotes_of_it_and_their_name():
    found = thread(
        said("comment", "dan", "Rounding belongs at the very end of the chain, always.", native="d"),
        said(
            "comment", "ben",
            "> Rounding belongs at the very end of the chain\n\n@dan says so, but Dan Example is"
            " alone with it.",
            native="b", minutes=5, reply_to="d",
        ),
        said(
            "comment", "cho",
            "As was said: rounding belongs at the very end of the\nchain, always.\n\nI disagree.",
            native="c", minutes=6,
        ),
        excluded=["dan"],
    )  # fmt: skip
    assert words(found) == ["@user_4 says so, but user_4 is alone with it.", "I disagree."]
    assert found.counts["terms: objected"] == 1
    assert found.counts["quote_of_excluded"] == 1
    assert found.counts["repeats_excluded"] >= 1


def test_a_quote_belongs_to_whoever_is_quoted():
    found = thread(
        said("comment", "ben", "Please use a Decimal here, floats lose cents.", native="b"),
        said("comment", "cho", "> Please use a Decimal here\n\nAgreed.", native="c", minutes=5),
    )
    answer = found.of("comment")[1]
    by = {piece.contributor: piece.text for piece in answer.pieces}
    assert by["p-ben"].startswith("> Please use")
    assert by["p-cho"].strip() == "Agreed."


def test_a_quote_of_nobody_in_the_thread_goes():
    found = thread(said("comment", "ben", "> Premature rounding is the root of it\n\nSee above."))
    assert words(found) == ["See above."]
    assert found.counts["quote_of_unknown"] == 1


def test_quotes_within_quotes_are_judged_line_by_line():
    found = thread(
        said("comment", "dan", "We never test this on Windows at all.", native="d"),
        said("comment", "ben", "Then the time has come to do that.", native="b", minutes=1),
        said(
            "comment", "cho",
            ">> We never test this on Windows\n> Then the time has come\n\nI will.", minutes=2,
        ),
        excluded=["dan"],
    )  # fmt: skip
    assert words(found)[-1] == "> Then the time has come\n\nI will."


def test_own_words_beside_a_quote_of_an_excluded_person_stay():
    """Even where they go on by chance with the letters that the quoted text goes on with."""
    found = thread(
        said("comment", "dan", "The quay has no crane for loads so wide as these.", native="d"),
        said("comment", "ben", "> The quay has no crane for loads\nSo it is not.", minutes=1),
        excluded=["dan"],
    )
    assert words(found) == ["So it is not."]


def test_every_quote_in_a_reply_to_an_excluded_person_goes():
    found = thread(
        said("comment", "dan", "No.", native="d"),
        said("comment", "ben", "> No.\n> Whatever else\n\nWhy not?", reply_to="d", minutes=1),
        excluded=["dan"],
    )
    assert words(found) == ["Why not?"]


def test_lines_of_an_excluded_persons_code_go_from_comments():
    from material_of import change

    held = [("secret_rate = lookup_rate(berth)\n", "dan"), ("x = 1\n", "ann")]
    opened = review(41, said("comment", "ben", "See\n```\nsecret_rate = lookup_rate(berth)\n```\n"))
    source = material_of(
        [opened], [change(41, "a.py", held, [held[0], ("x = 2\n", "ann")])], excluded=["dan"]
    )
    found = thread_of(source, next(iter(source.items)))
    assert words(found) == ["See\n```\n```"]


def test_names_are_the_same_everywhere_and_never_the_people():
    found = thread(
        said("comment", "ben-k", "@ann please look, and @zed too."),
        said("comment", "cho", "Thanks Ben-k Example! `@ben-k` and @zed know. @zed?", minutes=1),
        said("comment", "cho", "In code `@property` stays, ann@corp.example.org is no mention.",
             minutes=2),
    )  # fmt: skip
    assert words(found) == [
        "@user_1 please look, and @user_4 too.",
        "Thanks user_2! `@user_2` and @user_4 know. @user_4?",
        "In code `@property` stays, ann@corp.example.org is no mention.",
    ]
    assert {one.speaker for one in found.said} == {"user_1", "user_2", "user_3"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Will this work?", "Will this work?"),
        ("Thanks Will, good.", "Thanks user_2, good."),
        ("Will, could you check `will`?", "user_2, could you check `will`?"),
    ],
)
def test_first_names_that_are_words_are_replaced_where_somebody_is_meant(text, kept):
    found = thread(said("comment", "will", "Yes, I can."), said("comment", "cho", text, minutes=1))
    assert words(found)[1] == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes.\n\nOn Mon, Jan 5, 2026 at 9:00 AM Ben <b@x.example> wrote:\n\n> Is it?\n", "Yes."),
        ("Yes.\n\nOn Mon, Jan 5, 2026 at 9:00 AM Ben Somebody\n<b@x.example> wrote:\n> Is it?", "Yes."),
        ("Yes.\n\nOn Mon, Jan 5, 2026 at 9:00 AM Ben wrote:\nIs it so?\nSurely.", "Yes."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ben\nIs it?", "Yes."),
        ("Yes.\n\nFrom: Ben\nSent: Monday\nTo: Ann\nSubject: it\n\nIs it?", "Yes."),
        ("Yes.\n-- \nAnn Example\nHarbour Analytics", "Yes."),
        ("Yes.\n\nSent from my phone", "Yes."),
        ("Yes.\n\nSigned-off-by: Ann Example <a@x.example>", "Yes."),
        ("Yes.<!-- please\nfill in -->\nNo.", "Yes.\nNo."),
        ("Yes.<!-- never closed\nNo.", "Yes."),
        ("Yes.\n\n## [Codecov](https://codecov.io/x) Report\n| a | b |\n\nNo.", "Yes.\n\n\nNo."),
        ("```\n<!-- code -->\n> not a quote\n-- \n```", "```\n<!-- code -->\n> not a quote\n-- \n```"),
        ("On Linux the tool wrote:\n```\nx\n```", "On Linux the tool wrote:\n```\nx\n```"),
    ],
)  # fmt: skip
def test_remains_of_mail_and_machines_are_taken_out(text, kept):
    assert words(thread(said("comment", "cho", text)))[0] == kept


def test_bots_and_calls_of_bots_are_left_out_and_counted():
    found = thread(
        said("comment", "dependabot[bot]", "Bumps it."),
        said("comment", "harbour-ci", "Build failed."),
        said("comment", "octo", "I am one.", origin="bot"),
        said("comment", "ben", "/retest"),
        said("comment", "ben", "@harbour-ci run tests"),
        said("comment", "ben", "This one is for people."),
    )
    assert words(found) == ["This one is for people."]
    assert (found.counts["bot"], found.counts["bot_summoned"]) == (3, 2)


def test_a_review_that_a_bot_opened_is_left_out_unless_the_rule_is_set_aside():
    source = material_of([review(41, who="renovate[bot]")])
    key = next(iter(source.items))
    with pytest.raises(LeftOutError, match=r"bot\.opener"):
        thread_for(source, key, Log())
    assert thread_for(source, key, Log(["bot.opener"])).bot


def test_deleted_people_are_unknown_and_so_left_out():
    found = thread(
        said("comment", None, "I am gone by now, and my words with me.", native="g"),
        said("comment", "ben", "> I am gone by now\n\nA pity."),
    )
    assert words(found) == ["A pity."]


def test_a_reply_never_stands_before_what_it_answers():
    found = thread(
        said("comment", "ben", "First.", native="1", minutes=90),
        said("comment", "cho", "Second.", native="2", minutes=5, reply_to="1"),
        said("comment", "ben", "Third.", native="3", minutes=None, reply_to="2"),
        said("comment", "cho", "Earlier than all.", native="4", minutes=1),
        said("comment", "ben", "Answers nothing.", native="5", minutes=95, reply_to="nowhere"),
    )
    assert words(found) == [
        "Earlier than all.", "First.", "Second.", "Third.", "Answers nothing.",
    ]  # fmt: skip
    assert [one.parent for one in found.of("comment")] == [None, None, "1", "2", None]


def test_circles_of_replies_end():
    parts = [
        said("comment", "ben", f"Number {n}.", native=str(n), minutes=n, reply_to=str((n + 1) % 5))
        for n in range(5)
    ]
    itself = said("comment", "cho", "Myself.", native="s", minutes=9, reply_to="s")
    assert len(words(thread(*parts, itself))) == 6


def test_a_chain_of_a_thousand_replies_ends():
    parts = [
        said("comment", "ben", f"Number {n}.", native=str(n), minutes=n, reply_to=str(n - 1))
        for n in range(1000)
    ]
    assert words(thread(*parts)) == [f"Number {n}." for n in range(1000)]


def test_an_item_without_time_or_opener_has_a_reason():
    untimed = material_of([item("issue", "jira:A-1", said("description", "ann", "x"), opened=None)])
    assert thread_of(untimed, next(iter(untimed.items))) == "no_time"
    alone = material_of([item("issue", "jira:A-2", said("comment", "ann", "x"))])
    assert thread_of(alone, next(iter(alone.items))) == "no_opener"


def test_findings_stay_replaced():
    from byline.work.items import item_of

    opened = review(41, said("comment", "ben", "Use key abc123 there.", native="k"))
    part = material_of([opened]).parts[item_of(opened)][1]
    finding = {"item": part["part"], "field": "text", "detector": "d", "version": "1",
               "category": "secret", "kind": "key", "start": 8, "end": 14, "line": 1}  # fmt: skip
    source = material_of([opened], findings=[finding])
    assert words(thread_of(source, item_of(opened))) == ["Use key <SECRET> there."]


PEOPLE = ["ann", "ben", "cho", "dan", "eve"]
TOPICS = ["tide tables", "berth plans", "ledger rows", "pilot rosters", "crane loads"]


def sentence(who, number):
    topic = TOPICS[number % len(TOPICS)]
    return f"{who} holds opinion{who}{number} on {topic} because of reason{who}{number} alone."


@st.composite
def conversations(draw):
    """Comments that quote, answer and repeat each other, in odd forms, at odd times."""
    count = draw(st.integers(1, 9))
    parts, texts = [], []
    for number in range(count):
        who = draw(st.sampled_from(PEOPLE))
        lines = [sentence(who, number)]
        for _ in range(draw(st.integers(0, 2)) if texts else 0):
            quoted = draw(st.sampled_from(texts))
            form = draw(st.sampled_from(
                ["> {}", "> > {}", "   > {}", "{}", 'He said "{}" there', "```\n{}\n```",
                 "On Mon, Jan 5, 2026 Dan wrote:\n> {}", "- {}", ">{}\n> more of it"]
            ))  # fmt: skip
            lines.insert(draw(st.integers(0, len(lines))), form.format(quoted))
        if draw(st.booleans()):
            lines.append(f"cc @{draw(st.sampled_from(PEOPLE))}")
        texts.append(sentence(who, number))
        reply = draw(st.one_of(st.none(), st.integers(0, count).map(str)))
        minutes = draw(st.one_of(st.none(), st.integers(0, 50)))
        parts.append(
            said("comment", who, "\n".join(lines), native=str(number), minutes=minutes,
                 reply_to=reply)
        )  # fmt: skip
    return parts


@settings(max_examples=80, derandomize=True, deadline=None)
@given(conversations(), st.sets(st.sampled_from(PEOPLE[1:])))
def test_nothing_of_an_excluded_person_is_in_a_thread(parts, excluded):
    found = thread(*parts, excluded=excluded)
    assert not isinstance(found, str)
    shown = "\n".join(one.text for one in found.said)
    for who in excluded:
        assert f"opinion{who}" not in shown
        assert f"reason{who}" not in shown
        assert f"@{who}" not in shown
    for one in found.said:
        assert {piece.contributor for piece in one.pieces} <= {
            f"p-{who}" for who in PEOPLE if who not in excluded
        }
        assert joined(one.pieces) == one.text


@settings(max_examples=50, derandomize=True, deadline=None)
@given(conversations(), st.sets(st.sampled_from(PEOPLE[1:])), st.integers(0, 1000))
def test_the_order_of_the_export_does_not_matter(parts, excluded, seed):
    shuffled = list(parts)
    random.Random(seed).shuffle(shuffled)
    one, two = thread(*parts, excluded=excluded), thread(*shuffled, excluded=excluded)
    plain = [dataclasses.replace(said, row={**said.row, "number": 0}) for said in one.said]
    again = [dataclasses.replace(said, row={**said.row, "number": 0}) for said in two.said]
    assert plain == again
    assert one.people == two.people


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.lists(st.text(alphabet="`~>@-<!ab \n.*_|:[]()\x00\u2028é", max_size=200), max_size=4))
def test_odd_text_makes_a_thread_all_the_same(texts):
    parts = [said("comment", "ben", text, native=str(n)) for n, text in enumerate(texts)]
    found = thread(*parts, excluded=["dan"])
    assert len(found.of("comment")) <= len(texts)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("@dan: see https://x.example/@dan.", "@user_3: see https://x.example/@user_3."),
        ("@dan@cho @@dan (@DAN) [~dan]", "@user_3@user_2 @@user_3 (@user_3) @user_3"),
        ("As DAN EXAMPLE's note says.", "As user_3's note says."),
        ("Dan said so, dan did.", "user_3 said so, user_3 did."),
        ("@app.route('/') and @types/node stay.", "@app.route('/') and @types/node stay."),
        ("@Override and @param stay.", "@Override and @param stay."),
        ("dance, Dante and x@dan.example.org stay.", "dance, Dante and x@dan.example.org stay."),
        ("```\n@dan wrote Dan\n```", "```\n@user_3 wrote Dan\n```"),
    ],
)
def test_each_form_of_a_name(text, kept):
    found = thread(
        said("comment", "cho", text), said("comment", "dan", "Never.", minutes=9), excluded=["dan"]
    )
    assert words(found) == [kept]
