"""A byte-level tokenizer, trained on the train split of a sealed release and nothing else.

Invariants: every text can be encoded and decoded without loss; sentinel strings written by people
are never learnt from nor read as control tokens; the same rows give the same file.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from byline.errors import InputError
from byline.models.extra import load
from byline.models.sealed import Example
from byline.workspace.files import write_json, write_text

END = "<|endoftext|>"
PADDING = "<pad>"
SENTINELS = (
    "<fim_prefix>",
    "<fim_suffix>",
    "<fim_middle>",
    "<file_sep>",
    "<repo_name>",
    "<commit_before>",
    "<commit_msg>",
    "<commit_after>",
)
SPECIAL_TOKENS = (END, *SENTINELS, PADDING)
SMALLEST_VOCABULARY = 256 + len(SPECIAL_TOKENS)  # every byte has a token of its own
SENTINEL = re.compile("|".join(re.escape(token) for token in SPECIAL_TOKENS))


def train_tokenizer(examples: Iterable[Example], *, vocabulary: int) -> Any:
    """A byte-pair `tokenizers.Tokenizer` learnt from the texts of `examples`, read once in order.

    Raises:
        InputError: `vocabulary` is too small for the bytes and the special tokens.
    """
    if vocabulary < SMALLEST_VOCABULARY:
        raise InputError(
            f"a vocabulary of {vocabulary} cannot hold all bytes",
            advice=f"set the vocabulary to {SMALLEST_VOCABULARY} or more",
        )
    tokenizers = load("tokenizers")
    level = tokenizers.pre_tokenizers.ByteLevel
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = level(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(level.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_lessons(examples), trainer)
    return tokenizer


def _lessons(examples: Iterable[Example]) -> Iterator[str]:
    """Runs of text between sentinels, so that no sentinel is learnt as ordinary letters."""
    for example in examples:
        yield from (part for part in SENTINEL.split(example.text) if part)


def save_tokenizer(tokenizer: Any, directory: Path, *, context: int) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, as `transformers` reads them."""
    document = json.loads(tokenizer.to_str())
    write_text(
        directory / "tokenizer.json",
        json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n",
    )
    write_json(
        directory / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": context,
            "bos_token": END,
            "eos_token": END,
            "pad_token": PADDING,
            "additional_special_tokens": list(SENTINELS),
            "clean_up_tokenization_spaces": False,
            "add_prefix_space": False,
        },
    )


def load_tokenizer(directory: Path) -> Any:
    """The `tokenizers.Tokenizer` of a model folder.

    Raises:
        InputError: The folder holds no `tokenizer.json`.
    """
    path = directory / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{directory} holds no tokenizer.json")
    return load("tokenizers").Tokenizer.from_file(str(path))
