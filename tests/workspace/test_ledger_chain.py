"""The ledger's chain: whoever goes around the ledger is found, and a crash leaves nothing half."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import InputError, IntegrityError, RefusedError
from byline.workspace.ledger import (
    Head,
    append,
    append_all,
    check_ledger,
    head,
    open_ledger,
    opening,
    rows,
    sound_ledger,
    table_of,
)
from byline.workspace.ledger import tables as schema
from byline.workspace.ledger.chain import GENESIS, row_hash

EVENT = {"verb": "collect", "subject": "r", "detail": {"n": 1, "a": [1.0, None, "é"]}}
SAID = {
    "event": "ev_1", "person": "p-1", "at": "2026-01-01T00:00:00+00:00", "kind": "objected",
    "classes": ["*"], "purposes": ["*"], "speaker": "person", "method": "letter", "note": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    place = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    engine = open_ledger(place)
    append(engine, schema.EVENTS, *({**EVENT, "subject": f"r{n}"} for n in range(4)))
    append_all(engine, {schema.BASIS_EVENTS: [SAID], schema.EVENTS: [EVENT]})
    engine.dispose()
    return place


@pytest.fixture
def place(original, tmp_path):
    return shutil.copy(original, tmp_path / "ledger.sqlite")


@pytest.fixture
def engine(place):
    engine = open_ledger(place)
    yield engine
    engine.dispose()


def behind_its_back(place, *statements):
    """Change the file as somebody would who has it, with its triggers out of the way."""
    connection = sqlite3.connect(place, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    held = triggers.fetchall()
    for name, _ in held:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in held:
        connection.execute(sql)
    connection.close()


def found(engine, **arguments):
    checked = check_ledger(engine, **arguments)
    assert checked.num_faults == len(checked.faults)
    return {(one.table, one.row) for one in checked.faults}


def test_every_append_is_chained_and_a_null_may_be_left_out(engine):
    checked = check_ledger(engine)
    assert checked.faults == ()
    assert checked.head == head(engine)
    assert checked.head.count == 6
    assert sound_ledger(engine).head == checked.head
    assert rows(engine, schema.BASIS_EVENTS)[0]["expires"] is None
    [first, *_] = rows(engine, schema.CHAIN)
    stored = {"sequence": 1, "verb": "collect", "subject": "r0",
              "detail": json.dumps(EVENT["detail"])}  # fmt: skip
    recorded = first["recorded"].strftime("%Y-%m-%d %H:%M:%S.%f")
    assert first["sha256"] == row_hash(GENESIS, "events", {**stored, "recorded": recorded})


TAMPERINGS = {
    "a row edited": (["UPDATE events SET subject = 'x' WHERE sequence = 2"], {("events", 2)}),
    "JSON edited": (
        ["""UPDATE basis_events SET classes = '["code"]'"""], {("basis_events", 1)},
    ),
    "JSON that is none": (["UPDATE events SET detail = '{' WHERE sequence = 1"], {("events", 1)}),
    "bytes for text": (["UPDATE events SET subject = x'ff00' WHERE sequence = 3"], {("events", 3)}),
    "the time edited": (
        ["UPDATE events SET recorded = '2020-01-01 00:00:00.000000' WHERE sequence = 4"],
        {("events", 4)},
    ),
    "a null filled": (["UPDATE basis_events SET expires = '2020-01-01'"], {("basis_events", 1)}),
    "a row removed": (["DELETE FROM events WHERE sequence = 2"], {("events", 2)}),
    "the last row removed": (["DELETE FROM events WHERE sequence = 5"], {("events", 5)}),
    "a row added": (
        ["INSERT INTO events VALUES (9, '2026-01-01 00:00:00.000000', 'v', 's', '{}')"],
        {("events", 9)},
    ),
    "two rows swapped": (
        ["UPDATE events SET sequence = -1 WHERE sequence = 1",
         "UPDATE events SET sequence = 1 WHERE sequence = 2",
         "UPDATE events SET sequence = 2 WHERE sequence = -1"],
        {("events", 1), ("events", 2)},
    ),
    "a link edited": (
        [f"UPDATE chain SET sha256 = '{'0' * 64}' WHERE sequence = 3"],
        {("events", 3), ("events", 4)},
    ),
    "a link removed": (
        ["DELETE FROM chain WHERE sequence = 5"], {("chain", 6), ("basis_events", 1)},
    ),
    "a row and its link removed": (
        ["DELETE FROM basis_events", "DELETE FROM chain WHERE sequence = 5"], {("chain", 6)},
    ),
    "a table gone": (["DROP TABLE holds"], {("holds", None)}),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_was_done_behind_its_back_is_found_and_named(engine, place, tampering):
    statements, wanted = TAMPERINGS[tampering]
    engine.dispose()
    if tampering == "a table gone":
        with sqlite3.connect(place) as connection:
            connection.execute(*statements)
        connection.close()
    else:
        behind_its_back(place, *statements)
    assert found(engine) == wanted
    with pytest.raises(IntegrityError, match="behind its back") as caught:
        sound_ledger(engine)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TRIGGER holds_no_delete", "holds: the trigger holds_no_delete"),
        ("CREATE TRIGGER quiet AFTER INSERT ON holds BEGIN SELECT 1; END", "trigger 'quiet'"),
    ],
)
def test_a_trigger_that_is_gone_or_foreign_is_named(engine, place, statement, words):
    with sqlite3.connect(place) as connection:
        connection.execute(statement)
    connection.close()
    [fault] = check_ledger(engine).faults
    assert words in str(fault)


def test_an_end_that_was_cut_off_shows_against_an_anchor(engine, place):
    anchored = head(engine)
    engine.dispose()
    cut = ["DELETE FROM events WHERE sequence = 5", "DELETE FROM chain WHERE sequence = 6"]
    behind_its_back(place, *cut)
    assert found(engine) == set()
    [fault] = check_ledger(engine, anchors=[anchored]).faults
    assert "1 were cut off" in str(fault)
    append(engine, schema.EVENTS, EVENT)
    [fault] = check_ledger(engine, anchors=[anchored]).faults
    assert "written anew" in str(fault)
    assert found(engine, anchors=[Head(0, GENESIS), head(engine)]) == set()


def test_rows_from_before_the_chain_are_chained_by_the_migration(engine, place):
    engine.dispose()
    behind_its_back(place, "DELETE FROM chain", "UPDATE alembic_version SET version_num = '0004'")
    again = open_ledger(place)
    checked = check_ledger(again)
    assert (checked.num_faults, checked.head.count) == (0, 6)
    append(again, schema.EVENTS, EVENT)
    assert found(again) == set()
    again.dispose()


def test_the_newest_migration_is_the_one_that_is_taken_for_it():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(opening.MIGRATIONS)).get_current_head() == opening.NEWEST


def test_a_ledger_of_a_later_version_is_refused(engine, place):
    behind_its_back(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match="cannot open") as caught:
        open_ledger(place)
    assert "later version" in caught.value.advice


def test_all_tables_of_one_append_or_none(engine):
    before = head(engine)
    with pytest.raises(sa.exc.DatabaseError):
        append_all(engine, {schema.EVENTS: [EVENT], schema.BASIS_EVENTS: [{**SAID, "at": None}]})
    append_all(engine, {schema.EVENTS: [], schema.BASIS_EVENTS: ()})
    assert head(engine) == before
    assert found(engine) == set()


def test_a_table_as_arrow(engine):
    table = table_of(engine, schema.EVENTS, ["sequence", "subject", "detail"], subject="r2")
    assert table.to_pylist() == [
        {"sequence": 3, "subject": "r2", "detail": json.dumps(EVENT["detail"])}
    ]
    assert table_of(engine, schema.HOLDS, ["hold", "people"]).num_rows == 0


def test_a_damaged_page_is_told_in_words(engine, place):
    append(engine, schema.EVENTS, *({**EVENT, "subject": "s" * 200} for _ in range(200)))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    data = bytearray(place.read_bytes())
    data[len(data) // 4 :] = b"\xff" * (len(data) - len(data) // 4)
    place.write_bytes(data)
    with pytest.raises((IntegrityError, InputError)) as caught:
        check_ledger(open_ledger(place))
    assert "backup" in caught.value.advice


def test_a_writer_that_does_not_end_is_told_in_words(engine, place, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    waiting = open_ledger(place)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(RefusedError, match="another process"):
        append(waiting, schema.EVENTS, EVENT)
    assert len(rows(waiting, schema.EVENTS)) == 5
    holder.execute("ROLLBACK")
    holder.close()
    append(waiting, schema.EVENTS, EVENT)
    waiting.dispose()


WRITER = """
import sys
from pathlib import Path
from byline.workspace.ledger import append_all, open_ledger
from byline.workspace.ledger.tables import EVENTS, RECEIPTS
engine = open_ledger(Path(sys.argv[1]))
print("open", flush=True)
for number in range(int(sys.argv[3])):
    subject = f"{sys.argv[2]}-{number}"
    facts = [{"verb": "v", "subject": subject, "detail": {"of": i}} for i in range(20)]
    receipt = {"receipt": subject, "kind": "k", "subject": "s", "batch": "b", "sha256": "",
               "path": "", "detail": {}}
    append_all(engine, {EVENTS: facts, RECEIPTS: [receipt]})
"""


def writer(place, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place), name, str(count)], stdout=subprocess.PIPE
    )


def wholes(engine):
    """The subjects that are on record, each with its 20 rows and its receipt."""
    facts = table_of(engine, schema.EVENTS, ["subject"])["subject"].value_counts().to_pylist()
    receipts = table_of(engine, schema.RECEIPTS, ["receipt"])["receipt"].to_pylist()
    assert {row["counts"] for row in facts} <= {20}
    assert sorted(row["values"] for row in facts) == sorted(receipts)
    return set(receipts)


def test_two_writers_and_a_killed_one_leave_a_whole_ledger(tmp_path):
    place = tmp_path / "ledger.sqlite"
    both = [writer(place, name, 25) for name in ("a", "b")]
    killed = writer(place, "k", 100_000)
    assert killed.stdout is not None
    killed.stdout.readline()
    time.sleep(0.3)
    os.kill(killed.pid, signal.SIGKILL)
    for process in (*both, killed):
        process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]
    engine = open_ledger(place)
    subjects = wholes(engine)
    assert {f"{name}-{number}" for name in "ab" for number in range(25)} <= subjects
    ours = sorted(int(one[2:]) for one in subjects if one.startswith("k-"))
    assert ours == list(range(len(ours)))
    assert found(engine) == set()
    append(engine, schema.EVENTS, EVENT)
    assert found(engine) == set()
    engine.dispose()


VALUES = st.one_of(st.none(), st.integers(-9, 9), st.text(max_size=4))


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4),
       st.dictionaries(st.text(max_size=3), VALUES, max_size=4))  # fmt: skip
def test_rows_have_the_same_hash_only_if_they_say_the_same(one, other):
    same = {k: v for k, v in one.items() if v is not None} == {
        k: v for k, v in other.items() if v is not None
    }
    assert (row_hash(GENESIS, "t", one) == row_hash(GENESIS, "t", other)) == same
    assert row_hash(GENESIS, "t", one) != row_hash(GENESIS, "u", one)
    assert row_hash("1" * 64, "t", one) != row_hash(GENESIS, "t", one)
