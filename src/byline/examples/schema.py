"""The one shape of a training example, for all recipes.

Exactly one of these is set: ``text``; ``prompt`` and ``completion``; ``prompt``, ``chosen`` and
``rejected``; ``messages``.

Offsets in ``spans`` count code points. They refer to ``text`` where it is set, else to ``prompt``
followed by ``completion``, or by ``chosen`` and then ``rejected``, else to the contents of all
``messages``, one after another with nothing between. Spans are in order, do not overlap and cover
the whole string.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

RENDER = pa.struct([pa.field("name", pa.string()), pa.field("version", pa.string())])
SPAN = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("loss", pa.float32(), nullable=False),  # weight of these tokens in the loss
        pa.field("contributor", pa.string()),  # pseudonym; null for text that the recipe wrote
        pa.field(
            "origin", pa.string(), nullable=False
        ),  # human|ai|mixed|unknown|tool|bot|synthetic
    ]
)
SOURCE = pa.struct(
    [
        pa.field("system", pa.string(), nullable=False),  # "git"
        pa.field("repository", pa.string(), nullable=False),
        pa.field("oid", pa.string(), nullable=False),  # the blob, or the commit for a message
        # With path, anchor and lines where they are known; empty in a SHA-256 repository.
        pa.field("swhid", pa.string(), nullable=False),
        pa.field("path", pa.string()),
        pa.field("start", pa.int32()),  # first and last line, counted from 1, inclusive
        pa.field("end", pa.int32()),
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
    ]
)
PERSON = pa.struct(
    [
        pa.field("contributor", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # author | context
        pa.field("share", pa.float64(), nullable=False),  # of the characters; shares sum to 1
        pa.field("decisions", pa.list_(pa.string()), nullable=False),  # clause ids relied on
    ]
)
CONTEXT = pa.struct(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("hindsight", pa.bool_(), nullable=False),
    ]
)
MESSAGE = pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())])
LABEL = pa.struct([pa.field("name", pa.string()), pa.field("value", pa.string())])
SPLIT_KEYS = pa.struct(
    [
        pa.field("repo", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("dup", pa.string()),
    ]
)
RULE = pa.struct(
    [
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("limit", pa.float64(), nullable=False),
        pa.field("keep", pa.bool_(), nullable=False),
    ]
)
TRANSFORM = pa.struct(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("params_sha256", pa.string(), nullable=False),
    ]
)

EXAMPLES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("recipe", pa.string(), nullable=False),
        pa.field("class", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),  # JSON: the structural record
        pa.field("render", RENDER, nullable=False),
        pa.field("text", pa.string()),
        pa.field("prompt", pa.string()),
        pa.field("completion", pa.string()),
        pa.field("messages", pa.list_(MESSAGE)),
        pa.field("chosen", pa.string()),
        pa.field("rejected", pa.string()),
        pa.field("spans", pa.list_(SPAN), nullable=False),
        pa.field("sources", pa.list_(SOURCE), nullable=False),
        pa.field("people", pa.list_(PERSON), nullable=False),
        pa.field("context", pa.list_(CONTEXT), nullable=False),
        pa.field("labels", pa.list_(LABEL), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),
        pa.field("split", pa.string(), nullable=False),  # train | validation | test
        pa.field("split_keys", SPLIT_KEYS, nullable=False),
        pa.field("lane", pa.string(), nullable=False),
        pa.field("purposes", pa.list_(pa.string()), nullable=False),
        pa.field("decisions", pa.list_(RULE), nullable=False),  # the recipe's own filters
        pa.field("transform", TRANSFORM, nullable=False),
    ]
)

FORMS: Final = ("text", "prompt_completion", "messages", "preference")
"""What a row holds: one text; a prompt and its completion; messages; a prompt and two answers."""
TEXTS: Final = ("text", "prompt", "completion", "messages", "chosen", "rejected")
TEXTS_OF: Final = {
    "text": ("text",),
    "prompt_completion": ("prompt", "completion"),
    "messages": ("messages",),
    "preference": ("prompt", "chosen", "rejected"),
}
"""The columns of `TEXTS` that each form fills; the others are null."""


def forms(table: pa.Table) -> list[str]:
    """The form of each row."""
    filled = [pc.is_valid(table[name]).to_pylist() for name in ("text", "messages", "chosen")]
    return [
        "text" if text else "messages" if messages else "preference" if chosen
        else "prompt_completion"
        for text, messages, chosen in zip(*filled, strict=True)
    ]  # fmt: skip
