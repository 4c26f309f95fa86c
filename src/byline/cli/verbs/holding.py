"""`hold`: work that must be kept for a matter, and so is not used, not read and not erased."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from byline.cli import erasing
from byline.cli.gates import holds_now
from byline.cli.options import HERE, ConfigOption, JsonOption, NoteOption
from byline.cli.session import Session, session
from byline.cli.show_holds import (
    check_known,
    day_from,
    hold_json,
    plan_json,
    show_done,
    show_plan,
    show_sealed,
)
from byline.cli.voice import Voice
from byline.errors import IncompleteError, InputError
from byline.release.ciphertext import load_private_key, save_private_key
from byline.release.container import Sealing, sealings
from byline.release.erasure import Erased
from byline.release.vault import destroy as destroy_sealed
from byline.release.vault import open_sealed
from byline.terms.hold_records import (
    Custodian,
    custodian_of,
    holds_of,
    key_text,
    placing,
    read_key_text,
    releasing,
)
from byline.terms.holds import Hold
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger

hold = typer.Typer(no_args_is_help=True, help="Work that must be kept: no training, no reading.")

AtOption = Annotated[
    str | None, typer.Option(help="The day it counts from (ISO date); default: today.")
]
DoOption = Annotated[
    bool, typer.Option("--plan/--do", help="Say what would be done (default), or do it.")
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(hold, name="hold")


@hold.command()
def key(
    out: Annotated[Path, typer.Option(help="Where the private key goes; it is shown to nobody.")],
    as_json: JsonOption = False,
) -> None:
    """Make a custodian's key pair; print the public key, to place holds with.

    Example: byline hold key --out custodian.key
    """
    voice = Voice(as_json=as_json)
    public = key_text(save_private_key(out))
    voice.line(public)
    voice.say(f"the private key is in {out}: whoever has it can open what is sealed away")
    voice.result({"schema": "byline/hold-key/1", "public_key": public, "file": str(out)})


@hold.command()
def place(
    matter: Annotated[str, typer.Option(help="What it is for.")],
    custodian: Annotated[str, typer.Option(help="Who may open what is kept.")],
    custodian_key: Annotated[
        str | None, typer.Option(help="The custodian's public key, x25519:…")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="A person's id, or email:ADDRESS; default: all.")
    ] = None,
    repository: Annotated[
        list[str] | None, typer.Option(help="A repository or source; default: all.")
    ] = None,
    at: AtOption = None,
    note: NoteOption = "",
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Place a hold: from now on the work is not used and not erased; list what has it already.

    Example: byline hold place --matter 'Doe v. Harbour' --person ha-101 --custodian 'R. Gray'
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        check_known(opened, people=person or [], repositories=repository or [])
        public = read_key_text(custodian_key) if custodian_key else None
        fact = placing(
            matter=matter,
            people=person or [],
            repositories=repository or [],
            custodian=Custodian(custodian.strip(), public),
            at=day_from(at, opened),
            note=note,
        )
        is_new = not rows(opened.ledger, ledger.HOLDS, hold=fact["hold"], action=fact["action"])
        if is_new:
            append(opened.ledger, ledger.HOLDS, fact)
            opened.forget_inputs()
        voice.line(f"{fact['hold']}  {'placed' if is_new else 'was placed before'}")
        if public is None:
            voice.say("note: without --custodian-key nothing can be sealed away under this hold")
        reached = _show_reached(opened, [fact["hold"]])
        voice.result({"schema": "byline/hold/1", **fact, "is_new": is_new, "reaches": reached})


@hold.command()
def release(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The hold.")],
    at: AtOption = None,
    note: NoteOption = "",
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Release a hold: what was sealed away under it can then be erased, and the work decided anew.

    Example: byline hold release hold_0123456789abcdef
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        found = _find(opened, identity)
        is_new = found.released is None
        day = day_from(at, opened)
        if is_new:
            fact = releasing(found, at=max(day, found.placed) if at is None else day, note=note)
            append(opened.ledger, ledger.HOLDS, fact)
        kept = [one for one in sealings(opened.layout.vault) if found.id in one.holds
                and one.has_key]  # fmt: skip
        voice.line(f"{found.id}  {'released' if is_new else 'was released before'}")
        show_sealed(voice, kept)
        if kept:
            voice.line("They stay sealed until `byline erase` or `byline hold destroy` is run.")
        voice.result(
            {"schema": "byline/hold/1", "hold": found.id, "action": "released", "is_new": is_new,
             "sealed": [one.as_json() for one in kept]}
        )  # fmt: skip


@hold.command("list")
def list_holds(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """List holds, and what is sealed away.

    Example: byline hold list
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        known = holds_of(rows(opened.ledger, ledger.HOLDS))
        kept = sealings(opened.layout.vault)
        voice.table(
            "Holds",
            ("id", "matter", "people", "repositories", "custodian", "placed", "released"),
            [
                (one.id, one.matter, ", ".join(one.people) or "all",
                 ", ".join(one.repositories) or "all", custodian_of(one.custodian).name,
                 one.placed, one.released or "")
                for one in known
            ],
        )  # fmt: skip
        show_sealed(voice, kept)
        voice.result(
            {
                "schema": "byline/holds/1",
                "holds": [hold_json(one) for one in known],
                "sealed": [one.as_json() for one in kept],
            }
        )


@hold.command()
def seal(plan: DoOption = True, config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Seal away the releases, models and pages that have held work, for the holds' custodians.

    Example: byline hold seal --do
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        here, undetermined = erasing.releases_here(opened)
        steps = [one for one in erasing.steps_for(opened, here, tables=False) if one.holds]
        if plan:
            show_plan(voice, steps)
            done: tuple[Erased, ...] = ()
        else:
            erasing.check_custodians(steps)
            done = erasing.do(opened, steps, by="hold seal")
            show_done(voice, done)
        voice.result(
            {"schema": "byline/hold-seal/1", "plan": plan_json(steps),
             "done": [one.as_json() for one in done],
             "undetermined": [one.release for one in undetermined]}
        )  # fmt: skip
        if undetermined:
            raise IncompleteError(
                f"{len(undetermined)} releases could not be asked: {undetermined[0].reason}",
                advice="restore them, then run the command again",
            )


@hold.command("open")
def open_container(
    identity: Annotated[str, typer.Argument(metavar="SEALING", help="sea_…, from `hold list`.")],
    private_key: Annotated[Path, typer.Option("--key", help="The custodian's private key.")],
    to: Annotated[Path, typer.Option(help="A new folder.")],
    note: NoteOption = "",
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Open what was sealed away, with a custodian's key; the opening is on record.

    Example: byline hold open sea_0123456789abcdef --key custodian.key --to matter-26-1
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        found = _find_sealing(opened, identity)
        made = open_sealed(
            found, private_key=load_private_key(private_key), into=to, ledger=opened.ledger,
            note=note,
        )  # fmt: skip
        voice.line(f"{found.id}  {len(found.files)} files of {found.subject} in {made}")
        voice.result({"schema": "byline/hold-open/1", **found.as_json(), "directory": str(made)})


@hold.command()
def destroy(
    identity: Annotated[str, typer.Argument(metavar="SEALING", help="sea_…, from `hold list`.")],
    plan: DoOption = True,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Destroy the keys and the content of what was sealed away; refused while a hold covers it.

    Example: byline hold destroy sea_0123456789abcdef --do
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        found = _find_sealing(opened, identity)
        keeping = _keeping(opened, found)
        if not plan:
            destroy_sealed(found, holds=keeping, ledger=opened.ledger)
            erasing.log_destroyed(opened)
        word = "destroyed" if not plan else (
            f"kept under {', '.join(one.id for one in keeping)}" if keeping else "may be destroyed"
        )  # fmt: skip
        voice.line(f"{found.id}  {found.subject}: {word}")
        voice.result({"schema": "byline/hold-destroy/1", **found.as_json(), "done": not plan,
                      "kept_under": [one.id for one in keeping]})  # fmt: skip


def _find(opened: Session, identity: str) -> Hold:
    known = holds_of(rows(opened.ledger, ledger.HOLDS))
    found = [one for one in known if one.id.startswith(identity)]
    if len(found) != 1:
        what = f"{identity} fits several holds" if found else f"no hold {identity}"
        raise InputError(what, advice="`byline hold list` shows what there is")
    return found[0]


def _find_sealing(opened: Session, identity: str) -> Sealing:
    found = [one for one in sealings(opened.layout.vault) if one.id.startswith(identity)]
    if len(found) != 1:
        what = f"{identity} fits several" if found else f"nothing is sealed away as {identity}"
        raise InputError(what, advice="`byline hold list` shows what there is")
    return found[0]


def _keeping(opened: Session, sealing: Sealing) -> tuple[Hold, ...]:
    """The holds that stand and cover a container: its own, and those that reach its release."""
    standing = holds_now(opened)
    reaching = erasing.holds_reaching(opened, sealing.kind, sealing.subject)
    return tuple(one for one in standing if one.id in sealing.holds or one in reaching)


def _show_reached(opened: Session, wanted: Collection[str]) -> list[str]:
    here, _ = erasing.releases_here(opened)
    reached = [
        release
        for release, holds in erasing.holds_by_release(opened, here).items()
        if any(one.id in wanted for one in holds)
    ]
    models = [row for row in rows(opened.ledger, ledger.MODELS) if row["release"] in reached]
    opened.voice.table(
        "Releases with held work, and the models they taught",
        ("release", "models"),
        [(one, ", ".join(row["model"] for row in models if row["release"] == one))
         for one in reached],
    )  # fmt: skip
    if reached:
        opened.voice.line("Nothing more is trained from them. `byline hold seal` seals them away.")
    return reached
