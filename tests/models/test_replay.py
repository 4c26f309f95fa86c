"""Replays: the same bits from the sealed release, and the first step where they are not."""

import json
import shutil

import numpy as np
import pytest
from sealed_fakes import examples, learnable, program, programs, quiet, row, tiny

from byline.errors import InputError, IntegrityError, RefusedError
from byline.models import loop
from byline.models import replay as replaying
from byline.models.architecture import ModelShape, fresh_model, llama_config
from byline.models.folder import TrainedModel
from byline.models.lora import train_adapter
from byline.models.ran import segments_of
from byline.models.replay import joined, replay
from byline.models.runlog import RunLog, Taken, line_of, linked, read_steps
from byline.models.settings import AdapterSettings, Optimisation
from byline.models.states import StateDigest, tensors_digest
from byline.models.tokenizer import save_tokenizer, train_tokenizer
from byline.models.train import train

torch = pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("replays") / "m"
    return train(learnable(), out=out, settings=tiny(steps=12), progress=quiet, kept_states=2)


def again(model, *chosen, sealed=None, **named):
    return replay(model, sealed or learnable(), chosen=chosen, progress=quiet, **named)


def copied(model, place, **facts):
    shutil.copytree(model.directory, place / "copy")
    run = {**model.run, **facts}
    (place / "copy" / "run.json").write_text(json.dumps(run))
    return TrainedModel(model.id, place / "copy", model.kind, run)


def test_every_segment_gives_the_same_bits(model):
    assert segments_of(model) == [(0, 4), (4, 8), (8, 12)]
    before = {path: path.read_bytes() for path in model.directory.rglob("*") if path.is_file()}
    for chosen, steps in (((0,), 4), ((2,), 4), ((0, 1, 2), 12), ((2, 0), 8)):
        found = again(model, *chosen)
        assert found.difference is None
        assert (found.steps, found.tolerance, found.mismatches) == (steps, None, ())
    assert before == {p: p.read_bytes() for p in model.directory.rglob("*") if p.is_file()}
    assert [path.name for path in model.directory.parent.iterdir()] == ["m"]  # no copy of the work
    assert joined([(0, 4), (4, 8), (9, 12)]) == [(0, 8), (9, 12)]


def test_all_of_a_run_is_replayed_from_the_seed_without_any_state(model, tmp_path):
    copy = copied(model, tmp_path)
    shutil.rmtree(copy.directory / "states")
    assert again(copy, 0, 1, 2).difference is None
    with pytest.raises(IntegrityError, match="is not there"):
        again(copy, 1)


def relogged(copy, change):
    """A run log of other steps, whose chain and record hold together: what a forger would write."""
    path, run = copy.directory / "run-log.jsonl", copy.run["run"]
    steps = list(read_steps(path, run=run))
    log = RunLog(path, run=run)
    for step in steps:
        taken = Taken(step.step, step.batch, float.fromhex(step.rate), float.fromhex(step.loss))
        log.add(change(taken))
        log.write(state=step.state)
    said = {**copy.run, "run_log": {**copy.run["run_log"], "chain": log.chain}}
    (copy.directory / "run.json").write_text(json.dumps(said))
    return TrainedModel(copy.id, copy.directory, copy.kind, said)


@pytest.mark.parametrize(("field", "value"), [("batch", "00" * 32), ("loss", 1.5), ("rate", 0.5)])
def test_a_forged_log_that_holds_together_differs_at_the_step_it_lies_about(
    model, tmp_path, field, value
):
    def lie(taken):
        facts = {name: getattr(taken, name) for name in ("step", "batch", "rate", "loss")}
        return Taken(**{**facts, field: value}) if taken.step == 6 else taken

    forged = relogged(copied(model, tmp_path), lie)
    found = again(forged, 1).difference
    assert (found.step, found.field) == (6, field)
    assert found.logged != found.found
    assert again(forged, 2).difference is None  # only the segment that is asked for can tell


def test_a_batch_slipped_in_is_found_where_it_was(tmp_path, monkeypatch):
    """The run itself reads other rows at step 6, and its log says so or hides it."""
    whole = loop.Learner.take

    def slip(self, step):
        if step == 5:
            self.packed.tokens[self.schedule.step(step)] = np.int32(7)
        return whole(self, step)

    with monkeypatch.context() as patched:
        patched.setattr(loop.Learner, "take", slip)
        made = train(learnable(), out=tmp_path / "m", settings=tiny(steps=12), progress=quiet,
                     kept_states=2)  # fmt: skip
    assert again(made, 0).difference is None
    found = again(made, 1).difference
    assert (found.step, found.field) == (6, "batch")


def test_weights_learnt_elsewhere_are_found(model, tmp_path):
    """A state swapped for one of another run is not loaded; forged whole, the step before shows."""
    other = train(learnable(), out=tmp_path / "o", settings=tiny(steps=12, learning_rate=4e-3),
                  progress=quiet, kept_states=2)  # fmt: skip
    copy = copied(model, tmp_path)
    name = "states/00000004.safetensors"
    shutil.copy(other.directory / name, copy.directory / name)
    with pytest.raises(IntegrityError, match="not the state after step 4"):
        again(copy, 1)
    data = bytearray((model.directory / name).read_bytes())
    data[-5] ^= 1
    (copy.directory / name).write_bytes(bytes(data))
    with pytest.raises(IntegrityError, match="not those that it was written with"):
        again(copy, 1)


def test_weights_put_in_after_the_last_step_are_found_with_a_tolerance_too(model, tmp_path):
    """The losses fit, the run log holds together, and the weights are others."""
    copy = copied(model, tmp_path)
    torch_files = pytest.importorskip("safetensors.torch")
    weights = copy.directory / "model.safetensors"
    zeros = {name: one * 0 for name, one in torch_files.load_file(str(weights)).items()}
    torch_files.save_file(zeros, str(weights), metadata={"format": "pt"})
    run = json.loads(json.dumps(model.run))
    last = run["run_log"]["states"][-1]
    digest = StateDigest(tensors_digest(zeros), last["optimiser"])
    last |= {"weights": digest.weights, "state": digest.state}
    *steps, end = read_steps(copy.directory / "run-log.jsonl", run=run["run"])
    taken = Taken(end.step, end.batch, float.fromhex(end.rate), float.fromhex(end.loss))
    end = linked(steps[-1].chain, taken, state=digest.state)
    (copy.directory / "run-log.jsonl").write_bytes(b"".join(map(line_of, [*steps, end])))
    run["run_log"]["chain"] = end.chain
    forged = TrainedModel(model.id, copy.directory, model.kind, run)
    for tolerance in (None, 1e-2):
        found = again(forged, 2, tolerance=tolerance).difference
        assert (found.step, found.field) == (12, "state")
    assert again(forged, 0, 1, tolerance=1e-2).difference is None


def test_other_rows_another_release_or_other_settings_are_refused(model, tmp_path):
    changed = learnable()
    changed.splits["train"][3] = row("ex_0003", (program(99), 1.0, "p1", "human"))
    with pytest.raises(IntegrityError, match="the run recorded"):
        again(model, 0, sealed=changed)
    with pytest.raises(IntegrityError, match="ex_0030"):
        again(model, 0, sealed=learnable(tampered="ex_0030"))
    with pytest.raises(RefusedError, match="was trained on release"):
        again(model, 0, sealed=learnable(root="cd" * 32))
    with pytest.raises(InputError, match="segments 0 to 2"):
        again(model, 3)
    settings = json.loads(json.dumps(model.run["settings"]))
    settings["optimisation"]["learning_rate"] = 0.1
    with pytest.raises(IntegrityError, match="give the run run_"):
        again(copied(model, tmp_path, settings=settings), 0)
    old = {name: value for name, value in model.run.items() if name != "run_log"}
    with pytest.raises(InputError, match="earlier version"):
        again(TrainedModel(model.id, model.directory, model.kind, old), 0)


def test_another_computer_is_said_and_a_tolerance_is_for_losses_alone(model, monkeypatch):
    real = replaying.computed_on

    def elsewhere(device, **named):
        return {**real(device, **named), "instructions": "an abacus"}

    monkeypatch.setattr(replaying, "computed_on", elsewhere)
    whole = loop._step
    monkeypatch.setattr(loop, "_step", lambda *a, **n: whole(*a, **n) * (1 + 1e-6))
    exact = again(model, 0)
    assert exact.difference.field == "loss"
    assert any("abacus" in words for words in exact.mismatches)
    near = again(model, 0, tolerance=1e-4)
    assert (near.difference, near.tolerance) == (None, 1e-4)


def test_an_adapters_run_is_replayed_on_its_base(tmp_path):
    base = tmp_path / "base"
    tokenizer = train_tokenizer(examples(programs(range(20))), vocabulary=380)
    shape = ModelShape(hidden=32, layers=1, heads=2, intermediate=64, context=64)
    config = llama_config(shape, vocabulary=tokenizer.get_vocab_size(), end=0, padding=9)
    fresh_model(config, seed=5).save_pretrained(base)
    save_tokenizer(tokenizer, base, context=64)
    chosen = Optimisation(steps=6, batch=2, warmup=2, learning_rate=2e-2, threads=1)
    settings = AdapterSettings(purpose="repair", context=64, rank=4, optimisation=chosen)
    made = train_adapter(learnable(), base=base, out=tmp_path / "m", settings=settings,
                         progress=quiet, kept_states=1)  # fmt: skip
    assert again(made, 0, 1).difference is None
    assert again(made, 1).difference is None
    weights = base / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(IntegrityError, match="the run recorded"):
        again(made, 1)
