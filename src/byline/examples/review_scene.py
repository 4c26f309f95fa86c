"""A review as it is told: which turn follows which, who speaks, and what of it is learned."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from byline.examples.change_records import file_record
from byline.examples.draft import Role, Turn
from byline.examples.edit_view import ChangedFile
from byline.examples.part_of_change import file_source
from byline.examples.review_material import said_source, shortened
from byline.examples.said import Said, Thread

Learned = Literal["everybody", "reviewers", "author"]
Changes = Mapping[int, Sequence[ChangedFile]]
SAID: Final = ("comment", "review", "inline")
TOLD: Final = frozenset(
    {"closed", "reopened", "merged", "ready_for_review", "converted_to_draft", "abandoned"}
)


@dataclass(frozen=True)
class Telling:
    """Whose words carry loss, and how much of a text is shown (lines and characters)."""

    learn: Learned
    head_lines: int
    tail_lines: int
    max_text: int


class Scene:
    """What of one review is shown, in order, with its record.

    Attributes:
        turns: Of the draft.
        events: Of the record; `patchsets` likewise.
        sources: Rows of `SOURCE` of all that is shown.
        files: All changed files that are shown.
    """

    def __init__(self, thread: Thread, telling: Telling, aside: Collection[str] = ()) -> None:
        """Nothing has been told yet.

        Args:
            thread: The conversation.
            telling: Of it.
            aside: Native ids of parts that are shown, and not learned.
        """
        self._aside = frozenset(aside)
        self.turns: list[Turn] = []
        self.events: list[dict[str, Any]] = []
        self.patchsets: list[dict[str, Any]] = []
        self.sources: list[dict[str, Any]] = []
        self.files: list[ChangedFile] = []
        self._thread = thread
        self._telling = telling

    def play(
        self,
        opening: Sequence[Said],
        spoken: Sequence[Said],
        changes: Changes,
        times: Mapping[int, dt.datetime | None],
    ) -> None:
        """Tell it: a patchset stands ahead of the first event after it.

        Args:
            opening: Title and description.
            spoken: The comments to tell.
            changes: The files of each patchset, by its number.
            times: When each patchset came.
        """
        for said in opening:
            self.turns.append(self._turn(said))
            self.sources.append(said_source(said, self._thread.item))
        waiting = [number for number in sorted(changes) if changes[number]]
        first = waiting[0]
        kept = {said.native for said in spoken}
        for said in self._thread.of(*SAID, "event"):
            if said.native not in kept and not (said.kind == "event" and _told(said)):
                continue
            while waiting and (waiting[0] == first or _came_before(waiting[0], said, times)):
                self._push(waiting[0], changes, first=waiting[0] == first)
                waiting.pop(0)
            self._event(said)
        for number in waiting:
            self._push(number, changes, first=number == first)

    def _push(self, number: int, changes: Changes, *, first: bool) -> None:
        files, speaker = tuple(changes[number]), self._thread.opener
        if first:
            self.turns.append(Turn("user", "state", files=files, heading="Files before"))
        learned = self._telling.learn
        role: Role = "assistant" if learned == "author" else "user"
        learn = 0.0 if learned == "reviewers" else 1.0
        heading = f"Patchset {number}"
        self.turns.append(
            Turn(role, "action", files=files, heading=heading, learn=learn, speaker=speaker)
        )
        self.events.append({"type": "push", "patchset": number, "speaker": speaker})
        self.patchsets.append({"n": number, "files": [file_record(file) for file in files]})
        self.files += files
        self.sources += [file_source(file, self._thread.item) for file in files]

    def _event(self, said: Said) -> None:
        turn = self._turn(said)
        self.turns.append(turn)
        self.sources.append(said_source(said, self._thread.item))
        self.events.append(
            {
                "type": said.kind,
                "speaker": said.speaker,
                "text": "".join(piece.text for piece in turn.pieces),
                "state": said.row["state"],
                "path": said.path,
                "line": said.row["end"] or said.row["start"],
                "side": said.row["side"],
                "patchset": said.row["patchset"],
            }
        )

    def _turn(self, said: Said) -> Turn:
        telling = self._telling
        by_author = said.speaker in self._thread.authors
        everybody = telling.learn == "everybody"
        learned = everybody or by_author == (telling.learn == "author")
        opens = said.kind in ("title", "description")
        return Turn(
            role="assistant" if learned and not (everybody and by_author) else "user",
            kind="context" if opens else said.kind,
            pieces=shortened(
                said.pieces,
                head=telling.head_lines,
                tail=telling.tail_lines,
                characters=telling.max_text,
            ),
            heading=_heading(said),
            learn=1.0 if learned and said.native not in self._aside else 0.0,
            speaker=said.speaker,
        )


def _told(said: Said) -> bool:
    """Whether an event belongs to the conversation: what closed it or set it going again."""
    return str(said.row["state"] or "").partition(":")[0] in TOLD


def _came_before(number: int, said: Said, times: Mapping[int, dt.datetime | None]) -> bool:
    """Whether a patchset was there when something was said."""
    time = times.get(number)
    return (said.row["patchset"] or 0) >= number or (time is not None and time <= said.time)


def _heading(said: Said) -> str:
    kind = said.kind
    if kind in ("title", "description"):
        return kind.capitalize()
    if said.path and kind == "inline":
        line = said.row["end"] or said.row["start"]
        return f"Comment on {said.path}, line {line}" if line else f"Comment on {said.path}"
    state = str(said.row["state"] or "").replace("_", " ")
    if kind == "review":
        return f"Review: {state}" if state else "Review"
    return f"Event: {state}" if kind == "event" else "Comment"
