"""Where next edits are found: in the files of commits, and between the steps of editors' logs."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.change_records import changed_lines
from byline.examples.changed_file import changed_file
from byline.examples.commit_units import COMMIT, commit_units, require_standing
from byline.examples.draft import LeftOutError, Log, Unit
from byline.examples.edit_sources import message_source, shown_source, source
from byline.examples.material import Material, Row, allowed, clean_text, source_of
from byline.examples.next_edit_lines import Line, differing, patched
from byline.examples.next_edit_moments import Edit, Moment, bulk, steps
from byline.examples.next_edit_settings import NextEditSettings
from byline.examples.typing_order import imitated

EVENTS: Final = "edits"
SHOWN: Final = "shown"
AROUND: Final = 50  # events before a step that a formatter's run is looked for in


@dataclass(frozen=True)
class Found:
    """A moment, whether a machine changed many files around it, labels, and clean sources."""

    moment: Moment
    bulk: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class FileOfCommit:
    """One file of a commit, and all files of it."""

    commit: Row
    row: Row
    rows: Sequence[Row]


def commit_files(material: Material) -> Iterator[Unit[FileOfCommit]]:
    """Every file that a commit of the material changed."""
    for unit in commit_units(material):
        for row in unit.what.rows:
            commit = unit.what.commit
            yield Unit(
                what=FileOfCommit(commit, row, unit.what.rows),
                sources=[source(row, commit), message_source(commit)],
                item=unit.item,
                repository=unit.repository,
                time=unit.time,
                group=unit.group,
            )


def found_in_commit(
    unit: Unit[FileOfCommit],
    identity: str,
    log: Log,
    material: Material,
    settings: NextEditSettings,
) -> Found:
    """A moment inside a commit's change of a file.

    Raises:
        LeftOutError: The file or the commit is not fit for it.
    """
    row = unit.what.row
    require_standing(material.commits.get(row["commit"], row), material, log)
    log.require("only_modified", row["status"] != "M", 0, row["status"] == "M")
    label = material.labels.get(row["item"])
    code = label is not None and label["kind"] == "programming"
    log.require("code", code, 1, code)
    file = changed_file(row, material, log)
    changed = changed_lines(file)
    least, most = settings.min_changed, settings.max_changed
    log.require("changed_lines.min", changed, least, changed >= least)
    log.require("changed_lines.max", changed, most, changed <= most)
    hunks = len(differing(_lines(file.before, file.known_before), _lines(file.after, ())))
    log.require("hunks", hunks, settings.min_hunks, hunks >= max(2, settings.min_hunks))
    commit = unit.what.commit
    moment = imitated(file, identity, settings.seed, partial_rate=settings.partial_rate)
    sources = [shown_source(source(row, commit), file, commit), message_source(commit)]
    return Found(moment, labels={COMMIT: commit["commit"]}, sources=sources)


def _lines(texts: Sequence[str], known: Sequence[Allowed]) -> list[Line]:
    return [
        Line(text, known[at] if at < len(known) else UNDECIDED) for at, text in enumerate(texts)
    ]


def trace_steps(
    material: Material, settings: NextEditSettings
) -> Iterator[Unit[Found | LeftOutError]]:
    """Every step but the first of every editor's log: what it changed is what came next."""
    for item, row in material.items.items():
        if row["kind"] == "trace" and json.loads(row["detail"]).get("form") == EVENTS:
            yield from _steps_of(item, row, material, settings)


def _steps_of(
    item: str, row: Row, material: Material, settings: NextEditSettings
) -> Iterator[Unit[Found | LeftOutError]]:
    parts = material.parts.get(item, ())
    events = [part for part in parts if part["kind"] == "event" and part["path"] is not None]
    applied = [part for part in events if part["state"] != "rejected"]
    details = [json.loads(part["detail"] or "{}") for part in applied]
    times = [one.get("seconds") for one in details]
    log = _Replayed(material, item)
    group = material.groups.get(item)
    history: deque[Edit] = deque(maxlen=settings.history)
    last: _Step | None = None
    for start, end in steps(times, pause=settings.pause):
        step = log.step(applied[start:end], details[start:end])
        mine = applied[start:end]
        if last is not None:
            near = range(max(0, start - AROUND), end)
            around = [(float(times[at] or 0), str(applied[at]["path"])) for at in near]
            found = _between(list(history), last, step)
            if isinstance(found, Found):
                found = replace(
                    found,
                    bulk=bulk(around, files=settings.bulk_files, seconds=settings.bulk_seconds),
                )
            yield Unit(
                what=found,
                sources=[source_of(part, row) for part in (applied[start - 1], *mine)],
                item=item,
                repository=row["repository"] or row["source"],
                time=max((part["time"] for part in mine if part["time"]), default=row["opened"]),
                group=group.identity if group else item,
            )
        history.extend(step.edits)
        last = step


@dataclass(frozen=True)
class _Step:
    """Edits without a pause, the files before and after them, and where the cursor came to rest."""

    edits: Sequence[Edit]
    after: Mapping[str, Sequence[Line]]
    path: str
    line: int
    column: int
    failed: LeftOutError | None


class _Replayed:
    """The files of a log as its events change them."""

    def __init__(self, material: Material, item: str) -> None:
        self._material = material
        self._bases = {
            row["path"]: row for row in material.changes.get(item, ()) if row["purpose"] == SHOWN
        }
        self._files: dict[str, list[Line]] = {}
        self._failed: LeftOutError | None = None

    def step(self, parts: Sequence[Row], details: Sequence[Mapping[str, Any]]) -> _Step:
        """Apply a step; one that fails says why, and so do all that follow."""
        edits: list[Edit] = []
        if self._failed is not None:
            return _Step((), {}, "", 0, 0, self._failed)
        try:
            for part, detail in zip(parts, details, strict=True):
                edits.append(self._apply(part, detail))
        except LeftOutError as reason:
            self._failed = reason
            return _Step((), {}, "", 0, 0, reason)
        last = edits[-1]
        blocks = differing(last.old, last.new)
        rest = max(0, blocks[-1].new_end - 1) if blocks else 0
        line, column = _cursor(details[-1].get("cursor"), last.new, rest)
        return _Step(edits, dict(self._files), last.path, line, column, None)

    def _apply(self, part: Row, detail: Mapping[str, Any]) -> Edit:
        path, old_path = str(part["path"]), detail.get("old_path")
        if detail.get("redacted"):
            raise LeftOutError("event_redacted")
        old = self._file(str(old_path or path), clean_text(part, self._material))
        new = patched(old, clean_text(part, self._material), _author(part, self._material))
        self._files[path] = new
        return Edit(path, old, new)

    def _file(self, path: str, diff: str) -> list[Line]:
        if path in self._files:
            return self._files[path]
        row = self._bases.get(path)
        if row is not None and not row["skip"]:
            file = changed_file(row, self._material, Log())
            return _lines(file.before, file.known_before)
        if "@@ -0,0 " in diff:
            return []
        raise LeftOutError("no_base_text")


def _author(part: Row, material: Material) -> Allowed:
    known = allowed(part, material)
    if not known:
        return UNDECIDED
    return known[0] if part["origin"] is None else replace(known[0], origin=part["origin"])


def _cursor(cursor: Any, lines: Sequence[Line], line: int) -> tuple[int, int]:
    """The cursor's line and column: as recorded, else the end of the last changed line."""
    if isinstance(cursor, Mapping) and isinstance(cursor.get("line"), int):
        return cursor["line"], int(cursor.get("column") or 0)
    if isinstance(cursor, Mapping) and isinstance(cursor.get("offset"), int):
        left = cursor["offset"]
        for number, one in enumerate(lines):
            data = one.text.encode("utf-8", "surrogatepass")
            if left < len(data):
                return number, len(data[:left].decode("utf-8", "ignore"))
            left -= len(data)
        return len(lines), 0
    return line, len(lines[line].text.rstrip("\r\n")) if line < len(lines) else 0


def _between(history: Sequence[Edit], last: _Step, step: _Step) -> Found | LeftOutError:
    """The moment at the end of one step, with what the next one did to its file."""
    failed = last.failed or step.failed
    if failed is not None:
        return failed
    now = last.after[last.path]
    after = step.after.get(last.path, now)
    return Found(Moment(last.path, history, now, after, last.line, last.column, "recorded"))
