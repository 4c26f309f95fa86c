"""Earlier decisions of the same organisation, shown before a new one is asked for.

After DRAFT (arXiv 2504.08207), which found few-shot retrieval to help. An exemplar's lines were all
written before the first line of the record that is asked for, and its group lies in no later split,
so that nothing of the future, and nothing held out, is shown. It must be permitted as a whole.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from byline.corpus.split import split_of
from byline.examples.decision_checks import leaks, placeholders, reason_words
from byline.examples.decision_records import Decision
from byline.examples.decision_settings import DecisionSettings
from byline.examples.document_search import Search, search
from byline.examples.material import Material

ORDER = {"train": 0, "validation": 1, "test": 2}
ASKED = 50  # best ranked records that are looked at


@dataclass(frozen=True)
class Shelf:
    """All records that can be shown, and a search over their contexts."""

    decisions: Mapping[str, Decision]
    search: Search
    source: Material


@dataclass(frozen=True)
class Found:
    """Exemplars, best first, and whether one was passed over because it holds the answer."""

    decisions: Sequence[Decision]
    chosen_by_answer: bool


def shelf(decisions: Sequence[Decision], source: Material, settings: DecisionSettings) -> Shelf:
    """The records that say enough to be shown, in force or superseded."""
    kept = {str(one.item["item"]): one for one in decisions if _says_enough(one, settings)}
    texts = {key: one.text.text(one.references("context")) for key, one in kept.items()}
    return Shelf(kept, search(texts), source)


def _says_enough(one: Decision, settings: DecisionSettings) -> bool:
    """Whether a record may be used and would pass the filters of its own choice."""
    decided = one.status in settings.statuses or (
        one.status is None and one.item["kind"] in settings.without_status
    )
    if one.item["skip"] or not decided:
        return False
    if one.text.reason([*one.references("context"), *one.references("outcome")]) is not None:
        return False
    context, outcome = one.words("context"), one.words("outcome")
    least = settings.min_statement_words if one.statement else settings.min_context_words
    reason = settings.min_statement_words if one.statement else settings.min_justification_words
    return (
        len(context.split()) >= least
        and reason_words(outcome) >= reason
        and placeholders(context + outcome) == 0
    )


def exemplars(
    decision: Decision, on: Shelf, *, most: int, max_characters: int, answer: str | None
) -> Found:
    """The records nearest in context that may be shown before this one.

    Args:
        decision: The record that is asked for.
        on: Where they are sought.
        most: How many.
        max_characters: A longer one is passed over.
        answer: The chosen option's name, which none of them may give away.
    """
    if most <= 0 or decision.opened is None:
        return Found((), False)
    query = decision.text.text(decision.references("context"))
    kept: list[Decision] = []
    passed_over = False
    for item in on.search.ranked(query, most=ASKED):
        other = on.decisions[item]
        if item == decision.item["item"] or not _earlier(other, decision, on.source):
            continue
        references = [*other.references("context"), *other.references("outcome")]
        text = other.text.text(references)
        if len(text) > max_characters:
            continue
        if answer and leaks(answer, text):
            passed_over = True
            continue
        kept.append(other)
        if len(kept) == most:
            break
    return Found(kept, passed_over)


def _earlier(other: Decision, decision: Decision, source: Material) -> bool:
    references = [*other.references("context"), *other.references("outcome")]
    latest = other.text.latest(references)
    if latest is None or decision.opened is None or not latest < decision.opened:
        return False
    return _split(other, latest, source) <= _split(decision, decision.opened, source)


def _split(decision: Decision, otherwise: dt.datetime, source: Material) -> int:
    group = source.groups.get(str(decision.item["item"]))
    return ORDER[split_of(group.time if group else otherwise, source.cuts)]
