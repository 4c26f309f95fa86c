"""What a model should not learn from people: rules on words, each with value and limit."""

import pytest

from byline.examples import behaviour


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (behaviour.deferral, "I will fix that in a follow-up PR."),
        (behaviour.deferral, "Out of scope, next sprint."),
        (behaviour.rubber_stamp, "LGTM!"),
        (behaviour.rubber_stamp, "Looks good to me, thanks @user_2 :tada:"),
        (behaviour.rubber_stamp, "+1"),
        (behaviour.nit_only, "nit: typo"),
        (behaviour.nit_only, "Nit."),
        (behaviour.hostility, "This is garbage, did you even run it?"),
        (behaviour.hostility, "Only an idiot writes this."),
    ],
)
def test_what_a_rule_is_for_is_found(rule, text):
    found = rule(text)
    assert not found.keep
    assert found.value > found.limit


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (behaviour.deferral, "The delay is computed twice here."),
        (behaviour.rubber_stamp, "Looks good, but the lock is never released."),
        (behaviour.rubber_stamp, "Thanks! Could you add a test for the empty list?"),
        (behaviour.nit_only, "nit: this name hides the builtin of the same name"),
        (behaviour.hostility, "The garbage collector runs here; a dumb terminal has no colours."),
        (behaviour.hostility, "This fails with an empty list."),
    ],
)
def test_what_it_is_not_for_passes(rule, text):
    assert rule(text).keep


@pytest.mark.parametrize(
    "line",
    [
        "x = f()  # type: ignore", "import os  # noqa", "// eslint-disable-next-line", "@ts-ignore",
        "@pytest.mark.skip(reason='flaky')", "it.skip('adds', () => {", "except Exception: pass",
        "make test || true", "allow_failure: true", "#[allow(dead_code)]", '@SuppressWarnings("x")',
    ],
)  # fmt: skip
def test_hiding_a_fault_is_found_and_uncovering_one_is_not(line):
    assert not behaviour.suppression(["x = f()"], [line]).keep
    assert behaviour.suppression([line], ["x = f()"]).keep
    assert behaviour.suppression([line], [f"  {line}"]).keep


@pytest.mark.parametrize("text", ["!" * 5000 + "x", "good " * 2000, "nit" * 5000, "a" * 100_000])
def test_odd_text_ends(text):
    """A rule that backtracks without bound would meet the suite's time limit."""
    asked = (behaviour.deferral, behaviour.rubber_stamp, behaviour.nit_only, behaviour.hostility)
    assert all(rule(text).limit == 0 for rule in asked)
