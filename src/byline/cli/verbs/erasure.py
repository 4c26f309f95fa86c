"""`erase`: a person's work leaves the workspace, as far as no hold keeps it."""

from collections.abc import Collection
from typing import Any

import typer

from byline.answers.affected import Affected, affected
from byline.cli import erasing
from byline.cli.options import HERE, ConfigOption, JsonOption, NoteOption, PersonArgument
from byline.cli.session import Session, session
from byline.cli.show_holds import check_known, plan_json, show_done, show_not_erased, show_plan
from byline.cli.verbs.holding import DoOption
from byline.cli.voice import Voice
from byline.errors import IncompleteError, IntegrityError
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(erase)


def erase(
    person: PersonArgument,
    plan: DoOption = True,
    note: NoteOption = "erasure",
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Erase a person's work from the workspace: releases, models, tables. Plans unless told --do.

    What is under a hold is sealed away to its custodian instead (exit 4); the same command finishes
    when the hold is released. Repositories are the organisation's own and are not touched.

    Example: byline erase ha-101 --do
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        check_known(opened, people=[person], repositories=[])
        here, undetermined = erasing.releases_here(opened)
        hit = _affected(opened, person)
        mine = {one.release for one in hit.releases}
        steps = erasing.steps_for(
            opened, [one for one in here if one.release.id in mine], tables=True
        )
        result: dict[str, Any] = {
            "schema": "byline/erase/1", "person": person, "affected": hit.as_json(),
            "plan": plan_json(steps), "not_erased": dict(erasing.NOT_ERASED),
            "undetermined": [one.release for one in undetermined], "done": [], "copies": [],
        }  # fmt: skip
        if plan:
            show_plan(voice, steps)
            show_not_erased(voice)
            voice.result(result)
            return
        erasing.check_custodians(steps)
        result["withdrawal"] = erasing.record_withdrawal(opened, person, note=note)
        done = erasing.do(opened, steps, by=f"erase {person}")
        _check_reached(opened, person)
        copies = erasing.copies_left(opened, done)
        result |= {"done": [one.as_json() for one in done], "copies": list(copies)}
        fact = {"verb": "erase", "subject": person, "detail": {
            "note": note, "done": [one.as_json() for one in done], "copies": list(copies),
            "undetermined": result["undetermined"]}}  # fmt: skip
        append(opened.ledger, ledger.EVENTS, fact)
        show_done(voice, done)
        show_not_erased(voice)
        voice.result(result)
        _check_whole(steps, copies=copies, undetermined=result["undetermined"])


def _check_whole(
    steps: Collection[erasing.Step], *, copies: Collection[str], undetermined: Collection[str]
) -> None:
    """Say that an erasure is not whole yet.

    Raises:
        IncompleteError: Something is kept under a hold, or could not be reached.
    """
    held = sorted({one.id for step in steps for one in step.holds})
    left = [
        f"kept under {', '.join(held)}" if held else "",
        f"could not be asked: {', '.join(sorted(undetermined))}" if undetermined else "",
        f"copies in the workspace: {', '.join(sorted(copies)[:3])}" if copies else "",
    ]
    if any(left):
        raise IncompleteError(
            f"the erasure is not whole: {'; '.join(filter(None, left))}",
            advice="when that is over, run the same command again: it finishes",
        )


def _check_reached(opened: Session, person: str) -> None:
    """Ask every release again, and see that none that has the person's work can be read.

    Raises:
        IntegrityError: One can.
    """
    here, _ = erasing.releases_here(opened)
    away = {one.release.id for one in here if one.release.away is not None}
    left = [one.release for one in _affected(opened, person).releases if one.release not in away]
    if left:
        raise IntegrityError(f"{', '.join(left)} still has work of {person}")


def _affected(opened: Session, person: str) -> Affected:
    return affected(person, config=opened.config, layout=opened.layout, ledger=opened.ledger)
