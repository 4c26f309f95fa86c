"""What a recorded session was about, where nobody says so in it: the issue that it is linked to.

Only what its opener wrote before the session began, and only where their terms permit it; without
that the session is shown as it is. A description that was edited when the answer was known is not
shown at all.
"""

import json
from dataclasses import dataclass
from typing import Final

from byline.examples.draft import Log, Turn
from byline.examples.material import Material, Row
from byline.examples.pieces import Piece, joined
from byline.examples.said import Said, Thread
from byline.examples.threads import thread_of
from byline.examples.tokens import forged

ISSUES: Final = frozenset({"issue", "incident"})


@dataclass(frozen=True)
class Ticket:
    """An issue as it was when the session began.

    Attributes:
        turn: Its title and description.
        issue: Row of `ITEMS`.
        said: What of it is shown.
    """

    turn: Turn
    issue: Row
    said: tuple[Said, ...]


def ticket(source: Material, trace: Row, log: Log) -> Ticket | None:
    """The first issue, by key, that a trace is linked to and that may be shown, or None."""
    related = {row["related"] for row in source.links.get(trace["item"], ()) if row["related"]}
    issues = [source.items[one] for one in related if one in source.items]
    for issue in sorted(issues, key=lambda one: str(one["key"])):
        if issue["kind"] not in ISSUES:
            continue
        found = _shown(source, issue, trace)
        if isinstance(found, Ticket):
            log.note("ticket", 1, 1)
            return found
        log.note(f"ticket: {found}", 0, 1)
    return None


def _shown(source: Material, issue: Row, trace: Row) -> Ticket | str:
    """An issue as a turn, or why it is not shown."""
    if issue["opened"] is None or issue["opened"] > trace["opened"]:
        return "opened_later"
    if json.loads(issue["detail"]).get("hindsight_description"):
        return "description_edited_later"
    thread = thread_of(source, issue["item"])
    if not isinstance(thread, Thread):
        return thread
    said = [
        one
        for kind in ("title", "description")
        for one in thread.of(kind)[:1]
        if one.row["time"] is None or one.row["time"] <= trace["opened"]
    ]
    pieces = [
        piece
        for number, one in enumerate(said)
        for piece in (*([Piece("\n\n")] if number else []), *one.pieces)
    ]
    if not joined(pieces).strip() or forged(joined(pieces)):
        return "contains_control_token" if pieces else "empty"
    turn = Turn("user", "intent", tuple(pieces), heading="Issue", speaker=thread.opener)
    return Ticket(turn, issue, tuple(said))
