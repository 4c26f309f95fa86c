"""JSON from a stream, one value of an outermost array at a time, within bounds of length and depth.

The decoder is the standard library's; a value that is not complete yet is tried again with twice as
much of the file, so that the whole costs at most about twice the parsing.
"""

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from byline.work.export_values import text_of

MAX_DEPTH: Final = 128
MAX_VALUES: Final = 4_000_000  # in one value, objects counted three times: about 300 MB of memory
HOLDERS: Final = frozenset({dict, list})
CHUNK: Final = 1 << 20
ENDS: Final = frozenset(']}"')  # of values that nothing that follows makes longer
NEAR: Final = 32  # characters before the end of what was read, where an error may be for its lack
ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
BLANK: Final = re.compile(r"[ \t\r\n]*")
PREFIX: Final = ")]}'"


class DuplicateKeyError(ValueError):
    """An object has a key twice."""


class TooDeepError(ValueError):
    """Nested deeper than `MAX_DEPTH`."""


class TooManyValuesError(ValueError):
    """Made of more than `MAX_VALUES` values."""


@dataclass(frozen=True)
class Value:
    """One value, or why there is none: then `reason` is not empty."""

    place: str
    value: Any = None
    reason: str = ""
    explanation: str = ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise DuplicateKeyError(repr(text_of(twice)[:60]))
    return found


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _no_number(_: str) -> None:
    return None


STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_number, strict=False
)
PLAIN: Final = json.JSONDecoder(strict=False)


def decoded(data: bytes) -> str:
    """The text of some bytes: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        UnicodeDecodeError: It is none.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig")


def parse(text: str) -> Any:
    """The value that a text is, checked and cleaned as the values of exports are.

    Raises:
        DuplicateKeyError: An object has a key twice.
        TooDeepError: It is nested too deeply; RecursionError where it is far too deep.
        TooManyValuesError: It is made of too many values.
        ValueError: It is no JSON.
    """
    _check_number(text, 0)
    start = BLANK.match(text, len(PREFIX) if text.startswith(PREFIX) else 0)
    value, end = _decode(text, start.end() if start else 0)
    if text[end:].strip():
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _decode(text: str, start: int) -> tuple[Any, int]:
    value, end = STRICT.raw_decode(text, start)
    if _deep(value):
        raise TooDeepError(f"nested deeper than {MAX_DEPTH}")
    return (_clean(value) if ESCAPED.search(text, start, end) else value), end


def _check_number(text: str, start: int) -> None:
    """Refuse a text of one value, or of its beginning, that is made of too many values."""
    found = 3 * text.count("{", start) + text.count("[", start) + text.count(",", start)
    if found > MAX_VALUES:
        raise TooManyValuesError(f"made of more than {MAX_VALUES} values")


def _deep(value: Any) -> bool:
    level = [value] if type(value) in HOLDERS else []
    for _ in range(MAX_DEPTH):
        level = [
            one
            for held in level
            for one in (held.values() if type(held) is dict else held)
            if type(one) in HOLDERS
        ]
        if not level:
            return False
    return True


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {text_of(name): _clean(one) for name, one in value.items()}
    return value


@dataclass
class _Reader:
    """What was read of a stream and not yet taken."""

    stream: BinaryIO
    max_bytes: int
    decoder: codecs.IncrementalDecoder
    text: str = ""
    at: int = 0
    ended: bool = False

    def more(self) -> None:
        """Read as much again as is held, at least a chunk."""
        held = self.text[self.at :]
        data = self.stream.read(max(CHUNK, len(held)))
        self.ended = not data
        self.text = held + self.decoder.decode(data, final=self.ended)
        self.at = 0

    def blank(self) -> str:
        """The next character that is not blank, which is not taken; ``""`` at the end."""
        while True:
            found = BLANK.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self.more()

    def value(self) -> Any:
        """Take one value; raises as `parse`, and `EOFError` where the file ends inside it."""
        while True:
            try:
                value, end = self._decoded()
            except json.JSONDecodeError as error:
                if not self._lacks(error):
                    raise
            else:
                if end < len(self.text) or self.ended or self.text[end - 1] in ENDS:
                    self._check_length(end)
                    self.at = end
                    return value
            if self.ended:
                raise EOFError
            self._check_length(len(self.text))
            _check_number(self.text, self.at)
            self.more()

    def _check_length(self, end: int) -> None:
        if end - self.at > self.max_bytes:
            raise TooManyValuesError(f"longer than {self.max_bytes} bytes")

    def _decoded(self) -> tuple[Any, int]:
        """As `_decode`; a value with a key twice is passed over, once all of it is there."""
        try:
            return _decode(self.text, self.at)
        except DuplicateKeyError:
            self.at = PLAIN.raw_decode(self.text, self.at)[1]
            raise

    def _lacks(self, error: json.JSONDecodeError) -> bool:
        """Whether an error is only for the lack of what follows."""
        if error.msg.startswith("Unterminated string"):
            return True
        return error.pos >= (len(self.text.rstrip()) if self.ended else len(self.text) - NEAR)


def values(stream: BinaryIO, *, max_bytes: int, elements: bool) -> Iterator[Value]:
    """The values of a stream; those of an outermost array singly if `elements`."""
    start = stream.read(2)
    wide = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    make = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")
    reader = _Reader(stream, max_bytes, make())
    number = 0
    try:
        reader.text = reader.decoder.decode(start)
        reader.more()
        if reader.text.startswith(PREFIX):
            reader.at = len(PREFIX)
        while (first := reader.blank()) != "":
            number += 1
            singly = first == "[" and elements
            yield from _elements(reader) if singly else _one(reader, _place(number))
        if number == 0:
            yield Value("", None, "truncated", "the file holds nothing")
    except UnicodeDecodeError:
        yield Value(_place(number), None, "not_utf8", "its bytes are no text")
    except _StopReading:
        return


def _place(number: int) -> str:
    return f"value {number}" if number > 1 else ""


class _StopReading(Exception):  # noqa: N818
    """Where the next value of the file begins is not known."""


def _elements(reader: _Reader) -> Iterator[Value]:
    reader.at += 1
    number = 0
    while (first := reader.blank()) != "]":
        if first == "":
            yield Value(f"[{number}]", None, "truncated", "the array is not closed")
            raise _StopReading
        if number and first == ",":
            reader.at += 1
            reader.blank()
        elif number:
            yield Value(f"[{number}]", None, "malformed", "no comma between elements")
            raise _StopReading
        yield from _one(reader, f"[{number}]")
        number += 1
    reader.at += 1


def _one(reader: _Reader, place: str) -> Iterator[Value]:
    """One value, or the reason why not; then it can go on only if the value's end is known."""
    try:
        yield Value(place, reader.value())
    except DuplicateKeyError as error:
        yield Value(place, None, "duplicate_keys", f"the key {error} stands twice")
    except UnicodeDecodeError:
        raise
    except EOFError:
        yield Value(place, None, "truncated", "the file ends inside this value")
        raise _StopReading from None
    except TooManyValuesError as error:
        yield Value(place, None, "too_large", str(error))
        raise _StopReading from None
    except (TooDeepError, RecursionError):
        yield Value(place, None, "too_deep", f"nested deeper than {MAX_DEPTH}")
        raise _StopReading from None
    except json.JSONDecodeError as error:
        yield Value(place, None, "malformed", f"{error.msg} at character {error.pos} of it")
        raise _StopReading from None
    except ValueError as error:
        yield Value(place, None, "malformed", str(error)[:200])
        raise _StopReading from None
