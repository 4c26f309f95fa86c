"""A ledger from before actors were recorded keeps its words, and nobody's name is made up."""

import datetime as dt

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from byline.people.aliases import history
from byline.workspace.ledger import append, open_ledger, rows
from byline.workspace.ledger import tables as ledger
from byline.workspace.ledger.opening import MIGRATIONS


def test_merges_recorded_before_actors_were_are_kept(tmp_path):
    place = tmp_path / "ledger.sqlite"
    engine = sa.create_engine(f"sqlite:///{place}")
    with engine.begin() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0002")
        connection.execute(
            sa.text("INSERT INTO aliases (recorded, action, email, person, note) VALUES "
                    "(:at, 'merge', 'a@x', 'p-1', 'asked')"),
            {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).isoformat(sep=" ")},
        )  # fmt: skip
    engine.dispose()
    opened = open_ledger(place)
    fact = {"action": "split", "email": "a@x", "person": "p-1", "note": "", "actor": "eve"}
    append(opened, ledger.ALIASES, fact)
    found = history(rows(opened, ledger.ALIASES))
    assert [(one.entry, one.action, one.actor, one.note) for one in found] == [
        (1, "merge", "", "asked"), (2, "split", "eve", ""),
    ]  # fmt: skip
    opened.dispose()
