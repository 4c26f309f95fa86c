"""Decisions as recipes read them: what each says, whatever form it is written in.

The parts of a Y-statement stand in one sentence, so they are found in its clean text by the words
that open them; everything else is found by the references of the detail.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from byline.examples.document_slices import DocumentText, Reference
from byline.examples.draft import Turn
from byline.examples.material import Material, Row
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, cut, joined
from byline.work.documents.decision import option_name
from byline.work.documents.y_statement import clauses

STATEMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "context": ("context", "concern"),
    "outcome": ("option", "neglected", "quality"),
    "consequences": ("downside",),
}
KINDS: Final = ("decision", "design")


@dataclass
class Decision:
    """One record.

    Attributes:
        text: Its lines.
    """

    text: DocumentText

    @property
    def item(self) -> Row:
        """Row of `ITEMS`."""
        return self.text.item

    @property
    def detail(self) -> Mapping[str, Any]:
        """See `byline.work.documents.decision`."""
        return self.text.detail

    @property
    def statement(self) -> Reference | None:
        """Where its Y-statement is."""
        found: Reference | None = self.detail.get("statement")
        return None if self._sections else found

    @property
    def _sections(self) -> bool:
        return bool(self.detail.get("context") and self.detail.get("outcome"))

    @cached_property
    def status(self) -> str | None:
        """proposed, accepted, rejected, deprecated, superseded, or None."""
        found: str | None = self.detail.get("status")
        return found

    @property
    def options(self) -> Sequence[Mapping[str, Any]]:
        """The considered options."""
        found: Sequence[Mapping[str, Any]] = self.detail.get("options") or ()
        return found

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The chosen one of them, where the outcome names it."""
        place = self.detail.get("chosen")
        return self.options[place] if place is not None and place < len(self.options) else None

    @property
    def title(self) -> list[Reference]:
        """Where its title is."""
        found = self.detail.get("title")
        return [found] if found else []

    def references(self, name: str) -> list[Reference]:
        """Where it says: context | drivers | options | outcome | consequences."""
        if self.statement is not None and name in STATEMENT:
            return [self.statement]
        if name == "context":
            # A summary tells what was decided; it stands in only where nothing else tells why.
            return self.text.references("context") or self.text.references("summary")
        if name == "outcome":
            return self.text.references("outcome", "justification")
        if name == "options":
            return [one for option in self.options for one in option_references(option)]
        if name == "consequences":
            found: list[Reference] = (self.detail.get("consequences") or {}).get("all") or []
            return found
        return self.text.references(name)

    def pieces(self, name: str, names: Names | None = None) -> list[Piece]:
        """What it says, with its authors.

        Raises:
            LeftOutError: The terms exclude a line of it.
        """
        if name == "options":
            return [one for option in self.options for one in self.option(option, names)]
        found = self.text.pieces(self.references(name), names)
        if self.statement is None or name not in STATEMENT:
            return found
        spans = clauses(joined(found)) or {}
        said: list[Piece] = []
        for clause in STATEMENT[name]:
            if clause in spans:
                apart = bool(said) and not said[-1].text[-1:].isspace()
                said += [*([Piece(" ")] if apart else []), *cut(found, *spans[clause])]
        return said

    def words(self, name: str) -> str:
        """What it says, whether or not it may be used: only for asking whether it says enough."""
        text = self.text.text(self.references(name))
        if self.statement is None or name not in STATEMENT:
            return text
        spans = clauses(text) or {}
        return " ".join(text[slice(*spans[one])] for one in STATEMENT[name] if one in spans)

    def option(self, option: Mapping[str, Any], names: Names | None = None) -> list[Piece]:
        """One option: its lines, each once."""
        return self.text.pieces(option_references(option), names)

    def name_of(self, option: Mapping[str, Any]) -> str:
        """An option's name; only for comparing, or where its line may be used."""
        return option_name(self.text.text([option["name"]]))

    @property
    def opened(self) -> dt.datetime | None:
        """When the first of it was written."""
        found: dt.datetime | None = self.item["opened"]
        return found


def option_references(option: Mapping[str, Any]) -> list[Reference]:
    """An option's lines: its name's, then what is said of it, none twice."""
    found: list[Reference] = [option["name"]]
    for one in option.get("text") or ():
        inside = one["part"] == found[0]["part"] and one["start"] <= found[0]["start"] <= one["end"]
        if inside:
            found[0] = one
        else:
            found.append(one)
    return found


def decisions_of(source: Material) -> Iterator[Decision]:
    """Every decision record and design document, in order of key."""
    for item in source.items.values():
        if item["kind"] in KINDS:
            yield Decision(DocumentText(item, source))


def shown_text(turns: Sequence[Turn]) -> str:
    """All that the turns say."""
    return "".join(piece.text for turn in turns for piece in turn.pieces)
