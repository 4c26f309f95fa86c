"""How far a fetch came, so that a killed one goes on and a second one asks for what changed only.

Two files in a hidden folder of the export, neither with a token in it: ``state`` (written aside and
renamed) says for each kind through which time everything was fetched, which items failed and must
be asked for again, and the ETag of the last list; ``journal`` gets a line for each item when its
file is in place, so that a killed run loses one item at most. A torn last line is ignored.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from byline.errors import InputError
from byline.workspace.files import sha256_text, write_json

FOLDER: Final = ".byline-fetch"
SCHEMA: Final = "byline/fetch-state/1"


@dataclass
class Kind:
    """What is known of one kind of items.

    Attributes:
        through: Everything that changed up to here was fetched; as the server writes times.
        etag: Of the list that begins at `through`, as it was last.
        failed: Ids that could not be fetched.
        done: What the unfinished run has already: id to the stamp that its list gave.
    """

    through: str | None = None
    etag: str | None = None
    failed: dict[str, str] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)


class State:
    """The state of one project of one server in one folder.

    Args:
        into: Folder of the export.
        system: github | gitlab | gerrit.
        url: Address of the server.
        project: Its name there.
    """

    def __init__(self, into: Path, *, system: str, url: str, project: str) -> None:
        self._about = {"schema": SCHEMA, "system": system, "url": url, "project": project}
        name = f"{system}-{sha256_text(url, project)[:16]}"
        self.lock = into / FOLDER / f"{name}.lock"
        self._file = into / FOLDER / f"{name}.state"
        self._journal = into / FOLDER / f"{name}.journal"
        self._kinds: dict[str, Kind] = {}

    def load(self) -> None:
        """Read what earlier runs noted; done while the lock is held.

        Raises:
            InputError: The state is damaged.
        """
        if self._file.exists():
            try:
                held = json.loads(self._file.read_text(encoding="utf-8"))
                self._kinds = {name: Kind(**one) for name, one in held["kinds"].items()}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{self._file} is damaged: {error}",
                    advice="remove it: everything is then fetched again",
                ) from error
        if self._journal.exists():
            for line in self._journal.read_text(encoding="utf-8", errors="replace").splitlines():
                self._replay(line)

    def kind(self, name: str) -> Kind:
        """What is known of a kind."""
        return self._kinds.setdefault(name, Kind())

    def is_done(self, name: str, identity: str, stamp: str) -> bool:
        """Whether the unfinished run has this item as it is now."""
        return self.kind(name).done.get(identity) == stamp

    def done(self, name: str, identity: str, stamp: str) -> None:
        """Note that an item's files are in place."""
        known = self.kind(name)
        known.done[identity] = stamp
        known.failed.pop(identity, None)
        self._note({"kind": name, "id": identity, "stamp": stamp})

    def failed(self, name: str, identity: str, reason: str) -> None:
        """Note that an item could not be fetched, and why."""
        self.kind(name).failed[identity] = reason
        self._note({"kind": name, "id": identity, "failed": reason})

    def finish(
        self, name: str, *, through: str | None, etag: str | None, keep: Collection[str]
    ) -> None:
        """Note that a kind was fetched through a time; of what is done, only `keep` stays noted.

        Those are the items that the next list will show again though they did not change.
        """
        known = self.kind(name)
        known.through, known.etag = through or known.through, etag
        known.done = {one: at for one, at in known.done.items() if one in keep}
        self.save()

    def save(self) -> None:
        """Write the state, and begin the journal anew."""
        kinds = {name: vars(one) for name, one in sorted(self._kinds.items())}
        write_json(self._file, {**self._about, "kinds": kinds})
        self._journal.unlink(missing_ok=True)

    def _note(self, line: Mapping[str, str]) -> None:
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line) + "\n")
            journal.flush()
            os.fsync(journal.fileno())

    def _replay(self, line: str) -> None:
        try:
            one: dict[str, Any] = json.loads(line)
            known = self.kind(one["kind"])
            if "failed" in one:
                known.failed[one["id"]] = one["failed"]
            else:
                known.done[one["id"]] = one["stamp"]
                known.failed.pop(one["id"], None)
        except (ValueError, KeyError, TypeError):
            return  # the line that was being written when the run was killed
