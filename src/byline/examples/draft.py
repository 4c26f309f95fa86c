"""Drafts: what a recipe makes, before any rendering: who says what, and what is to be learned.

A recipe does not write prompts. It yields drafts, each a structural record with turns in order, and
says why a unit of work makes none. `byline.examples.rendering` turns a draft into a conversation,
search/replace blocks, a unified diff, chat messages or a fill-in-the-middle text.

Every filter goes through a `Log`, so that each example and each rejection carries the rules that
were asked, with value and limit, in the order in which they were asked.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from byline.examples.candidate import example_id
from byline.examples.edit_view import ChangedFile
from byline.examples.pieces import Piece

Role = Literal["system", "user", "assistant", "tool"]
T = TypeVar("T")


@dataclass(frozen=True)
class Turn:
    """One thing that somebody says or does.

    Attributes:
        role: Who speaks, as chat templates have it; what the model learns to say is ``assistant``.
        kind: context | state | intent | comment | review | action | observation | thought | …;
            renderings choose headings and tokens by it.
        pieces: What is said, with its authors; findings are already taken out.
        files: Files that the turn shows (``state``) or changes (``action``).
        heading: A few words of the recipe's own that introduce it, such as ``Issue``.
        learn: Weight in the loss of what human authors wrote of it; `Piece.loss` is set from it.
        speaker: How the thread calls whoever speaks (``user_1``), where there are several.
    """

    role: Role
    kind: str
    pieces: tuple[Piece, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    heading: str = ""
    learn: float = 0.0
    speaker: str = ""


@dataclass(frozen=True)
class Unit(Generic[T]):
    """One opportunity for an example: every unit ends as a draft or as declined, never as nothing.

    Attributes:
        what: What the recipe needs to know of it.
        sources: The exact source objects (rows of `SOURCE`), from which its id is made.
        item: The item that the accounting counts it under.
        repository: The repository, or the source where there is none.
        time: When the latest of it was written.
        group: Its work-item group.
    """

    what: T
    sources: Sequence[Mapping[str, Any]]
    item: str
    repository: str
    time: dt.datetime
    group: str


@dataclass(frozen=True)
class Draft:
    """One example before rendering.

    Attributes:
        identity: The example's id.
        work_class: code | design | process: the class of what is learned.
        record: The structural record, JSON-able, model-neutral, redacted like the turns.
        turns: Everything in order; those that are learned have ``learn`` above 0.
        rejected: For a preference: what stands in place of the turns that are learned.
        target: The text that duplicates are found by.
        context: Rows of `CONTEXT`: what else is shown; whatever was chosen by knowing the answer
            has ``hindsight``.
        weight: Of the whole example in the loss.
        loss: Weights by origin that this example needs and a rendering has otherwise, such as
            ``{"ai": 1.0}`` for an agent's session, which would teach nothing without it.
    """

    identity: str
    recipe: str
    version: str
    settings_digest: str
    work_class: Literal["code", "design", "process"]
    record: Mapping[str, Any]
    turns: tuple[Turn, ...]
    sources: Sequence[Mapping[str, Any]]
    item: str
    repository: str
    group: str
    time: dt.datetime
    target: str
    context: Sequence[Mapping[str, Any]] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    decisions: Sequence[Mapping[str, Any]] = ()
    rejected: tuple[Turn, ...] = ()
    weight: float = 1.0
    loss: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Declined:
    """A unit that makes no example, with its reason and what was asked."""

    identity: str
    recipe: str
    version: str
    settings_digest: str
    reason: str
    item: str
    repository: str
    group: str
    time: dt.datetime
    decisions: Sequence[Mapping[str, Any]] = ()


class LeftOutError(Exception):
    """This unit makes no example; the text is the reason."""


class Log:
    """The rules that were asked of one unit.

    Args:
        overridden: Rules that somebody has set aside for this unit by name; terms are none of
            them: what people's terms exclude is raised as `LeftOutError` itself, past the log.
    """

    def __init__(self, overridden: Collection[str] = ()) -> None:
        self.decisions: list[dict[str, Any]] = []
        self._overridden = frozenset(overridden)

    def require(self, rule: str, value: float, limit: float, keep: bool) -> None:
        """Note a rule, and leave the unit out unless it holds or is set aside.

        Raises:
            LeftOutError: It does not hold; the rule's name is the reason.
        """
        kept = keep or rule in self._overridden
        self.decisions.append(
            {"rule": rule, "value": float(value), "limit": float(limit), "keep": kept}
        )
        if not kept:
            raise LeftOutError(rule)

    def note(self, rule: str, value: float, limit: float) -> None:
        """Note a value that decided nothing on its own, such as a chosen window or weight."""
        self.decisions.append(
            {"rule": rule, "value": float(value), "limit": float(limit), "keep": True}
        )


@dataclass(frozen=True)
class Making:
    """A recipe's name, version and settings' digest, and who set which rules aside for which id."""

    recipe: str
    version: str
    settings_digest: str
    overrides: Mapping[str, Collection[str]] = field(default_factory=dict)


def each(
    making: Making,
    units: Iterable[Unit[T]],
    make: Callable[[Unit[T], str, Log], Draft],
) -> Iterator[Draft | Declined]:
    """A draft for each unit, or why there is none.

    Args:
        making: Whose units they are.
        units: All opportunities.
        make: Makes a draft of (unit, its id, its log); raises `LeftOutError`.
    """
    for unit in units:
        identity = example_id(making.recipe, making.settings_digest, unit.sources)
        log = Log(making.overrides.get(identity, ()))
        try:
            yield make(unit, identity, log)
        except LeftOutError as reason:
            if not log.decisions or log.decisions[-1]["keep"]:  # it was raised past the log
                failed = {"rule": str(reason), "value": 1.0, "limit": 0.0, "keep": False}
                log.decisions.append(failed)
            yield Declined(
                identity=identity,
                recipe=making.recipe,
                version=making.version,
                settings_digest=making.settings_digest,
                reason=str(reason),
                item=unit.item,
                repository=unit.repository,
                group=unit.group,
                time=unit.time,
                decisions=log.decisions,
            )
