"""Reading what tools recorded of single lines: which were typed, which were generated.

Three formats in use, each read exactly as its specification has it, and nothing else:

- Git AI's authorship log, ``authorship/3.0.0``, in `refs/notes/ai`
  (https://github.com/git-ai-project/git-ai, "Git AI Standard v3.0.0");
- Agent Trace records, version 0.1 and 1.0 (https://github.com/cursor/agent-trace), in notes or in
  files below `.agent-trace/`;
- whogitit's attribution, version 3, in notes (https://docs.rs/crate/whogitit).

Records are untrusted text. Whatever they hold, the result is claims or `UnreadableRecordError`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.errors import InputError

HUMAN, AI, MIXED, UNKNOWN = "human", "ai", "mixed", "unknown"
ORIGINS = frozenset({HUMAN, AI, MIXED, UNKNOWN})
MAX_LINE = 2**31 - 1
MAX_CLAIMS = 200_000  # in one record
LABEL_LENGTH = 80
NOT_PLAIN = re.compile(r"[^\x20-\x7e]")
RANGE = re.compile(r"^(\d{1,10})(?:-(\d{1,10}))?$")
LEGACY_KEY = re.compile(r"^[0-9a-f]{7,64}$")
OBJECT_ID = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
WHOGITIT = {"AI": AI, "AIModified": MIXED, "Human": HUMAN}


class UnreadableRecordError(InputError):
    """A record is not of the format that it claims."""


@dataclass(frozen=True)
class Claim:
    """Lines ``start … start + lines - 1`` (counted from 1) of a path are of one origin.

    Attributes:
        origin: human | ai | mixed | unknown.
        agent: Tool and model as recorded, as plain text; empty for a person.
    """

    path: str
    start: int
    lines: int
    origin: str
    agent: str = ""


@dataclass(frozen=True)
class Record:
    """One record: its format, the revision its lines are counted at (if it says), its claims."""

    format: str
    revision: str | None
    claims: tuple[Claim, ...]


def read_note(text: str) -> Record | None:
    """The record in a git note, or None when the note is something else.

    Raises:
        UnreadableRecordError: It is a record of a known format, and broken.
    """
    if text.lstrip()[:1] == "{":
        try:
            found = _parsed(text)
        except UnreadableRecordError:
            return None  # nothing says that it is one of ours
        return _json_record(found) if isinstance(found, dict) else None
    attestations, divider, metadata = f"\n{text}".partition("\n---\n")
    if not divider or "authorship/" not in metadata:
        return None
    return Record("git-ai", None, tuple(_bounded(_authorship_log(attestations, metadata))))


def read_trace(text: str) -> Record:
    """One Agent Trace record.

    Raises:
        UnreadableRecordError: It is none.
    """
    found = _parsed(text)
    record = _json_record(found) if isinstance(found, dict) else None
    if record is None or record.format != "agent-trace":
        raise UnreadableRecordError("not an Agent Trace record")
    return record


def _json_record(found: Mapping[str, Any]) -> Record | None:
    files = found.get("files")
    if not isinstance(files, list):
        return None
    if any(isinstance(file, dict) and "conversations" in file for file in files):
        vcs = _mapping(found.get("vcs"))
        revision = vcs.get("revision") if vcs.get("type") == "git" else None
        known = isinstance(revision, str) and OBJECT_ID.match(revision)
        claims = _bounded(_trace_claims(files, _mapping(found.get("tool"))))
        return Record("agent-trace", str(revision) if known else None, tuple(claims))
    if "session" in found and any(isinstance(f, dict) and "lines" in f for f in files):
        if found.get("version") != 3:
            raise UnreadableRecordError("a whogitit attribution of another version than 3")
        return Record("whogitit", None, tuple(_bounded(_whogitit_claims(found, files))))
    return None


def _authorship_log(attestations: str, metadata: str) -> Iterator[Claim]:
    """Claims of a Git AI authorship log: a path, then entries ``  key ranges`` below it."""
    about = _mapping(_parsed(metadata))
    if not str(about.get("schema_version", "")).startswith("authorship/3."):
        raise UnreadableRecordError("an authorship log of another version than 3")
    path = ""
    for line in attestations.split("\n"):
        if not line.strip():
            continue
        if not line.startswith("  "):
            path = _path(line[1:-1] if line[0] == line[-1] == '"' and len(line) > 1 else line)
            continue
        key, _, ranges = line[2:].partition(" ")
        if not path or not ranges:
            raise UnreadableRecordError("an attestation without a path or without lines")
        origin, agent = _attested(key, about)
        for start, end in _ranges(ranges):
            yield _claim(path, start, end, origin, agent)


def _attested(key: str, about: Mapping[str, Any]) -> tuple[str, str]:
    """Origin and agent of an attestation key, by its prefix (section 1.2.3.1 of the standard)."""
    session = key.split("::", 1)[0]
    if session.startswith("h_"):
        return (HUMAN if session in _mapping(about.get("humans")) else UNKNOWN), ""
    if session.startswith("s_"):
        return AI, _agent_id(_mapping(about.get("sessions")).get(session))
    if LEGACY_KEY.match(session):
        return AI, _agent_id(_mapping(about.get("prompts")).get(session))
    return UNKNOWN, ""


def _agent_id(session: object) -> str:
    agent = _mapping(_mapping(session).get("agent_id"))
    return _label(agent.get("tool"), agent.get("model"))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.strip().split(","):
        match = RANGE.match(part)
        if match is None:
            raise UnreadableRecordError("a line range that is none")
        yield int(match[1]), int(match[2] or match[1])


def _trace_claims(files: Sequence[Any], tool: Mapping[str, Any]) -> Iterator[Claim]:
    for file in files:
        path = _path(_mapping(file).get("path"))
        for conversation in _items(_mapping(file).get("conversations")):
            for part in _items(conversation.get("ranges")):
                # A range may name its own contributor, after a hand-over between agents.
                who = _mapping(part.get("contributor") or conversation.get("contributor"))
                kind = who.get("type")
                origin = kind if isinstance(kind, str) and kind in ORIGINS else UNKNOWN
                agent = _label(tool.get("name"), who.get("model_id")) if origin != HUMAN else ""
                start, end = _number(part.get("start_line")), _number(part.get("end_line"))
                yield _claim(path, start, end, origin, agent)


def _whogitit_claims(found: Mapping[str, Any], files: Sequence[Any]) -> Iterator[Claim]:
    model = _mapping(_mapping(found.get("session")).get("model")).get("id")
    agent = _label("whogitit", model)
    for file in files:
        path = _path(_mapping(file).get("path"))
        for line in _items(_mapping(file).get("lines")):
            source = _mapping(line.get("source")).get("type")
            origin = WHOGITIT.get(source) if isinstance(source, str) else None
            if origin is not None:
                number = _number(line.get("line_number"))
                yield _claim(path, number, number, origin, "" if origin == HUMAN else agent)


def _claim(path: str, start: int, end: int, origin: str, agent: str) -> Claim:
    if not 1 <= start <= end <= MAX_LINE:
        raise UnreadableRecordError("lines that no file has")
    return Claim(path, start, end - start + 1, origin, agent)


def _bounded(claims: Iterator[Claim]) -> Iterator[Claim]:
    for number, claim in enumerate(claims):
        if number == MAX_CLAIMS:
            raise UnreadableRecordError(f"more than {MAX_CLAIMS:,} ranges")
        yield claim


def _parsed(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError("not readable as JSON") from error
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; a list that holds anything else is broken."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnreadableRecordError("a list of objects was expected")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableRecordError("a line number that is none")
    return value


def _path(value: object) -> str:
    """A path as text that can be stored; a lone surrogate from JSON cannot."""
    if not isinstance(value, str) or not value:
        raise UnreadableRecordError("a path is missing")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableRecordError("a path that is no text") from error
    return value


def _label(tool: object, model: object) -> str:
    """Tool and model as one line of plain characters."""
    words = [word for word in (tool, model) if isinstance(word, str) and word]
    return NOT_PLAIN.sub("", " ".join(words))[:LABEL_LENGTH].strip()
