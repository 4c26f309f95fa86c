"""Recorded work as turns: what is learned, what is context, and what is left out."""

from typing import Any

import pytest
from material_of import ALL_TRAIN, at, item, material_of, said

from byline.examples.draft import Declined, Draft
from byline.examples.pieces import joined
from byline.examples.rendering import render
from byline.examples.tokens import token_map
from byline.examples.trajectory import TrajectorySettings, trajectory
from byline.work.items import Link, Part, Reading


def step(
    number: int, kind: str, text: str, *, who: str = "ann", origin: str | None = None, **detail: Any
) -> Part:
    origins = {"command": "human", "output": "tool", "tool_result": "tool", "tool_call": "ai",
               "thought": "ai"}  # fmt: skip
    known = {"error": False, "label": None, "redacted": 0, **detail}
    return said(kind, who, text, native=f"{kind}-{number}", minutes=number,
                origin=origin or origins.get(kind), detail=known)  # fmt: skip


def shell(*commands: str, **detail: Any) -> list[Part]:
    parts = []
    for number, command in enumerate(commands):
        parts += [step(2 * number, "command", command, **detail),
                  step(2 * number + 1, "output", f"output {number}\n")]  # fmt: skip
    return parts


def trace(
    *parts: Part, form: str = "asciicast", state: str | None = "resolved", **fields: Any
) -> Reading:
    submitted = said("event", "ann", "resolved", native="submission", origin="human")
    return item("trace", "trace:traces:a", submitted, *parts, state=state,
                detail={"form": form}, **fields)  # fmt: skip


def made(*readings: Reading, excluded: Any = (), **settings: Any) -> list[Draft | Declined]:
    source = material_of(readings, excluded=excluded)
    return list(trajectory(source, TrajectorySettings(**settings)))


def reason(found: list[Draft | Declined]) -> str:
    (one,) = found
    assert isinstance(one, Declined)
    return one.reason


COMMANDS = ("grep -rn round src", "sed -i s/int/round/ a.py", "pytest -q", "git commit -am x")


def test_of_a_shell_session_only_commands_are_learned() -> None:
    (one,) = made(trace(*shell(*COMMANDS)))
    assert isinstance(one, Draft)
    assert [(turn.role, turn.kind, turn.learn) for turn in one.turns[:2]] == [
        ("assistant", "action", 1.0), ("tool", "observation", 0.0),
    ]  # fmt: skip
    assert "submission" not in repr(one.turns)
    assert one.labels["actor"] == "human"
    assert [each["kind"] for each in one.record["steps"][:2]] == ["command", "output"]
    row = render(one, style="chat", tokens=token_map("plain"), purposes=["assist_others"],
                 cuts=ALL_TRAIN)  # fmt: skip
    assert row["split"] == "train", row["labels"]
    text = "".join(message["content"] for message in row["messages"])
    learned = "".join(text[span["start"] : span["end"]] for span in row["spans"] if span["loss"])
    assert all(command in learned for command in COMMANDS)
    assert "output" not in learned


def agent(*, error: bool = False, copied: bool = False) -> list[Part]:
    parts = [step(0, "message", "You have tools.", origin="tool", role="system"),
             step(1, "message", "Mend the rounding.", origin="human", role="user")]  # fmt: skip
    for number in range(2, 11, 3):
        bad = error and number == 5
        again = copied and number == 2
        parts += [
            step(number, "thought", f"think {number}", error=bad, copied_context=again),
            step(number + 1, "tool_call", f"cat {number}.py", error=bad, copied_context=again),
            step(number + 2, "tool_result", f"text {number}", error=bad, copied_context=again),
        ]
    return parts


def test_mistakes_and_copied_context_are_shown_and_not_learned() -> None:
    (one,) = made(trace(*agent(error=True, copied=True), form="atif"))
    learned = [joined(turn.pieces) for turn in one.turns if turn.learn > 0]
    shown = [joined(turn.pieces) for turn in one.turns]
    assert learned == ["think 8", "cat 8.py"]
    assert shown[0] == "You have tools."
    assert shown[2:5] == ["think 2", "cat 2.py", "text 2"]
    assert [turn.role for turn in one.turns[:3]] == ["system", "user", "assistant"]


def learned_of(draft: Draft, style: str = "chat") -> str:
    row = render(draft, style=style, tokens=token_map("plain"), purposes=["assist_others"],
                 cuts=ALL_TRAIN)  # fmt: skip
    assert row["split"] == "train", row["labels"]
    text = "".join(message["content"] for message in row["messages"])
    return "".join(text[span["start"] : span["end"]] for span in row["spans"] if span["loss"])


def test_what_an_agent_did_is_learned_here_alone() -> None:
    (one,) = made(trace(*agent(error=True), form="atif"))
    learned = learned_of(one)
    assert "cat 9.py" not in learned
    assert "think 8" in learned
    assert "cat 8.py" in learned
    assert "think 5" not in learned
    assert "text 2" not in learned
    (silent,) = made(trace(*agent(), form="atif"), agent_loss=0.0)
    row = render(silent, style="chat", tokens=token_map("plain"), purposes=[], cuts=ALL_TRAIN)
    assert row["split"] == "left_out"
    (all_of_it,) = made(trace(*agent(), form="atif"), use="midtraining")
    assert "text 2" in learned_of(all_of_it)


def test_all_is_learned_in_midtraining_and_resolved_work_thrice() -> None:
    (one,) = made(trace(*agent(error=True)), use="midtraining")
    assert {turn.learn for turn in one.turns} == {1.0}
    assert one.weight == 3.0
    (failing,) = made(trace(*agent(), state="unresolved"), use="midtraining")
    assert failing.weight == 1.0


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (trace(*shell("ls", "pwd")), "actions"),
        (trace(*(step(n, "command", f"ls {n}") for n in range(4))), "observations"),
        (trace(*shell(*COMMANDS), state="unresolved"), "resolved"),
        (trace(*shell("ls", "pwd", "cat a"), state=None), "outcome"),
        (trace(*shell(*COMMANDS, "rm -rf /")), "destructive_commands"),
        (trace(*shell(*COMMANDS, "git push --force origin main")), "destructive_commands"),
        (trace(*shell(*COMMANDS, redacted=1)), "credentialed_commands"),
        (trace(*shell(*COMMANDS, "echo '<fim_prefix>'")), "contains_control_token"),
        (trace(*shell(*COMMANDS), opened=None), "no_time"),
    ],
)  # fmt: skip
def test_what_teaches_nothing_good_is_declined(reading: Reading, why: str) -> None:
    assert reason(made(reading)) == why


def test_a_session_that_ends_in_a_commit_needs_no_word_of_its_outcome() -> None:
    parts = shell(*COMMANDS[:3])
    last = step(90, "command", "git commit -am x", label="decide")
    assert isinstance(made(trace(*parts, last, state=None))[0], Draft)


def test_ordinary_removals_are_not_destructive() -> None:
    commands = (*COMMANDS, "rm -rf build", "rm -f /tmp/x", "git push --force-with-lease")
    assert isinstance(made(trace(*shell(*commands)))[0], Draft)


def test_the_terms_of_whoever_submitted_it_decide() -> None:
    assert reason(made(trace(*shell(*COMMANDS)), excluded=["ann"])) == "terms: objected"
    other = step(50, "message", "I think so", who="eve", role="user")
    assert reason(made(trace(*shell(*COMMANDS), other), excluded=["eve"])) == "terms: objected"


def test_long_and_repeated_observations_are_cut() -> None:
    parts = shell(*COMMANDS)
    long = "".join(f"line {number}\n" for number in range(5000))
    parts[1] = step(1, "output", long)
    parts[3] = step(3, "output", long)
    (one,) = made(trace(*parts))
    seen = [joined(turn.pieces) for turn in one.turns if turn.kind == "observation"]
    first, second = seen[:2]
    assert first.startswith("line 0\n")
    assert first.endswith("line 4999\n")
    assert len(first) < 8200
    assert second == "[the same output as before]\n"


def test_a_long_trace_is_split_and_each_later_portion_begins_with_a_recap() -> None:
    commands = [f"cat file{number}.py" for number in range(25)]
    found = made(trace(*shell(*commands)), max_steps=10)
    assert [one.record["portion"] for one in found] == [1, 2, 3]
    assert len({one.identity for one in found}) == 3
    assert len({one.group for one in found}) == 1
    recap = joined(found[1].turns[0].pieces)
    assert recap.startswith("Earlier in this session:\n- cat file0.py\n")
    assert "cat file9.py" in recap
    assert "cat file10.py" not in recap
    assert found[1].turns[0].learn == 0
    assert [joined(turn.pieces) for one in found for turn in one.turns if turn.learn] == commands


def test_cells_of_a_notebook_are_merged() -> None:
    parts = [step(0, "cell", "# Look", role="markdown"), step(1, "cell", "at it", role="markdown"),
             step(2, "cell", "f()", role="code"), step(3, "output", "3\n"),
             step(4, "cell", "g()", role="code", error=True), step(5, "output", "E\n", error=True),
             step(6, "cell", "g(1)", role="code")]  # fmt: skip
    (one,) = made(trace(*parts, form="notebook"))
    assert [(joined(turn.pieces), turn.learn) for turn in one.turns] == [
        ("# Look\nat it", 1.0), ("f()", 1.0), ("3\n", 0.0), ("g()", 0.0), ("E\n", 0.0),
        ("g(1)", 1.0),
    ]  # fmt: skip


ISSUE = "github:acme/ledger#8"


def issue(who: str = "ben", **fields: Any) -> Reading:
    parts = [said("title", who, "Amounts are a cent off", native="title", minutes=-60),
             said("description", who, "1.005 becomes 100.", native="text", minutes=-60),
             said("comment", "cho", "It is floor division.", native="c", minutes=30)]  # fmt: skip
    return item("issue", ISSUE, *parts, **{"opened": at(-60), **fields})


def linked() -> Reading:
    return trace(*shell(*COMMANDS), links=[Link("implements", ISSUE, "submission record")])


def test_a_session_is_shown_behind_the_issue_it_is_about() -> None:
    (one,) = made(linked(), issue())
    first = one.turns[0]
    assert (first.role, first.kind, first.learn) == ("user", "intent", 0.0)
    assert joined(first.pieces) == "Amounts are a cent off\n\n1.005 becomes 100."
    assert one.record["problem_statement"] == joined(first.pieces)
    assert "floor division" not in repr(one.turns)
    assert any(row["oid"] == f"{ISSUE}/text" for row in one.sources)
    assert "ticket" in {row["rule"] for row in one.decisions}


def test_an_issue_that_may_not_be_shown_is_not() -> None:
    for other, excluded in ((issue("eve"), ["eve"]), (issue(opened=at(500)), []),
                            (issue(detail={"hindsight_description": True}), [])):  # fmt: skip
        (one,) = made(linked(), other, excluded=excluded)
        assert one.turns[0].role == "assistant"
        assert "cent off" not in repr(one.turns)


def test_editor_events_are_for_another_recipe() -> None:
    assert made(trace(step(0, "event", "diff"), form="edits")) == []


def test_the_time_is_that_of_its_latest_step() -> None:
    (one,) = made(trace(*shell(*COMMANDS)))
    assert one.time == at(7)
