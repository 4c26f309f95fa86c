"""Loose answers of GitLab's API, joined into merge requests.

Discussions and notes say ``noteable_type`` with ``project_id`` and ``noteable_iid``, or
``noteable_id``; versions say ``merge_request_id``. What says neither is joined by the path of its
file (``group/name/merge_requests/7/commits.json``). Issues and jobs are for other readers.
"""

import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

from byline.work.exports import Document, integer, record, records, text_of
from byline.work.spool import Spool

Row = Mapping[str, Any]
REQUEST: Final = "merge_request"
ARRAYS: Final = ("discussions", "versions", "commits")
FOLDER: Final = re.compile(r"(?P<folder>.*merge_requests/\d{1,10})(?:\.json|/.*)")
OTHERS: Final = (
    {"issue"}, {"iid", "issue_type"}, {"job"}, {"stage", "pipeline"}, {"resource_type", "label"},
)  # fmt: skip


class Loose:
    """Collects loose objects, and gives them back as one bundle for each merge request."""

    def __init__(self) -> None:
        self._parts = Spool()
        self._requests = Spool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parts.__exit__(kind, error, trace)
        self._requests.__exit__(kind, error, trace)

    def add(self, one: Document) -> bool:
        """Take an object; whether it is known, be it for another reader."""
        value = record(one.value)
        if {"iid", "target_branch"} <= value.keys():
            order = f"{integer(value.get('project_id')) or 0:015}!{integer(value['iid']) or 0:012}"
            self._requests.add(order, REQUEST, value, file=one.file)
            return True
        found = _part(value)
        if found is None:
            return any(fields <= value.keys() for fields in OTHERS) or _of_issue(value)
        kind, row = found
        place = _owner(row) or _folder(one.file)
        if place is None:
            return False
        self._parts.add(place, kind, row, file=one.file)
        return True

    def bundles(self) -> Iterator[tuple[Row, str]]:
        """The merge requests by project and number, each with its file; orphans come last.

        What belongs to a merge request that is not there makes a bundle without one.
        """
        used: set[str] = set()
        folders = _by_suffix(self._parts.keys())
        for order in self._requests.keys():  # noqa: SIM118
            for _, request, file in self._requests.rows(order):
                places = _places(request, file, folders)
                used.update(places)
                bundle: dict[str, Any] = {REQUEST: request, **{name: [] for name in ARRAYS}}
                for kind, value, _ in (
                    row for one in places for row in self._parts.rows(one, once=True)
                ):
                    if kind == "approvals":
                        bundle[kind] = value
                    else:
                        bundle[kind].append(value)
                yield bundle, file
        for place in self._parts.keys():  # noqa: SIM118
            if place not in used:
                yield {}, self._parts.rows(place)[0][2]


def _part(value: Row) -> tuple[str, Row] | None:
    """Which array of a bundle an object belongs to, and what is added there."""
    names = value.keys()
    if {"id", "notes"} <= names and not _of_issue(value):
        return "discussions", value
    if {"body", "noteable_type"} <= names and not _of_issue(value):
        name = text_of(value.get("discussion_id"))
        return "discussions", {"id": name, "individual_note": not name, "notes": [value]}
    if {"head_commit_sha", "base_commit_sha"} <= names:
        return "versions", value
    if {"id", "short_id", "author_email"} <= names:
        return "commits", value
    return ("approvals", value) if "approved_by" in names else None


def _of_issue(value: Row) -> bool:
    notes = records(value.get("notes")) or [value]
    return text_of(notes[0].get("noteable_type")) not in ("MergeRequest", "")


def _owner(value: Row) -> str | None:
    one = (records(value.get("notes")) or [value])[0]
    project, number = integer(one.get("project_id")), integer(one.get("noteable_iid"))
    if project is not None and number is not None:
        return f"{project}!{number}"
    identity = integer(one.get("noteable_id")) or integer(one.get("merge_request_id"))
    return None if identity is None else f"id:{identity}"


def _folder(file: str) -> str | None:
    found = FOLDER.fullmatch(file)
    return found["folder"] if found else None


def _by_suffix(places: Iterator[str]) -> dict[str, str]:
    """The folders of parts by each of their last names: an export may lie deeper in its source."""
    found: dict[str, str] = {}
    for place in places:
        names = place.split("/")
        for start in range(len(names) - 2):
            found.setdefault("/".join(names[start:]), place)
    return found


def _places(request: Row, file: str, folders: Mapping[str, str]) -> list[str]:
    """Everything that may name a merge request, each once."""
    full = text_of(record(request.get("references")).get("full")).replace("!", "/merge_requests/")
    named = [
        f"{integer(request.get('project_id'))}!{integer(request.get('iid'))}",
        f"id:{integer(request.get('id'))}",
        _folder(file),
        folders.get(full),
    ]
    return list(dict.fromkeys(one for one in named if one))
