"""Holds, erasure and deployments as a user meets them, on one small organisation."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "answers"))
from answer_worlds import organisation

from byline.cli.main import app
from byline.errors import BylineError
from byline.proof.canonical import canonical_json
from byline.proof.order import check_order
from journeys.company import TINY_TRAINING

pytest.importorskip("torch")
AMY_WROTE = b"alpha_7"


class Company:
    def __init__(self, root):
        self.root = organisation(root)
        file = self.root / "byline.toml"
        file.write_text(file.read_text() + TINY_TRAINING.replace("steps = 12", "steps = 2"))
        self.workspace = self.root / "workspace"

    def say(self, *words, check=0):
        done = CliRunner().invoke(app, [*map(str, words), "--json", "-c", str(self.root)])
        status = done.exception.exit_code if isinstance(done.exception, BylineError) else None
        if done.exception is not None and status is None:
            raise done.exception
        assert (status or 0) == check, (done.output, done.exception)
        return json.loads(done.stdout) if done.stdout.strip() else str(done.exception)

    def readable(self):
        """Everything in the workspace that is no copy of a repository."""
        return b"".join(
            path.read_bytes() for path in self.workspace.rglob("*")
            if path.is_file() and "mirrors" not in path.parts
        )  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    made = Company(tmp_path_factory.mktemp("holding") / "org")
    made.say("run", "-q", "-w", "1")
    return made


def test_from_a_hold_to_an_erasure(company, tmp_path):
    """One story, because each step rests on the one before."""
    known = company.say("release", "--list")["releases"]
    for purpose in ("role_replication", "persona_twin", "performance_evaluation",
                    "role_automation", "repair"):  # fmt: skip
        refused = company.say("deploy", "--purpose", purpose, "--place", "editor", check=3)
        assert "made for assist_others" in refused
        assert "made for assist_others" in company.say("train", "--purpose", purpose, check=3)
    first = company.say("deploy", "--purpose", "assist_others", "--place", "editor",
                        "--job-family", "backend")  # fmt: skip
    again = company.say("deploy", "--purpose", "assist_others", "--place", "editor",
                        "--job-family", "backend")  # fmt: skip
    assert (again["deployment"], again["is_new"]) == (first["deployment"], False)

    company.say("withdraw", "p-cat", "--purpose", "repair")
    company.say("train")  # nothing of it is for repair
    company.say("consent", "p-cat", "--withdraw")
    for verb in (("train",), ("deploy", "--purpose", "assist_others", "--place", "b")):
        refused = company.say(*verb, check=3)
        assert "consent ended: fewer than 10 people" in refused
        assert "p-cat" not in refused
    company.say("consent", "p-cat", "--give", "--purpose", "assist_others")
    company.say("train")

    secret = tmp_path / "custodian.key"
    public = CliRunner().invoke(app, ["hold", "key", "--out", str(secret)]).stdout.strip()
    words = ("hold", "place", "--matter", "Doe v. Co", "--person", "p-amy", "--custodian", "Gray",
             "--custodian-key", public)  # fmt: skip
    placed = company.say(*words)
    assert placed["reaches"] == known
    assert company.say(*words)["is_new"] is False
    counts = company.say("decide")["counts"]
    assert counts.get("held", 0) > 0

    for verb in (("train",), ("evaluate",),
                 ("deploy", "--purpose", "assist_others", "--place", "b")):  # fmt: skip
        assert placed["hold"] in company.say(*verb, check=3)
    [listed] = company.say("deploy", "--list")["deployments"]
    assert listed["retire"][0]["hold"] == placed["hold"]
    assert company.say("deploy", "--retire", first["deployment"][:8])["is_new"] is True
    assert [one["stands"] for one in company.say("deploy", "--list")["deployments"]] == [False]

    plan = company.say("hold", "seal")["plan"]
    assert {one["kind"] for one in plan} == {"release", "model"}
    assert company.say("verify")["away"] is None  # a plan does nothing
    assert company.say("erase", "p-amy")["done"] == []
    killed = company.workspace / "releases" / ".building" / "data"  # of a build that was killed
    killed.mkdir(parents=True)
    (killed / "train-text-00000.parquet").write_bytes(
        b"other rows of the same people: " + AMY_WROTE
    )
    company.say("erase", "p-amy", "--do", check=4)
    assert AMY_WROTE not in company.readable()
    held = company.say("verify")
    assert (held["away"], held["rows"]) == ("sealed", 0)
    assert "sealed away" in company.say("train", check=3)

    sealed = {one["kind"]: one["sealing"] for one in company.say("hold", "list")["sealed"]}
    company.say("hold", "destroy", sealed["release"], "--do", check=3)
    company.say("hold", "open", sealed["release"], "--key", secret, "--to", tmp_path / "opened")
    assert any(path.suffix == ".parquet" for path in (tmp_path / "opened").rglob("*"))

    company.say("hold", "release", placed["hold"])
    done = company.say("erase", "p-amy", "--do")
    assert {one["outcome"] for one in done["done"]} == {"destroyed"}
    assert done["withdrawal"] is False  # the first run recorded it
    assert company.say("verify")["away"] == "destroyed"
    assert not any(one["readable"] for one in company.say("hold", "list")["sealed"])
    ledger = company.say("ledger", "check")
    assert ledger
    reached = company.say("statement", "p-amy")["releases"]
    assert [one["release"] for one in reached] == known  # the fact stays
    _check_logged(company, model=first["model"], release=known[0])


def _check_logged(company, *, model, release):
    """The log tells what was put to use, taken out of use and destroyed, in order, of nobody."""
    entries = company.say("log")["entries"]
    told = [(one["state"], one["number"]) for one in entries if one["type"] == "deployment"]
    assert told == [("placed", 0), ("retired", 1)]
    removed = {(one["what"], one["id"]) for one in entries if one["type"] == "removal"}
    assert {("model", model), ("release", release), ("rows", "tables")} <= removed
    assert check_order(map(canonical_json, entries)) == []
    shown = json.dumps(entries).casefold()
    for name in ("p-amy", "amy", "p-cat", "@", "doe", "gray", "editor", "backend", "core"):
        assert f'"{name}' not in shown
        assert f"{name}@" not in shown


def test_a_hold_on_nobody_or_somebody_unknown_is_a_wrong_use(company):
    base = ("hold", "place", "--matter", "m", "--custodian", "Gray")
    assert "everything" in company.say(*base, check=2)
    assert "p-ammy" in company.say(*base, "--person", "p-ammy", check=2)
    assert "cores" in company.say(*base, "--repository", "cores", check=2)
    assert "public key" in company.say(*base, "--person", "p-amy", "--custodian-key", "x", check=2)


def test_a_restricted_purpose_that_no_clause_names_stops_the_release(company):
    file = company.root / "byline.toml"
    before = file.read_text()
    file.write_text(before.replace("[release]", '[release]\npurposes = ["persona_twin"]'))
    try:
        assert "no clause does" in company.say("release", "-q", check=3)
    finally:
        file.write_text(before)
