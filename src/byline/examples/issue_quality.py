"""What is weak about an issue and its solution, by rules: codes and difficulty.

Codes are those of SWE-rebench V2 (arXiv 2602.23866), as far as a rule can see them; the others need
judgement and are left out. ``A`` means that none was found. They are labels, nothing is dropped by
them: whoever trains or evaluates chooses.

======  ==================================================================================
B3      the issue points elsewhere: it has a web address outside of code
B5      the patch carries leftovers: editor backups, merge leftovers, operating system files
B7      tests stand in the patched files themselves, and cannot be told apart
B8      the issue has a picture
B9      most letters of the issue are of another script than Latin
B10     all tests are data or text files
B11     the change closes several issues
no_tests  the solution changes no test
======  ==================================================================================
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from byline.examples.text_cuts import code_ranges

Difficulty = Literal["easy", "medium", "hard"]
ADDRESS: Final = re.compile(r"https?://[^\s)>\]]+")
PICTURE: Final = re.compile(
    r"!\[[^\]\n]{0,300}\]\(|<img\b|![^\s!|]{1,300}\.(?:png|jpe?g|gif|svg|webp)(?:\|[^!\n]{0,100})?!"
    r"|https?://\S{1,200}\.(?:png|jpe?g|gif|svg|webp)\b"
    r"|https?://\S{1,200}/(?:user-attachments|uploads)/\S",
    re.IGNORECASE,
)
LEFTOVERS: Final = re.compile(
    r"(?:\.orig|\.rej|\.bak|\.swp|\.swo|~|\.DS_Store|Thumbs\.db|\.pyc|desktop\.ini)$"
)
INLINE_TEST: Final = re.compile(
    r"^\s*(?:#\[(?:tokio::)?test\]|#\[cfg\(test\)\]|mod tests\b|unittest\s*\{"
    r"|test\s+\"[^\"\n]*\"\s*\{|@test\b|if import\.meta\.vitest)",
    re.MULTILINE,
)
TEXT_TEST: Final = re.compile(
    r"\.(?:txt|json|ya?ml|csv|tsv|xml|html?|snap|golden|expected|out|stdout|stderr|md|rst|toml)$",
    re.IGNORECASE,
)


def quality_codes(
    statement: str,
    *,
    paths: Sequence[str],
    added: str,
    tests: Sequence[str],
    issues: int,
) -> tuple[str, ...]:
    """The codes of a unit in order; ``("A",)`` where there is none.

    Args:
        statement: Title and description.
        paths: Of the patch, without tests.
        added: The lines that the patch puts in, as one text.
        tests: Paths of the tests that change with it.
        issues: How many issues the change closes.
    """
    found = {
        "B3": _points_elsewhere(statement),
        "B5": any(LEFTOVERS.search(path) for path in paths),
        "B7": bool(INLINE_TEST.search(added)),
        "B8": bool(PICTURE.search(statement)),
        "B9": _is_other_script(statement),
        "B10": bool(tests) and all(TEXT_TEST.search(path) for path in tests),
        "B11": issues > 1,
        "no_tests": not tests and not INLINE_TEST.search(added),
    }
    return tuple(code for code, holds in found.items() if holds) or ("A",)


def _points_elsewhere(statement: str) -> bool:
    code = code_ranges(statement)
    plain = [
        one for one in ADDRESS.finditer(statement)
        if not code.holds(one.start())
    ]  # fmt: skip
    return any(not PICTURE.search(one[0]) for one in plain)


def _is_other_script(statement: str) -> bool:
    letters = [letter for letter in statement if letter.isalpha()]
    return sum(letter > "\u024f" for letter in letters) > len(letters) / 2


def difficulty(
    *, files: int, lines: int, easy: tuple[int, int] = (1, 15), hard: tuple[int, int] = (5, 150)
) -> Difficulty:
    """How much a solution changes, in three steps; the limits (files, lines) are ours.

    Args:
        files: That the patch changes, tests aside.
        lines: That it changes, the larger of removed and added.
        easy: At most so many files and lines.
        hard: More files or more lines than these.
    """
    if files <= easy[0] and lines <= easy[1]:
        return "easy"
    return "hard" if files > hard[0] or lines > hard[1] else "medium"
