"""Reviews, issues, documents, builds and traces as tables: what every reader of exports writes.

One row of `ITEMS` is one unit of work with its source; one row of `PARTS` is one text in it by one
author (a comment, a passage, a command); `PATCHSETS` are the states that a review went through;
`LINKS` say how an item relates to others; `PROBLEMS` say what of an export could not be read.
Facts only, as recorded: who an account is, whether it is a bot, whether a comment was heeded, are
judgements made later, beside these.

A reader yields one `Reading` an item, so that no export is ever held in memory whole. Text is
kept as it was written (Markdown, wiki text); what is markup only (ADF, HTML) becomes plain text.

Keys name items the way the organisation does, and are how links find them:

===========================  ===================================================================
``github:owner/name#41``      a pull request or an issue (GitHub counts them together)
``gitlab:group/name!7``       a merge request; ``gitlab:group/name#7`` an issue
``gerrit:project~4711``       a change; ``change-id:I0123…`` is an alias of it
``phabricator:D12``           a revision; ``phabricator:T12`` a task
``jira:PROJ-12``              an issue
``doc:repository:path``       a document of a repository; ``doc:source:path`` of an export
``build:system:id``           a run of continuous integration
``trace:source:id``           a recorded trace
``incident:id``               an incident, alias of the postmortem that tells of it
``commit:repository:oid``     a commit; the repository is empty where the export names none
===========================  ===================================================================
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import pyarrow as pa

from byline.work.identifiers import item_id
from byline.work.schema import EDITS, ORIGIN

Kind = Literal["review", "issue", "decision", "design", "incident", "document", "build", "trace"]
WorkClass = Literal["design", "process"]
CLASS_OF: Final[Mapping[str, WorkClass]] = {
    "review": "process", "issue": "process", "decision": "design", "design": "design",
    "incident": "process", "document": "design", "build": "process", "trace": "process",
}  # fmt: skip
TIME = pa.timestamp("s", tz="UTC")

ITEMS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),  # its name in the configuration
        # github|gitlab|gerrit|phabricator|jira|git|folder|junit|jenkins|asciicast|…
        pa.field("system", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # `Kind`
        pa.field("class", pa.string(), nullable=False),  # design | process
        pa.field("key", pa.string(), nullable=False),
        pa.field("aliases", pa.list_(pa.string()), nullable=False),  # other keys of it
        pa.field("repository", pa.string()),  # as configured, where it is about one
        pa.field("title", pa.string(), nullable=False),
        # open|closed|merged|abandoned · proposed|accepted|rejected|deprecated|superseded ·
        # passed|failed|cancelled|skipped · resolved|unresolved; null where none is recorded
        pa.field("state", pa.string()),
        pa.field("opened", TIME),  # null where none is recorded: such an item teaches nothing
        pa.field("closed", TIME),  # closed, merged, finished
        # JSON: what only this kind has; the module of each reader documents its keys.
        pa.field("detail", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),  # of the export, relative to the source
        pa.field("skip", pa.string()),  # why nothing of it can be used, else null
    ]
)

PARTS = pa.schema(
    [
        pa.field("part", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),  # order in the item, from 0
        # title | description | comment | review | inline | event | passage | command | output |
        # message | thought | tool_call | tool_result | cell | log
        pa.field("kind", pa.string(), nullable=False),
        pa.field("native", pa.string(), nullable=False),  # its id in the export, unique in the item
        # Who wrote it, as recorded: the account on `system`, a name and an address, each or none.
        pa.field("account", pa.string()),
        pa.field("name", pa.string()),
        pa.field("email", pa.string()),
        # human | bot | ai | tool where the export itself says so, else null
        pa.field("origin", pa.string()),
        pa.field("time", TIME),
        pa.field("text", pa.string(), nullable=False),
        # Of a passage in a git file: which commit wrote which of its lines (`EDITS` has the same).
        pa.field("origins", pa.list_(ORIGIN)),
        pa.field("path", pa.string()),  # where a comment stands, or a passage is from
        pa.field("start", pa.int32()),  # first and last line there, counted from 1
        pa.field("end", pa.int32()),
        pa.field("side", pa.string()),  # old | new: which state of the file the lines are of
        pa.field("patchset", pa.int32()),
        pa.field("reply_to", pa.string()),  # the native id of the part it answers
        pa.field("thread", pa.string()),  # one for all comments of one discussion
        # of a review or vote: approved|changes_requested|commented|dismissed|+2|-1 …; of an inline
        # comment: resolved|unresolved; of an event: what happened (`reopened`, `status: Done`)
        pa.field("state", pa.string()),
        pa.field("detail", pa.string()),  # JSON
    ]
)

PATCHSETS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),  # from 1, in order of time
        pa.field("head", pa.string(), nullable=False),  # full commit id
        pa.field("base", pa.string()),  # the commit it starts from, where the export says
        pa.field("time", TIME),
        pa.field("account", pa.string()),
        pa.field("name", pa.string()),
        pa.field("email", pa.string()),
        pa.field("kind", pa.string()),  # initial | rework | rebase | push | force_push | merged
    ]
)

LINKS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        # closes | fixes | reverts | backports | supersedes | duplicates | follows | ran_on |
        # merged_as | contains | decides | implements | caused_by | mentions
        pa.field("kind", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),  # a key
        pa.field("evidence", pa.string(), nullable=False),  # the field or the words that say so
    ]
)

PROBLEMS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # a line, a JSON path, a native id
        pa.field("reason", pa.string(), nullable=False),  # a short code, counted
        pa.field("explanation", pa.string(), nullable=False),
    ]
)

RANGES = pa.schema(
    [
        pa.field("work_item", pa.string(), nullable=False),  # of `ITEMS`
        # patchset: base to patchset `to`; interdiff: patchset `from` to `to`; merged: base to what
        # was merged; repair: the failing to the passing commit; attempt: the failing to the next
        # failing commit, before a repair; shown: files at one commit
        pa.field("purpose", pa.string(), nullable=False),
        pa.field("old_commit", pa.string(), nullable=False),
        pa.field("new_commit", pa.string(), nullable=False),
        pa.field("from_patchset", pa.int32()),
        pa.field("to_patchset", pa.int32()),
        pa.field("paths", pa.list_(pa.string())),  # only these; null: all that differ
    ]
)
"""What of git is asked for an item: the differences of two commits, wherever they are from."""

CHANGES = pa.schema(
    [
        *EDITS,  # `commit` is the new commit, `parent` the old one; an added file was ""
        *[one for one in RANGES if one.name in ("work_item", "purpose", "from_patchset",
                                                "to_patchset")],
        pa.field("status", pa.string(), nullable=False),  # A M D R, or S: shown, not changed
        pa.field("old_path", pa.string()),  # of a renamed file
    ]
)  # fmt: skip
"""One row for each file that differs in a range, with both texts and their authorship."""


class Checker(Protocol):
    """What a capture manifest says of a source's records (`byline.work.capture`)."""

    def accept(self, value: Any, *, file: str, place: str) -> Any:
        """A record as declared: ignored fields are null.

        Raises:
            CaptureError: It has a field that is not declared.
        """
        ...


@dataclass(frozen=True)
class Source:
    """One supplied export.

    Attributes:
        name: Its name in the configuration.
        system: Which reader it is for.
        path: A file or a folder.
        repositories: How the export's projects are called in the configuration, by their name
            there, such as ``{"acme/ledger": "ledger-core"}``.
        host: Of the server it is from, for accounts: ``github.com``.
        max_bytes: A longer file or text is left out, and counted.
        checker: Through which every record passes before a reader sees it; none without a manifest.
    """

    name: str
    system: str
    path: Path
    repositories: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    max_bytes: int = 64 << 20
    checker: Checker | None = field(default=None, compare=False)

    def accepted(self, value: Any, *, file: str, place: str = "") -> Any:
        """A record as the capture manifest has it; as it is without one.

        Raises:
            CaptureError: It has a field that is not declared.
        """
        return value if self.checker is None else self.checker.accept(value, file=file, place=place)

    def repository(self, project: str) -> str | None:
        """The configured name of a project, or None."""
        return self.repositories.get(project)


@dataclass(frozen=True)
class Part:
    """One row of `PARTS`, without what the item adds."""

    kind: str
    native: str
    text: str
    account: str | None = None
    name: str | None = None
    email: str | None = None
    origin: str | None = None
    time: datetime | None = None
    origins: Sequence[Mapping[str, Any]] | None = None
    path: str | None = None
    start: int | None = None
    end: int | None = None
    side: str | None = None
    patchset: int | None = None
    reply_to: str | None = None
    thread: str | None = None
    state: str | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Patchset:
    """One row of `PATCHSETS`."""

    number: int
    head: str
    base: str | None = None
    time: datetime | None = None
    account: str | None = None
    name: str | None = None
    email: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Link:
    """One row of `LINKS`."""

    kind: str
    target: str
    evidence: str


@dataclass(frozen=True)
class Problem:
    """One row of `PROBLEMS`, without the source."""

    file: str
    place: str
    reason: str
    explanation: str


@dataclass(frozen=True)
class Reading:
    """One item as read, or problems alone.

    Parts stand in their order. A reading without a key holds only problems.
    """

    kind: Kind = "document"
    key: str = ""
    file: str = ""
    title: str = ""
    aliases: Sequence[str] = ()
    repository: str | None = None
    state: str | None = None
    opened: datetime | None = None
    closed: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    skip: str | None = None
    parts: Sequence[Part] = ()
    patchsets: Sequence[Patchset] = ()
    links: Sequence[Link] = ()
    problems: Sequence[Problem] = ()
    system: str | None = None  # of the item, where its source is a bridge from others (Perceval)


@dataclass(frozen=True)
class Tables:
    """The five tables of some readings."""

    items: pa.Table
    parts: pa.Table
    patchsets: pa.Table
    links: pa.Table
    problems: pa.Table


def item_of(reading: Reading) -> str:
    """The id of a read item: of its kind and key, so that two exports of one item meet."""
    return item_id(reading.kind, reading.key)


def tables_of(source: Source, readings: Iterable[Reading]) -> Tables:
    """The rows of some readings, in their order."""
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [], "parts": [], "patchsets": [], "links": [], "problems": [],
    }  # fmt: skip
    for reading in readings:
        rows["problems"] += [{"source": source.name, **_plain(one)} for one in reading.problems]
        if not reading.key:
            continue
        item = item_of(reading)
        rows["items"].append(_item_row(source, reading, item))
        rows["parts"] += [_part_row(item, number, one) for number, one in enumerate(reading.parts)]
        rows["patchsets"] += [{"item": item, **_plain(one)} for one in reading.patchsets]
        rows["links"] += [{"item": item, **_plain(one)} for one in reading.links]
    schemas = {"items": ITEMS, "parts": PARTS, "patchsets": PATCHSETS, "links": LINKS,
               "problems": PROBLEMS}  # fmt: skip
    return Tables(
        **{name: pa.Table.from_pylist(rows[name], schema=schemas[name]) for name in schemas}
    )


def _plain(one: Any) -> dict[str, Any]:
    return {each.name: getattr(one, each.name) for each in fields(one)}


def _item_row(source: Source, reading: Reading, item: str) -> dict[str, Any]:
    return {
        "item": item,
        "source": source.name,
        "system": reading.system or source.system,
        "kind": reading.kind,
        "class": CLASS_OF[reading.kind],
        "key": reading.key,
        "aliases": list(reading.aliases),
        "repository": reading.repository,
        "title": reading.title,
        "state": reading.state,
        "opened": reading.opened,
        "closed": reading.closed,
        "detail": _json(reading.detail),
        "file": reading.file,
        "skip": reading.skip,
    }


def _part_row(item: str, number: int, part: Part) -> dict[str, Any]:
    origins = None if part.origins is None else [dict(one) for one in part.origins]
    return {
        **_plain(part),
        "part": item_id("part", item, part.native),
        "item": item,
        "number": number,
        "origins": origins,
        "detail": None if part.detail is None else _json(part.detail),
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
