"""Somebody leaves: told on the command line, from the event to a receipt that others can check."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from answers.answer_worlds import organisation
from byline.cli.main import app
from byline.errors import IntegrityError


def byline(*arguments: str | Path) -> dict[str, Any]:
    """Run a verb in this process (starting Python costs more than the verb) and read its JSON."""
    done = CliRunner().invoke(app, [str(one) for one in (*arguments, "--json")])
    if done.exception is not None:
        raise done.exception
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_leaver_is_told_decided_answered_and_given_a_receipt(tmp_path: Path):
    root = organisation(tmp_path / "company")
    (root / "leavers.csv").write_text(
        "person,effective,kind,note\np-amy,2026-05-31,layoff,\np-dan,2026-05-31,resignation,\n"
    )
    batch = byline("leave", "--batch", root / "leavers.csv", "-w", "1", "-c", root)
    assert batch["told"] | {"batch": ""} == {"batch": "", "new": 2, "amended": 0, "repeated": 0}
    assert batch["ended"]["assist_others"] > 0 == batch["surviving"]["assist_others"]
    identity = batch["told"]["batch"]
    assert byline("leave", "status", "-c", root)["batches"] == {identity: 2}
    assert sum(byline("leave", "status", identity, "-c", root)["states"].values()) == 2

    # One person is a batch too: decisions know of it already, a changed row is an amendment.
    same = ("leave", "p-amy", "--effective", "2026-05-31", "--kind", "layoff")
    alone = byline(*same, "--deadline", "2026-07-31", "-w", "1", "-c", root)
    assert alone["told"]["amended"] == 1
    assert alone["ended"] == batch["ended"]

    [file] = byline("leave", "receipt", identity[:8], "p-amy", "-c", root)["files"]
    key = root / "workspace" / "log" / "byline-log.vkey"
    sound = byline("leave", "verify", file, "--key", key)
    assert sound["receipt"]["decisions"][0]["ended"] > 0
    changed = tmp_path / "changed.json"
    changed.write_bytes(Path(file).read_bytes().replace(b'"layoff"', b'"other"'))
    with pytest.raises(IntegrityError, match="does not hold"):
        byline("leave", "verify", changed, "--key", key)
