"""Where the sections of a document begin and end, by line, in four kinds of markup.

Headings are found line by line, never through a tree, so that every section is a range of lines of
the file as git has it, and its authors are those of its lines. Headings inside code, comments and
literal blocks are none. Sections partition a document: each line is in exactly one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from byline.work.documents.markup import HEADINGS, plain_lines, visible

Markup = Literal["markdown", "restructuredtext", "asciidoc", "html"]
SUFFIXES: Final[dict[str, Markup]] = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".mkd": "markdown",
    ".rst": "restructuredtext", ".rest": "restructuredtext",
    ".adoc": "asciidoc", ".asciidoc": "asciidoc",
    ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
MAX_SECTIONS: Final = 2_000
MAX_HEADING: Final = 400  # characters; a longer line is no heading
FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
ATX: Final = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
SETEXT: Final = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
NOT_SETEXT: Final = re.compile(r"\s*(?:[-*+>|]|\d+[.)]\s|#|$)")
ASCIIDOC: Final = re.compile(r"(={1,6}|#{1,6})[ \t]+(?=\S)")
ASCIIDOC_BLOCK: Final = re.compile(r"(-{4,}|\.{4,}|\+{4,}|/{4,}|_{4,}|\*{4,}|={4,}|```)\s*$")
ADORNMENT: Final = re.compile(r"([!-/:-@\[-`{-~])\1+\s*$")
FRONT_MATTER: Final = 200  # lines that front matter may have


class TooManySectionsError(Exception):
    """More headings than a document by people has."""


@dataclass(frozen=True)
class Section:
    """A heading with the lines up to the next one.

    Attributes:
        level: 1 for the outermost; 0 for what stands before any heading.
        name: The heading without its marks; empty for level 0.
        start: First line, counted from 1: the heading's.
        body: First line after the heading; ``end + 1`` where nothing follows.
        end: Last line.
    """

    level: int
    name: str
    start: int
    body: int
    end: int


@dataclass(frozen=True)
class _Heading:
    level: int
    name: str
    line: int
    lines: int


def markup_of(path: str) -> Markup | None:
    """The markup that a path's suffix promises, or None."""
    dot = path.rfind(".")
    return SUFFIXES.get(path[dot:].lower()) if dot >= 0 else None


def sections_of(lines: Sequence[str], markup: Markup) -> list[Section]:
    """The sections of a document.

    Args:
        lines: All its lines, as `byline.work.identifiers.line_list` cuts them.
        markup: How it is written.

    Raises:
        TooManySectionsError: It has more than `MAX_SECTIONS` headings.
    """
    found: list[_Heading] = []
    for heading in _HEADINGS[markup](lines):
        found.append(heading)
        if len(found) > MAX_SECTIONS:
            raise TooManySectionsError
    sections: list[Section] = []
    if lines and (not found or found[0].line > 1):
        sections.append(Section(0, "", 1, 1, found[0].line - 1 if found else len(lines)))
    for number, heading in enumerate(found):
        after = found[number + 1].line if number + 1 < len(found) else len(lines) + 1
        sections.append(
            Section(
                heading.level, heading.name, heading.line, heading.line + heading.lines, after - 1
            )
        )
    return sections


def front_matter(lines: Sequence[str]) -> int:
    """How many lines the YAML front matter has, its fences included; 0 for none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    for place, line in enumerate(lines[1:FRONT_MATTER], start=2):
        if line.rstrip() in ("---", "..."):
            return place
    return 0


def _markdown(lines: Sequence[str]) -> Iterator[_Heading]:
    fence, comment = "", False
    for place in range(front_matter(lines), len(lines)):
        line = lines[place]
        opened = FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if not comment and opened:
            fence = opened[1]
            continue
        was_comment = comment
        comment = _in_comment(line, inside=comment)
        if was_comment or len(line) > MAX_HEADING:
            continue
        heading = _atx(line, place) or _setext(lines, place)
        if heading is not None:
            yield heading


def _in_comment(line: str, *, inside: bool) -> bool:
    begin, end = line.rfind("<!--"), line.rfind("-->")
    return inside if begin == end else begin > end


def _atx(line: str, place: int) -> _Heading | None:
    match = ATX.match(line)
    if match is None:
        return None
    name = line[match.end() :].strip()
    bare = name.rstrip("#")
    if bare != name and (not bare or bare[-1] in " \t"):
        name = bare.rstrip()
    return _Heading(len(match[1]), name, place + 1, 1)


def _setext(lines: Sequence[str], place: int) -> _Heading | None:
    if place + 1 >= len(lines) or not SETEXT.match(lines[place + 1][:MAX_HEADING]):
        return None
    if NOT_SETEXT.match(lines[place]) or (place and lines[place - 1].strip()):
        return None
    level = 1 if "=" in lines[place + 1] else 2
    return _Heading(level, lines[place].strip(), place + 1, 2)


def _restructured(lines: Sequence[str]) -> Iterator[_Heading]:
    styles: list[tuple[str, bool]] = []
    place = 0
    while place < len(lines):
        heading = _adorned(lines, place, styles)
        if heading is None:
            place += 1
            continue
        yield heading
        place = heading.line - 1 + heading.lines


def _adorned(lines: Sequence[str], place: int, styles: list[tuple[str, bool]]) -> _Heading | None:
    over = ADORNMENT.match(lines[place][: MAX_HEADING * 2])
    first = place + 1 if over else place
    if first + 1 >= len(lines):
        return None
    title, under = lines[first].rstrip(), ADORNMENT.match(lines[first + 1][: MAX_HEADING * 2])
    if under is None or not title.strip() or len(title) > MAX_HEADING or ADORNMENT.match(title):
        return None
    if over and over[1] != under[1]:
        return None
    if not over and (title[0].isspace() or (place and lines[place - 1].strip())):
        return None
    if len(lines[first + 1].rstrip()) < min(len(title), 4):
        return None
    style = (under[1], over is not None)
    if style not in styles:
        styles.append(style)
    return _Heading(styles.index(style) + 1, title.strip(), place + 1, 3 if over else 2)


def _asciidoc(lines: Sequence[str]) -> Iterator[_Heading]:
    block = ""
    for place, line in enumerate(lines):
        delimiter = ASCIIDOC_BLOCK.match(line[:MAX_HEADING])
        if block:
            block = "" if delimiter and delimiter[1] == block else block
            continue
        if delimiter:
            # An example block (====) holds prose, but its headings are not the document's.
            block = delimiter[1]
            continue
        match = ASCIIDOC.match(line) if len(line) <= MAX_HEADING else None
        if match:
            yield _Heading(len(match[1]), line[match.end() :].strip(), place + 1, 1)


def _html(lines: Sequence[str]) -> Iterator[_Heading]:
    text = "".join(lines)
    line, done, last = 1, 0, 0
    begun: tuple[str, int, int] | None = None
    for token in visible(text):
        if token.value not in HEADINGS or token.kind not in ("open", "close"):
            continue
        line += text.count("\n", done, token.start)
        done = token.start
        if token.kind == "open":
            begun = (token.value, line, token.end)
        elif begun is not None and begun[0] == token.value:
            name = " ".join("".join(plain_lines([text[begun[2] : token.start]])).split())
            # Two headings on one line would share it; the first has it.
            if begun[1] > last and len(name) <= MAX_HEADING:
                # What stands behind a heading on its own line must not be lost with it.
                rest = text[token.end : text.find("\n", token.end) % (len(text) + 1)]
                shared = bool("".join(plain_lines([rest[:MAX_HEADING]])).strip())
                size = line - begun[1] + 1 - shared
                yield _Heading(int(token.value[1]), name, begun[1], size)
                last = line
            begun = None


_HEADINGS = {
    "markdown": _markdown,
    "restructuredtext": _restructured,
    "asciidoc": _asciidoc,
    "html": _html,
}
