"""A query with its passage, before it is known whether an example is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from byline.examples.document_slices import HEADING, LONGEST_HEADING, cleaned
from byline.examples.hygiene import hygiene
from byline.examples.material import Material, Row, pieces_of
from byline.examples.mentions import Names
from byline.examples.passage_settings import PassageSettings
from byline.examples.pieces import Piece, cut, joined
from byline.examples.text_cuts import code_ranges, with_cuts
from byline.workspace.files import sha256_text

IDENTITY_LENGTH: Final = 24
Said = tuple[Sequence[Piece], Sequence[Piece]]
NOTHING: Final[Said] = ((), ())


@dataclass(frozen=True)
class Candidate:
    """A query and the passage below it.

    Attributes:
        identity: Of the passage: its source lines, whatever the query is.
        kind: document | issue | review | code.
        origin: What the query is: heading | title | issue_title | review_title | commit_subject
            | comment.
        item: Row of `ITEMS`.
        query: Clean pieces.
        passage: Clean pieces.
        refusal: Why one of them may not be used, or None; they are empty then.
        sources: Rows of `SOURCE`.
        group: The work-item group.
        time: When the latest of it was written.
        group_time: The latest time in the group.
        was_cut: Whether the passage goes on beyond the limit.
    """

    identity: str
    kind: str
    origin: str
    item: Row
    query: tuple[Piece, ...]
    passage: tuple[Piece, ...]
    refusal: str | None
    sources: Sequence[Mapping[str, Any]]
    group: str
    time: datetime
    group_time: datetime
    was_cut: bool = False


def clean_part(part: Row, source: Material, names: Names) -> list[Piece]:
    """A part's pieces without what nobody meant to say; ask `reason_against` first."""
    pieces = pieces_of(part, source)
    text = joined(pieces)
    code = code_ranges(text)
    return cleaned(with_cuts(pieces, hygiene(text, code)), names)


def name_line(pieces: Sequence[Piece]) -> list[Piece]:
    """The first line with words, without the marks of a heading."""
    match = HEADING.search(joined(pieces)[:LONGEST_HEADING])
    return cut(pieces, match.start("name"), match.end("name")) if match else []


def candidate_of(
    kind: str,
    origin: str,
    item: Row,
    said: Said,
    refusal: str | None,
    sources: Sequence[Mapping[str, Any]],
    source: Material,
    settings: PassageSettings,
    time: datetime,
) -> Candidate:
    """A candidate of a query and a passage; the last of the sources is the passage's."""
    group = source.groups.get(item["item"])
    text = joined(said[1])
    end = _end(text, settings.max_passage_characters)
    last = sources[-1]
    place = (str(last["oid"]), str(last["path"]), str(last["start"]), str(last["end"]))
    dated = [{**row, "time": row["time"] or time} for row in sources]
    return Candidate(
        f"passage_{sha256_text(*place)[:IDENTITY_LENGTH]}", kind, origin, item, tuple(said[0]),
        tuple(cut(said[1], 0, end)), refusal, dated, group.identity if group else item["item"],
        time, group.time if group else time, end < len(text),
    )  # fmt: skip


def _end(text: str, most: int) -> int:
    """Where a text is cut: at the last blank line within the limit, else the last line."""
    if len(text) <= most:
        return len(text)
    blank = text.rfind("\n\n", most // 2, most)
    line = text.rfind("\n", 0, most)
    return blank + 2 if blank >= 0 else line + 1 if line >= 0 else most
