"""Python that grows: real modules cut into pieces, each with the versions it went through.

A section's last version is the module's own text; the versions before it lack something (a
docstring, a guard, a right comparison), so that history holds honest edits that end in good code.
Invariant: every version of a section parses.
"""

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from byline.sample.dice import Dice

_LARGE_CLASS = 80
_FLIPS = {
    ast.Lt: ("<", "<=", "off-by-one in"),
    ast.LtE: ("<=", "<", "off-by-one in"),
    ast.Gt: (">", ">=", "boundary check in"),
    ast.GtE: (">=", ">", "boundary check in"),
    ast.Is: ("is", "is not", "inverted None check in"),
    ast.IsNot: ("is not", "is", "inverted None check in"),
    ast.Eq: ("==", "!=", "inverted comparison in"),
}
_SHORT = {
    "result": "res",
    "value": "val",
    "index": "idx",
    "message": "msg",
    "parts": "p",
    "count": "cnt",
    "line": "ln",
    "name": "nm",
    "length": "n",
    "data": "buf",
    "start": "lo",
    "match": "m2",
    "pos": "where",
    "end": "stop",
    "key": "k2",
    "text": "txt",
    "res": "out",
    "item": "thing",
    "lines": "rows",
    "path": "pth",
    "args": "argv",
    "func": "fn",
    "method": "meth",
    "size": "sz",
}


@dataclass(frozen=True, slots=True)
class Version:
    """A section's text and what bringing it in did, as the subject of a commit."""

    text: str
    subject: str
    kind: str


@dataclass(frozen=True, slots=True)
class Section:
    """A run of whole lines of a module: `top` when it starts a statement of the module itself."""

    key: int
    name: str
    top: bool
    text: str


def cut(source: str) -> list[Section]:
    """Cut a module into sections that arrive one after another; a large class is cut by method."""
    lines = source.splitlines(keepends=True)
    tree = _parsed(source)
    if tree is None:
        return []
    marks: list[tuple[int, str, bool]] = [(0, "", True)]
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        marks.append((_first_line(node), node.name, True))
        if isinstance(node, ast.ClassDef) and _length(node) > _LARGE_CLASS:
            marks.extend(_method_marks(node))
    starts = [_with_comments(lines, mark[0]) for mark in marks]
    ends = [*starts[1:], len(lines)]
    sections = [
        Section((number + 1) * 1000, name, top, "".join(lines[start:end]))
        for number, ((_, name, top), start, end) in enumerate(zip(marks, starts, ends, strict=True))
    ]
    return [section for section in sections if section.text.strip()]


def _method_marks(node: ast.ClassDef) -> list[tuple[int, str, bool]]:
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(_first_line(m), f"{node.name}.{m.name}", False) for m in methods[1:]]


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1


def _length(node: ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno


def _with_comments(lines: Sequence[str], start: int) -> int:
    while start > 0 and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#")):
        start -= 1
    return start


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return ast.parse(text)
        except SyntaxError:
            return None


def versions(section: Section, *, steps: int, dice: Dice) -> list[Version]:
    """Return up to `steps` earlier versions of a section, oldest first, and its own text last."""
    history = [Version(section.text, "", "final")]
    tools: list[_Tool] = [_drop_docstring, _drop_guard, _flip, _shorten_name, _drop_comments]
    dice.shuffle(tools)
    for tool in tools:
        if len(history) > steps:
            break
        found = _apply(tool, history[0].text, section.name)
        if found:
            earlier, subject, kind = found
            history[0] = Version(history[0].text, subject, kind)
            history.insert(0, Version(earlier, "", "arrival"))
    return history


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Tool = Callable[[list[str], _Function], tuple[list[str], str, str] | None]


def _apply(tool: _Tool, text: str, name: str) -> tuple[str, str, str] | None:
    """Apply a tool to the first function that allows it; the text it returns parses."""
    indented = next((ln for ln in text.splitlines() if ln.strip()), "")[:1].isspace()
    prefix = "if 1:\n" if indented else ""
    tree = _parsed(prefix + text)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if not isinstance(node, _Function) or not text.isascii():
            continue
        made = tool((prefix + text).splitlines(keepends=True), node)
        if made is None:
            continue
        lines, subject, kind = made
        after = "".join(lines)
        if _parsed(after) is not None:
            label = name or node.name
            return after.removeprefix(prefix), subject.format(label), kind
    return None


def _drop_docstring(lines: list[str], node: _Function) -> tuple[list[str], str, str] | None:
    first = node.body[0]
    if len(node.body) < 2 or ast.get_docstring(node) is None or first.end_lineno is None:
        return None
    if first.lineno == node.lineno:
        return None
    return lines[: first.lineno - 1] + lines[first.end_lineno :], "Document {}", "docs"


def _drop_guard(lines: list[str], node: _Function) -> tuple[list[str], str, str] | None:
    for statement in node.body if len(node.body) > 1 else ():
        if not isinstance(statement, ast.If) or statement.orelse or statement.end_lineno is None:
            continue
        if isinstance(statement.body[-1], ast.Raise) and statement.lineno > node.lineno:
            kept = lines[: statement.lineno - 1] + lines[statement.end_lineno :]
            return kept, "Reject bad input in {}", "fix"
    return None


def _flip(lines: list[str], node: _Function) -> tuple[list[str], str, str] | None:
    for test in ast.walk(node):
        if (
            not isinstance(test, ast.Compare)
            or len(test.ops) != 1
            or type(test.ops[0]) not in _FLIPS
        ):
            continue
        right, wrong, what = _FLIPS[type(test.ops[0])]
        row, begin, end = test.left.end_lineno, test.left.end_col_offset, test.comparators[0]
        if row is None or begin is None or end.lineno != row:
            continue
        line = lines[row - 1]
        middle = line[begin : end.col_offset]
        if middle.strip() != right:
            continue
        changed = line[:begin] + middle.replace(right, wrong) + line[end.col_offset :]
        return [*lines[: row - 1], changed, *lines[row:]], f"Fix {what} {{}}", "fix"
    return None


def _shorten_name(lines: list[str], node: _Function) -> tuple[list[str], str, str] | None:
    inner = (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.Lambda,
        ast.ClassDef,
        ast.Global,
        ast.Nonlocal,
    )
    if (
        any(isinstance(n, inner) for n in ast.walk(node) if n is not node)
        or node.end_lineno is None
    ):
        return None
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    body = "".join(lines[node.lineno - 1 : node.end_lineno])
    for long, short in _SHORT.items():
        uses = sum(n.id == long for n in names)
        if long not in stored or uses != len(re.findall(rf"\b{long}\b", body)):
            continue
        if re.search(rf"\b{short}\b", body):
            continue
        changed = re.sub(rf"\b{long}\b", short, body).splitlines(keepends=True)
        before, after = lines[: node.lineno - 1], lines[node.end_lineno :]
        return before + changed + after, f"Rename {short} to {long} in {{}}", "refactor"
    return None


def _drop_comments(lines: list[str], node: _Function) -> tuple[list[str], str, str] | None:
    if node.end_lineno is None:
        return None
    inside = range(node.body[0].end_lineno or node.lineno, node.end_lineno)
    strings = {
        row
        for n in ast.walk(node)
        if isinstance(n, ast.Constant | ast.JoinedStr)
        for row in range(n.lineno - 1, n.end_lineno or n.lineno)
    }
    gone = {row for row in inside if lines[row].lstrip().startswith("#") and row not in strings}
    if not gone:
        return None
    kept = [line for row, line in enumerate(lines) if row not in gone]
    return kept, "Explain the odd case in {}", "docs"
