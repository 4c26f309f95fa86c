"""The `incident` recipe: from what is seen to its cause, its repair and what is done about it.

Tasks, each a unit of its own, named in the label ``task`` (arXiv 2301.03797 for the first two):

================  ==================================================================================
``root_cause``    title and symptoms -> root cause
``mitigation``    the same and the root cause -> mitigation
``next_step``     the beginning of the timeline -> the next diagnostic step, one unit a step
``action_items``  symptoms, root cause and mitigation -> what is to be done
================  ==================================================================================

What was known when the incident was found is shown where an issue reports it; a postmortem's own
summary was written afterwards and is marked ``hindsight``. Sentences of it that tell the cause are
dropped before the cause is asked for; see `byline.examples.incident_text` for what else is.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.chance import fraction
from byline.examples.decision_checks import overlap
from byline.examples.decision_drafts import Shown, drafted
from byline.examples.document_links import Neighbours, neighbours_of
from byline.examples.document_slices import Reference, names_of, word_count
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Unit, each
from byline.examples.incident_records import Incident, incidents_of, report_of, reported
from byline.examples.incident_settings import RECIPE, VERSION, IncidentSettings
from byline.examples.incident_text import Taken, taken
from byline.examples.material import Material, source_of
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, joined

__all__ = ["RECIPE", "TASKS", "VERSION", "IncidentSettings", "incident"]

TASKS: Final = ("root_cause", "mitigation", "next_step", "action_items")
UNKNOWN: Final = re.compile(
    r"^\W*(?:unknown|tbd|tba|n/?a|none|todo|to be (?:determined|confirmed|investigated)"
    r"|under investigation|not (?:yet )?(?:known|determined|identified)"
    r"|still (?:unknown|investigating))\b",
    re.IGNORECASE,
)
TEMPLATE: Final = re.compile(
    r"\{[A-Za-z][^{}\"'=:\n]{3,200}\}|<(?:insert|describe|your)[^<>\n]{0,80}>|\blorem ipsum\b"
    r"|\[(?:insert|describe|todo)[^\]\n]{0,200}\]",
    re.IGNORECASE,
)
DIAGNOSES: Final = re.compile(
    r"\b(?:check|compar|inspect|look(?:ed|ing|s)? (?:at|in)|quer(?:y|i)|examin|trac(?:e|ing)"
    r"|investigat|confirm|verif|identif|found|find|notic|discover|analy[sz]|measur|reproduc|search"
    r"|dump|profil|bisect|review|correlat|rul(?:e|ed|ing) out|suspect|isolat|restart|reboot"
    r"|roll(?:ed|ing)? ?back|revert|disabl|drain|scal(?:e|ing)|fail(?:ed|ing)? over|switch"
    r"|escalat|debug|determin|show|replay|stop|log\b|logs\b|call(?:s|ed)\b|ring(?:s|ing)?\b|rang\b"
    r"|page[sd]?\b|(?:takes?|taken|took) back)\w*",
    re.IGNORECASE,
)
"""Words of what somebody did to find or to stop the cause; what merely happened has none."""


@dataclass(frozen=True)
class _Asked:
    incident: Incident
    step: int = 0


@dataclass
class _Desk:
    """One unit at work."""

    source: Material
    settings: IncidentSettings
    linked: Neighbours
    log: Log
    shown: Shown
    names: Names
    counts: dict[str, int]

    def clean(self, pieces: Sequence[Piece], *, without_causes: bool = False) -> list[Piece]:
        """Pieces without blame, machine output and names of machines."""
        found: Taken = taken(
            pieces, self.names, customers=self.settings.customers,
            max_trace_lines=self.settings.max_trace_lines, without_causes=without_causes,
        )  # fmt: skip
        for name in ("blame", "causes", "replaced", "machine"):
            self.counts[name] = self.counts.get(name, 0) + getattr(found, name)
        return found.pieces


def incident(source: Material, settings: IncidentSettings) -> Iterator[Draft | Declined]:
    """Drafts of all tasks of all incidents, or why there is none."""
    known, linked = list(incidents_of(source)), neighbours_of(source)
    for task in TASKS:
        making = Making(RECIPE, VERSION, settings.of(task), source.overrides)
        units = [unit for one in known for unit in _units(one, task)]
        yield from each(making, units, _make(task, source, settings, making, linked))


NEEDED: Final = {
    "root_cause": ("summary", "signals", "root_cause"),
    "mitigation": ("summary", "root_cause", "mitigation"),
    "action_items": ("summary", "root_cause", "mitigation", "action_items"),
}


def _units(incident: Incident, task: str) -> Iterator[Unit[_Asked]]:
    """A report without a postmortem is an opportunity of the first task only."""
    if task == "next_step":
        for step in range(len(incident.steps)):
            yield _unit(incident, list(incident.steps[: step + 1]), step)
    elif task == "root_cause" or incident.references(task):
        yield _unit(incident, [r for name in NEEDED[task] for r in incident.references(name)], 0)


def _unit(incident: Incident, references: Sequence[Reference], step: int) -> Unit[_Asked]:
    text = incident.text
    sources = text.sources(references) or [source_of(part, incident.item) for part in text.parts]
    dated = [{**row, "time": row["time"] or text.time} for row in sources]
    return Unit(_Asked(incident, step), dated, str(incident.item["item"]), text.repository,
                text.time, text.group)  # fmt: skip


def _make(
    task: str,
    source: Material,
    settings: IncidentSettings,
    making: Making,
    linked: Neighbours,
) -> Callable[[Unit[_Asked], str, Log], Draft]:
    tasks = {"root_cause": _root_cause, "mitigation": _mitigation, "next_step": _next_step,
             "action_items": _action_items}  # fmt: skip

    def of_unit(unit: Unit[_Asked], identity: str, log: Log) -> Draft:
        desk = _Desk(source, settings, linked, log, Shown(), names_of(source), {})
        incident = unit.what.incident
        if incident.item["skip"]:
            raise LeftOutError(str(incident.item["skip"]))
        dated = incident.item["opened"] is not None
        log.require("time_known", float(dated), 1, dated)
        tasks[task](unit.what, desk)
        for name in sorted(desk.counts):
            log.note(f"{name}_removed", desk.counts[name], 0)
        return drafted(
            desk.shown, unit, identity, log, making, work_class="process", task=task,
            labels=_labels(incident), max_characters=settings.max_characters,
            record=_record(incident, unit.what, task),
        )  # fmt: skip

    return of_unit


def _labels(incident: Incident) -> dict[str, str]:
    named = {name: incident.detail.get(name) for name in ("severity", "category")}
    return {name: str(value) for name, value in named.items() if value}


def _record(incident: Incident, asked: _Asked, task: str) -> dict[str, Any]:
    names = ("id", "severity", "category", "detected", "resolved", "date")
    known = {name: incident.detail.get(name) for name in names}
    return {
        "key": incident.item["key"],
        **known,
        **({"step": asked.step} if task == "next_step" else {}),
    }


def _section(incident: Incident, name: str, desk: _Desk) -> list[Piece]:
    return desk.clean(incident.text.pieces(incident.references(name)))


def _cause(incident: Incident, desk: _Desk) -> list[Piece]:
    """The root cause, which must say something."""
    settings, log = desk.settings, desk.log
    references = incident.references("root_cause")
    log.require("root_cause_missing", len(references), 1, bool(references))
    pieces = _section(incident, "root_cause", desk)
    text = joined(pieces)
    log.require("root_cause_unknown", float(bool(UNKNOWN.match(text))), 0, not UNKNOWN.match(text))
    found = len(TEMPLATE.findall(text))
    log.require("placeholder", found, 0, found == 0)
    words = word_count(text)
    least = settings.min_root_cause_words
    log.require("root_cause_words", words, least, words >= least)
    return pieces


def _show_symptoms(incident: Incident, desk: _Desk, *, without_causes: bool) -> None:
    """What was seen: as reported at the time, or else as the postmortem sums it up."""
    report = report_of(incident, desk.source, desk.linked)
    said = reported(report, desk.source) if report is not None else None
    if report is not None and said is not None:
        for name, pieces in zip(("report", "report_description"), said, strict=False):
            desk.shown.add(name, "Report", desk.clean(pieces), None)
        parts = [one for one in report.parts if one["kind"] in ("title", "description")]
        desk.shown.sources += [
            {**source_of(one, report.item), "time": one["time"] or report.time} for one in parts
        ]
        return
    text = incident.text
    for name, heading in (("title", "Incident"), ("summary", "Summary"), ("signals", "Signals")):
        where = incident.title if name == "title" else incident.references(name)
        optional = name != "summary"
        if optional and text.reason(where) is not None:
            continue
        said_there = text.heading(where) if name == "title" else text.pieces(where)
        pieces = desk.clean(said_there, without_causes=without_causes)
        if name == "summary":
            words, least = word_count(joined(pieces)), desk.settings.min_summary_words
            desk.log.require("summary_words", words, least, words >= least)
        desk.shown.add(name, heading, pieces, (text, where))
    desk.shown.hindsight(str(incident.item["file"]), "summary", hindsight=True)


def _learn(
    incident: Incident, desk: _Desk, name: str, heading: str, pieces: Sequence[Piece],
    references: Sequence[Reference],
) -> None:  # fmt: skip
    """Teach something that the prompt does not already say."""
    prompt = "".join(piece.text for one in desk.shown.turns for piece in one.pieces)
    share = overlap(joined(pieces), prompt)
    desk.log.require("leak", share, desk.settings.max_leak, share <= desk.settings.max_leak)
    desk.shown.add(name, heading, pieces, (incident.text, references), learn=1.0, kind="decision")


def _root_cause(asked: _Asked, desk: _Desk) -> None:
    incident = asked.incident
    cause = _cause(incident, desk)
    _show_symptoms(incident, desk, without_causes=True)
    _learn(incident, desk, "root_cause", "Root cause", cause, incident.references("root_cause"))


def _mitigation(asked: _Asked, desk: _Desk) -> None:
    incident = asked.incident
    cause, pieces = _cause(incident, desk), _section(incident, "mitigation", desk)
    words, least = word_count(joined(pieces)), desk.settings.min_mitigation_words
    desk.log.require("mitigation_words", words, least, words >= least)
    _show_symptoms(incident, desk, without_causes=False)
    where = (incident.text, incident.references("root_cause"))
    desk.shown.add("root_cause", "Root cause", cause, where)
    _learn(incident, desk, "mitigation", "Mitigation", pieces, incident.references("mitigation"))


def _next_step(asked: _Asked, desk: _Desk) -> None:
    incident, settings, log = asked.incident, desk.settings, desk.log
    before, step = list(incident.steps[: asked.step]), incident.steps[asked.step]
    pieces = desk.clean(incident.text.pieces([step]))
    log.require("min_prefix", len(before), settings.min_prefix, len(before) >= settings.min_prefix)
    words = word_count(joined(pieces))
    log.require("step_words", words, settings.min_step_words, words >= settings.min_step_words)
    diagnostic = DIAGNOSES.search(joined(pieces)) is not None
    log.require("diagnostic_step", float(diagnostic), 1, diagnostic)
    place = _rank(incident, asked.step, settings)
    log.require("max_steps", place + 1, settings.max_steps, place < settings.max_steps)
    shown = desk.clean(incident.text.pieces(before))
    desk.shown.add("timeline", "Timeline", shown, (incident.text, before))
    desk.shown.add("next_step", "Next step", pieces, (incident.text, [step]), learn=1.0,
                   kind="decision")  # fmt: skip


def _rank(incident: Incident, step: int, settings: IncidentSettings) -> int:
    """How many steps of the incident come before this one in an order by hash."""
    key = str(incident.item["key"])
    order = [fraction(key, settings.seed, f"step {one}") for one in range(len(incident.steps))]
    return sum(one < order[step] for one in order)


def _action_items(asked: _Asked, desk: _Desk) -> None:
    incident = asked.incident
    cause, pieces = _cause(incident, desk), _section(incident, "action_items", desk)
    count = len(incident.references("action_items"))
    least = desk.settings.min_action_items
    kept = count >= least and bool(joined(pieces).strip())
    desk.log.require("action_items", count, least, kept)
    _show_symptoms(incident, desk, without_causes=False)
    for name, heading, said in (
        ("root_cause", "Root cause", cause),
        ("mitigation", "Mitigation", _section(incident, "mitigation", desk)),
    ):
        desk.shown.add(name, heading, said, (incident.text, incident.references(name)))
    where = incident.references("action_items")
    _learn(incident, desk, "action_items", "Action items", pieces, where)
