"""What every verb needs: configuration, workspace, ledger, workers, and a voice."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from byline.cli.interrupts import workers_ignore_interrupts
from byline.cli.voice import Voice
from byline.engine.executor import LocalExecutor
from byline.errors import InputError, IntegrityError
from byline.proof.note import Signer, Verifier
from byline.release.inputs import Inputs, read_inputs
from byline.release.logbook import VERIFIER_FILE, check_held, check_own, open_log, read_verifiers
from byline.release.logged import log_verifier
from byline.release.prepare import Tools
from byline.release.seal import MANIFEST, SealedRelease, log_entry, open_release
from byline.workspace.config import Config, read_config
from byline.workspace.layout import Layout, layout_of
from byline.workspace.ledger import find_release, open_ledger, rows
from byline.workspace.ledger import tables as ledger_tables
from byline.workspace.lock import writing

T = TypeVar("T")


@dataclass
class Session:
    """One run of a verb."""

    config: Config
    voice: Voice
    executor: LocalExecutor = field(default_factory=LocalExecutor)
    _done: dict[str, Any] = field(default_factory=dict)

    def once(self, step: str, do: Callable[[], T]) -> T:
        """Do a step the first time it is asked for; later, give what it gave."""
        if step not in self._done:
            self._done[step] = do()
        return cast("T", self._done[step])

    @property
    def layout(self) -> Layout:
        """Where everything is."""
        return layout_of(self.config)

    @cached_property
    def ledger(self) -> sa.Engine:
        """The ledger, opened at first use.

        Raises:
            IntegrityError: It is gone, and with it every withdrawal.
        """
        place = self.layout.ledger
        is_gone = not place.exists() or place.stat().st_size == 0
        if is_gone and any(self.layout.releases.glob("rel_*")):
            raise IntegrityError(
                f"there are releases, but the ledger {place} is gone, and every withdrawal with it",
                advice="restore it from a backup; the ledger is never rebuilt silently",
            )
        return open_ledger(place)

    @cached_property
    def inputs(self) -> Inputs:
        """Roster, mailmap and terms, read once."""
        return self.inputs_known_by(None)

    def inputs_known_by(
        self, moment: dt.datetime | None, *, config: Config | None = None
    ) -> Inputs:
        """The same with only what the ledger had recorded by a moment (UTC); None: all of it.

        With `config`, the files are those that another configuration names. Every table of the
        ledger that inputs rest on is read here, so that the past is whole.
        """

        def known(table: sa.Table) -> list[dict[str, Any]]:
            return rows_known_by(self.ledger, table, moment)

        today = dt.datetime.now(dt.UTC).date()
        return read_inputs(
            config or self.config,
            withdrawals=known(ledger_tables.WITHDRAWALS),
            aliases=known(ledger_tables.ALIASES),
            events=known(ledger_tables.BASIS_EVENTS),
            separations=known(ledger_tables.SEPARATIONS),
            holds=known(ledger_tables.HOLDS),
            today=today,
        )

    def forget_inputs(self) -> None:
        """Read roster and terms again when they are next needed: the ledger has changed."""
        self.__dict__.pop("inputs", None)

    def read_inputs(self) -> None:
        """Read roster and terms now, so that what is wrong in them is told at once."""
        _ = self.inputs

    @cached_property
    def signer(self) -> Signer:
        """The log's key; the log is made at first use, and has the verifier that bundles carry."""
        name = self.config.organisation.name
        signer = open_log(self.layout.log, key=self.layout.log_key, origin=name)
        log_verifier(self.layout.log, signer=signer)
        return signer

    @property
    def tools(self) -> Tools:
        """What the stages run with."""
        return Tools(self.layout.tables, self.executor, self.voice.progress)

    def verifiers(self) -> list[Verifier]:
        """The public keys of this workspace's log, the oldest first; the last one signs today."""
        path = self.layout.log / VERIFIER_FILE
        if not path.exists():
            raise InputError("there is no log yet", advice="run `byline release`: it makes one")
        held = read_verifiers(path)
        check_own(self.layout.log, held, key=self.layout.log_key)
        return held

    def open_release(self, release: str | None) -> SealedRelease:
        """A release of this workspace by id or prefix, or the newest, checked."""
        row = find_release(self.ledger, release)
        return self.sealed(self.layout.root / row["path"])

    def sealed(self, directory: Path) -> SealedRelease:
        """A release in a folder of this workspace, checked against the proof in it and the log."""
        verifiers = self.verifiers()
        found = open_release(directory, verifiers=verifiers)
        entry = log_entry(found, (directory / MANIFEST).read_bytes())
        check_held(self.layout.log, entry, verifiers=verifiers)
        return found


def rows_known_by(
    ledger: sa.Engine, table: sa.Table, moment: dt.datetime | None
) -> list[dict[str, Any]]:
    """The facts of a table that were recorded by a moment (UTC), oldest first; None: all."""
    found = rows(ledger, table)
    if moment is None:
        return found
    return [row for row in found if utc(row["recorded"]) <= moment]


def utc(recorded: dt.datetime) -> dt.datetime:
    """A time of the ledger with its zone, which SQLite leaves out."""
    return recorded if recorded.tzinfo else recorded.replace(tzinfo=dt.UTC)


@contextmanager
def session(
    config: Path, *, voice: Voice, workers: int = 0, writes: bool = True
) -> Iterator[Session]:
    """Open a session; with `writes`, hold the workspace's lock until it ends."""
    read = read_config(config)
    executor = LocalExecutor(workers) if workers else LocalExecutor()
    opened = Session(read, voice, executor)
    if writes and executor.workers > 1:
        workers_ignore_interrupts()
    with executor:
        if writes:
            with writing(opened.layout.lock):
                yield opened
        else:
            yield opened
    voice.done()


def verifiers_from(key: Path | None, config: Path, *, voice: Voice) -> list[Verifier]:
    """The public keys in a file, for which no workspace is needed; else that of the workspace."""
    if key is not None:
        return read_verifiers(key)
    with session(config, voice=voice, writes=False) as opened:
        return opened.verifiers()
