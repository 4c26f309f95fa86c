"""Putting one decision's turns together, with everything that a draft must say of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from byline.examples.document_slices import DocumentText, Reference, turn
from byline.examples.draft import Draft, Log, Making, Turn, Unit
from byline.examples.pieces import Piece, joined


@dataclass
class Shown:
    """What a unit shows and teaches, in order.

    Attributes:
        turns: The turns so far.
        record: The same by name, for the structural record.
        sources: Rows of `SOURCE` of all that is shown.
        context: Rows of `CONTEXT`.
        times: When the latest of each was written.
    """

    turns: list[Turn] = field(default_factory=list)
    rejected: list[Turn] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    context: list[dict[str, Any]] = field(default_factory=list)
    times: list[dt.datetime] = field(default_factory=list)

    def add(
        self,
        name: str,
        heading: str,
        pieces: Sequence[Piece],
        where: tuple[DocumentText, Sequence[Reference]] | None,
        *,
        learn: float = 0.0,
        kind: str = "context",
    ) -> None:
        """Show something; nothing is added where it is empty."""
        if not joined(pieces).strip():
            return
        self.turns.append(turn(heading, pieces, kind=kind, learn=learn))
        self._note(name, pieces, where)

    def reject(
        self,
        name: str,
        heading: str,
        pieces: Sequence[Piece],
        where: tuple[DocumentText, Sequence[Reference]],
    ) -> None:
        """What stands in place of the learned turns, in a preference."""
        self.rejected.append(turn(heading, pieces, kind="decision", learn=1.0))
        self._note(name, pieces, where)

    def _note(
        self,
        name: str,
        pieces: Sequence[Piece],
        where: tuple[DocumentText, Sequence[Reference]] | None,
    ) -> None:
        text = joined(pieces)
        if name in self.record:
            known = self.record[name]
            self.record[name] = [*(known if isinstance(known, list) else [known]), text]
        else:
            self.record[name] = text
        if where is not None:
            document, references = where
            self.sources += document.sources(references)
            latest = document.latest(references)
            self.times += [latest] if latest else []

    def hindsight(self, path: str, role: str, *, hindsight: bool) -> None:
        """Say what else is shown, and whether it was chosen by knowing the answer."""
        self.context.append({"path": path, "role": role, "hindsight": hindsight})


def drafted(
    shown: Shown,
    unit: Unit[Any],
    identity: str,
    log: Log,
    making: Making,
    *,
    work_class: Literal["code", "design", "process"],
    task: str,
    labels: Mapping[str, str],
    max_characters: int,
    record: Mapping[str, Any],
) -> Draft:
    """The draft of what is shown.

    Raises:
        LeftOutError: It is too large, or has nothing to learn.
    """
    size = sum(len(piece.text) for one in (*shown.turns, *shown.rejected) for piece in one.pieces)
    log.require("max_characters", size, max_characters, size <= max_characters)
    learned = [one for one in shown.turns if one.learn > 0]
    log.require("something_to_learn", len(learned), 1, bool(learned))
    return Draft(
        identity=identity,
        recipe=making.recipe,
        version=making.version,
        settings_digest=making.settings_digest,
        work_class=work_class,
        record={"task": task, **record, **shown.record},
        turns=tuple(shown.turns),
        sources=_once(shown.sources),
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=max([*shown.times, unit.time]),
        target="".join(joined(one.pieces) for one in learned),
        context=shown.context,
        labels={"task": task, **labels},
        decisions=log.decisions,
        rejected=tuple(shown.rejected),
    )


def _once(sources: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in sources:
        kept.setdefault((row["repository"], row["oid"], row["path"], row["start"], row["end"]), row)
    return list(kept.values())
