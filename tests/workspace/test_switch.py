"""The kill switch: a pause stops the next record, only a resumption ends it, and receipts tell."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from byline.errors import CaptureError, IncompleteError, InputError, IntegrityError, PausedError
from byline.proof.note import generate_signer
from byline.release.intake import OPEN, Intake
from byline.release.sources import gather_supplied, read_source
from byline.work.capture import Declared
from byline.work.capture_fields import declare
from byline.work.items import Source
from byline.workspace.config import Config
from byline.workspace.config import Source as Configured
from byline.workspace.ledger import append, open_ledger, rows
from byline.workspace.ledger import tables as ledger_tables
from byline.workspace.lock import writing
from byline.workspace.pause_receipt import awaited, check_pause_receipt, issue
from byline.workspace.switch import (
    EVERYTHING,
    TRAINING,
    Scope,
    Switch,
    answers_to,
    is_at_work,
    last_accepted,
    pause,
    pauses,
    resume,
)

JIRA = Scope("source", "jira")


@pytest.fixture
def ledger(tmp_path):
    return open_ledger(tmp_path / "ledger.sqlite")


def export(folder: Path, count: int = 5) -> Source:
    folder.mkdir()
    for number in range(1, count + 1):
        issue = {"key": f"LED-{number}", "fields": {"summary": "It smokes"}}
        (folder / f"{number}.json").write_text(json.dumps(issue))
    return Source("jira", "jira", folder, host="jira")


def intake(switch: Switch, ledger, *, at_work=lambda _number: None) -> Intake:
    def ask(source, number, record):
        at_work(number)
        stopped = {"source": source, "number": number, "record": record} if number else {}
        switch.ask(Scope("source", source), stopped=stopped)

    def accepted(source, number, record):
        fact = {"source": source, "number": number, "record": record, "manifest": "m" * 64}
        append(ledger, ledger_tables.ACCEPTED, fact)

    return Intake(None, ask, accepted)


def test_a_pause_between_two_records_stops_the_source_and_nothing_of_it_is_there(tmp_path, ledger):
    source = export(tmp_path / "jira")
    elsewhere = open_ledger(tmp_path / "ledger.sqlite")  # as another process has it

    def somebody(number):
        if number == 3 and not rows(elsewhere, ledger_tables.PAUSES):
            pause(elsewhere, JIRA, note="works council")

    through = intake(Switch(ledger), ledger, at_work=somebody)
    with pytest.raises(PausedError, match=r"capture of jira is paused since .*works council") as no:
        read_source(source, tables=tmp_path / "tables", intake=through)
    assert no.value.exit_code == 4
    assert "`byline resume --source jira`" in no.value.advice
    [made] = pauses(ledger)
    [answer] = answers_to(ledger, made.id)
    assert answer["action"] == "effective"
    assert answer["detail"] == {"source": "jira", "number": 3, "record": "jira:LED-3"}
    assert last_accepted(ledger) == {}
    assert not (tmp_path / "tables" / "sources" / "jira" / "count").exists()
    with pytest.raises(PausedError):  # a later run begins nothing, and has nothing to tell
        read_source(source, tables=tmp_path / "tables", intake=intake(Switch(ledger), ledger))
    assert len(answers_to(ledger, made.id)) == 1
    resume(ledger, JIRA)
    read_source(source, tables=tmp_path / "tables", intake=through)
    told = {"number": 5, "record": "jira:LED-5", "manifest": "m" * 64}
    assert last_accepted(ledger) == {"jira": told} == last_accepted(ledger, JIRA)
    assert last_accepted(ledger, TRAINING) == {}
    read_source(source, tables=tmp_path / "tables", intake=through)  # nothing new is accepted
    assert len(rows(ledger, ledger_tables.ACCEPTED)) == 1


def test_scopes_stop_what_they_name_and_end_only_by_their_own_resumption(ledger):
    switch = Switch(ledger)
    everything, one = pause(ledger, EVERYTHING), pause(ledger, JIRA)
    for act in (JIRA, Scope("source", "github"), TRAINING):
        with pytest.raises(PausedError):
            switch.ask(act)
    with pytest.raises(InputError, match="no pause of training is in force") as no:
        resume(ledger, TRAINING)
    assert "`byline resume`" in no.value.advice
    assert [done.id for done in resume(ledger, EVERYTHING)] == [everything.id]
    switch.ask(Scope("source", "github"))
    switch.ask(TRAINING)
    assert switch.asked(JIRA).pauses == (one.id,)
    resume(ledger, JIRA)
    assert pauses(ledger) == []
    assert Switch(ledger).asked(JIRA) is None


def test_two_pauses_of_one_scope_are_both_answered_and_both_end(ledger):
    switch = Switch(ledger)
    made = [pause(ledger, TRAINING), pause(ledger, TRAINING, note="again")]
    with pytest.raises(PausedError):
        switch.ask(TRAINING, stopped={"step": 7})
    assert [answers_to(ledger, one.id)[0]["detail"] for one in made] == [{"step": 7}] * 2
    assert len(resume(ledger, TRAINING)) == 2
    assert pauses(ledger) == []


def test_the_receipt_names_the_last_accepted_and_cannot_be_changed(tmp_path, ledger):
    lock, signer = tmp_path / ".lock", generate_signer("harbour/byline")
    append(ledger, ledger_tables.ACCEPTED,
           {"source": "jira", "number": 9, "record": "jira:LED-9", "manifest": ""})  # fmt: skip
    assert not is_at_work(lock)
    idle = awaited(ledger, pause(ledger, JIRA), lock=lock, seconds=0)
    assert idle["state"] == "idle"
    assert idle["last_accepted"]["jira"]["record"] == "jira:LED-9"
    with writing(lock):
        assert is_at_work(lock)
        switch = Switch(ledger)
        made = pause(ledger, TRAINING)
        assert awaited(ledger, made, lock=lock, seconds=0)["state"] == "unanswered"
        switch.asked(Scope("source", "github"))
        assert awaited(ledger, made, lock=lock, seconds=0)["state"] == "not_concerned"
        later = threading.Timer(0.05, _step, (switch, 3))
        second = pause(ledger, TRAINING)
        later.start()
        body = awaited(ledger, second, lock=lock, seconds=30)
        later.join()
    assert body["state"] == "effective"
    assert body["stopped"] == {"step": 3}
    path = issue(body, folder=tmp_path / "receipts", root=tmp_path, signer=signer, ledger=ledger)
    data = path.read_bytes()
    assert check_pause_receipt(data, verifiers=[signer.verifier]) == body
    [row] = rows(ledger, ledger_tables.RECEIPTS)
    assert (row["kind"], row["batch"], row["path"]) == ("pause", second.id, f"receipts/{path.name}")
    with pytest.raises(IntegrityError, match="does not hold"):
        check_pause_receipt(data.replace(b'"step":3', b'"step":2'), verifiers=[signer.verifier])
    with pytest.raises(IntegrityError):
        check_pause_receipt(data, verifiers=[generate_signer("other/byline").verifier])


def _step(switch, number):
    with pytest.raises(PausedError):
        switch.ask(TRAINING, stopped={"step": number})


def test_one_stopped_source_stops_no_other_and_leaves_nothing(tmp_path, ledger):
    export(tmp_path / "a")
    export(tmp_path / "b")
    config = Config(
        root=tmp_path,
        sources=tuple(Configured(name=one, system="jira", path=Path(one)) for one in "ab"),
    )
    forms = {"json": declare(["key", "fields.summary"], [])}

    class Declares:
        def source(self, name, system):
            return Declared(name, system, "to teach", frozenset({"issue"}), forms, "d")

    tables = tmp_path / "tables"
    through = Intake(Declares())
    assert gather_supplied(config, tables, intake=through).failed == {}
    place = tmp_path / "a" / "5.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"mood": 1}))
    made = gather_supplied(config, tables, intake=through)
    assert [one.name for one in made.found] == ["b"]
    assert isinstance(made.failed["a"], CaptureError)
    assert "a': 5.json: the json field `mood`" in str(made.failed["a"])
    assert not (tables / "sources" / "a").exists()  # nor what was read of it before
    with pytest.raises(IncompleteError, match="1 of 2 sources"):
        made.check()
    assert gather_supplied(config, tables, intake=OPEN).failed == {}
    stopped = replace(through, ask=lambda *_: Switch(ledger).ask(EVERYTHING))
    pause(ledger, EVERYTHING)
    with pytest.raises(PausedError):
        gather_supplied(config, tables, intake=stopped)
