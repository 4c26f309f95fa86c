"""The model that is trained from scratch: a small Llama, in the library's own format.

Invariant: the same shape and seed give the same first weights, and the caller's random state is
left as it was.
"""

from dataclasses import dataclass
from typing import Any

from byline.models.extra import load


@dataclass(frozen=True, kw_only=True)
class ModelShape:
    """The size of a Llama (arXiv 2302.13971); the default has about 1.3 million parameters."""

    hidden: int = 192
    layers: int = 2
    heads: int = 3
    intermediate: int = 512
    context: int = 256
    vocabulary: int = 2048
    tied_embeddings: bool = True


def llama_config(shape: ModelShape, *, vocabulary: int, end: int, padding: int) -> Any:
    """The `LlamaConfig` of `shape` for a tokenizer of `vocabulary` tokens.

    Args:
        shape: The model's size.
        vocabulary: Number of tokens that the tokenizer really has.
        end: Id of the token between examples.
        padding: Id of the padding token.
    """
    return load("transformers").LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=shape.tied_embeddings,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=padding,
        use_cache=True,
        attention_dropout=0.0,
    )


def fresh_model(config: Any, *, seed: int) -> Any:
    """A model of `config` with first weights drawn from `seed`, in float32 on the CPU."""
    torch, transformers = load("torch"), load("transformers")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="sdpa", dtype=torch.float32
        )
