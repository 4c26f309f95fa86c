"""The run log: every step bound to the one before, resumed as if never stopped, and not forged."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from sealed_fakes import learnable, quiet, tiny

from byline.errors import InputError, IntegrityError
from byline.models import loop
from byline.models.folder import TrainedModel
from byline.models.ran import check_run, examples_at
from byline.models.runlog import (
    Plan,
    RunLog,
    Taken,
    batch_hash,
    first_chain,
    line_of,
    linked,
    read_steps,
)
from byline.models.states import saved_name, segments, state_steps
from byline.models.train import train
from byline.proof.canonical import canonical_json, sha256_hex

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def starts():
    return []


@pytest.fixture(scope="module")
def model(tmp_path_factory, starts):
    out = tmp_path_factory.mktemp("runs") / "m"
    return train(
        learnable(), out=out, settings=tiny(), progress=quiet, announce=starts.append, kept_states=2
    )


def steps_in(model):
    return list(read_steps(model.directory / "run-log.jsonl", run=model.run["run"]))


def test_each_line_is_bound_to_the_one_before_as_the_format_says(model):
    run, log = model.run["run"], model.run["run_log"]
    before = bytes.fromhex(sha256_hex(b"byline/run/1\n" + run.encode()))
    lines = (model.directory / "run-log.jsonl").read_bytes().splitlines()
    for number, line in enumerate(lines, start=1):
        said = json.loads(line)
        assert canonical_json(said) == line
        chain = said.pop("chain")
        assert sha256_hex(before + canonical_json(said)) == chain
        assert said["step"] == number
        before = bytes.fromhex(chain)
    assert len(lines) == 24
    assert before.hex() == log["chain"]
    assert run == "run_" + log["plan"][:16]


def test_states_are_kept_at_even_intervals_and_the_last_is_the_models_own(model):
    states = model.run["run_log"]["states"]
    assert [one["step"] for one in states] == [8, 16, 24] == list(state_steps(24, kept=2))
    assert {s.step: s.state for s in steps_in(model) if s.state} == {
        one["step"]: one["state"] for one in states
    }
    files = sorted(path.name for path in (model.directory / "states").iterdir())
    assert files == ["00000008.safetensors", "00000016.safetensors"]
    assert states[-1]["file"] is None
    check_run(model)
    assert segments(state_steps(2, kept=4)) == [(0, 1), (1, 2)]
    assert saved_name("a.lora_A.default.weight") == "a.lora_A.weight"


def test_a_step_leads_to_the_examples_that_it_read(model):
    counts = pq.read_table(model.directory / "examples.parquet").to_pydict()
    read = {e for e, n in zip(counts["example"], counts["tokens_read"], strict=True) if n}
    found = [set(examples_at(model, step)) for step in range(1, 25)]
    assert set().union(*found) == read
    assert all(found)
    assert found[0] != found[1]
    with pytest.raises(InputError, match="steps 1 to 24"):
        examples_at(model, 25)


def test_a_run_is_announced_before_its_first_step_and_no_announcement_stops_it(
    model, starts, tmp_path
):
    [start] = starts
    assert start.run == model.run["run"]
    assert (start.release, start.purpose) == (learnable().id, "assist_others")

    def refuse(_start):
        raise IntegrityError("the log cannot be written")

    with pytest.raises(IntegrityError, match="cannot be written"):
        train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet, announce=refuse)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stop", [5, 11])
def test_a_resumed_run_ends_in_the_same_bytes(model, tmp_path, monkeypatch, stop):
    whole, taken, starts = loop._step, [], []

    def step(*arguments, **named):
        if len(taken) == stop:
            raise KeyboardInterrupt
        taken.append(1)
        return whole(*arguments, **named)

    def attempt():
        return train(learnable(), out=tmp_path / "m", settings=tiny(checkpoint_every=3),
                     progress=quiet, announce=starts.append, kept_states=2)  # fmt: skip

    with monkeypatch.context() as patched:
        patched.setattr(loop, "_step", step)
        with pytest.raises(KeyboardInterrupt):
            attempt()
    resumed = attempt()
    assert resumed.run["training"]["resumed_from"] == {5: 3, 11: 9}[stop]
    assert starts[0] == starts[1]
    straight = train(learnable(), out=tmp_path / "s", settings=tiny(checkpoint_every=3),
                     progress=quiet, kept_states=2)  # fmt: skip
    for name in ("run-log.jsonl", "model.safetensors", "states/00000008.safetensors",
                 "states/00000016.safetensors"):  # fmt: skip
        one, other = (made.directory / name for made in (resumed, straight))
        assert one.read_bytes() == other.read_bytes()
    assert resumed.id == straight.id


def test_a_damaged_checkpoint_or_log_is_not_resumed(tmp_path, monkeypatch):
    work = tmp_path / ".m.training"

    def attempt():
        train(learnable(), out=tmp_path / "m", settings=tiny(steps=6, checkpoint_every=2),
              progress=quiet, kept_states=1)  # fmt: skip

    def killed():
        with monkeypatch.context() as patched:
            patched.setattr(loop, "_finite", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                attempt()

    def flip(path, at):
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(bytes(data))

    def cut(path):
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])

    for damage, message in (
        (lambda: flip(work / "checkpoint.safetensors", -1), "not those that it was written with"),
        (lambda: flip(work / "run-log.jsonl", 40), "is not the one that was taken"),
        (lambda: cut(work / "run-log.jsonl"), "steps that were done"),
    ):
        killed()
        damage()
        with pytest.raises(IntegrityError, match=message):
            attempt()
        assert not work.exists()


def forged(model, place, change):
    copy = place / "copy"
    shutil.copytree(model.directory, copy)
    change(copy)
    return TrainedModel(model.id, copy, model.kind, json.loads((copy / "run.json").read_text()))


def test_a_forged_log_or_other_weights_are_found(model, tmp_path):
    lines = steps_in(model)

    def cheaper(copy):  # a loss changed, and every link after it made anew
        chain, written = first_chain(model.run["run"]), []
        for line in lines:
            loss = 0.5 if line.step == 9 else float.fromhex(line.loss)
            taken = Taken(line.step, line.batch, float.fromhex(line.rate), loss)
            step = linked(chain, taken, state=line.state)
            chain = step.chain
            written.append(line_of(step))
        (copy / "run-log.jsonl").write_bytes(b"".join(written))

    def dropped(copy):
        kept = [line_of(line) for line in lines if line.step != 9]
        (copy / "run-log.jsonl").write_bytes(b"".join(kept))

    def shortened(copy):
        (copy / "run-log.jsonl").write_bytes(b"".join(map(line_of, lines[:16])))

    def gone(copy):
        (copy / "run-log.jsonl").unlink()

    def other_weights(copy):
        data = bytearray((copy / "model.safetensors").read_bytes())
        data[-1] ^= 1
        (copy / "model.safetensors").write_bytes(bytes(data))

    def other_states(copy):
        run = json.loads((copy / "run.json").read_text())
        run["run_log"]["states"][0]["state"] = "0" * 64
        (copy / "run.json").write_text(json.dumps(run))

    for number, (change, message) in enumerate((
        (cheaper, "does not end in the chain"),
        (dropped, "step 9 is not the one that was taken"),
        (shortened, "does not end in the chain"),
        (gone, "cannot be read"),
        (other_weights, "does not hold the weights"),
        (other_states, "names other states"),
    )):  # fmt: skip
        with pytest.raises(IntegrityError, match=message):
            check_run(forged(model, tmp_path / str(number), change))


@pytest.mark.parametrize("line", [
    b"{}\n", b"[]\n", b"\n", b"x" * 5000, b'{"step":1}\n', b"null\n",
    b'{"batch":"","chain":"zz","loss":"0x0p+0","rate":"0x0p+0","state":null,"step":1}\n',
    b'{"batch":1,"chain":"00","loss":"0x0p+0","rate":"0x0p+0","state":null,"step":1}\n',
])  # fmt: skip
def test_what_is_no_line_is_refused(tmp_path, line):
    path = tmp_path / "run-log.jsonl"
    path.write_bytes(line)
    with pytest.raises(IntegrityError, match="step 1 is not"):
        list(read_steps(path, run="run_1"))


def test_a_batch_hash_binds_indexes_tokens_and_weights():
    rows = np.array([3, 1])
    tokens, weights = np.arange(8, dtype=np.int32).reshape(2, 4), np.ones((2, 4), np.float32)
    known = batch_hash(rows, tokens, weights)
    data = b"".join(int(r).to_bytes(8, "big") for r in rows) + tokens.tobytes() + weights.tobytes()
    assert known == sha256_hex(data)
    assert batch_hash(rows[::-1], tokens, weights) != known


def test_steps_wait_until_they_are_written(tmp_path):
    path = tmp_path / "log"
    log = RunLog(path, run=Plan("ab" * 32, 1, {}).run)
    log.add(Taken(1, "00", 0.5, 2.0))
    log.add(Taken(2, "01", 0.25, np.float32(1.5)))
    assert path.read_bytes() == b""
    log.write(state="cd")
    assert [(s.step, s.state) for s in read_steps(path, run="run_" + "ab" * 8)] == [
        (1, None), (2, "cd")
    ]  # fmt: skip
    again = RunLog(path, run="run_" + "ab" * 8, done=1)
    assert len(path.read_bytes().splitlines()) == 1
    assert again.last_loss == 2.0
