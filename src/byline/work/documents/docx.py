"""The text of a Word document, with whoever is recorded to have written each paragraph.

Only the standard library reads the file: the archive within limits, its XML without a document type
(so no entity is ever expanded and nothing outside is asked for). Text that was deleted under change
tracking is not read. Authorship is believed where it is recorded for certain:

- a paragraph that was wholly inserted under change tracking is by whoever inserted it;
- other text is by the document's creator, if nobody else is recorded to have saved it;
- everything else is by nobody known.

ECMA-376, parts 1 and 2; names of elements are those of WordprocessingML.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final
from xml.parsers import expat

from byline.work.export_values import text_of, when

MAX_MEMBERS: Final = 5_000
MAX_DEPTH: Final = 200
MAX_PARAGRAPHS: Final = 100_000
CHUNK: Final = 1 << 16
HEADING: Final = re.compile(r"(?:heading|überschrift|titre|título|titolo)\s*([1-9])", re.IGNORECASE)
SKIPPED: Final = frozenset({"moveFrom", "del", "Fallback", "instrText", "delText", "footnotes"})


class BadDocumentError(Exception):
    """It cannot be read; `reason` is a short code and the text explains it."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as one line of Markdown; `author` is None where nobody is known for certain."""

    line: str
    author: str | None
    time: datetime | None


@dataclass(frozen=True)
class Properties:
    """What is recorded of the whole document."""

    creator: str | None = None
    last_modified_by: str | None = None
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def author(self) -> str | None:
        """Who wrote what no change tracking tells of, or None."""
        alone = self.last_modified_by in (None, self.creator)
        return self.creator if alone else None


def read_docx(stream: BinaryIO, *, max_bytes: int) -> tuple[list[Paragraph], Properties]:
    """The paragraphs of a Word document in order, and its properties.

    Raises:
        BadDocumentError: It is none, is too large, or tries to make us do what we must not.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise BadDocumentError("too_large", f"more than {MAX_MEMBERS} members")
            styles = _styles(archive, max_bytes)
            properties = _properties(archive, max_bytes)
            return _body(archive, styles, properties, max_bytes), properties
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise BadDocumentError("malformed", str(error)[:200]) from error


@dataclass
class _Writer:
    """The paragraphs as they are read."""

    styles: Mapping[str, int]
    properties: Properties
    found: list[Paragraph] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    level: int = 0
    listed: bool = False
    inserted: list[tuple[str | None, datetime | None]] = field(default_factory=list)
    authors: set[tuple[str | None, datetime | None] | None] = field(default_factory=set)
    skipping: int = 0
    cells: int = 0

    def open(self, name: str, given: Mapping[str, str]) -> None:
        """An element begins."""
        if name in SKIPPED or self.skipping:
            self.skipping += 1
        elif name == "p" and not self.text:
            self.level, self.listed = 0, False
        elif name == "pStyle":
            self.level = self.styles.get(given.get("val", ""), 0)
        elif name == "outlineLvl" and given.get("val", "").isdigit():
            self.level = self.level or min(int(given["val"]) + 1, 6)
        elif name == "numPr":
            self.listed = True
        elif name == "ins":
            author = text_of(given.get("author")).strip() or None
            self.inserted.append((author, when(given.get("date"))))
        elif name in ("tab", "br", "cr"):
            self.text.append(" ")
        elif name == "tc":
            self.cells += 1

    def close(self, name: str) -> None:
        """An element ends."""
        if self.skipping:
            self.skipping -= 1
        elif name == "ins" and self.inserted:
            self.inserted.pop()
        elif name == "p" and not self.cells:
            self._paragraph()
        elif name == "p":
            self.text.append(" ")
        elif name == "tc":
            self.cells -= 1
            self.text.append(" | ")
        elif name == "tr" and not self.cells:
            self.text.insert(0, "| ")
            self._paragraph()

    def say(self, words: str) -> None:
        """Text of a run."""
        if not self.skipping:
            self.text.append(text_of(words))
            self.authors.add(self.inserted[-1] if self.inserted else None)

    def _paragraph(self) -> None:
        words = " ".join("".join(self.text).split())
        if words:
            if len(self.found) >= MAX_PARAGRAPHS:
                raise BadDocumentError("too_large", f"more than {MAX_PARAGRAPHS} paragraphs")
            author, time = self._author()
            self.found.append(Paragraph(self._line(words), author, time))
        self.text, self.authors, self.level, self.listed = [], set(), 0, False

    def _author(self) -> tuple[str | None, datetime | None]:
        if len(self.authors) != 1:
            return None, None
        only = next(iter(self.authors))
        if only is not None:
            return only
        return self.properties.author, self.properties.modified or self.properties.created

    def _line(self, words: str) -> str:
        if self.level:
            return f"{'#' * self.level} {words}"
        if self.listed:
            return f"- {words}"
        # What only looks like markup must not become it.
        return f"\\{words}" if re.match(r"#{1,6}\s|```|~~~|---\s*$|===", words) else words


def _body(
    archive: zipfile.ZipFile, styles: Mapping[str, int], properties: Properties, max_bytes: int
) -> list[Paragraph]:
    writer = _Writer(styles, properties)
    inside: list[bool] = []

    def opened(name: str, given: dict[str, str]) -> None:
        inside.append(name == "t")
        writer.open(name, given)

    def closed(name: str) -> None:
        inside.pop()
        writer.close(name)

    def said(words: str) -> None:
        if inside and inside[-1]:
            writer.say(words)

    _parse(archive, "word/document.xml", max_bytes, opened, closed, said)
    return writer.found


def _styles(archive: zipfile.ZipFile, max_bytes: int) -> dict[str, int]:
    """The heading level of each style, by its id."""
    found = {f"Heading{level}": level for level in range(1, 7)} | {"Title": 1}
    current = [""]

    def opened(name: str, given: dict[str, str]) -> None:
        if name == "style":
            current[0] = given.get("styleId", "")
        elif name == "name" and current[0]:
            match = HEADING.fullmatch(given.get("val", "").strip())
            if match:
                found[current[0]] = min(int(match[1]), 6)

    if "word/styles.xml" in archive.namelist():
        _parse(archive, "word/styles.xml", max_bytes, opened, lambda _: None, lambda _: None)
    return found


def _properties(archive: zipfile.ZipFile, max_bytes: int) -> Properties:
    texts: dict[str, str] = {}
    path: list[str] = []

    def said(words: str) -> None:
        if len(path) == 2:
            texts[path[-1]] = texts.get(path[-1], "") + words

    if "docProps/core.xml" not in archive.namelist():
        return Properties()
    _parse(archive, "docProps/core.xml", max_bytes, lambda name, _: path.append(name),
           lambda _: _dropped(path), said)  # fmt: skip
    return Properties(
        creator=text_of(texts.get("creator")).strip() or None,
        last_modified_by=text_of(texts.get("lastModifiedBy")).strip() or None,
        created=when(texts.get("created")),
        modified=when(texts.get("modified")),
    )


def _dropped(path: list[str]) -> None:
    path.pop()


def _parse(
    archive: zipfile.ZipFile,
    member: str,
    max_bytes: int,
    opened: Callable[[str, dict[str, str]], None],
    closed: Callable[[str], None],
    said: Callable[[str], None],
) -> None:
    """Read one XML member with names stripped of their namespaces."""
    depth = [0]

    def start(name: str, given: dict[str, str]) -> None:
        depth[0] += 1
        if depth[0] > MAX_DEPTH:
            raise BadDocumentError("too_deep", f"{member} is nested deeper than {MAX_DEPTH}")
        opened(_local(name), {_local(key): value for key, value in given.items()})

    def end(name: str) -> None:
        depth[0] -= 1
        closed(_local(name))

    def refused(*_: object) -> None:
        raise BadDocumentError("hostile", f"{member} declares a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    try:
        for chunk in _bytes(archive, member, max_bytes):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadDocumentError("malformed", f"{member}: {error}"[:200]) from error


def _bytes(archive: zipfile.ZipFile, member: str, max_bytes: int) -> Iterator[bytes]:
    """A member piece by piece; what its header says of its size is not believed."""
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        raise BadDocumentError("malformed", f"it has no {member}") from error
    left = max_bytes
    with archive.open(info) as stream:
        while chunk := stream.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise BadDocumentError("too_large", f"{member} has more than {max_bytes} bytes")
            yield chunk


def _local(name: str) -> str:
    return name.rpartition(":")[2]
