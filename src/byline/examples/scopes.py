"""Syntactic scopes of a text, as runs of whole lines: statements of Python, blocks of the rest.

A text is often a part of a file, so a syntax tree is not always to be had; then, and in every other
language, a scope is a line with the more deeply indented lines that follow it, and with the line
that closes its bracket.
"""

import ast
import re
import textwrap
import warnings
from collections.abc import Sequence
from typing import Final

from byline.work.identifiers import line_list

CLOSERS: Final = ("}", ")", "]", "end", "fi", "done", "esac")
CASES: Final = ("handlers", "cases")
BODIES: Final = ("body", "orelse", "finalbody", *CASES)
WORD_CHARACTER: Final = re.compile(r"[^\W_]")
LONGEST: Final = 200_000  # characters of a text whose tree is asked


def scopes(text: str, language: str) -> list[tuple[int, int]]:
    """The scopes [start, end) in lines, counted from 0, in order."""
    if language == "Python" and len(text) <= LONGEST:
        found = _statements(text)
        if found:
            return found
    return _blocks(line_list(text), closers=language != "Python")


def _statements(text: str) -> list[tuple[int, int]]:
    """Statements of more than one line, and the bodies of compound ones; none without a tree."""
    tree = _tree(text)
    if tree is None:
        return []
    found = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name in BODIES:  # statements stand in these alone: expressions need not be walked
            body = getattr(node, name, None)
            if isinstance(body, list) and body:
                waiting += body
                if node is not tree and name not in CASES:
                    found.add((body[0].lineno - 1, body[-1].end_lineno))
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(one.lineno for one in decorators)])
            found.add((first - 1, node.end_lineno or node.lineno))
    lines = line_list(text)
    return sorted(
        (start, end)
        for start, end in found
        if end <= len(lines) and _starts_line(lines[start]) and _has_words(lines[start:end])
    )


def _tree(text: str) -> ast.Module | None:
    """The syntax tree; the text is parsed and never run."""
    plain = textwrap.dedent(text)
    if plain.count("\n") != text.count("\n") or "\f" in text or "\r" in text.replace("\r\n", ""):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _starts_line(line: str) -> bool:
    return bool(line.strip())


def _has_words(lines: Sequence[str]) -> bool:
    return any(WORD_CHARACTER.search(line) for line in lines)


def _blocks(lines: Sequence[str], *, closers: bool) -> list[tuple[int, int]]:
    found = []
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        end = block_end(lines, place)
        if end - place > 1 and closers and end < len(lines):
            closing = lines[end].strip()
            same = indent(lines[end]) == indent(line)
            end += same and closing.startswith(CLOSERS)
        if end - place > 1:
            found.append((place, end))
    return found


def block_end(lines: Sequence[str], place: int) -> int:
    """The line after the block that `place` opens; trailing blank lines are not part of it."""
    own = indent(lines[place])
    end = place + 1
    last = end
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) > own):
        end += 1
        if lines[end - 1].strip():
            last = end
    return last


def indent(line: str) -> int:
    """How many blanks and tabs a line begins with."""
    return len(line) - len(line.lstrip(" \t"))
