"""Which licence a file declares for itself, and which one a repository's root declares.

Declarations are read, not interpreted: the answer is an SPDX expression with the place it was read
from. An expression that does not parse, or names a licence SPDX does not know, is no answer. A
``LICENSES/`` folder (REUSE) collects texts that files refer to; it does not set the repository's
licence.
"""

import functools
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import license_expression
import licenseclassifier
import re2

from byline.corpus.licence_notices import GENERAL_LICENCE, LATER, NOTICES

HEADER_LINES: Final = 60
HEADER_CHARACTERS: Final = 8_192
LICENCE_TEXT_CHARACTERS: Final = 200_000

PERMISSIVE_WORDS: Final = """
    0BSD AFL-2.1 AFL-3.0 Apache-1.1 Apache-2.0 Artistic-2.0 BSD-1-Clause BSD-2-Clause
    BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 BlueOak-1.0.0 CC-BY-3.0 CC-BY-4.0
    CC0-1.0 ECL-2.0 FTL HPND ICU ISC JSON Libpng MIT MIT-0 MIT-CMU
    MIT-Modern-Variant MS-PL MulanPSL-2.0
    NCSA NTP OFL-1.1 OpenSSL PHP-3.01 PSF-2.0 PostgreSQL Python-2.0 Python-2.0.1 Ruby SGI-B-2.0 TCL
    UPL-1.0 Unicode-3.0 Unicode-DFS-2016 Unlicense Vim W3C WTFPL X11 ZPL-2.1 Zlib curl libtiff
    """
PERMISSIVE: Final = frozenset(PERMISSIVE_WORDS.split())
"""SPDX ids of licences that ask for no more than notices (after the Blue Oak Council's list)."""

SPDX_TAG: Final = re2.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]{1,200})")
TAG_END: Final = re2.compile(
    r"\s*(?:\*/|-->|\*\)|--\]\]|#>|\"\"\"|'''|\"|'|\}|;|,|--%>|%>|=#|-\}).*$"
)
COMMENT: Final = re2.compile(
    r"(?m)^[ \t]*(?:#+|//+!?|/\*+|\*+/?|;+|--+|%+|\"\"\"|'''|<!--|dnl|REM|!)[ \t]?"
)
PROMPT: Final = re2.compile(
    r"(?i)licen[cs]e|copyright|permission is|permission to use|redistribut|public domain|spdx"
)
BARE_GNU: Final = re2.compile(r"^(?:A|L)?GPL-\d\.\d$|^GFDL-\d\.\d$")
"""Ids that SPDX deprecated because they do not say whether later versions are permitted."""
METADATA_FILE: Final = re2.compile(
    r"(?:^|/)(?:setup\.py|[\w.-]+\.gemspec|build\.gradle(?:\.kts)?|mix\.exs|DESCRIPTION)$"
)
LICENCE_FILE: Final = re2.compile(
    r"(?i)^(?:UN)?LICEN[CS]E(?:[-_.][\w.+-]*)?$|^COPYING(?:\.LESSER|\.LIB)?(?:\.(?:md|txt|rst))?$"
    r"|^MIT-LICEN[CS]E(?:\.(?:md|txt))?$"
)


@dataclass(frozen=True)
class FileLicence:
    """The licence a file declares: an SPDX expression and where it stands."""

    expression: str
    evidence: str


@dataclass(frozen=True)
class RepositoryLicence:
    """The licence a repository's root declares.

    Attributes:
        expression: SPDX expression.
        path: The file it was read from.
        evidence: How: "licence text", "licence notice", "field project.license".
    """

    expression: str
    path: str
    evidence: str


@functools.cache
def _licensing() -> Any:
    return license_expression.get_spdx_licensing()


@functools.lru_cache(maxsize=4096)
def spdx_expression(value: str) -> str | None:
    """`value` as a normal SPDX expression, or None where it does not parse or is unknown to SPDX.

    ``LicenseRef-…`` ids are SPDX too (SPDX 2.3, annex D); they stand for licences off the list.
    """
    try:
        checked = _licensing().validate(value.strip())
        parsed = _licensing().parse(value.strip())
    except (license_expression.ExpressionError, AttributeError, TypeError):
        return None
    unknown = [one for one in checked.invalid_symbols if not one.startswith("LicenseRef-")]
    if parsed is None or unknown or (checked.errors and not checked.invalid_symbols):
        return None
    return str(parsed.render())


def file_licence(text: str, *, path: str = "", kind: str = "programming") -> FileLicence | None:
    """The licence that a file's own header declares, or None.

    An SPDX tag in the first 60 lines decides; then, in code and markup, the text of a licence or of
    a standard notice. Prose and package metadata speak of the whole project, so only a tag counts
    there.

    Args:
        text: The file's text.
        path: Its path; the names of metadata files are recognised.
        kind: ``programming``, ``markup``, ``data`` or ``prose``.
    """
    header = "".join(text[:HEADER_CHARACTERS].splitlines(keepends=True)[:HEADER_LINES])
    if not PROMPT.search(header):
        return None
    tagged = _tagged(header)
    if tagged or kind in {"data", "prose"} or METADATA_FILE.search(path):
        return tagged
    return _noticed(header)


def _tagged(header: str) -> FileLicence | None:
    for tag in SPDX_TAG.finditer(header):
        expression = spdx_expression(TAG_END.sub("", tag.group(1)).strip())
        if expression:
            line = header.count("\n", 0, tag.start()) + 1
            return FileLicence(expression, f"SPDX tag, line {line}")
    return None


def _noticed(header: str) -> FileLicence | None:
    prose = COMMENT.sub("", header)
    prompt = PROMPT.search(prose)
    if not prompt:
        return None
    matches = licenseclassifier.identify_license(prose, 0.0)
    if matches:
        line = prose.count("\n", 0, matches[0].start) + 1
        return FileLicence(_joined(one.id for one in matches), f"licence notice, line {line}")
    found = _by_phrase(prose)
    return FileLicence(found[0], f"licence notice, line {found[1]}") if found else None


def _by_phrase(prose: str) -> tuple[str, int] | None:
    """SPDX id and line of the first standard phrase; line breaks inside a phrase are spaces."""
    flat = prose.replace("\r", " ").replace("\n", " ")
    while "  " in flat:
        flat = flat.replace("  ", " ")
    gnu = GENERAL_LICENCE.search(flat)
    if gnu:
        return _gnu_id(gnu.group(1).lower(), gnu.group(2), flat), _line_of(prose, gnu.group(0))
    for name, pattern in NOTICES:
        match = pattern.search(flat)
        if match:
            return name, _line_of(prose, match.group(0))
    return None


GNU_FAMILIES: Final = {
    "lesser general public": ("LGPL", "2.1"),
    "library general public": ("LGPL", "2.0"),
    "affero general public": ("AGPL", "3.0"),
    "general public": ("GPL", "2.0"),
    "free documentation": ("GFDL", "1.3"),
}
"""Short name, and the version that a notice without one is taken to start from."""


def _gnu_id(family: str, version: str | None, flat: str) -> str:
    name, first = GNU_FAMILIES[family]
    number = version or first
    number = number if "." in number else f"{number}.0"
    later = version is None or LATER.search(flat) is not None
    found = f"{name}-{number}-{'or-later' if later else 'only'}"
    return found if spdx_expression(found) else f"{name}-{first}-or-later"


def _line_of(prose: str, phrase: str) -> int:
    at = prose.find(" ".join(phrase.split()[:2]))
    return prose.count("\n", 0, max(at, 0)) + 1


def _joined(ids: Iterable[str]) -> str:
    """Several texts in one place all apply: SPDX ``AND``, in order of first appearance.

    The full text of a GNU licence, without a notice, permits that version only; the notice at its
    end is an example of how to apply it.
    """
    seen = list(dict.fromkeys(ids))
    bare = {one for one in seen if BARE_GNU.search(one)}
    names = [
        f"{one}-only" if one in bare else one
        for one in seen
        if one.removesuffix("-or-later") not in bare or one in bare
    ]
    return " AND ".join(names)


def repository_licence(files: Mapping[str, str]) -> RepositoryLicence | None:
    """The licence that the root of a repository declares, or None.

    Args:
        files: Path to text. Only root files are read: LICENSE, LICENCE, COPYING, UNLICENSE and
            their variants first (several different ones are joined with AND), then the ``license``
            field of ``pyproject.toml``, ``package.json`` and ``Cargo.toml``.
    """
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(one for one in files if LICENCE_FILE.search(one)):
        read = _licence_text(files[path])
        if read:
            found.setdefault(read[0], (path, read[1]))
    if found:
        path, evidence = next(iter(found.values()))
        return RepositoryLicence(_all_of(found), path, evidence)
    return _declared(files)


def _all_of(expressions: Mapping[str, object]) -> str:
    """Conjunction of whole expressions; the LGPL's text comes with the GPL's, which it extends."""
    names = list(expressions)
    if any(one.startswith("LGPL-3") for one in names):
        names = [one for one in names if not one.startswith("GPL-3")]
    wrapped = [f"({one})" if " OR " in one and len(names) > 1 else one for one in names]
    return " AND ".join(wrapped)


def _licence_text(text: str) -> tuple[str, str] | None:
    text = text[:LICENCE_TEXT_CHARACTERS]
    tagged = _tagged(text[:HEADER_CHARACTERS])
    if tagged:
        return tagged.expression, tagged.evidence
    matches = licenseclassifier.identify_license(text, 60.0)
    if matches:
        return _joined(one.id for one in matches), "licence text"
    noticed = _by_phrase(text[:HEADER_CHARACTERS])
    return (noticed[0], f"licence notice, line {noticed[1]}") if noticed else None


def _declared(files: Mapping[str, str]) -> RepositoryLicence | None:
    """Package metadata: weaker, because it says what was published, not what the files say."""
    for path, keys in (
        ("pyproject.toml", ("project", "license")),
        ("package.json", ("license",)),
        ("Cargo.toml", ("package", "license")),
    ):
        value = _field(files.get(path), path, keys)
        expression = spdx_expression(value) if value else None
        if expression:
            return RepositoryLicence(expression, path, f"field {'.'.join(keys)}")
    return None


def _field(text: str | None, path: str, keys: tuple[str, ...]) -> str | None:
    if text is None:
        return None
    try:
        value: Any = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("text") or value.get("type")
    return value if isinstance(value, str) and len(value) <= 200 else None
