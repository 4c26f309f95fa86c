"""Which commit messages are instructions."""

import pytest

from byline.examples.messages import instruction


@pytest.mark.parametrize(
    ("message", "wording"),
    [
        ("Round amounts to the minor unit", "Round amounts to the minor unit"),
        ("HAR-123: Round amounts to the minor unit", "Round amounts to the minor unit"),
        (
            "fix(ledger): round amounts before they are summed",
            "round amounts before they are summed",
        ),
        ("[web] Show the tide table first (#42)", "Show the tide table first"),
        (
            "Keep the first author\n\nA moved line is still theirs.\n\nSigned-off-by: A B <a@b.c>",
            "Keep the first author\n\nA moved line is still theirs.",
        ),
    ],
)
def test_a_sentence_is_kept_without_tickets_tags_and_trailers(message, wording):
    assert instruction(message) == (wording, "")


@pytest.mark.parametrize(
    "message",
    [
        "Merge branch 'main' into topic", 'Revert "Round amounts"', "Bump requests from 2.1 to 2.2",
        "WIP more of the same", "fixup! Round amounts to the unit", "v1.2.3", "fix", "oops again",
        "https://tracker.example/HAR-9", "1234567 8901 23456", "", "...",
    ],
)  # fmt: skip
def test_what_is_no_instruction_has_a_reason(message):
    wording, reason = instruction(message)
    assert wording is None
    assert reason.startswith("message: ")
