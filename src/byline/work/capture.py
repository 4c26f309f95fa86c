"""The capture manifest: what may be taken from each source, declared before it is taken.

::

    schema = "byline/capture/1"

    [[repository]]
    name = "ledger"
    purpose = "Code and its history, to teach completion and repair"
    read = ["commits.author.name", "..."]   # all of `capture_manifest.REPOSITORY_FIELDS`

    [[source]]
    name = "tracker"
    system = "jira"
    purpose = "Issues, to teach how a problem is solved"
    kinds = ["issue"]

    [source.forms.json]
    read = ["issues[].key", "issues[].fields.summary"]
    ignored = ["issues[].self"]

Invariants: its bytes are those of the published SHA-256, or nothing is captured; a source that it
does not name, and a field, form or kind that it does not declare, stop that source before any
record of it counts; what it declares as ignored no reader sees; telemetry of people cannot be
declared at all (law 10).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from byline.errors import CaptureError
from byline.work.capture_fields import Node, UndeclaredError, thin
from byline.work.capture_forms import form_of, form_of_value, shapes
from byline.work.items import Source

FIX: Final = (
    "nothing of it was taken; declare it as `read` or `ignored` in the capture manifest, publish "
    "the manifest's new sha256 in [capture], and run again"
)


@dataclass(frozen=True)
class Declared:
    """What one source may have; a `byline.work.items.Checker`.

    Attributes:
        name: The source's name.
        system: Its system.
        purpose: What it is captured for, in words.
        kinds: Kinds of item that may come of it.
        forms: The fields of each form, as `byline.work.capture_fields` has them.
        digest: Of all that is declared of it.
    """

    name: str
    system: str
    purpose: str
    kinds: frozenset[str]
    forms: Mapping[str, Node]
    digest: str

    def accept(self, value: Any, *, file: str, place: str) -> Any:
        """A record as declared: ignored fields are null.

        Raises:
            CaptureError: It has a field, or is of a form, that is not declared.
        """
        form = form_of_value(self.system, form_of(self.system, file) or "json", value)
        return self.accept_form(value, form=form, file=file, place=place)

    def accept_form(self, value: Any, *, form: str, file: str, place: str) -> Any:
        """As `accept`, where the form of the record is known."""
        fields = self.forms.get(form)
        if fields is None:
            raise self._refused(f"the form `{form}`", file, place)
        try:
            return thin(value, fields)
        except UndeclaredError as error:
            what = f"the {form} field `{error.path}`"
            raise self._refused(what, file, place) from error
        except RecursionError as error:
            raise self._refused(f"a {form} record nested so deeply", file, place) from error

    def check_kind(self, kind: str, *, file: str, key: str) -> None:
        """Refuse an item of a kind that is not declared.

        Raises:
            CaptureError: It is not.
        """
        if kind not in self.kinds:
            raise self._refused(f"the kind `{kind}`", file, key)

    def _refused(self, what: str, file: str, place: str) -> CaptureError:
        where = ", ".join(one for one in (file, place) if one)
        words = f"source {self.name!r}: {where}: {what} is not declared"
        return CaptureError(words, advice=FIX)


@dataclass(frozen=True)
class Manifest:
    """A capture manifest, read and checked.

    Attributes:
        sha256: Of its bytes.
        repositories: The names of the repositories that may be collected.
        sources: By name.
    """

    sha256: str
    repositories: frozenset[str]
    sources: Mapping[str, Declared]

    def source(self, name: str, system: str) -> Declared:
        """What is declared of a source.

        Raises:
            CaptureError: Nothing is, or it is declared of another system.
        """
        found = self.sources.get(name)
        if found is None or found.system != system:
            what = f"as {found.system}, not {system}" if found else "nowhere"
            raise CaptureError(f"source {name!r} is declared {what}", advice=FIX)
        return found

    def check_repository(self, name: str) -> None:
        """Refuse a repository that is not declared.

        Raises:
            CaptureError: It is not.
        """
        if name not in self.repositories:
            raise CaptureError(f"repository {name!r} is not declared", advice=FIX)


def check_source(source: Source, declared: Declared) -> int:
    """Check every record of an export, in whatever format, before any is taken; how many.

    Raises:
        CaptureError: The first that has a field, or is of a form, that is not declared.
        InputError: There is nothing at the source's path.
    """
    checked = 0
    for shape in shapes(source):
        declared.accept_form(shape.value, form=shape.form, file=shape.file, place=shape.place)
        checked += 1
    return checked


def unused(names: Iterable[str], manifest: Manifest) -> list[str]:
    """What a manifest declares of sources and repositories that are not configured, by name."""
    return sorted((manifest.repositories | manifest.sources.keys()).difference(names))
