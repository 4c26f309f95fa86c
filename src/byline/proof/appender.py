"""Many durable appends by one writer: each is on disk when it returns, and shown a little later.

An appender holds the log's lock. What is appended goes into the log's journal first; calls from
several threads that wait at the same time share one sync. Publishing adds it to the tiles under a
signed checkpoint: when asked to, on closing, and each time enough has come together.

Invariants: an index, once returned, is the entry's place in every later checkpoint, also after a
kill or power cut; entries are published in that order; after a write that may have failed nothing
more is acknowledged, and opening the log again finds out what is in it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from byline.proof import durable
from byline.proof.checkpoint import Checkpoint
from byline.proof.errors import LogEntryError, LogWriteError
from byline.proof.journal import (
    MAX_JOURNAL_BYTES,
    encode_frame,
    journal_header,
    journal_key,
    start_journal,
    write_frame,
)
from byline.proof.keychain import refuse_key_entries
from byline.proof.logfiles import JOURNAL, LOCK
from byline.proof.logwrite import extend, settle
from byline.proof.note import Signer
from byline.proof.tiles import MAX_ENTRY_BYTES, TILE_WIDTH, refuse_long

PUBLISH_EVERY = 16_384
STEP = 65_536  # entries of a batch under one checkpoint

_FRAME_OVERHEAD = 64
_ROOM = MAX_JOURNAL_BYTES // 2  # a journal is published before it holds more bytes
_GROUP = _ROOM // (MAX_ENTRY_BYTES + 2)  # entries that fit into a journal at any length


@contextlib.contextmanager
def appending(
    path: Path, *, signer: Signer, wait: bool = True, publish_every: int = PUBLISH_EVERY
) -> Iterator["Appender"]:
    """Hold a log for many appends; everything is published when the block ends.

    `publish_every` is the number of entries that come together before a checkpoint is signed over
    them. Do not call `log.append` for the same log inside the block: it would wait for itself.
    Raises as `log.append` does.
    """
    if publish_every < 1:
        raise LogEntryError(f"expected to publish every 1 entry or more, got {publish_every}")
    with durable.locked(path / LOCK, wait=wait):
        appender = Appender(path, settle(path, signer), signer=signer, publish_every=publish_every)
        try:
            yield appender
        finally:
            appender.close()


class Appender:
    """The writer that `appending` opens; its methods may be called from several threads."""

    def __init__(
        self, path: Path, checkpoint: Checkpoint, *, signer: Signer, publish_every: int
    ) -> None:
        """Go on from a settled log whose lock is held."""
        self._path, self._signer, self._publish_every = path, signer, publish_every
        self._checkpoint, self._key = checkpoint, journal_key(signer)
        self._queue = threading.RLock()  # guards the next two
        self._waiting: list[bytes] = []
        self._first_waiting = checkpoint.size  # the index that the first of them gets
        self._writing = threading.Lock()  # guards the log's files, and the rest
        self._unpublished: list[bytes] = []
        self._journal: int | None = None
        self._header = b""
        self._journal_bytes = 0
        self._is_open = True

    @property
    def checkpoint(self) -> Checkpoint:
        """What was published last."""
        return self._checkpoint

    def append(self, entry: bytes) -> int:
        """Append an entry of at most 65,535 bytes; its index, once it is on disk."""
        refuse_long([entry])
        refuse_key_entries([entry])
        with self._queue:
            self._waiting.append(entry)
            index = self._first_waiting + len(self._waiting) - 1
        with self._writing:
            if index >= self._checkpoint.size + len(self._unpublished):
                self._write_waiting()
        return index

    def append_all(self, entries: Sequence[bytes]) -> range:
        """Append a batch, and publish it; its indexes, once all of it is on disk.

        Checkpoints are signed over at most 65,536 entries of it at a time: if it raises or is
        killed, the first so many of its entries are in the log and no others.
        """
        refuse_long(entries)
        refuse_key_entries(entries)
        with self._writing, self._queue:
            self._write_waiting(to_publish=True)
            first, at = self._first_waiting, 0
            with self._or_stop():
                while at < len(entries):
                    step = STEP - (first + at) % TILE_WIDTH
                    self._extend(entries[at : at + step])
                    at += step
                self._first_waiting = self._checkpoint.size
        return range(first, first + len(entries))

    def publish(self) -> Checkpoint:
        """Sign a checkpoint over all that was appended, and return it once it is in place."""
        with self._writing:
            self._write_waiting(to_publish=True)
            return self._checkpoint

    def close(self) -> None:
        """Publish what is left; afterwards nothing can be appended. A second call does nothing."""
        with self._writing:
            try:
                if self._is_open:
                    self._write_waiting(to_publish=True)
                    durable.remove_files([self._path / JOURNAL])
            finally:
                self._is_open = False
                self._close_journal()

    def _write_waiting(self, *, to_publish: bool = False) -> None:
        self._refuse_closed()
        with self._or_stop():
            with self._queue:
                group, self._waiting = self._waiting, []
                self._first_waiting += len(group)
            for at in range(0, len(group), _GROUP):
                self._write_group(group[at : at + _GROUP])
            if to_publish or len(self._unpublished) >= self._publish_every:
                self._publish()

    def _write_group(self, group: Sequence[bytes]) -> None:
        """Put entries into the journal, as one frame."""
        size = sum(map(len, group)) + 2 * len(group) + _FRAME_OVERHEAD
        if self._journal_bytes + size > _ROOM:
            self._publish()
        checkpoint = self._checkpoint
        if self._journal is None:
            self._header = journal_header(size=checkpoint.size, root=checkpoint.root, key=self._key)
            self._journal = start_journal(self._path, self._header)
        first = checkpoint.size + len(self._unpublished)
        frame = encode_frame(self._header, first=first, entries=group, key=self._key)
        write_frame(self._journal, frame)
        self._journal_bytes += size
        self._unpublished += group

    def _publish(self) -> None:
        if self._unpublished:
            entries, self._unpublished = self._unpublished, []
            self._extend(entries)
            self._close_journal()

    def _extend(self, entries: Sequence[bytes]) -> None:
        self._checkpoint = extend(
            self._path, entries, checkpoint=self._checkpoint, signers=[self._signer]
        )

    def _close_journal(self) -> None:
        """Let go of a journal that a checkpoint covers; the next one takes its place whole."""
        if self._journal is not None:
            os.close(self._journal)
        self._journal, self._journal_bytes = None, 0

    @contextlib.contextmanager
    def _or_stop(self) -> Iterator[None]:
        """Acknowledge nothing more once a write may have failed, or was interrupted."""
        try:
            yield
        except BaseException:
            self._is_open = False
            raise

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise LogWriteError(
                f"{self._path}: closed, or a write failed before: nothing more is acknowledged",
                advice="open the log again; it then holds all that was acknowledged",
            )
