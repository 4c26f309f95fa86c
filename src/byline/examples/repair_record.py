"""What is written down of a repair: its log, context and labels, and what a log may speak of."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, Final

from byline.examples.allowed import Allowed
from byline.examples.draft import Unit
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Row
from byline.examples.pieces import Piece, joined
from byline.examples.repair_units import Failure, Session
from byline.work.diff import changed_blocks

MACHINES: Final = frozenset({"ai", "bot"})
FAR: Final = 200  # lines
DEFINITION: Final = re.compile(
    r"\s*(?:(?:export|default|pub(?:\([^)]{0,20}\))?|async|public|private|protected|static|final"
    r"|abstract|inline)\s+){0,5}(?:def|class|fn|func|function|struct|impl|interface|trait|enum"
    r"|module)\b"
)
KEYWORDS: Final = frozenset(
    {"class", "function", "return", "import", "from", "self", "this", "None", "True", "False",
     "else", "true", "false", "null", "void", "static", "public", "private", "const", "with",
     "assert", "raise", "except", "error", "test", "tests", "line", "value", "name", "type"}
)  # fmt: skip
"""Words that a log and a change share by chance."""
WORD: Final = re.compile(r"[A-Za-z_]\w{3,}")


def changed_names(files: Sequence[ChangedFile]) -> set[str]:
    """Names in changed lines and of the definitions around them, and of the files themselves."""
    names: set[str] = set()
    for file in files:
        names |= words_of(file.path.rpartition("/")[2].partition(".")[0])
        for block in changed_blocks(file.before, file.after):
            lines = [*file.before[block.old_start : block.old_end],
                     *file.after[block.new_start : block.new_end],
                     _definition(file.before, block.old_start)]  # fmt: skip
            names |= words_of("".join(lines))
    return names - KEYWORDS


def _definition(lines: Sequence[str], place: int) -> str:
    """The line that begins the definition around a place, or nothing."""
    start = min(place, len(lines) - 1)
    for line in reversed(lines[max(0, start - FAR) : start + 1]):
        if DEFINITION.match(line[:400]):
            return line[:400]
    return ""


def by_machines(files: Sequence[ChangedFile]) -> float:
    """The share of a change that agents and bots wrote, by lines; of a deletion, who made it."""
    origins = [known.origin for file in files for known in _written(file)]
    return sum(one in MACHINES for one in origins) / max(1, len(origins))


def _written(file: ChangedFile) -> Sequence[Allowed]:
    lines = [
        file.known_after[place]
        for run in file.row["after_origins"]
        for place in range(run["start"] - 1, run["start"] - 1 + run["lines"])
    ]
    return lines or [file.writer]


def words_of(text: str) -> set[str]:
    """The longer names of a text."""
    return set(WORD.findall(text))


def log_record(one: Failure, pieces: Sequence[Piece]) -> dict[str, Any]:
    """The log in a record: its clean text, and of what was read from it what is still there."""
    text = joined(pieces)
    return {
        "tool": one.detail.get("tool"),
        "failed_tests": [name for name in one.detail.get("failed_tests") or () if name in text],
        "text": text,
    }


def minutes_between(first: Row, green: Row | None) -> float | None:
    """From the first failure to the passing run, or None."""
    opened, passed = first["opened"], green["opened"] if green else None
    return None if opened is None or passed is None else (passed - opened).total_seconds() / 60


def latest_of(unit: Unit[Session], fixes: Sequence[Sequence[ChangedFile]]) -> dt.datetime:
    """When the latest of what is shown or taught was written."""
    times = [file.writer.time for files in fixes for file in files]
    return max([unit.time, *times])


def context_of(fixes: Sequence[Sequence[ChangedFile]]) -> list[dict[str, Any]]:
    """The files shown, all chosen by knowing the fix."""
    paths = dict.fromkeys(file.old_path or file.path for files in fixes for file in files)
    return [{"path": path, "role": "edited", "hindsight": True} for path in paths]


def labels_of(session: Session, template: str) -> dict[str, str]:
    """What is known of the example."""
    detail = session[-1].detail
    known = {"tool": detail.get("tool"), "signature": detail.get("signature")}
    return {
        "template": template, "ci_before": "failed", "ci_after": "passed", "replayed": "true",
        **{name: str(value) for name, value in known.items() if value},
    }  # fmt: skip
