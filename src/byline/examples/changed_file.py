"""A file's change, clean and permitted: from a row of `CHANGES` or `EDITS` to a `ChangedFile`.

Every recipe that shows or teaches a change goes through here, so that each line that is shown or
written is permitted, each finding is replaced, and each change replays byte for byte (law 3).

A file that was added was empty before, one that was deleted is empty after. A file that no human
wrote (generated, locked, vendored, minified) or that is no text is dropped from its unit with a
rule in the log; a unit all of whose files are dropped makes no example (SWE-RL, arXiv 2502.18449).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from byline.corpus.encoded import encoded_rules
from byline.examples.allowed import (
    UNDECIDED,
    Allowed,
    Permissions,
    by_line,
    reason_in_account,
    without_copies,
)
from byline.examples.draft import LeftOutError, Log
from byline.examples.edit_view import MARKERS, ChangedFile
from byline.examples.redaction import Found, redacted
from byline.examples.search_replace import NoAnchorError, SearchReplace, make_blocks
from byline.examples.tokens import forged
from byline.work.identifiers import line_list

Row = Mapping[str, Any]

NOT_TEXT: Final = frozenset({"binary", "not_utf8", "too_large", "not_regular_file"})
"""Reasons of a reader for which a file is dropped and its unit goes on."""
MINIFIED: Final = frozenset(
    {"line.max", "line.mean", "alphanumeric.share", "encoded.run", "encoded.share"}
)
"""Rules of `byline.corpus.quality` that a hunk's file must pass; its length is no matter here."""
SHOWN: Final = "S"


class Facts(Protocol):
    """What is known of the changes: a `Material`, or a recipe's own tables."""

    @property
    def permitted(self) -> Permissions:
        """What may be used."""

    @property
    def found(self) -> Found:
        """Findings by (item, field); of a renamed file also for ``old_path``."""

    @property
    def labels(self) -> Mapping[str, Row]:
        """Rows of `LABELS` by item."""


def changed_files(rows: Sequence[Row], source: Facts, log: Log) -> list[ChangedFile]:
    """The files of one unit, without those that nobody should learn from.

    Args:
        rows: Rows of `CHANGES` or `EDITS`, in the order in which they shall be shown.
        source: What is known of them.
        log: Of the unit; each reason to drop files is noted there with the number of files.

    Raises:
        LeftOutError: No file is left, or one that is left cannot be used.
    """
    unfit = [unfit_reason(row, source.labels.get(row["item"])) for row in rows]
    kept = [row for row, reason in zip(rows, unfit, strict=True) if reason is None]
    dropped = Counter(reason for reason in unfit if reason is not None)
    if not kept:
        worst = min(dropped) if dropped else "no_files"
        log.require(worst, len(rows), 0, keep=False)
        return []  # the rule was set aside, and still there is nothing to show
    for reason in sorted(dropped):
        log.note(f"files_dropped: {reason}", dropped[reason], len(rows))
    return [_changed(row, source) for row in kept]


def changed_file(row: Row, source: Facts, log: Log) -> ChangedFile:
    """One file of a unit that needs it.

    Args:
        row: Of `CHANGES` or `EDITS`; of status ``S`` it is shown and has no blocks.
        source: What is known of it.
        log: Of the unit; the rule that the file fails is noted there.

    Raises:
        LeftOutError: It was not read, nobody should learn from it, a line that the change needs is
            not permitted, or no unambiguous blocks replay it. The text is the reason.
    """
    reason = unfit_reason(row, source.labels.get(row["item"]))
    if reason is not None:
        log.require(reason, 1, 0, keep=False)
    return _changed(row, source)


def unfit_reason(row: Row, label: Row | None) -> str | None:
    """Why nobody should learn from a file, or None: what it is, not whose it is."""
    if row["skip"]:
        return row["skip"] if row["skip"] in NOT_TEXT else None
    if label is None:
        return None
    if label["generated"]:
        lock = str(label["generated"]).startswith("lock file")
        return "lock_file" if lock else "generated"
    if label["vendored"]:
        return "vendored"
    if not row["after"]:
        return None  # measures of an empty text say nothing of the one that was deleted
    failed = [one["rule"] for one in label["quality"] or () if not one["keep"]]
    return next((f"quality: {rule}" for rule in failed if rule in MINIFIED), None)


def _changed(row: Row, source: Facts) -> ChangedFile:
    if row["skip"]:
        raise LeftOutError(row["skip"])
    label = source.labels.get(row["item"])
    if label is None:
        raise LeftOutError("unlabelled")
    path, old_path = _paths(row, source.found)
    before = line_list(redacted(row, "before", source.found))
    after = line_list(redacted(row, "after", source.found))
    known_before = _known(row, source, "before", len(before), label["copied_before"])
    known_after = _known(row, source, "after", len(after), label["copied_lines"])
    status = row.get("status") or "M"
    if status == SHOWN:
        known_before = _known(row, source, "before", len(before), label["copied_lines"])
        _check_shown(known_before)
        return ChangedFile(
            row, path, before, after, known_before, known_after, UNDECIDED, (), status, old_path
        )
    writer = source.permitted.get(row["item"], row["commit"])
    if writer is None or writer.reason is not None:
        raise LeftOutError(f"terms: {writer.reason if writer else 'undecided'}")
    blocks = _blocks(row, before, after, known_before)
    _check_written(row, known_after)
    _check_texts(blocks, renamed=old_path is not None and old_path != path)
    return ChangedFile(
        row, path, before, after, known_before, known_after, writer, blocks, status, old_path
    )


def _paths(row: Row, found: Found) -> tuple[str, str | None]:
    """The clean path, and the one before where it differs."""
    path = redacted(row, "path", found)
    old_path = redacted(row, "old_path", found) if row.get("old_path") else None
    for one in (path, old_path or ""):
        if not one.isprintable():
            raise LeftOutError("path_has_control_characters")
        if forged(one):
            raise LeftOutError("contains_control_token")
    return path, old_path


def _known(
    row: Row, source: Facts, side: str, lines: int, copied: Sequence[Row] | None
) -> list[Allowed]:
    origins = row[f"{side}_origins"]
    known = by_line(row["item"], origins, source.permitted, lines=lines, side=side)
    return without_copies(known, copied)


def _check_shown(known: Sequence[Allowed]) -> None:
    """A file that is only shown must have a line that may be."""
    if known and all(one.reason is not None for one in known):
        raise LeftOutError(reason_in_account(known[0]))


def _blocks(
    row: Row, before: Sequence[str], after: Sequence[str], known: Sequence[Allowed]
) -> list[SearchReplace]:
    try:
        return make_blocks(before, after, may_show=lambda place: known[place].reason is None)
    except NoAnchorError as error:
        raise LeftOutError(_why(row, known, error.line)) from error


def _why(row: Row, known: Sequence[Allowed], line: int | None) -> str:
    """The reason that no block could be made: the terms of a replaced line, or ambiguity."""
    if line is not None:
        # A line far from every change is replaced only where redaction differs between states.
        far = known[line] is UNDECIDED
        return "redacted_differently" if far else reason_in_account(known[line])
    return "ambiguous" if row["before"] else "empty_before"


def _check_written(row: Row, known_after: Sequence[Allowed]) -> None:
    """Every line that the change wrote must be permitted, whatever is recorded of it."""
    for origin in row["after_origins"]:
        for known in known_after[origin["start"] - 1 : origin["start"] - 1 + origin["lines"]]:
            if known.reason is not None:
                raise LeftOutError(reason_in_account(known))


def _check_texts(blocks: Sequence[SearchReplace], *, renamed: bool) -> None:
    texts = [text for block in blocks for text in (block.search, block.replace)]
    if any(mark in text for text in texts for mark in MARKERS):
        raise LeftOutError("contains_markers")
    if any(forged(text) for text in texts):
        raise LeftOutError("contains_control_token")
    if any(not rule["keep"] for text in texts for rule in encoded_rules(text)):
        raise LeftOutError("encoded")
    if not blocks and not renamed:
        raise LeftOutError("nothing_left_after_redaction")
    if any(text and not text.endswith("\n") for text in texts):
        raise LeftOutError("no_final_newline")
