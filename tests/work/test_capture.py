"""The capture manifest: what it does not declare stops a source, and what it ignores is not taken."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import CaptureError, ConfigError
from byline.work.capture import Manifest, check_source
from byline.work.capture_fields import (
    PathError,
    UndeclaredError,
    declare,
    parse_path,
    path_of,
    telemetry,
    thin,
)
from byline.work.capture_manifest import REPOSITORY_FIELDS, read_manifest
from byline.work.capture_proposal import manifest_text, propose
from byline.work.capture_watching import Recorded
from byline.work.items import Source
from byline.work.reading import read

JIRA = {
    "key": "LED-1",
    "fields": {
        "summary": "It smokes",
        "created": "2024-05-01T10:00:00Z",
        "reporter": {"accountId": "ada", "emailAddress": "ada@harbour.example"},
        "description": {
            "type": "doc",
            "content": [{"type": "list", "content": [{"type": "text", "text": "Soot."}]}],
        },
    },
}
GITHUB = {
    "issue": {
        "number": 7, "title": "It smokes", "body": "Soot.", "state": "open", "labels": [],
        "created_at": "2024-05-01T10:00:00Z", "user": {"login": "ada", "type": "User"},
        "url": "https://api.github.com/repos/harbour/ledger/issues/7",
    },
    "comments": [], "timeline": [],
}  # fmt: skip
GERRIT = {
    "id": "led~1", "project": "ledger", "branch": "main", "change_id": "I1", "_number": 1,
    "subject": "Sweep", "status": "NEW", "created": "2024-05-01 10:00:00.000000000",
    "owner": {"_account_id": 1, "username": "ada"},
    "revisions": {"a" * 40: {"_number": 1, "files": {"src/flue.c": {"lines_inserted": 2}}}},
}  # fmt: skip
JUNIT = (
    '<testsuites><testsuite name="flue" timestamp="2024-05-01T10:00:00">'
    '<testcase name="sweeps" classname="t"><failure message="soot">soot</failure></testcase>'
    "</testsuite></testsuites>"
)
CAST = (
    '{"version": 2, "width": 80, "height": 24, "title": "sweep", "timestamp": 1714557600}\n'
    '[0.1, "o", "$ sweep\\r\\n"]\n[0.4, "o", "soot\\r\\n$ "]\n'
)
SUBMITTED = 'submitted_by = "ada@harbour.example"\nreviewed = true\nprompt = "^\\\\$ "\n'
CSV = "Issue key,Summary,Created,Reporter\nLED-1,It smokes,2024-05-01,ada\n"
MARKDOWN = "---\nstatus: accepted\n---\n# Sweep by hand\n\nWe sweep by hand.\n"
EXPORTS = {
    "jira": {"issues.json": json.dumps({"issues": [JIRA]}), "issues.csv": CSV},
    "github": {"harbour/ledger/issues/7.json": json.dumps(GITHUB)},
    "gerrit": {"ledger/changes/1.json": json.dumps(GERRIT)},
    "junit": {"flue.xml": JUNIT},
    "traces": {"a.cast": CAST, "a.cast.byline.toml": SUBMITTED},
    "documents": {"adr-1.md": MARKDOWN},
}


def source(folder: Path, system: str) -> Source:
    for name, text in EXPORTS[system].items():
        path = folder / system / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Source(system, system, folder / system, host=system)


def manifest(path: Path, text: str) -> Manifest:
    path.write_text(text.replace('purpose = ""', 'purpose = "to teach"'))
    return read_manifest(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def declared(folder: Path, system: str, found: Source):
    text = manifest_text([], [propose(found)])
    return manifest(folder / "capture.toml", text).source(system, system)


@pytest.mark.parametrize("system", sorted(EXPORTS))
def test_a_proposal_lets_the_same_readings_through(tmp_path, system):
    found = source(tmp_path, system)
    checker = declared(tmp_path, system, found)
    assert check_source(found, checker) >= 1
    plain = list(read(found))
    assert any(one.key for one in plain), [one.problems for one in plain]
    assert list(read(replace(found, checker=checker))) == plain


@pytest.mark.parametrize(
    ("system", "file", "old", "new", "path"),
    [
        ("jira", "issues.json", '"summary"', '"mood": "low", "summary"', "issues[].fields.mood"),
        ("jira", "issues.json", '"text": "Soot."', '"text": "Soot.", "seen": {"by": []}',
         "issues[].fields.description.content[].content[].seen"),
        ("jira", "issues.csv", "Reporter\n", "Reporter,Focus time\n", '"focus time"'),
        ("github", "harbour/ledger/issues/7.json", '"login"', '"keystrokes": null, "login"',
         "issue.user.keystrokes"),
        ("gerrit", "ledger/changes/1.json", '"lines_inserted"', '"eyes": 2, "lines_inserted"',
         "revisions.*.files.*.eyes"),
        ("junit", "flue.xml", 'classname="t"', 'classname="t" typed-by="ada"', "testcase.typed-by"),
        ("traces", "a.cast", '[0.4, "o"', '[0.3, "i", "secret"]\n[0.4, "o"', "event.i"),
        ("traces", "a.cast.byline.toml", "reviewed", 'mouse = "left"\nreviewed', "mouse"),
        ("documents", "adr-1.md", "status:", "mood: low\nstatus:", "front_matter.mood"),
    ],
)  # fmt: skip
def test_one_undeclared_field_stops_the_source(tmp_path, system, file, old, new, path):
    found = source(tmp_path, system)
    checker = declared(tmp_path, system, found)
    place = found.path / file
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new, 1))
    with pytest.raises(CaptureError, match="is not declared") as refused:
        check_source(found, checker)
    shown = path.replace("*", "a" * 40, 1).replace("*", '"src/flue.c"')
    assert f"`{shown}`" in str(refused.value)
    assert file in str(refused.value)


def test_readers_refuse_too_where_a_file_changes_after_the_check(tmp_path):
    for system in ("jira", "github", "gerrit"):
        found = source(tmp_path, system)
        checker = declared(tmp_path, system, found)
        for place in found.path.rglob("*.json"):
            value = json.loads(place.read_text()) | {"mood": 1}
            place.write_text(json.dumps(value))
        with pytest.raises(CaptureError, match="`mood` is not declared"):
            list(read(replace(found, checker=checker)))


def test_what_is_ignored_no_reader_sees(tmp_path):
    found = source(tmp_path, "jira")
    text = manifest_text([], [propose(found)])
    for path in ("issues[].fields.reporter.emailAddress", '    "reporter"'):
        line = next(one for one in text.split("\n") if path in one and one.startswith("    "))
        text = text.replace(f"{line}\n", "", 1)
        form = "[source.forms.json]" if "issues" in path else "[source.forms.csv]"
        before, after = text.split(form)
        text = before + form + after.replace("ignored = [", f"ignored = [\n{line}", 1)
    checker = manifest(tmp_path / "capture.toml", text).source("jira", "jira")
    readings = [one for one in read(replace(found, checker=checker)) if one.key]
    assert readings[0].parts[0].account == "ada"
    assert all(part.email is None for one in readings for part in one.parts)
    by_csv = list(read(replace(found, path=found.path / "issues.csv", checker=checker)))
    assert [part.account for one in by_csv for part in one.parts] == [None] * 1


def test_a_form_a_kind_a_source_and_a_repository_must_be_declared(tmp_path):
    found = source(tmp_path, "jira")
    text = manifest_text(["ledger"], [propose(found)])
    known = manifest(tmp_path / "capture.toml", text)
    known.check_repository("ledger")
    with pytest.raises(CaptureError, match="repository 'other' is not declared"):
        known.check_repository("other")
    with pytest.raises(CaptureError, match="declared as jira, not github"):
        known.source("jira", "github")
    with pytest.raises(CaptureError, match="'gone' is declared nowhere"):
        known.source("gone", "jira")
    with pytest.raises(CaptureError, match="the kind `trace`"):
        known.source("jira", "jira").check_kind("trace", file="a", key="b")
    before = text.split("[source.forms.csv]")[0]
    less = before + "[source.forms.json]" + text.split("[source.forms.json]")[1]
    with pytest.raises(CaptureError, match=r"issues\.csv, line 1: the form `csv`"):
        check_source(found, manifest(tmp_path / "capture.toml", less).source("jira", "jira"))


def test_only_the_published_bytes_count(tmp_path):
    path = tmp_path / "capture.toml"
    path.write_text('schema = "byline/capture/1"\n')
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_manifest(path, sha256=right.upper()).sha256 == right
    with pytest.raises(CaptureError, match="has no `sha256`"):
        read_manifest(path, sha256=None)
    path.write_text('schema = "byline/capture/1" \n')
    with pytest.raises(CaptureError, match=f"says {right}"):
        read_manifest(path, sha256=right)
    path.unlink()
    with pytest.raises(CaptureError, match="cannot be read"):
        read_manifest(path, sha256=right)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("purpose = ''\nkinds = []\nforms = {}", "purpose"),
        ("purpose = 'x'\nkinds = []\nforms = { fax = {} }", "no form 'fax'"),
        ("purpose = 'x'\nkinds = []\nforms = { json = { read = ['a.mouseMoves[]'] } }", "telemetry"),
        ("purpose = 'x'\nkinds = []\nforms = { json = { ignored = ['a.window_focus'] } }",
         "telemetry"),
        ("purpose = 'x'\nkinds = []\nforms = { json = { read = ['a'], ignored = ['a'] } }", "both"),
        ("purpose = 'x'\nkinds = []\nforms = { json = { read = ['a..b'] } }", "no path"),
        ("purpose = 'x'\nkinds = []\nforms = { asciicast = { read = ['event.i'] } }", "never read"),
        ("purpose = 'x'\nkinds = []\nforms = { log = { ignored = ['text'] } }", "`text` is read"),
        ("purpose = 'x'\nkinds = []\nforms = {}\nalso = 1", "also"),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_meant_is_refused_with_its_line(tmp_path, text, words):
    whole = f'schema = "byline/capture/1"\n[[source]]\nname = "a"\nsystem = "jira"\n{text}\n'
    path = tmp_path / "capture.toml"
    path.write_text(whole)
    with pytest.raises(ConfigError, match=rf"capture\.toml:\d+: .*{words}"):
        read_manifest(path, sha256=hashlib.sha256(whole.encode()).hexdigest())


def test_a_repository_declares_exactly_what_git_gives(tmp_path):
    less = manifest_text(["ledger"], []).replace('    "files.text",\n', "")
    with pytest.raises(ConfigError, match=r"`files\.text` is taken too"):
        manifest(tmp_path / "capture.toml", less)
    assert f'"{REPOSITORY_FIELDS[0]}"' in less


def test_telemetry_is_kept_out_of_a_proposal_and_told(tmp_path):
    found = source(tmp_path, "jira")
    place = found.path / "issues.json"
    place.write_text(place.read_text().replace('"summary"', '"idleTime": 4, "summary"'))
    proposal = propose(found)
    assert proposal.refused == ["issues[].fields.idleTime"]
    with pytest.raises(CaptureError, match="idleTime"):
        check_source(found, manifest(tmp_path / "c.toml", manifest_text([], [proposal])).source(
            "jira", "jira"))  # fmt: skip


def test_an_unsubmitted_trace_is_not_even_opened(tmp_path):
    found = source(tmp_path, "traces")
    checker = declared(tmp_path, "traces", found)
    (found.path / "b.cast").write_text(CAST.replace('"o"', '"i"'))  # of which nobody said a word
    assert check_source(found, checker) == check_source(source(tmp_path, "traces"), checker)


KEYS = st.sampled_from(["a", "b", "c d", "x.y", "e", "a/b", "0123456789abcdef"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(RECORDS, RECORDS)
def test_what_was_recorded_passes_and_all_read_changes_nothing(first, second):
    recorded = Recorded()
    recorded.add(first)
    recorded.add(second)
    read_paths, ignored = recorded.paths()
    tree = declare([*read_paths, *ignored], [])
    before = json.dumps([first, second])
    assert thin(first, tree) is first
    thin(second, tree)
    assert json.dumps([first, second]) == before
    assert all(path_of(parse_path(one)) == one for one in (*read_paths, *ignored))


@given(RECORDS, st.data())
def test_one_new_key_anywhere_is_refused_and_all_ignored_leaves_no_value(record, data):
    recorded = Recorded()
    recorded.add(json.loads(json.dumps(record)))
    places = [record, *_objects(record)]
    chosen = places[data.draw(st.integers(0, len(places) - 1))]
    every = [one for paths in recorded.paths() for one in paths]
    is_map = any(not parse_path(one)[-1:] or "*" in parse_path(one) for one in every)
    thinned = thin(json.loads(json.dumps(record)), declare([], every))
    assert not list(_values(thinned))
    chosen["injected_field"] = 1
    if not is_map:  # a key of a map is data, not a field
        with pytest.raises(UndeclaredError, match="injected_field"):
            thin(record, declare(every, []))


def _objects(value):
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict):
            yield one
        if isinstance(one, dict | list):
            yield from _objects(one)


def _values(value):
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            yield from _values(one)
        elif one is not None:
            yield one


@pytest.mark.parametrize(
    "key", ["keystrokes", "keyPressCount", "mouse_x", "screen", "screenShotUrl", "clipboardText",
            "windowFocus", "focused_window", "presence", "idle_seconds", "activeWindowTitle"],
)  # fmt: skip
def test_telemetry_has_no_path(key):
    assert telemetry(key)
    with pytest.raises(PathError, match="telemetry of people"):
        parse_path(f"events[].{key}.value")


@pytest.mark.parametrize("key", ["key", "issuekey", "title", "window", "display_title", "monkey"])
def test_ordinary_keys_have_one(key):
    assert parse_path(f"{key}[]") == (key, "[]")
