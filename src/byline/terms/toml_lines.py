"""The line of a TOML agreement file that an error is about.

`tomllib` gives no places of keys, so the file is scanned: headers and keys at the beginning of a
line, outside multi-line strings. The nearest enclosing line is given when the key has none.
"""

import re
from collections.abc import Iterator, Sequence

MAX_HEADER = 500  # characters; the pattern would take too long for a line of another kind
_HEADER = re.compile(r"^\s*\[\[?\s*([\w.\-\"' ]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*[\"']?([\w-]+)[\"']?\s*(?:=|\.)")
_TRIPLE = re.compile(r'"""|\'\'\'')


def line_of(text: str, location: Sequence[str | int]) -> int:
    """The line, counted from 1, of a location such as ("clauses", 2, "who", "countries", 0).

    A location that starts with another key than "clauses" is in [agreement].
    """
    in_clause = len(location) > 1 and location[0] == "clauses" and isinstance(location[1], int)
    wanted = [part for part in location[2 if in_clause else 0 :] if isinstance(part, str)]
    clause = int(location[1]) if in_clause else -1
    best = 1
    best_depth = -1
    for line, position, key in _keyed_lines(text):
        depth = _agreement_of(wanted, key) if position == clause else -1
        if depth > best_depth:
            best, best_depth = line, depth
    return best


def _agreement_of(wanted: Sequence[str], path: Sequence[str]) -> int:
    shared = list(path) == list(wanted[: len(path)])
    return len(path) if shared else -1


def _keyed_lines(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Each line that opens something: its number, its clause (-1: none) and the path within it."""
    clause, quote = -1, ""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        was_quoted = bool(quote)
        for mark in _TRIPLE.findall(line):
            quote = "" if quote == mark else quote or mark
        if was_quoted:
            continue
        header = _HEADER.match(line) if len(line) <= MAX_HEADER else None
        if header is not None:
            names = tuple(part.strip(" \"'") for part in header[1].split("."))
            if names == ("clause",):
                clause += 1
            table = names[1:] if names[0] in {"clause", "agreement"} else names
            yield number, -1 if names[0] != "clause" else clause, table
        elif (key := _KEY.match(line)) is not None:
            yield number, clause, (*table, key[1])
