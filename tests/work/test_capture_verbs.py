"""Declaring, checking and collecting under a manifest, pausing and resuming: from the command."""

import hashlib
import json

from laws.command import command
from simulators.licences import mit
from simulators.repositories import filled

CONFIG = """
[organisation]
name = "Harbour"

[people]
roster = "roster.csv"

[[repositories]]
name = "flue"
path = "flue"

[[sources]]
name = "tracker"
system = "jira"
path = "jira"

[[sources]]
name = "checks"
system = "junit"
path = "junit"
"""


def world(folder):
    filled(folder / "flue", {b"LICENSE": mit("2026 Ann").encode(), b"a.py": b"print(1)\n" * 9})
    (folder / "roster.csv").write_text(
        "id,name,emails,worker_type,country,unit,start,end\n"
        "h-1,Ada,ada@corp.example,employee,GB,flue,2020-01-01,\n"
    )
    (folder / "jira").mkdir()
    (folder / "jira" / "1.json").write_text('{"key": "LED-1", "fields": {"summary": "Soot"}}')
    (folder / "junit").mkdir()
    (folder / "junit" / "flue.xml").write_text('<testsuite><testcase name="a"/></testsuite>')
    config = folder / "byline.toml"
    config.write_text(CONFIG)
    return config


def published(config, text):
    """Publish a manifest: its bytes, and their hash in the configuration."""
    path = config.parent / "terms" / "capture.toml"
    path.write_text(text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    pinned = f'\n[capture]\nmanifest = "terms/capture.toml"\nsha256 = "{digest}"\n'
    config.write_text(CONFIG + pinned)


def run(verb, config, *more):
    done = command(*verb.split(" "), "--config", config, "--json", *more)
    return done, json.loads(done.out) if done.out else {}


def test_from_a_proposal_to_a_pause(tmp_path):
    config = world(tmp_path)
    assert run("capture check", config)[0].status == 2
    declared, _ = run("capture declare", config)
    assert declared.status == 0, declared.err
    assert run("capture declare", config)[0].status == 2  # never over a file that is there
    place = tmp_path / "terms" / "capture.toml"
    text = place.read_text()
    published(config, text)
    assert "purpose" in run("capture check", config)[0].err  # nobody has reviewed it
    text = text.replace('purpose = ""', 'purpose = "to teach repair"')
    published(config, text)
    checked, found = run("capture check", config)
    assert checked.status == 0, checked.err
    assert [one["records"] for one in found["sources"]] == [None, 1, 1]

    (tmp_path / "jira" / "1.json").write_text(
        '{"key": "LED-1", "fields": {"summary": "Soot", "mood": "low"}}'
    )
    assert run("capture check", config)[0].status == 3
    collected, found = run("collect", config, "--workers", "1")
    assert collected.status == 4
    assert "1.json: the json field `fields.mood` is not declared" in collected.err
    assert [one["source"] for one in found["sources"]] == ["checks"]
    assert [one["source"] for one in found["stopped"]] == ["tracker"]
    assert not (tmp_path / "byline-workspace" / "tables" / "sources" / "tracker").exists()

    (tmp_path / "jira" / "1.json").write_text('{"key": "LED-1", "fields": {"summary": "Soot"}}')
    published(config, text.replace('name = "flue"', 'name = "other"'))
    collected, found = run("collect", config, "--workers", "1")
    assert collected.status == 3
    assert "repository 'flue' is not declared" in collected.err
    assert [one["source"] for one in found["sources"]] == ["tracker", "checks"]
    published(config, text)
    place.write_text(text + "\n")
    assert run("collect", config)[0].status == 3
    place.write_text(text)

    paused, body = run("pause", config, "--source", "tracker", "--note", "works council")
    assert paused.status == 0, paused.err
    assert body["state"] == "idle"
    assert body["last_accepted"]["tracker"]["record"] == "jira:LED-1"
    digest = hashlib.sha256(text.replace('name = "flue"', 'name = "other"').encode()).hexdigest()
    assert body["last_accepted"]["tracker"]["manifest"] == digest
    receipt = command("capture", "receipt", body["receipt"], "--config", config)
    assert receipt.status == 0, receipt.err
    stopped, found = run("collect", config, "--workers", "1")
    assert stopped.status == 4
    assert "`byline resume --source tracker`" in stopped.err
    assert run("resume", config)[0].status == 1
    _, listed = run("pause", config, "--list")
    assert [one["note"] for one in listed["in_force"]] == ["works council"]
    assert run("resume", config, "--source", "tracker")[0].status == 0
    assert run("collect", config, "--workers", "1")[0].status == 0

    assert run("pause", config, "--person", "h-1")[1]["person"] == "h-1"
    assert run("pause", config, "--person", "h-1")[1]["events"] == []
    assert run("resume", config, "--person", "h-1")[1]["schema"] == "byline/resume/1"
    assert run("pause", config, "--person", "nobody")[0].status == 1
