"""The file that a person is handed: a zip with exactly the names of docs/proof-formats.md.

The same answers give the same bytes: names in a fixed order, no clock, no folder entries. Whoever
may read it learns what of one person's work was used, so only its owner can.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from byline.errors import RefusedError
from byline.proof.canonical import canonical_json
from byline.workspace.files import write_bytes

MAX_FILE_BYTES: Final = 256 << 20
FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
PLAIN_FILE: Final = 0o100600
UNIX: Final = 3
OF_BUNDLE: Final = (
    "README.txt", "verify.py", "bundle.json", "policy.txt", "checkpoint", "entries.jsonl",
)  # fmt: skip
OF_RELEASE: Final = (
    "seal.json", "log.tlog-proof", "contributor.trie", "items.trie", "items.jsonl", "mine.jsonl",
    "fingerprints.trie", "fingerprints.bin", "items.txt",
)  # fmt: skip


def shipped_verifier() -> bytes:
    """The stand-alone verifier, as it is put into every bundle and hashed into the log."""
    return files("byline.proof").joinpath("verify.py").read_bytes()


def in_order(names: Mapping[str, Any]) -> list[str]:
    """The names of a bundle's files, the bundle's own first, then those of each release."""
    places = {name: (0, "", at) for at, name in enumerate(OF_BUNDLE)}
    kinds = {name: at for at, name in enumerate(OF_RELEASE)}

    def place(name: str) -> tuple[int, str, int]:
        folder, _, kind = name.rpartition("/")
        return places[name] if not folder else (1, folder, kinds[kind])

    return sorted(names, key=place)


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """A bundle's files as one zip.

    Raises:
        RefusedError: A file is longer than a bundle may hold.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in in_order(contents):
            data = contents[name]
            if len(data) > MAX_FILE_BYTES:
                raise RefusedError(
                    f"{name} has {len(data):,} bytes; a bundle holds at most {MAX_FILE_BYTES:,}",
                    advice="ask about fewer releases at a time with --release",
                )
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, UNIX
            entry.external_attr = PLAIN_FILE << 16
            archive.writestr(entry, data)
    return target.getvalue()


def write_zip(path: Path, data: bytes) -> None:
    """Write a bundle so that nobody but its owner can read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_bytes(path, data, mode=0o600)


def lines_of(texts: Sequence[str]) -> bytes:
    """Texts, one a line."""
    return "".join(f"{text}\n" for text in texts).encode()


def json_lines(values: Sequence[Any]) -> bytes:
    """Values as canonical JSON, one a line."""
    return b"".join(canonical_json(value) + b"\n" for value in values)
