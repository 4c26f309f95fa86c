"""GitLab by its REST interface (version 4): https://docs.gitlab.com/api/rest/.

Kinds: ``merge_requests``, ``issues``, ``jobs`` (with their logs). Files and what is in them:
``<group>/<name>/merge_requests/<iid>.json`` and so on, the answers untouched. Jobs are paged by
keyset, newest first, as GitLab does for long lists.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from byline.fetch.client import Client
from byline.fetch.contract import (
    MOST_REQUESTS,
    Listed,
    Order,
    Page,
    changed,
    item_bytes,
    moment,
    number,
    project_path,
    same,
)
from byline.fetch.errors import RefusalError
from byline.fetch.pages import array, mapping, next_page, taken, whole
from byline.fetch.updated import updated_pages

AGAIN: Final = timedelta(days=3)
RUNNING: Final = frozenset(
    {"created", "pending", "running", "preparing", "scheduled", "waiting_for_resource",
     "waiting_for_callback", "canceling"}
)  # fmt: skip
ABSENT: Final = frozenset({403, 404})  # a part that this edition, or this token, does not show


def api_of(url: str) -> str:
    """The address of the interface."""
    return url.rstrip("/") if url.rstrip("/").endswith("/api/v4") else f"{url.rstrip('/')}/api/v4"


class GitLab:
    """One project; see `byline.fetch.contract.Connector`."""

    orders: Mapping[str, Order] = {
        "issues": Order(ascending=True),
        "merge_requests": Order(ascending=True),
        "jobs": Order(ascending=False, overlap=AGAIN),
    }

    def __init__(self, client: Client, project: str) -> None:
        self.project = project_path(project)
        self._client = client
        self.notes: Counter[str] = Counter()
        self._base = f"/projects/{quote(project, safe='')}"

    def listed(self, kind: str, *, since: datetime | None, etag: str | None) -> Iterator[Page]:
        """The items of a kind, in its order."""
        if kind == "jobs":
            yield from self._jobs(since)
            return

        def first(asked: str | None) -> str:
            since_then = "" if asked is None else f"&updated_after={quote(asked)}"
            return (
                f"{self._base}/{kind}?scope=all&state=all&order_by=updated_at&sort=asc"
                f"&per_page=100{since_then}"
            )

        def item(row: Any) -> Listed:
            return Listed(number(row.get("iid")), str(row["updated_at"]), changed(row))

        yield from updated_pages(
            self._client, first, order=self.orders[kind], since=since, etag=etag, at=changed,
            item=item,
        )  # fmt: skip

    def _jobs(self, since: datetime | None) -> Iterator[Page]:
        url: str | None = f"{self._base}/jobs?per_page=100&pagination=keyset&order_by=id&sort=desc"
        asked: set[str] = set()
        while url is not None and url not in asked and len(asked) < MOST_REQUESTS:
            asked.add(url)
            answer = taken(self._client.get(url))
            items = [_job(row) for row in array(answer) if isinstance(row, dict)]
            yield Page(items)
            if since is not None and any(one.moment < since - AGAIN for one in items):
                return
            url = next_page(answer)

    def files(self, kind: str, item: str) -> Iterator[tuple[str, bytes]]:
        """The files of one item."""
        place = f"{self.project}/{kind}/{item}"
        if kind == "issues":
            yield f"{place}.json", self._bytes(self._issue(item))
        elif kind == "merge_requests":
            yield f"{place}.json", self._bytes(self._merge_request(item))
        else:
            job = self._one(f"/jobs/{item}")
            same(job.get("id"), item)
            bound = self._client.limits.max_log_bytes
            log = self._client.get(
                f"{self._base}/jobs/{item}/trace", max_bytes=bound, elsewhere=True
            )
            if log.status == 200:
                yield f"{place}.log", log.body
            yield f"{place}.json", self._bytes(job)

    def _bytes(self, value: Any) -> bytes:
        return item_bytes(value, most=self._client.limits.max_bytes)

    def _one(self, path: str) -> Mapping[str, Any]:
        return mapping(taken(self._client.get(f"{self._base}{path}")))

    def _all(self, path: str) -> list[Any]:
        return whole(self._client, f"{self._base}{path}?per_page=100")

    def _perhaps(self, path: str) -> list[Any]:
        """A list that not every edition has."""
        try:
            return self._all(path)
        except RefusalError as error:
            if error.reason in {f"status_{one}" for one in ABSENT}:
                return []
            raise

    def _issue(self, item: str) -> dict[str, Any]:
        issue = self._one(f"/issues/{item}")
        same(issue.get("iid"), item)
        return {
            "issue": issue,
            "discussions": self._all(f"/issues/{item}/discussions"),
            "resource_state_events": self._perhaps(f"/issues/{item}/resource_state_events"),
            "resource_label_events": self._perhaps(f"/issues/{item}/resource_label_events"),
            "links": self._perhaps(f"/issues/{item}/links"),
            "closed_by": self._perhaps(f"/issues/{item}/closed_by"),
        }

    def _merge_request(self, item: str) -> dict[str, Any]:
        place = f"/merge_requests/{item}"
        request = self._one(place)
        same(request.get("iid"), item)
        versions = [
            self._one(f"{place}/versions/{number(one.get('id'))}")
            for one in self._all(f"{place}/versions")
            if isinstance(one, dict)
        ]
        approvals = self._client.get(f"{self._base}{place}/approvals")
        return {
            "merge_request": request,
            "discussions": self._all(f"{place}/discussions"),
            "versions": versions,
            "commits": self._all(f"{place}/commits"),
            "approvals": {} if approvals.status in ABSENT else mapping(taken(approvals)),
        }


def _job(row: Mapping[str, Any]) -> Listed:
    status = str(row.get("status"))
    return Listed(
        number(row.get("id")), f"{status} {row.get('finished_at')}", moment(row.get("created_at")),
        pending=status in RUNNING,
    )  # fmt: skip
