"""Reading agreements from TOML files and from the built-in packs.

Invariants: the result does not depend on the order of files; an id stands for one agreement or one
clause over all files; every error names the file and the line; words that were reviewed are the
words that are read (`byline.terms.quotes`); a file costs no more than its size allows.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from byline.errors import ConfigError
from byline.terms.agreements import Agreement, Clause, Table, Where, Who, suggestion
from byline.terms.quotes import Fault, Pin, faults, pins
from byline.terms.toml_lines import line_of

MAX_FILE_BYTES = 4 << 20
MAX_FILES = 10_000
MAX_CLAUSES = 2_000  # in one file
MAX_ERRORS = 200  # whose lines are looked for
SHOWN_ERRORS = 5
SHOWN_VALUE = 80  # characters

_HEAD_KEYS = tuple(key for key in Agreement.model_fields if key != "clauses")


class Source(NamedTuple):
    """The text of an agreement: what errors call it, and its folder (None for a pack)."""

    name: str
    text: str
    folder: Path | None = None

    def line(self, location: Sequence[str | int]) -> str:
        """The place of a key, as file and line; a source without text has no lines."""
        return f"{self.name}:{line_of(self.text, location)}" if self.text else self.name


class IdUse(NamedTuple):
    """Where an id is used: for an agreement or a clause, in a source, at a key."""

    what: str
    id: str
    source: Source
    location: tuple[str | int, ...]

    @property
    def place(self) -> str:
        """File and line, or the agreement's title."""
        return self.source.line(self.location)


def read_agreements(paths: Iterable[Path]) -> tuple[Agreement, ...]:
    """Every agreement in the given TOML files and folders, in the order of their ids.

    A folder stands for the `*.toml` files under it.

    Raises:
        ConfigError: A file cannot be read or is not a valid agreement file (with its line), words
            or a document are not those that were reviewed, or an id is used twice (both places).
    """
    files = sorted({file for path in paths for file in _files_of(path)})
    if len(files) > MAX_FILES:
        raise ConfigError(f"{len(files)} agreement files are more than {MAX_FILES}")
    return _collect([_source(file) for file in files])


def read_pins(file: Path) -> tuple[Pin, ...]:
    """The hashes that an agreement file may state, whether or not the stated ones are right.

    Raises:
        ConfigError: The file cannot be read or is not a valid agreement file (with its line).
    """
    source = _source(file)
    return pins(_parse(source), folder=source.folder)


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
    return _collect([Source(f"pack {name}", file.read_text(encoding="utf-8"))])


def merge_agreements(*groups: Sequence[Agreement]) -> tuple[Agreement, ...]:
    """Agreements of several sources (files, packs) as one set, in the order of their ids.

    Raises:
        ConfigError: An agreement id or a clause id stands in more than one of them.
    """
    merged = [agreement for group in groups for agreement in group]
    _refuse_duplicates([use for item in merged for use in _uses(item, Source(item.title, ""))])
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


def _source(file: Path) -> Source:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ConfigError(
                f"{file}: larger than {MAX_FILE_BYTES} bytes; this is no agreement file"
            )
        return Source(str(file), data.decode("utf-8"), file.parent)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8", advice="Save the file as UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error


def _collect(sources: Sequence[Source]) -> tuple[Agreement, ...]:
    parsed = [(_parse(source), source) for source in sources]
    for agreement, source in parsed:
        if found := list(faults(agreement, folder=source.folder)):
            raise _changed(source, found)
    _refuse_duplicates([use for agreement, source in parsed for use in _uses(agreement, source)])
    return tuple(sorted((agreement for agreement, _ in parsed), key=lambda item: item.id))


def _changed(source: Source, found: Sequence[Fault]) -> ConfigError:
    shown = (f"{source.line(each.location)}: {each.message}" for each in found[:SHOWN_ERRORS])
    return ConfigError(
        _listed(shown, count=len(found)),
        advice="Have it reviewed again; `byline terms hash FILE` prints the hashes to state then.",
    )


def _parse(source: Source) -> Agreement:
    document = _toml(source)
    if extra := sorted(set(document) - {"agreement", "clause"}):
        near = suggestion(extra[0][:SHOWN_VALUE], ["agreement", "clause"])
        raise ConfigError(f"{source.line((extra[0],))}: unknown key `{_shown(extra[0])}`{near}")
    head, clauses = document.get("agreement"), document.get("clause")
    if not isinstance(head, dict) or not isinstance(clauses, list):
        raise ConfigError(f"{source.name}:1: an agreement file has one [agreement] and [[clause]]s")
    if len(clauses) > MAX_CLAUSES:
        raise ConfigError(f"{source.name}: {len(clauses)} clauses are more than {MAX_CLAUSES}")
    if "clauses" in head:
        raise ConfigError(
            f"{source.line(('clauses',))}: unknown key `clauses`",
            advice="Write each clause as [[clause]].",
        )
    try:
        return Agreement.model_validate({**head, "clauses": clauses})
    except ValidationError as error:
        raise _config_error(source, error) from error


def _toml(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source.name}: not valid TOML: {error}") from error
    except (RecursionError, ValueError) as error:
        # Brackets beyond any nesting, or a number of thousands of digits.
        raise ConfigError(f"{source.name}: not an agreement file: {_shown(str(error))}") from error


def _uses(agreement: Agreement, source: Source) -> list[IdUse]:
    clauses = enumerate(agreement.clauses)
    return [
        IdUse("agreement", agreement.id, source, ("id",)),
        *(IdUse("clause", each.id, source, ("clauses", index, "id")) for index, each in clauses),
    ]


def _refuse_duplicates(uses: Sequence[IdUse]) -> None:
    first: dict[tuple[str, str], IdUse] = {}
    for use in uses:
        if (use.what, use.id) in first:
            raise ConfigError(
                f"{use.place}: the {use.what} id {use.id!r} is used already at "
                f"{first[use.what, use.id].place}",
                advice="Give each agreement and each clause an id of its own.",
            )
        first[use.what, use.id] = use


def _config_error(source: Source, error: ValidationError) -> ConfigError:
    errors = error.errors(include_url=False)
    # A list whose items are all wrong is also reported as too short; that says nothing new.
    told = {each["loc"][:depth] for each in errors for depth in range(len(each["loc"]))}
    fresh = [each for each in errors if each["type"] != "too_short" or each["loc"] not in told]
    found = sorted({_describe(source.text, each) for each in fresh[:MAX_ERRORS]})
    shown = (f"{source.name}:{line}: {message}" for line, message in found[:SHOWN_ERRORS])
    return ConfigError(_listed(shown, count=len(found)))


def _listed(shown: Iterable[str], *, count: int) -> str:
    """The errors that are shown, a line each, and how many of `count` are not."""
    more = [f"and {count - SHOWN_ERRORS} more"] if count > SHOWN_ERRORS else []
    return "\n".join([*shown, *more])


def _describe(text: str, details: Mapping[str, Any]) -> tuple[int, str]:
    location = tuple(details["loc"])
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    match details["type"]:
        case "extra_forbidden":
            near = suggestion(key[:SHOWN_VALUE], _keys_beside(location))
            message = f"unknown key `{_shown(key)}`{near}"
        case "missing":
            message = f"`{key}` is missing"
        case "literal_error":
            words = [word.strip("'") for word in _expected(details["ctx"]["expected"])]
            given = details["input"]
            near = suggestion(given[:SHOWN_VALUE], words) if isinstance(given, str) else ""
            message = f"`{key}`: {_shown(repr(given))} is not one of {', '.join(words)}{near}"
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


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_VALUE else f"{text[:SHOWN_VALUE]}…"


def _expected(text: str) -> list[str]:
    return text.replace(" or ", ", ").split(", ")


def _keys_beside(location: Sequence[str | int]) -> tuple[str, ...]:
    tables: dict[str, type[Table]] = {"who": Who, "where": Where}
    parent = location[-2] if len(location) > 1 else None
    if isinstance(parent, str) and parent in tables:
        return tuple(tables[parent].model_fields)
    return tuple(Clause.model_fields) if isinstance(parent, int) else _HEAD_KEYS
