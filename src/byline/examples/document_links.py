"""Which items are linked with which, from either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from byline.examples.material import Material


@dataclass(frozen=True)
class Neighbour:
    """An item that another is linked with.

    Attributes:
        item: The other item.
        kind: The kind of link.
        points: Whether the other item states it.
    """

    item: str
    kind: str
    points: bool


Neighbours = Mapping[str, Sequence[Neighbour]]


def neighbours_of(source: Material) -> Neighbours:
    """The neighbours of each item, in order of item and kind, none twice."""
    found: dict[str, set[tuple[str, str, bool]]] = {}
    for item, links in source.links.items():
        for link in links:
            other = link["related"]
            if other and other != item:
                found.setdefault(item, set()).add((other, link["kind"], False))
                found.setdefault(other, set()).add((item, link["kind"], True))
    return {item: [Neighbour(*one) for one in sorted(known)] for item, known in found.items()}
