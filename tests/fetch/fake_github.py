"""A repository on a fake GitHub: lists since a time, pages of two, ETags, and answers of items."""

import hashlib
import json

from fetch.fake_server import Asked, FakeServer, Reply

PROJECT = "acme/ledger"
BASE = f"/api/v3/repos/{PROJECT}"


def _stamp(minute: int) -> str:
    return f"2024-05-01T10:{minute:02}:00Z"


class FakeGitHub:
    """Issues and pull requests by number, each with the minute of its last change."""

    def __init__(self, server: FakeServer, *, per_page: int = 2) -> None:
        self.server, self.per_page = server, per_page
        self.minutes: dict[int, int] = {}
        self.pulls: set[int] = set()
        self.runs: list[dict] = []
        server.answers[f"{BASE}/issues"] = self._list
        server.answers[f"{BASE}/actions/runs"] = self._runs

    @property
    def url(self) -> str:
        return f"{self.server.base}/api/v3"

    def put(self, number: int, minute: int, *, pull: bool = False) -> None:
        """Make or change an issue or a pull request."""
        self.minutes[number] = minute
        answers, place = self.server.answers, f"{BASE}/issues/{number}"
        answers[place] = lambda _asked: self._issue(number)
        answers[f"{place}/comments"] = [{"id": 10 * number, "body": f"on {number}"}]
        answers[f"{place}/timeline"] = [{"event": "labeled", "id": number}]
        if pull:
            self.pulls.add(number)
            there = f"{BASE}/pulls/{number}"
            answers[there] = lambda _asked: {
                **self._issue(number),
                "review_comments": 1,
                "merged": True,
            }
            for part in ("reviews", "comments", "commits", "files"):
                answers[f"{there}/{part}"] = [{"part": part, "of": number}]
            answers["/api/graphql"] = self._threads

    def put_run(self, identity: int, minute: int, *, status: str = "completed") -> None:
        """Make a run of Actions with one job; its log lies behind a redirect."""
        run = {
            "id": identity,
            "status": status,
            "run_attempt": 1,
            "created_at": _stamp(minute),
            "updated_at": _stamp(minute),
        }
        self.runs = sorted(
            [run, *(one for one in self.runs if one["id"] != identity)], key=lambda one: -one["id"]
        )
        answers, place = self.server.answers, f"{BASE}/actions/runs/{identity}"
        answers[place] = run
        answers[f"{place}/jobs"] = {
            "total_count": 1,
            "jobs": [{"id": identity * 10, "status": status}],
        }
        answers[f"{BASE}/actions/jobs/{identity * 10}/logs"] = Reply(
            b"", 302, {"Location": f"/logs/{identity}"}
        )
        answers[f"/logs/{identity}"] = f"log of {identity}\n".encode()

    def _issue(self, number: int) -> dict:
        held = {
            "number": number, "title": f"Number {number}", "user": {"login": "ada"}, "state": "open",
            "created_at": _stamp(0), "updated_at": _stamp(self.minutes[number]), "comments": 1,
            "body": "It does not add up.", "repository_url": f"https://api.github.com/repos/{PROJECT}",
        }  # fmt: skip
        return {**held, "pull_request": {"url": "x"}} if number in self.pulls else held

    def _list(self, asked: Asked) -> Reply:
        since = asked.query.get("since", "")
        rows = sorted(
            (self._issue(one) for one in self.minutes),
            key=lambda row: (row["updated_at"], row["number"]),
        )
        rows = [row for row in rows if row["updated_at"] >= since]
        return self._page(asked, rows, f"&since={since}" if since else "")

    def _page(self, asked: Asked, rows: list, query: str) -> Reply:
        page = int(asked.query.get("page", 1))
        shown = rows[(page - 1) * self.per_page : page * self.per_page]
        etag = f'"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(b"", 304, {"ETag": etag})
        headers = {"ETag": etag}
        if page * self.per_page < len(rows):
            headers["Link"] = (
                f'<{self.server.base}{asked.path}?page={page + 1}{query}>; rel="next", <x>; rel="last"'
            )
        return Reply(shown, headers=headers)

    def _runs(self, asked: Asked) -> Reply:
        window = asked.query.get("created", "").split("..")[0]
        rows = [run for run in self.runs if run["created_at"] >= window]
        page = self._page(asked, rows, f"&created={asked.query['created']}" if window else "")
        return Reply(
            {"total_count": len(rows), "workflow_runs": page.body}, page.status, page.headers
        )

    def _threads(self, asked: Asked) -> dict:
        wanted = json.loads(asked.body)["variables"]
        last = wanted["after"] == "more"
        node = {
            "id": f"T{wanted['number']}-{2 if last else 1}",
            "isResolved": last,
            "comments": {"nodes": []},
        }
        threads = {"pageInfo": {"hasNextPage": not last, "endCursor": "more"}, "nodes": [node]}
        return {"data": {"repository": {"pullRequest": {"reviewThreads": threads}}}}
