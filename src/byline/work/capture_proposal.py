"""A proposal of a capture manifest: what the sources have, and what readers look at of it.

It is for review. What a reader looks at is proposed as `read`. Whatever a reviewer moves to
`ignored` no reader sees. Purposes are left for people to write, and a manifest without them is
refused, so that no proposal comes into force unread.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from byline.work.capture_forms import FIXED, form_of, form_of_value, shapes
from byline.work.capture_manifest import REPOSITORY_FIELDS, SCHEMA
from byline.work.capture_watching import Maps, Recorded
from byline.work.items import Source
from byline.work.reading import read

MAPS: Final[Mapping[str, Maps]] = {
    "json": "inside", "edits": "inside", "notebook": "inside", "trajectory": "inside",
    "comments": "everywhere",  # by path
}  # fmt: skip


@dataclass
class Proposal:
    """What was seen of one source.

    Attributes:
        source: Its name.
        system: Its system.
        kinds: Of item that came of it.
        forms: Fields of each form.
    """

    source: str
    system: str
    kinds: set[str] = field(default_factory=set)
    forms: dict[str, Recorded] = field(default_factory=dict)

    @property
    def refused(self) -> list[str]:
        """Fields that no manifest can declare: telemetry of people."""
        return [path for recorded in self.forms.values() for path in recorded.refused]

    def accept(self, value: Any, *, file: str, place: str) -> Any:  # noqa: ARG002 -- a `Checker`
        """Note a record's fields, and which of them its reader looks at."""
        form = form_of_value(self.system, form_of(self.system, file) or "json", value)
        return self.recorded(form).add(value)

    def recorded(self, form: str) -> Recorded:
        """The fields of a form, so far."""
        if form not in self.forms:
            self.forms[form] = Recorded(MAPS.get(form, "nowhere"))
        return self.forms[form]

    def paths(self, form: str) -> tuple[list[str], list[str]]:
        """What is proposed of a form as read, and as ignored."""
        read_paths, ignored = self.forms[form].paths()
        fixed = FIXED.get(form)
        if fixed is None:
            return read_paths, ignored
        every = sorted([*read_paths, *ignored])
        taken = [one for one in every if one in fixed or form == "text"]
        return taken, [one for one in every if one not in taken]


def propose(source: Source) -> Proposal:
    """Read an export once, and say what is in it.

    Raises:
        InputError: There is nothing at the source's path.
        PathError: It has too many different fields; declare its maps with `*` by hand.
    """
    found = Proposal(source.name, source.system)
    for reading in read(replace(source, checker=found)):
        if reading.key:
            found.kinds.add(reading.kind)
    for shape in shapes(source):
        found.recorded(shape.form).add(shape.value)
    return found


def manifest_text(repositories: Sequence[str], proposals: Iterable[Proposal]) -> str:
    """The proposal as a manifest in TOML, with empty purposes."""
    lines = [f"schema = {_quoted(SCHEMA)}", ""]
    for name in repositories:
        lines += ["[[repository]]", f"name = {_quoted(name)}", *_purpose()]
        lines += [*_listed("read", REPOSITORY_FIELDS), ""]
    for one in proposals:
        lines += ["[[source]]", f"name = {_quoted(one.source)}"]
        lines += [f"system = {_quoted(one.system)}", *_purpose()]
        lines += [f"kinds = [{', '.join(_quoted(kind) for kind in sorted(one.kinds))}]", ""]
        for form in sorted(one.forms):
            read_paths, ignored = one.paths(form)
            lines += [f"[source.forms.{form}]", *_listed("read", read_paths)]
            lines += [*_listed("ignored", ignored), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _purpose() -> list[str]:
    return ['purpose = ""  # say in words what it is captured for']


def _listed(key: str, paths: Sequence[str]) -> list[str]:
    if not paths:
        return [f"{key} = []"]
    return [f"{key} = [", *(f"    {_quoted(one)}," for one in paths), "]"]


def _quoted(text: str) -> str:
    """A TOML string: JSON's is one, but for DEL and the characters beyond the basic plane."""
    if "'" not in text and text.isprintable() and ('"' in text or "\\" in text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
