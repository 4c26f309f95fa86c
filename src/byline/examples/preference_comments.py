"""Pairs of comments: one that was heeded and one that was not, by one reviewer on one patchset.

The prompt shows the parts of the change that both stand on; each answer names its place first.
"""

from byline.examples.addressed import Comment
from byline.examples.behaviour import hostility, of_comment
from byline.examples.draft import LeftOutError, Log, Turn, Unit
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Material
from byline.examples.part_of_change import file_source, part_of
from byline.examples.pieces import Piece
from byline.examples.preference_sides import PreferenceSettings, Sides, opening_turns
from byline.examples.preference_units import Pair
from byline.examples.review_comment import commented_part
from byline.examples.review_material import Reviews, require_all, said_of, said_source
from byline.examples.said import Said, Thread
from byline.work.diff import Block


def heeded_pair(
    unit: Unit[Pair],
    source: Material,
    reviews: Reviews,
    settings: PreferenceSettings,
    log: Log,
) -> Sides:
    """A comment that a change followed, and one by the same reviewer that none did.

    Raises:
        LeftOutError: The pair makes no example.
    """
    pair = unit.what
    if pair.part is None or pair.other is None:
        raise LeftOutError("no_comment")
    thread = reviews.thread(unit.item, log)
    one, two = said_of(pair.part, thread), said_of(pair.other, thread)
    heard = reviews.heeded(one, thread, settings.windows)
    swapped = heard is not None and heard[1].verdict == "false"
    chosen, rejected = (two, one) if swapped else (one, two)
    _check(chosen, rejected, thread, log)
    place = _heard(chosen, thread, reviews, settings, log, wanted="true")
    other = _heard(rejected, thread, reviews, settings, log, wanted="false")
    changes = source.changes.get(unit.item, ())
    files = _files([commented_part(at, changes, source, settings.near_lines, log)
                    for at in (place, other)])  # fmt: skip
    opening = thread.of("title", "description")
    sources = [said_source(said, thread.item) for said in (*opening, chosen, rejected)]
    return Sides(
        prompt=(
            *opening_turns(opening),
            Turn("user", "action", files=files, heading=f"Patchset {place.patchset}"),
        ),
        chosen=_side(chosen, place),
        rejected=_side(rejected, other),
        reason="",
        margin=1.0,
        sources=[*sources, *(file_source(file, thread.item) for file in files)],
    )


def _files(shown: list[tuple[ChangedFile, ChangedFile]]) -> tuple[ChangedFile, ...]:
    """The parts of two files, or both parts of one."""
    (whole, one), (_, two) = shown
    if one.path != two.path:
        return (one, two)
    blocks = {block.old: Block(*block.old, 0, 0) for block in (*one.blocks, *two.blocks)}
    return (part_of(whole, list(blocks.values())),)


def _side(said: Said, place: Comment) -> Turn:
    where = Piece(f"{said.path}, line {place.end}: ", loss=1.0)
    return Turn("assistant", "comment", pieces=(where, *said.pieces), learn=1.0)


def _check(chosen: Said, rejected: Said, thread: Thread, log: Log) -> None:
    own = chosen.speaker in thread.authors
    log.require("comment.by_author", float(own), 0, keep=not own)
    one_person = chosen.speaker == rejected.speaker
    log.require("comments.by_one_person", float(one_person), 1, keep=one_person)
    require_all(log, [*of_comment(chosen.text), hostility(rejected.text)])


def _heard(
    said: Said, thread: Thread, reviews: Reviews, settings: PreferenceSettings, log: Log,
    *, wanted: str,
) -> Comment:  # fmt: skip
    """Where a comment stands, if it had the fate that the pair needs."""
    found = reviews.heeded(said, thread, settings.windows)
    if found is None:
        raise LeftOutError("no_line")
    place, heard = found
    log.require(f"addressed.{wanted}", float(heard.verdict == wanted), 1,
                keep=heard.verdict == wanted)  # fmt: skip
    size = len(said.text)
    log.require("comment.least", size, settings.min_comment, size >= settings.min_comment)
    return place
