"""Traces that nobody submitted, that hold credentials, or that try to exhaust."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording import SUBMITTED, cast, put, read, reasons, said, source, typed

from byline.work.items import tables_of
from byline.work.traces.credentials import MARK, without_credentials
from byline.work.traces.purpose import purpose_of

NOTEBOOK = {"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}


@pytest.mark.parametrize(
    "record",
    [
        None,
        SUBMITTED.replace("reviewed = true\n", ""),
        SUBMITTED.replace("reviewed = true", 'reviewed = "true"'),
        SUBMITTED.replace("reviewed = true", "reviewed = false"),
        SUBMITTED.replace('submitted_by = "ada@harbour.example"\n', ""),
        "not toml [",
        "a = " + "[" * 5000,
    ],
)
def test_what_nobody_submitted_is_not_read(tmp_path: Path, record: str | None) -> None:
    put(tmp_path, "a.ipynb", NOTEBOOK, record=record)
    found = read(tmp_path)
    assert reasons(found) == ["not_submitted"]
    assert [one.key for one in found] == [""]


def test_what_nobody_submitted_is_not_even_opened(tmp_path: Path) -> None:
    path = put(tmp_path, "a.ipynb", NOTEBOOK, record=None)
    path.chmod(0)
    assert reasons(read(tmp_path)) == ["not_submitted"]
    put(tmp_path, "b.cast", "x").with_name("b.cast.byline.toml").unlink()
    (tmp_path / "b.cast.byline.toml").symlink_to(put(tmp_path, "c.ipynb", NOTEBOOK))
    assert reasons(read(tmp_path)) == ["not_submitted", "not_submitted", "symlink"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("export AWS_SECRET_ACCESS_KEY=abc/def+123", "abc/def+123"),
        ("export DEPLOY='two words'", "two words"),
        ("mysql -u root -phunter2 ledger", "hunter2"),
        ("mysql -u root -p hunter2", "hunter2"),
        ("docker login -u ada -p hunter2 registry.example", "hunter2"),
        ("curl -H 'Authorization: Bearer abc.def' https://x.example", "abc.def"),
        ("curl -u ada:hunter2 https://x.example", "hunter2"),
        ("git clone https://ada:hunter2@git.example/x.git", "hunter2"),
        ("DB_PASSWORD=hunter2 make test", "hunter2"),
        ("./run --password hunter2", "hunter2"),
        ("> Cookie: session=hunter2; other=1", "hunter2"),
        ('{"password": "hunter2!"}', "hunter2!"),
        ("glpat-abcdefghijklmnopqrst", "glpat-abcdefghijklmnopqrst"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nDEFghi=\n-----END RSA PRIVATE KEY-----",
         "MIIEabc"),
    ],
)  # fmt: skip
def test_credentials_are_taken_out(text: str, secret: str) -> None:
    clean, count = without_credentials(text)
    assert secret not in clean
    assert count >= 1
    assert clean.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "export PATH=/usr/bin:$PATH", "author: Ada Lovelace", "max_tokens=512", "echo $TOKEN",
        "tokenizer = load()", "password = getpass()", "pytest -p no:cacheprovider", "mkdir -p a/b",
        "self.assertEqual(token, next_token)", "export TOKEN=$(vault read x)", "psql -p 5432",
        "ssh -p 2222 host",
    ],
)  # fmt: skip
def test_what_is_no_credential_stays(text: str) -> None:
    assert without_credentials(text) == (text, 0)


@given(st.text(st.sampled_from("pasword=:- \n'\"AutKEYexr123;/@"), max_size=200))
def test_taking_out_credentials_keeps_lines_and_is_final(text: str) -> None:
    clean, _ = without_credentials(text)
    assert clean.count("\n") == text.count("\n")
    assert without_credentials(clean)[0].replace(MARK, "") in clean.replace(MARK, "")


def test_a_part_that_was_cut_says_so(tmp_path: Path) -> None:
    events = [*typed(1.0, "export DEPLOY_TOKEN=hunter2"), *typed(9.0, "ls", "a.py")]
    put(tmp_path, "a.cast", cast(2, *events))
    (one,) = read(tmp_path)
    assert "hunter2" not in repr(one)
    assert said(one)[0] == ("command", f"export DEPLOY_TOKEN={MARK}")
    assert [part.detail["redacted"] for part in one.parts[1:]] == [1, 0, 0]
    assert one.detail["redacted"] == 1


def test_bad_files_are_problems_and_the_rest_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.cast", "{}\n")
    put(tmp_path, "b.cast", '{"version": 1, "stdout": []}\n')
    put(tmp_path, "c.traj", "[" * 100_000)
    put(tmp_path, "d.json", {"what": "else"})
    put(tmp_path, "e.jsonl", "nothing\n")
    put(tmp_path, "f.edits.jsonl", "\n")
    put(tmp_path, "g.ipynb", NOTEBOOK)
    put(tmp_path, "h.ipynb", {"nbformat": 4, "cells": [None, {"cell_type": "x"}]})
    put(tmp_path, "readme.md", "hello", record=None)
    found = read(tmp_path)
    assert [one.key for one in found if one.key and not one.skip] == ["trace:traces:g.ipynb"]
    assert reasons(found) == [
        "bad_cell", "no_events", "not_asciicast", "too_deep", "unknown_cell", "unknown_form",
        "unknown_form", "unknown_version",
    ]  # fmt: skip
    assert tables_of(source(tmp_path), found).problems.num_rows == 8


def test_a_file_above_the_limit_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.ipynb", {**NOTEBOOK, "more": "x" * 10_000})
    assert reasons(read(tmp_path, max_bytes=5_000)) == ["too_large"]


def test_gigantic_lines_and_bad_events_of_a_recording(tmp_path: Path) -> None:
    text = cast(2, *typed(1.0, "ls", "a.py"))
    lines = [json.dumps([2.0, "o", "x" * 9_000_000]), "[1]", '["a", "o", "b"]', '[1e400,"o","b"]',
             '[true, "o", "b"]']  # fmt: skip
    put(tmp_path, "a.cast", text + "\n".join(lines) + "\n")
    found = read(tmp_path)
    assert said(found[0])[0] == ("command", "ls")
    assert set(reasons(found)) == {"bad_event", "time_out_of_order"}


def test_a_long_output_loses_its_middle(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "f()",
            "outputs": [{"output_type": "stream", "text": "x" * 1_000_000}]}  # fmt: skip
    put(tmp_path, "a.ipynb", {"nbformat": 4, "cells": [cell]})
    (one,) = read(tmp_path)
    assert len(one.parts[2].text) < 300_000
    assert one.parts[2].detail["cut"] > 700_000


def test_nested_content_and_text_that_no_table_can_hold(tmp_path: Path) -> None:
    deep: object = "x"
    for _ in range(400):
        deep = [deep]
    steps = [{"source": "user", "message": deep},
             {"source": "agent", "message": "a\ud800\x00b",
              "tool_calls": [{"function_name": "f", "arguments": deep}]}]  # fmt: skip
    below: dict[str, object] = {"steps": []}
    for _ in range(20):
        below = {"steps": [], "subagent_trajectories": [below]}
    put(tmp_path, "a.json", {"steps": steps})
    put(tmp_path, "b.json", below)
    found = read(tmp_path)
    tables = tables_of(source(tmp_path), found)
    assert "a\ufffdb" in tables.parts["text"].to_pylist()[1].replace("\x00", "")
    assert reasons(found) == ["too_deep"]
    assert len({one.key for one in found}) == len(found) == 10


@pytest.mark.parametrize(
    ("command", "label"),
    [
        ("grep -rn foo src", "locate"), ("cd src && python -m pytest -q", "verify"),
        ("sed -n 1,20p a.py", "read"), ("sed -i s/a/b/ a.py", "edit"), ("git diff", "read"),
        ("git commit -am x", "decide"), ("python a.py", "run"), ("FOO=1 ./run.sh", "run"),
        ("cat > a.py <<EOF", "edit"), ("cat a.py", "read"),
    ],
)  # fmt: skip
def test_actions_have_labels(command: str, label: str) -> None:
    assert purpose_of("command", command) == label
