"""The filters of a decision's tasks, each noted in the log by its name, with value and limit."""

from collections.abc import Sequence

from byline.examples.decision_checks import leaks, marked, overlap, placeholders, reason_words
from byline.examples.decision_drafts import Shown
from byline.examples.decision_records import Decision, shown_text
from byline.examples.decision_settings import DecisionSettings
from byline.examples.document_slices import word_count
from byline.examples.draft import LeftOutError, Log
from byline.examples.pieces import Piece, joined


def check(decision: Decision, log: Log, settings: DecisionSettings) -> None:
    """The filters that hold for every task of a record.

    Raises:
        LeftOutError: One does not hold.
    """
    if decision.item["skip"]:
        raise LeftOutError(str(decision.item["skip"]))
    log.require("time_known", float(decision.opened is not None), 1, decision.opened is not None)
    kept = decision.status in settings.statuses or (
        decision.status is None and decision.item["kind"] in settings.without_status
    )
    log.require("status", float(kept), 1, kept)
    outcome = decision.words("outcome")
    log.require("outcome_empty", word_count(outcome), 1, bool(outcome.strip()))
    context = decision.words("context")
    found = placeholders(context + outcome)
    log.require("placeholder", found, 0, found == 0)
    words = word_count(context)
    least = settings.min_statement_words if decision.statement else settings.min_context_words
    log.require("context_words", words, least, words >= least)


def check_reason(
    decision: Decision, outcome: Sequence[Piece], log: Log, settings: DecisionSettings
) -> None:
    """That the choice gives its reason.

    Raises:
        LeftOutError: It does not.
    """
    words = reason_words(joined(outcome))
    short = decision.statement is not None
    least = settings.min_statement_words if short else settings.min_justification_words
    log.require("justification_words", words, least, words >= least)


def check_overlap(
    answer: Sequence[Piece], shown: Shown, log: Log, settings: DecisionSettings
) -> None:
    """That what is shown does not already say the answer in its own words.

    Raises:
        LeftOutError: It does.
    """
    share = overlap(joined(answer), shown_text(shown.turns))
    log.require("leak_of_words", share, settings.max_leak, share <= settings.max_leak)


def check_leak(decision: Decision, answer: str | None, log: Log, shown: Shown) -> None:
    """The answer may stand in the list of options, like the others, and nowhere else.

    Raises:
        LeftOutError: It does.
    """
    if answer is None:
        return
    found = leaks(answer, shown_text(shown.turns))
    log.require("leak", found, 0, found == 0)
    if decision.chosen is not None:
        told = marked(decision.text.text([decision.chosen["name"]]))
        log.require("leak_in_options", float(told), 0, not told)
