"""Loose answers of GitHub's REST API, joined into pull requests by project and number.

What an object is, is told by its fields; which pull request it belongs to by its addresses
(``pull_request_url``, ``issue_url``, ``html_url``), else by the path of its file
(``owner/name/pulls/12/commits.json``). Comments of issues that are no pull request join nothing.
The same object twice counts once; of a pull request given twice the later update counts.
"""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

from byline.work.exports import Document, record, when
from byline.work.reviews.assembly import FAR
from byline.work.reviews.github_values import place_in_file, place_of
from byline.work.spool import Spool

Row = Mapping[str, Any]
PULL: Final = "pull"
ARRAYS: Final = ("reviews", "comments", "issue_comments", "commits", "files", "timeline", "threads")
# By fields, in order: the first that has them all.
KINDS: Final = (
    ({"number", "base", "head"}, PULL),
    ({"diff_hunk", "path"}, "comments"),
    ({"pull_request_review_id", "path"}, "comments"),
    ({"event", "actor"}, "timeline"),
    ({"event", "sha"}, "timeline"),
    ({"event", "user"}, "timeline"),
    ({"state", "pull_request_url"}, "reviews"),
    ({"submitted_at", "commit_id"}, "reviews"),
    ({"body", "issue_url"}, "issue_comments"),
    ({"sha", "commit", "parents"}, "commits"),
    ({"filename", "status", "additions"}, "files"),
    ({"id", "isResolved"}, "threads"),
)
# What other readers of the same export take, by fields that stand only there.
OTHERS: Final = (
    {"issue"}, {"run"}, {"jobs"}, {"workflow_runs"}, {"run_number"}, {"run_id", "steps"},
    {"title", "labels", "comments_url"},
)  # fmt: skip


class Loose:
    """Collects loose objects, and gives them back as one bundle for each pull request."""

    def __init__(self) -> None:
        self._spool = Spool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def add(self, one: Document) -> bool:
        """Take an object; whether it is known, be it for another reader."""
        value = record(one.value)
        kind = kind_of(value)
        if kind is None:
            return any(fields <= value.keys() for fields in OTHERS)
        project, number = place_of(value)
        in_file = place_in_file(one.file)
        project, number = project or in_file[0], number or in_file[1]
        if project is None or number is None:
            return False
        self._spool.add(f"{project}#{number:012}", kind, value, file=one.file)
        return True

    def bundles(self) -> Iterator[tuple[Row, str]]:
        """The pull requests by project and number, each with a file that it is from.

        Issues' comments alone make none; reviews without a pull request make one without ``pull``.
        """
        for key in self._spool.keys():  # noqa: SIM118
            rows = self._spool.rows(key, once=True)
            pulls = [(value, file) for kind, value, file in rows if kind == PULL]
            if not pulls and not any(kind in ("reviews", "comments") for kind, _, _ in rows):
                continue
            bundle: dict[str, Any] = {name: [] for name in ARRAYS}
            for kind, value, _ in rows:
                if kind != PULL:
                    bundle[kind].append(value)
            if pulls:
                bundle[PULL], file = max(enumerate(pulls), key=_updated)[1]
                yield bundle, file
            else:
                yield bundle, rows[0][2]


def _updated(numbered: tuple[int, tuple[Row, str]]) -> tuple[bool, Any, int]:
    number, (pull, _) = numbered
    updated = when(pull.get("updated_at"))
    return updated is not None, updated or FAR, number


def kind_of(value: Row) -> str | None:
    """Which array of a bundle an object belongs to, or ``pull``; None if it is none of these."""
    return next((kind for fields, kind in KINDS if fields <= value.keys()), None)
