"""HTML as tokens, read once from left to right: nothing is fetched, executed or nested.

`html.parser` takes quadratic time on malformed input in several supported versions of Python, so
this scanner only finds what the readers need: tags by name, comments, CDATA and the text between.
Every character of the input is looked at a bounded number of times.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:._-]*)(?P<rest>[^<>]*)>")
PLACEHOLDER: Final = re.compile(r"<[A-Z][A-Z0-9_]*>")
"""What redaction writes; it is text, although it looks like a tag."""
HIDDEN: Final = frozenset({"script", "style", "head", "template", "noscript", "svg"})
BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html",
        "li", "main",
        "nav", "ol", "p", "pre", "section", "table", "tbody", "tr", "ul", "ac:structured-macro",
    }
)  # fmt: skip
KNOWN: Final = BLOCKS | HIDDEN | {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "col", "del", "em",
    "font", "i", "iframe", "img", "input", "ins", "kbd", "label", "link", "mark", "meta", "nobr",
    "q", "s", "samp", "select", "small", "span", "strike", "strong", "sub", "sup", "td", "textarea",
    "tfoot", "th", "thead", "time", "title", "tt", "u", "var",
}  # fmt: skip
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CDATA: Final = "<![CDATA["
CLOSED: Final = (
    ("<!--", "-->", "other"), (CDATA, "]]>", "verbatim"), ("<!", ">", "other"),
    ("<?", ">", "other"),
)  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A piece of HTML: ``text``, ``verbatim`` (CDATA), ``open``, ``close`` or ``other``.

    Attributes:
        kind: Which of them.
        value: The text, or the tag's name in lower case.
        start: Offset of its first character, in code points.
        end: Offset behind its last.
    """

    kind: str
    value: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """What `text` is made of, in order and without gaps; text is not unescaped yet."""
    place = 0
    open_ended: set[str] = set()  # what was begun and never ends, so that it is not sought again
    while place < len(text):
        sign = text.find("<", place)
        sign = len(text) if sign < 0 else sign
        if sign > place:
            yield Token("text", text[place:sign], place, sign)
            place = sign
            continue
        token = _markup(text, place, open_ended)
        yield token
        place = token.end


def _markup(text: str, place: int, open_ended: set[str]) -> Token:
    for begin, end, kind in CLOSED:
        if text.startswith(begin, place) and end not in open_ended:
            found = text.find(end, place + len(begin))
            if found < 0:
                open_ended.add(end)
                break
            value = text[place + len(begin) : found] if kind == "verbatim" else ""
            return Token(kind, value, place, found + len(end))
    match = TAG.match(text, place)
    if match is None or _is_placeholder(match):
        behind = place + 1 if match is None else match.end()
        return Token("text", text[place:behind], place, behind)
    name = match["name"].lower()
    return Token("close" if match["end"] else "open", name, place, match.end())


def _is_placeholder(match: re.Match[str]) -> bool:
    return bool(PLACEHOLDER.fullmatch(match[0])) and match["name"].lower() not in KNOWN


def visible(text: str) -> Iterator[Token]:
    """The tokens of what a reader sees; of scripts, styles and the like only their line breaks."""
    hidden = ""
    for token in tokens(text):
        if hidden:
            if token.kind == "close" and token.value == hidden:
                hidden = ""
            continue
        if token.kind == "open" and token.value in HIDDEN and text[token.end - 2] != "/":
            hidden = token.value
            continue
        yield token


def plain_lines(lines: list[str]) -> list[str]:
    """HTML lines as plain text, line for line, so that authorship by line still holds."""
    text = "".join(lines)
    made: list[str] = []
    done = 0
    for token in visible(text):
        made.append("\n" * text.count("\n", done, token.start))
        made.append(_inline(token) if token.kind in ("text", "verbatim") else _mark(token, text))
        done = token.end
    made.append("\n" * text.count("\n", done))
    plain = "".join(made).split("\n")
    return [
        _squeezed(seen, raw)
        for seen, raw in zip(plain, [*lines, *([""] * len(plain))], strict=False)
    ][: len(lines)]


def plain_text(text: str) -> str:
    """HTML as plain text with Markdown's headings, bullets and fences; lines are its own."""
    made: list[str] = []
    fenced = 0
    for token in visible(text):
        if token.kind == "verbatim":
            made.append(f"\n```\n{token.value}\n```\n")
        elif token.kind == "text":
            words = html.unescape(token.value)
            made.append(words if fenced else re.sub(r"\s+", " ", words))
        elif token.value == "pre":
            fenced += 1 if token.kind == "open" else -min(1, fenced)
            made.append("\n```\n")
        else:
            made.append(_block(token))
    return _tidy("".join(made))


def _inline(token: Token) -> str:
    # An entity such as &#10; must not make another line.
    value = token.value
    if token.kind == "text":
        value = "\n".join(" ".join(html.unescape(one).split("\n")) for one in value.split("\n"))
    return value


def _mark(token: Token, text: str) -> str:
    breaks = "\n" * text.count("\n", token.start, token.end)
    if token.kind == "open" and token.value == "li":
        return breaks + "- "
    if token.value in ("td", "th"):
        return breaks + (" | " if token.kind == "close" else "")
    return breaks + (" " if token.value in BLOCKS else "")


def _block(token: Token) -> str:
    name = token.value
    if name in HEADINGS:
        return f"\n\n{'#' * int(name[1])} " if token.kind == "open" else "\n\n"
    if name == "li" and token.kind == "open":
        return "\n- "
    if name in ("td", "th"):
        return " | " if token.kind == "close" else ""
    return "\n" if name in BLOCKS else ""


def _squeezed(seen: str, raw: str) -> str:
    """What is seen of a line, without the white space that tags leave, indented as the line is."""
    indent = raw[: len(raw) - len(raw.lstrip(" \t"))]
    ending = "\n" if raw.endswith("\n") else ""
    words = re.sub(r"[ \t]{2,}", " ", seen.strip())
    return f"{indent if words else ''}{words}{ending}"


def _tidy(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.rstrip()
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).strip("\n") + "\n" if any(lines) else ""
