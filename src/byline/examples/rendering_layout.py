"""How a draft's turns are laid out: one text, prompt and answers, messages, a text with a hole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from byline.examples.chance import fraction
from byline.examples.draft import Draft, Turn
from byline.examples.pieces import Piece
from byline.examples.rendering_files import Own, own
from byline.examples.rendering_turns import LossByOrigin, Manner, Say, answer_start, said
from byline.examples.tokens import TokenMap

DIFFS: Final = frozenset({"conversation", "unified_diff"})


@dataclass(frozen=True)
class RenderSettings:
    """How drafts are written.

    Attributes:
        loss: Weight in the loss by origin.
        context_lines: Lines of a file that are shown around its changes.
        max_characters: A longer text is left out (StarCoder2: 100,000 for a review).
        suffix_first_rate: How often a text with a hole has its suffix first, where a model knows
            both orders (StarCoder2: half).
        seed: For that choice, by hash of the id.
    """

    loss: LossByOrigin = field(default_factory=LossByOrigin)
    context_lines: int = 10
    max_characters: int = 100_000
    suffix_first_rate: float = 0.5
    seed: int = 17


class NotRenderedError(Exception):
    """The text is the reason."""


@dataclass(frozen=True)
class Rendered:
    """The pieces of one example, and where its parts end; see `candidate`."""

    pieces: list[Piece]
    prompt: int | None = None
    chosen: int | None = None
    messages: list[tuple[str, int]] | None = None


def manner_of(style: str, tokens: TokenMap, settings: RenderSettings) -> Manner:
    """How turns are written in a style."""
    return Manner(
        tokens=tokens,
        form="unified_diff" if style in DIFFS else "search_replace",
        loss=settings.loss,
        context_lines=settings.context_lines,
        marked=style != "chat",
    )


def laid_out(draft: Draft, style: str, tokens: TokenMap, settings: RenderSettings) -> Rendered:
    """The pieces of a draft in a style.

    Raises:
        NotRenderedError: The style is `fim` and the draft has no hole.
    """
    if style == "fim":
        return _with_hole(draft, tokens, settings)
    manner = manner_of(style, tokens, settings)
    turns = [said(turn, manner) for turn in draft.turns]
    if draft.rejected:
        return _preference(turns, [said(turn, manner) for turn in draft.rejected])
    if style == "chat":
        return _messages(turns)
    if style == "conversation":
        return Rendered([piece for turn in turns for piece in (*turn.opening, *turn.body)])
    prompt, answer = _halves(turns)
    return Rendered([*prompt, *answer], prompt=len(prompt))


def _halves(turns: Sequence[Say]) -> tuple[list[Piece], list[Piece]]:
    """What comes before the first learned turn, with its opening, and all from there on."""
    start = answer_start(turns)
    before = [piece for turn in turns[:start] for piece in (*turn.opening, *turn.body)]
    if start == len(turns):
        return before, []
    after = [piece for turn in turns[start + 1 :] for piece in (*turn.opening, *turn.body)]
    return [*before, *turns[start].opening], [*turns[start].body, *after]


def _preference(turns: Sequence[Say], rejected: Sequence[Say]) -> Rendered:
    prompt, chosen = _halves(turns)
    # The opening of the first answer stands in the prompt, whichever answer follows.
    other = _all(rejected)
    return Rendered([*prompt, *chosen, *other], prompt=len(prompt), chosen=len(chosen))


def _all(turns: Sequence[Say]) -> list[Piece]:
    return [
        piece
        for at, turn in enumerate(turns)
        for piece in ((*turn.opening, *turn.body) if at else turn.body)
    ]


def _messages(turns: Sequence[Say]) -> Rendered:
    """Turns of one role that follow each other, as one message."""
    pieces: list[Piece] = []
    messages: list[tuple[str, int]] = []
    for role, group in groupby(turns, key=lambda turn: turn.role):
        said_here = [piece for turn in group for piece in (*turn.opening, *turn.body)]
        if said_here:
            pieces += said_here
            messages.append((role, len(said_here)))
    return Rendered(pieces, messages=messages)


def _with_hole(draft: Draft, tokens: TokenMap, settings: RenderSettings) -> Rendered:
    """A text with a hole; what is learned of prefix and suffix is as their turns say."""
    by_kind: dict[str, Turn] = {turn.kind: turn for turn in draft.turns}
    if not tokens.middle or "middle" not in by_kind:
        raise NotRenderedError("no_hole")
    manner = Manner(tokens, "search_replace", settings.loss, settings.context_lines)
    kinds = ("prefix", "suffix", "middle")
    parts = {kind: _part(by_kind.get(kind), manner) for kind in kinds}
    before = [said(turn, manner) for turn in draft.turns if turn.kind not in kinds]
    head = [piece for turn in before for piece in (*turn.opening, *turn.body)]
    learn = by_kind["middle"].learn
    prefix, suffix, middle = (
        own(token, learn) for token in (tokens.prefix, tokens.suffix, tokens.middle)
    )
    if tokens.order == "suffix_first":
        body = [suffix, *parts["suffix"], prefix, *parts["prefix"], middle, *parts["middle"]]
    elif tokens.order == "either" and (
        fraction(draft.identity, settings.seed, "order") < settings.suffix_first_rate
    ):
        body = [prefix, suffix, *parts["suffix"], middle, *parts["prefix"], *parts["middle"]]
    else:
        body = [prefix, *parts["prefix"], suffix, *parts["suffix"], middle, *parts["middle"]]
    return Rendered([*head, *body])


def _part(turn: Turn | None, manner: Manner) -> list[Piece]:
    """A part's own text: nothing may stand between it and the tokens, not even a line's end."""
    if turn is None:
        return []
    body = list(said(turn, manner).body)
    return body[:-1] if body and isinstance(body[-1], Own) and not turn.files else body
