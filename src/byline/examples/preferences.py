"""The `preference` recipe: two answers to one prompt, of which the work itself preferred one.

The pairs are those of `byline.examples.preference_units`. Gates against learning the wrong thing:
both sides start from the same state; they differ in a few lines, not in format only; neither is
more than `max_ratio` times as long as the other, so that length is not what is learned; somebody's
comment gives the reason, or the revert does. Words that are hostile are no side of a pair.

Preference pairs teach direct preference optimisation (arXiv 2305.18290). People are not compared:
see the units.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from byline.examples.change_records import file_record
from byline.examples.draft import Declined, Draft, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Material
from byline.examples.preference_changes import patchset_pair, reverted_pair
from byline.examples.preference_comments import heeded_pair
from byline.examples.preference_sides import RECIPE, VERSION, PreferenceSettings, Sides
from byline.examples.preference_suggestions import suggestion_pair
from byline.examples.preference_units import Pair, pairs
from byline.examples.review_material import Reviews, latest, require_clean

__all__ = ["RECIPE", "VERSION", "PreferenceSettings", "preference"]

MAKERS: Final[Mapping[str, Callable[..., Sides]]] = {
    "patchset": patchset_pair,
    "suggestion": suggestion_pair,
    "reverted": reverted_pair,
    "heeded": heeded_pair,
}


def preference(source: Material, settings: PreferenceSettings) -> Iterator[Draft | Declined]:
    """A draft for each pair of which the work preferred one, or why there is none."""
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    reviews = Reviews(source)

    def draft(unit: Unit[Pair], identity: str, log: Log) -> Draft:
        sides = MAKERS[unit.what.kind](unit, source, reviews, settings, log)
        return _draft(unit, identity, log, sides, settings)

    yield from each(making, pairs(source, reviews), draft)


def _draft(
    unit: Unit[Pair], identity: str, log: Log, sides: Sides, settings: PreferenceSettings
) -> Draft:
    everything = (*sides.prompt, sides.chosen, sides.rejected)
    require_clean(piece.text for turn in everything for piece in turn.pieces)
    chosen, rejected = _length(sides.chosen), _length(sides.rejected)
    ratio = max(chosen, rejected) / max(min(chosen, rejected), 1)
    log.require("length.ratio", ratio, settings.max_ratio, ratio <= settings.max_ratio)
    files = [file for turn in everything for file in turn.files]
    return Draft(
        identity=identity,
        recipe=RECIPE,
        version=VERSION,
        settings_digest=settings.digest,
        work_class="code" if sides.chosen.files else "process",
        record={
            "kind": unit.what.kind,
            "repository": unit.repository,
            "reason": sides.reason,
            "margin": sides.margin,
            "chosen": _said(sides.chosen),
            "rejected": _said(sides.rejected),
        },
        turns=(*sides.prompt, sides.chosen),
        rejected=(sides.rejected,),
        sources=sides.sources,
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=latest(sides.sources, unit),
        target=_text(sides.chosen) + _text(sides.rejected),
        context=[
            {"path": path, "role": "edited", "hindsight": True}
            for path in sorted({file.path for file in files})
        ],
        labels={"pair": unit.what.kind, "length_ratio": f"{ratio:.2f}"},
        decisions=log.decisions,
    )


def _said(turn: Turn) -> Any:
    """One side as part of a record."""
    if turn.files:
        return [file_record(file) for file in turn.files]
    return "".join(piece.text for piece in turn.pieces)


def _text(turn: Turn) -> str:
    changed: Sequence[ChangedFile] = turn.files
    blocks = [block.replace for file in changed for block in file.blocks]
    return "".join([*(piece.text for piece in turn.pieces), *blocks])


def _length(turn: Turn) -> int:
    changed = sum(
        len(block.search) + len(block.replace) for file in turn.files for block in file.blocks
    )
    return changed + sum(len(piece.text) for piece in turn.pieces)
