"""LoRA adapters on a local base, and the bases that are refused."""

import json
import shutil

import pytest
from sealed_fakes import examples, learnable, programs, quiet

from byline.errors import (
    HostileInputError,
    InputError,
    IntegrityError,
    MissingExtraError,
    RefusedError,
)
from byline.models import extra
from byline.models.architecture import ModelShape, fresh_model, llama_config
from byline.models.device import choose_device
from byline.models.evaluate import evaluate
from byline.models.lora import train_adapter
from byline.models.opening import open_for_use
from byline.models.settings import AdapterSettings, EvaluationSettings, Optimisation
from byline.models.tokenizer import save_tokenizer, train_tokenizer

peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A base made from a configuration, with a tokenizer of its own."""
    folder = tmp_path_factory.mktemp("bases") / "small-base"
    tokenizer = train_tokenizer(examples(programs(range(20))), vocabulary=380)
    shape = ModelShape(hidden=32, layers=1, heads=2, intermediate=64, context=64)
    config = llama_config(shape, vocabulary=tokenizer.get_vocab_size(), end=0, padding=9)
    fresh_model(config, seed=5).save_pretrained(folder)
    save_tokenizer(tokenizer, folder, context=64)
    return folder


def settings(**changes):
    chosen = Optimisation(steps=16, batch=4, warmup=2, learning_rate=2e-2, log_every=8, threads=1)
    facts = {"purpose": "repair", "context": 64, "rank": 4, "optimisation": chosen}
    return AdapterSettings(**{**facts, **changes})


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory):
    out = tmp_path_factory.mktemp("adapters") / "first"
    return train_adapter(learnable(), base=base, out=out, settings=settings(), progress=quiet)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft calls what transformers deprecated
def test_an_adapter_loads_with_peft_and_changes_the_base(base, adapter):
    loaded = transformers.AutoModelForCausalLM.from_pretrained(base)
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    inputs = tokenizer(programs(range(1))[0]["text"], return_tensors="pt")["input_ids"]
    before = loaded(input_ids=inputs, labels=inputs).loss.item()
    with_adapter = peft.PeftModel.from_pretrained(loaded, adapter.directory)
    assert with_adapter(input_ids=inputs, labels=inputs).loss.item() < before
    assert not [p for p in adapter.directory.iterdir() if p.suffix in {".bin", ".pt", ".pth"}]
    card = (adapter.directory / "README.md").read_text()
    assert 'base_model: "small-base"' in card
    assert 'library_name: "peft"' in card


def test_the_same_seed_gives_the_same_adapter_and_leaves_the_base_alone(base, adapter, tmp_path):
    again = train_adapter(
        learnable(), base=base, out=tmp_path / "again", settings=settings(), progress=quiet
    )
    assert again.run["weights_sha256"] == adapter.run["weights_sha256"]
    assert again.run["base"]["sha256"] == adapter.run["base"]["sha256"]


def test_an_adapter_is_measured_against_its_base(adapter):
    found = evaluate(
        adapter.directory,
        learnable(),
        settings=EvaluationSettings(targets=5, new_tokens=8, resamples=50, threads=1),
        progress=quiet,
    )
    figures = {f.system: f.bits_per_byte for f in found.figures if f.group == "all"}
    assert figures["trained"] < figures["base"]
    assert set(figures) == {"trained", "base", "5-gram"}


def test_an_adapter_is_not_used_on_another_base(base, adapter, tmp_path):
    copy = shutil.copytree(adapter.directory, tmp_path / "m")
    run = json.loads((copy / "run.json").read_text())
    run["base"]["sha256"] = "0" * 64
    (copy / "run.json").write_text(json.dumps(run))
    with pytest.raises(IntegrityError, match="is not the base of"):
        open_for_use(copy, purpose="repair", device=choose_device(precision="float32", threads=1))


def test_bases_that_are_unsafe_or_no_bases_are_refused(base, tmp_path):
    def attempt(folder):
        train_adapter(
            learnable(), base=folder, out=tmp_path / "m", settings=settings(), progress=quiet
        )

    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match=r"no config\.json"):
        attempt(empty)
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(InputError, match=r"pytorch_model\.bin"):
        attempt(pickled)
    coded = tmp_path / "coded"
    coded.mkdir()
    for path in base.iterdir():
        (coded / path.name).write_bytes(path.read_bytes())
    config = json.loads((coded / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
    (coded / "config.json").write_text(json.dumps(config))
    with pytest.raises(HostileInputError, match="never run"):
        attempt(coded)
    for name, text, error in (
        ("adapter_config.json", "{}", InputError),
        ("config.json", '{"transformers_weights": "below/other.safetensors"}', HostileInputError),
        ("model.safetensors.index.json", '{"weight_map": {"a": "../b.safetensors"}}',
         HostileInputError),
    ):  # fmt: skip
        copy = shutil.copytree(base, tmp_path / "copies" / name)
        (copy / name).write_text(text)
        with pytest.raises(error):
            attempt(copy)
    with pytest.raises(InputError, match="at most 64 tokens"):
        train_adapter(
            learnable(),
            base=base,
            out=tmp_path / "m",
            settings=settings(context=65),
            progress=quiet,
        )
    with pytest.raises(RefusedError):
        train_adapter(
            learnable(),
            base=base,
            out=tmp_path / "m",
            settings=settings(purpose="sale_transfer"),
            progress=quiet,
        )
    assert not (tmp_path / "m").exists()


def test_an_absent_training_stack_is_explained(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name="torch")

    monkeypatch.setattr(extra.importlib, "import_module", absent)
    with pytest.raises(MissingExtraError, match="torch") as caught:
        extra.load("torch")
    assert caught.value.advice == "pip install '.[train]' in Byline's folder"
