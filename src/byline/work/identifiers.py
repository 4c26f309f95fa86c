"""Identifiers of work: content ids, SWHIDs, and how raw bytes become text.

A Software Hash Identifier (SWHID 1.2, ISO/IEC 18670:2025, https://swhid.org/specification) is a
core, ``swh:1:<type>:<40 hex digits>``, and qualifiers that say where the object was seen and which
lines of it are meant. Its digest of contents and revisions is git's SHA-1, so an object of a
SHA-256 repository has none, and gets an empty string here: never an invented one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote, unquote_to_bytes

from byline.errors import InputError
from byline.workspace.files import sha256_text

ITEM_LENGTH = 24
Kind = Literal["cnt", "dir", "rev", "rel", "snp"]
CORE: Final = re.compile(r"swh:1:(cnt|dir|rev|rel|snp):([0-9a-f]{40})")
QUALIFIERS: Final = ("origin", "visit", "anchor", "path", "lines", "bytes")
"""In the order in which they are written."""
RANGE: Final = re.compile(r"([0-9]+)(?:-([0-9]+))?")
SAFE: Final = "/"  # everything else that could be escaped is, so that one path has one spelling
ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Swhid:
    """A Software Hash Identifier; `str` writes it.

    Attributes:
        kind: cnt | dir | rev | rel | snp.
        oid: 40 hex digits.
        origin: The address it was found at.
        visit: The snapshot, as a core SWHID.
        anchor: The directory, revision, release or snapshot that `path` starts from.
        path: Its path there, as bytes, beginning with a slash.
        lines: First and last line of a content, counted from 1.
        bytes: First and last byte of a content, counted from 0.
    """

    kind: str
    oid: str
    origin: str | None = None
    visit: str | None = None
    anchor: str | None = None
    path: bytes | None = None
    lines: tuple[int, int] | None = None
    bytes: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _check(self)

    @property
    def core(self) -> str:
        """The identifier of the object itself, without qualifiers."""
        return f"swh:1:{self.kind}:{self.oid}"

    def __str__(self) -> str:
        written = {
            "origin": None if self.origin is None else _escaped(self.origin),
            "visit": self.visit,
            "anchor": self.anchor,
            "path": None if self.path is None else quote(self.path, safe=SAFE),
            "lines": _range_text(self.lines),
            "bytes": _range_text(self.bytes),
        }
        parts = [f"{name}={written[name]}" for name in QUALIFIERS if written[name] is not None]
        return ";".join([self.core, *parts])


def parse_swhid(text: str) -> Swhid:
    """Read a SWHID with any qualifiers, in any order.

    Raises:
        InputError: It is not one: another scheme or version, an unknown or repeated qualifier, a
            value that is not percent-encoded or means nothing for this type.
    """
    core, *parts = text.split(";")
    match = CORE.fullmatch(core)
    if not match:
        raise InputError(f"{text!r} is no SWHID: it does not begin with swh:1:<type>:<40 hex>")
    given: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if name not in QUALIFIERS or not equals:
            raise InputError(f"{text!r}: {part!r} is no qualifier of a SWHID")
        if name in given:
            raise InputError(f"{text!r}: the qualifier {name!r} is given twice")
        if ESCAPE.search(value) and name in ("origin", "path"):
            raise InputError(f"{text!r}: {name!r} has a percent sign that begins no escape")
        given[name] = value
    origin, path = given.get("origin"), given.get("path")
    return Swhid(
        match[1],
        match[2],
        origin=None if origin is None else unquote(origin),
        visit=given.get("visit"),
        anchor=given.get("anchor"),
        path=None if path is None else unquote_to_bytes(path),
        lines=_range(text, given, "lines"),
        bytes=_range(text, given, "bytes"),
    )


def _check(one: Swhid) -> None:
    if not CORE.fullmatch(one.core):
        raise InputError(f"{one.core!r} is no SWHID")
    for name, value, kinds in (("visit", one.visit, ("snp",)), ("anchor", one.anchor, ANCHORS)):
        match = CORE.fullmatch(value) if value is not None else None
        if value is not None and (match is None or match[1] not in kinds):
            raise InputError(f"{one.core}: {name}={value!r} is no core SWHID of {', '.join(kinds)}")
    if one.path is not None and not one.path.startswith(b"/"):
        raise InputError(f"{one.core}: the path {one.path!r} does not begin with a slash")
    if one.origin is not None and not (one.origin.isprintable() and " " not in one.origin):
        raise InputError(f"{one.core}: the origin has white space or control characters")
    for name, extent, first in (("lines", one.lines, 1), ("bytes", one.bytes, 0)):
        if extent is None:
            continue
        if one.kind != "cnt":
            raise InputError(f"{one.core}: only a content has {name}")
        if not first <= extent[0] <= extent[1]:
            raise InputError(f"{one.core}: {name}={extent[0]}-{extent[1]} is no range")


ANCHORS: Final = ("dir", "rev", "rel", "snp")


def _escaped(origin: str) -> str:
    """An address with its semicolons and percent signs escaped; the rest is left to its scheme."""
    return origin.replace("%", "%25").replace(";", "%3B")


def _range(text: str, given: Mapping[str, str], name: str) -> tuple[int, int] | None:
    if name not in given:
        return None
    match = RANGE.fullmatch(given[name])
    if match is None or len(given[name]) > 40:
        raise InputError(f"{text!r}: {name}={given[name]!r} is no range such as 9-15")
    return int(match[1]), int(match[2] or match[1])


def _range_text(extent: tuple[int, int] | None) -> str | None:
    if extent is None:
        return None
    return str(extent[0]) if extent[0] == extent[1] else f"{extent[0]}-{extent[1]}"


def item_id(kind: str, *parts: str) -> str:
    """The id of an item: a digest of its kind and of what makes it that item and no other."""
    return f"{kind}_{sha256_text(kind, *parts)[:ITEM_LENGTH]}"


def swhid(kind: str, oid: str) -> str:
    """The core SWHID of a git object; an empty string where it has none (SHA-256)."""
    return f"swh:1:{kind}:{oid}" if len(oid) == 40 else ""


def span_swhid(
    oid: str,
    *,
    path: str | None = None,
    revision: str | None = None,
    lines: tuple[int, int] | None = None,
    origin: str | None = None,
) -> str:
    """The SWHID of lines of a content, qualified; an empty string where it has none (SHA-256).

    Args:
        oid: The object id of the content.
        path: Its path from the root of the repository, without a slash before it.
        revision: The commit that `path` was seen in.
        lines: First and last line, counted from 1.
        origin: The address of the repository.

    Raises:
        InputError: A part makes no SWHID.
    """
    if len(oid) != 40 or (revision is not None and len(revision) != 40):
        return ""
    return str(
        Swhid(
            "cnt",
            oid,
            origin=origin,
            anchor=None if revision is None else swhid("rev", revision),
            path=None if path is None else b"/" + path.encode("utf-8", "surrogateescape"),
            lines=lines,
        )
    )


def path_text(path: bytes) -> tuple[str, bool]:
    """A path as text, and whether that text is the path itself and not a display form of it."""
    try:
        return path.decode("utf-8"), True
    except UnicodeDecodeError:
        return path.decode("utf-8", "backslashreplace"), False


def line_list(text: str) -> list[str]:
    r"""The lines of a text as git counts them: ended by ``\n`` only, each with its ending."""
    lines = text.split("\n")
    ended = [line + "\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended
