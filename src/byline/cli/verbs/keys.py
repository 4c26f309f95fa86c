"""`key` and `request`: a key of one's own, and what one signs with it after one has left.

`request` and `key recover` need no workspace: they run on the computer of whoever has left.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from byline.cli import speaking
from byline.cli.options import (
    HERE,
    ClassOption,
    ConfigOption,
    JsonOption,
    NoteOption,
    PersonArgument,
    PurposeOption,
)
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import InputError, RefusedError, UsageError
from byline.people.roster import standing
from byline.proof.errors import KeyFileError, MalformedError
from byline.proof.personal import (
    PersonalKey,
    generate_personal_key,
    load_personal_key,
    recovery_code,
    save_personal_key,
    seed_of_code,
)
from byline.terms.personal_keys import counting_keys, key_row, keys_of
from byline.terms.requests import RequestKind, make_request
from byline.workspace.files import write_bytes
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger

key = typer.Typer(no_args_is_help=True, help="Personal keys: issue, revoke, show, recover.")

Asked = Literal[
    "withdraw", "reinstate", "object", "lift", "give", "refuse", "withdraw-consent", "stop",
    "allow-retained", "erase", "statement",
]  # fmt: skip
ASKED: dict[str, RequestKind] = {
    "withdraw": "withdrawn",
    "reinstate": "reinstated",
    "object": "objected",
    "lift": "objection_lifted",
    "give": "consent_given",
    "refuse": "consent_refused",
    "withdraw-consent": "consent_withdrawn",
    "stop": "stop",
    "allow-retained": "allow-retained",
    "erase": "erase",
    "statement": "statement",
}


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(key, name="key")
    app.command()(request)


@key.command()
def issue(
    person: PersonArgument,
    config: ConfigOption = HERE,
    out: Annotated[
        Path | None, typer.Option(help="A new file for the private part; give it to the person.")
    ] = None,
    code: Annotated[
        bool, typer.Option("--code", help="Print the private part once, as words for paper.")
    ] = False,
    representative: Annotated[
        str, typer.Option(help="Who asks on behalf of somebody who is not employed today.")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="End the keys that the person has.")
    ] = False,
    note: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    """Issue a personal key, with which somebody can ask for things after they have left.

    Only the public part is recorded: the private part cannot be had a second time.

    Example: byline key issue ha-101 --out ha-101.key
    """
    if out is None and not code:
        raise UsageError("where to put the private part?", advice="give --out FILE or --code")
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        whose = speaking.known_person(opened, person)
        at = speaking.now()
        _expect_entitled(opened, whose, at.date(), representative=representative)
        old = counting_keys(rows(opened.ledger, ledger.PERSON_KEYS, person=whose), whose)
        if old and not replace:
            raise RefusedError(
                f"{whose} has a key that counts", advice="give --replace to end it by a new one"
            )
        made = generate_personal_key(whose, organisation=opened.config.organisation.name)
        if representative:
            note = f"asked for by {representative}. {note}".strip()
        facts = [key_row(whose, one, action="replaced", at=at, note=note) for one in old]
        facts.append(key_row(whose, made.public_key, action="issued", at=at, note=note))
        _hand_over(opened, made, facts, out=out)
        speaking.anchor_end(opened)
        voice.say(f"key of {whose} issued: {made.public_key[:16]}…")
        if out is not None:
            voice.line(f"key      {out}")
        if code:
            voice.line(f"code     {recovery_code(made.seed)}")
        voice.result(
            {
                "schema": "byline/key-issue/1",
                "person": whose,
                "public_key": made.public_key,
                "replaced": list(old),
                "out": str(out) if out else None,
                "recovery_code": recovery_code(made.seed) if code else None,
            }
        )


def _expect_entitled(opened: Session, person: str, today: dt.date, *, representative: str) -> None:
    """A key is issued to somebody who is employed: afterwards, nobody could tell whose it is."""
    known = {one.id: one for one in opened.inputs.directory.people}.get(person)
    if representative or (known is not None and standing(known, today).state == "in_force"):
        return
    raise RefusedError(
        f"{person} is not employed today, so that no account vouches for who asks",
        advice="check who asks, and name who answers for it with --representative",
    )


def _hand_over(
    opened: Session, made: PersonalKey, facts: list[dict[str, object]], *, out: Path | None
) -> None:
    """Write the private part, then record the public one; a key that is not recorded is no key."""
    if out is None:
        append(opened.ledger, ledger.PERSON_KEYS, *facts)
        return
    save_personal_key(out, made)
    is_recorded = False
    try:
        append(opened.ledger, ledger.PERSON_KEYS, *facts)
        is_recorded = True
    finally:
        if not is_recorded:
            out.unlink(missing_ok=True)


@key.command()
def revoke(
    person: PersonArgument,
    config: ConfigOption = HERE,
    public: Annotated[
        str, typer.Option("--key", help="The public key or its beginning; default: all.")
    ] = "",
    note: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    """End a person's keys, such as after a loss; what was accepted before stays.

    Example: byline key revoke ha-101 --note "lost with the laptop"
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        whose = speaking.known_person(opened, person)
        held = counting_keys(rows(opened.ledger, ledger.PERSON_KEYS, person=whose), whose)
        ended = [one for one in held if one.startswith(public.lower())]
        if not ended:
            raise InputError(f"{whose} has no such key that counts", advice="see `byline key show`")
        at = speaking.now()
        facts = [key_row(whose, one, action="revoked", at=at, note=note) for one in ended]
        append(opened.ledger, ledger.PERSON_KEYS, *facts)
        speaking.anchor_end(opened)
        voice.line(f"{len(ended)} keys of {whose} count no more")
        voice.result({"schema": "byline/key-revoke/1", "person": whose, "revoked": ended})


@key.command()
def show(person: PersonArgument, config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Show one person's public keys and which of them count.

    Example: byline key show ha-101
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        found = keys_of(rows(opened.ledger, ledger.PERSON_KEYS, person=person), person)
        voice.table(
            f"Keys of {person}", ("public key", "issued", "state", "ended"),
            [(one.public_key, f"{one.issued:%Y-%m-%d}", one.action,
              f"{one.ended:%Y-%m-%d}" if one.ended else "") for one in found],
        )  # fmt: skip
        voice.result(
            {
                "schema": "byline/key-show/1",
                "person": person,
                "keys": [
                    {"public_key": one.public_key, "issued": one.issued.isoformat(),
                     "state": one.action, "ended": one.ended.isoformat() if one.ended else None}
                    for one in found
                ],
            }
        )  # fmt: skip


@key.command()
def recover(
    person: Annotated[str, typer.Argument(help="Your id, as on the paper.")],
    organisation: Annotated[str, typer.Option(help="The organisation's name, as on the paper.")],
    out: Annotated[Path, typer.Option(help="A new file for the key.")],
    as_json: JsonOption = False,
) -> None:
    """Make a key file again from its recovery code, which is asked for or read from a pipe.

    Example: byline key recover ha-101 --organisation "Harbour Analytics" --out ha-101.key
    """
    voice = Voice(as_json=as_json)
    typed = typer.prompt("Recovery code", hide_input=True, err=True)
    made = PersonalKey(person, organisation, _seed(typed))
    save_personal_key(out, made)
    voice.line(f"key      {out}")
    voice.result({"schema": "byline/key-recover/1", "public_key": made.public_key, "out": str(out)})


def request(
    asked: Annotated[Asked, typer.Argument(metavar="KIND", help=f"One of {', '.join(ASKED)}.")],
    key_file: Annotated[Path, typer.Option("--key", help="Your key's file.")],
    out: Annotated[Path, typer.Option(help="The file to write the signed request to.")],
    classes: ClassOption = None,
    purposes: PurposeOption = None,
    expires: Annotated[
        str | None, typer.Option(help="For `give`: the first day on which it counts no more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a request with your own key; needs no account, no workspace and no network.

    Send the file to your former employer by any way that you like: it shows on its own that it
    is from you. It counts for 30 days, and once.

    Example: byline request object --key ha-101.key --out objection.json
    """
    voice = Voice(as_json=as_json)
    if asked == "give" and not purposes:
        raise UsageError("consent to what?", advice="name each use with --purpose")
    signed = make_request(
        ASKED[asked],
        key=load_personal_key(key_file),
        at=dt.datetime.now(dt.UTC),
        classes=speaking.class_words(classes),
        purposes=speaking.purpose_words(purposes),
        expires=speaking.day(expires, "--expires"),
    )
    if os.path.lexists(out):
        raise UsageError(f"there is a file {out}", advice="name a new one with --out")
    write_bytes(out, signed)
    voice.line(f"request  {out}")
    voice.result({"schema": "byline/request/1", "kind": ASKED[asked], "out": str(out)})


def _seed(typed: str) -> bytes:
    try:
        return seed_of_code(typed)
    except MalformedError as error:
        raise KeyFileError(str(error), advice="type it again as it is on the paper") from error
