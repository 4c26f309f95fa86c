"""JUnit XML reports: which tests failed, and what is said of them.

No document type, no entity and no other file is ever read: a report with a document type is
refused, which closes entity bombs and external entities at once. Text and numbers of elements are
bounded; a report is parsed as a stream.

A report that is a source of its own makes one item a file, ``build:junit:<source>:<path>``. Its
commit, branch, job and times are those of its ``<property>`` elements (names of the usual systems),
else unknown.

Format: https://github.com/testmoapp/junitxml (the convention; there is no standard).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NoReturn
from xml.parsers import expat

from byline.work.builds.fields import OID, moment, storable
from byline.work.builds.folder import UnreadableError, files_of
from byline.work.builds.log_text import alike, plain
from byline.work.builds.run import FailedTest, Run, reading_of
from byline.work.items import Link, Problem, Reading, Source

SUITES: Final = frozenset({"testsuite", "testsuites"})
MOST_FAILED: Final = 200
LONGEST: Final = 8000  # characters of one failure
DEEPEST: Final = 32
MOST_ELEMENTS: Final = 2_000_000
CHUNK: Final = 64 << 10
COMMIT: Final = ("commit", "git.commit", "git_commit", "GIT_COMMIT", "CI_COMMIT_SHA", "GITHUB_SHA")
BRANCH: Final = ("branch", "git.branch", "GIT_BRANCH", "CI_COMMIT_REF_NAME", "GITHUB_REF_NAME")
JOB: Final = ("job", "JOB_NAME", "CI_JOB_NAME", "GITHUB_JOB")
REPOSITORY: Final = ("repository", "GITHUB_REPOSITORY", "CI_PROJECT_PATH")
BUILD: Final = ("build_key",)  # the key of another item that this report is of


@dataclass
class Report:
    """What a report says.

    Attributes:
        suites: Attributes of the outermost suite.
        tests: How many test cases.
        skipped: How many were skipped.
        failures: How many failed.
        failed: Those that failed, in order, at most `MOST_FAILED`.
        properties: Of the suites.
    """

    suites: dict[str, str] = field(default_factory=dict)
    tests: int = 0
    skipped: int = 0
    failures: int = 0
    failed: list[FailedTest] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


class _Parser:
    """Collects a `Report` from the events of a parser."""

    def __init__(self) -> None:
        self.report = Report()
        self.stack: list[str] = []
        self.elements = 0
        self.case: Mapping[str, str] = {}
        self.problem: Mapping[str, str] | None = None
        self.text: list[str] = []
        self.length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.stack.append(name)
        if len(self.stack) > DEEPEST or self.elements > MOST_ELEMENTS:
            raise UnreadableError("too_deep", "the XML is nested too deeply or has too much in it")
        if len(self.stack) == 1 and name not in SUITES:
            raise UnreadableError("not_junit", f"its first element is <{name[:40]}>")
        if name in SUITES:
            self.report.suites = {**attributes, **self.report.suites}
        elif name == "testcase":
            self.case = attributes
            self.report.tests += 1
        elif name == "property" and len(self.report.properties) < 1000:
            key = attributes.get("name", "")
            self.report.properties.setdefault(key, attributes.get("value", ""))
        elif name in ("failure", "error") and self.stack[-2:-1] == ["testcase"]:
            self.problem, self.text, self.length = attributes, [], 0
        elif name == "skipped":
            self.report.skipped += 1

    def characters(self, data: str) -> None:
        if self.problem is not None and self.length < LONGEST:
            self.text.append(data[: LONGEST - self.length])
            self.length += len(data)

    def end(self, name: str) -> None:
        self.stack.pop()
        if name not in ("failure", "error") or self.problem is None:
            return
        self.report.failures += 1
        if len(self.report.failed) < MOST_FAILED:
            self.report.failed.append(_failed(self.case, name, self.problem, "".join(self.text)))
        self.problem = None


def _failed(
    case: Mapping[str, str], kind: str, problem: Mapping[str, str], text: str
) -> FailedTest:
    name = "::".join(one for one in (case.get("classname"), case.get("name")) if one)
    message = problem.get("message", "")
    whole = text if message and message in text else f"{message}\n{text}"
    lines = [plain(line) for line in whole.strip().splitlines()]
    clean = "".join(f"{alike(line)}\n" for line in lines if line is not None)
    words = message.strip().splitlines()[:1] or clean.splitlines()[:1]
    essence = ": ".join(one for one in (problem.get("type", ""), *words) if one)
    return FailedTest(
        name=storable(name)[:500],
        text=storable(clean)[:LONGEST],
        kind=kind,
        essence=storable(essence)[:300],
        file=storable(case.get("file", ""))[:500],
    )


def _refuse(*_arguments: object) -> NoReturn:
    raise UnreadableError("xml_doctype", "a document type or an entity is declared; it is refused")


def report_of(stream: BinaryIO, *, max_bytes: int) -> Report:
    """The report of an XML stream.

    Raises:
        UnreadableError: It is no JUnit XML, too large, or has a document type.
    """
    made = _Parser()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = made.start
    parser.EndElementHandler = made.end
    parser.CharacterDataHandler = made.characters
    read = 0
    try:
        while chunk := stream.read(CHUNK):
            read += len(chunk)
            if read > max_bytes:
                raise UnreadableError("too_large", f"the file has more than {max_bytes} bytes")
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableError("bad_xml", f"it is no XML: {error}") from error
    return made.report


def report_at(path: Path, *, max_bytes: int) -> Report:
    """The report of a file.

    Raises:
        UnreadableError: As `report_of`, or the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return report_of(stream, max_bytes=max_bytes)
    except OSError as error:
        raise UnreadableError("file_unreadable", error.strerror or "unreadable") from error


def read_junit_builds(source: Source) -> Iterator[Reading]:
    """One build for each JUnit report of a source; other files are passed over.

    Raises:
        InputError: The source is not there.
    """
    for found in files_of(source):
        if isinstance(found, Problem):
            yield Reading(problems=(found,))
        elif found.name.lower().endswith(".xml"):
            try:
                yield reading_of(
                    _run(source, found.name, report_at(found.path, max_bytes=source.max_bytes))
                )
            except UnreadableError as error:
                yield Reading(problems=(error.problem(found.name),))


def _run(source: Source, name: str, report: Report) -> Run:
    opened = moment(report.suites.get("timestamp")) or moment(
        _zoned(report.suites.get("timestamp"))
    )
    project = _property(report, REPOSITORY)
    commit = (_property(report, COMMIT) or "").lower()
    build = _property(report, BUILD)
    return Run(
        system="junit",
        key=f"build:junit:{source.name}:{name}",
        file=name,
        title=storable(report.suites.get("name") or name),
        outcome=_outcome(report),
        repository=source.repository(project or "") or project_of_only(source),
        project=project,
        commit=commit if OID.fullmatch(commit) else None,
        branch=_property(report, BRANCH),
        job=_property(report, JOB) or storable(report.suites.get("name", "")) or None,
        opened=opened,
        failed=report.failed,
        aliases=(f"build:junit:{name}",),
        links=(Link("mentions", build, "property build_key"),) if build else (),
    )


def _outcome(report: Report) -> str:
    if report.failures:
        return "failed"
    return "passed" if report.tests > report.skipped else "skipped"


def project_of_only(source: Source) -> str | None:
    """The repository of a source that is about one only."""
    names = set(source.repositories.values())
    return names.pop() if len(names) == 1 else None


def _zoned(text: str | None) -> str | None:
    """A report's time, which is UTC where it has no zone (Ant's JUnit task says so)."""
    return f"{text}+00:00" if text else None


def _property(report: Report, names: tuple[str, ...]) -> str | None:
    found = next((report.properties[one] for one in names if report.properties.get(one)), None)
    return storable(found)[:300] if found else None
