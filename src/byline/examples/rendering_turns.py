"""Turns as pieces: what each says, how it is introduced, and which of it is learned.

Loss follows origin: a turn that is learned carries loss on what humans wrote of it, and by default
none on what agents, tools and bots did, which stays as context. The rendering's own marks in a
learned turn are learned with it. Pieces that a recipe wrote itself (nobody's, origin ``tool``) keep
the loss that the recipe gave them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

from byline.examples.draft import Turn
from byline.examples.pieces import TOOL, Piece
from byline.examples.rendering_files import Own, blocks, diff, own, state
from byline.examples.tokens import TokenMap

Form = Literal["search_replace", "unified_diff"]
HEADINGS: Final[Mapping[str, str]] = {
    "intent": "Task", "comment": "Comment", "review": "Review", "observation": "Output",
    "state": "Files", "action": "Change", "context": "Context", "thought": "Thought",
}  # fmt: skip


@dataclass(frozen=True)
class LossByOrigin:
    """Weight in the loss of what is learned, by who wrote it.

    ``unknown`` counts as human: of most lines nothing says that a machine had a part in them.
    """

    human: float = 1.0
    mixed: float = 1.0
    unknown: float = 1.0
    ai: float = 0.0
    tool: float = 0.0
    bot: float = 0.0
    synthetic: float = 0.0

    def of(self, origin: str) -> float:
        """The weight of an origin; one that is not known has none."""
        return float(asdict(self).get(origin, 0.0))


@dataclass(frozen=True)
class Say:
    """One turn as pieces.

    Attributes:
        opening: The rendering's words before it; never learned.
        body: What is said.
        role: Of the turn.
        learned: Whether any of it may be learned.
    """

    opening: tuple[Piece, ...]
    body: tuple[Piece, ...]
    role: str
    learned: bool


@dataclass(frozen=True)
class Manner:
    """How turns are written.

    Attributes:
        tokens: Of the base model.
        form: Of changes.
        loss: Weights by origin.
        context_lines: Lines of a file shown around its changes.
        marked: Whether turns are introduced by tokens; else by headings in words.
    """

    tokens: TokenMap
    form: Form
    loss: LossByOrigin
    context_lines: int
    marked: bool = True


def said(turn: Turn, manner: Manner) -> Say:
    """A turn as pieces; it ends a line."""
    learn = turn.learn
    body = [_weighed(piece, learn, manner.loss) for piece in turn.pieces if piece.text]
    if body and not body[-1].text.endswith("\n"):
        body.append(own("\n", learn))
    for file in turn.files:
        if turn.kind == "action" and file.status != "S":
            write = blocks if manner.form == "search_replace" else diff
            body += [
                _by_origin(piece, manner.loss) for piece in write(file, manner.tokens, learn=learn)
            ]
        else:
            body += state(file, manner.tokens, context_lines=manner.context_lines)
    return Say(tuple(_opening(turn, manner)), tuple(body), turn.role, learn > 0)


def _opening(turn: Turn, manner: Manner) -> Iterator[Piece]:
    """What introduces a turn: its token or heading, and who speaks."""
    mark = manner.tokens.mark(turn.kind) if manner.marked else ""
    speaker = f"{turn.speaker}: " if turn.speaker else ""
    named_by_files = bool(turn.files) and not turn.pieces
    if mark and not turn.files:
        heading = f"{turn.heading}\n" if turn.heading else ""
        yield own(f"{mark}{heading}{speaker}")
    elif turn.heading:
        yield own(f"### {turn.heading}\n{speaker}")
    elif not named_by_files and (manner.marked or turn.role != "assistant"):
        yield own(f"### {HEADINGS.get(turn.kind, turn.kind.capitalize())}\n{speaker}")
    elif speaker:
        yield own(speaker)


def _weighed(piece: Piece, learn: float, weights: LossByOrigin) -> Piece:
    if piece.contributor is None and not piece.people and piece.origin == TOOL:
        return replace(piece, loss=learn * piece.loss)
    return replace(piece, loss=learn * weights.of(piece.origin))


def _by_origin(piece: Piece, weights: LossByOrigin) -> Piece:
    """A line of a change; the rendering's own marks keep their weight."""
    if isinstance(piece, Own):
        return piece
    return replace(piece, loss=piece.loss * weights.of(piece.origin))


def answer_start(turns: Sequence[Say]) -> int:
    """The place of the first turn that is learned; the number of turns where none is."""
    return next((at for at, turn in enumerate(turns) if turn.learned), len(turns))
