"""Documents as exports: folders of files, and pages of Confluence as HTML or JSON.

Files are Markdown, reStructuredText, AsciiDoc, HTML and Word.

Where the export does not say for certain who wrote a section, its part has no author; nobody known
means that the terms exclude it. HTML and Word become plain text with Markdown's headings.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from byline.work.documents.blocks import Passage
from byline.work.documents.confluence import Page, exported_author, pages_of
from byline.work.documents.docx import BadDocumentError, Paragraph, read_docx
from byline.work.documents.markup import plain_text
from byline.work.documents.mentions import Known
from byline.work.documents.reading import Place, plain_part, reading_of, timed
from byline.work.documents.sections import (
    MAX_SECTIONS,
    SUFFIXES,
    Markup,
    TooManySectionsError,
    markup_of,
)
from byline.work.documents.status import numbers_of
from byline.work.export_values import text_of
from byline.work.exports import ExportFile, documents_of, files, opened
from byline.work.identifiers import line_list
from byline.work.items import Part, Problem, Reading, Source
from byline.work.text import decode

JSON: Final = (".json", ".jsonl", ".ndjson")
WORD: Final = (".docx",)
BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class _Written:
    """Whoever wrote something, as far as is recorded."""

    account: str | None = None
    name: str | None = None
    email: str | None = None
    time: datetime | None = None


NOBODY: Final = _Written()


def read_documents(source: Source) -> Iterator[Reading]:
    """Every document of an export, in order of path, and what could not be read.

    Raises:
        InputError: There is nothing at the source's path.
    """
    suffixes = (*SUFFIXES, *JSON, *WORD)
    names = [one.name for one in files(source, suffixes=suffixes) if isinstance(one, ExportFile)]
    paths = frozenset(names)
    numbers = numbers_of(sorted(names))
    for one in files(source, suffixes=suffixes):
        if isinstance(one, Problem):
            yield Reading(file=one.file, problems=[one])
            continue
        place = Place(one.name, _key(source, one.name), lambda path: _key(source, path), paths,
                      numbers, Known(source.name))  # fmt: skip
        try:
            yield from _read(one, source, place)
        except BadDocumentError as error:
            yield _problem(one.name, error.reason, str(error))
        except TooManySectionsError:
            yield _problem(one.name, "too_many_sections", f"more than {MAX_SECTIONS} headings")
        except OSError as error:
            yield _problem(one.name, "unreadable", f"{error.strerror or error}")


def _key(source: Source, path: str) -> str:
    return f"doc:{source.name}:{path}"


def _problem(file: str, reason: str, explanation: str) -> Reading:
    return Reading(file=file, problems=[Problem(file, "", reason, explanation)])


def _read(file: ExportFile, source: Source, place: Place) -> Iterator[Reading]:
    lower = file.name.lower()
    if lower.endswith(JSON):
        yield from _json(file, source, place)
        return
    if file.size > source.max_bytes:
        raise BadDocumentError("too_large", f"{file.size} bytes, more than {source.max_bytes}")
    if lower.endswith(WORD):
        yield from _word(file, source, place)
        return
    markup = markup_of(file.name) or "markdown"
    text = _text(file)
    if markup == "html":
        name, day = exported_author(text)
        written = _Written(name=name, time=day)
        yield from _one(plain_text(text), "markdown", place, lambda _: written, day, day)
    else:
        yield from _one(text, markup, place, lambda _: NOBODY, None, None)


def _text(file: ExportFile) -> str:
    with opened(file.path) as stream:
        data = stream.read(file.size + 1)
    text, reason = decode(data.removeprefix(BOM))
    if text is None:
        raise BadDocumentError(reason or "not_utf8", "its bytes are no text")
    return text.replace("\r\n", "\n")


def _one(
    text: str,
    markup: Markup,
    place: Place,
    by: Callable[[Passage], _Written],
    first: datetime | None,
    last: datetime | None,
) -> Iterator[Reading]:
    lines = line_list(text_of(text))
    reading = reading_of(lines, markup, place, part=lambda one: [_part(one, by(one), place.path)])
    if reading is not None and lines:
        yield timed(replace(reading, opened=first), last)
    else:
        yield _problem(place.path, "empty", "it has no text")


def _part(passage: Passage, written: _Written, path: str) -> Part:
    return replace(
        plain_part(passage), path=path, account=written.account, name=written.name,
        email=written.email, time=written.time,
    )  # fmt: skip


def _word(file: ExportFile, source: Source, place: Place) -> Iterator[Reading]:
    with opened(file.path) as stream:
        paragraphs, properties = read_docx(stream, max_bytes=source.max_bytes)
    # A paragraph is a line, and a blank line follows it, so that line 2n + 1 is paragraph n.
    text = "".join(f"{one.line}\n\n" for one in paragraphs)

    def by(passage: Passage) -> _Written:
        first, last = (passage.section.start - 1) // 2, (passage.section.end - 1) // 2
        return _alone(paragraphs[first : last + 1])

    first = properties.created or properties.modified
    yield from _one(text, "markdown", place, by, first, properties.modified or first)


def _alone(paragraphs: Sequence[Paragraph]) -> _Written:
    """Whoever wrote all of some paragraphs; nobody where there are several or unknown ones."""
    authors = {one.author for one in paragraphs}
    times = [one.time for one in paragraphs if one.time]
    name = next(iter(authors)) if len(authors) == 1 else None
    return _Written(name=name, time=max(times, default=None))


def _json(file: ExportFile, source: Source, place: Place) -> Iterator[Reading]:
    for one in documents_of(file, max_bytes=source.max_bytes, checker=source.checker):
        if isinstance(one, Problem):
            yield Reading(file=file.name, problems=[one])
            continue
        pages = list(pages_of(one.value))
        if not pages:
            told = Problem(file.name, one.place, "no_page", "no page of Confluence with its body")
            yield Reading(file=file.name, problems=[told])
        for page in pages:
            yield from _page(page, file, source, place)


def _page(page: Page, file: ExportFile, source: Source, place: Place) -> Iterator[Reading]:
    # Its path among the pages says what it is; no other page can be meant by a relative link.
    own = replace(place, path=page.path, key=_key(source, page.identity), paths=frozenset(),
                  numbers={})  # fmt: skip
    written = _Written(page.account, page.name, page.email, page.modified or page.created)
    for reading in _one(page.text, "markdown", own, lambda _: written, page.created, page.modified):
        yield replace(reading, file=file.name)
