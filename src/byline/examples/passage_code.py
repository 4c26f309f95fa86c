"""Code as passages: what a merged change wrote, asked for by title, commit subject or comment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.corpus.contributions import message_item
from byline.examples.allowed import UNDECIDED, by_line, reason_in_account, without_copies
from byline.examples.document_slices import cleaned, names_of
from byline.examples.edit_view import piece_of
from byline.examples.material import Material, Row, reason_against, source_of
from byline.examples.messages import instruction
from byline.examples.passage_candidates import (
    NOTHING,
    Candidate,
    candidate_of,
    clean_part,
    name_line,
)
from byline.examples.passage_settings import PassageSettings
from byline.examples.pieces import Piece, cut
from byline.examples.redaction import redacted
from byline.work.identifiers import line_list

COMMENT: Final = re.compile(
    r"\s*(?:#+(?!!)|//+!?|/\*+|\*+|--|;+|%+|\"{3}|'{3})\s*(?P<said>[A-Za-z][^\n]{8,300}?)\s*"
    r"(?:\*+/|\"{3}|'{3})?\s*$"
)
"""A line of comment or the first of a docstring, with what it says."""
TITLES: Final = {"review": "review_title", "issue": "issue_title", "incident": "issue_title"}


def code_of(item: Row, source: Material, settings: PassageSettings) -> Iterator[Candidate]:
    """The longest run of lines that each merged change of an item wrote in a file."""
    for row in source.changes.get(item["item"], ()):
        if row["purpose"] == "merged" and row["after_origins"] and not row["skip"]:
            yield from _asked(row, item, source, settings)


def _asked(row: Row, item: Row, source: Material, settings: PassageSettings) -> Iterator[Candidate]:
    start, end = longest_run(row["after_origins"])
    written, refusal = _written(row, source, start, end)
    place = _file_source(row, item, start, end)
    time = place["time"]
    title = next(
        (one for one in source.parts.get(item["item"], ()) if one["kind"] == "title"), None
    )
    if title is not None:
        against = refusal or reason_against(title, source)
        said = NOTHING
        if against is None:
            said = (name_line(clean_part(title, source, names_of(source))), written)
        yield candidate_of("code", TITLES.get(item["kind"], "title"), item, said, against,
                           [source_of(title, item), place], source, settings, time)  # fmt: skip
    subject = _subject(row, source)
    if subject is not None:
        pieces, unfit, told = subject
        against = refusal or unfit
        said = NOTHING if against else (pieces, written)
        yield candidate_of("code", "commit_subject", item, said, against, [told, place], source,
                           settings, time)  # fmt: skip
    yield from _commented(written, row, item, source, settings)


def longest_run(origins: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """First and last line of the longest stretch without a gap; the first of equal ones."""
    best, start, end = (1, 0), 0, -1
    for run in sorted(origins, key=lambda one: int(one["start"])):
        if run["start"] != end + 1:
            start = run["start"]
        end = run["start"] + run["lines"] - 1
        if end - start > best[1] - best[0]:
            best = (start, end)
    return best


def _written(row: Row, source: Material, start: int, end: int) -> tuple[list[Piece], str | None]:
    """The lines as pieces, or why they may not be used."""
    label = source.labels.get(row["item"])
    if label is None or label["generated"]:
        return [], "generated" if label else "unlabelled"
    lines = line_list(redacted(row, "after", source.found))
    known = without_copies(
        by_line(
            row["item"], row["after_origins"], source.permitted, lines=len(lines), side="after"
        ),
        label["copied_lines"],
    )
    wanted = range(start - 1, min(end, len(lines)))
    reason = next((reason_in_account(known[n]) for n in wanted if known[n].reason), None)
    return ([] if reason else [piece_of(lines[n], known[n], 0.0) for n in wanted]), reason


def _subject(
    row: Row, source: Material
) -> tuple[list[Piece], str | None, Mapping[str, Any]] | None:
    """The subject of the commit that a change led to, why it may not be used, and its source."""
    commit = source.commits.get(row["commit"])
    if commit is None:
        return None
    item = message_item(commit["repository"], commit["commit"])
    known = source.permitted.get(item, commit["commit"])
    told = {"system": "git", "repository": commit["repository"], "oid": commit["commit"],
            "swhid": "", "path": None, "start": None, "end": None,
            "time": commit["author_time"]}  # fmt: skip
    if known is None or known.reason is not None:
        return [], f"terms: {known.reason if known else 'undecided'}", told
    message = redacted(commit, "message", source.found, item=item)
    wording, reason = instruction(message)
    if wording is None:
        return [], reason, told
    first = piece_of(message.strip().partition("\n")[0], known, 0.0)
    return cleaned([first], names_of(source)), None, told


def _commented(
    written: Sequence[Piece], row: Row, item: Row, source: Material, settings: PassageSettings
) -> Iterator[Candidate]:
    """The first comment in the lines, and the code below it."""
    start, end = longest_run(row["after_origins"])
    for number, piece in enumerate(written):
        match = COMMENT.match(piece.text[:400])
        if match is None or len(match["said"].split()) < settings.min_query_words:
            continue
        query = cut([piece], match.start("said"), match.end("said"))
        places = [_file_source(row, item, start + number, start + number),
                  _file_source(row, item, start + number + 1, end)]  # fmt: skip
        said = (cleaned(query, names_of(source)), written[number + 1 :])
        yield candidate_of("code", "comment", item, said, None, places, source, settings,
                           places[0]["time"])  # fmt: skip
        return


def _file_source(row: Row, item: Row, start: int, end: int) -> dict[str, Any]:
    return {
        "system": "git", "repository": row["repository"], "oid": row["new_oid"], "swhid": "",
        "path": row["path"], "start": start, "end": end,
        "time": item["closed"] or item["opened"] or UNDECIDED.time,
    }  # fmt: skip
