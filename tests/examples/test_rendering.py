"""One draft in every style: authors and loss stay with their text, and every change replays."""

import datetime as dt
import itertools
import json

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.corpus.split import Cuts
from byline.errors import InputError
from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.candidate import CANDIDATES
from byline.examples.draft import Declined, Draft, Turn
from byline.examples.edit_view import ChangedFile
from byline.examples.pieces import Piece
from byline.examples.rendering import STYLES, declined_row, render
from byline.examples.rendering_layout import RenderSettings
from byline.examples.rendering_replay import applied, read_blocks, read_diff
from byline.examples.rendering_turns import LossByOrigin
from byline.examples.search_replace import NoAnchorError, make_blocks
from byline.examples.tokens import FORBIDDEN, MAPS, token_map
from byline.work.diff import changed_blocks

NOON = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
CUTS = Cuts(None, None, "all train")
SOME = settings(
    max_examples=120, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def person(name, origin="human", reason=None):
    return Allowed(reason, (name,), origin, NOON, (f"c/{name}",))


ANN, BO, CY = person("ann"), person("bo"), person("cy", "ai")
HIDDEN = person("zed", reason="objection")


def changed(before, after, known, *, path="a.py", status=None, old_path=None):
    """A change whose old lines have these authors; Bo wrote the new ones."""
    blocks = make_blocks(before, after, may_show=lambda place: known[place].reason is None)
    known_after = [UNDECIDED] * len(after)
    origins = []
    for block in changed_blocks(before, after):
        for place in range(block.new_start, block.new_end):
            known_after[place] = BO
            origins.append({"start": place + 1, "lines": 1, "commit": "c1"})
    status = status or ("A" if not before else "D" if not after else "M")
    row = {"after_origins": origins}
    return ChangedFile(
        row, path, before, after, known, known_after, BO, tuple(blocks), status, old_path
    )


def draft(*turns, rejected=(), **more):
    facts = {
        "identity": "ex_1", "recipe": "test", "version": "1", "settings_digest": "d",
        "work_class": "process", "record": {}, "sources": [], "item": "item_1",
        "repository": "r", "group": "g", "time": NOON, "target": "t",
    }  # fmt: skip
    return Draft(turns=tuple(turns), rejected=tuple(rejected), **{**facts, **more})


def rendered(one, style, name="starcoder2", **options):
    row = render(
        one, style=style, tokens=token_map(name), purposes=["assist_others"], cuts=CUTS,
        settings=RenderSettings(**options),
    )  # fmt: skip
    pa.Table.from_pylist([row], schema=CANDIDATES)
    return row


def whole(row):
    """The string that spans are over."""
    if row["messages"] is not None:
        return "".join(message["content"] for message in row["messages"])
    names = ("text", "prompt", "completion", "chosen", "rejected")
    return "".join(row[name] for name in names if row[name] is not None)


def check_spans(row):
    place = 0
    for span in row["spans"]:
        assert span["start"] == place < span["end"]
        place = span["end"]
    assert place == len(whole(row))


def learned(row):
    return "".join(
        whole(row)[span["start"] : span["end"]] for span in row["spans"] if span["loss"] > 0
    )


LINES = st.sampled_from(
    ["x = 1\n", "y\n", "\n", "    return\n", "é\n", "tail\r\n", "- a\n", "+ b\n", " c\n",
     "--- a/x\n", "+++ b/x\n", "@@ -1,1 +1,1 @@\n", "diff --git a/x b/x\n", "...\n", "Edit: z\n"]
)  # fmt: skip


@st.composite
def changes(draw):
    before = draw(st.lists(LINES, max_size=14))
    after = list(before)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(after)))
        after[at : at + draw(st.integers(0, 3))] = draw(st.lists(LINES, max_size=3))
    if draw(st.booleans()) and draw(st.booleans()):
        before, after = draw(st.sampled_from([([], after), (before, [])]))
    authors = st.sampled_from([ANN, BO, CY, ANN, BO, CY, HIDDEN])
    known = draw(st.lists(authors, min_size=len(before), max_size=len(before)))
    renamed = bool(before and after) and draw(st.booleans())
    status, old = ("R", "old name.py") if renamed else (None, None)
    try:
        return changed(before, after, known, status=status, old_path=old)
    except NoAnchorError:
        return None


@pytest.mark.parametrize("name", sorted(MAPS))
@pytest.mark.parametrize("style", [style for style in STYLES if style != "fim"])
def test_every_change_is_read_back_from_the_rendered_text(style, name):
    tokens = token_map(name)

    @SOME
    @given(changes(), changes())
    def run(first, second):
        files = [file for file in (first, second) if file and (file.blocks or file.old_path)]
        files = files[:1] + [
            ChangedFile(**{**vars(file), "path": "b.py", "old_path": None, "status": {"R": "M"}.get(
                file.status, file.status)})
            for file in files[1:] if file.blocks
        ]  # fmt: skip
        if not files:
            return
        one = draft(
            Turn("user", "state", files=tuple(files)),
            Turn("user", "intent", (Piece("do it", "ann", "human", people=("ann",)),)),
            Turn("assistant", "action", files=tuple(files), learn=1.0),
        )
        row = rendered(one, style, name)
        if row["split"] == "left_out":  # only agents' lines are left, which are not learned
            [reason] = row["labels"]
            assert reason["value"] == "nothing_learned"
            return
        assert row["split"] == "train"
        check_spans(row)
        answer = row["completion"] or row["text"] or row["messages"][-1]["content"]
        read = read_diff if style in ("conversation", "unified_diff") else read_blocks
        if style == "conversation":
            answer = answer[answer.index("diff --git a/", answer.rindex("do it\n")) :]
            answer = tokens.mark("diff") + answer
        before = {file.old_path or file.path: "".join(file.before) for file in files}
        after = applied(read(answer, tokens), before)
        for file in files:
            expected = None if file.status == "D" else "".join(file.after)
            assert after[file.path] == expected
        assert {one["contributor"] for one in row["people"]} <= {"ann", "bo", "cy"}

    run()


def test_loss_follows_origin():
    known = [ANN, CY, BO]
    file = changed(["a\n", "agent\n", "b\n"], ["a2\n", "agent\n", "b2\n"], known)
    turns = (
        Turn("user", "intent", (Piece("why", "ann", "human", people=("ann",)),)),
        Turn("assistant", "thought", (
            Piece("by a person. ", "bo", "human", people=("bo",)),
            Piece("by an agent. ", "cy", "ai", people=("cy",)),
            Piece("by a machine. ", "bo", "tool", people=("bo",)),
            Piece("by the recipe.", loss=1.0),
        ), learn=0.5),
        Turn("assistant", "action", files=(file,), learn=1.0),
    )  # fmt: skip
    row = rendered(draft(*turns), "search_replace")
    assert learned(row).startswith("by a person. by the recipe.\n")
    assert "agent" not in learned(row)
    assert "a2\n" in learned(row)
    halves = [span["loss"] for span in row["spans"] if span["loss"] not in (0.0, 1.0)]
    assert set(halves) == {0.5}
    every = rendered(draft(*turns), "search_replace", loss=LossByOrigin(ai=1.0, tool=1.0))
    assert "by an agent. by a machine. " in learned(every)


def test_what_nobody_human_wrote_teaches_nothing():
    turns = (
        Turn("user", "intent", (Piece("why", "ann", "human", people=("ann",)),)),
        Turn("assistant", "thought", (Piece("beep", "cy", "ai", people=("cy",)),), learn=1.0),
    )
    row = rendered(draft(*turns), "chat")
    assert (row["split"], row["labels"]) == (
        "left_out", [{"name": "reason", "value": "nothing_learned"}],
    )  # fmt: skip
    assert (row["text"], row["spans"], row["people"], row["sources"]) == ("", [], [], [])


def test_a_preference_shares_its_prompt():
    def says(text, who):
        return Turn("assistant", "review", (Piece(text, who, "human", people=(who,)),), learn=1.0)

    one = draft(
        Turn("user", "intent", (Piece("which?", "ann", "human", people=("ann",)),)),
        says("the good one", "bo"), rejected=[says("the bad one", "ann")], weight=0.5,
    )  # fmt: skip
    for style in ("search_replace", "chat", "conversation"):
        row = rendered(one, style)
        assert (row["chosen"], row["rejected"]) == ("the good one\n", "the bad one\n")
        assert row["text"] is row["completion"] is row["messages"] is None
        assert row["prompt"].count("which?") == 1
        assert (row["weight"], row["class"]) == (0.5, "process")
        check_spans(row)


def test_roles_take_turns_in_a_chat():
    def turn(role, text, learn=0.0):
        return Turn(role, "comment", (Piece(text, "ann", "human", people=("ann",)),), learn=learn,
                    speaker="" if role == "assistant" else "user_1")  # fmt: skip

    row = rendered(
        draft(turn("system", "s"), turn("user", "a"), turn("user", "b"),
              turn("assistant", "c", 1.0), turn("tool", "d"), turn("assistant", "e", 1.0)),
        "chat",
    )  # fmt: skip
    roles = [message["role"] for message in row["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant"]
    assert all(left != right for left, right in itertools.pairwise(roles))
    assert row["messages"][2]["content"] == "c\n"
    assert learned(row) == "c\ne\n"
    check_spans(row)


@pytest.mark.parametrize("name", sorted(MAPS))
def test_a_hole_is_filled_in_the_order_that_the_model_knows(name):
    def part(kind, text, learn):
        return Turn("assistant", kind, (Piece(text, "ann", "human", people=("ann",)),), learn=learn)

    one = draft(part("prefix", "before(", 0.0), part("suffix", ")after", 0.0),
                part("middle", "hole", 1.0))  # fmt: skip
    row, tokens = rendered(one, "fim", name), token_map(name)
    if not tokens.middle:
        assert row["labels"][0]["value"] == "no_hole"
        return
    text = row["text"]
    assert text.endswith("hole")
    assert text.replace(tokens.prefix, "").replace(tokens.suffix, "").replace(
        tokens.middle, "") in {"before()afterhole", ")afterbefore(hole"}  # fmt: skip
    assert text.count(tokens.prefix) == text.count(tokens.middle) == 1
    if tokens.order == "prefix_first":
        assert text.index(tokens.prefix) < text.index(tokens.suffix)
    if tokens.order == "suffix_first":
        assert text.index(tokens.suffix) < text.index(tokens.prefix)


@pytest.mark.parametrize("name", sorted(MAPS))
def test_control_tokens_in_texts_names_and_across_authors_are_refused(name):
    ambiguous = token_map(name).ambiguous

    def asked(*texts, speaker=""):
        turns = [
            Turn("user", "comment", tuple(Piece(text, who, "human", people=(who,))
                 for text, who in zip(texts, ("ann", "bo"), strict=False)), speaker=speaker),
            Turn("assistant", "review", (Piece("ok", "bo", "human", people=("bo",)),), learn=1.0),
        ]  # fmt: skip
        row = rendered(draft(*turns), "chat", name)
        return [one["value"] for one in row["labels"] if one["name"] == "reason"]

    for token in (*FORBIDDEN, *ambiguous):
        assert asked(f"a {token} b") == ["contains_control_token"]
        assert asked(token[:2], token[2:]) == ["contains_control_token"]
    assert asked("x", speaker=FORBIDDEN[0]) == ["contains_control_token"]
    assert asked("if a < b: pass") == []
    if not ambiguous:
        assert asked("<s>struck</s>") == []


def test_a_change_that_reads_otherwise_is_not_shipped():
    file = changed(["a\n"], ["b\n"], [ANN], path="x b/y.py")
    one = draft(Turn("assistant", "action", files=(file,), learn=1.0))
    assert rendered(one, "unified_diff")["split"] == "train"
    forged = Turn(
        "assistant", "action", (Piece("Edit: z.py\n", "ann", "human", people=("ann",)),),
        files=(file,), learn=1.0,
    )  # fmt: skip
    row = rendered(draft(forged), "search_replace", "plain")
    assert row["labels"] == [{"name": "reason", "value": "not_replayed"}]


def test_a_declined_unit_keeps_its_rules():
    rule = {"rule": "size", "value": 3.0, "limit": 2.0, "keep": False}
    row = declined_row(Declined("ex_9", "test", "1", "d", "size", "item_1", "r", "g", NOON, [rule]))
    assert (row["split"], row["decisions"], row["item"]) == ("left_out", [rule], "item_1")
    assert json.loads(row["record"]) == {}


def test_an_unknown_style_or_model_is_an_error():
    one = draft(Turn("assistant", "review", (Piece("x", "a", "human"),), learn=1.0))
    with pytest.raises(InputError, match="style"):
        rendered(one, "haiku")
    with pytest.raises(InputError, match="control tokens"):
        token_map("gpt-0")
