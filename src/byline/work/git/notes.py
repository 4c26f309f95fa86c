"""Git notes on collected commits, as facts: rows of `NOTES`.

Tools that record which lines an AI wrote keep their records in notes (`refs/notes/ai` and others:
https://git-scm.com/docs/git-notes). The mirror holds them under `refs/byline/notes/`. What a note
means is not read here. Beside each note stand the files that its commit changed, with their text
where the note mentions the path: line numbers in a note count lines of those texts.

Notes change without new commits, so they are keyed on themselves. Everything is bounded: the size
of a note and of a file by `max_file_bytes`, the texts of one bucket together by `MAX_TEXTS`: every
stage that places records on lines holds those of all buckets.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.stage import KEY_LENGTH, Partition
from byline.work.git.command import run
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.place import Limits, Place
from byline.work.git.tree import files
from byline.work.identifiers import path_text
from byline.work.schema import NOTES
from byline.work.text import decode
from byline.workspace.files import sha256_text, write_json

VERSION = "1"
NAMESPACE = "refs/byline/notes/"
MAX_TEXTS = 16 << 20  # bytes of files' texts in one bucket; beyond it there is none
MAX_REFERENCES = 64
REGULAR = frozenset({"100644", "100755"})


class Note(NamedTuple):
    """One note: the commit it is on, the name of its ref below `refs/notes/`, its blob."""

    commit: str
    reference: str
    oid: str


def note_references(directory: Path) -> dict[str, str]:
    """The notes refs of a mirror: name below `refs/notes/` and the object each points at.

    At most `MAX_REFERENCES` of them, in order of name.
    """
    shown = run(directory, "for-each-ref", "--format=%(objecttype) %(objectname) %(refname)",
                NAMESPACE)  # fmt: skip
    found: dict[str, str] = {}
    for line in sorted(shown.splitlines()):
        kind, oid, name = line.split(b" ", 2)
        label, exact = path_text(name.removeprefix(NAMESPACE.encode()))
        if kind == b"commit" and exact and len(found) < MAX_REFERENCES:
            found[label] = oid.decode("ascii")
    return found


def is_noted(place: Place, references: Mapping[str, str]) -> bool:
    """Whether the last finished collection read these refs (none, where it read none)."""
    file = _memory(place)
    if not file.exists():
        return not references
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:  # a damaged memory is none: the notes are read again
        return False
    return bool(known == {"version": VERSION, "references": dict(references)})


def remember(place: Place, references: Mapping[str, str]) -> None:
    """Record which refs were read, after everything else is in place."""
    if references or _memory(place).exists():
        write_json(_memory(place), {"version": VERSION, "references": dict(references)})


def _memory(place: Place) -> Path:
    return place.state_file.with_name("notes.json")


def write_notes(
    directory: Path, place: Place, commits: Mapping[int, Partition], limits: Limits
) -> list[Partition]:
    """Write the buckets of `NOTES` that changed, and return all of them.

    Args:
        directory: The mirror.
        place: Where the repository's tables lie.
        commits: The buckets of `COMMITS`; a note on any other object is none of ours.
        limits: Sizes; see the module.
    """
    by_commit = _listed(directory, limits)
    if not by_commit:
        return []
    parts = []
    for bucket, part in sorted(commits.items()):
        held = part.read(["commit", "changes"])
        held = held.filter(pc.is_in(held["commit"], value_set=pa.array(sorted(by_commit))))
        changes = {row["commit"]: row["changes"] for row in held.to_pylist()}
        notes = sorted(note for commit in changes for note in by_commit[commit])
        if notes:
            parts.append(_write_bucket(directory, place, bucket, notes, changes, limits))
    return parts


def _listed(directory: Path, limits: Limits) -> dict[str, list[Note]]:
    """Every note by the commit it is on; a notes tree may fan out into folders."""
    found: dict[str, list[Note]] = defaultdict(list)
    for name, oid in note_references(directory).items():
        for entry in files(directory, oid, max_paths=limits.max_paths):
            commit = entry.path.replace(b"/", b"").decode("ascii", "replace")
            if len(commit) == len(oid) and entry.mode in REGULAR:
                found[commit].append(Note(commit, name, entry.oid))
    return found


def _write_bucket(
    directory: Path,
    place: Place,
    bucket: int,
    notes: Sequence[Note],
    changes: Mapping[str, list[dict[str, Any]]],
    limits: Limits,
) -> Partition:
    key = sha256_text(
        "notes", VERSION, place.repository, str(limits.max_file_bytes), json.dumps(notes)
    )[:KEY_LENGTH]
    reader = _Reading(directory, place.repository, limits.max_file_bytes)

    def table() -> pa.Table:
        return pa.Table.from_pylist(list(reader.rows(notes, changes)), schema=NOTES)

    return place.provided("notes", bucket, key, table)


@dataclass(frozen=True)
class _Reading:
    directory: Path
    repository: str
    max_bytes: int

    def rows(
        self, notes: Sequence[Note], changes: Mapping[str, list[dict[str, Any]]]
    ) -> Iterator[dict[str, Any]]:
        """Rows of `NOTES`, in order of commit and ref."""
        wanted = [note.oid for note in notes]
        wanted += [change["new_oid"] for commit in changes.values() for change in commit]
        known = sizes(self.directory, wanted)
        left = MAX_TEXTS
        with ObjectReader(self.directory) as reader:
            for note in notes:
                text, skip = self._text(reader, note.oid, known, self.max_bytes)
                found = []
                for change in changes[note.commit]:
                    file, left = self._file(reader, change, text or "", known, left)
                    found.append(file)
                yield {
                    "repository": self.repository,
                    "commit": note.commit,
                    "reference": note.reference,
                    "oid": note.oid,
                    "text": text,
                    "skip": skip,
                    "files": found,
                }

    def _file(
        self,
        reader: ObjectReader,
        change: Mapping[str, Any],
        note: str,
        known: Mapping[str, int],
        left: int,
    ) -> tuple[dict[str, Any], int]:
        """A changed file, with its text if the note mentions it, and what is left to read."""
        path, oid = change["path"], change["new_oid"]
        text = None
        if change["new_mode"] in REGULAR and path in note:
            text, _ = self._text(reader, oid, known, min(self.max_bytes, left))
        return {"path": path, "oid": oid, "text": text}, left - (known[oid] if text else 0)

    def _text(
        self, reader: ObjectReader, oid: str, known: Mapping[str, int], limit: int
    ) -> tuple[str | None, str | None]:
        if oid not in known:
            return None, "missing_object"
        if known[oid] > limit:
            return None, "too_large"
        return decode(reader.read(oid))
