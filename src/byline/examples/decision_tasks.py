"""The tasks that one record of a decision gives, each a unit of its own.

==============  ====================================================================================
``options``     context and drivers -> the options that were considered
``choice``      context, drivers and options -> the choice with its reason; the main task
``consequences`` context and decision -> what follows from it
``preference``  context and options -> the rationale of the choice, over a rejected option's case
==============  ====================================================================================

`byline.examples.decision_pairs` has those of two: ``revision`` and ``applies``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.examples.decision_checks import leaks, placeholders
from byline.examples.decision_drafts import Shown, drafted
from byline.examples.decision_exemplars import Shelf, exemplars
from byline.examples.decision_records import Decision, option_references
from byline.examples.decision_rules import check, check_leak, check_overlap, check_reason
from byline.examples.decision_settings import DecisionSettings
from byline.examples.document_slices import Reference, names_of, word_count
from byline.examples.draft import Draft, Log, Making, Unit
from byline.examples.material import Material
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, joined


@dataclass(frozen=True)
class Asked:
    """One decision, and what of it is asked.

    Attributes:
        decision: The record.
        option: The rejected option of a preference.
    """

    decision: Decision
    option: int | None = None


@dataclass(frozen=True)
class Desk:
    """What every task needs."""

    source: Material
    settings: DecisionSettings
    making: Making
    shelf: Shelf


Make = Callable[[Unit[Asked], str, Log], Draft]


def units(decisions: Sequence[Decision], task: str) -> Iterator[Unit[Asked]]:
    """The opportunities of one task: a record that lacks the task's subject is none."""
    for decision in decisions:
        if task == "preference":
            yield from _preferences(decision)
        elif task == "choice" or decision.references(task):
            references = [one for name in NEEDED[task] for one in decision.references(name)]
            yield unit_of(Asked(decision), decision, references)


NEEDED: Mapping[str, Sequence[str]] = {
    "options": ("context", "options"),
    "choice": ("context", "options", "outcome"),
    "consequences": ("context", "outcome", "consequences"),
}


def unit_of(what: Any, decision: Decision, references: Sequence[Reference]) -> Unit[Any]:
    """A unit whose id is made from the lines that it needs."""
    text = decision.text
    sources = text.sources(references) or text.sources(decision.title)
    return Unit(
        what, sources or [item_source(decision)], str(decision.item["item"]), text.repository,
        text.time, text.group,
    )  # fmt: skip


def item_source(decision: Decision) -> dict[str, Any]:
    """The record as a whole as a row of `SOURCE`, where no line of it can be named."""
    item = decision.item
    return {
        "system": item["system"], "repository": decision.text.repository, "oid": item["key"],
        "swhid": "", "path": item["file"], "start": None, "end": None, "time": decision.text.time,
    }  # fmt: skip


def _preferences(decision: Decision) -> Iterator[Unit[Asked]]:
    """One for each option that was not chosen; none where nobody knows which was."""
    chosen = decision.detail.get("chosen")
    for place, option in enumerate(decision.options if chosen is not None else ()):
        if place != chosen:
            references = [*decision.references("context"), *option_references(option)]
            yield unit_of(Asked(decision, place), decision, references)


def make(task: str, desk: Desk) -> Make:
    """How a task's drafts are made."""
    tasks = {"options": _options, "choice": _choice, "consequences": _consequences,
             "preference": _preference}  # fmt: skip

    def of_unit(unit: Unit[Asked], identity: str, log: Log) -> Draft:
        shown, names = Shown(), names_of(desk.source)
        tasks[task](unit.what, desk, log, shown, names)
        return drafted(
            shown, unit, identity, log, desk.making, work_class="design", task=task,
            labels=labels_of(unit.what.decision), max_characters=desk.settings.max_characters,
            record=record_of(unit.what.decision),
        )  # fmt: skip

    return of_unit


def labels_of(decision: Decision) -> dict[str, str]:
    """What is known of a record, as text."""
    return {
        "kind": str(decision.item["kind"]),
        "status": decision.status or "none",
        "format": str(decision.detail.get("format")),
    }


def record_of(decision: Decision) -> dict[str, Any]:
    """What of a record is no text of anybody's."""
    detail = decision.detail
    return {
        "key": decision.item["key"], "id": detail.get("id"), "status": decision.status,
        "date": detail.get("date"), "format": detail.get("format"),
        "supersedes": detail.get("supersedes") or [],
        "superseded_by": detail.get("superseded_by") or [],
    }  # fmt: skip


def show_context(
    decision: Decision, shown: Shown, names: Names, *, unless: Sequence[str] = ()
) -> None:
    """Title, context and drivers; a title that gives one of `unless` away is not shown."""
    text = decision.text
    title = decision.text.text(decision.title)
    told = any(leaks(name, title) for name in unless)
    if unless and title and not told and text.reason(decision.title) is None:
        shown.add("title", "Title", text.heading(decision.title, names), (text, decision.title))
    where = decision.references("context")
    shown.add("context", "Context", decision.pieces("context", names), (text, where))
    drivers = decision.references("drivers")
    # Drivers help; where the terms exclude a line of them, the rest still stands on its own.
    if text.reason(drivers) is None:
        shown.add("drivers", "Decision drivers", text.pieces(drivers, names), (text, drivers))


def _options(asked: Asked, desk: Desk, log: Log, shown: Shown, names: Names) -> None:
    decision = asked.decision
    pieces = [one for option in decision.options for one in _name(decision, option, names)]
    check(decision, log, desk.settings)
    count = len(decision.options)
    log.require("min_options", count, desk.settings.min_options, count >= desk.settings.min_options)
    found = placeholders(joined(pieces))
    log.require("placeholder_options", found, 0, found == 0)
    known = [decision.name_of(option) for option in decision.options]
    show_context(decision, shown, names, unless=known)
    where = [option["name"] for option in decision.options]
    shown.add("options", "Considered options", pieces, (decision.text, where), learn=1.0,
              kind="decision")  # fmt: skip


def _name(decision: Decision, option: Mapping[str, Any], names: Names) -> list[Piece]:
    return decision.text.pieces([option["name"]], names)


def _choice(asked: Asked, desk: Desk, log: Log, shown: Shown, names: Names) -> None:
    decision, settings = asked.decision, desk.settings
    outcome = decision.pieces("outcome", names)
    options = decision.pieces("options", names)
    check(decision, log, settings)
    check_reason(decision, outcome, log, settings)
    answer = decision.name_of(decision.chosen) if decision.chosen else None
    _show_exemplars(decision, answer, desk, log, shown, names)
    show_context(decision, shown, names, unless=[answer] if answer else [])
    check_leak(decision, answer, log, shown)
    check_overlap(outcome, shown, log, settings)
    if decision.options:
        shown.add("options", "Considered options", options,
                  (decision.text, decision.references("options")))  # fmt: skip
    shown.add("outcome", "Decision", outcome, (decision.text, decision.references("outcome")),
              learn=1.0, kind="decision")  # fmt: skip


def _show_exemplars(
    decision: Decision, answer: str | None, desk: Desk, log: Log, shown: Shown, names: Names
) -> None:
    settings = desk.settings
    found = exemplars(decision, desk.shelf, most=settings.exemplars,
                      max_characters=settings.max_exemplar_characters, answer=answer)  # fmt: skip
    log.note("exemplars", len(found.decisions), settings.exemplars)
    for other in found.decisions:
        for name, heading in (("context", "Earlier context"), ("outcome", "Earlier decision")):
            where = (other.text, other.references(name))
            shown.add(f"exemplar_{name}", heading, other.pieces(name, names), where)
        shown.hindsight(str(other.item["file"]), "exemplar", hindsight=found.chosen_by_answer)


def _consequences(asked: Asked, desk: Desk, log: Log, shown: Shown, names: Names) -> None:
    decision = asked.decision
    pieces = decision.pieces("consequences", names)
    check(decision, log, desk.settings)
    words = word_count(joined(pieces))
    settings = desk.settings
    least = settings.min_statement_words if decision.statement else settings.min_consequence_words
    log.require("consequence_words", words, least, words >= least)
    found = placeholders(joined(pieces))
    log.require("placeholder_consequences", found, 0, found == 0)
    show_context(decision, shown, names)
    for name, heading in (("outcome", "Decision"), ("consequences", "Consequences")):
        last = name == "consequences"
        where = (decision.text, decision.references(name))
        shown.add(name, heading, pieces if last else decision.pieces(name, names), where,
                  learn=float(last), kind="decision" if last else "context")  # fmt: skip


def _preference(asked: Asked, desk: Desk, log: Log, shown: Shown, names: Names) -> None:
    decision, settings, text = asked.decision, desk.settings, asked.decision.text
    rejected, chosen = decision.options[asked.option or 0], decision.chosen
    outcome = decision.pieces("outcome", names)
    check(decision, log, settings)
    least = settings.min_options
    argued = sum(bool(one["pros"] or one["cons"]) for one in decision.options)
    log.require("options_with_arguments", argued, least, argued >= least)
    log.require("rejected_has_case", len(rejected["pros"]), 1, bool(rejected["pros"]))
    check_reason(decision, outcome, log, settings)
    answer = decision.name_of(chosen) if chosen else None
    show_context(decision, shown, names, unless=[answer] if answer else [])
    check_leak(decision, answer, log, shown)
    shown.add("options", "Considered options", decision.pieces("options", names),
              (text, decision.references("options")))  # fmt: skip
    shown.add("outcome", "Decision", outcome, (text, decision.references("outcome")),
              learn=1.0, kind="decision")  # fmt: skip
    case = [
        Piece('Chosen option: "'),
        *_bare_name(decision, rejected, names),
        Piece('", because\n'),
        *text.pieces(rejected["pros"], names),
    ]
    shown.reject("rejected", "Decision", case, (text, [rejected["name"], *rejected["pros"]]))


def _bare_name(decision: Decision, option: Mapping[str, Any], names: Names) -> list[Piece]:
    """An option's name alone, still by whoever wrote the line."""
    pieces = _name(decision, option, names)
    name = decision.name_of(option)
    return [Piece(name, one.contributor, one.origin, 0.0, one.people, one.clauses)
            for one in pieces[:1]]  # fmt: skip
