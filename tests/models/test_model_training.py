"""Training from a seal: exact, resumable, refused when it must be, and of use."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sealed_fakes import FakeSealed, learnable, programs, quiet, row, tiny

from byline.errors import InputError, IntegrityError, RefusedError, UsageError
from byline.models import loop
from byline.models.architecture import fresh_model, llama_config
from byline.models.device import Device, choose_device
from byline.models.evaluate import evaluate
from byline.models.folder import open_model
from byline.models.loop import learn_any, learn_llama
from byline.models.opening import open_for_use
from byline.models.packing import IGNORED
from byline.models.settings import EvaluationSettings
from byline.models.train import train
from byline.workspace.files import sha256_file

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "first"
    return train(learnable(), out=out, settings=tiny(), progress=quiet)


def fail_after(steps, monkeypatch):
    """Let the machine stop dead after so many optimiser steps."""
    whole, taken = loop._step, []

    def step(*arguments, **named):
        if len(taken) == steps:
            raise KeyboardInterrupt
        taken.append(1)
        return whole(*arguments, **named)

    monkeypatch.setattr(loop, "_step", step)


def test_the_same_release_and_settings_give_the_same_weights(model, tmp_path):
    again = train(learnable(), out=tmp_path / "again", settings=tiny(), progress=quiet)
    assert again.run["weights_sha256"] == model.run["weights_sha256"]
    assert again.id == model.id
    other = train(learnable(), out=tmp_path / "other", settings=tiny(seed=1), progress=quiet)
    assert other.run["weights_sha256"] != model.run["weights_sha256"]


@pytest.mark.parametrize("stop", [3, 13])
def test_a_killed_run_resumes_to_the_same_weights(model, tmp_path, monkeypatch, stop):
    with monkeypatch.context() as patched:
        fail_after(stop, patched)
        with pytest.raises(KeyboardInterrupt):
            train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert not (tmp_path / "m").exists()
    left = {path.name for path in (tmp_path / ".m.training").iterdir()}
    assert left <= {
        "checkpoint.safetensors",
        "metrics.jsonl",
        "run-log.jsonl",
        "states",
    }  # no copy of anyone's work
    resumed = train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert resumed.run["training"]["resumed_from"] == {3: 0, 13: 9}[stop]  # a checkpoint or a state
    assert resumed.run["weights_sha256"] == model.run["weights_sha256"]
    lines = (tmp_path / "m" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [8, 16, 24]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_checkpoint_of_other_settings_is_not_resumed(model, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        fail_after(13, patched)
        with pytest.raises(KeyboardInterrupt):
            train(learnable(), out=tmp_path / "m", settings=tiny(seed=1), progress=quiet)
    fresh = train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert fresh.run["training"]["resumed_from"] == 0
    assert fresh.run["weights_sha256"] == model.run["weights_sha256"]


def test_on_two_threads_the_weights_are_the_same_in_another_process(tmp_path):
    here = train(learnable(), out=tmp_path / "a", settings=tiny(threads=2, steps=8), progress=quiet)
    code = (
        "import sys; from pathlib import Path; from sealed_fakes import *\n"
        "from byline.models.train import train\n"
        "s = tiny(threads=2, steps=8)\n"
        "m = train(learnable(), out=Path(sys.argv[1]), settings=s, progress=quiet)\n"
        "print(m.run['weights_sha256'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "b")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    assert done.stdout.split() == [here.run["weights_sha256"]]


def test_a_finished_run_is_not_done_again_and_another_is_not_overwritten(model):
    again = train(learnable(), out=model.directory, settings=tiny(), progress=quiet)
    assert again.run == model.run
    with pytest.raises(UsageError, match="holds something else"):
        train(learnable(), out=model.directory, settings=tiny(seed=2), progress=quiet)


def test_a_purpose_the_release_was_not_decided_for_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="role_replication"):
        train(
            learnable(),
            out=tmp_path / "m",
            settings=tiny(purpose="role_replication"),
            progress=quiet,
        )
    assert not list(tmp_path.iterdir())


def test_a_tampered_row_leaves_nothing_behind(tmp_path):
    with pytest.raises(IntegrityError, match="ex_0030"):
        train(learnable(tampered="ex_0030"), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_checks_the_rows_again(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        fail_after(13, patched)
        with pytest.raises(KeyboardInterrupt):
            train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet)
    with pytest.raises(IntegrityError):
        train(learnable(tampered="ex_0030"), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert not list(tmp_path.iterdir())


def test_two_runs_do_not_work_in_one_folder(tmp_path):
    def intrude(_done, _total, _text):
        with pytest.raises(UsageError, match="another run is at work"):
            train(learnable(), out=tmp_path / "m", settings=tiny(), progress=quiet)

    made = train(learnable(), out=tmp_path / "m", settings=tiny(steps=1), progress=intrude)
    assert open_model(tmp_path / "m").id == made.id


def test_an_empty_split_is_said(tmp_path):
    with pytest.raises(InputError, match="no token to learn from"):
        train(FakeSealed(splits={}), out=tmp_path / "m", settings=tiny(), progress=quiet)
    assert not list(tmp_path.iterdir())


def test_masked_tokens_pull_at_no_weight():
    """Other tokens in masked places, with nothing learnt after them, give the same gradient."""
    device = Device(name="cpu", precision="float32", threads=1)
    tokens = torch.arange(32).reshape(2, 16) + 3
    labels, weights = tokens.clone(), torch.ones(2, 16)
    labels[:, 11:], weights[:, 11:] = IGNORED, 0.0
    others = tokens.clone()
    others[:, 11:] = 77
    config = llama_config(tiny().shape, vocabulary=90, end=0, padding=9)
    found = []
    for learn_from in (learn_llama, learn_any):
        for read in (tokens, others):
            network = fresh_model(config, seed=0)
            loss = learn_from(network, device, compiled=False)(read, labels, weights)
            found.append((loss, [p.grad for p in network.parameters()]))
    for (one, gradients), (other, changed) in (found[:2], found[2:]):
        assert one == other
        assert all(torch.equal(a, b) for a, b in zip(gradients, changed, strict=True))
    for a, b in zip(found[0][1], found[2][1], strict=True):
        torch.testing.assert_close(a, b)


def test_masked_text_is_not_learnt(tmp_path):
    def release(loss):
        rows = [
            row(f"ex_{n}", (f"value = {n}\n", 1.0, "p1", "human"), ("zq!?\n", loss, "p2", "human"))
            for n in range(60)
        ]
        return FakeSealed(splits={"train": rows})

    def surprise(name, loss):
        made = train(release(loss), out=tmp_path / name, settings=tiny(), progress=quiet)
        tokenizer = transformers.AutoTokenizer.from_pretrained(made.directory)
        network = transformers.AutoModelForCausalLM.from_pretrained(made.directory)
        ids = tokenizer("value = 7\nzq!?", return_tensors="pt")["input_ids"]
        ignored = tokenizer("value = 7\n", return_tensors="pt")["input_ids"].shape[1]
        labels = ids.clone()
        labels[:, :ignored] = IGNORED
        return network(input_ids=ids, labels=labels).loss.item()

    assert surprise("masked", 0.0) > surprise("learnt", 1.0) + 1


def test_the_folder_loads_with_transformers_and_holds_no_pickle(model):
    names = {path.name for path in model.directory.iterdir()}
    assert names == {
        "README.md",
        "config.json",
        "examples.parquet",
        "generation_config.json",
        "metrics.jsonl",
        "model.safetensors",
        "run-log.jsonl",
        "run.json",
        "sidecar.parquet",
        "states",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    for path in filter(Path.is_file, model.directory.rglob("*")):
        start = path.read_bytes()[:4]
        assert start[:1] != b"\x80", path
        assert start != b"PK\x03\x04", path
    loaded = transformers.AutoModelForCausalLM.from_pretrained(model.directory)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model.directory)
    inputs = tokenizer("def settle_", return_tensors="pt", return_token_type_ids=False)
    written = loaded.generate(**inputs, max_new_tokens=5, do_sample=False)
    assert written.shape[1] == inputs["input_ids"].shape[1] + 5


def test_the_record_counts_what_was_read(model):
    run = model.run
    spans = pq.read_table(model.directory / "sidecar.parquet")
    counts = pq.read_table(model.directory / "examples.parquet").to_pydict()
    sizes = spans["end"].to_numpy() - spans["start"].to_numpy()
    read = sizes * spans["times_read"].to_numpy()
    assert read.sum() == sum(counts["tokens_read"]) == run["data"]["tokens_read"]
    one = counts["example"][7]
    of_one = np.array(spans["example"].to_pylist()) == one
    assert read[of_one].sum() == counts["tokens_read"][7]
    assert sizes[of_one].sum() + 1 == counts["tokens"][7]
    assert run["data"]["examples"] == 60
    assert run["data"]["people"] == 3
    assert run["release"] == {"id": learnable().id, "name": "engineering", "root": "ab" * 32}
    assert run["tokenizer_sha256"] == sha256_file(model.directory / "tokenizer.json")
    assert run["settings"]["optimisation"]["seed"] == 0
    assert run["computed_on"]["threads"] == 1


def test_many_passes_are_said_in_talk_and_on_the_card(tmp_path):
    said = []
    few = FakeSealed(splits={"train": programs(range(6))})
    made = train(
        few, out=tmp_path / "m", settings=tiny(), progress=lambda _d, _t, text: said.append(text)
    )
    assert any("warning: the run reads its data" in text for text in said)
    assert "mostly memorises" in (made.directory / "README.md").read_text()


def test_changed_weights_are_not_opened(tmp_path):
    made = train(learnable(), out=tmp_path / "m", settings=tiny(steps=1), progress=quiet)
    weights = made.directory / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(IntegrityError, match="recorded"):
        open_model(made.directory)


def test_weights_that_the_configuration_names_beside_the_recorded_ones_are_not_used(
    model, tmp_path
):
    copy = shutil.copytree(model.directory, tmp_path / "m")
    device = choose_device(precision="float32", threads=1)
    assert open_for_use(copy, purpose="assist_others", device=device)
    other = {k: v * 0 for k, v in safetensors.load_file(str(copy / "model.safetensors")).items()}
    safetensors.save_file(other, str(copy / "other.safetensors"), metadata={"format": "pt"})
    config = json.loads((copy / "config.json").read_text())
    config["transformers_weights"] = "other.safetensors"
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(IntegrityError, match="does not load the weights"):
        open_for_use(copy, purpose="assist_others", device=device)


@pytest.mark.parametrize(
    "text", ['{"settings": NaN', "[" * 100_000, '{"settings": "\\ud800"', '{"settings": {"a": NaN}']
)
def test_a_hostile_record_is_an_error_with_a_name(model, tmp_path, text):
    record = {"id": "mdl_0", "purpose": "p", "weights_sha256": "", "kind": "model"}
    record["release"] = {"id": "r"}
    rest = json.dumps(record).removeprefix("{")
    (tmp_path / "run.json").write_text(text if text.startswith("[") else f"{text}, {rest}")
    with pytest.raises((InputError, IntegrityError)):
        open_model(tmp_path)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "long"
    made = train(learnable(), out=out, settings=tiny(steps=80, learning_rate=1e-2), progress=quiet)
    settings = EvaluationSettings(targets=20, new_tokens=16, resamples=100, threads=1)
    return made, settings, evaluate(out, learnable(), settings=settings, progress=quiet)


def test_training_beats_no_training_on_work_it_has_not_seen(evaluated):
    _made, _settings, found = evaluated
    figures = {(f.system, f.group): f for f in found.figures}
    trained, untrained = figures["trained", "all"], figures["untrained", "all"]
    assert trained.bits_per_byte < untrained.bits_per_byte / 2
    assert figures["5-gram", "all"].bits_per_byte < untrained.bits_per_byte
    texts = [item["text"] for item in learnable().splits["test"]]
    assert trained.bytes == sum(len(text.encode()) for text in texts)
    assert figures["trained", "repository unseen"].examples == 8
    assert figures["trained", "repository seen"].examples == 12
    assert found.differences[0].high < 0
    scores = {c.system: c for c in found.completions}
    assert scores["trained"].edit_similarity > scores["untrained"].edit_similarity
    assert scores["trained"].targets == 20
    assert scores["5-gram"].exact_match > 0


def test_the_evaluation_is_kept_and_shown_and_the_same_again(evaluated):
    made, settings, found = evaluated
    stored = json.loads((made.directory / "evaluation.json").read_text())
    assert stored == json.loads(json.dumps(found.as_json()))
    card = (made.directory / "README.md").read_text()
    assert f"{found.figures[0].bits_per_byte:.3f}" in card
    again = evaluate(made.directory, learnable(), settings=settings, progress=quiet)
    assert again == found


def test_another_release_is_not_an_evaluation_of_this_model(evaluated):
    made, settings, _found = evaluated
    with pytest.raises(RefusedError, match="was trained on release"):
        evaluate(made.directory, learnable(root="cd" * 32), settings=settings, progress=quiet)
    with pytest.raises(InputError, match="nothing to score"):
        evaluate(made.directory, learnable(), split="validation", settings=settings, progress=quiet)
