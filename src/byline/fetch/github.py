"""GitHub by its REST interface, and one GraphQL question for the threads of reviews.

Kinds: ``pulls``, ``issues``, ``runs`` (of Actions, with their jobs and logs). Files and what is in
them: ``<owner>/<name>/pulls/<n>.json`` and so on, the answers untouched. Documentation:
https://docs.github.com/rest. Pull requests are listed as issues, because only that list can be
asked since a time. Threads can be asked only with a token; without one the key is left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

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
from byline.fetch.pages import listed, mapping, next_page, taken, whole
from byline.fetch.updated import updated_pages

PUBLIC: Final = "https://api.github.com"
HEADERS: Final = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
AGAIN: Final = timedelta(days=3)  # how long after it began a run may still be run again
MOST_FOUND: Final = 1000  # runs that GitHub shows of one search
THREADS: Final = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 50, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved isOutdated path line originalLine diffSide
              comments(first: 100) { nodes { databaseId } } } } } } }"""


def api_of(url: str) -> str:
    """The address of the interface: of github.com, or of an Enterprise server's own."""
    parts = urlsplit(url)
    if (parts.hostname or "").lower() in ("github.com", "www.github.com", "api.github.com"):
        return PUBLIC
    return url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/api/v3"


class GitHub:
    """One repository; see `byline.fetch.contract.Connector`."""

    orders: Mapping[str, Order] = {
        "issues": Order(ascending=True),
        "pulls": Order(ascending=True),
        "runs": Order(ascending=False, overlap=AGAIN),
    }

    def __init__(self, client: Client, project: str, *, threads: bool) -> None:
        self.project = project_path(project, parts=2)
        self._client = client
        self._base = f"/repos/{project}"
        self._threads = threads
        self.notes: Counter[str] = Counter()

    def listed(self, kind: str, *, since: datetime | None, etag: str | None) -> Iterator[Page]:
        """The items of a kind, in its order."""
        if kind == "runs":
            yield from self._runs(since)
            return

        def first(asked: str | None) -> str:
            since_then = "" if asked is None else f"&since={quote(asked)}"
            return (
                f"{self._base}/issues?state=all&sort=updated&direction=asc&per_page=100{since_then}"
            )

        def item(row: Any) -> Listed | None:
            if isinstance(row.get("pull_request"), dict) != (kind == "pulls"):
                return None
            return Listed(number(row.get("number")), str(row["updated_at"]), changed(row))

        yield from updated_pages(
            self._client, first, order=self.orders[kind], since=since, etag=etag, at=changed,
            item=item,
        )  # fmt: skip

    def _runs(self, since: datetime | None) -> Iterator[Page]:
        """Runs, the newest first; a search shows 1,000, so an older window is asked after that."""
        before: datetime | None = None
        for _ in range(MOST_REQUESTS):
            url: str | None = f"{self._base}/actions/runs?per_page=100{_window(since, before)}"
            found, oldest, asked = 0, before, set[str]()
            while url is not None and url not in asked and len(asked) < MOST_REQUESTS:
                asked.add(url)
                answer = taken(self._client.get(url))
                rows = listed(answer, "workflow_runs")
                items = [_run(row) for row in rows if isinstance(row, dict)]
                found += len(items)
                oldest = min([one.moment for one in items], default=oldest)
                yield Page(items)
                url = next_page(answer)
            if found < MOST_FOUND or since is None or oldest == before:
                return
            before = oldest

    def files(self, kind: str, item: str) -> Iterator[tuple[str, bytes]]:
        """The files of one item."""
        if kind == "pulls":
            yield f"{self.project}/pulls/{item}.json", self._bytes(self._pull(item))
        elif kind == "issues":
            yield f"{self.project}/issues/{item}.json", self._bytes(self._issue(item))
        else:
            yield from self._run_files(item)

    def _one(self, path: str) -> Mapping[str, Any]:
        return mapping(taken(self._client.get(f"{self._base}{path}")))

    def _all(self, path: str) -> list[Any]:
        return whole(self._client, f"{self._base}{path}?per_page=100")

    def _issue(self, item: str) -> dict[str, Any]:
        issue = self._one(f"/issues/{item}")
        same(issue.get("number"), item)
        return {
            "issue": issue,
            "comments": self._all(f"/issues/{item}/comments") if issue.get("comments") else [],
            "timeline": self._all(f"/issues/{item}/timeline"),
        }

    def _pull(self, item: str) -> dict[str, Any]:
        pull = self._one(f"/pulls/{item}")
        same(pull.get("number"), item)
        spoken, reviewed = pull.get("comments"), pull.get("review_comments")
        held = {
            "pull": pull,
            "reviews": self._all(f"/pulls/{item}/reviews"),
            "comments": self._all(f"/pulls/{item}/comments") if reviewed else [],
            "issue_comments": self._all(f"/issues/{item}/comments") if spoken else [],
            "commits": self._all(f"/pulls/{item}/commits"),
            "files": self._all(f"/pulls/{item}/files"),
            "timeline": self._all(f"/issues/{item}/timeline"),
        }
        if self._threads:
            try:
                held["threads"] = self._review_threads(item) if reviewed else []
            except RefusalError:  # a token may read all else, and not this
                self.notes["pulls without threads"] += 1
        return held

    def _bytes(self, value: Any) -> bytes:
        return item_bytes(value, most=self._client.limits.max_bytes)

    def _review_threads(self, item: str) -> list[Any]:
        owner, name = self.project.split("/")
        threads: list[Any] = []
        after: str | None = None
        for _ in range(self._client.limits.max_pages):
            asked = {"owner": owner, "name": name, "number": int(item), "after": after}
            answer = self._client.post(self._graphql(), {"query": THREADS, "variables": asked})
            held: Any = mapping(taken(answer))
            for step in ("data", "repository", "pullRequest", "reviewThreads"):
                held = held.get(step) if isinstance(held, dict) else None
            if not isinstance(held, dict) or not isinstance(held.get("nodes"), list):
                raise RefusalError("unexpected", f"{answer.url} gives no threads of {item}")
            threads += held["nodes"]
            page = held.get("pageInfo")
            if not isinstance(page, dict) or page.get("hasNextPage") is not True:
                return threads
            after = str(page.get("endCursor"))
        raise RefusalError("too_many_pages", f"the threads of {item} do not end")

    def _graphql(self) -> str:
        root = self._client.base
        return f"{root.removesuffix('/v3')}/graphql" if root.endswith("/api/v3") else "/graphql"

    def _run_files(self, item: str) -> Iterator[tuple[str, bytes]]:
        run = self._one(f"/actions/runs/{item}")
        same(run.get("id"), item)
        jobs, cut = (
            whole(
                self._client,
                f"{self._base}/actions/runs/{item}/jobs?filter=all&per_page=100",
                key="jobs",
            ),
            [],
        )
        for job in jobs:
            if isinstance(job, dict) and job.get("status") == "completed":
                identity = number(job.get("id"))
                answer = self._client.get(
                    f"{self._base}/actions/jobs/{identity}/logs",
                    max_bytes=self._client.limits.max_log_bytes,
                    elsewhere=True,
                )
                if answer.status == 200:
                    yield f"{self.project}/runs/{item}/{identity}.log", answer.body
                cut += [identity] if answer.cut else []
        yield (
            f"{self.project}/runs/{item}.json",
            self._bytes({"run": run, "jobs": jobs, "logs_cut": cut}),
        )


def _run(row: Mapping[str, Any]) -> Listed:
    stamp = f"{row.get('updated_at')} attempt {row.get('run_attempt')}"
    pending = row.get("status") != "completed"
    return Listed(number(row.get("id")), stamp, moment(row.get("created_at")), pending=pending)


def _window(since: datetime | None, before: datetime | None) -> str:
    if since is None:
        return ""
    first = (since - AGAIN).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    last = "*" if before is None else before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"&created={quote(f'{first}..{last}')}"
