"""Rendering: one draft, several forms. What a draft says is never changed, only how it is written.

===================  ===============================================================================
``conversation``     one ``text`` with every turn in order, as StarCoder2 has pull requests (arXiv
                     2402.19173, section 2.3): tokens where the model has them, changes as diffs
``search_replace``   ``prompt`` up to the first turn that is learned, and ``completion``; changes as
                     search/replace blocks (arXiv 2602.07457)
``unified_diff``     the same, with changes as git's diffs
``chat``             ``messages`` with roles; turns of one role that follow each other are one
``fim``              one ``text`` with a hole: turns of kind ``prefix``, ``suffix``, ``middle``
===================  ===============================================================================

A preference is ``prompt``, ``chosen`` and ``rejected`` in any style but ``fim``. Every change is
read back from the rendered text and must give the after-state byte for byte (law 3). A draft that
cannot be rendered becomes a row that says why, like a unit that was declined.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal, get_args

from byline.corpus.split import Cuts, split_of
from byline.errors import InputError
from byline.examples.candidate import LEFT_OUT, candidate
from byline.examples.draft import Declined, Draft, Turn
from byline.examples.pieces import Piece, joined
from byline.examples.rendering_files import Own
from byline.examples.rendering_layout import (
    DIFFS,
    NotRenderedError,
    Rendered,
    RenderSettings,
    laid_out,
    manner_of,
)
from byline.examples.rendering_replay import applied, read_blocks, read_diff
from byline.examples.rendering_turns import said
from byline.examples.tokens import TokenMap

Style = Literal["conversation", "search_replace", "unified_diff", "chat", "fim"]
STYLES: Final[tuple[str, ...]] = get_args(Style)
VERSION: Final = "1"


def render(
    draft: Draft,
    *,
    style: str,
    tokens: TokenMap,
    purposes: Sequence[str],
    cuts: Cuts,
    settings: RenderSettings | None = None,
) -> dict[str, Any]:
    """A draft as a row of `CANDIDATES`; of the split ``left_out`` where it cannot be rendered.

    Reasons not to: ``contains_control_token`` (see `byline.examples.tokens`), ``too_large``,
    ``nothing_learned`` (nothing that carries loss is left by origin), ``not_replayed``,
    ``no_hole`` (`fim` of a draft without a middle).

    Args:
        draft: What a recipe made.
        style: One of `STYLES`.
        tokens: Of the base model.
        purposes: What everything in it is permitted for.
        cuts: Where training ends.
        settings: How it is written; None takes the defaults.

    Raises:
        InputError: There is no such style.
    """
    if style not in STYLES:
        raise InputError(f"there is no style {style!r}", advice=f"known: {', '.join(STYLES)}")
    settings = settings or RenderSettings()
    if draft.loss:
        settings = replace(settings, loss=replace(settings.loss, **draft.loss))
    try:
        rendered = laid_out(draft, style, tokens, settings)
        _check(rendered, draft, style, tokens, settings)
    except NotRenderedError as reason:
        return declined_row(_declined(draft, str(reason)), work_class=draft.work_class)
    return candidate(
        identity=draft.identity,
        recipe=draft.recipe,
        record=draft.record,
        render=(style, VERSION),
        pieces=rendered.pieces,
        prompt_pieces=rendered.prompt,
        chosen_pieces=rendered.chosen,
        messages=rendered.messages,
        sources=draft.sources,
        context=draft.context,
        labels={**draft.labels, "tokens": tokens.name},
        split=split_of(draft.time, cuts),
        split_keys=_keys(draft),
        decisions=draft.decisions,
        purposes=purposes,
        transform=(draft.recipe, draft.version, draft.settings_digest),
        item=draft.item,
        first_line=None,
        target=draft.target,
        work_class=draft.work_class,
        weight=draft.weight,
    )


def declined_row(declined: Declined, *, work_class: str = "process") -> dict[str, Any]:
    """A row that says which unit makes no example, and why; it holds nothing of the work."""
    return candidate(
        identity=declined.identity,
        recipe=declined.recipe,
        record={},
        render=("none", VERSION),
        pieces=[],
        prompt_pieces=None,
        sources=[],
        context=[],
        labels={"reason": declined.reason},
        split=LEFT_OUT,
        split_keys=_keys(declined),
        decisions=declined.decisions,
        purposes=[],
        transform=(declined.recipe, declined.version, declined.settings_digest),
        item=declined.item,
        first_line=None,
        target="",
        work_class=work_class,
    )


def _keys(one: Draft | Declined) -> dict[str, Any]:
    return {"repo": one.repository, "group": one.group, "time": one.time, "dup": None}


def _declined(draft: Draft, reason: str) -> Declined:
    return Declined(
        identity=draft.identity,
        recipe=draft.recipe,
        version=draft.version,
        settings_digest=draft.settings_digest,
        reason=reason,
        item=draft.item,
        repository=draft.repository,
        group=draft.group,
        time=draft.time,
        decisions=draft.decisions,
    )


def _check(
    rendered: Rendered, draft: Draft, style: str, tokens: TokenMap, settings: RenderSettings
) -> None:
    pieces = rendered.pieces
    if sum(len(piece.text) for piece in pieces) > settings.max_characters:
        raise NotRenderedError("too_large")
    foreign = "".join("\n" if isinstance(one, Own) else one.text for one in pieces)
    names = "\n".join(f"{turn.heading}\n{turn.speaker}" for turn in draft.turns)
    if tokens.forged(foreign) or tokens.forged(names):
        raise NotRenderedError("contains_control_token")
    by_marks_alone = any(
        file.status in ("D", "R") for turn in draft.turns if turn.learn > 0 for file in turn.files
    )
    if not any(piece.loss > 0 and (by_marks_alone or _is_said(piece)) for piece in pieces):
        raise NotRenderedError("nothing_learned")
    for turn in (*draft.turns, *draft.rejected):
        if turn.kind == "action" and not _replays(turn, style, tokens, settings):
            raise NotRenderedError("not_replayed")


def _is_said(piece: Piece) -> bool:
    """Whether somebody, or the recipe, says it: the rendering's marks alone teach nothing."""
    return not isinstance(piece, Own)


def _replays(turn: Turn, style: str, tokens: TokenMap, settings: RenderSettings) -> bool:
    """Whether reading a turn's text back and applying it gives each file byte for byte."""
    files = [file for file in turn.files if file.status != "S"]
    text = joined(said(turn, manner_of(style, tokens, settings)).body)
    before = {file.old_path or file.path: "".join(file.before) for file in files}
    expected: dict[str, str | None] = {file.old_path: None for file in files if file.old_path}
    for file in files:
        expected[file.path] = None if file.status == "D" else "".join(file.after)
    try:
        read = read_diff(text, tokens) if style in DIFFS else read_blocks(text, tokens)
        return applied(read, before) == expected
    except InputError:
        return False
