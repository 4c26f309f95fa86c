"""The file that a person is handed: a zip with exactly the names of docs/proof-formats.md.

The same answers give the same bytes: names in a fixed order, no clock, no folder entries. Whoever
may read it learns what of one person's work was used, so only its owner can.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from byline.errors import RefusedError
from byline.proof import verify
from byline.workspace.files import write_bytes

VERIFIER: Final = Path(verify.__file__)  # as it is in every bundle, and hashed into the log
FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
PLAIN_FILE: Final = 0o100600
UNIX: Final = 3


def in_order(names: Mapping[str, Any]) -> list[str]:
    """The names of a bundle's files, the bundle's own first, then those of each release."""
    places = {name: (0, "", at) for at, name in enumerate(verify.TOP)}
    kinds = {name: at for at, name in enumerate(verify.OF_RELEASE)}

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
            if len(data) > verify.MAX_FILE:
                raise RefusedError(
                    f"{name} has {len(data):,} bytes; a bundle holds at most {verify.MAX_FILE:,}",
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
