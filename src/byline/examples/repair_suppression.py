"""Fixes that fix nothing: tests taken out or skipped, checks switched off, versions pinned.

A change suppresses if each of its files does, in one of these ways and in no other. It is never
taught as an answer; as the rejected side of a preference it shows what not to do. The
patterns are those of `byline.examples.behaviour` and the ones here, which are ours.
"""

import re
from collections.abc import Sequence
from typing import Final

from byline.examples.behaviour import SUPPRESSES, suppression
from byline.examples.edit_view import ChangedFile
from byline.examples.localisation import is_test
from byline.work.diff import changed_blocks

MANIFEST: Final = re.compile(
    r"(?:^|/)(?:requirements[\w.-]*\.(?:txt|in)|constraints[\w.-]*\.txt|pyproject\.toml|setup\.cfg"
    r"|setup\.py|package\.json|Cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|Gemfile"
    r"|environment\.ya?ml|Pipfile)$"
)
VERSION: Final = re.compile(
    r"(?:==|~=|<=|>=|<|>|\^|~|@|\bv)\s*\d+(?:\.\d+|\.x|\b)"
    r"|[\"':= ]\d+\.\d+(?:\.\d+)?[\w.+-]*[\"' ,]?$"
    r"|<version>[^<]{1,40}</version>"
)
SETTINGS: Final = re.compile(
    r"(?i)(?:^|/)(?:\.?(?:flake8|pylintrc|eslintrc[\w.]*|eslintignore|golangci\.ya?ml|rubocop\.yml)"
    r"|mypy\.ini|ruff\.toml|tox\.ini|setup\.cfg|pyproject\.toml|tslint\.json|clippy\.toml)$"
)
LOOSENED: Final = re.compile(
    r"(?i)\b(?:ignore|ignore_errors|disable|disabled|exclude|skip|per-file-ignores|extend-ignore"
    r"|ignore_missing_imports|deselect|allow)\b|:\s*[\"']?(?:off|0)[\"']?,?\s*$|^\s*[\"']?[A-Z]{1,4}\d"
)
FRAME: Final = frozenset({"try:", "pass", "return", "try {", "{", "}", ")", "]"})
IMPORT: Final = re.compile(r"^\s*(?:import|from|#include|use|require)\b")


def suppressed(files: Sequence[ChangedFile]) -> str | None:
    """How a change only suppresses what failed, or None: it repairs, at least in part.

    Returns:
        ``test_removed``, ``check_disabled`` or ``version_pinned``: of its first file.
    """
    ways = [_way(file) for file in files]
    return ways[0] if ways and all(ways) else None


def _way(file: ChangedFile) -> str | None:
    removed, added = _lines(file)
    if is_test(file.path) and _only_removes(file, removed, added):
        return "test_removed"
    if suppression(removed, added).value > 0 and not _else(removed, added):
        return "check_disabled"
    if SETTINGS.search(file.path) and added and all(LOOSENED.search(one) for one in added):
        return "check_disabled"
    if MANIFEST.search(file.path) and added and all(VERSION.search(one) for one in added):
        return "version_pinned"
    return None


def _lines(file: ChangedFile) -> tuple[list[str], list[str]]:
    """The old and the new lines of a change, bounded and without empty ones."""
    removed: list[str] = []
    added: list[str] = []
    for block in changed_blocks(file.before, file.after):
        removed += file.before[block.old_start : block.old_end]
        added += file.after[block.new_start : block.new_end]
    return [one.rstrip("\n")[:2000] for one in removed if one.strip()], [
        one.rstrip("\n")[:2000] for one in added if one.strip()
    ]


def _only_removes(file: ChangedFile, removed: Sequence[str], added: Sequence[str]) -> bool:
    return file.status == "D" or (bool(removed) and not added)


def _else(removed: Sequence[str], added: Sequence[str]) -> bool:
    """Whether anything is written besides what suppresses, imports for it, and old lines."""
    old = {_bare(one) for one in removed}
    for line in added:
        if SUPPRESSES.search(line) and (_bare(line) in old or not _code(line)):
            continue
        if _bare(line) in old or IMPORT.match(line) or line.strip() in FRAME:
            continue
        return True
    return False


def _bare(line: str) -> str:
    """A line without what suppresses on it, and without white space."""
    return "".join(SUPPRESSES.split(line)[0].split())


def _code(line: str) -> bool:
    """Whether a line does something besides suppressing, such as a call before a comment."""
    before = SUPPRESSES.split(line)[0].strip()
    return bool(before) and not before.startswith(("@", "#", "//", "/*", "--"))
