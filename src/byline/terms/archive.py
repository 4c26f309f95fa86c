"""Every set of terms that decisions were made under, kept so that they can be made again.

A set is a small file named after its digest (`Terms.digest`), which names one part for each list in
it: agreements, notices, what people said, assessments, holds. A part is named after the SHA-256 of
its JSON, so that a list which did not change is kept once. Invariants: nothing kept is ever
changed; what is read back has the digest that it was asked by, or is an error.
"""

import gzip
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError

from byline.errors import InputError, IntegrityError
from byline.terms.agreed import Terms
from byline.workspace.files import write_bytes, write_json

FORMAT: Final = "byline-terms-archive-1"
PARTS: Final = "parts"
LEVEL: Final = 6  # of gzip


def keep(terms: Terms, folder: Path) -> str:
    """Keep a set of terms in a folder, and say its digest; one that is there stays as it is.

    Args:
        terms: What decisions are made under.
        folder: The archive, `Layout.terms` of a workspace.
    """
    digest = terms.digest
    place = folder / f"{digest}.json"
    if not place.exists():
        parts = {name: _keep_part(data, folder) for name, data in dumped(terms).items()}
        write_json(place, {"format": FORMAT, "digest": digest, "parts": parts})
    return digest


def kept(digest: str, folder: Path) -> Terms:
    """The set of terms with this digest.

    Raises:
        InputError: The archive has none.
        IntegrityError: What is kept is not what was kept, or cannot be read.
    """
    place = folder / f"{digest}.json"
    if not place.is_file():
        raise InputError(
            f"the terms {digest[:12]}… are not in the archive {folder}",
            advice="terms are kept from the first `byline decide` of this version on",
        )
    try:
        manifest = json.loads(place.read_text(encoding="utf-8"))
        parts = {
            name: _part(str(sha256), folder) for name, sha256 in dict(manifest["parts"]).items()
        }
        terms = loaded(parts)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise IntegrityError(f"{place} cannot be read: {error}", advice=_RESTORE) from error
    if terms.digest != digest:
        raise IntegrityError(f"{place} is not what was kept under this digest", advice=_RESTORE)
    return terms


_RESTORE = "restore the archive of terms from a backup"


def kept_digests(folder: Path, prefix: str = "") -> tuple[str, ...]:
    """The digests of all sets that are kept and begin with `prefix`, sorted."""
    names = (place.stem for place in folder.glob("*.json")) if folder.is_dir() else ()
    return tuple(sorted(name for name in names if name.startswith(prefix)))


def dumped(terms: Terms) -> dict[str, bytes]:
    """Each list of the terms as JSON without white space, by name; defaults are left out.

    Leaving them out keeps the bytes of old terms the same when a later version knows more keys, and
    a clause that forbids is read back without the conditions that it may not have.
    """
    return {
        name: adapter.dump_json(getattr(terms, name), exclude_defaults=True)
        for name, adapter in _adapters().items()
    }


def loaded(parts: dict[str, bytes]) -> Terms:
    """The terms that `dumped` wrote.

    Raises:
        ValueError: A part is unknown, or is not a list of what it should be.
    """
    adapters = _adapters()
    if unknown := sorted(set(parts) - set(adapters)):
        raise ValueError(f"unknown parts: {', '.join(unknown)}")
    try:
        return Terms(**{name: adapters[name].validate_json(data) for name, data in parts.items()})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{first['loc']}: {first['msg']}") from error


@lru_cache(maxsize=1)
def _adapters() -> dict[str, TypeAdapter[Any]]:
    return {name: TypeAdapter(kind) for name, kind in get_type_hints(Terms).items()}


def _keep_part(data: bytes, folder: Path) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    place = _place(sha256, folder)
    if not place.exists():
        write_bytes(place, gzip.compress(data, LEVEL, mtime=0))
    return sha256


def _part(sha256: str, folder: Path) -> bytes:
    data = gzip.decompress(_place(sha256, folder).read_bytes())
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"the part {sha256[:12]}… was changed after it was kept")
    return data


def _place(sha256: str, folder: Path) -> Path:
    return folder / PARTS / f"{sha256}.json.gz"
