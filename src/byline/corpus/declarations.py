"""What documents of a repository declare of its other files: licence and copyright by path.

Read are ``REUSE.toml`` in any folder and ``.reuse/dep5`` (REUSE 3.3, https://reuse.software/spec),
``debian/copyright`` (DEP-5, copyright-format 1.0) and ``<file>.license`` sidecars. A declaration is
evidence with its place, not a fact. ``debian/copyright`` speaks for a path only where nothing
else does: packagers describe the whole, and its ``*`` names everybody.
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import re2

from byline.corpus.holders import Holder, holders_of
from byline.corpus.licences import SPDX_TAG, TAG_END, spdx_expression

NAMES: Final = re.compile(r"(?:^|/)REUSE\.toml$|^\.reuse/dep5$|^debian/copyright$|.\.license$")
DEP5_FIELD: Final = re.compile(r"^([A-Za-z-]+):[ \t]*(.*)$")
MAX_RULES: Final = 2_000
"""Declarations read of one repository; whoever writes more wants to waste time."""
DEBIAN_NAMES: Final = {"expat": "MIT", "public-domain": "LicenseRef-public-domain"}
"""Short names of DEP-5 that are no SPDX ids."""
GNU: Final = re.compile(r"(?i)^((?:A|L)?GPL|GFDL)-(\d)(\.\d)?(\+)?$")


@dataclass(frozen=True)
class Declared:
    """What is declared of some paths.

    Attributes:
        pattern: Matches those paths, from the repository's root; RE2, for globs are untrusted.
        licence: SPDX expression, or None where none could be read.
        holders: Whom the copyright lines name.
        evidence: "REUSE.toml, annotation 2".
        overrides: Whether it goes before what the file says of itself.
    """

    pattern: Any
    licence: str | None
    holders: tuple[Holder, ...]
    evidence: str
    overrides: bool = False


@dataclass(frozen=True)
class Declarations:
    """The declarations of one repository; later ones win."""

    sidecars: Mapping[str, Declared]
    rules: tuple[Declared, ...] = ()

    def about(self, path: str) -> Declared | None:
        """The declaration that speaks for `path`, or None."""
        if path in self.sidecars:
            return self.sidecars[path]
        return next((one for one in reversed(self.rules) if one.pattern.search(path)), None)


NOTHING: Final = Declarations({})


def is_declaration(path: str) -> bool:
    """Whether the file at `path` may declare something of other files."""
    return NAMES.search(path) is not None


def read_declarations(documents: Mapping[str, str]) -> Declarations:
    """Read every declaring document, given path to text; what cannot be read declares nothing."""
    sidecars: dict[str, Declared] = {}
    rules: list[Declared] = []
    for path in sorted(documents, key=_weight):
        text = documents[path]
        if path.endswith(".license"):
            about = path.removesuffix(".license")
            sidecars[about] = _declared(re2.escape(about), _tag(text), text, f"the file {path}")
        elif path.endswith("REUSE.toml"):
            rules += islice(_reuse(path, text), MAX_RULES)
        elif is_declaration(path):
            rules += islice(_dep5(path, text), MAX_RULES)
    return Declarations(sidecars, tuple(rules[-MAX_RULES:]))


def _weight(path: str) -> tuple[int, int, str]:
    """Debian's file first, then dep5, then REUSE.toml from the root down: the last one wins."""
    kind = 0 if path == "debian/copyright" else 1 if path == ".reuse/dep5" else 2
    return kind, path.count("/"), path


def _declared(
    pattern: str, licence: str | None, copyright_text: str, evidence: str, *, first: bool = False
) -> Declared:
    expression = spdx_expression(licence) if licence else None
    holders = tuple(holders_of(copyright_text, any_line=True))
    return Declared(re2.compile(f"(?s)^(?:{pattern})$"), expression, holders, evidence, first)


def _tag(text: str) -> str | None:
    found = SPDX_TAG.search(text)
    return TAG_END.sub("", found.group(1)).strip() if found else None


def _reuse(path: str, text: str) -> Iterator[Declared]:
    try:
        annotations = tomllib.loads(text).get("annotations", [])
    except (ValueError, RecursionError):
        return
    folder = path.rpartition("/")[0]
    for number, one in enumerate(annotations if isinstance(annotations, list) else [], start=1):
        if not isinstance(one, dict):
            continue
        licences = [
            f"({each})" if " OR " in each else each
            for each in _texts(one, "SPDX-License-Identifier")
        ]
        lines = [f"Copyright {each}" for each in _texts(one, "SPDX-FileCopyrightText")]
        globs = "|".join(_reuse_glob(each) for each in _texts(one, "path"))
        if globs:
            yield _declared(
                f"{re2.escape(folder)}{'/' if folder else ''}(?:{globs})",
                " AND ".join(licences),
                "\n".join(lines),
                f"{path}, annotation {number}",
                first=one.get("precedence") == "override",
            )


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and len(one) <= 4096]


@functools.lru_cache(maxsize=4096)
def _reuse_glob(glob: str) -> str:
    r"""A pattern of REUSE.toml: ``*`` stays in a folder, ``**`` spans folders, ``\`` escapes."""
    found = re.findall(r"\\.|\*{2,}|\*|[^\\*]+|\\", glob, re.DOTALL)
    parts = {"*": "[^/]*"}
    return "".join(
        ".*" if one.startswith("**") else parts.get(one) or re2.escape(one.removeprefix("\\"))
        for one in found
    )


def _dep5(path: str, text: str) -> Iterator[Declared]:
    """The ``Files:`` paragraphs; a later one wins, as the format has it."""
    for number, paragraph in enumerate(re.split(r"\n[ \t]*\n", text), start=1):
        fields = _fields(paragraph)
        globs = fields.get("files", "").split()
        if globs:
            yield _declared(
                "|".join(_dep5_glob(one) for one in globs[:1000]),
                _debian_licence(fields.get("license", "").split("\n")[0].strip()),
                "\n".join(f"Copyright {one}" for one in fields.get("copyright", "").split("\n")),
                f"{path}, paragraph {number}",
            )


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.split("\n"):
        match = DEP5_FIELD.match(line)
        if match:
            name = match[1].lower()
            fields[name] = match[2]
        elif name and line[:1] in (" ", "\t"):
            fields[name] += f"\n{line.strip()}"
    return fields


def _dep5_glob(glob: str) -> str:
    """A pattern of DEP-5: ``*`` and ``?`` match slashes too."""
    parts = {"*": ".*", "?": "."}
    return "".join(parts.get(one) or re2.escape(one) for one in glob)


def _debian_licence(name: str) -> str:
    """A short name of DEP-5 as SPDX has it; "GPL-2+" is GPL-2.0-or-later."""
    gnu = GNU.match(name)
    if gnu:
        later = "or-later" if gnu[4] else "only"
        return f"{gnu[1].upper()}-{gnu[2]}{gnu[3] or '.0'}-{later}"
    return DEBIAN_NAMES.get(name.lower(), name)
