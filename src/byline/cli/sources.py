"""What was read of the sources, and what could not be, in a terminal."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from byline.cli.voice import Voice
from byline.release.sources import SourceTables

SHOWN = 200


def source_summary(source: SourceTables, *, problems: bool = False) -> dict[str, Any]:
    """Counts of one source: items by kind, parts, and problems by reason."""
    kinds: Counter[str] = Counter()
    for part in source.items:
        kinds.update(part.read(["kind"])["kind"].to_pylist())
    found = {
        "source": source.name,
        "items": dict(sorted(kinds.items())),
        "parts": sum(part.read(["part"]).num_rows for part in source.parts),
        "problems": source.problem_counts(),
    }
    if problems:
        found["problem_rows"] = [row for part in source.problems for row in part.read().to_pylist()]
    return found


def show_sources(voice: Voice, sources: Sequence[SourceTables], *, problems: bool) -> None:
    """A table of what was read; with `problems`, one of all that was not."""
    if not sources:
        return
    rows = []
    for one in sources:
        about = source_summary(one)
        items = ", ".join(f"{count:,} {kind}" for kind, count in about["items"].items())
        odd = ", ".join(f"{reason} {count:,}" for reason, count in about["problems"].items())
        rows.append((one.name, items or "nothing", about["parts"], odd or "none"))
    voice.table("Sources", ("source", "items", "parts", "could not be read"), rows)
    if problems:
        listed = [
            row for one in sources for part in one.problems for row in part.read().to_pylist()
        ]
        voice.table(
            "Could not be read",
            ("source", "file", "place", "reason", "explanation"),
            [
                (row["source"], row["file"], row["place"], row["reason"], row["explanation"])
                for row in listed[:SHOWN]
            ],
        )
        if len(listed) > SHOWN:
            voice.line(f"and {len(listed) - SHOWN:,} more: `--json` has all")
