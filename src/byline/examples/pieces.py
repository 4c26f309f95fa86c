"""Pieces of text that know who wrote them, and putting them together with exact spans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

TOOL = "tool"


@dataclass(frozen=True)
class Piece:
    """A stretch of text by one author.

    Attributes:
        text: The text.
        contributor: Who wrote it; None for what the recipe itself writes.
        origin: human | ai | mixed | unknown | tool | bot | synthetic.
        loss: Weight of its tokens in the loss.
        people: Everyone whom its commit names, the contributor first.
        clauses: The clauses that permit its use.
    """

    text: str
    contributor: str | None = None
    origin: str = TOOL
    loss: float = 0.0
    people: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()


def cut(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    """The pieces of the code points [start, end) of what the pieces make together."""
    found: list[Piece] = []
    position = 0
    for piece in pieces:
        low = max(start - position, 0)
        high = min(end - position, len(piece.text))
        if low < high:
            whole = low == 0 and high == len(piece.text)
            found.append(piece if whole else replace(piece, text=piece.text[low:high]))
        position += len(piece.text)
    return found


def weighted(pieces: Iterable[Piece], loss: float) -> list[Piece]:
    """The pieces with another loss weight."""
    return [
        Piece(one.text, one.contributor, one.origin, loss, one.people, one.clauses)
        for one in pieces
    ]


def joined(pieces: Iterable[Piece]) -> str:
    """The text that pieces make together."""
    return "".join(piece.text for piece in pieces)


def spans(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    """Spans over the joined text: in order, gapless, neighbours of one kind as one."""
    found: list[dict[str, Any]] = []
    position = 0
    last: tuple[float, str | None, str] | None = None
    for piece in pieces:
        if not piece.text:
            continue
        end = position + len(piece.text)
        kind = piece.loss, piece.contributor, piece.origin
        if kind == last:
            found[-1]["end"] = end
        else:
            last = kind
            found.append(
                {
                    "start": position,
                    "end": end,
                    "loss": piece.loss,
                    "contributor": piece.contributor,
                    "origin": piece.origin,
                }
            )
        position = end
    return found


def people(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    """Everyone in the pieces, with their share of the characters; co-authors share alike.

    A person whose text carries loss is an ``author`` of the example, any other is ``context``.
    Shares sum to 1: they serve credit, consent and removal, and rank nobody.
    """
    characters: dict[str, float] = {}
    authors: set[str] = set()
    clauses: dict[str, set[str]] = {}
    for piece in pieces:
        if not piece.text or not piece.people:
            continue
        share = len(piece.text) / len(piece.people)
        for person in piece.people:
            characters[person] = characters.get(person, 0.0) + share
            clauses.setdefault(person, set()).update(piece.clauses)
        if piece.loss > 0:
            authors.update(piece.people)
    total = sum(characters.values())
    return [
        {
            "contributor": person,
            "role": "author" if person in authors else "context",
            "share": characters[person] / total,
            "decisions": sorted(clauses[person]),
        }
        for person in sorted(characters)
    ]
