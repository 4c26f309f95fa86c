"""The Atlassian Document Format as plain text; code blocks stay fenced, so that they can be told.

Source: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/. A document is
a tree of nodes; unknown nodes give the text of what is in them, never an error. Invariants: the
result has no markup but fences, list marks and quote marks; the walk ends, however deep or wrong
the document is (what lies deeper than `DEEPEST`, or after `MOST` nodes, is left out).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

DEEPEST: Final = 60
MOST: Final = 100_000
BLOCKS: Final = frozenset(
    {"paragraph", "heading", "codeBlock", "blockquote", "panel", "rule", "bulletList", "table",
     "orderedList", "taskList", "decisionList", "expand", "nestedExpand", "mediaSingle",
     "mediaGroup", "blockCard", "embedCard", "layoutSection", "layoutColumn", "bodiedExtension"}
)  # fmt: skip


def adf_text(document: Any) -> str:
    """The text of an ADF document; a string is given back as it is, anything else is empty."""
    if isinstance(document, str):
        return document
    return _Walk().block(document, 0).strip("\n")


class _Walk:
    """Counts the nodes of one document."""

    def __init__(self) -> None:
        self.left = MOST

    def children(self, node: Any, depth: int) -> Iterator[Mapping[str, Any]]:
        inside = node.get("content") if isinstance(node, Mapping) else None
        if not isinstance(inside, list) or depth >= DEEPEST:
            return
        for child in inside:
            self.left -= 1
            if self.left < 0:
                return
            if isinstance(child, Mapping):
                yield child

    def block(self, node: Any, depth: int) -> str:
        """The text of what is in a node: blocks set apart, inline text joined."""
        parts: list[str] = []
        line = ""
        for child in self.children(node, depth):
            if child.get("type") in BLOCKS:
                if line:
                    parts.append(line)
                    line = ""
                parts.append(self.one(child, depth + 1))
            else:
                line += self.one(child, depth + 1)
        if line:
            parts.append(line)
        return "\n\n".join(part for part in parts if part)

    def one(self, node: Mapping[str, Any], depth: int) -> str:
        kind = node.get("type")
        if kind in LEAVES:
            return _leaf(node, _attributes(node))
        if kind == "codeBlock":
            language = _string(_attributes(node).get("language"))
            code = "".join(_string(child.get("text")) for child in self.children(node, depth))
            fence = "````" if "```" in code else "```"
            return f"{fence}{language}\n{code}\n{fence}"
        if kind in LISTS:
            return self.listed(node, kind, depth)
        if kind == "table":
            rows = [self.row(row, depth + 1) for row in self.children(node, depth)]
            return "\n".join(row for row in rows if row)
        text = self.block(node, depth)
        if kind == "blockquote":
            return "\n".join(f"> {line}" for line in text.split("\n"))
        title = _string(_attributes(node).get("title"))
        return f"{title}\n\n{text}" if title and kind in ("expand", "nestedExpand") else text

    def listed(self, node: Mapping[str, Any], kind: str, depth: int) -> str:
        lines = []
        first = _attributes(node).get("order")
        start = first if isinstance(first, int) and not isinstance(first, bool) else 1
        for number, item in enumerate(self.children(node, depth), start):
            mark = f"{number}. " if kind == "orderedList" else LISTS[kind]
            if _attributes(item).get("state") == "DONE":
                mark = "- [x] "
            text = self.block(item, depth + 1).replace("\n\n", "\n")
            lines.append(mark + text.replace("\n", "\n  "))
        return "\n".join(lines)

    def row(self, row: Mapping[str, Any], depth: int) -> str:
        cells = [self.block(cell, depth + 1) for cell in self.children(row, depth)]
        return " | ".join(cell.replace("\n", " ") for cell in cells)


LISTS: Final = {
    "bulletList": "- ", "orderedList": "1. ", "taskList": "- [ ] ", "decisionList": "- ",
}  # fmt: skip
LEAVES: Final = frozenset(
    {"text", "hardBreak", "mention", "emoji", "inlineCard", "blockCard", "embedCard", "media",
     "mediaInline", "date", "status", "rule"}
)  # fmt: skip


def _leaf(node: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    kind = node.get("type")
    if kind == "text":
        return _marked(node)
    if kind == "hardBreak":
        return "\n"
    if kind == "rule":
        return "---"
    if kind == "mention":
        name = _string(given.get("text")) or _string(given.get("id"))
        return name if name.startswith("@") else f"@{name}"
    if kind == "date":
        return _day(given.get("timestamp"))
    names = ("text", "shortName", "url", "alt", "title")
    return next((found for name in names if (found := _string(given.get(name)))), "")


def _marked(node: Mapping[str, Any]) -> str:
    """A text with what its marks say beyond looks: where a link goes, what is code."""
    text = _string(node.get("text"))
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else ():
        if not isinstance(mark, Mapping):
            continue
        target = _string(_attributes(mark).get("href"))
        if mark.get("type") == "link" and target and target != text:
            text = f"{text} ({target})"
        elif mark.get("type") == "code":
            text = f"`{text}`"
    return text


def _attributes(node: Mapping[str, Any]) -> Mapping[str, Any]:
    given = node.get("attrs")
    return given if isinstance(given, Mapping) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> str:
    """A date node holds milliseconds since 1970, as a string."""
    text = str(value)
    if not text.isdecimal() or not text.isascii() or len(text) > 14:
        return ""
    try:
        return datetime.fromtimestamp(int(text) / 1000, UTC).date().isoformat()
    except (OverflowError, ValueError):
        return ""
