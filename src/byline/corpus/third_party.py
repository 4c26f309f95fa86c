"""The index of a supplied third-party corpus: folders of files that are not the organisation's.

The index is made once for each content of the corpus and lies in one folder:

- ``hashes.u64`` and ``places.u32``: selected fingerprints, sorted by hash, and where each stands;
- ``words.u32`` and ``lines.u32``: of every word that counts its hash and its line, file after file;
- ``files.parquet``: path, licence and its evidence, first word and number of words.

Invariants: equal corpora have equal indexes, whatever the folders are called on this machine. Files
whose words are the same are held once. A fingerprint in more than `COMMON` different files is what
everybody writes and is not held. Memory is bounded: fingerprints are sorted in `PARTS` parts on
disk, and reading maps the files.

Only regular files count; symbolic links are not followed. Files over `MAX_BYTES`, binary files and
licence texts are left out.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.corpus.fingerprints import RUN, VERSION, WINDOW, runs_of, selected, words_of
from byline.corpus.licences import LICENCE_FILE, file_licence
from byline.corpus.third_party_licences import project_licences
from byline.errors import ConfigError, IntegrityError
from byline.workspace.files import CHUNK, sha256_text, sync_directory, write_table

COMMON: Final = 32
"""In more different files than this a fingerprint is what everybody writes, not one's work."""
MAX_BYTES: Final = 4 << 20
PARTS: Final = 16
MOST_WORDS: Final = (1 << 32) - 1  # places are 32 bits
LAYOUT: Final = "1"
ENTRY: Final = np.dtype([("hash", "<u8"), ("place", "<u4")])
FILES: Final = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),  # below the corpus: "folder/sub/file.c"
        pa.field("licence", pa.string()),  # SPDX expression of the file, else of its project
        pa.field("licence_evidence", pa.string()),
        pa.field("start", pa.int64(), nullable=False),  # its first word among all words
        pa.field("words", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Source:
    """One file of the corpus: its name in it, where it lies, and the digest of its bytes."""

    name: str
    path: Path
    digest: str


@dataclass(frozen=True)
class ThirdParty:
    """An index, opened where it is used; what is sent to workers is its folder and key."""

    folder: Path
    key: str

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the place is sent to another process; it maps the files itself."""
        return opened, (self.folder, self.key)

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """Fingerprints, ascending."""
        return _mapped(self.folder / "hashes.u64", np.dtype("<u8"))

    @cached_property
    def places(self) -> npt.NDArray[np.uint32]:
        """The word at which each fingerprint begins."""
        return _mapped(self.folder / "places.u32", np.dtype("<u4"))

    @cached_property
    def words(self) -> npt.NDArray[np.uint32]:
        """The low half of every word's hash."""
        return _mapped(self.folder / "words.u32", np.dtype("<u4"))

    @cached_property
    def lines(self) -> npt.NDArray[np.uint32]:
        """The line of every word in its file, counted from 0."""
        return _mapped(self.folder / "lines.u32", np.dtype("<u4"))

    @cached_property
    def files(self) -> pa.Table:
        """`FILES`, in the order of their words."""
        return pq.read_table(self.folder / "files.parquet")

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """The first word of each file."""
        found: npt.NDArray[np.int64] = self.files["start"].to_numpy().astype(np.int64)
        return found

    @cached_property
    def sieve(self) -> npt.NDArray[np.bool_]:
        """For the top bits of a hash, whether any fingerprint has them: most queries end here."""
        shift = self.sieve_shift
        found = np.zeros(1 << (64 - shift), dtype=np.bool_)
        found[(self.hashes >> np.uint64(shift)).astype(np.int64)] = True
        return found

    @property
    def sieve_shift(self) -> int:
        """How far a hash is shifted for the sieve: 16 places for each fingerprint, 64 MiB most."""
        return 64 - min(26, max(8, len(self.hashes).bit_length() + 4))


def third_party(folders: Sequence[Path], *, into: Path) -> ThirdParty:
    """The index of the files below `folders`, made in `into` unless it is there.

    Raises:
        ConfigError: A folder is missing, or two have one name.
    """
    sources = list(_sources(folders))
    key = sha256_text(
        LAYOUT, VERSION, f"{RUN} {WINDOW} {COMMON} {MAX_BYTES}",
        *(part for source in sources for part in (source.name, source.digest)),
    )[:20]  # fmt: skip
    final = into / key
    if not (final / "files.parquet").is_file():
        aside = into / f".{key}.part"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _build(sources, aside)
        shutil.rmtree(final, ignore_errors=True)
        aside.rename(final)
        sync_directory(into)
        for other in into.iterdir():
            if other != final:  # an index of another corpus, or what a killed run left
                shutil.rmtree(other, ignore_errors=True)
    return opened(final, key)


@lru_cache(maxsize=2)
def opened(folder: Path, key: str) -> ThirdParty:
    """An index that is there; the same object for the same folder, so that it is mapped once."""
    return ThirdParty(folder, key)


def _mapped(path: Path, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    try:
        if path.stat().st_size == 0:
            return np.zeros(0, dtype=kind)
        return np.memmap(path, dtype=kind, mode="r")
    except (OSError, ValueError) as error:
        raise IntegrityError(
            f"{path} cannot be read: {error}",
            advice=f"remove the folder {path.parent} and run again: it is made anew",
        ) from error


def check_folders(folders: Sequence[Path]) -> list[str]:
    """The names of the folders of a corpus, by which its files are called.

    Raises:
        ConfigError: A folder is missing, or two have one name.
    """
    names = [folder.resolve().name for folder in folders]
    for name, folder in zip(names, folders, strict=True):
        if not folder.is_dir():
            raise ConfigError(
                f"there is no folder {folder}", advice="check `third_party` in [corpus]"
            )
        if names.count(name) > 1:
            raise ConfigError(
                f"two folders of the third-party corpus are called {name!r}",
                advice="rename one, or give the folder that holds both",
            )
    return names


def _sources(folders: Sequence[Path]) -> Iterator[Source]:
    """Every file of the corpus in order of its name."""
    names = check_folders(folders)
    for name, folder in sorted(zip(names, folders, strict=True)):
        for path in sorted(folder.rglob("*")):
            plain = path.is_file() and not path.is_symlink()
            if plain and path.stat().st_size <= MAX_BYTES and ".git" not in path.parts:
                inside = path.relative_to(folder).as_posix()
                yield Source(f"{name}/{_shown(inside)}", path, _digest(path))


def _shown(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _build(sources: Sequence[Source], folder: Path) -> None:
    licences = project_licences([(source.name, source.path) for source in sources])
    spill = [(folder / f"part-{number:02d}").open("w+b") for number in range(PARTS)]
    try:
        with (folder / "words.u32").open("wb") as words, (folder / "lines.u32").open("wb") as lines:
            rows = list(_write_words(sources, licences, words, lines, spill))
        write_table(folder / "files.parquet", pa.Table.from_pylist(rows, schema=FILES))
        starts = np.array([row["start"] for row in rows], dtype=np.int64)
        _write_fingerprints(folder, spill, starts)
    finally:
        for part in spill:
            part.close()
            Path(part.name).unlink()


def _write_words(
    sources: Sequence[Source],
    licences: Mapping[str, tuple[str, str]],
    words: IO[bytes],
    lines: IO[bytes],
    spill: Sequence[IO[bytes]],
) -> Iterator[dict[str, Any]]:
    """Write each file's words and fingerprints; yields its row of `FILES`."""
    start = 0
    seen: set[bytes] = set()
    for source in sources:
        raw = source.path.read_bytes()
        if b"\0" in raw or LICENCE_FILE.search(source.path.name):
            continue
        text = raw.decode("utf-8", "replace")
        found = words_of(text, source.name)
        mark = hashlib.sha256(found.hashes.tobytes()).digest()
        runs = runs_of(found)
        if not len(runs) or mark in seen:
            continue
        seen.add(mark)
        at = selected(found, runs)
        entries = np.zeros(len(at), dtype=ENTRY)
        entries["hash"], entries["place"] = runs[at], at + start
        parts = (entries["hash"] >> np.uint64(60)).astype(np.int64)
        for part in np.unique(parts):
            spill[part].write(entries[parts == part].tobytes())
        words.write(found.hashes.astype("<u4").tobytes())
        lines.write(found.lines.astype("<u4").tobytes())
        licence = file_licence(text, path=source.name)
        own = (licence.expression, f"{source.name}, {licence.evidence}") if licence else None
        declared = own or licences.get(source.name.rpartition("/")[0])
        yield {
            "path": source.name,
            "licence": declared[0] if declared else None,
            "licence_evidence": declared[1] if declared else None,
            "start": start,
            "words": len(found.hashes),
        }
        start += len(found.hashes)
        if start > MOST_WORDS:
            raise ConfigError(
                f"the third-party corpus has more than {MOST_WORDS:,} words",
                advice="give fewer folders in [corpus]",
            )


def _write_fingerprints(
    folder: Path, spill: Sequence[IO[bytes]], starts: npt.NDArray[np.int64]
) -> None:
    """Sort each part, drop what is common, and put the parts one after the other."""
    with (folder / "hashes.u64").open("wb") as hashes, (folder / "places.u32").open("wb") as places:
        for part in spill:
            part.seek(0)
            entries = np.frombuffer(part.read(), dtype=ENTRY)
            entries = np.sort(entries, order=("hash", "place"))
            entries = entries[_uncommon(entries, starts)]
            hashes.write(entries["hash"].tobytes())
            places.write(entries["place"].tobytes())


def _uncommon(entries: npt.NDArray[Any], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which fingerprints stand in at most `COMMON` files, and not over and over in one."""
    if not len(entries):
        return np.zeros(0, dtype=np.bool_)
    first = np.flatnonzero(np.diff(entries["hash"], prepend=~entries["hash"][:1]))
    files = np.searchsorted(starts, entries["place"], side="right")
    fresh = np.diff(files, prepend=-1) != 0
    fresh[first] = True
    counts = np.diff(first, append=len(entries))
    spread = np.add.reduceat(fresh.astype(np.int64), first)
    return np.repeat((spread <= COMMON) & (counts <= 4 * COMMON), counts)
