"""Lines of documents as pieces: cut from the clean text, each line with whoever wrote it.

A detail refers to lines (``{"part", "start", "end"}``, counted from 1 within the part) and holds
none of them. What is cut here is redacted; of HTML it is what a reader sees; comments are taken
out, and people who are mentioned get names of the document's own (`byline.examples.mentions`).
A slice with one line that may not be used is never given: the unit that needs it is declined.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.draft import LeftOutError, Turn
from byline.examples.edit_view import piece_of
from byline.examples.material import Material, Row, allowed, clean_text, source_of
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, cut, joined, weighted
from byline.examples.text_cuts import Cut, code_ranges, with_cuts
from byline.work.documents.markup import plain_lines
from byline.work.identifiers import line_list

Reference = Mapping[str, Any]
# A line with words, without the marks of any markup and the number before it.
HEADING: Final = re.compile(
    r"^[ \t#=*_~^`-]*(?:Title:[ \t]*)?(?:\d{1,5}(?:\.\d{1,3})*[.:)]?[ \t]+)?(?P<name>\w[^\n]*?)"
    r"[ \t#=]*$",
    re.MULTILINE,
)
LONGEST_HEADING: Final = 2_000  # characters in which one is sought


@dataclass(frozen=True)
class _Lines:
    """A part's clean lines and what is known of each."""

    part: Row
    texts: Sequence[str]
    known: Sequence[Allowed]


@dataclass
class DocumentText:
    """The lines of one item, by reference.

    Attributes:
        item: Row of `ITEMS`.
        source: The material that it is in.
    """

    item: Row
    source: Material
    detail: Mapping[str, Any] = field(init=False)
    _parts: Mapping[str, Row] = field(init=False)
    _cut: dict[str, _Lines] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.detail = json.loads(self.item["detail"])
        parts = self.source.parts.get(self.item["item"], ())
        self._parts = {part["native"]: part for part in parts}

    @property
    def parts(self) -> Sequence[Row]:
        """All parts, in order."""
        return list(self._parts.values())

    @property
    def group(self) -> str:
        """The work-item group."""
        found = self.source.groups.get(self.item["item"])
        return found.identity if found else str(self.item["item"])

    @property
    def repository(self) -> str:
        """The repository, or the source where there is none."""
        return str(self.item["repository"] or self.item["source"])

    def references(self, *names: str) -> list[Reference]:
        """The references of some keys of the detail, one after another."""
        return [one for name in names for one in self.detail.get(name) or ()]

    def reason(self, references: Iterable[Reference]) -> str | None:
        """Why these lines may not be used, or None."""
        for known in self._known(references):
            if known.reason is not None:
                return f"terms: {known.reason}"
        return None

    def pieces(self, references: Sequence[Reference], names: Names | None = None) -> list[Piece]:
        """The lines with their authors.

        Args:
            references: Which lines.
            names: How people who are mentioned are called; None leaves the text as it is.

        Raises:
            LeftOutError: The terms exclude one of them.
        """
        reason = self.reason(references)
        if reason is not None:
            raise LeftOutError(reason)
        found: list[Piece] = []
        for one in references:
            lines = self._lines(str(one["part"]))
            cut = slice(one["start"] - 1, one["end"])
            pairs = zip(lines.texts[cut], lines.known[cut], strict=True)
            found += [piece_of(line, known, 0.0) for line, known in pairs]
            if found and not found[-1].text.endswith("\n"):
                found.append(Piece("\n"))
        return cleaned(found, names)

    def heading(self, references: Sequence[Reference], names: Names | None = None) -> list[Piece]:
        """A heading's words on a line, without its marks; nothing where it has none.

        Raises:
            LeftOutError: The terms exclude one of its lines.
        """
        pieces = self.pieces(references, names)
        match = HEADING.search(joined(pieces)[:LONGEST_HEADING])
        if match is None:
            return []
        return [*cut(pieces, match.start("name"), match.end("name")), Piece("\n")]

    def text(self, references: Sequence[Reference]) -> str:
        """The words of some lines, whether or not they may be used: only for choosing by them."""
        return "".join(
            line
            for one in references
            for line in self._lines(str(one["part"])).texts[one["start"] - 1 : one["end"]]
        )

    def latest(self, references: Iterable[Reference]) -> dt.datetime | None:
        """When the latest of these lines was written."""
        return max((known.time for known in self._known(references)), default=None)

    def sources(self, references: Iterable[Reference]) -> list[dict[str, Any]]:
        """Rows of `SOURCE`, each with the lines of the file where there is one."""
        found = []
        for one in references:
            part = self._parts.get(str(one["part"]))
            if part is None:
                continue
            row = source_of(part, self.item)
            first = part["start"] or 1
            row["start"], row["end"] = first + one["start"] - 1, first + one["end"] - 1
            row["time"] = row["time"] or self.time
            found.append(row)
        return found

    @property
    def time(self) -> dt.datetime:
        """When the latest of the item was written; the group's time where nothing says."""
        times = [part["time"] for part in self._parts.values() if part["time"]]
        times += [one for one in (self.item["opened"],) if one]
        group = self.source.groups.get(self.item["item"])
        return max(times, default=group.time if group else UNDECIDED.time)

    def _known(self, references: Iterable[Reference]) -> list[Allowed]:
        found: list[Allowed] = []
        for one in references:
            lines = self._lines(str(one["part"]))
            found += lines.known[one["start"] - 1 : one["end"]]
        return found

    def _lines(self, native: str) -> _Lines:
        if native not in self._cut:
            part = self._parts.get(native)
            if part is None:
                raise LeftOutError("part_missing")
            texts = line_list(clean_text(part, self.source))
            if self.detail.get("markup") == "html":
                texts = plain_lines(texts)
            known = allowed(part, self.source) or [UNDECIDED]
            if part["origins"] is None:
                known = [known[0]] * len(texts)
            self._cut[native] = _Lines(part, texts, known)
        return self._cut[native]


def cleaned(pieces: Sequence[Piece], names: Names | None) -> list[Piece]:
    """Pieces without HTML comments, and with people's names replaced."""
    kept = list(pieces)
    text = joined(kept)
    if "<!--" in text:
        kept = with_cuts(kept, _comments(text))
        text = joined(kept)
    if names is not None:
        kept = with_cuts(kept, names.cuts(text, code_ranges(text)))
    return kept


def names_of(source: Material) -> Names:
    """Names for the people that one unit mentions."""
    return Names(known=source.accounts)


def turn(
    heading: str, pieces: Sequence[Piece], *, kind: str = "context", learn: float = 0.0
) -> Turn:
    """What the user shows, or, where it is learned, what the assistant says."""
    role = "assistant" if learn > 0 else "user"
    return Turn(role, kind, tuple(weighted(pieces, learn)), heading=heading, learn=learn)  # type: ignore[arg-type]


def word_count(text: str) -> int:
    """How many words."""
    return len(text.split())


def _comments(text: str) -> list[Cut]:
    found = []
    code = code_ranges(text)
    start = text.find("<!--")
    while start >= 0:
        closed = text.find("-->", start)
        end = closed + 3 if closed >= 0 else len(text)
        if not code.holds(start):
            found.append(Cut(start, end))
        start = text.find("<!--", end)
    return found
