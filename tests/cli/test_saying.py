"""What people say, by an operator's word or by their own key, from the verb to the next release."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from byline.proof.personal import generate_personal_key, save_personal_key
from laws.command import command
from laws.worlds import ANN, BOB, World, function, moment


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("saying") / "company")
    made = world.repository()
    first = made.commit({b"a.py": function("alpha")}, message="add alpha now\n", **ANN)
    second = made.commit(
        {b"a.py": function("alpha"), b"b.py": function("beta")},
        parents=[first], time=moment(1), message="add the beta reading\n", **BOB,
    )  # fmt: skip
    made.point(second)
    world.release()
    return world.root


@pytest.fixture
def company(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "company")


def ask(*arguments: str | Path, status: int = 0) -> dict:
    done = command(*arguments, "--json")
    assert done.status == status, done.err
    assert "Traceback" not in done.err
    return json.loads(done.out) if done.out else {"err": done.err}


def holders(company: Path, person: str) -> list[str]:
    """The releases that hold a person's work."""
    said = ask("statement", person, "-c", company)
    return [one["release"] for one in said["releases"]]


def edit(company: Path, *statements: str) -> None:
    """Change the ledger as somebody would who has the file."""
    with sqlite3.connect(company / "byline-workspace" / "ledger.sqlite") as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_objection_reaches_the_next_release_and_is_lifted_by_the_person(company: Path):
    [released] = holders(company, "ann")
    said = ask("object", "ann", "--purpose", "assist_others", "-c", company)
    assert [one["release"] for one in said["affected"]["releases"]] == [released]
    [event] = said["events"]
    assert event["at"].startswith("2024-06-30T23:59:59")  # of the day that releases are made for
    assert not ask("object", "ann", "--purpose", "assist_others", "-c", company)["is_new"]
    [shown] = ask("statement", "ann", "-c", company)["identity"]["said"]
    assert (shown["kind"], shown["by"]) == ("objected", "person")
    made = ask("release", "-c", company)
    assert made["is_new"]
    assert holders(company, "ann") == [released]

    lifted = command("object", "ann", "--lift", "--json", "-c", company)
    assert "move `as_of`" in lifted.err  # what permits is never dated back
    config = company / "byline.toml"
    config.write_text(config.read_text().replace("2024-06-30", "2099-01-01"))
    assert len({*holders(company, "ann")}) == 1
    again = ask("release", "-c", company)["release"]
    assert again in holders(company, "ann")
    assert ask("ledger", "check", "-c", company)["num_faults"] == 0


def test_only_the_person_lifts_a_withdrawal_and_the_last_word_stands(company: Path):
    config = company / "byline.toml"
    config.write_text(config.read_text().replace("as_of = 2024-06-30", "as_of = 2099-01-01"))
    ask("withdraw", "ann", "--received", "2024-01-01", "-c", company)
    assert "whose word" in ask("reinstate", "ann", "-c", company, status=2)["err"]
    ask("reinstate", "ann", "--by", "organisation", "-c", company, status=2)
    assert ask("reinstate", "ann", "--by", "person", "-c", company)["is_new"]
    made = ask("release", "-c", company)["release"]
    assert made in holders(company, "ann")
    ask("withdraw", "ann", "--at", "2024-01-01", "-c", company)
    ask("withdraw", "ann", "-c", company)
    last = ask("release", "-c", company)["release"]
    assert last not in holders(company, "ann")


def test_consent_is_named_renewed_and_taken_back(company: Path):
    wanted = ["--purpose", "code_review", "-c", company]
    for wrong in (["--give"], ["--give", "--refuse", *wanted], [], ["--ask"]):
        ask("consent", "ann", *wrong, *([] if "-c" in wrong else ["-c", company]), status=2)
    ask("consent", "ann", "--refuse", "--expires", "2027-01-01", *wanted, status=2)
    ask("consent", "ann", "--renew", *wanted, status=2)
    asked = ask("consent", "ann", "--ask", *wanted)
    assert asked["events"][0]["speaker"] == "organisation"
    assert asked["affected"] is None
    assert ask("consent", "ann", "--give", "--expires", "2027-01-01", *wanted)["is_new"]
    renewed = ask("consent", "ann", "--renew", "--expires", "2028-01-01", *wanted)
    assert renewed["events"][0]["expires"] == "2028-01-01"
    back = ask("consent", "ann", "--withdraw", "-c", company)
    assert [one["kind"] for one in back["events"]] == ["consent_withdrawn"] * 2
    assert len(back["affected"]["releases"]) == 1


def test_somebody_who_left_acts_by_their_own_key(company: Path, tmp_path: Path):
    key, file = tmp_path / "ann.key", tmp_path / "request.json"
    issued = ask("key", "issue", "ann", "--out", key, "--code", "-c", company)
    secret = json.loads(key.read_text())["recovery_code"]
    assert issued["recovery_code"] == secret
    assert "counts" in ask("key", "issue", "ann", "--code", "-c", company, status=3)["err"]
    roster = company / "roster.csv"
    roster.write_text(roster.read_text().replace("2020-01-01,\n", "2020-01-01,2024-12-31\n"))
    refused = ask("key", "issue", "bob", "--out", tmp_path / "bob.key", "-c", company, status=3)
    assert "not employed" in refused["err"]
    assert not (tmp_path / "bob.key").exists()

    ask("request", "object", "--key", key, "--class", "code", "--out", file)
    assert "Corp" in file.read_text()
    assert secret not in file.read_text()
    both = ["object", "ann", "--request", file, "-c", company]
    ask(*both, "--class", "code", status=2)
    ask("withdraw", "ann", "--request", file, "-c", company, status=3)
    ask("object", "bob", "--request", file, "-c", company, status=3)
    said = ask(*both)
    assert said["events"][0]["method"] == "signed request"
    assert (said["classes"], said["is_new"]) == (["code"], True)
    assert "accepted before" in ask(*both, status=3)["err"]

    copy = tmp_path / "copy.key"
    shutil.copy(key, copy)
    ask("key", "revoke", "ann", "-c", company)
    ask("request", "statement", "--key", copy, "--out", tmp_path / "later.json")
    late = ask("statement", "ann", "--request", tmp_path / "later.json", "-c", company, status=3)
    assert "counts no more" in late["err"]
    [shown] = ask("key", "show", "ann", "-c", company)["keys"]
    assert shown["state"] == "revoked"
    everything = (company / "byline-workspace" / "ledger.sqlite").read_bytes()
    assert secret.encode() not in everything


def test_a_withdrawal_by_request_and_by_a_stranger(company: Path, tmp_path: Path):
    key = tmp_path / "ann.key"
    ask("key", "issue", "ann", "--out", key, "-c", company)
    ask("request", "withdraw", "--key", key, "--out", tmp_path / "w.json")
    said = ask("withdraw", "ann", "--request", tmp_path / "w.json", "-c", company)
    assert said["received"] == "2024-06-30"
    assert len(said["affected"]["releases"]) == 1
    save_personal_key(tmp_path / "x.key", generate_personal_key("ann", organisation="Corp"))
    ask("request", "reinstate", "--key", tmp_path / "x.key", "--out", tmp_path / "x.json")
    ask("reinstate", "ann", "--request", tmp_path / "x.json", "-c", company, status=3)
    (tmp_path / "huge.json").write_bytes(b"[" * 100_000)
    huge = ask("reinstate", "ann", "--request", tmp_path / "huge.json", "-c", company, status=1)
    assert "no signed request" in huge["err"]


def test_no_listing_tells_who_said_what(company: Path):
    ask("object", "ann", "-c", company)
    ask("withdraw", "bob", "-c", company)
    shown = [command("ledger", verb, "-c", company) for verb in ("check", "counts")]
    shown += [command("ledger", "counts", "--json", "-c", company), command("log", "-c", company)]
    for done in shown:
        assert done.status == 0, done.err
        assert "ann" not in done.out.lower()
        assert "bob" not in done.out.lower()
    counts = json.loads(shown[2].out)
    assert counts["people_by_kind"] == {"objected": None, "withdrawn": None}
    assert counts["tables"]["withdrawals"] is None


def test_what_was_anchored_cannot_be_cut_off(company: Path):
    ask("object", "ann", "-c", company)
    facts = ask("ledger", "check", "-c", company)
    assert facts["anchored"] == facts["facts"]
    edit(company, "DELETE FROM basis_events", "DELETE FROM chain WHERE about = 'basis_events'")
    found = command("ledger", "check", "--json", "-c", company)
    assert found.status == 3
    assert any("cut off" in one["what"] for one in json.loads(found.out)["faults"])


def test_no_release_is_made_on_a_ledger_that_was_changed(company: Path):
    edit(company, "UPDATE events SET subject = 'x' WHERE sequence = 1")
    ask("withdraw", "bob", "-c", company)
    refused = ask("release", "-c", company, status=3)
    assert "behind its back" in refused["err"]
    (company / "byline-workspace" / "ledger.sqlite").write_bytes(b"")
    assert "is gone" in ask("withdraw", "ann", "-c", company, status=3)["err"]


def test_a_key_is_recovered_from_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = generate_personal_key("ann", organisation="Corp")
    save_personal_key(tmp_path / "a.key", made)
    code = json.loads((tmp_path / "a.key").read_text())["recovery_code"]
    monkeypatch.setattr("typer.prompt", lambda *_, **__: code.replace("-", " "))
    to = ["key", "recover", "ann", "--organisation", "Corp", "--out", tmp_path / "b.key"]
    assert ask(*to)["public_key"] == made.public_key
    assert (tmp_path / "b.key").read_text() == (tmp_path / "a.key").read_text()
    ask(*to, status=1)
