"""Reading agreements from TOML files and from the built-in packs.

Invariants: the result does not depend on the order of files; an id stands for one agreement or one
clause over all files; every error names the file and the line.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from byline.errors import ConfigError
from byline.terms.agreements import Agreement, Clause, Table, Where, Who, suggestion
from byline.terms.toml_lines import line_of

MAX_FILE_BYTES = 4 << 20
SHOWN_ERRORS = 5

_HEAD_KEYS = tuple(key for key in Agreement.model_fields if key != "clauses")


class IdUse(NamedTuple):
    """Where an id is used: for an agreement or a clause, in a file and line (or a title)."""

    what: str
    id: str
    place: str


def read_agreements(paths: Iterable[Path]) -> tuple[Agreement, ...]:
    """Every agreement in the given TOML files and folders, in the order of their ids.

    A folder stands for the `*.toml` files under it.

    Raises:
        ConfigError: A file cannot be read or is not a valid agreement file (with its line), or an
            id is used twice (with both places).
    """
    files = sorted({file for path in paths for file in _files_of(path)})
    return _collect([(str(file), _read_text(file)) for file in files])


def pack_names() -> tuple[str, ...]:
    """The names of the built-in templates, sorted."""
    folder = resources.files("byline.terms") / "packs"
    names = (file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names))


def load_pack(name: str) -> tuple[Agreement, ...]:
    """The agreements of a built-in template. They are templates and not legal advice.

    Raises:
        ConfigError: There is no pack of this name.
    """
    if name not in pack_names():
        raise ConfigError(
            f"there is no terms pack {name!r}{suggestion(name, pack_names())}",
            advice=f"Packs: {', '.join(pack_names())}.",
        )
    file = resources.files("byline.terms") / "packs" / f"{name}.toml"
    return _collect([(f"pack {name}", file.read_text(encoding="utf-8"))])


def merge_agreements(*groups: Sequence[Agreement]) -> tuple[Agreement, ...]:
    """Agreements of several sources (files, packs) as one set, in the order of their ids.

    Raises:
        ConfigError: An agreement id or a clause id stands in more than one of them.
    """
    merged = [agreement for group in groups for agreement in group]
    _refuse_duplicates([use for agreement in merged for use in _uses(agreement, agreement.title)])
    return tuple(sorted(merged, key=lambda agreement: agreement.id))


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*.toml") if file.is_file()]
    if path.is_file():
        return [path]
    raise ConfigError(
        f"{path}: there is no such file or folder of agreements",
        advice="Correct `agreements` in [terms] of byline.toml.",
    )


def _read_text(file: Path) -> str:
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ConfigError(f"{file}: larger than {MAX_FILE_BYTES} bytes; this is no agreement file")
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8", advice="Save the file as UTF-8.") from error


def _collect(sources: Sequence[tuple[str, str]]) -> tuple[Agreement, ...]:
    parsed = [(_parse(name, text), name, text) for name, text in sources]
    _refuse_duplicates([use for item, name, text in parsed for use in _uses(item, name, text)])
    return tuple(sorted((agreement for agreement, _, _ in parsed), key=lambda item: item.id))


def _parse(name: str, text: str) -> Agreement:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error
    if extra := sorted(set(document) - {"agreement", "clause"}):
        near = suggestion(extra[0], ["agreement", "clause"])
        raise ConfigError(f"{name}:{line_of(text, (extra[0],))}: unknown key `{extra[0]}`{near}")
    head, clauses = document.get("agreement"), document.get("clause")
    if not isinstance(head, dict) or not isinstance(clauses, list):
        raise ConfigError(f"{name}:1: an agreement file has one [agreement] and some [[clause]]")
    if "clauses" in head:
        raise ConfigError(
            f"{name}:{line_of(text, ('clauses',))}: unknown key `clauses`",
            advice="Write each clause as [[clause]].",
        )
    try:
        return Agreement.model_validate({**head, "clauses": clauses})
    except ValidationError as error:
        raise _config_error(name, text, error) from error


def _uses(agreement: Agreement, name: str, text: str = "") -> list[IdUse]:
    def place(location: tuple[str | int, ...]) -> str:
        return f"{name}:{line_of(text, location)}" if text else name

    clauses = enumerate(agreement.clauses)
    return [
        IdUse("agreement", agreement.id, place(("id",))),
        *(IdUse("clause", each.id, place(("clauses", index, "id"))) for index, each in clauses),
    ]


def _refuse_duplicates(uses: Sequence[IdUse]) -> None:
    first: dict[tuple[str, str], str] = {}
    for use in uses:
        if (use.what, use.id) in first:
            raise ConfigError(
                f"{use.place}: the {use.what} id {use.id!r} is used already at "
                f"{first[use.what, use.id]}",
                advice="Give each agreement and each clause an id of its own.",
            )
        first[use.what, use.id] = use.place


def _config_error(name: str, text: str, error: ValidationError) -> ConfigError:
    errors = error.errors(include_url=False)
    # A list whose items are all wrong is also reported as too short; that says nothing new.
    told = {each["loc"][:depth] for each in errors for depth in range(len(each["loc"]))}
    fresh = [each for each in errors if each["type"] != "too_short" or each["loc"] not in told]
    found = sorted({_describe(text, each) for each in fresh})
    shown = [f"{name}:{line}: {message}" for line, message in found[:SHOWN_ERRORS]]
    if len(found) > SHOWN_ERRORS:
        shown.append(f"and {len(found) - SHOWN_ERRORS} more")
    return ConfigError("\n".join(shown))


def _describe(text: str, details: Mapping[str, Any]) -> tuple[int, str]:
    location = tuple(details["loc"])
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    match details["type"]:
        case "extra_forbidden":
            message = f"unknown key `{key}`{suggestion(key, _keys_beside(location))}"
        case "missing":
            message = f"`{key}` is missing"
        case "literal_error":
            words = [word.strip("'") for word in _expected(details["ctx"]["expected"])]
            near = suggestion(str(details["input"]), words)
            message = f"`{key}`: {details['input']!r} is not one of {', '.join(words)}{near}"
        case "value_error":
            message = str(details["ctx"]["error"])
            if key not in {"", "clauses"}:
                message = f"`{key}`: {message}"
        case "date_type":
            message = f"`{key}` is a date without quotes, such as 2024-05-01"
        case "tuple_type":
            message = f"`{key}` is a list, such as {key} = [...]"
        case _:
            message = f"`{key}`: {details['msg']}"
    return line_of(text, location), message


def _expected(text: str) -> list[str]:
    return text.replace(" or ", ", ").split(", ")


def _keys_beside(location: Sequence[str | int]) -> tuple[str, ...]:
    tables: dict[str, type[Table]] = {"who": Who, "where": Where}
    parent = location[-2] if len(location) > 1 else None
    if isinstance(parent, str) and parent in tables:
        return tuple(tables[parent].model_fields)
    return tuple(Clause.model_fields) if isinstance(parent, int) else _HEAD_KEYS
