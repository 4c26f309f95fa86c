"""`run`: the whole main job, from repositories to a report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from byline.answers.report import report as make_report
from byline.answers.report import write_report
from byline.cli import gathering, steps, teaching
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import session
from byline.cli.verbs.models import show_figures
from byline.cli.voice import Voice


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(run)


def run(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    no_train: Annotated[bool, typer.Option("--no-train", help="Stop after the release.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do all of it: collect, decide, release, train, evaluate, report. Resumes where it stopped.

    Example: byline run --config demo/company/byline.toml
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    clock = Clock()
    with session(config, voice=voice, workers=workers) as opened:
        opened.read_inputs()  # a wrong file is told before anything else is done
        with clock.stage("collect"):
            gathering.collect_all(opened)
        with clock.stage("describe and decide"):
            decided = steps.decide_all(opened)
        with clock.stage("release"):
            made = steps.release_all(opened)
        figures: dict[str, Any] | None = None
        model = None
        if not no_train:
            with clock.stage("train"):
                model = teaching.train_from(opened, made.sealed, purpose=made.sealed.purposes[0])
            split = "test" if "test" in made.sealed.manifest["splits"] else "validation"
            if split in made.sealed.manifest["splits"]:
                with clock.stage("evaluate"):
                    figures = teaching.evaluate_from(opened, model, made.sealed, split=split)
            else:
                voice.say("evaluate  nothing: no work is later than what was trained on")
        found = make_report(
            made.sealed,
            config=opened.config,
            layout=opened.layout,
            ledger=opened.ledger,
            inputs=opened.inputs,
            decided=decided,
            model=model.directory if model else None,
            timings=clock.seconds,
        )
        page = write_report(found, opened.layout.reports)
        if figures is not None:
            show_figures(voice, figures)
        _summary(voice, made.sealed.manifest, clock)
        voice.line(f"report  {page}")
        voice.result(
            {
                "schema": "byline/run/1",
                "release": made.sealed.id,
                "is_new": made.is_new,
                "model": model.id if model else None,
                "report": str(page),
                "seconds": clock.seconds,
            }
        )


def _summary(voice: Voice, manifest: dict[str, Any], clock: "Clock") -> None:
    lines = {reason: sum(by.values()) for reason, by in manifest["account"]["lines"].items()}
    included, total = lines.get("included", 0), sum(lines.values())
    terms = sum(count for reason, count in lines.items() if reason.startswith("terms: "))
    rows: list[tuple[str, object]] = [
        ("release", manifest["release"]),
        ("examples", manifest["examples"]),
        ("people", manifest["people"]),
        ("lines collected", total),
        ("lines included", included),
        ("lines excluded by terms", terms),
        ("lines excluded otherwise", total - included - terms),
    ]
    units = manifest["account"].get("units", {})
    if units:
        made, all_units = _units(units)
        rows += [("opportunities of other recipes", all_units),
                 ("examples made of them", made)]  # fmt: skip
    rows += [(f"seconds: {name}", seconds) for name, seconds in clock.seconds.items()]
    voice.table("Summary", ("what", "value"), rows)


def _units(units: dict[str, dict[str, int]]) -> tuple[int, int]:
    """How many opportunities became examples, and how many there were."""
    return sum(units.get("included", {}).values()), sum(sum(by.values()) for by in units.values())


class Clock:
    """How long each stage took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 1)
