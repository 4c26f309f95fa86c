"""What a review or a commit says of itself, for asking which decision it follows."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from byline.corpus.contributions import message_item
from byline.examples.draft import LeftOutError
from byline.examples.edit_view import piece_of
from byline.examples.hygiene import hygiene
from byline.examples.material import Material, Row, pieces_of, reason_against, source_of
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, joined
from byline.examples.redaction import redacted
from byline.examples.text_cuts import Cut, code_ranges, line_spans, with_cuts

SAYING = ("title", "description")


@dataclass(frozen=True)
class Change:
    """A review or a commit.

    Attributes:
        key: Its key.
        review: Row of `ITEMS`, or None.
        commit: Row of `COMMITS`, or None.
    """

    key: str
    review: Row | None = None
    commit: Row | None = None

    @property
    def time(self) -> dt.datetime | None:
        """When it was opened or written."""
        if self.review is not None:
            opened: dt.datetime | None = self.review["opened"]
            return opened
        written: dt.datetime | None = self.commit["author_time"] if self.commit else None
        return written


def change_of(link: Row, source: Material) -> Change | None:
    """The review or commit that a link leads to, or None."""
    item = source.items.get(link["related"] or "")
    if item is not None:
        return Change(item["key"], review=item) if item["kind"] == "review" else None
    commit = source.commits.get(link.get("related_commit") or "")
    return None if commit is None else Change(link["target"], commit=commit)


def sources_of(change: Change, source: Material) -> list[dict[str, Any]]:
    """Rows of `SOURCE` of what it says."""
    if change.review is not None:
        return [source_of(part, change.review) for part in _saying(change.review, source)]
    commit = change.commit or {}
    return [
        {"system": "git", "repository": commit["repository"], "oid": commit["commit"], "swhid": "",
         "path": None, "start": None, "end": None, "time": commit["author_time"]}
    ]  # fmt: skip


def said(
    change: Change, source: Material, names: Names, *, unwanted: Callable[[str], bool]
) -> list[Piece]:
    """Title and description, or the message, without the lines that are unwanted.

    Raises:
        LeftOutError: The terms exclude one of them.
    """
    found: list[Piece] = []
    for pieces in _all(change, source):
        text = joined(pieces)
        code = code_ranges(text)
        lines = [Cut(*span) for span in line_spans(text) if unwanted(text[slice(*span)])]
        kept = with_cuts(pieces, [*hygiene(text, code), *lines, *names.cuts(text, code)])
        if joined(kept).strip():
            found += [*kept, Piece("" if joined(kept).endswith("\n") else "\n")]
    return found


def _all(change: Change, source: Material) -> list[list[Piece]]:
    if change.review is not None:
        parts = _saying(change.review, source)
        reason = next(filter(None, (reason_against(part, source) for part in parts)), None)
        if reason is not None:
            raise LeftOutError(reason)
        return [pieces_of(part, source) for part in parts]
    commit = change.commit or {}
    item = message_item(commit["repository"], commit["commit"])
    known = source.permitted.get(item, commit["commit"])
    if known is None or known.reason is not None:
        raise LeftOutError(f"terms: {known.reason if known else 'undecided'}")
    return [[piece_of(redacted(commit, "message", source.found, item=item), known, 0.0)]]


def _saying(review: Row, source: Material) -> Sequence[Row]:
    return [one for one in source.parts.get(review["item"], ()) if one["kind"] in SAYING]
