"""From a failed build and its log to the change that made it pass."""

from typing import Any

import pytest
from material_of import ALL_TRAIN, a_commit, change, commit_of, item, material_of, said

from byline.examples.break_repair import (
    PREFERENCE,
    SESSION,
    SINGLE,
    BreakRepairSettings,
    break_repair,
)
from byline.examples.draft import Declined, Draft
from byline.examples.pieces import joined
from byline.examples.rendering import render
from byline.examples.tokens import token_map
from byline.work.items import Reading, item_of

LOG = """\
>       assert to_minor(1.005) == 101
E       assert 100 == 101
FAILED tests/test_round.py::test_round - assert 100 == 101
"""
BEFORE = "import math\n\n\ndef to_minor(value):\n    return int(value * 100)\n"
AFTER = BEFORE.replace("int(value * 100)", "math.floor(value * 100 + 0.5)")
TEST = "from a import to_minor\n\n\ndef test_round():\n    assert to_minor(1.005) == 101\n"
SKIPPED = (
    "import pytest\nfrom a import to_minor\n\n\n@pytest.mark.skip(reason='later')\n"
    + (TEST.partition("\n\n\n")[2])
)


def build(
    number: int, state: str, by: str, *parts: Any, minutes: float = 0, **detail: Any
) -> Reading:
    known = {"system": "github", "commit": commit_of(by), "branch": "main", "job": "test",
             "workflow": "CI", "tool": "pytest", "named_paths": ["tests/test_round.py"],
             "failed_tests": ["tests/test_round.py::test_round"], "signature": "s1",
             "infra": None}  # fmt: skip
    return item("build", f"build:github:{number}", *parts, state=state, detail={**known, **detail})


def log(text: str = LOG, who: str = "ann") -> Any:
    return said("log", who, text, native="log", origin="tool")


def commits(*accounts: str) -> list[dict[str, Any]]:
    return [a_commit(f"by {one}", one, commit=commit_of(one)) for one in accounts]


def made(
    readings: list[Reading], changes: list[dict[str, Any]], template: str = SINGLE, **fields: Any
) -> list[Draft | Declined]:
    source = material_of(readings, changes, commits=commits("ann", "ben", "cho"), **fields)
    settings = BreakRepairSettings(templates=(template,))
    return list(break_repair(source, settings))


def reason(found: list[Draft | Declined]) -> str:
    (one,) = found
    assert isinstance(one, Declined)
    return one.reason


RED = build(1, "failed", "ben", log())
GREEN = build(2, "passed", "ann", minutes=30)


def fix(
    red: Reading = RED, path: str = "a.py", before: str = BEFORE, after: str = AFTER, **fields: Any
) -> Any:
    return change(red, path, before, after, purpose="repair", **fields)


def test_the_red_state_and_the_log_are_shown_and_the_fix_is_learned() -> None:
    (one,) = made([RED, GREEN], [fix()])
    assert isinstance(one, Draft)
    assert [(turn.role, turn.kind, turn.learn) for turn in one.turns] == [
        ("user", "state", 0.0), ("tool", "observation", 0.0), ("assistant", "action", 1.0),
    ]  # fmt: skip
    assert joined(one.turns[1].pieces) == LOG
    assert {piece.origin for piece in one.turns[1].pieces} == {"tool"}
    assert one.record["green_build"] == GREEN.key
    assert one.record["log"]["failed_tests"] == ["tests/test_round.py::test_round"]
    assert one.record["files"][0]["blocks"]
    assert all(row["hindsight"] for row in one.context)
    assert one.labels["tool"] == "pytest"
    assert [row["rule"] for row in one.decisions] == [
        "fix.files", "fix.lines", "machine_written", "suppressed_fix", "log.named", "log.characters",
    ]  # fmt: skip


@pytest.mark.parametrize("style", ["search_replace", "unified_diff", "chat", "conversation"])
def test_every_style_renders_it(style: str) -> None:
    (one,) = made([RED, GREEN], [fix()])
    row = render(one, style=style, tokens=token_map("starcoder2"), purposes=["assist_others"],
                 cuts=ALL_TRAIN)  # fmt: skip
    assert row["split"] == "train", row["labels"]
    assert any(span["loss"] > 0 for span in row["spans"])
    assert all(span["loss"] == 0 for span in row["spans"] if span["origin"] == "tool"
               and span["contributor"])  # fmt: skip


def test_a_build_that_nothing_repaired_is_declined_with_the_reason() -> None:
    assert reason(made([RED], [])) == "no_repair"
    assert reason(made([build(1, "failed", "ben", log(), infra="network")], [])) == (
        "infrastructure: network"
    )
    again = build(2, "passed", "ben")
    assert reason(made([RED, again], [])) == "flaky"
    assert reason(made([build(1, "failed", "ben", log(), commit=None)], [])) == "unknown_commit"


def test_a_build_without_a_log_or_with_one_that_names_nothing_is_declined() -> None:
    bare = build(1, "failed", "ben")
    assert reason(made([bare], [fix(bare)])) == "no_log"
    vague = build(1, "failed", "ben", log("something failed\n"), named_paths=[])
    assert reason(made([vague], [fix(vague)])) == "log.named"
    named = build(1, "failed", "ben", log("NameError in to_minor\n"), named_paths=[])
    assert isinstance(made([named], [fix(named)])[0], Draft)


def test_large_fixes_are_declined() -> None:
    many = [fix(path=f"a{number}.py") for number in range(6)]
    assert reason(made([RED], many)) == "fix.files"
    longer = fix(after=BEFORE + "".join(f"x{number} = {number}\n" for number in range(150)))
    assert reason(made([RED], [longer])) == "fix.lines"


def test_what_terms_exclude_is_never_shown() -> None:
    red = build(1, "failed", "ben", log(who="eve"))
    assert reason(made([red], [fix(red)], excluded=["eve"])) == "terms: objected"
    assert reason(made([RED], [fix(by="ben")], excluded=["ben"])).startswith("terms: ")
    unknown = build(1, "failed", "ben", log(who=None))
    assert reason(made([unknown], [fix(unknown)])) == "terms: undecided"


def test_a_fix_that_an_agent_wrote_is_none_of_our_engineers() -> None:
    assert reason(made([RED, GREEN], [fix()], origins={"ann": "ai"})) == "machine_written"


def test_a_long_log_loses_its_middle() -> None:
    text = LOG + "".join(f"line {number} of output\n" for number in range(2000))
    red = build(1, "failed", "ben", log(text))
    (one,) = made([red], [fix(red)])
    shown = joined(one.turns[1].pieces)
    assert len(shown) < 16_200
    assert shown.startswith(LOG)
    assert shown.endswith("line 1999 of output\n")


def test_a_session_has_its_attempts_with_less_weight() -> None:
    first = build(1, "failed", "ben", log())
    second = build(2, "failed", "cho", log("E   NameError: round_up\n"))
    green = build(3, "passed", "ann")
    halfway = BEFORE.replace("int(value * 100)", "round_up(value * 100)")
    rows = [change(first, "a.py", BEFORE, halfway, purpose="attempt", by="cho"),
            change(second, "a.py", halfway, AFTER, purpose="repair", by="ann")]  # fmt: skip
    (one,) = made([first, second, green], rows, SESSION)
    assert isinstance(one, Draft)
    assert [(turn.kind, turn.learn) for turn in one.turns] == [
        ("state", 0.0), ("observation", 0.0), ("action", 0.3),
        ("state", 0.0), ("observation", 0.0), ("action", 1.0),
    ]  # fmt: skip
    assert one.record["n_attempts"] == 1
    assert one.record["attempts"][0]["files"][0]["path"] == "a.py"
    singles = made([first, second, green], rows, SINGLE)
    assert [type(each) for each in singles] == [Declined, Draft]


@pytest.mark.parametrize(
    ("path", "before", "after", "how"),
    [
        ("tests/test_round.py", TEST, SKIPPED, "check_disabled"),
        ("tests/test_round.py", TEST, "from a import to_minor\n", "test_removed"),
        ("tests/test_round.py", TEST, "", "test_removed"),
        ("a.py", BEFORE, BEFORE.replace("* 100)", "* 100)  # type: ignore"), "check_disabled"),
        ("requirements.txt", "numpy\nrich\n", "numpy==1.2.3\nrich\n", "version_pinned"),
        ("ruff.toml", "line-length = 100\n", 'line-length = 100\nignore = ["E501"]\n',
         "check_disabled"),
    ],
)  # fmt: skip
def test_a_suppression_is_taught_only_as_what_not_to_do(
    path: str, before: str, after: str, how: str
) -> None:
    other = build(7, "failed", "cho", log())
    changes = [fix(), fix(other, path, before, after, by="cho")]
    singles = made([RED, other], changes)
    assert [getattr(one, "reason", "") for one in singles] == ["", "suppressed_fix"]
    (pair,) = made([RED, other], changes, PREFERENCE)
    assert isinstance(pair, Draft)
    assert pair.labels["suppressed"] == how
    assert pair.rejected[0].files[0].path == path
    assert pair.turns[-1].files[0].path == "a.py"
    row = render(pair, style="search_replace", tokens=token_map("starcoder2"),
                 purposes=["assist_others"], cuts=ALL_TRAIN)  # fmt: skip
    assert row["split"] == "train", row["labels"]
    assert row["chosen"]
    assert row["rejected"]


def test_a_suppression_without_a_real_fix_makes_no_preference() -> None:
    other = build(7, "failed", "cho", log(), signature="s2")
    changes = [fix(), fix(other, "tests/test_round.py", TEST, SKIPPED, by="cho")]
    assert reason(made([RED, other], changes, PREFERENCE)) == "no_real_fix"


def test_a_change_that_also_repairs_is_no_suppression() -> None:
    rows = [fix(), fix(path="tests/test_round.py", before=TEST, after=SKIPPED)]
    assert isinstance(made([RED], rows)[0], Draft)


def test_every_failed_build_is_accounted_for_once_in_any_order() -> None:
    readings = [RED, GREEN, build(3, "failed", "cho"), build(4, "cancelled", "cho")]
    changes = [fix(), fix(readings[2], by="cho")]
    found = made(readings, changes)
    failed = sorted(item_of(one) for one in readings if one.state == "failed")
    assert sorted(one.item for one in found) == failed
    assert len({one.identity for one in found}) == 2
    again = made(list(reversed(readings)), list(reversed(changes)))
    assert [one.identity for one in again] == [one.identity for one in found]


def test_a_rule_can_be_set_aside_for_one_example() -> None:
    vague = build(1, "failed", "ben", log("something failed\n"), named_paths=[])
    (one,) = made([vague], [fix(vague)])
    (kept,) = made([vague], [fix(vague)], overrides={one.identity: ["log.named"]})
    assert isinstance(kept, Draft)
