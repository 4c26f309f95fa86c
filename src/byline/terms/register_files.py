"""Reading the small registers: TOML files that are lists of tables, with the line that is wrong.

Invariants: an unknown key is an error; an id (with its version) stands once; a file that a register
names is read only if it is a plain file below the register's folder and of a bounded size.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from byline.errors import ConfigError
from byline.terms.agreements import suggestion

Register = TypeVar("Register", bound=BaseModel)

MAX_REGISTER_BYTES = 4 << 20
MAX_DOCUMENT_BYTES = 64 << 20


def read_register(path: Path, model: type[Register]) -> Register:
    """The register in a TOML file, validated.

    Raises:
        ConfigError: It cannot be read, is not TOML, or breaks a rule; the message names the line.
    """
    text = _text(path)
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _config_error(path, text, error, model) from error


def refuse_repeated(ids: Iterable[str], *, what: str) -> None:
    """Refuse a register in which an id stands more than once.

    Raises:
        ValueError: One does; the first is named.
    """
    for one, count in Counter(ids).items():
        if count > 1:
            raise ValueError(f"the {what} id {one!r} is given twice")


def document_bytes(folder: Path, name: str) -> bytes | None:
    """The bytes of a document that a register in `folder` names; None if there is none to read.

    A path that leaves the folder, a folder, and a file beyond `MAX_DOCUMENT_BYTES` are none.
    """
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file():
        return None
    try:
        with place.open("rb") as source:
            data = source.read(MAX_DOCUMENT_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= MAX_DOCUMENT_BYTES else None


def fault_of(data: bytes | None, *, sha256: str) -> str:
    """Why a document is not the one that the register names, or nothing."""
    if data is None:
        return "its file is not there"
    if hashlib.sha256(data).hexdigest() != sha256:
        return "its file is not the one whose hash is in the register"
    return ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as source:
            data = source.read(MAX_REGISTER_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}", advice="check its path in [terms]"
        ) from error
    if len(data) > MAX_REGISTER_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_REGISTER_BYTES} bytes; this is no register")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8", advice="Save the file as UTF-8.") from error


def _config_error(
    path: Path, text: str, error: ValidationError, model: type[BaseModel]
) -> ConfigError:
    first = error.errors(include_url=False)[0]
    location = tuple(first["loc"])
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    return ConfigError(f"{path}:{_line_of(text, location)}: {_said(first, key, location, model)}")


def _said(
    first: Mapping[str, Any], key: str, location: tuple[str | int, ...], model: type[BaseModel]
) -> str:
    match first["type"]:
        case "extra_forbidden":
            return f"unknown key `{key}`{suggestion(key, _keys_beside(model, location))}"
        case "missing":
            return f"`{key}` is missing"
        case "literal_error":
            return f"`{key}`: {first['input']!r} is not one of {first['ctx']['expected']}"
        case "date_type":
            return f"`{key}` is a date without quotes, such as 2024-05-01"
        case _:
            message = str(first["msg"]).removeprefix("Value error, ")
            return f"`{key}`: {message}" if key else message


def _keys_beside(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    found: type[BaseModel] = model
    for part in location[:-1]:
        if not isinstance(part, str) or part not in found.model_fields:
            continue
        annotation = found.model_fields[part].annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
        if not models:
            return []
        found = models[0]
    return list(found.model_fields)


def _line_of(text: str, location: Sequence[str | int]) -> int:
    """The line of a location such as ("notice", 2, "texts", "en", "sha256"); 1 if unknown."""
    lines = text.split("\n")
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), None)
    if not names:
        return 1
    brackets = (r"\[\[", r"\]\]") if index is not None else (r"\[", r"\]")
    header = re.compile(rf"^\s*{brackets[0]}\s*{re.escape(names[0])}\s*{brackets[1]}")
    starts = [number for number, line in enumerate(lines) if header.match(line)]
    if not starts:
        return _key_line(lines, names, 0, len(lines)) or 1
    start = starts[min(index or 0, len(starts) - 1)]
    end = next((n for n in starts if n > start), len(lines))
    return _key_line(lines, names[1:], start, end) or start + 1


def _key_line(lines: Sequence[str], names: Sequence[str], start: int, end: int) -> int | None:
    for name in reversed(names):
        key = re.compile(rf"^\s*(\[[\w.\s]*\.)?\"?{re.escape(name)}\"?\s*(=|\.|\])")
        for number in range(start, end):
            if key.match(lines[number]):
                return number + 1
    return None
