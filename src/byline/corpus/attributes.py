"""What a repository claims about its own files in ``.gitattributes``.

Patterns follow gitattributes(5): one without a slash matches the name in any folder, one with a
slash is anchored to the folder of its file, ``**`` spans folders, the last matching line decides.
Negative patterns are forbidden there and skipped here. A claim is evidence, not a fact.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2

CLAIMS: Final = ("linguist-generated", "linguist-vendored")
LINE: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\S+)\s+(.*)')


@dataclass(frozen=True)
class Claim:
    """One line's answer for one attribute; None is ``!attribute``: unspecified again."""

    pattern: Any
    name: str
    value: bool | None


@dataclass(frozen=True)
class Attributes:
    """The claims of one repository, in the order in which later ones win."""

    claims: tuple[Claim, ...] = ()

    def claim(self, path: str, name: str) -> bool | None:
        """What the repository claims for `path`, or None where it says nothing."""
        for one in reversed(self.claims):
            if one.name == name and one.pattern.search(path):
                return one.value
        return None


def read_attributes(files: Mapping[str, str]) -> Attributes:
    """Read every ``.gitattributes`` of a repository, given path to text.

    Files in deeper folders win over those above them.
    """
    claims: list[Claim] = []
    for path in sorted(files, key=lambda one: (one.count("/"), one)):
        folder = path.rpartition("/")[0]
        for line in files[path].splitlines():
            claims += _read_line(line, folder)
    return Attributes(tuple(claims))


def _read_line(line: str, folder: str) -> list[Claim]:
    match = LINE.match(line)
    if not match or match.group(1).startswith(("#", "!", "[attr]")):
        return []
    source = match.group(1).strip('"')
    words = match.group(2).split()
    values = {name: value for word in words for name, value in [_read_word(word)] if name in CLAIMS}
    if not values:
        return []
    pattern = _pattern(source, folder)
    return [Claim(pattern, name, value) for name, value in values.items()] if pattern else []


def _read_word(word: str) -> tuple[str, bool | None]:
    """``name``, ``-name``, ``!name`` or ``name=value``."""
    name, _, value = word.partition("=")
    if name.startswith("!"):
        return name[1:], None
    if name.startswith("-"):
        return name[1:], False
    return name, value.lower() not in {"false", "0", "no"}


@functools.lru_cache(maxsize=4096)
def _pattern(source: str, folder: str) -> Any:
    """The RE2 pattern of one glob, or None where it is malformed."""
    anchored = "/" in source.rstrip("/")
    body = _translate(source.lstrip("/"))
    base = re2.escape(folder) + "/" if folder else ""
    middle = "" if anchored else "(?:.*/)?"
    try:
        return re2.compile(f"^{base}{middle}{body}$")
    except re2.error:
        return None


def glob_pattern(glob: str) -> Any:
    """The RE2 pattern of a path glob as a root ``.gitattributes`` has it; None where malformed.

    A glob that ends in a slash means everything below that folder.
    """
    return _pattern(f"{glob}**" if glob.endswith("/") else glob, "")


def _translate(glob: str) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(glob):
        one = glob[at]
        if glob.startswith("**/", at):
            pieces.append("(?:.*/)?")
            at += 3
        elif glob.startswith("**", at):
            pieces.append(".*")
            at += 2
        elif one == "[" and "]" in glob[at + 2 :]:
            close = glob.index("]", at + 2)
            inside = glob[at + 1 : close].replace("\\", "\\\\")
            pieces.append("[" + ("^" + inside[1:] if inside[:1] in "!^" else inside) + "]")
            at = close + 1
        else:
            pieces.append({"*": "[^/]*", "?": "[^/]"}.get(one, re2.escape(one)))
            at += 1
    return "".join(pieces)
