"""Which pairs of a review could be preferred one to the other: every opportunity, before any rule.

=============  ================================================  ==================================
kind           chosen                                            rejected
=============  ================================================  ==================================
``patchset``   what was merged                                   the patchset that changes were
                                                                 asked for, the same file
``suggestion`` what the lines became                             the change that a comment proposed
``reverted``   the same change when it landed again              the change that was reverted
``heeded``     a comment that a change followed                  one by the same reviewer on the
                                                                 same patchset that none did
=============  ================================================  ==================================

People are not compared: a pair is from one change, or two comments of one person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from byline.examples.draft import Unit
from byline.examples.material import Material, Row, source_of
from byline.examples.review_material import EPOCH, Reviews, detail_of, place_of, unit_of

PairKind = Literal["patchset", "suggestion", "reverted", "heeded"]
NEXT: Final = 2
"""How many comments after one, by line, it is compared with."""
AGAINST: Final = frozenset({"changes_requested", "-1", "-2"})


@dataclass(frozen=True)
class Pair:
    """One opportunity.

    Attributes:
        kind: See the module.
        review: Row of `ITEMS`; of a reverted change the review of that change.
        chosen: Row of `CHANGES`, or None where it is not there or is found later.
        rejected: Likewise.
        part: Row of `PARTS`: the comment with the suggestion, or one of two comments.
        other: Row of `PARTS`: the other of two comments.
        by: The review that reverted; `again` the one that brought the change again.
        patchset: The one that changes were asked for.
    """

    kind: PairKind
    review: Row
    chosen: Row | None = None
    rejected: Row | None = None
    part: Row | None = None
    other: Row | None = None
    by: Row | None = None
    again: Row | None = None
    patchset: int = 0


def pairs(source: Material, reviews: Reviews) -> Iterator[Unit[Pair]]:
    """Every opportunity, review by review."""
    reverted = reviews.reverted()
    for review in reviews.rows():
        found = [
            *_of_patchsets(source, review),
            *_of_suggestions(source, review),
            *_of_reverts(source, review, reverted),
            *_of_comments(source, review),
        ]
        for pair in found:
            yield unit_of(pair, review, _sources(pair), source)


def _of_patchsets(source: Material, review: Row) -> Iterator[Pair]:
    rows = source.changes.get(review["item"], ())
    for number in sorted(_asked_again(source, review)):
        for row in _of_patchset(rows, number):
            yield Pair("patchset", review, chosen=_merged(rows, row), rejected=row, patchset=number)


def _asked_again(source: Material, review: Row) -> set[int]:
    """The patchsets for which somebody asked for changes."""
    patchsets = source.patchsets.get(review["item"], ())
    found = set()
    for part in source.parts.get(review["item"], ()):
        if part["state"] in AGAINST and part["kind"] in ("review", "event"):
            stands = place_of({**part, "path": "", "start": 1, "end": 1}, patchsets)
            found |= {stands.patchset} if stands else set()
    return found


def _of_patchset(rows: Sequence[Row], number: int) -> list[Row]:
    return [
        row
        for row in rows
        if row["purpose"] == "patchset" and row["to_patchset"] == number and row["path"]
    ]


def _merged(rows: Sequence[Row], row: Row) -> Row | None:
    """The same file as it was merged, else as the last patchset has it; from the same base."""
    last = max(one["to_patchset"] or 0 for one in rows)
    candidates = [one for one in rows if one["purpose"] == "merged"]
    candidates += _of_patchset(rows, last) if last > row["to_patchset"] else []
    same = [one for one in candidates if one["path"] == row["path"]]
    from_base = [one for one in same if one["before"] == row["before"]]
    return next(iter(from_base or same), None)


def _of_suggestions(source: Material, review: Row) -> Iterator[Pair]:
    for part in source.parts.get(review["item"], ()):
        if part["kind"] == "inline" and detail_of(part).get("suggestion") is not None:
            yield Pair("suggestion", review, part=part)


def _of_reverts(source: Material, review: Row, reverted: Mapping[str, Row]) -> Iterator[Pair]:
    by = reverted.get(review["item"])
    if by is None:
        return
    for row in source.changes.get(review["item"], ()):
        if row["purpose"] == "merged" and row["path"]:
            again = _landed_again(source, row, review, by)
            yield Pair("reverted", review, rejected=row, by=by,
                       chosen=again[1] if again else None,
                       again=again[0] if again else None)  # fmt: skip


def _landed_again(source: Material, row: Row, review: Row, by: Row) -> tuple[Row, Row] | None:
    """The first merged review of the group, after the revert, that changes the same state."""
    group = source.groups.get(review["item"])
    if group is None:
        return None
    inside = {item for item, one in source.groups.items() if one.identity == group.identity}
    later = [
        item
        for item in source.items.values()
        if item["kind"] == "review"
        and item["state"] == "merged"
        and item["item"] not in (review["item"], by["item"])
        and item["item"] in inside
        and (item["closed"] or EPOCH) >= (by["closed"] or EPOCH)
    ]
    for item in sorted(later, key=lambda one: (one["closed"] or EPOCH, one["key"])):
        for change in source.changes.get(item["item"], ()):
            same = change["path"] == row["path"] and change["before"] == row["before"]
            if change["purpose"] == "merged" and same:
                return item, change
    return None


def _of_comments(source: Material, review: Row) -> Iterator[Pair]:
    """Two discussions that one account began on the same patchset."""
    patchsets = source.patchsets.get(review["item"], ())
    first: dict[tuple[str, int], list[Row]] = {}
    for part in source.parts.get(review["item"], ()):
        place = place_of(part, patchsets) if part["kind"] == "inline" else None
        if place is not None and part["reply_to"] is None and part["account"]:
            key = (part["account"], place.patchset)
            first.setdefault(key, []).append(part)
    for key in sorted(first):
        in_order = sorted(
            first[key], key=lambda row: (row["path"], row["end"] or row["start"], row["native"])
        )
        for at, part in enumerate(in_order):
            for other in in_order[at + 1 : at + 1 + NEXT]:
                yield Pair("heeded", review, part=part, other=other)


def _sources(pair: Pair) -> list[dict[str, Any]]:
    opened = pair.review["opened"] or EPOCH
    found = [
        {**source_of(part, pair.review), "time": part["time"] or opened}
        for part in (pair.part, pair.other)
        if part is not None
    ]
    for what, row in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        if row is not None:
            found.append(
                {
                    "system": "git", "repository": row["repository"],
                    "oid": f"{what}:{row['old_oid']}..{row['new_oid']}", "swhid": "",
                    "path": row["path"], "start": None, "end": None, "time": opened,
                }
            )  # fmt: skip
    return [{**one, "oid": f"{pair.kind}:{one['oid']}"} for one in found]
