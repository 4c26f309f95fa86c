"""Nothing half-written is seen, no fact is changed, and one process writes at a time."""

import os
import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa

from byline.errors import InputError, RefusedError
from byline.workspace.files import replacing, sha256_text, write_bytes, write_json
from byline.workspace.ledger import append, find_release, open_ledger, rows, withdrawals
from byline.workspace.ledger import tables as schema
from byline.workspace.lock import writing

ROW = "(sequence, recorded, verb, subject, detail) VALUES (1, '2020-01-01', 'x', 'x', '{}')"
EVENT = {"verb": "collect", "subject": "r", "detail": {"n": 1}}


def test_facts_are_added_in_order_and_stay_after_reopening(tmp_path):
    engine = open_ledger(tmp_path / "ledger.sqlite")
    append(engine, schema.EVENTS, EVENT, {**EVENT, "subject": "s"})
    append(engine, schema.EVENTS)
    engine.dispose()
    again = open_ledger(tmp_path / "ledger.sqlite")
    found = rows(again, schema.EVENTS)
    assert [(row["sequence"], row["subject"], row["detail"]) for row in found] == [
        (1, "r", {"n": 1}), (2, "s", {"n": 1}),
    ]  # fmt: skip
    assert rows(again, schema.EVENTS, subject="s") == found[1:]
    assert withdrawals(again) == []
    again.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET subject = 'x'",
        "DELETE FROM events",
        f"INSERT OR REPLACE INTO events {ROW}",
        f"INSERT INTO events {ROW} ON CONFLICT (sequence) DO UPDATE SET subject = 'x'",
    ],
)
def test_no_recorded_fact_can_be_changed(tmp_path, statement):
    engine = open_ledger(tmp_path / "ledger.sqlite")
    append(engine, schema.EVENTS, EVENT)
    before = rows(engine, schema.EVENTS)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert rows(engine, schema.EVENTS) == before
    engine.dispose()


def test_every_table_of_the_ledger_is_guarded(tmp_path):
    engine = open_ledger(tmp_path / "ledger.sqlite")
    with engine.connect() as connection:
        names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        guards = {name for (name,) in names}
        found = set(sa.inspect(connection).get_table_names())
    assert found == {*schema.METADATA.tables, "alembic_version"}
    for table in schema.METADATA.tables:
        assert {f"{table}_no_update", f"{table}_no_delete"} <= guards
    engine.dispose()


def test_migrating_again_changes_nothing_and_matches_the_schema(tmp_path):
    def shape():
        engine = open_ledger(tmp_path / "ledger.sqlite")
        with engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT type, name, sql FROM sqlite_master ORDER BY name")
            )
            listed = [tuple(row) for row in found]
            columns = {
                name: {column["name"] for column in sa.inspect(connection).get_columns(name)}
                for name in schema.METADATA.tables
            }
        engine.dispose()
        return listed, columns

    first = shape()
    assert shape() == first == shape()
    assert first[1] == {name: set(table.c.keys()) for name, table in schema.METADATA.tables.items()}


def test_all_facts_of_one_call_or_none(tmp_path):
    engine = open_ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(sa.exc.DatabaseError):
        append(engine, schema.EVENTS, EVENT, {**EVENT, "verb": None})
    assert rows(engine, schema.EVENTS) == []
    engine.dispose()


def test_a_ledger_that_is_no_database_is_refused_and_left_alone(tmp_path):
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"not a database, but somebody's bytes" * 100)
    before = place.read_bytes()
    with pytest.raises(InputError, match="cannot open the ledger") as caught:
        open_ledger(place)
    assert "backup" in caught.value.advice
    assert place.read_bytes() == before


def test_a_path_with_url_characters_is_a_path(tmp_path):
    place = tmp_path / "a?b#c%20d" / "ledger.sqlite"
    engine = open_ledger(place)
    append(engine, schema.EVENTS, EVENT)
    engine.dispose()
    assert place.exists()


def test_an_absent_release_is_said(tmp_path):
    engine = open_ledger(tmp_path / "ledger.sqlite")
    for wanted in (None, "abc"):
        with pytest.raises(InputError, match="no release"):
            find_release(engine, wanted)
    engine.dispose()


HOLDER = """
import sys
from pathlib import Path
from byline.workspace.lock import writing
with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_held_by_another_process_is_refused_and_freed_by_its_death(tmp_path):
    lock = tmp_path / "w" / ".lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RefusedError, match="another byline process") as caught, writing(lock):
            pytest.fail("the lock was given twice")
        assert caught.value.exit_code == 3
        assert caught.value.advice
        os.kill(holder.pid, signal.SIGKILL)
    with writing(lock):
        pass
    with writing(lock):
        pass


def crashing(place):
    with replacing(place) as aside:
        aside.write_bytes(b"new, hal")
        raise RuntimeError("crash")


def test_a_failed_write_leaves_the_old_bytes_and_nothing_beside_them(tmp_path):
    place = tmp_path / "f"
    write_bytes(place, b"old")
    with pytest.raises(RuntimeError):
        crashing(place)
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_rename_that_fails_leaves_the_old_bytes(tmp_path, monkeypatch):
    place = tmp_path / "f"
    write_bytes(place, b"old")

    def fail(_descriptor):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        write_bytes(place, b"new")
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


CRASH = """
import os, signal, sys
from pathlib import Path
from byline.workspace.files import replacing
with replacing(Path(sys.argv[1])) as aside:
    aside.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_write_leaves_at_most_a_part_file(tmp_path):
    place = tmp_path / "f.json"
    write_json(place, {"n": 1})
    subprocess.run([sys.executable, "-c", CRASH, str(place)], check=False)
    assert place.read_text() == '{\n  "n": 1\n}\n'
    left = [file.name for file in tmp_path.iterdir() if file != place]
    assert all(name.endswith(".part") and name.startswith(".") for name in left)
    assert len(left) == 1
    write_json(place, {"n": 2})
    assert '"n": 2' in place.read_text()


def test_modes_are_kept_and_secrets_are_never_readable_by_others(tmp_path):
    write_bytes(tmp_path / "key", b"k", mode=0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_joined_strings_are_told_apart():
    assert sha256_text("ab", "c") != sha256_text("a", "bc") != sha256_text("abc")
