"""Reading a folder of submitted traces, whatever forms they have.

Recognised by name and content: ``*.cast``, ``*.traj``, ATIF and ADP as JSON, ADP as JSON Lines,
OpenTelemetry spans as JSON or JSON Lines, ``*.edits.jsonl`` and ``*.ipynb``. A file without its
submission record is not opened (law 10): it is a problem, ``not_submitted``, and nothing of it is
read. Its key is ``trace:<source>:<path>``, with ``#<name>`` for further sessions of one file.

``detail`` of a trace: ``form``, ``submitted_by``, ``submitted`` (ISO, or null), ``outcome``,
``redacted`` (credentials taken out), ``errors`` (parts that failed), and what its form adds.

The first part of every trace is the submission itself: kind ``event``, native ``submission``, by
whoever submitted it. Parts by people, and those of which the form does not say who made them, are
theirs too; what tools and models wrote has no account.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from byline.work.builds.folder import (
    Found,
    UnreadableError,
    files_of,
    json_line,
    lines_of,
    read_json,
)
from byline.work.items import Link, Part, Problem, Reading, Source
from byline.work.traces.adp import is_adp, read_adp
from byline.work.traces.asciicast import read_asciicast
from byline.work.traces.atif import read_atif
from byline.work.traces.edits import read_edits
from byline.work.traces.notebooks import is_notebook, read_notebook
from byline.work.traces.spans import has_spans, read_spans
from byline.work.traces.steps import Recorded
from byline.work.traces.submission import ENDING, Submission, submission_of
from byline.work.traces.swe_agent import read_swe_agent

ENDINGS: Final = (".cast", ".traj", ".edits.jsonl", ".ipynb", ".json", ".jsonl", ".ndjson")
LONGEST: Final = 16 << 20  # bytes of one line


def read_traces(source: Source) -> Iterator[Reading]:
    """The submitted traces of a folder, or the one that is a file.

    Raises:
        InputError: The source is not there.
    """
    for found in files_of(source):
        if isinstance(found, Problem):
            yield Reading(problems=(found,))
        elif found.name.endswith(ENDINGS) and not found.name.endswith(ENDING):
            yield from _file(source, found)


def _file(source: Source, found: Found) -> Iterator[Reading]:
    try:
        submission = submission_of(found.path)
        if found.path.stat().st_size > source.max_bytes:
            words = f"the file has more than {source.max_bytes} bytes"
            raise UnreadableError("too_large", words)  # noqa: TRY301 -- one place for problems
        names: set[str] = set()
        for number, recorded in enumerate(_recorded(found, submission, source)):
            name = recorded.name if recorded.name not in names else f"{recorded.name}.{number}"
            names.add(name)
            yield _reading(source, found, replace(recorded, name=name), submission)
        if not names:
            raise UnreadableError("no_steps", "it holds no session")  # noqa: TRY301 -- as above
    except UnreadableError as error:
        yield Reading(problems=(error.problem(found.name),))
    except OSError as error:
        words = error.strerror or "unreadable"
        yield Reading(problems=(Problem(found.name, "", "file_unreadable", words),))


def _recorded(found: Found, submission: Submission, source: Source) -> Iterator[Recorded]:
    name = found.name
    if name.endswith(".cast"):
        yield read_asciicast(found.path, prompt=submission.prompt)
    elif name.endswith(".edits.jsonl"):
        yield read_edits(found.path, accept=partial(source.accepted, file=name))
    elif name.endswith((".jsonl", ".ndjson")):
        yield from _of_lines(found.path, partial(source.accepted, file=name))
    else:
        value = read_json(found.path, max_bytes=source.max_bytes)
        yield from _of_value(source.accepted(value, file=name))


def _of_value(value: Any) -> Iterator[Recorded]:
    if isinstance(value, list):
        if value and all(is_adp(one) for one in value):
            for number, one in enumerate(value, start=1):
                yield from read_adp(one, name=f"#{number}")
            return
        if value and all(has_spans(one) for one in value):
            yield from read_spans(value)
            return
    elif isinstance(value, dict):
        if is_notebook(value):
            yield from read_notebook(value)
        elif isinstance(value.get("trajectory"), list):
            yield from read_swe_agent(value)
        elif isinstance(value.get("steps"), list):
            yield from read_atif(value)
        elif is_adp(value):
            yield from read_adp(value)
        elif has_spans(value):
            yield from read_spans([value])
        else:
            raise UnreadableError("unknown_form", "it is no trace of a known form")
        return
    raise UnreadableError("unknown_form", "it is no trace of a known form")


def _of_lines(path: Path, accept: Callable[[Any], Any]) -> Iterator[Recorded]:
    values: list[Any] = []
    with path.open("rb") as stream:
        for line in lines_of(stream, longest=LONGEST):
            value = json_line(line) if line.strip() else None
            if value is not None:
                values.append(accept(value))
    if values and all(is_adp(one) for one in values):
        for number, one in enumerate(values, start=1):
            yield from read_adp(one, name=f"#{number}")
    elif values and any(has_spans(one) for one in values):
        yield from read_spans(values)
    else:
        raise UnreadableError("unknown_form", "its lines are no trace of a known form")


def _reading(source: Source, found: Found, recorded: Recorded, submission: Submission) -> Reading:
    when = recorded.opened or submission.when
    parts = [_by(part, submission, when) for part in recorded.steps.parts]
    skip = None if parts else "empty"
    return Reading(
        kind="trace",
        key=f"trace:{source.name}:{found.name}{recorded.name}",
        file=found.name,
        title=recorded.title or found.name.rpartition("/")[2],
        repository=_repository(source, submission.repository or recorded.project),
        state=submission.state or recorded.state,
        opened=when,
        closed=recorded.closed,
        detail={
            **recorded.detail,
            "form": recorded.form,
            "submitted_by": submission.by,
            "submitted": submission.when.isoformat() if submission.when else None,
            "outcome": submission.outcome,
            "redacted": recorded.steps.redacted,
            "errors": sum(1 for part in parts if (part.detail or {}).get("error")),
        },
        skip=skip,
        parts=(_submitted(submission, when), *parts),
        links=tuple(Link("implements", key, "submission record") for key in submission.links),
        problems=tuple(recorded.steps.problems_of(found.name)),
    )


def _repository(source: Source, name: str | None) -> str | None:
    """The configured name of what a record calls its repository, by either name."""
    if name is None:
        return None
    return source.repository(name) or (name if name in source.repositories.values() else None)


def _submitted(submission: Submission, when: dt.datetime | None) -> Part:
    event = Part("event", "submission", submission.outcome or "", origin="human",
                 time=submission.when or when, state="submitted")  # fmt: skip
    return _by(event, submission, when)


def _by(part: Part, submission: Submission, when: dt.datetime | None) -> Part:
    """The part, by whoever submitted it where no tool and no model made it."""
    part = part if part.time is not None else replace(part, time=when)
    if part.origin in ("tool", "ai"):
        return part
    if submission.is_address:
        return replace(part, email=submission.by)
    return replace(part, account=submission.by)
