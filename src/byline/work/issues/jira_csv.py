"""Jira's CSV export: one row an issue, and a column name once for each value that there is.

What an export holds depends on what was chosen ("all fields" is best). Columns are found by name,
in any order, as often as they stand there: ``Comment,Comment``. A comment's cell is
``date;account;text``; a link's column is ``Outward issue link (Duplicate)`` or ``Inward …``, and
the name in brackets is all that it says, so that an outward ``Duplicate`` means "duplicates".

Dates are in the form that the server is set to, and in the zone of whoever made the export, which
the file does not name: they are taken for UTC, at most half a day wrong. A date whose form is not
known is a problem ``unknown_date``. Wiki text stays as it is. The export has no history, so nothing
is known of reopenings or of edits of descriptions.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from byline.work.exports import ExportFile, files, opened, text_of, when
from byline.work.issues.assembling import Issue, reading_of
from byline.work.issues.jira_words import KEY
from byline.work.items import Link, Part, Problem, Reading, Source

SYSTEM: Final = "jira"
FORMS: Final = (
    "%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M", "%d/%b/%Y %I:%M %p", "%d/%b/%Y %H:%M",
    "%d/%b/%Y %H:%M:%S", "%Y/%m/%d %I:%M %p", "%Y/%m/%d %H:%M", "%d/%b/%y", "%d/%b/%Y",
    "%b %d, %Y, %I:%M %p", "%d.%m.%Y %H:%M",
)  # fmt: skip
LINK: Final = re.compile(r"(?P<side>out|in)ward issue link \((?P<name>[^)]*)\)")
OUTWARD: Final = {
    "duplicate": "duplicates", "supersede": "supersedes", "supersedes": "supersedes",
    "implement": "implements", "implements": "implements", "fixes": "fixes",
}  # fmt: skip
INWARD: Final = {"causes": "caused_by", "problem/incident": "caused_by", "cause": "caused_by"}
LONGEST_LINE: Final = 1 << 20
LONGEST_FIELD: Final = 1 << 17  # the csv module's own; Jira's own is a quarter of it
CLOSED: Final = frozenset({"done", "closed", "resolved"})
Row = Mapping[str, Sequence[str]]


def read_jira_csv(source: Source) -> Iterator[Reading]:
    """The issues of every CSV file of an export.

    Raises:
        InputError: There is nothing at the source's path.
    """
    for one in files(source, suffixes=(".csv",)):
        if isinstance(one, ExportFile) and one.name.lower().endswith(".csv"):
            yield from _file(one, source)


def _file(file: ExportFile, source: Source) -> Iterator[Reading]:
    try:
        yield from _rows(opened(file.path), file.name, source)
    except OSError as error:
        problem = Problem(file.name, "", "unreadable", f"{error.strerror or error}")
        yield Reading(problems=(problem,))
    except (csv.Error, _LongLineError) as error:
        yield Reading(
            problems=(Problem(file.name, "", "malformed", f"the rest is left out: {error}"),)
        )


def _rows(stream: BinaryIO, file: str, source: Source) -> Iterator[Reading]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="") as text:
        first = text.readline(LONGEST_LINE)
        delimiter = max(",;\t", key=first.count)
        names = next(csv.reader([first], delimiter=delimiter), [])
        names = [name.strip().lower() for name in names]
        if "issue key" not in names:
            said = "its first line names no column `Issue key`"
            yield Reading(problems=(Problem(file, "line 1", "not_an_issue", said),))
            return
        names = _taken(names, file, source)
        reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, 2):
            row: dict[str, list[str]] = {}
            for name, cell in zip(names, cells, strict=False):
                if name and cell.strip():
                    row.setdefault(name, []).append(text_of(cell))
            if row:
                yield from _issue(row, file=file, place=f"row {number}", source=source)


def _taken(names: list[str], file: str, source: Source) -> list[str]:
    """The columns as a capture manifest has them: those that are ignored have no name."""
    header = source.accepted(dict.fromkeys(names, ""), file=file, place="line 1")
    return ["" if header[name] is None else name for name in names]


class _LongLineError(ValueError):
    """A line that no export of Jira has."""


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise _LongLineError(f"a line is longer than {LONGEST_LINE} characters")
        yield line


def _issue(row: Row, *, file: str, place: str, source: Source) -> Iterator[Reading]:
    key = _one(row, "issue key") or ""
    if not KEY.fullmatch(key):
        said = "it has no key such as PROJ-12"
        yield Reading(problems=(Problem(file, place, "no_key", said),))
        return
    opened_at, closed_at = _date(_one(row, "created")), _date(_one(row, "resolved"))
    problems = [
        Problem(file, f"{key}: {name}", "unknown_date", "the form of this date is not known")
        for name, time in (("created", opened_at), ("resolved", closed_at))
        if _one(row, name) and time is None
    ]
    title = _one(row, "summary") or ""
    reporter: dict[str, Any] = {
        "account": _one(row, "reporter id") or _one(row, "reporter"),
        "name": _one(row, "reporter"),
    }
    saying = [Part("title", "title", title, time=opened_at, **reporter)]
    description = _one(row, "description")
    if description:
        saying.append(Part("description", "description", description, time=opened_at, **reporter))
    yield reading_of(
        Issue(
            key=f"jira:{key}",
            project=key.rpartition("-")[0],
            file=file,
            title=title,
            number=int(key.rpartition("-")[2]),
            closed=_is_closed(row),
            opened=opened_at,
            closed_at=closed_at,
            type=_one(row, "issue type"),
            priority=_one(row, "priority"),
            severity=_one(row, "custom field (severity)"),
            labels=row.get("labels", ()),
            milestone=_one(row, "fix version/s") or _one(row, "fix versions"),
            resolution=_resolution(row),
            assignees=int(bool(_one(row, "assignee"))),
            saying=[*saying, *_comments(row)],
            links=list(_links(row)),
            problems=problems,
            extra={"components": list(row.get("component/s") or row.get("components") or ())},
        ),
        source=source,
        system=SYSTEM,
    )


def _one(row: Row, name: str) -> str | None:
    found = row.get(name)
    return found[0].strip() if name != "description" and found else found[0] if found else None


def _resolution(row: Row) -> str | None:
    told = _one(row, "resolution")
    return None if (told or "").lower() == "unresolved" else told


def _is_closed(row: Row) -> bool:
    category = (_one(row, "status category") or "").lower()
    status = (_one(row, "status") or "").lower()
    return category == "done" if category else status in CLOSED or bool(_resolution(row))


def _comments(row: Row) -> Iterator[Part]:
    for number, cell in enumerate([*row.get("comment", ()), *row.get("comments", ())]):
        date, first, rest = cell.partition(";")
        account, second, text = rest.partition(";")
        if not (first and second and _date(date)):
            yield Part("comment", f"comment-{number}", cell)  # by nobody known, at no time
        elif text:
            native, who = f"comment-{number}", account.strip() or None
            yield Part("comment", native, text, account=who, time=_date(date))


def _links(row: Row) -> Iterator[Link]:
    for name, cells in row.items():
        found = LINK.fullmatch(name)
        if not found:
            continue
        kinds = OUTWARD if found["side"] == "out" else INWARD
        kind = kinds.get(found["name"].strip(), "mentions")
        for cell in cells:
            if KEY.fullmatch(cell.strip()):
                yield Link(kind, f"jira:{cell.strip()}", f"column: {name}")
    for cell in [*row.get("parent key", ()), *row.get("parent", ())]:
        if KEY.fullmatch(cell.strip()):
            yield Link("mentions", f"jira:{cell.strip()}", "parent")


def _date(text: str | None) -> datetime | None:
    plain = (text or "").strip()[:40]
    known = when(plain) if "-" in plain or plain.isdecimal() else None
    if known or not plain:
        return known
    for form in FORMS:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
