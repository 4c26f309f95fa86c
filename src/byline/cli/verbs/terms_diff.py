"""`terms diff`: what would change for all collected work before other terms are adopted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from byline.answers.asked_work import work_asked
from byline.answers.impact import Impact, impact
from byline.answers.terms_compared import (
    Compared,
    Pair,
    Sum,
    Way,
    compare,
    people_band,
)
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.past import AsOfOption, work_at
from byline.cli.session import Session, session
from byline.cli.terms_sources import terms_named
from byline.cli.verbs.terms import terms
from byline.cli.voice import Voice
from byline.errors import RefusedError
from byline.terms.diff import ClauseChange, clause_changes, said_changes
from byline.terms.purposes import EVERY, Purpose, check_purposes

LONGEST = 300  # characters of a value that are shown; the JSON has all of it


def register(_app: typer.Typer) -> None:
    """Add the verb; `terms` itself is added by `byline.cli.verbs.terms`."""
    terms.command()(diff)


def diff(
    old: Annotated[
        str,
        typer.Argument(
            help="`now`, pack:NAME, agreements (file or folder), a byline.toml, or a kept digest."
        ),
    ],
    new: Annotated[str, typer.Argument(help="The same.")],
    purposes: Annotated[
        list[str] | None,
        typer.Option("--purpose", help='A purpose, or "*" for all; default: the release\'s.'),
    ] = None,
    as_of: AsOfOption = None,
    people: Annotated[
        bool, typer.Option("--people", help="List whose work changes, for counsel.")
    ] = False,
    fail_on_more: Annotated[
        bool, typer.Option("--fail-on-more", help="Exit 3 if anything more would be included.")
    ] = False,
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what other terms would change, before they are adopted: clauses, work, people, models.

    Example: byline terms diff now drafts/employment-2027/
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        then = work_at(opened, as_of=as_of, known_by=None)
        before, after = terms_named(old, opened), terms_named(new, opened)
        wanted = _purposes(purposes, then.inputs.purposes)
        changes = clause_changes(before.agreements, after.agreements)
        said = said_changes(before, after)
        found = compare(
            work_asked(then.described, then.told),
            old=replace(then.inputs, terms=before),
            new=replace(then.inputs, terms=after),
            purposes=wanted,
        )
        reached = _reached(found, opened)
        _show_clauses(voice, changes)
        for name, (gone, come) in said.items():
            voice.line(f"{name}: {gone:,} rows go and {come:,} come.\n")
        _show_work(voice, found, changes, people=people)
        if reached is not None:
            _show_reached(voice, reached)
        voice.result(
            {
                "schema": "byline/terms-diff/1",
                "old": before.digest,
                "new": after.digest,
                "as_of": then.inputs.as_of.isoformat(),
                "purposes": list(wanted),
                "clauses": [_clause_json(one) for one in changes],
                "lists": {name: {"gone": row[0], "come": row[1]} for name, row in said.items()},
                **_work_json(found, people=people),
                **_reached_json(reached),
            }
        )
        more = found.ways.get("newly included")
        if fail_on_more and more is not None:
            raise RefusedError(
                f"{more.contributions:,} decisions would include what is excluded now",
                advice="read the table above, or leave --fail-on-more out to accept it",
            )


def _purposes(given: Sequence[str] | None, usual: Sequence[str]) -> tuple[str, ...]:
    if given and EVERY in given:
        return tuple(Purpose)
    return tuple(check_purposes(given)) if given else tuple(usual)


def _reached(found: Compared, opened: Session) -> Impact | None:
    """Releases, models and deployments that hold work of people who lose some; None without any."""
    if not found.lost:
        return None
    return impact(
        tuple(found.lost), config=opened.config, layout=opened.layout, ledger=opened.ledger,
        progress=opened.voice.progress,
    )  # fmt: skip


def _show_clauses(voice: Voice, changes: Sequence[ClauseChange]) -> None:
    if not changes:
        voice.line("The agreements are the same in every key.\n")
    for one in changes:
        of = f" of {one.agreement}" if one.what == "clause" else ""
        voice.line(f"{one.how.capitalize()}: {one.what} {one.about}{of}")
        for key, old, new in one.keys:
            match one.how:
                case "added":
                    voice.line(f"  + {key}: {_short(new)}")
                case "removed":
                    voice.line(f"  - {key}: {_short(old)}")
                case _:
                    voice.line(f"  {key}")
                    voice.line(f"  - {_short(old) or '(not given)'}")
                    voice.line(f"  + {_short(new) or '(not given)'}")
        voice.line("")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _show_work(
    voice: Voice, found: Compared, changes: Sequence[ClauseChange], *, people: bool
) -> None:
    if not found.ways:
        voice.line(f"Of {found.total:,} decisions none changes.\n")
        return
    voice.line(f"Of {found.total:,} decisions {found.changed:,} change.\n")
    columns = ("contributions", "lines", "people")
    voice.table(
        "What changes", ("way", *columns),
        [(way, *_amounts(one, people=people)) for way, one in found.ways.items()],
    )  # fmt: skip
    for name, parts in found.parts.items():
        voice.table(
            f"By {name}", (name, "way", *columns),
            [(value, way, *_amounts(one, people=people)) for (value, way), one in parts.items()],
        )  # fmt: skip
    differing = {one.about for one in changes if one.what == "clause"}
    voice.table(
        "Why", ("way", "reason now", "reason then", "clauses", "contributions"),
        [(pair.way, pair.old_reason, pair.new_reason, _cause(pair, differing), one.contributions)
         for pair, one in found.pairs.items()],
    )  # fmt: skip
    if people:
        for way, one in found.ways.items():
            voice.table(f"Whose: {way}", ("person",), [(name,) for name in sorted(one.people)])


def _cause(pair: Pair, differing: set[str]) -> str:
    """Which clauses are cited no more and which are now; + and - as in the text above."""
    told = [f"-{one}" for one in pair.gone] + [f"+{one}" for one in pair.come]
    return ", ".join(told) or ("conditions of a clause that is cited" if differing else "facts")


def _amounts(one: Sum, *, people: bool) -> tuple[object, object, object]:
    count = len(one.people)
    return one.contributions, one.lines, f"{count:,}" if people else people_band(count)


def _show_reached(voice: Voice, reached: Impact) -> None:
    voice.table(
        "Releases that hold work of people some of whose work would be permitted no more",
        ("release", "name", "purposes", "people"),
        [(one.release, one.name, ", ".join(one.purposes), people_band(len(one.people)))
         for one in reached.releases],
    )  # fmt: skip
    voice.table(
        "Models taught by them", ("model", "release", "purpose"),
        [(one.model, one.release, one.purpose) for one in reached.models],
    )  # fmt: skip
    if reached.deployments:
        voice.table(
            "Where those are in use", ("model", "purpose", "place"),
            [(one.model, one.purpose, one.place) for one in reached.deployments],
        )  # fmt: skip
    for one in reached.undetermined:
        voice.line(f"Release {one.release} could not be asked: {one.reason}")


def _clause_json(one: ClauseChange) -> dict[str, Any]:
    return {
        "about": one.about,
        "what": one.what,
        "how": one.how,
        "agreement": one.agreement,
        "keys": [key._asdict() for key in one.keys],
    }


def _work_json(found: Compared, *, people: bool) -> dict[str, Any]:
    def amounts(one: Sum) -> dict[str, Any]:
        told: dict[str, Any] = {"contributions": one.contributions, "lines": one.lines}
        count = len(one.people)
        if people:
            return {**told, "people": count, "whose": sorted(one.people)}
        return {**told, "people": people_band(count)}

    def row(way: Way, one: Sum, **about: Any) -> dict[str, Any]:
        return {**about, "way": way, **amounts(one)}

    return {
        "decisions": found.total,
        "changed": found.changed,
        "ways": [row(way, one) for way, one in found.ways.items()],
        "parts": {
            name: [row(way, one, value=value) for (value, way), one in parts.items()]
            for name, parts in found.parts.items()
        },
        "why": [
            row(pair.way, one, old_reason=pair.old_reason, new_reason=pair.new_reason,
                gone=list(pair.gone), come=list(pair.come))
            for pair, one in found.pairs.items()
        ],
    }  # fmt: skip


def _reached_json(reached: Impact | None) -> dict[str, Any]:
    if reached is None:
        return {"releases": [], "models": [], "deployments": [], "undetermined": []}
    return {
        "releases": [
            {"release": one.release, "name": one.name, "purposes": list(one.purposes),
             "people": people_band(len(one.people))}
            for one in reached.releases
        ],
        "models": [
            {"model": one.model, "release": one.release, "purpose": one.purpose}
            for one in reached.models
        ],
        "deployments": [
            {"model": one.model, "purpose": one.purpose, "place": one.place}
            for one in reached.deployments
        ],
        "undetermined": [
            {"release": one.release, "reason": one.reason} for one in reached.undetermined
        ],
    }  # fmt: skip
