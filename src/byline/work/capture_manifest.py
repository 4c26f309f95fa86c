"""Reading a capture manifest: its bytes must be those that were published, and mean something.

What it means is in `byline.work.capture`. An error names file and line.
"""

import hashlib
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from byline.errors import CaptureError, ConfigError
from byline.work.capture import Declared, Manifest
from byline.work.capture_fields import Node, PathError, declare
from byline.work.capture_forms import FIXED
from byline.workspace.config import find_line
from byline.workspace.files import sha256_text

SCHEMA: Final = "byline/capture/1"
REPOSITORY_FIELDS: Final = (
    "commits.author.address", "commits.author.name", "commits.author.time",
    "commits.committer.address", "commits.committer.name", "commits.committer.time",
    "commits.message", "commits.notes", "commits.signatures", "commits.trailers",
    "files.lines.author", "files.path", "files.text", "references.name", "tags.message",
)  # fmt: skip
"""What collecting a git repository records: always all of it."""
FORMS: Final = frozenset(
    {"json", "comments", "csv", "edits", "notebook", "trajectory", *FIXED}
)  # fmt: skip
System = Literal[
    "github", "gitlab", "gerrit", "phabricator", "jira", "perceval", "documents", "jenkins",
    "junit", "traces",
]  # fmt: skip


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Form(_Section):
    read: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class _Repository(_Section):
    name: str
    purpose: str = Field(min_length=1)
    read: tuple[str, ...]


class _Source(_Section):
    name: str
    system: System
    purpose: str = Field(min_length=1)
    kinds: tuple[str, ...]
    forms: dict[str, _Form]


class _Manifest(_Section):
    schema_: Literal["byline/capture/1"] = Field(alias="schema")
    repository: tuple[_Repository, ...] = ()
    source: tuple[_Source, ...] = ()


def read_manifest(path: Path, *, sha256: str | None) -> Manifest:
    """Read the capture manifest whose bytes were published under a hash.

    Raises:
        CaptureError: It is gone, no hash is pinned, or its bytes have another hash.
        ConfigError: It is no manifest; the message names file and line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaptureError(
            f"the capture manifest {path} cannot be read: {error.strerror}",
            advice="restore it: nothing is captured without it",
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if sha256 is None or sha256.lower() != found:
        said = f"[capture] says {sha256}" if sha256 else "[capture] has no `sha256`"
        raise CaptureError(
            f"{path} has SHA-256 {found}, {said}: nothing is captured",
            advice="restore the published manifest; or review this one, publish it, and set "
            "`sha256` in [capture]",
        )
    return _manifest(path, data, found)


def _manifest(path: Path, data: bytes, sha256: str) -> Manifest:
    try:
        text = data.decode("utf-8")
        given = _Manifest.model_validate(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: {error}", advice="see https://toml.io for the syntax"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"])
        line = find_line(text, first["loc"])
        raise ConfigError(f"{path}:{line}: {where}: {first['msg']}") from error
    for repository in given.repository:
        _check_fields(path, text, repository)
    names = [one.name for one in given.repository] + [one.name for one in given.source]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"{path}: {twice!r} is declared twice", advice="put both into one")
    return Manifest(
        sha256,
        frozenset(one.name for one in given.repository),
        MappingProxyType({one.name: _declared(path, text, one) for one in given.source}),
    )


def _check_fields(path: Path, text: str, repository: _Repository) -> None:
    lacking = sorted(set(REPOSITORY_FIELDS).difference(repository.read))
    other = sorted(set(repository.read).difference(REPOSITORY_FIELDS))
    if lacking or other:
        named, word = (other, "names no field of git") if other else (lacking, "is taken too")
        raise ConfigError(
            f"{path}:{_line_with(text, repository.name)}: repository {repository.name!r}: "
            f"`{named[0]}` {word}",
            advice=f"declare exactly what is recorded: {', '.join(REPOSITORY_FIELDS)}",
        )


def _declared(path: Path, text: str, given: _Source) -> Declared:
    forms = {}
    for form, fields in given.forms.items():
        if form not in FORMS:
            line = _line_with(text, f"forms.{form}")
            raise ConfigError(
                f"{path}:{line}: source {given.name!r}: there is no form {form!r}",
                advice=f"forms are {', '.join(sorted(FORMS))}",
            )
        forms[form] = _fields(path, text, given.name, form, fields)
    digest = sha256_text(given.model_dump_json())
    return Declared(
        given.name, given.system, given.purpose, frozenset(given.kinds),
        MappingProxyType(forms), digest,
    )  # fmt: skip


def _fields(path: Path, text: str, source: str, form: str, fields: _Form) -> Node:
    always = FIXED.get(form, frozenset()).intersection(fields.ignored)
    if form == "text":
        always |= {one for one in fields.ignored if one.startswith("front_matter")}
    refused = next(iter(sorted(always)), "event.i" if "event.i" in fields.read else None)
    if refused is not None:
        word = "is what somebody typed, and never read" if refused == "event.i" else "is read"
        raise ConfigError(
            f"{path}:{_line_with(text, refused)}: source {source!r}: `{refused}` {word}",
            advice="move it to the other list",
        )
    try:
        return declare(fields.read, fields.ignored)
    except PathError as error:
        quoted = str(error).split("'")[1] if "'" in str(error) else ""
        line = _line_with(text, quoted)
        raise ConfigError(f"{path}:{line}: source {source!r}, {form}: {error}") from error


def _line_with(text: str, words: str) -> int:
    """The first line that holds some words, 1 where none does."""
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if words and words in line), 1)
