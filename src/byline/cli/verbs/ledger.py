"""`ledger`: check that what is on record is what was recorded, and count it."""

from collections import Counter

import typer

from byline.cli.options import HERE, ConfigOption, JsonOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import IntegrityError
from byline.release.anchors import check_anchored
from byline.release.logbook import VERIFIER_FILE, check_log
from byline.workspace.ledger import Checked, table_of
from byline.workspace.ledger.tables import BASIS_EVENTS, CHAIN, METADATA

FEWEST = 10  # a count below it could tell who it is
SAID = ("withdrawals", "choices", "requests", "person_keys")

ledger = typer.Typer(no_args_is_help=True, help="The ledger: check it, and count what is in it.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(ledger, name="ledger")


@ledger.command()
def check(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Recompute the ledger's chain, row by row, and compare it with the transparency log.

    Finds rows that were changed, removed, added or moved, an end that was cut off, and triggers
    that are gone. Exit status 3 when anything is found.

    Example: byline ledger check
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        has_log = _check_log(opened)
        found = check_anchored(opened.layout.log, opened.ledger)
        if found.faults:
            voice.table(
                "Not as it was recorded",
                ("table", "row", "what"),
                [(one.table, one.row, one.what) for one in found.faults],
            )
        voice.line(f"{found.head.count:,} facts, chain ends in {found.head.sha256}")
        voice.line(_said_of_anchor(found, has_log=has_log))
        voice.result(
            {
                "schema": "byline/ledger-check/1",
                "facts": found.head.count,
                "head": found.head.sha256,
                "anchored": found.anchored.count if found.anchored else None,
                "num_faults": found.num_faults,
                "faults": [
                    {"table": one.table, "row": one.row, "what": one.what} for one in found.faults
                ],
            }
        )
        if found.num_faults:
            raise IntegrityError(
                f"{found.num_faults:,} things in the ledger are not as they were recorded",
                advice="restore it from a backup that passes, and find out who could write to it",
            )


def _check_log(opened: Session) -> bool:
    """Check the log that the anchors are in, if there is one."""
    if not (opened.layout.log / VERIFIER_FILE).exists():
        return False
    check_log(opened.layout.log, verifiers=opened.verifiers())
    return True


def _said_of_anchor(found: Checked, *, has_log: bool) -> str:
    if found.anchored is None:
        why = "no anchor is in the log" if has_log else "there is no log yet"
        return f"{why}: that its end was cut off could not be seen"
    since = found.head.count - found.anchored.count
    return f"{found.anchored.count:,} facts are anchored in the log, {max(since, 0):,} came since"


@ledger.command()
def counts(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Count facts by table, and people by what they said; fewer than 10 people are not told.

    Example: byline ledger counts
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        tables = {
            name: table_of(opened.ledger, table, ["sequence"]).num_rows
            for name, table in sorted(METADATA.tables.items())
            if table not in (BASIS_EVENTS, CHAIN)
        }
        told = {name: _told(count) if name in SAID else count for name, count in tables.items()}
        said = _people_by_kind(opened)
        for title, counted in (("Facts", told), ("People by what they said", said)):
            shown = [(name, _in_words(count)) for name, count in counted.items()]
            voice.table(title, ("of", "number"), shown)
        voice.result(
            {
                "schema": "byline/ledger-counts/1",
                "tables": told,
                "people_by_kind": said,
                "fewest_told": FEWEST,
            }
        )


def _people_by_kind(opened: Session) -> dict[str, int | None]:
    """People who said something of each kind; None where they are fewer than may be told."""
    table = table_of(opened.ledger, BASIS_EVENTS, ["kind", "person"])
    pairs = set(zip(table["kind"].to_pylist(), table["person"].to_pylist(), strict=True))
    people = Counter(kind for kind, _ in pairs)
    return {kind: _told(count) for kind, count in sorted(people.items())}


def _told(count: int) -> int | None:
    return count if count >= FEWEST or count == 0 else None


def _in_words(count: int | None) -> int | str:
    return f"under {FEWEST}" if count is None else count
