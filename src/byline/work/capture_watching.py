"""Seeing which fields records have, and which of them their readers look at.

A watched record is a dict that notes, at its place in the tree of fields, each key that is asked
for. What is kept on disk until other records join it is watched again when it is read back.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from byline.work.capture_fields import ANY, EACH, PLAIN, Node, PathError, path_of, telemetry

Maps = Literal["nowhere", "inside", "everywhere"]
MOST_PATHS: Final = 20_000
MARK: Final = "\0watched"
ID: Final = re.compile(r"(?=.*\d)[0-9a-fA-F]{12,}")


class Watched(dict[str, Any]):
    """A record that notes which of its fields a reader looks at."""

    __slots__ = ("node",)

    def __init__(self, node: Node, pairs: Iterable[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.node = node

    def __getitem__(self, key: str) -> Any:
        self._touch(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.keys(self))

    def get(self, key: str, default: Any = None) -> Any:
        """As of any dict."""
        self._touch(key)
        return super().get(key, default)

    def items(self) -> Any:
        """As of any dict; all of it is looked at."""
        for key in dict.keys(self):
            self._touch(key)
        return super().items()

    def values(self) -> Any:
        """As of any dict; all of it is looked at."""
        for key in dict.keys(self):
            self._touch(key)
        return super().values()

    def _touch(self, key: str) -> None:
        node = self.node.found(key)
        if node is not None:
            node.touched = True


class Marks:
    """Lets records be written as JSON and read back without losing what watches them."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._numbers: dict[int, int] = {}  # by the identity of a node, which `_nodes` keeps alive

    def marked(self, value: Any) -> Any:
        """The value as plain objects, those that were watched with a mark in them."""
        if isinstance(value, Watched):
            number = self._numbers.setdefault(id(value.node), len(self._nodes))
            if number == len(self._nodes):
                self._nodes.append(value.node)
            plain = {key: self.marked(dict.__getitem__(value, key)) for key in dict.keys(value)}
            return {**plain, MARK: number}
        if isinstance(value, dict):
            return {key: self.marked(one) for key, one in value.items()}
        return [self.marked(one) for one in value] if isinstance(value, list) else value

    def watched(self, value: dict[str, Any]) -> dict[str, Any]:
        """An object as it was before it was marked; for `json.loads`, as `object_hook`."""
        number = value.pop(MARK, None)
        return value if number is None else Watched(self._nodes[number], value.items())


class Recorded:
    """The fields that records of one form were seen to have.

    Args:
        maps: Where keys may be data: nowhere, in what a record holds, or in the record itself too.
    """

    def __init__(self, maps: Maps = "inside") -> None:
        self.root = Node()
        self._maps = maps
        self.refused: dict[str, None] = {}  # paths of telemetry, in the order of their first sight
        self._nodes = 0

    def add(self, value: Any) -> Any:
        """Note every path of a record; the record again, which notes what is looked at.

        Raises:
            PathError: There are more than `MOST_PATHS` paths.
        """
        if isinstance(value, dict):
            return self._object(value, self.root, ())
        return [self.add(one) for one in value] if isinstance(value, list) else value

    def _value(self, value: Any, node: Node, path: tuple[str, ...]) -> Any:
        if isinstance(value, dict) and (value or node.children or node.star):
            return self._object(value, node, path)
        if isinstance(value, list) and (value or node.each):
            each = node.below(EACH)
            return [self._value(one, each, (*path, EACH)) for one in value]
        if not isinstance(value, dict | list) and value is not None:
            node.taken = True
        return value

    def _object(self, value: dict[str, Any], node: Node, path: tuple[str, ...]) -> Watched:
        pairs = []
        as_map = self._may_be_map(path) and (
            node.star is not None or any(_is_data(key) for key in value)
        )
        if as_map and node.children:
            _gather(node)
        for key, held in value.items():
            segment = ANY if as_map else key
            if segment != ANY and telemetry(key):
                self.refused.setdefault(path_of((*path, key)))
                continue
            known = node.found(key)
            child = known if known is not None else node.below(segment)
            self._nodes += known is None
            if self._nodes > MOST_PATHS:
                raise PathError(f"more than {MOST_PATHS} paths, at {path_of((*path, key))!r}")
            pairs.append((key, self._value(held, child, (*path, segment))))
        return Watched(node, pairs)

    def _may_be_map(self, path: tuple[str, ...]) -> bool:
        return self._maps == "everywhere" or (self._maps == "inside" and bool(path))

    def paths(self) -> tuple[list[str], list[str]]:
        """The paths that readers looked at, and all others, each sorted."""
        read: list[str] = []
        ignored: list[str] = []
        for segments, node in _leaves(self.root, ()):
            (read if node.owner.touched else ignored).append(path_of(segments))
        return sorted(read), sorted(ignored)


def _is_data(key: str) -> bool:
    """Whether a key looks like data (a commit, a path) and not like a name of a field."""
    return not PLAIN.fullmatch(key) or bool(ID.fullmatch(key))


def _gather(node: Node) -> None:
    """Make one place of all keys: they turned out to be data."""
    star = node.below(ANY)
    for child in node.children.values():
        _merge(child, star)
    node.children.clear()


def _merge(node: Node, into: Node) -> None:
    into.taken = into.taken or node.taken
    into.touched = into.touched or node.touched
    for key, child in node.children.items():
        _merge(child, into.below(key))
    if node.star is not None:
        _merge(node.star, into.below(ANY))
    if node.each is not None:
        _merge(node.each, into.below(EACH))


def _leaves(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    below = node.children or node.star or node.each
    if path and (node.taken is not None or not below):
        yield path, node
    for key, child in node.children.items():
        yield from _leaves(child, (*path, key))
    if node.star is not None:
        yield from _leaves(node.star, (*path, ANY))
    if node.each is not None:
        yield from _leaves(node.each, (*path, EACH))
