"""Values of a JSON document that know where they stand, for errors that name the attribute.

Invariant: a value of the wrong type is an error, never an empty one. Attribute names are compared
without case (RFC 7643, 2.1); null and an absent attribute are the same (2.5).
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from byline.errors import ConfigError
from byline.people.rows import Place


class Node:
    """A JSON object and its place."""

    def __init__(self, value: Mapping[str, Any], place: Place) -> None:
        self.place = place
        self._keys = {key.casefold(): key for key in value}
        self._value = value
        if len(self._keys) != len(value):
            place.fail("one attribute is given twice", advice="names are compared without case")

    @property
    def names(self) -> Sequence[str]:
        """The names of its attributes, as written."""
        return tuple(self._value)

    def inner(self, name: str) -> Place:
        """The place of an attribute."""
        written = self._keys.get(name.casefold(), name).replace("~", "~0").replace("/", "~1")
        return Place(self.place.file, f"{self.place.at}/{written}")

    def same_as(self, other: "Node") -> bool:
        """Whether both say the same."""
        return self._value == other._value  # noqa: SLF001

    def get(self, name: str) -> Any:
        """An attribute's value, or None."""
        return self._value.get(self._keys.get(name.casefold(), name))

    def has(self, name: str) -> bool:
        """Whether an attribute has a value."""
        return self.get(name) is not None

    def text(self, name: str) -> str:
        """An attribute that is a string, trimmed; empty when there is none."""
        value = self.get(name)
        if value is None:
            return ""
        return _text(value, self.inner(name))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean attribute; providers are known to send the words as strings."""
        value = self.get(name)
        words = {"true": True, "false": False}
        given = words.get(value.lower()) if isinstance(value, str) else value
        if value is not None and not isinstance(given, bool):
            self.inner(name).fail(f"{_shown(value)} is not true or false", advice="write a boolean")
        return default if given is None else bool(given)

    def child(self, name: str) -> "Node":
        """An attribute that is an object."""
        value = self.get(name)
        if not isinstance(value, dict):
            self.inner(name).fail(f"{_shown(value)} is no object", advice="write its attributes")
        return Node(value, self.inner(name))

    def children(self, name: str, *, only_objects: bool = False) -> list["Node"] | None:
        """A multi-valued attribute; None when it is absent."""
        found = self._list(name)
        if found is None:
            return None
        nodes = []
        for value, place in found:
            if isinstance(value, dict):
                nodes.append(Node(value, place))
            elif not only_objects:
                place.fail(f"{_shown(value)} is no object", advice="write its attributes")
        return nodes

    def texts(self, name: str) -> Iterator[tuple[str, Place]]:
        """The plain values of a multi-valued attribute that may also hold objects."""
        for value, place in self._list(name) or []:
            if not isinstance(value, dict):
                yield _text(value, place), place

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Refuse attributes that are none of these: a misspelt one would silently do nothing."""
        folded = {name.casefold() for name in known}
        for name in self._value:
            if name.casefold() not in folded:
                close = difflib.get_close_matches(name, known, n=1)
                self.inner(name).fail(
                    f"unknown attribute {_shown(name)}",
                    advice=f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}",
                )

    def _list(self, name: str) -> list[tuple[Any, Place]] | None:
        value = self.get(name)
        if value is None:
            return None
        place = self.inner(name)
        if not isinstance(value, list):
            place.fail(f"{_shown(value)} is no list", advice="it has several values: write a list")
        return [(one, Place(place.file, f"{place.at}/{n}")) for n, one in enumerate(value)]


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises:
        ConfigError: It is missing, is not UTF-8, is no JSON, or is nested too deep.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}", advice="check the path in byline.toml") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8 JSON") from error
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}:{error.lineno}: {error.msg}", advice="export the users as JSON"
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of 4,301 digits
        raise ConfigError(
            f"{path} is no list of users: {type(error).__name__}", advice="export the users as JSON"
        ) from error


def _text(value: Any, place: Place) -> str:
    if not isinstance(value, str):
        place.fail(f"{_shown(value)} is no string", advice="write it in quotes")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        place.fail("half of a surrogate pair", advice="write whole characters")
    return value.strip()


def _shown(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, str | int | float | bool | None) else ""
    kind = "a list" if isinstance(value, list) else "an object"
    return text if text and len(text) <= 60 else f"{text[:60]}…" if text else kind
