"""Small traces, written to a folder with or without their submission record."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from byline.work.items import Reading, Source
from byline.work.traces.read import read_traces

SUBMITTED = """\
submitted_by = "ada@harbour.example"
submitted = 2026-03-04T10:00:00Z
reviewed = true
repository = "acme/ledger"
links = ["github:acme/ledger#41"]
outcome = "resolved"
"""
PROMPT = "\x1b[1;32mada@harbour\x1b[0m:\x1b[1;34m~/ledger\x1b[0m$ "


def source(path: Path, **fields: Any) -> Source:
    return Source("traces", "traces", path, {"acme/ledger": "ledger-core"}, **fields)


def put(folder: Path, name: str, content: Any, *, record: str | None = SUBMITTED) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    if record is not None:
        path.with_name(f"{path.name}.byline.toml").write_text(record, encoding="utf-8")
    return path


def read(folder: Path, **fields: Any) -> list[Reading]:
    return list(read_traces(source(folder, **fields)))


def reasons(readings: Sequence[Reading]) -> list[str]:
    return sorted(problem.reason for one in readings for problem in one.problems)


def said(reading: Reading) -> list[tuple[str, str]]:
    """Kind and text of every part but the submission."""
    return [(part.kind, part.text) for part in reading.parts if part.native != "submission"]


def cast(version: int, *events: tuple[float, str, str], **header: Any) -> str:
    """A recording from absolute times, whichever way its version counts them."""
    size = {"width": 100, "height": 30} if version == 2 else {"term": {"cols": 100, "rows": 30}}
    head = {"version": version, "timestamp": 1772618400, **size, **header}
    rows, last = [json.dumps(head)], 0.0
    for time, code, data in events:
        rows.append(json.dumps([round(time - (last if version == 3 else 0.0), 3), code, data]))
        last = time
    return "\n".join(rows) + "\n"


def typed(time: float, command: str, output: str = "") -> list[tuple[float, str, str]]:
    """A prompt, a command letter by letter, and what it printed."""
    rows = [(time, "o", PROMPT)]
    rows += [(time + 0.1 * place, "o", letter) for place, letter in enumerate(command, 1)]
    end = time + 0.1 * len(command) + 0.2
    shown = output.replace("\n", "\r\n")
    return [*rows, (end, "o", "\r\n"), *([(end + 1, "o", f"{shown}\r\n")] if output else [])]
