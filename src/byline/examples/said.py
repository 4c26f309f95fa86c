"""What is kept of a conversation; `byline.examples.threads` makes it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from byline.examples.allowed import Allowed
from byline.examples.material import Row
from byline.examples.pieces import Piece, joined


@dataclass(frozen=True)
class Said:
    """One part that is kept, as it is shown.

    Attributes:
        row: Of `PARTS`; its text and names are not to be shown.
        speaker: How the thread calls its author.
        pieces: Its clean text, without quotes of excluded people, with names replaced.
        known: What is known of its author.
        parent: The native id of the kept part that it answers, or None.
        time: When it was said; never before what it answers.
        path: Where it stands, clean, or None.
    """

    row: Row
    speaker: str
    pieces: tuple[Piece, ...]
    known: Allowed
    parent: str | None
    time: dt.datetime
    path: str | None = None

    @property
    def kind(self) -> str:
        """Kind of the part."""
        return str(self.row["kind"])

    @property
    def native(self) -> str:
        """Its id in the export."""
        return str(self.row["native"])

    @property
    def text(self) -> str:
        """Its clean text."""
        return joined(self.pieces)


@dataclass(frozen=True)
class Thread:
    """What is kept of an item's conversation.

    Attributes:
        item: Row of `ITEMS`.
        said: Its parts, title and description first, then in order.
        opener: How the thread calls whoever opened it.
        authors: How it calls whose work it is about: the opener, and who made the first patchset.
        counts: How many parts or lines went, by rule.
        gone: Why a part is not kept, by its native id.
        bot: The rule by which a program opened it, or None.
        people: Person (or account) to name in the thread. Never to be written into an example.
    """

    item: Row
    said: tuple[Said, ...]
    opener: str
    authors: frozenset[str]
    counts: Mapping[str, int]
    gone: Mapping[str, str]
    bot: str | None
    people: Mapping[str, str] = field(repr=False)

    def of(self, *kinds: str) -> list[Said]:
        """What was said in parts of some kinds, in order."""
        return [one for one in self.said if one.kind in kinds]

    def answers(self, said: Said) -> list[Said]:
        """What belongs to one discussion with a part, itself first, in order."""
        thread = said.row["thread"]
        found, inside = [said], {said.native}
        for one in self.said:
            if one is said or one.time < said.time:
                continue
            same = thread is not None and one.row["thread"] == thread
            if same or one.parent in inside:
                found.append(one)
                inside.add(one.native)
        return found
