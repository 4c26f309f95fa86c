"""`terms check`, `terms compare` and `terms hash`: what can be seen in the terms themselves."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from byline.cli.options import HERE, ConfigOption, JsonOption
from byline.cli.session import Session, session
from byline.cli.verbs.terms import terms
from byline.cli.voice import Voice
from byline.errors import ConfigError, RefusedError
from byline.release.inputs import configured_agreements
from byline.terms.agreement_files import load_pack, pack_names, read_agreements, read_pins
from byline.terms.agreements import Agreement
from byline.terms.checks import check_terms
from byline.terms.compare import Answer, protections
from byline.terms.coverage import Coverage, coverage
from byline.terms.problems import Problem, in_order
from byline.terms.published import published_problems
from byline.terms.reach_checks import clauses_about_nobody, coverage_problems
from byline.workspace.config import FILE_NAME, read_config

DayOption = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day asked about; default: today."),
]


def register(app: typer.Typer) -> None:
    """The commands belong to `byline terms`, which `byline.cli.verbs.terms` adds to `app`."""


@terms.command()
def check(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Check agreements and notices: contradictions, gaps, clauses that never apply.

    Also says which groups of people have no permit, no notice or no assessment, as numbers. Exit
    code 3 if there are errors.

    Example: byline terms check
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        agreements = opened.inputs.terms.agreements
        covered = _coverage(opened)
        problems = _problems(opened, covered)
        if not agreements:
            voice.say("no agreements are configured: silence is not permission, nothing trains")
        voice.table(
            "Terms",
            ("severity", "code", "problem"),
            [(one.severity, one.code, one.message) for one in problems],
        )
        voice.result(
            {
                "schema": "byline/terms-check/1",
                "agreements": [one.id for one in agreements],
                "problems": [one._asdict() for one in problems],
                "coverage": [one.as_json() for one in covered],
            }
        )
        errors = [one for one in problems if one.severity == "error"]
        if errors:
            raise RefusedError(f"{len(errors)} errors in the terms", advice=errors[0].message)


def _coverage(opened: Session) -> tuple[Coverage, ...]:
    inputs = opened.inputs
    return coverage(
        inputs.directory.people,
        agreements=inputs.terms.agreements,
        notices=inputs.terms.notices,
        assessments=inputs.terms.assessments,
        purposes=inputs.purposes,
        as_of=inputs.as_of,
        proposed=inputs.terms.proposed,
    )


def _problems(opened: Session, covered: Sequence[Coverage]) -> list[Problem]:
    inputs = opened.inputs
    agreements, people = inputs.terms.agreements, inputs.directory.people
    return in_order(
        [
            *check_terms(
                agreements,
                notices=inputs.terms.notices,
                as_of=inputs.as_of,
                proposed=inputs.terms.proposed,
            ),
            *published_problems(
                inputs.published,
                agreements,
                people=people,
                config=opened.config,
                as_of=inputs.as_of,
            ),
            *clauses_about_nobody(agreements, people),
            *coverage_problems(covered),
        ]
    )


@terms.command()
def compare(
    first: Annotated[
        str, typer.Argument(help="A byline.toml, an agreement file or folder, or a pack's name.")
    ],
    second: Annotated[str | None, typer.Argument(help="The like, to stand beside it.")] = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the protections that the terms of two organisations offer, side by side.

    Each of the twelve answers comes from the clauses in force, which are named, and from nothing
    that anybody says in prose.

    Example: byline terms compare byline.toml us-employer
    """
    voice = Voice(as_json=as_json)
    day = as_of.date() if as_of else dt.datetime.now(dt.UTC).date()
    places = [first] if second is None else [first, second]
    read = [_agreements_at(place) for place in places]
    answers = [protections(each, as_of=day) for each in read]
    rows = [(one[0].protection, *map(_cell, one)) for one in zip(*answers, strict=True)]
    voice.table(f"Protections on {day}", ("protection", *places), rows)
    voice.result(
        {
            "schema": "byline/terms-compare/1",
            "as_of": day.isoformat(),
            "compared": [
                {
                    "place": place,
                    "agreements": [one.id for one in agreements],
                    "answers": [one._asdict() for one in told],
                }
                for place, agreements, told in zip(places, read, answers, strict=True)
            ],
        }
    )


def _agreements_at(place: str) -> tuple[Agreement, ...]:
    path = Path(place)
    if path.name == FILE_NAME or (path / FILE_NAME).is_file():
        return configured_agreements(read_config(path))
    if path.exists():
        return read_agreements([path])
    if place in pack_names():
        return load_pack(place)
    raise ConfigError(
        f"{place}: there is no such file, folder or pack",
        advice=f"Packs: {', '.join(pack_names())}.",
    )


def _cell(answer: Answer) -> str:
    cited = f" [{', '.join(answer.clauses)}]" if answer.clauses else ""
    return f"{answer.answer}: {answer.words}{cited}"


@terms.command(name="hash")
def hashes(
    files: Annotated[list[Path], typer.Argument(help="Agreement files.")],
    as_json: JsonOption = False,
) -> None:
    """Print the hashes that bind an agreement file to the words that were reviewed.

    Nothing is changed: whoever has reviewed the words puts the hashes into the file.

    Example: byline terms hash terms/employment.toml
    """
    voice = Voice(as_json=as_json)
    found = [(file, pin) for file in files for pin in read_pins(file)]
    for file in files:
        rows = [(pin.about, pin.key, pin.found, pin.state) for at, pin in found if at == file]
        voice.table(str(file), ("about", "key", "sha256", "state"), rows)
    voice.result(
        {
            "schema": "byline/terms-hash/1",
            "hashes": [
                {"file": str(file), **pin._asdict(), "state": pin.state} for file, pin in found
            ],
        }
    )
