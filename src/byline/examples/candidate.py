"""Candidates: examples before duplicates are dropped and people get their pseudonyms.

A candidate has the columns of `EXAMPLES`, with people by their workspace key, and three of its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from byline.examples import pieces as parts
from byline.examples.pieces import Piece
from byline.examples.schema import EXAMPLES
from byline.workspace.files import sha256_text

CANDIDATES = pa.schema(
    [
        *EXAMPLES,
        pa.field("item", pa.string(), nullable=False),  # of the accounting row it uses up
        pa.field("first_line", pa.int32()),
        pa.field("target", pa.string(), nullable=False),  # the text that duplicates are found by
    ]
)
ID_LENGTH = 32
RECORD = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
LEFT_OUT = "left_out"
"""The split of a row that says which unit makes no example, and why."""


def settings_digest(recipe: str, version: str, settings: Any) -> str:
    """A digest of a recipe's settings (a dataclass), which every example of it records."""
    return sha256_text(recipe, version, repr(sorted(asdict(settings).items())))


def example_id(recipe: str, params_sha256: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """The id of an example: of its recipe, the recipe's parameters, and its exact sources."""
    places = sorted(
        f"{source['repository']}:{source['oid']}:{source['path'] or ''}:"
        f"{source['start'] or 0}-{source['end'] or 0}"
        for source in sources
    )
    return f"ex_{sha256_text(recipe, params_sha256, *places)[:ID_LENGTH]}"


def candidate(
    *,
    identity: str,
    recipe: str,
    record: Mapping[str, Any],
    render: tuple[str, str],
    pieces: Sequence[Piece],
    prompt_pieces: int | None,
    sources: Sequence[Mapping[str, Any]],
    context: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str],
    split: str,
    split_keys: Mapping[str, Any],
    decisions: Sequence[Mapping[str, Any]],
    purposes: Sequence[str],
    transform: tuple[str, str, str],
    item: str,
    first_line: int | None,
    target: str,
    work_class: str = "code",
    weight: float = 1.0,
    chosen_pieces: int | None = None,
    messages: Sequence[tuple[str, int]] | None = None,
) -> dict[str, Any]:
    """One row of `CANDIDATES`.

    Args:
        identity: The example's id.
        recipe: The recipe's name.
        record: The structural record, JSON-able.
        render: Name and version of the rendering.
        pieces: All text in order, with its authors.
        prompt_pieces: How many of the pieces are the prompt; None when it is one text.
        sources: The exact source objects.
        context: What else is shown, and whether hindsight chose it.
        labels: What is known of it, as text.
        split: train, validation or test.
        split_keys: What must not be split apart.
        decisions: The recipe's own filters and their values.
        purposes: Purposes that every part of it is permitted for.
        transform: Name, version and digest of the parameters.
        item: The item that the accounting counts it under.
        first_line: The first line counted, for lines of files.
        target: The text that duplicates are found by.
        work_class: code | design | process.
        weight: Of the whole example in the loss.
        chosen_pieces: Of a preference: how many pieces after the prompt are the chosen answer; all
            others are the rejected one. None for anything else.
        messages: Of a conversation in roles: each role and how many pieces it says; together they
            are all pieces. None for anything else.
    """
    texts = _texts(pieces, prompt_pieces, chosen_pieces, messages)
    return {
        "id": identity,
        "recipe": recipe,
        "class": work_class,
        "record": RECORD.encode(record),
        "render": {"name": render[0], "version": render[1]},
        **texts,
        "spans": parts.spans(pieces),
        "sources": list(sources),
        "people": parts.people(pieces),
        "context": list(context),
        "labels": [{"name": name, "value": labels[name]} for name in sorted(labels)],
        "weight": weight,
        "split": split,
        "split_keys": dict(split_keys),
        "lane": "attributed",
        "purposes": list(purposes),
        "decisions": list(decisions),
        "transform": {"name": transform[0], "version": transform[1], "params_sha256": transform[2]},
        "item": item,
        "first_line": first_line,
        "target": target,
    }


def _texts(
    pieces: Sequence[Piece],
    prompt_pieces: int | None,
    chosen_pieces: int | None,
    messages: Sequence[tuple[str, int]] | None,
) -> dict[str, Any]:
    """The columns that hold the text: one text, two, three, or messages."""
    texts: dict[str, Any] = dict.fromkeys(
        ("text", "prompt", "completion", "messages", "chosen", "rejected")
    )
    if messages is not None:
        texts["messages"], start = [], 0
        for role, count in messages:
            content = parts.joined(pieces[start : start + count])
            texts["messages"].append({"role": role, "content": content})
            start += count
    elif prompt_pieces is None:
        texts["text"] = parts.joined(pieces)
    else:
        texts["prompt"] = parts.joined(pieces[:prompt_pieces])
        answer = pieces[prompt_pieces:]
        if chosen_pieces is None:
            texts["completion"] = parts.joined(answer)
        else:
            texts["chosen"] = parts.joined(answer[:chosen_pieces])
            texts["rejected"] = parts.joined(answer[chosen_pieces:])
    return texts
