"""What every recipe on reviews asks: their threads, the states of their files, where comments are.

A unit is counted before anybody's terms are asked, so that all that is declined is accounted for.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.addressed import AddressedSettings, Comment, Heeded, States, heeded, says_done
from byline.examples.behaviour import Rule
from byline.examples.draft import LeftOutError, Log, Unit
from byline.examples.experience import Act, Experience
from byline.examples.material import Material, Row, source_of
from byline.examples.pieces import Piece, cut, joined
from byline.examples.said import Said, Thread
from byline.examples.thread_order import ordered
from byline.examples.threads import noted, thread_of
from byline.examples.tokens import forged

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OUTCOMES: Final[Mapping[str, float]] = {"merged": 1.0, "open": 0.7}
"""After the weights of the research notes; "not merged yet" stands for "approved, not merged"."""
REVERTED: Final = dt.timedelta(days=14)
ENDED: Final = frozenset({"merged", "closed", "abandoned"})


@dataclass(frozen=True)
class CommentUnit:
    """One inline comment that begins a discussion.

    Attributes:
        review: Row of `ITEMS`.
        part: Row of `PARTS`.
    """

    review: Row
    part: Row


class Reviews:
    """The reviews of a material; what was made last is kept, for units come review by review."""

    def __init__(self, source: Material) -> None:
        """Nothing is made before it is asked for."""
        self.source = source
        self._item = ""
        self._thread: Thread | str | None = None
        self._states: States | None = None
        self._reverted: dict[str, Row] | None = None

    def rows(self) -> list[Row]:
        """Rows of `ITEMS` that are reviews, in order of key."""
        found = [row for row in self.source.items.values() if row["kind"] == "review"]
        return sorted(found, key=lambda row: (row["key"], row["item"]))

    def thread(self, item: str, log: Log) -> Thread:
        """The conversation of a review.

        Raises:
            LeftOutError: Nothing of it may be used.
        """
        self._turn_to(item)
        if self._thread is None:
            self._thread = thread_of(self.source, item)
        return noted(self._thread, log)

    def states(self, item: str) -> States:
        """The states of a review's files."""
        self._turn_to(item)
        if self._states is None:
            self._states = States(self.source.changes.get(item, ()))
        return self._states

    def reverted(self) -> Mapping[str, Row]:
        """The merged review that reverted another, by the other's id."""
        if self._reverted is None:
            self._reverted = _reverted(self.source, self.rows())
        return self._reverted

    def outcome(self, review: Row, log: Log) -> float:
        """The weight of what was said and done in a review, by how it ended.

        Merged 1, not merged yet 0.7; given up, or reverted within `REVERTED`, nothing.

        Raises:
            LeftOutError: It has no weight.
        """
        weight = OUTCOMES.get(str(review["state"]), 0.0)
        by = self.reverted().get(review["item"])
        if by is not None and (by["closed"] or EPOCH) - (review["closed"] or EPOCH) <= REVERTED:
            weight = 0.0
        log.require("review.outcome", weight, 0, keep=weight > 0)
        return weight

    def _turn_to(self, item: str) -> None:
        if item != self._item:
            self._item, self._thread, self._states = item, None, None

    def comments(self) -> Iterator[Unit[CommentUnit]]:
        """Every inline comment that begins a discussion, review by review."""
        for review in self.rows():
            opened = review["opened"] or EPOCH
            seen: set[str] = set()
            for part, parent, _ in ordered(self.source.parts.get(review["item"], ()), opened):
                new = part["thread"] is None or part["thread"] not in seen
                seen.add(part["thread"] or "")
                if part["kind"] == "inline" and parent is None and new:
                    sources = [source_of(_timed(part, opened), review)]
                    yield unit_of(CommentUnit(review, part), review, sources, self.source)

    def heeded(
        self, said: Said, thread: Thread, settings: AddressedSettings
    ) -> tuple[Comment, Heeded] | None:
        """Where a comment stands and what became of it; None for one that names no line."""
        item = thread.item
        place = place_of(said.row, self.source.patchsets.get(item["item"], ()))
        if place is None:
            return None
        answers = thread.answers(said)
        resolved = any(one.row["state"] == "resolved" for one in answers) or any(
            one.speaker in thread.authors and says_done(one.text) for one in answers[1:]
        )
        found = heeded(
            place,
            self.states(item["item"]),
            settings=settings,
            resolved=resolved,
            ended=item["state"] in ENDED,
        )
        return place, found


def _reverted(source: Material, reviews: Sequence[Row]) -> dict[str, Row]:
    merged = {
        str(commit): row["item"]
        for row in reviews
        if (commit := detail_of(row).get("merged_commit")) is not None
    }
    found: dict[str, Row] = {}
    for row in reviews:
        for link in source.links.get(row["item"], ()):
            item = link["related"] or merged.get(link["related_commit"] or "")
            reverts = link["kind"] == "reverts" and row["state"] == "merged"
            if reverts and item and item != row["item"]:
                found.setdefault(item, row)
    return found


def _timed(part: Row, opened: dt.datetime) -> Row:
    return part if part["time"] is not None else {**part, "time": opened}


def unit_of(
    what: Any, item: Row, sources: Sequence[Mapping[str, Any]], source: Material
) -> Unit[Any]:
    """A unit of an item.

    Args:
        what: What the recipe needs to know of it.
        item: Row of `ITEMS`.
        sources: What its id is made from.
        source: Knows its group.
    """
    group = source.groups.get(item["item"])
    times = [one["time"] for one in sources if one["time"] is not None]
    return Unit(
        what=what,
        sources=sources,
        item=item["item"],
        repository=item["repository"] or item["source"],
        time=max(times, default=item["opened"] or EPOCH),
        group=group.identity if group else item["item"],
    )


def detail_of(row: Row) -> Mapping[str, Any]:
    """The detail of an item or a part; empty where there is none."""
    found = json.loads(row["detail"]) if row["detail"] else {}
    return found if isinstance(found, dict) else {}


def place_of(part: Row, patchsets: Sequence[Row]) -> Comment | None:
    """Where an inline comment stands, or None where it names no line or no patchset."""
    start, end = part["start"], part["end"]
    if part["path"] is None or (start is None and end is None):
        return None
    number = part["patchset"]
    if number is None and part["time"] is not None:
        earlier = [row for row in patchsets if row["time"] is not None]
        numbers = [row["number"] for row in earlier if row["time"] <= part["time"]]
        number = max(numbers, default=None)
    if number is None:
        return None
    first = end if start is None else start
    last = start if end is None else end
    return Comment(part["path"], min(first, last), max(first, last), part["side"] or "new", number)


def said_of(part: Row, thread: Thread) -> Said:
    """The kept words of a part.

    Raises:
        LeftOutError: Its author's terms, or a rule on bots, or nothing left of it.
    """
    for one in thread.said:
        if one.native == part["native"]:
            return one
    raise LeftOutError(thread.gone.get(part["native"], "not_kept"))


def require_all(log: Log, rules: Iterable[Rule]) -> None:
    """Ask rules of behaviour, in order.

    Raises:
        LeftOutError: One does not hold; its name is the reason.
    """
    for rule in rules:
        log.require(rule.name, rule.value, rule.limit, keep=rule.keep)


def require_clean(texts: Iterable[str]) -> None:
    """Refuse words that would forge a turn of any base model.

    Raises:
        LeftOutError: A control token stands in a text.
    """
    if any(forged(text) for text in texts):
        raise LeftOutError("contains_control_token")


def shortened(
    pieces: Sequence[Piece], *, head: int, tail: int, characters: int
) -> tuple[Piece, ...]:
    """A text of at most so many lines from its head and its tail, and so many characters."""
    text = joined(pieces)
    lines = text.split("\n")
    if len(lines) > head + tail:
        first = len("\n".join(lines[:head])) + 1
        last = len(text) - len("\n".join(lines[len(lines) - tail :])) if tail else len(text)
        pieces = [*cut(pieces, 0, first), Piece("[...]\n"), *cut(pieces, last, len(text))]
    if sum(len(piece.text) for piece in pieces) > characters:
        pieces = [*cut(pieces, 0, characters), Piece(" [...]")]
    return tuple(pieces)


def said_source(said: Said, item: Row) -> dict[str, Any]:
    """A part as a row of `SOURCE`."""
    return {**source_of(said.row, item), "path": said.path, "time": said.time}


def latest(sources: Iterable[Mapping[str, Any]], unit: Unit[Any]) -> dt.datetime:
    """The latest time of anything that an example shows."""
    times: list[dt.datetime] = [unit.time, *(one["time"] for one in sources)]
    return max(times)


def bucket_experience(source: Material) -> Experience:
    """Weights by what a material itself tells of who reviewed and changed which file."""
    return Experience(bucket_acts(source))


def bucket_acts(source: Material) -> list[Act]:
    """Who reviewed and changed which file, and when, as a material itself tells."""
    acts: list[Act] = []
    for item, parts in source.parts.items():
        for part in parts:
            known = source.permitted.get(item, part["part"])
            if (
                part["kind"] == "inline"
                and part["path"]
                and part["time"]
                and known
                and known.people
            ):
                acts.append((known.people[0], part["path"], part["time"]))
    for rows in source.changes.values():
        for row in rows:
            known = source.permitted.get(row["item"], row["commit"])
            if row["purpose"] == "patchset" and row["path"] and known and known.people:
                acts.append((known.people[0], row["path"], known.time))
    return acts
