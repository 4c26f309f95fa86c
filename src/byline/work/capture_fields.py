"""The fields that records may have: a tree of key paths, checked and thinned out in one walk.

A path names a value in a record: ``comments[].user.login``. ``[]`` is every element of a list,
``*`` every key of a map whose keys are data (commit ids, file names); a key with other characters
stands in quotes, ``data."text/plain"``. A key directly in one of the same name is the same place
(``content[]`` of a block in a block), so that a tree of any depth has finitely many paths.

Invariants: a key that no path names is an error, also where it is null or empty, and so is a value
of another shape than was declared. What is declared `ignored` is null before a reader sees the
record; that it was there remains. Telemetry of people (law 10) has no path: `parse_path` refuses
it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

EACH: Final = "[]"
ANY: Final = "*"
SEGMENT: Final = re.compile(r'("(?:[^"\\]|\\.)*"|[^."\[\]\s]+)((?:\[\])*)(?:\.(?=.)|$)')
PLAIN: Final = re.compile(r"[A-Za-z_@#$][A-Za-z0-9_@#$:-]{0,63}")
WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
TELEMETRY: Final = frozenset(
    {"mouse", "screen", "screens", "clipboard", "pasteboard", "presence", "webcam", "gaze",
     "keystroke", "keystrokes", "keypress", "keypresses", "keylog", "keylogger", "keydown", "keyup",
     "screenshot", "screenshots", "heartbeat", "heartbeats"}
)  # fmt: skip
"""Words of a key that no manifest may declare, whatever else is in the key."""
TELEMETRY_PARTS: Final = re.compile(
    r"keystroke|keypress|keylog|mouse(?:move|click|event|position)|screen(?:shot|capture|record)"
    r"|clipboard|(?:window|app|tab)focus|focus(?:ed)?window|activewindow|idle(?:time|seconds)"
    r"|typingspeed|eyetrack|inputevents|webcam"
)
"""The same with its words run together."""


class PathError(ValueError):
    """A path is no path, or names what may never be captured."""


class UndeclaredError(Exception):
    """A record has a field that is not declared.

    Attributes:
        path: Its path.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Node:
    """One place in records of one form."""

    __slots__ = ("children", "each", "name", "owner", "star", "taken", "touched")

    def __init__(self, name: str = "", owner: "Node | None" = None) -> None:
        self.name = name  # the key that led here
        self.owner: Node = owner or self  # the place of that key: itself, or of the list it is in
        self.children: dict[str, Node] = {}
        self.star: Node | None = None
        self.each: Node | None = None
        self.taken: bool | None = None  # single values: read, ignored, or not declared
        self.touched = False  # while recording: a reader looked at it

    def below(self, segment: str) -> "Node":
        """The place of a segment below this one, made where there is none."""
        if segment == EACH:
            if self.each is None:
                self.each = Node(self.name, self.owner)
            return self.each
        if segment == ANY:
            if self.star is None:
                self.star = Node(ANY)
            return self.star
        if segment == self.name:
            return self.owner
        return self.children.setdefault(segment, Node(segment))

    def found(self, key: str) -> "Node | None":
        """The place of a key as declared, or None."""
        known = self.children.get(key)
        if known is not None:
            return known
        return self.owner if key == self.name else self.star


def telemetry(key: str) -> bool:
    """Whether a key names keystrokes, mouse, screen, clipboard, window focus or presence."""
    words = [one.lower() for one in WORDS.findall(key)]
    return bool(TELEMETRY.intersection(words) or TELEMETRY_PARTS.search("".join(words)))


def parse_path(text: str) -> tuple[str, ...]:
    """The segments of a path: ``a[].b`` is ``("a", "[]", "b")``.

    Raises:
        PathError: It is no path, or a segment names telemetry of people.
    """
    segments: list[str] = []
    at = 0
    while at < len(text):
        found = SEGMENT.match(text, at)
        if found is None:
            raise PathError(f"{text!r} is no path such as `comments[].user.login`")
        try:
            key = json.loads(found[1]) if found[1].startswith('"') else found[1]
        except ValueError as error:
            raise PathError(f"{text!r}: the quoted key {found[1]} cannot be read") from error
        if telemetry(key):
            raise PathError(
                f"{text!r} names telemetry of people ({key!r}); no manifest can declare that"
            )
        segments += [key, *[EACH] * (len(found[2]) // 2)]
        at = found.end()
    if not segments:
        raise PathError("a path is empty")
    return tuple(segments)


def path_of(segments: Iterable[str]) -> str:
    """The text of a path's segments."""
    text = ""
    for one in segments:
        if one == EACH:
            text += EACH
        else:
            key = one if one == ANY or PLAIN.fullmatch(one) else json.dumps(one, ensure_ascii=False)
            text += f".{key}" if text else key
    return text


def declare(read: Iterable[str], ignored: Iterable[str]) -> Node:
    """The tree of some declared paths.

    Raises:
        PathError: A path is none, names telemetry, or is both read and ignored.
    """
    root = Node()
    for paths, taken in ((read, True), (ignored, False)):
        for text in paths:
            node = root
            for segment in parse_path(text):
                node = node.below(segment)
            if node.taken is not None and node.taken != taken:
                raise PathError(f"{text!r} is both read and ignored")
            node.taken = taken
    return root


def thin(value: Any, root: Node) -> Any:
    """A record as declared: in place, without what is ignored.

    Raises:
        UndeclaredError: It has a field that is not declared.
    """
    if isinstance(value, dict):
        _object(value, root, ())
    elif isinstance(value, list):
        for one in value:  # a file's or line's list of records
            thin(one, root)
    elif value is not None:
        raise UndeclaredError("(a single value)")
    return value


def _object(value: dict[str, Any], node: Node, path: tuple[str, ...]) -> None:
    for key, held in value.items():
        child = node.found(key)
        if child is None:
            raise UndeclaredError(path_of((*path, key)))
        kind = type(held)
        if kind is dict:
            _object(held, child, (*path, key))
        elif kind is list:
            _list(held, child, (*path, key))
        elif child.taken is False:
            value[key] = None  # a key that is there already: the walk goes on undisturbed
        elif held is not None and child.taken is None:
            raise UndeclaredError(path_of((*path, key)))


def _list(values: list[Any], node: Node, path: tuple[str, ...]) -> None:
    if not values:
        return
    each, path = node.each, (*path, EACH)
    if each is None:
        raise UndeclaredError(path_of(path))
    singles = False
    for held in values:
        kind = type(held)
        if kind is dict:
            _object(held, each, path)
        elif kind is list:
            _list(held, each, path)
        elif held is not None and each.taken is None:
            raise UndeclaredError(path_of(path))
        else:
            singles = True
    if singles and each.taken is False:
        values[:] = [one for one in values if isinstance(one, dict | list)]
