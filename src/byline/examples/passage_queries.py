"""Queries and passages of documents, issues and reviews, and all together."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from byline.examples.allowed import UNDECIDED
from byline.examples.document_slices import DocumentText, Reference, names_of
from byline.examples.draft import LeftOutError
from byline.examples.material import Material, Row, reason_against, source_of
from byline.examples.passage_candidates import Candidate, candidate_of, clean_part, name_line
from byline.examples.passage_code import code_of
from byline.examples.passage_settings import PassageSettings
from byline.examples.pieces import Piece
from byline.work.identifiers import line_list

DOCUMENTS: Final = ("decision", "design", "incident", "document")
TALKS: Final = {"issue": "issue_title", "incident": "issue_title", "review": "review_title"}
IDENTITY_LENGTH: Final = 24


def candidates_of(source: Material, settings: PassageSettings) -> Iterator[Candidate]:
    """Every query with its passage, in order of key; those that may not be used say so."""
    for item in source.items.values():
        parts = source.parts.get(item["item"], ())
        if item["kind"] in DOCUMENTS and any(part["kind"] == "passage" for part in parts):
            yield from _sections(DocumentText(item, source), source, settings)
        elif item["kind"] in TALKS:
            yield from _talk(item, parts, source, settings)
        yield from code_of(item, source, settings)


def _sections(
    text: DocumentText, source: Material, settings: PassageSettings
) -> Iterator[Candidate]:
    title: list[Reference] = []
    for part in text.parts:
        detail = json.loads(part["detail"] or "{}")
        body, level = detail.get("body", 1), detail.get("level", 0)
        lines = len(line_list(part["text"]))
        if not level or part["kind"] != "passage":
            continue
        heading: list[Reference] = [{"part": part["native"], "start": 1, "end": max(1, body - 1)}]
        below: list[Reference] = [{"part": part["native"], "start": body, "end": lines}]
        own = not title
        title = title or heading
        if body <= lines and text.text(below).strip():
            query = heading if own else [*title, *heading]
            yield _section(text, query, below, "title" if own else "heading", source, settings)


def _section(
    text: DocumentText,
    query: Sequence[Reference],
    below: Sequence[Reference],
    origin: str,
    source: Material,
    settings: PassageSettings,
) -> Candidate:
    names = names_of(source)
    said: tuple[list[Piece], list[Piece]] = ([], [])
    refusal: str | None = None
    try:
        asked = [name_line(text.pieces([one], names)) for one in query]
        said = (_colons(asked), text.pieces(below, names))
    except LeftOutError as reason:
        refusal = str(reason)
    sources = text.sources([*query, *below])
    return candidate_of("document", origin, text.item, said, refusal, sources, source, settings,
                      text.latest(below) or text.time)  # fmt: skip


def _talk(
    item: Row, parts: Sequence[Row], source: Material, settings: PassageSettings
) -> Iterator[Candidate]:
    """An issue's or a review's title and description."""
    title = next((one for one in parts if one["kind"] == "title"), None)
    description = next((one for one in parts if one["kind"] == "description"), None)
    if title is None or description is None or not description["text"].strip():
        return
    names, pair = names_of(source), (title, description)
    refusal = next(filter(None, (reason_against(one, source) for one in pair)), None)
    said: tuple[list[Piece], list[Piece]] = ([], [])
    if refusal is None:
        said = (name_line(clean_part(title, source, names)), clean_part(description, source, names))
    sources = [source_of(one, item) for one in pair]
    kind = "review" if item["kind"] == "review" else "issue"
    time = description["time"] or item["opened"] or UNDECIDED.time
    yield candidate_of(
        kind, TALKS[item["kind"]], item, said, refusal, sources, source, settings, time
    )


def _colons(asked: Sequence[Sequence[Piece]]) -> list[Piece]:
    found: list[Piece] = []
    for one in asked:
        found += [*([Piece(": ")] if found and one else []), *one]
    return found
