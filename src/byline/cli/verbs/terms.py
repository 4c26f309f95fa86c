"""`terms` and `decide`: what was agreed, and what follows for each contribution."""

from collections.abc import Sequence
from typing import Annotated, Any

import pyarrow as pa
import typer

from byline.answers.terms_asked import ask
from byline.cli import steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.past import Asked, AsOfOption, KnownByOption, decide_at, work_at
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.engine.stage import Partition
from byline.errors import RefusedError, UsageError
from byline.terms.explain import Gap, day_in_words, gaps

terms = typer.Typer(no_args_is_help=True, help="Read, check and explain what was agreed.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(terms, name="terms")
    app.command()(decide)


@terms.command()
def explain(
    place: Annotated[
        str | None,
        typer.Argument(
            help="REPOSITORY:PATH, a commit, the key of a review or issue, or an item's id."
        ),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--person", help="An id of the roster, email:ADDRESS, or bot:ADDRESS."),
    ] = None,
    purposes: Annotated[
        list[str] | None,
        typer.Option("--purpose", help='A purpose, or "*" for all; default: the release\'s.'),
    ] = None,
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_of: AsOfOption = None,
    known_by: KnownByOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say in plain sentences what may be used for what, under which clause, and why the rest not.

    About a file, commit, review or issue, a person, a purpose, or any of these together.

    Example: byline terms explain --person ha-101 --purpose role_replication
    """
    if not (place or person or purposes):
        raise UsageError(
            "nothing is asked",
            advice="give REPOSITORY:PATH or another place, --person, --purpose, or several of them",
        )
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        then = work_at(opened, as_of=as_of, known_by=known_by)
        answer = ask(
            inputs=then.inputs, described=then.described, told=then.told,
            person=person, place=place, purposes=purposes or (),
        )  # fmt: skip
        for paragraph in (*answer.paragraphs, *then.remarks):
            voice.line(f"{paragraph}\n")
        asked = {"place": place, "person": person, **then.as_json()}
        voice.result({"schema": "byline/terms-explain/1", **asked, **answer.as_json()})


def decide(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_of: AsOfOption = None,
    known_by: KnownByOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide every contribution for the release's purposes, and say what is missing.

    With --as-of or --known-by, say what would be decided on another day, or was decided with what
    was known by then; nothing is recorded.

    Example: byline decide
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        if as_of is None and known_by is None:
            decided, told = steps.decide_all(opened), steps.decide_work(opened)
            asked = None
        else:
            then = work_at(opened, as_of=as_of, known_by=known_by)
            asked = decide_at(opened, then)
            decided, told = list(asked.decided), list(asked.told)
        pairs = [*(pair for one in decided for pair in one.pairs), *(one.pair for one in told)]
        counts = steps.counts_of(part for _, part in pairs)
        voice.table("Decisions", ("reason", "contributions"), list(counts.items()))
        missing = _gaps(pairs)
        voice.table(
            "Excluded, and what is missing",
            ("reason", "missing", "contributions", "lines"),
            [(gap.reason, gap.missing, gap.contributions, gap.lines) for gap in missing],
        )
        found: dict[str, Any] = {"counts": counts, "gaps": [gap._asdict() for gap in missing]}
        if asked is not None:
            found["asked"] = _say_asked(voice, asked)
        voice.result({"schema": "byline/decide/1", **found})
        if asked is not None and asked.reproduced is False:
            raise RefusedError(
                "the decisions recorded then are not reached again from the same work and terms",
                advice="they were made by another version of Byline, or a record was changed: "
                "`byline --version`, and the version that made them",
            )


def _gaps(pairs: Sequence[tuple[Partition, Partition]]) -> tuple[Gap, ...]:
    facts = pa.concat_tables([part.read(_OF_GAPS) for part, _ in pairs])
    return gaps(facts, pa.concat_tables([part.read() for _, part in pairs]))


_OF_GAPS = ["contribution", "population", "person", "lines"]


def _say_asked(voice: Voice, asked: Asked) -> dict[str, Any]:
    then = asked.then
    voice.line(f"For use on {day_in_words(then.inputs.as_of)}.")
    if then.known_by is not None:
        voice.line(f"With what was known by {then.known_by:%Y-%m-%d %H:%M:%S} UTC.")
    for remark in then.remarks:
        voice.line(remark)
    if asked.reproduced:
        voice.line("These are the decisions that were recorded then, to the byte.")
    return {**then.as_json(), "decisions": asked.digest, "reproduced": asked.reproduced}
