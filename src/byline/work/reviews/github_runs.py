"""Which states of pull requests the runs of GitHub Actions prove: a run says what was pushed.

Read are files ``…/runs/ID.json`` of an export, of which only what names the state is kept. A run
belongs to a pull request that it names in ``pull_requests`` (GitHub empties that later), or, of a
``pull_request`` event, to the one with its branch and repository that was open when it was made.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from byline.work.exports import (
    Document,
    documents_of,
    files,
    integer,
    record,
    records,
    text_of,
    when,
)
from byline.work.items import Problem, Source
from byline.work.reviews.assembly import oid_of

Row = Mapping[str, Any]
FILE: Final = re.compile(r"(?:.*/)?runs/\d+\.json")
OF_PULLS: Final = ("pull_request", "pull_request_target")


@dataclass(frozen=True)
class Runs:
    """Runs as ``{"head_sha", "created_at"}``.

    Attributes:
        named: By project and number of the pull request.
        branches: By project, repository of the branch, and branch.
    """

    named: Mapping[tuple[str, int], Sequence[Row]] = field(default_factory=dict)
    branches: Mapping[tuple[str, str, str], Sequence[Row]] = field(default_factory=dict)

    def of(self, pull: Row, *, project: str, number: int) -> list[Row]:
        """The runs of a pull request while it was open."""
        head = record(pull.get("head"))
        owner = text_of(record(head.get("repo")).get("full_name")) or project
        branch = (project.lower(), owner.lower(), text_of(head.get("ref")))
        rows = [
            *self.named.get((project.lower(), number), ()),
            *self.branches.get(branch, ()),
        ]
        opened = when(pull.get("created_at"))
        closed = when(pull.get("merged_at") or pull.get("closed_at"))
        return [one for one in rows if _within(when(one["created_at"]), opened, closed)]


def _within(time: Any, opened: Any, closed: Any) -> bool:
    return bool(time and opened and opened <= time and (closed is None or time <= closed))


def runs_of(source: Source) -> Runs:
    """The runs of an export; files that cannot be read are told of by the readers of all files."""
    named: dict[tuple[str, int], list[Row]] = defaultdict(list)
    branches: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for file in files(source, suffixes=(".json",)):
        if isinstance(file, Problem) or not FILE.fullmatch(file.name):
            continue
        for one in documents_of(file, max_bytes=source.max_bytes, checker=source.checker):
            if isinstance(one, Document):
                _keep(record(record(one.value).get("run")), named, branches)
    return Runs(named, branches)


def _keep(
    run: Row,
    named: dict[tuple[str, int], list[Row]],
    branches: dict[tuple[str, str, str], list[Row]],
) -> None:
    head = oid_of(run.get("head_sha"))
    project = text_of(record(run.get("repository")).get("full_name")).lower()
    if head is None or not project:
        return
    row = {"head_sha": head, "created_at": run.get("created_at")}
    numbers = [integer(one.get("number")) for one in records(run.get("pull_requests"))]
    for number in numbers:
        if number is not None:
            named[project, number].append(row)
    if not numbers and run.get("event") in OF_PULLS:
        owner = text_of(record(run.get("head_repository")).get("full_name")).lower()
        branches[project, owner or project, text_of(run.get("head_branch"))].append(row)
