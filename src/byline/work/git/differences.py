"""The differences of pairs of blobs: from the compiled library where there is one, else from git.

The two agree on every hunk (a test compares them), so that which one answered leaves no trace.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from byline.work.git import texts
from byline.work.git.hunks import Hunks, Pair
from byline.work.git.objects import ObjectReader
from byline.work.git.patch import PATCH, Comparer, Scratch, hunks
from byline.work.git.texts import Text, changed_rows

KEPT_BYTES = 64 << 20
AT_ONCE = 64  # pairs whose blobs are held together
COST = 2  # memory that an open text takes for each of its bytes, about

Differences = Callable[[Sequence[Pair]], dict[Pair, Hunks]]


class TextStore:
    """Blobs of a mirror as open texts; those used last stay open."""

    def __init__(self, reader: ObjectReader, *, ignore_space: bool) -> None:
        self._reader = reader
        self._ignore_space = ignore_space
        self._open: OrderedDict[str, Text] = OrderedDict()
        self._bytes = 0

    def hold(self, oids: Iterable[str]) -> dict[str, Text]:
        """The texts of blobs, good until the next call.

        Raises:
            IntegrityError: The mirror lacks one.
        """
        wanted = list(dict.fromkeys(oids))
        missing = [oid for oid in wanted if oid not in self._open]
        for oid in wanted:
            if oid in self._open:
                self._open.move_to_end(oid)
        self._make_room(keep=len(wanted) - len(missing))
        for oid, data in zip(missing, self._reader.read_all(missing), strict=True):
            like = next(reversed(self._open.values()), None)
            self._open[oid] = Text(data, ignore_space=self._ignore_space, like=like)
            self._bytes += COST * len(data)
        return {oid: self._open[oid] for oid in wanted}

    def _make_room(self, *, keep: int) -> None:
        while self._bytes > KEPT_BYTES and len(self._open) > keep:
            _, text = self._open.popitem(last=False)
            self._bytes -= COST * len(text.data)
            text.close()

    def close(self) -> None:
        """Close every text."""
        for text in self._open.values():
            text.close()
        self._open.clear()


@contextmanager
def text_store(directory: Path, *, ignore_space: bool) -> Iterator[TextStore]:
    """A store of a mirror's texts; closed afterwards."""
    with ObjectReader(directory) as reader:
        store = TextStore(reader, ignore_space=ignore_space)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def differences(place: Scratch, *, ignore_space: bool) -> Iterator[Differences]:
    """A function that compares pairs of blobs; for one thread."""
    with ExitStack() as stack:
        if texts.available():
            store = stack.enter_context(text_store(place.directory, ignore_space=ignore_space))
            yield lambda pairs: _compiled(store, pairs)
        else:
            options = ("--ignore-all-space",) if ignore_space else ()
            comparer = stack.enter_context(Comparer(place, *PATCH, *options))
            yield lambda pairs: hunks(place, comparer, pairs)


def _compiled(store: TextStore, pairs: Sequence[Pair]) -> dict[Pair, Hunks]:
    asked = list(dict.fromkeys(pairs))
    found: dict[Pair, Hunks] = {}
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        held = store.hold(oid for pair in part for oid in pair)
        for older, newer in part:
            found[older, newer] = Hunks(changed_rows(held[older], held[newer]))
    return found
