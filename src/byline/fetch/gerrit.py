"""Gerrit by its REST interface: https://gerrit-review.googlesource.com/Documentation/rest-api.html.

One kind: ``changes``, of which each is two files, as the server sent them: ``<project>/changes/
<number>.json`` and ``<project>/comments/<number>.json``. The list is shortened by
``_more_changes``. With a user and password (HTTP basic), paths begin with ``/a``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from byline.fetch.client import Client
from byline.fetch.contract import MOST_REQUESTS, Listed, Order, Page, number, project_path
from byline.fetch.errors import RefusalError
from byline.fetch.pages import array, mapping, taken

OPTIONS: Final = (
    "ALL_REVISIONS", "ALL_COMMITS", "ALL_FILES", "MESSAGES", "DETAILED_LABELS", "DETAILED_ACCOUNTS",
)  # fmt: skip
PAGE: Final = 100


class Gerrit:
    """One project; see `byline.fetch.contract.Connector`."""

    orders: Mapping[str, Order] = {"changes": Order(ascending=False)}

    def __init__(self, client: Client, project: str, *, signed_in: bool) -> None:
        self.project = project_path(project)
        self._client = client
        self.notes: Counter[str] = Counter()
        self._base = "/a" if signed_in else ""

    def listed(self, kind: str, *, since: datetime | None, etag: str | None) -> Iterator[Page]:  # noqa: ARG002
        """The changes, the newest change first; Gerrit gives no ETag."""
        asked = f"project:{self.project}"
        if since is not None:
            at = (since - self.orders[kind].overlap).astimezone(UTC)
            asked += f' after:"{at:%Y-%m-%d %H:%M:%S} +0000"'
        start = 0
        for _ in range(MOST_REQUESTS):
            url = f"{self._base}/changes/?q={quote(asked)}&n={PAGE}&S={start}"
            answer = taken(self._client.get(url))
            rows = [row for row in array(answer) if isinstance(row, dict)]
            yield Page([_listed(row) for row in rows])
            if not rows or rows[-1].get("_more_changes") is not True:
                return
            start += len(rows)

    def files(self, kind: str, item: str) -> Iterator[tuple[str, bytes]]:
        """The two files of one change."""
        options = "&".join(f"o={name}" for name in OPTIONS)
        identity = f"{quote(self.project, safe='')}~{item}"
        comments = taken(self._client.get(f"{self._base}/changes/{identity}/comments"))
        mapping(comments)
        change = taken(self._client.get(f"{self._base}/changes/{identity}/detail?{options}"))
        held = mapping(change)
        if str(held.get("_number")) != item or held.get("project") != self.project:
            raise RefusalError("unexpected", f"asked for {item}, the server sent another change")
        yield f"{self.project}/comments/{item}.json", comments.body
        yield f"{self.project}/{kind}/{item}.json", change.body


def _listed(row: Mapping[str, Any]) -> Listed:
    updated = row.get("updated")
    return Listed(number(row.get("_number")), str(updated), _moment(updated))


def _moment(text: Any) -> datetime:
    """``2024-05-01 10:00:00.000000000``, in UTC."""
    try:
        return datetime.fromisoformat(str(text)[:19]).replace(tzinfo=UTC)
    except ValueError as error:
        raise RefusalError("unexpected", f"a list has {text!r:.80} for a time") from error
