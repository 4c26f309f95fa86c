"""A release goes into the common trainers as it is, with tiny models made from nothing.

The rows of each configuration of the card are given to TRL unchanged: no column is renamed, no text
is touched. One or two steps on the CPU; that anything is learned is for other tests to show.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from byline.examples.schema import TEXTS, TEXTS_OF
from byline.network import silence
from journeys.process_world import World

silence()
datasets = pytest.importorskip("datasets")
tokenizers = pytest.importorskip("tokenizers")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
trl = pytest.importorskip("trl")

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of the trainers' own dependencies
]
TEMPLATE = (
    "{% for one in messages %}<|{{ one.role }}|>\n{{ one.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CONTEXT = 256


@pytest.fixture(scope="module")
def loaded(world: World, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Every configuration that the card names, as `datasets` loads it from the folder."""
    card = (world.release / "README.md").read_text()
    names = re.findall(r"(?m)^- config_name: (\w+)$", card)
    cache = str(tmp_path_factory.mktemp("datasets"))
    return {
        name: datasets.load_dataset(str(world.release), name, cache_dir=cache) for name in names
    }


@pytest.fixture(scope="module")
def tokenizer(world: World) -> Any:
    """A byte-level tokenizer of the release's own texts."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator((row["record"][:2000] for row in world.rows[:200]), trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>", chat_template=TEMPLATE
    )


def tiny_model(tokenizer: Any) -> Any:
    torch.manual_seed(17)
    shape = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(shape)


def arguments(kind: Any, folder: Path, **more: Any) -> Any:
    return kind(
        output_dir=str(folder), max_steps=2, per_device_train_batch_size=2, use_cpu=True,
        report_to=[], save_strategy="no", logging_steps=1, max_length=CONTEXT, seed=17,
        bf16=False, gradient_checkpointing=False, disable_tqdm=True, **more,
    )  # fmt: skip


def test_the_card_loads_every_form_with_its_columns_and_all_rows(
    world: World, loaded: Mapping[str, Any]
):
    assert set(loaded) == set(TEXTS_OF)
    counts = dict.fromkeys(world.result["manifest"]["splits"], 0)
    ids = set()
    for form, splits in loaded.items():
        for split, rows in splits.items():
            counts[split] += rows.num_rows
            ids.update(rows["id"])
            assert set(rows.column_names) & set(TEXTS) == set(TEXTS_OF[form])
            assert not any(one is None for name in TEXTS_OF[form] for one in rows[name])
    manifest = world.result["manifest"]
    assert counts == {name: split["examples"] for name, split in manifest["splits"].items()}
    assert ids == {row["id"] for row in world.rows}


def test_a_loaded_row_is_the_row_that_was_sealed(world: World, loaded: Mapping[str, Any]):
    sealed = {row["id"]: row for row in world.rows}
    for splits in loaded.values():
        for rows in splits.values():
            one = rows[0]
            unused = set(TEXTS) | {"labels"}  # trainers take `labels` for token labels
            assert sealed[one["id"]].keys() - one.keys() < unused
            assert one == {name: sealed[one["id"]][name] for name in one}
            assert json.loads(one["record"])


@pytest.mark.parametrize("form", ["text", "prompt_completion", "messages"])
def test_supervised_fine_tuning_takes_a_form_unchanged(
    loaded: Mapping[str, Any], tokenizer: Any, tmp_path: Path, form: str
):
    rows = loaded[form]["train"].select(range(24))
    trainer = trl.SFTTrainer(
        model=tiny_model(tokenizer),
        args=arguments(trl.SFTConfig, tmp_path, packing=form == "text"),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    done = trainer.train()
    assert done.global_step == 2
    assert 0 < done.training_loss < 20


def test_only_completions_are_learned(loaded: Mapping[str, Any], tokenizer: Any, tmp_path: Path):
    """What TRL takes for the completion is what the release has as one."""
    rows = loaded["prompt_completion"]["train"]
    short = [at for at, (one, two) in enumerate(zip(rows["prompt"], rows["completion"], strict=True))
             if len(one) + len(two) < CONTEXT]  # fmt: skip
    rows = rows.select(short[:4])
    assert rows.num_rows
    trainer = trl.SFTTrainer(
        model=tiny_model(tokenizer), args=arguments(trl.SFTConfig, tmp_path), train_dataset=rows,
        processing_class=tokenizer,
    )  # fmt: skip
    batch = trainer.data_collator([trainer.train_dataset[at] for at in range(rows.num_rows)])
    for ids, labels, row in zip(batch["input_ids"], batch["labels"], rows, strict=True):
        learned = tokenizer.decode([one for one, label in zip(ids, labels, strict=True)
                                    if label != -100])  # fmt: skip
        assert learned.removesuffix("<|end|>").strip() == row["completion"].strip()


def test_preference_optimisation_takes_pairs_unchanged(
    loaded: Mapping[str, Any], tokenizer: Any, tmp_path: Path
):
    trainer = trl.DPOTrainer(
        model=tiny_model(tokenizer),
        ref_model=tiny_model(tokenizer),
        args=arguments(trl.DPOConfig, tmp_path),
        train_dataset=loaded["preference"]["train"],
        processing_class=tokenizer,
    )
    done = trainer.train()
    assert done.global_step == 2
    assert 0 < done.training_loss < 20
