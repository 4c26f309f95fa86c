"""One run: what a list shows is compared with what is known, and what differs is fetched.

An item's files are renamed into place before it is noted as done, so that a killed run loses one
item at most. What the server sends wrongly costs its item only.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from byline.fetch.contract import Connector, Listed, Order, moment
from byline.fetch.errors import RefusalError
from byline.fetch.limits import Limits
from byline.fetch.state import State
from byline.workspace.files import write_bytes

GONE: Final = frozenset({"status_404", "status_410", "status_451"})
MOST_FAILURES: Final = 1000
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Failure:
    """An item that could not be fetched, or a list (no item); it is asked for again next time."""

    kind: str
    item: str
    reason: str
    explanation: str


@dataclass
class Run:
    """One run over the kinds of a project.

    Attributes:
        connector: What lists and gets.
        state: What is known; loaded.
        into: The folder of the export.
        progress: Told of each item.
        limits: Bounds.
        files: How many were written.
        taken: How many items were asked for.
        complete: Nothing failed, and nothing was left for the next run.
        failures: At most `MOST_FAILURES` of them.
        counts: By kind: what became of how many items.
    """

    connector: Connector
    state: State
    into: Path
    progress: Report
    limits: Limits
    files: int = 0
    taken: int = 0
    complete: bool = True
    failures: list[Failure] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def kinds(self, kinds: Sequence[str], since: datetime | None) -> None:
        """Fetch several kinds; one whose list cannot be taken is a failure, and the rest goes on.

        Raises:
            RefusalError: None of their lists can be taken.
        """
        refused = []
        for kind in kinds:
            try:
                self.kind(kind, since)
            except RefusalError as error:
                refused.append(error)
                self._fail(Failure(kind, "", error.reason, str(error)))
        if refused and len(refused) == len(kinds):
            raise refused[0]

    def kind(self, kind: str, since: datetime | None) -> None:
        """Fetch what changed of a kind, and what failed before."""
        self.counts.setdefault(kind, Counter())
        if not self._room():
            return
        known, order = self.state.kind(kind), self.connector.orders[kind]
        failed = sorted(known.failed)
        start = _start(known.through, known.done, order, since)
        etag = known.etag if start == _moment(known.through) else None
        seen: dict[str, Listed] = {}
        reached = start
        for page in self.connector.listed(kind, since=start, etag=etag):
            etag, reached = page.etag, page.reached or reached
            for one in page.items:
                before = seen.get(one.identity)
                seen[one.identity] = one
                if before is not None and before.stamp == one.stamp:
                    continue  # lists overlap, so that none is missed
                if not self._listed(kind, one, since):
                    return
                self._report(kind, len(seen))
        for item in failed:
            if item not in seen:
                if not self._room():
                    return
                self._item(kind, item, known.done.get(item, ""))
        self._finish(kind, reached, list(seen.values()), etag)

    def _listed(self, kind: str, one: Listed, since: datetime | None) -> bool:
        """Take an item of a list; false: no more may be taken in this run."""
        counts = self.counts[kind]
        if one.pending:
            counts["pending"] += 1
        elif self.state.is_done(kind, one.identity, one.stamp):
            counts["unchanged"] += 1
        elif since is not None and one.moment < since:
            counts["older"] += 1
        elif not self._room():
            return False
        else:
            self._item(kind, one.identity, one.stamp)
        return True

    def _report(self, kind: str, known: int) -> None:
        done = sum(self.counts[kind].values())
        self.progress(done, max(known, done), kind)

    def _finish(
        self, kind: str, reached: datetime | None, seen: Sequence[Listed], etag: str | None
    ) -> None:
        newest = max([one.moment for one in seen] + ([reached] if reached else []), default=None)
        waiting = [one.moment for one in seen if one.pending]
        through = min([*waiting, newest]) if newest else None
        overlap = self.connector.orders[kind].overlap
        keep = {one.identity for one in seen if through and one.moment >= through - overlap}
        if not seen:  # an unchanged list: what was noted of it still holds
            keep = set(self.state.kind(kind).done)
        stamp = None if through is None else through.astimezone(UTC).isoformat()
        self.state.finish(kind, through=stamp, etag=etag, keep=keep)

    def _room(self) -> bool:
        """Whether one more item may be fetched in this run."""
        if self.limits.max_items is not None and self.taken >= self.limits.max_items:
            self.complete = False
            return False
        return True

    def _fail(self, failure: Failure) -> None:
        self.complete = False
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(failure)

    def _item(self, kind: str, item: str, stamp: str) -> None:
        self.taken += 1
        counts = self.counts[kind]
        try:
            for path, data in self.connector.files(kind, item):
                write_bytes(self.into / path, data)
                self.files += 1
        except RefusalError as error:
            if error.reason in GONE:
                counts["gone"] += 1
                self.state.done(kind, item, stamp)
                return
            counts["failed"] += 1
            self.state.failed(kind, item, error.reason)
            self._fail(Failure(kind, item, error.reason, str(error)))
            return
        counts["fetched"] += 1
        self.state.done(kind, item, stamp)


def _start(
    through: str | None, done: Mapping[str, str], order: Order, since: datetime | None
) -> datetime | None:
    """Since when to ask: after what is known, and never before `since`.

    An ascending list has everything up to the newest item that an unfinished run got.
    """
    known = _moment(through)
    if order.ascending:
        reached = [moment(stamp) for stamp in done.values() if stamp]
        known = max([*reached, *([known] if known else [])], default=None)
    return known or since


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
