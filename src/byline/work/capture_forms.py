"""What files of an export hold fields, and those fields as records, whatever the format.

JSON is walked as it is. Every other format becomes a small record of names: an XML report its
elements with their attributes, a CSV file its columns, a recording its header and kinds of event, a
document its front matter. Files that no reader opens are no forms and are not opened here either,
least of all traces that nobody submitted (law 10).
"""

import csv
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat

from byline.work.builds.folder import UnreadableError, json_line, lines_of, read_bytes
from byline.work.builds.jenkins import LOGS
from byline.work.builds.junit import BRANCH, BUILD, COMMIT, JOB, REPOSITORY, SUITES
from byline.work.capture_fields import path_of
from byline.work.documents.sections import FRONT_MATTER, SUFFIXES, front_matter
from byline.work.exports import JSON, Document, ExportFile, documents_of, files, opened
from byline.work.items import Source
from byline.work.reviews.gerrit import is_comments
from byline.work.traces.submission import ENDING, LARGEST, submission_of

NAMED: Final = (*COMMIT, *BRANCH, *JOB, *REPOSITORY, *BUILD)  # properties that a report may have
FIXED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "xml": frozenset(
            {
                *(f"{suite}.{name}" for suite in SUITES for name in ("name", "timestamp")),
                *(f"{one}.{name}" for one in ("failure", "error")
                  for name in ("message", "type", "#text")),
                *(path_of(("property", "name", one)) for one in NAMED),
                "property.value", "testcase.classname", "testcase.name", "testcase.file", "skipped",
            }
        ),
        "asciicast": frozenset(
            {"header.version", "header.width", "header.height", "header.timestamp", "header.title",
             "header.term.cols", "header.term.rows", "event.o", "event.r", "event.x"}
        ),
        "submission": frozenset(
            {"submitted_by", "submitted", "reviewed", "repository", "links[]", "outcome", "prompt"}
        ),
        "log": frozenset({"text"}),
        "text": frozenset({"text"}),
        "word": frozenset({"text", "author", "last_author", "created", "modified"}),
    }
)  # fmt: skip
"""Of formats that are not thinned out: what their readers take, which cannot be ignored."""
JSON_ENDINGS: Final = dict.fromkeys(JSON, "json")
BUILD_ENDINGS: Final = {
    **JSON_ENDINGS, ".xml": "xml", ".log": "log", ".txt": "log", ".zip": "log",
}  # fmt: skip
ENDINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "github": BUILD_ENDINGS,
    "gitlab": BUILD_ENDINGS,
    "jenkins": BUILD_ENDINGS,
    "jira": {**JSON_ENDINGS, ".csv": "csv"},
    "junit": {".xml": "xml"},
    "documents": {**JSON_ENDINGS, **dict.fromkeys(SUFFIXES, "text"), ".docx": "word"},
    "traces": {
        ENDING: "submission", ".cast": "asciicast", ".traj": "trajectory", ".edits.jsonl": "edits",
        ".ipynb": "notebook", **JSON_ENDINGS,
    },
}  # fmt: skip
KEY: Final = re.compile(r"([A-Za-z_][\w -]*?)\s*:")
HEAD: Final = 1 << 20


@dataclass(frozen=True)
class Shape:
    """One record, or the names in a file that is none.

    Attributes:
        file: Its path in the export.
        place: Where it is in the file, ``""`` for all of it.
        form: A name of a format: ``json``, ``csv`` …
        value: The record.
    """

    file: str
    place: str
    form: str
    value: Any


def form_of(system: str, name: str) -> str | None:
    """The form of a file that a reader of a system opens, by its name; None where none does."""
    lower = name.lower()
    for ending, form in ENDINGS.get(system, JSON_ENDINGS).items():
        if lower.endswith(ending):
            return form
    is_log = system == "jenkins" and name.rpartition("/")[2] in LOGS
    return "log" if is_log else None


def form_of_value(system: str, form: str, value: Any) -> str:
    """The form of a record: Gerrit's comments are maps by path, and have fields of their own."""
    is_map = system == "gerrit" and isinstance(value, dict) and bool(value)
    return "comments" if is_map and is_comments(value) else form


def shapes(source: Source) -> Iterator[Shape]:
    """Every record and every named thing of an export that a reader may open.

    What cannot be read is left out: readers leave it out too, and tell of it.

    Raises:
        InputError: There is nothing at the source's path.
    """
    for file in files(source):
        if not isinstance(file, ExportFile):
            continue
        form = form_of(source.system, file.name)
        if form is None and file.path == source.path and source.system not in ("junit", "traces"):
            form = "json"  # a source that is one file is read whatever it is called
        if form is None or (source.system == "traces" and not _submitted(file.path)):
            continue
        try:
            yield from _shapes(file, form, source)
        except (UnreadableError, OSError, ValueError, RecursionError):
            continue


def _submitted(path: Path) -> bool:
    if path.name.endswith(ENDING):
        path = path.with_name(path.name.removesuffix(ENDING))
    try:
        submission_of(path)
    except (UnreadableError, OSError):
        return False
    return True


def _shapes(file: ExportFile, form: str, source: Source) -> Iterator[Shape]:
    if form in ("json", "edits", "notebook", "trajectory"):
        for one in documents_of(file, max_bytes=source.max_bytes):
            if isinstance(one, Document):
                actual = form_of_value(source.system, form, one.value)
                yield Shape(file.name, one.place, actual, one.value)
        return
    value: Any = {"text": ""}
    place = ""
    if form == "xml":
        value = _report(file.path, source.max_bytes)
    elif form == "csv":
        value, place = dict.fromkeys(columns_of(file.path), ""), "line 1"
    elif form == "asciicast":
        yield from _recording(file)
        return
    elif form == "submission":
        value = tomllib.loads(read_bytes(file.path, max_bytes=LARGEST).decode("utf-8"))
    elif form == "text":
        value = _document(file.path)
    elif form == "word":
        value = dict.fromkeys(("text", "author", "last_author", "created", "modified"), "")
    if value:
        yield Shape(file.name, place, form, value)


def columns_of(path: Path) -> list[str]:
    """The names of a CSV file's columns, as its reader takes them."""
    with opened(path) as stream:
        first = stream.readline(HEAD).decode("utf-8-sig", "replace")
    delimiter = max(",;\t", key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    return [name.strip().lower() for name in names]


def _document(path: Path) -> dict[str, Any]:
    """A text and the keys of its front matter."""
    with opened(path) as stream:
        head = itertools.islice(lines_of(stream), FRONT_MATTER)
        lines = [one.removeprefix("\ufeff") for one in head]
    keys = (KEY.match(line) for line in lines[1 : front_matter(lines)])
    found = {one[1].strip().lower(): "" for one in keys if one is not None}
    return {"text": "", "front_matter": found} if found else {"text": ""}


def _recording(file: ExportFile) -> Iterator[Shape]:
    """A terminal recording's header, and the first event of each kind."""
    seen: set[str] = set()
    with opened(file.path) as stream:
        for number, line in enumerate(lines_of(stream, longest=8 << 20), start=1):
            value = json_line(line) if line.strip() and not line.startswith("#") else None
            if number == 1 and isinstance(value, dict):
                yield Shape(file.name, "line 1", "asciicast", {"header": value})
            elif isinstance(value, list) and len(value) > 1 and str(value[1]) not in seen:
                seen.add(str(value[1]))
                event = {"event": {str(value[1])[:60]: ""}}
                yield Shape(file.name, f"line {number}", "asciicast", event)


def _report(path: Path, max_bytes: int) -> dict[str, Any]:
    """The elements of a JUnit report with their attributes; empty for any other XML."""
    found: dict[str, Any] = {}
    stack: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if not stack and name not in SUITES:
            raise UnreadableError("not_junit", "it is no report")
        stack.append(name)
        about = found.setdefault(name, {})
        if name == "property":
            about.setdefault("name", {})[given.pop("name", "")[:200]] = ""
        about.update(dict.fromkeys(given, ""))

    def said(words: str) -> None:
        if words.strip():
            found[stack[-1]]["#text"] = ""

    def refused(*_: object) -> None:
        raise UnreadableError("xml_doctype", "a document type is declared")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    parser.StartElementHandler, parser.CharacterDataHandler = start, said
    parser.EndElementHandler = lambda _: stack.pop()
    try:
        parser.Parse(read_bytes(path, max_bytes=max_bytes), True)
    except expat.ExpatError as error:
        raise UnreadableError("bad_xml", str(error)) from error
    return found
