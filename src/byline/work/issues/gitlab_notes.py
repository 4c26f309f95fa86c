"""Notes that GitLab itself writes under an issue: events, and links that only they record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, records, text_of, when
from byline.work.issues.assembling import Change
from byline.work.issues.gitlab_people import person_of
from byline.work.items import Link, Source

DUPLICATE: Final = re.compile(r"marked this issue as a duplicate of (?P<target>\S+)")
MENTIONED: Final = re.compile(r"mentioned in (?P<what>commit|merge request|issue) (?P<target>\S+)")
CLOSED_VIA: Final = re.compile(r"closed via (?P<what>commit|merge request) (?P<target>\S+)")
TARGET: Final = re.compile(r"([\w./-]*?)([#!@]?)([0-9a-f]+)\.?")
TITLED: Final = re.compile(r"^changed title from \*\*(?P<before>.+)\*\* to \*\*", re.DOTALL)
MARKS: Final = re.compile(r"\{[-+]|[-+]\}")
TOLD: Final = re.compile(r" (?:to |from )?(?:@|\*\*)")
LONGEST_STATE: Final = 120


def note_changes(
    notes: Sequence[Mapping[str, Any]], payload: Mapping[str, Any]
) -> Iterator[Change]:
    """Events from GitLab's own notes; those of states only where no state events are exported."""
    stated = bool(records(payload.get("resource_state_events")))
    for number, note in enumerate(notes):
        if note.get("system") is not True:
            continue
        said = _state(text_of(note.get("body")))
        word = said.split(" ", 1)[0]
        kind = word if word in ("closed", "reopened") else ""
        if not said or (kind and stated):
            continue
        native = str(integer(note.get("id")) or f"note-at-{number}")
        time = when(note.get("created_at"))
        yield Change(said, native, time, kind=kind, **person_of(note.get("author")))


def _state(said: str) -> str:
    """What happened, without the names and the texts that GitLab puts into its sentence."""
    line = said.split("\n", 1)[0][:LONGEST_STATE]
    return TOLD.split(line, maxsplit=1)[0].rstrip()


def last_titled(notes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The note of the last change of the title, if it was changed."""
    found = [one for one in notes if one.get("system") is True and TITLED.search(_body(one))]
    return max(found, key=lambda one: text_of(one.get("created_at")), default=None)


def earlier_titles(
    issue: Mapping[str, Any], notes: Sequence[Mapping[str, Any]]
) -> Iterator[Change]:
    """Each earlier title, by who gave it; the marks of what differs are taken out."""
    by, since = issue.get("author"), when(issue.get("created_at"))
    for number, note in enumerate(notes):
        found = TITLED.search(_body(note)) if note.get("system") is True else None
        if found:
            text = MARKS.sub("", found["before"])
            native = f"{integer(note.get('id')) or f'note-at-{number}'}-title"
            yield Change("title: earlier", native, since, text=text, **person_of(by))
            by, since = note.get("author"), when(note.get("created_at"))


def _body(note: Mapping[str, Any]) -> str:
    return text_of(note.get("body"))[:4000]


def links_told(said: str, *, project: str, source: Source) -> Iterator[Link]:
    """What a note of GitLab's own links to: ``mentioned in commit …``, ``closed via …``."""
    for pattern, kind in (
        (DUPLICATE, "duplicates"),
        (MENTIONED, "mentions"),
        (CLOSED_VIA, "closes"),
    ):
        found = pattern.search(said)
        target = _target(found["target"], project=project, source=source) if found else None
        if target:
            yield Link(kind, target, f"note: {pattern.pattern.split(' (', 1)[0]}")


def _target(text: str, *, project: str, source: Source) -> str | None:
    found = TARGET.fullmatch(text[:300])
    where, mark, last = found.groups() if found else ("", "", "")
    if where and "/" not in where:  # a project of the same group
        where = f"{project.rpartition('/')[0]}/{where}"
    if mark in ("#", "!") and last.isdecimal():
        return f"gitlab:{where or project}{mark}{last}"
    if len(last) == 40 and mark in ("", "@"):
        return f"commit:{source.repository(where or project) or ''}:{last}"
    return None
