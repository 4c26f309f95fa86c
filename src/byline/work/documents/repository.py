"""The documents of a repository: read from its files, with the authors of every line from git.

A part is one section; its text is the file's own lines, HTML included, so that lines and origins
agree. HTML as people see it is computed later from the redacted lines
(`byline.work.documents.markup.plain_lines`), never stored: what is not a part's text is not
searched for secrets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.work.documents.blocks import Passage
from byline.work.documents.mentions import Known
from byline.work.documents.reading import Place, plain_part, reading_of, timed
from byline.work.documents.recognise import DocumentKind, is_expected
from byline.work.documents.sections import (
    MAX_SECTIONS,
    SUFFIXES,
    Markup,
    TooManySectionsError,
    markup_of,
)
from byline.work.documents.status import numbers_of
from byline.work.identifiers import line_list
from byline.work.items import Part, Problem, Reading

RECORDS: Final[frozenset[DocumentKind]] = frozenset({"decision", "design", "incident"})
MAX_BYTES: Final = 4 << 20
BATCH: Final = 64  # files at once
PROSE: Final = (".txt",)  # PEPs and the like before they were called .rst


def documents_in_repository(
    files: pa.Table,
    *,
    repository: str,
    times: Mapping[str, datetime],
    projects: Sequence[str] = (),
    every_document: bool = False,
) -> Iterator[Reading]:
    """The decision records, design documents and postmortems of a repository, in order of path.

    Args:
        files: Rows of `FILES` of one repository.
        repository: Its configured name.
        times: When each commit was written; commits named in documents are known by it, too.
        projects: What the forge calls the repository, such as ``github:acme/ledger``: what a bare
            ``#12`` is about.
        every_document: Also yield the documents that are none of these, as kind ``document``.
    """
    candidates = _candidates(files)
    paths = frozenset(files["path"].to_pylist())
    known = Known(repository, tuple(projects), sorted(times), paths)
    numbers = numbers_of(sorted(candidates["path"].to_pylist()))
    only = None if every_document else RECORDS
    order = pc.sort_indices(candidates["path"])
    for start in range(0, len(order), BATCH):
        for row in candidates.take(order[start : start + BATCH]).to_pylist():
            if row["path"].lower().endswith(PROSE) and not is_expected(row["path"]):
                continue
            place = Place(row["path"], key_of(repository, row["path"]),
                          lambda path: key_of(repository, path), paths, numbers, known)  # fmt: skip
            yield from _read(row, place, repository, times, only)


def key_of(repository: str, path: str) -> str:
    """The key of a document of a repository."""
    return f"doc:{repository}:{path}"


def _candidates(files: pa.Table) -> pa.Table:
    """Files with text in a markup that is read, of a size that people write."""
    suffix = "|".join(one.replace(".", r"\.") for one in (*SUFFIXES, *PROSE))
    wanted = pc.match_substring_regex(files["path"], f"(?i)(?:{suffix})$")
    readable = pc.and_(pc.is_null(files["skip"]), pc.is_valid(files["text"]))
    found = files.filter(pc.and_(wanted, readable))
    return found.select(["path", "size", "text", "origins"])


def _read(
    row: Mapping[str, Any],
    place: Place,
    repository: str,
    times: Mapping[str, datetime],
    only: frozenset[DocumentKind] | None,
) -> Iterator[Reading]:
    if row["size"] > MAX_BYTES:
        yield _problem(place.path, "too_large", f"{row['size']} bytes, more than {MAX_BYTES}")
        return
    markup: Markup = markup_of(place.path) or "restructuredtext"
    try:
        reading = reading_of(
            line_list(row["text"]),
            markup,
            place,
            part=lambda passage: [_part(passage, row["origins"], place.path, times)],
            only=only,
        )
    except TooManySectionsError:
        yield _problem(place.path, "too_many_sections", f"more than {MAX_SECTIONS} headings")
        return
    if reading is None:
        return
    written = [times[run["commit"]] for run in row["origins"] if run["commit"] in times]
    dated = replace(reading, repository=repository, opened=min(written, default=None))
    yield timed(dated, max(written, default=None))


def _part(
    passage: Passage,
    origins: Sequence[Mapping[str, Any]],
    path: str,
    times: Mapping[str, datetime],
) -> Part:
    cut = cut_origins(origins, passage.section.start, passage.section.end)
    written = [times[run["commit"]] for run in cut if run["commit"] in times]
    return replace(plain_part(passage), origins=cut, path=path, time=max(written, default=None))


def cut_origins(origins: Sequence[Mapping[str, Any]], start: int, end: int) -> list[dict[str, Any]]:
    """The runs of the lines from `start` to `end`, numbered from 1 within them."""
    found = []
    for run in origins:
        first = max(run["start"], start)
        last = min(run["start"] + run["lines"] - 1, end)
        if first <= last:
            found.append(
                {"start": first - start + 1, "lines": last - first + 1, "commit": run["commit"]}
            )
    return found


def _problem(path: str, reason: str, explanation: str) -> Reading:
    return Reading(file=path, problems=[Problem(path, "", reason, explanation)])
