"""The kill switch: pauses of capture and training, in force from the moment they are recorded.

A pause is a fact of the ledger, added without the workspace's lock, so that it reaches a process
that is at work. That process asks before each record, each repository and each training step, says
in the ledger where it stopped, and ends. Invariants: a pause ends only by being resumed, never by
time; several pauses of one scope are each resumed; asking costs microseconds while nothing in the
ledger changes.
"""

import datetime as dt
import fcntl
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from byline.errors import InputError, PausedError
from byline.workspace.files import sha256_text
from byline.workspace.ledger import append, rows, table_of
from byline.workspace.ledger import tables as ledger_tables

What = Literal["everything", "source", "training"]
RESUME: Final = "nothing more is taken in until it is resumed: `byline resume{}`, then run again"


@dataclass(frozen=True, order=True)
class Scope:
    """What is paused, or what somebody is about to do.

    Attributes:
        what: `everything`, one `source` (or repository), or `training`.
        name: Of the source or repository.
    """

    what: What
    name: str = ""

    @property
    def words(self) -> str:
        """The scope as people say it."""
        return {"everything": "all capture and training", "training": "training"}.get(
            self.what, f"capture of {self.name}"
        )

    @property
    def option(self) -> str:
        """The option of `byline pause` and `byline resume` that means it."""
        return {"everything": "", "training": " --training"}.get(
            self.what, f" --source {self.name}"
        )

    def covers(self, act: "Scope") -> bool:
        """Whether a pause of this scope stops an act."""
        return self.what == "everything" or self == act

    def as_json(self) -> dict[str, str]:
        """The scope as the ledger has it."""
        return {"what": self.what, "name": self.name}


EVERYTHING: Final = Scope("everything")
TRAINING: Final = Scope("training")


@dataclass(frozen=True)
class Pause:
    """A pause that is in force.

    Attributes:
        id: Its own.
        sequence: Of its row in the ledger.
        at: When it was said (UTC).
    """

    id: str
    sequence: int
    scope: Scope
    at: str
    note: str


def in_force(facts: Iterable[Mapping[str, Any]]) -> list[Pause]:
    """The pauses that were not resumed, oldest first, from rows of the ledger in their order."""
    found: dict[str, Pause] = {}
    for row in facts:
        if row["action"] == "paused":
            scope = Scope(row["scope"]["what"], row["scope"]["name"])
            found[row["pause"]] = Pause(
                row["pause"], row["sequence"], scope, row["at"], row["note"]
            )
        elif row["action"] == "resumed":
            found.pop(row["pause"], None)
    return list(found.values())


def pauses(ledger: sa.Engine) -> list[Pause]:
    """The pauses in force now, oldest first."""
    return in_force(rows(ledger, ledger_tables.PAUSES))


def pause(ledger: sa.Engine, scope: Scope, *, note: str = "") -> Pause:
    """Pause a scope from now on, for as long as nobody resumes it."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    name = f"pause_{sha256_text(scope.what, scope.name, at, note)[:16]}"
    _add(ledger, name, "paused", scope, note=note)
    return next(one for one in pauses(ledger) if one.id == name)


def resume(ledger: sa.Engine, scope: Scope, *, note: str = "") -> list[Pause]:
    """End every pause of exactly this scope; those of other scopes stay in force.

    Raises:
        InputError: None of this scope is in force.
    """
    known = pauses(ledger)
    ended = [one for one in known if one.scope == scope]
    if not ended:
        others = sorted({f"`byline resume{one.scope.option}`" for one in known})
        raise InputError(
            f"no pause of {scope.words} is in force",
            advice=f"in force are those that end by {', '.join(others)}" if others else "",
        )
    for one in ended:
        _add(ledger, one.id, "resumed", scope, note=note)
    return ended


def _add(
    ledger: sa.Engine,
    name: str,
    action: str,
    scope: Scope,
    *,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    fact = {
        "pause": name,
        "action": action,
        "scope": scope.as_json(),
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "note": note,
        "detail": dict(detail or {}),
    }
    append(ledger, ledger_tables.PAUSES, fact)


class Switch:
    """Asks whether something is paused, and says in the ledger that a pause was met.

    Args:
        ledger: The ledger; in SQLite only its `data_version` is asked until somebody writes.
    """

    def __init__(self, ledger: sa.Engine) -> None:
        self._ledger = ledger
        self._version = -1
        self._file: sqlite3.Connection | None = None
        if ledger.dialect.name == "sqlite" and ledger.url.database:
            self._file = sqlite3.connect(
                ledger.url.database, isolation_level=None, check_same_thread=False
            )
        self._pauses = pauses(ledger)
        self._met = {one.id for one in self._pauses}  # in force before: nothing had begun
        self._noted: set[str] = set()

    def close(self) -> None:
        """Let the ledger's file go."""
        if self._file is not None:
            self._file.close()

    def asked(self, act: Scope) -> PausedError | None:
        """Why an act must not go on, or None."""
        if self._changed():
            self._pauses = pauses(self._ledger)
            for one in self._pauses:
                is_known = one.id in self._met or one.id in self._noted
                if not is_known and not one.scope.covers(act):
                    self._meet(one.id, "noted", {"at_work_on": act.words})
        found = [one for one in self._pauses if one.scope.covers(act)]
        return paused(act, found) if found else None

    def ask(self, act: Scope, *, stopped: Mapping[str, str | int] | None = None) -> None:
        """Stop before an act that is paused, and record where.

        Args:
            act: What comes next.
            stopped: The last that was accepted.

        Raises:
            PausedError: It is paused.
        """
        error = self.asked(act)
        if error is not None:
            error.stopped = dict(stopped or {})
            self.stop(error)
            raise error

    def stop(self, error: PausedError) -> None:
        """Record, for each pause that came while this process was at work, where it stopped."""
        for name in error.pauses:
            if name not in self._met:
                self._meet(name, "effective", error.stopped)

    def _meet(self, name: str, action: str, detail: Mapping[str, Any]) -> None:
        (self._met if action == "effective" else self._noted).add(name)
        known = next(one for one in self._pauses if one.id == name)
        _add(self._ledger, name, action, known.scope, detail=detail)

    def _changed(self) -> bool:
        """Whether anybody wrote to the ledger since this was asked last."""
        if self._file is None:
            return True
        (version,) = self._file.execute("PRAGMA data_version").fetchone()
        changed = bool(version != self._version)
        self._version = version
        return changed


def paused(act: Scope, found: Iterable[Pause]) -> PausedError:
    """What is said where an act is paused."""
    known = list(found)
    first = known[0]
    said = f": {first.note}" if first.note else ""
    return PausedError(
        f"{act.words} is paused since {first.at} ({first.id}, {first.scope.words}){said}",
        advice=RESUME.format(first.scope.option),
        pauses=tuple(one.id for one in known),
        is_whole=any(one.scope == EVERYTHING for one in known),
    )


def is_at_work(lock: Path) -> bool:
    """Whether a process holds a workspace's lock."""
    try:
        with lock.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def answers_to(ledger: sa.Engine, name: str) -> list[dict[str, Any]]:
    """What processes said of a pause: `effective` and where they stopped, or `noted`."""
    found = rows(ledger, ledger_tables.PAUSES, pause=name)
    return [row for row in found if row["action"] in ("effective", "noted")]


def last_accepted(ledger: sa.Engine, scope: Scope = EVERYTHING) -> dict[str, dict[str, Any]]:
    """The last record that was accepted of each source that a scope is about, by source."""
    wanted = ("source", "number", "record", "manifest")
    found = {
        row["source"]: {name: row[name] for name in wanted[1:]}
        for row in table_of(ledger, ledger_tables.ACCEPTED, wanted).to_pylist()
    }
    if scope.what == "source":
        return {name: row for name, row in found.items() if name == scope.name}
    return found if scope.what == "everything" else {}
