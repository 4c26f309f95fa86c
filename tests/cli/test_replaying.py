"""Training bound to its release from the command line: logged first, signed, replayed, verified."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from byline.cli import teaching
from byline.cli.session import session
from byline.cli.verbs.models import find_model
from byline.cli.voice import Voice
from byline.errors import IntegrityError, UsageError
from byline.models import loop
from byline.models.runlog import Taken, first_chain, line_of, linked, read_steps
from laws.command import command
from laws.test_tampering import TINY
from laws.worlds import ANN, World, function

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose training was killed once before it was finished."""
    world = World(tmp_path_factory.mktemp("replaying") / "company")
    made = world.repository()
    code = b"".join(map(function, ("alpha", "beta", "gamma")))
    made.point(made.commit({b"a.py": code}, message="add alpha now\n", **ANN))
    world.release(extra=TINY.replace("steps = 2", "steps = 4\nkept_states = 1"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "_step", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        assert command("train", "-q", "-c", world.root).status != 0
    assert not list(world.root.glob("byline-workspace/models/rel_*"))
    assert [one["type"] for one in entries(world.root)][-1] == "run"  # it was about to start
    assert command("train", "-q", "-c", world.root).status == 0
    return world.root


@pytest.fixture
def company(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "company")


def entries(company: Path) -> list[dict[str, object]]:
    """Of the log, without the ledger's anchors."""
    found = command("log", "--json", "-c", company).json["entries"]
    return [one for one in found if one["type"] != "ledger"]


def test_the_run_is_logged_once_before_its_model_however_often_it_was_killed(trained: Path):
    *_, release, started, finished, model = entries(trained)
    run = json.loads(next(trained.glob("byline-workspace/models/*/run.json")).read_text())
    assert release["seal_sha256"] == started["seal_sha256"] == run["seal_sha256"]
    assert (started["state"], started["run"], started["purpose"]) == (
        "started", run["run"], run["purpose"],
    )  # fmt: skip
    assert (finished["state"], finished["model"], finished["steps"]) == ("finished", run["id"], 4)
    assert finished["chain"] == run["run_log"]["chain"]
    assert (model["type"], model["run"]) == ("model", run["run"])
    assert command("train", "-q", "-c", trained).status == 0
    assert entries(trained)[-1] == model


def test_it_is_replayed_and_verified(trained: Path):
    found = command("train", "--replay", "all", "--json", "-c", trained).json
    assert (found["same"], found["steps"], found["of"], found["mismatches"]) == (True, 4, 2, [])
    drawn = command("train", "--replay", "random", "--json", "-c", trained).json
    assert drawn["segments"] in ([0], [1])
    said = command("model", "verify", "--json", "-c", trained).json
    assert (said["steps"], said["states"]) == (4, 2)
    assert command("verify", "--json", "-c", trained).json["attested"] is True
    folder = next(trained.glob("byline-workspace/models/rel_*"))
    log = trained / "byline-workspace" / "log"
    elsewhere = command("model", "verify", "--directory", folder, "--key",
                        log / "byline-model.pub", "--log-key", log / "byline-log.vkey")  # fmt: skip
    assert elsewhere.status == 0
    assert "4 steps chained" in elsewhere.out


def forge(company: Path) -> None:
    """A loss of the run log replaced; the model is then attested and signed again by its owner."""
    path = next(company.glob("byline-workspace/models/*/run-log.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"loss":"0x1.', b'"loss":"0x2.', 1))


def rewrite(company: Path) -> None:
    """The whole run log anew, so that it holds together; its end is not the one that was logged."""
    folder = next(company.glob("byline-workspace/models/rel_*"))
    run = json.loads((folder / "run.json").read_text())
    chain, lines = first_chain(run["run"]), []
    for step in read_steps(folder / "run-log.jsonl", run=run["run"]):
        taken = Taken(step.step, step.batch, float.fromhex(step.rate), 1.0)
        lines.append(linked(chain, taken, state=step.state))
        chain = lines[-1].chain
    (folder / "run-log.jsonl").write_bytes(b"".join(map(line_of, lines)))
    run["run_log"]["chain"] = chain
    (folder / "run.json").write_text(json.dumps(run))


def flip(pattern: str):
    def change(company: Path) -> None:
        path = next(company.glob(f"byline-workspace/{pattern}"))
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(bytes(data))

    return change


@pytest.mark.parametrize(
    ("change", "verbs", "words"),
    [
        (forge, (("train", "--replay", "0"), ("model", "verify")), "step 1"),
        (rewrite, (("train", "--replay", "0"), ("model", "verify")), "was not bound"),
        (flip("models/*/states/*"), (("train", "--replay", "1"),), "not those that it was written"),
        (flip("models/*/model.safetensors"), (("train", "--replay", "0"), ("model", "verify")),
         "its run recorded"),
        (flip("releases/*/data/train-text*"), (("train", "--replay", "0"),), "not the file"),
        (flip("models/*/provenance.intoto.json"), (("model", "verify"),), ""),
        (flip("releases/*/provenance.intoto.json"), (("verify",),), ""),
        (flip("models/*/model.sig"), (("model", "verify"),), ""),
    ],
)  # fmt: skip
def test_what_was_changed_is_refused(company: Path, change, verbs, words: str):
    change(company)
    if change in {forge, rewrite}:
        assert command("model", "sign", "-c", company).status == 0
    for verb in verbs:
        refused = command(*verb, "--json", "-c", company)
        assert refused.status == 3
        assert refused.out == ""
        assert words in refused.err
        assert "Traceback" not in refused.err


def test_a_model_whose_run_nobody_announced_is_not_logged_after_the_fact(company: Path):
    before = entries(company)
    with session(company, voice=Voice(quiet=True)) as opened:
        made, release = find_model(opened, None)
        sealed = opened.open_release(release)
        for change in ({"run": "run_0"}, {"seal_sha256": "0" * 64}):
            late = replace(made, id="mdl_0", run={**made.run, **change})
            with pytest.raises(IntegrityError, match="was not logged before it started"):
                teaching.register(opened, late, sealed, made.run["purpose"])
    assert entries(company) == before


def test_segments_are_named_in_words():
    assert teaching.segments_wanted("all", of=3) == [0, 1, 2]
    assert teaching.segments_wanted("2,0", of=3) == [0, 2]
    assert len(teaching.segments_wanted("random:2", of=3)) == 2
    assert teaching.segments_wanted("random:9", of=2) == [0, 1]
    for wanted in ("3", "-1", "", "some", "random:x", "random:0", "random:-1", "0,,1"):
        with pytest.raises(UsageError, match="names no segment"):
            teaching.segments_wanted(wanted, of=3)
