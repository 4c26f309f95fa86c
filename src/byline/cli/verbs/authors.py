"""`people`: who did it, by whose word, and under which employment."""

import datetime as dt
import getpass
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
import typer

from byline.answers.page import plain_values
from byline.answers.signed import Signed, signed
from byline.cli import gathering, steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import Session, session
from byline.cli.show import show_signed
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.people.aliases import MERGE, SPLIT, check_merge, confirmed
from byline.people.aliases import history as alias_history
from byline.people.machines import COLUMNS, machines
from byline.people.suggestions import IDENTIFYING, recorded_aliases, suggest_from
from byline.release.inputs import read_inputs
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger_tables

EMPLOYMENT = ("employment", "worker_type", "country", "unit", "legal_entity",
              "collective_agreement", "separation_type", "separation_batch")  # fmt: skip


def people(
    config: ConfigOption = HERE,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Whose the unknown addresses may be.")
    ] = False,
    merge: Annotated[
        list[str] | None, typer.Option(help="ADDRESS=PERSON: confirm that it is theirs.")
    ] = None,
    split: Annotated[list[str] | None, typer.Option(help="ADDRESS: take a merge back.")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every merge and split, in the ledger's order.")
    ] = False,
    bots: Annotated[
        bool, typer.Option("--bots", help="Every account taken for a bot or agent, and why.")
    ] = False,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    by: Annotated[str, typer.Option(help="Who confirms it; default: your login.")] = "",
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Resolve every recorded author to a person, a bot, an AI agent or nobody known.

    Addresses that the roster does not know can be merged with a person, by your word; `--suggest`
    says which to ask about. Nothing is merged on a name alone.

    Example: byline people --merge ada@laptop.example=p-17 --note "asked her"
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        _record_aliases(opened, merge or [], split or [], note=note, actor=by or _login())
        if history:
            _show_history(voice, opened)
            return
        if bots:
            _show_machines(voice, opened)
            return
        columns = [*IDENTIFYING, *EMPLOYMENT, "commit"]
        works = steps.describe_all(opened)
        tables = (part.read(columns) for described in works for part in described.bylines)
        found = recorded_aliases(tables, by=(*IDENTIFYING, *EMPLOYMENT))
        if suggest:
            _show_suggestions(voice, found, opened)
        else:
            _show_aliases(voice, found, signed(works))


def _login() -> str:
    """Whoever is logged in; empty where the system does not say."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _record_aliases(
    opened: Session, merges: Sequence[str], splits: Sequence[str], *, note: str, actor: str
) -> None:
    """Put splits and confirmed merges into the ledger, before identities are resolved."""
    events = rows(opened.ledger, ledger_tables.ALIASES)
    held = dict(confirmed(events))
    facts = []
    for email in splits:
        person = held.pop(email.lower(), None)
        if person is None:
            raise UsageError(f"{email} is not merged with anybody", advice="see `byline people`")
        facts.append({"action": SPLIT, "email": email.lower(), "person": person})
    asked = [_asked(given) for given in merges]
    facts += [{"action": MERGE, "email": email, "person": person} for email, person in asked]
    facts = [{**fact, "note": note, "actor": actor} for fact in facts]
    if asked:
        # Read everything as it would be, so that a merge which contradicts it is not recorded.
        after = read_inputs(
            opened.config, withdrawals=(), aliases=[*events, *facts], today=dt.date.min
        )
        for email, person in asked:
            check_merge(email, person, people=after.directory.people)
    if facts:
        append(opened.ledger, ledger_tables.ALIASES, *facts)
        opened.forget_inputs()


def _asked(given: str) -> tuple[str, str]:
    email, _, person = given.partition("=")
    if "@" not in email or not person:
        raise UsageError(f"--merge is {given!r}", advice="write ADDRESS=PERSON")
    return email.strip().lower(), person.strip()


def _show_history(voice: Voice, opened: Session) -> None:
    events = alias_history(rows(opened.ledger, ledger_tables.ALIASES))
    voice.table(
        "Merges and splits, oldest first",
        ("entry", "recorded", "action", "address", "person", "by", "note", "holds"),
        [
            (one.entry, one.recorded, one.action, one.email, one.person, one.actor, one.note,
             "yes" if one.holds else "no")
            for one in events
        ],
    )  # fmt: skip
    voice.result({"schema": "byline/people-history/1", "events": [asdict(one) for one in events]})


def _show_machines(voice: Voice, opened: Session) -> None:
    parts = [part for collected, _ in gathering.collect_all(opened) for part in collected.commits]
    found = machines((part.read(list(COLUMNS)) for part in parts),
                     directory=opened.inputs.directory)  # fmt: skip
    voice.table(
        "Accounts taken for machines; `bots`, `agents` and `not_bots` in [people] override this",
        ("name", "address", "taken for", "because of", "from", "authored", "co-authored",
         "committed"),
        [
            (one.name, one.email, one.population, one.rule, one.source, one.authored,
             one.co_authored, one.committed)
            for one in found
        ],
    )  # fmt: skip
    voice.result({"schema": "byline/people-bots/1", "accounts": [asdict(one) for one in found]})


def _show_suggestions(voice: Voice, found: pa.Table, opened: Session) -> None:
    suggestions = suggest_from(found, people=opened.inputs.directory.people)
    voice.table(
        "Ask these people whether the address is theirs",
        ("address", "recorded as", "commits", "person", "because of"),
        [
            (one.email, ", ".join(one.names), one.commits, one.person, one.evidence)
            for one in suggestions
        ],
    )
    voice.result(
        {"schema": "byline/people-suggest/1", "suggestions": [asdict(one) for one in suggestions]}
    )


def _show_aliases(voice: Voice, found: pa.Table, proved: Signed) -> None:
    aliases: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in found.to_pylist():
        key = tuple(row[name] for name in IDENTIFYING)
        first = {**{name: row[name] for name in IDENTIFYING}, "commits": 0, "employments": []}
        alias = aliases.setdefault(key, first)
        alias["commits"] += row["commits"]
        then = {name: row[name] for name in (*EMPLOYMENT, "commits")}
        alias["employments"].append({"state": then.pop("employment"), **then})
    shown = ("name", "email", "person", "population", "identity_evidence", "commits")
    listed = list(aliases.values())
    voice.table("Recorded authors", shown, [[row[c] for c in shown] for row in listed])
    show_signed(voice, proved)
    signatures = plain_values(asdict(proved))
    voice.result({"schema": "byline/people/1", "aliases": listed, "signatures": signatures})
