"""`leave`: people who leave, one or eight thousand, from the event to a receipt for each."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from byline.answers import leave as leaving
from byline.answers import leave_batches, leave_closing
from byline.answers.page import plain_values
from byline.answers.receipts import check_receipt
from byline.cli import speaking
from byline.cli.leaving import (
    batch_asked,
    contributions_of,
    day_of,
    show_worked,
    standing_of,
    workplace,
)
from byline.cli.options import (
    HERE,
    ConfigOption,
    JsonOption,
    NoteOption,
    QuietOption,
    WorkersOption,
)
from byline.cli.session import session, verifiers_from
from byline.cli.voice import Voice
from byline.errors import InputError, UsageError
from byline.privacy.pseudonyms import read_or_create_key
from byline.release.logbook import VERIFIER_FILE
from byline.terms.separations import CHOICES
from byline.workspace.files import sha256_file

DayOption = Annotated[
    str | None, typer.Option("--on", help="The day looked at (ISO date); default: today.")
]
BatchArgument = Annotated[str, typer.Argument(help="A batch's id or its beginning.")]


class _Leave(TyperGroup):
    """The group; what follows it is `record` unless it names another of its verbs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["record", *args]
        return super().parse_args(ctx, args)


leave = typer.Typer(
    cls=_Leave,
    no_args_is_help=True,
    help="Record who leaves, and answer them. Example: byline leave --batch leavers.csv",
)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(leave, name="leave")


@leave.command()
def record(
    person: Annotated[str | None, typer.Argument(help="One leaver's id in the roster.")] = None,
    batch: Annotated[
        Path | None,
        typer.Option(help="Leavers as CSV (person,effective,kind[,country,region,note]) or SCIM."),
    ] = None,
    effective: Annotated[
        str | None, typer.Option(help="The last day (ISO date), of one leaver.")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="resignation, layoff, retirement, end-of-contract or other.")
    ] = "other",
    deadline: Annotated[
        str | None,
        typer.Option(help="The last day to choose; default: 30 days after the latest last day."),
    ] = None,
    note: Annotated[str, typer.Option(help="A note for the record, of one leaver.")] = "",
    on: DayOption = None,
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Record that people leave: stop, decide their work anew, and write everybody a receipt.

    From the last day on nothing more of theirs is taken, and permits that do not survive end.
    Running it again with the same file does what is not done yet.

    Example: byline leave record --batch leavers.csv --deadline 2027-01-31
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    if (person is None) == (batch is None):
        raise UsageError("who leaves?", advice="give one person, or --batch FILE")
    with session(config, voice=voice, workers=workers) as opened:
        told = batch_asked(opened, person, batch, effective=effective, kind=kind, note=note,
                      deadline=speaking.day(deadline, "--deadline"))  # fmt: skip
        said = leave_batches.tell(told, ledger=opened.ledger, told=speaking.now())
        opened.forget_inputs()
        speaking.anchor_end(opened)
        voice.say(
            f"batch {said.batch}: {said.new:,} told, {said.amended:,} amended, "
            f"{said.repeated:,} on record before"
        )
        stands = standing_of(opened, said.batch)
        worked = leaving.work_through(
            stands, contributions_of(opened), at=workplace(opened), as_of=day_of(on)
        )
        show_worked(voice, stands, worked, on=day_of(on))
        voice.result(
            {
                "schema": "byline/leave/1",
                "told": asdict(said),
                "receipts": {
                    **plain_values(asdict(replace(worked.issue, folder=Path()))),
                    "folder": str(worked.issue.folder),
                },
                "decisions": worked.decisions,
                "ended": worked.ended,
                "surviving": worked.surviving,
                "releases": [one.release for one in worked.impact.releases],
                "models": [one.model for one in worked.impact.models],
                "deployments": [one.id for one in worked.impact.deployments],
                "states": stands.counts(as_of=day_of(on)),
                "disclosure": worked.disclosure.as_json(),
            }
        )


@leave.command()
def choose(
    person: Annotated[str, typer.Argument(help="The leaver's id in the roster.")],
    choice: Annotated[str, typer.Option(help="stop, allow-retained or erase.")] = "",
    document: Annotated[
        Path | None, typer.Option(help="What they signed, for allow-retained.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="A request that the person signed, instead of --choice.")
    ] = None,
    note: NoteOption = "",
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Record what somebody who leaves chose for their work; the last choice stands.

    Without a choice by the deadline, it is `stop`. `erase` also withdraws everything at once.

    Example: byline leave choose ha-101 --choice erase
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        accepted = (
            speaking.accepted_request(opened, request, kinds=CHOICES, person=person)
            if request is not None
            else None
        )
        word = accepted.request.kind if accepted else choice
        if word not in CHOICES or (accepted and choice):
            raise UsageError(
                f"what was chosen? {word!r}" if not accepted else "the request says it itself",
                advice=f"--choice {' | '.join(CHOICES)}, or --request FILE",
            )
        paper = sha256_file(document) if document else accepted.sha256 if accepted else ""
        made = leave_batches.choose(
            person, word, ledger=opened.ledger,
            at=accepted.request.instant if accepted else speaking.now(),
            document=paper, note=note, request=accepted,
        )  # fmt: skip
        opened.forget_inputs()
        speaking.anchor_end(opened)
        voice.line(f"{person} chose {made.choice} ({made.at:%Y-%m-%d}).")
        voice.result(
            {
                "schema": "byline/leave-choose/1", "person": person, "choice": made.choice,
                "at": made.at.isoformat(), "document": made.document,
            }
        )  # fmt: skip


@leave.command()
def status(
    batch: Annotated[
        str | None, typer.Argument(help="A batch's id or its beginning; default: list them.")
    ] = None,
    on: DayOption = None,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """How many of a batch are in which state.

    Example: byline leave status lv_3f2a
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        if batch is None:
            known = leave_batches.batches(opened.ledger)
            voice.table("Batches", ("batch", "people"), list(known.items()))
            voice.result({"schema": "byline/leave-batches/1", "batches": known})
            return
        stands = standing_of(opened, batch)
        counts = stands.counts(as_of=day_of(on))
        voice.table(f"Batch {stands.batch}", ("state", "people"), list(counts.items()))
        voice.result({"schema": "byline/leave-status/1", "batch": stands.batch, "states": counts})


@leave.command()
def close(
    batch: BatchArgument,
    on: DayOption = None,
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Close what is out of the newest releases and of models in use, with a last receipt each.

    Exits with 4 while some stay open, and says what holds them.

    Example: byline leave close lv_3f2a
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        stands = standing_of(opened, batch)
        done = leave_closing.close(
            stands, contributions_of(opened), at=workplace(opened), as_of=day_of(on)
        )
        voice.table("Open because", ("reason", "people"), list(done.open.items()))
        voice.line(f"{done.closed:,} of {len(stands.separations):,} are closed.")
        voice.result(
            {
                "schema": "byline/leave-close/1", "batch": stands.batch, "closed": done.closed,
                "open": done.open, "receipts": sum(one.size for one in done.issues),
            }
        )  # fmt: skip
        if done.open:
            raise typer.Exit(4)


@leave.command()
def receipt(
    batch: BatchArgument,
    person: Annotated[str, typer.Argument(help="The leaver's id in the roster.")],
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Where a person's receipts are: the files are named by pseudonym.

    Example: byline leave receipt lv_3f2a ha-101
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        stands = standing_of(opened, batch)
        key = read_or_create_key(opened.config.at(opened.config.people.linkage_key))
        subject = leaving.subject_of(person, stands.batch, key=key)
        folder = leaving.folder_of(opened.layout, stands.batch)
        found = sorted(str(path) for path in folder.glob(f"{subject}.*.json"))
        if not found:
            raise InputError(f"{stands.batch} has no receipt of {person}")
        for path in found:
            voice.line(path)
        voice.result({"schema": "byline/leave-receipt-files/1", "files": found})


@leave.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt.")],
    key: Annotated[
        Path | None,
        typer.Option(help=f"The log's public key; default: {VERIFIER_FILE} of this workspace."),
    ] = None,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Check a receipt offline: that the organisation's log holds exactly these words.

    Example: byline leave verify p_0123456789abcdef.leaving.json --key byline-log.vkey
    """
    voice = Voice(as_json=as_json)
    verifiers = verifiers_from(key, config, voice=voice)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from error
    checked = check_receipt(data, verifiers=verifiers)
    voice.line(
        f"sound: entry {checked.log_index} of the log binds this receipt of batch "
        f"{checked.body['batch']}"
    )
    voice.result(
        {
            "schema": "byline/leave-verify/1", "sound": True, "log_index": checked.log_index,
            "log_size": checked.log_size, "receipt": dict(checked.body),
        }
    )  # fmt: skip
