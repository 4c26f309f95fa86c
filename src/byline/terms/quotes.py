"""The words of clauses and the documents that they are quoted from, bound by hashes.

Invariants: white space does not count, every other character does; a document is looked for below
the folder of its agreement file and nowhere else; nothing here changes a file.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from byline.errors import ConfigError
from byline.terms.agreements import Agreement
from byline.workspace.files import sha256_file

MAX_DOCUMENT_BYTES = 64 << 20
TEXT_SUFFIXES = frozenset({".md", ".markdown", ".txt"})

_OMISSION = re.compile(r"\[(?:…|\.\.\.)\]")
_MARKUP = re.compile(r"[*_`#>|\\]+")

Location = tuple[str | int, ...]


class Fault(NamedTuple):
    """What does not agree with a document or a hash, and the key that says so."""

    location: Location
    message: str


class Pin(NamedTuple):
    """A hash that an agreement file may state, and the one that it states ("" for none).

    `about` is the document, or the id of a clause; `key` is the key to state it by. `found` is ""
    where the document does not lie beside the file.
    """

    about: str
    key: str
    found: str
    stated: str

    @property
    def state(self) -> str:
        """One of "pinned", "changed", "not pinned" and "not here"."""
        if not self.found:
            return "not here"
        if not self.stated:
            return "not pinned"
        return "pinned" if self.found == self.stated else "changed"


def collapsed(text: str) -> str:
    """The text with each run of white space as one space, none at the ends."""
    return " ".join(text.split())


def text_sha256(text: str) -> str:
    """SHA-256, in hex, of the collapsed text as UTF-8: the `text_sha256` of a clause."""
    return hashlib.sha256(collapsed(text).encode()).hexdigest()


def stands_in(quote: str, document: str) -> bool:
    """Whether the words of a quotation stand in a document, white space and markup aside.

    "[…]" or "[...]" in the quotation stands for words left out; its parts stand in their order.
    """
    return _stands(quote, _forms(document))


def _forms(document: str) -> tuple[str, str]:
    """A document collapsed, with its markup and without."""
    return collapsed(document), collapsed(_MARKUP.sub("", document))


def _stands(quote: str, forms: tuple[str, str]) -> bool:
    plain, bare = forms
    return _parts_stand(quote, plain) or _parts_stand(_MARKUP.sub("", quote), bare)


def _parts_stand(quote: str, document: str) -> bool:
    position = 0
    parts = [part for part in map(collapsed, _OMISSION.split(quote)) if part]
    for part in parts:
        found = document.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return bool(parts)


def pins(agreement: Agreement, *, folder: Path | None) -> tuple[Pin, ...]:
    """Every hash that the file of an agreement may state: the document's, then each clause's.

    Args:
        agreement: The agreement.
        folder: Where its file lies; None for a pack.

    Raises:
        ConfigError: The document cannot be read.
    """
    document = document_path(agreement, folder=folder)
    found = file_sha256(document) if document else ""
    stated = agreement.document_sha256 or ""
    head = [Pin(agreement.document, "document_sha256", found, stated)] if agreement.document else []
    clauses = (
        Pin(each.id, "text_sha256", text_sha256(each.text), each.text_sha256 or "")
        for each in agreement.clauses
    )
    return (*head, *clauses)


def faults(agreement: Agreement, *, folder: Path | None) -> Iterator[Fault]:
    """What of an agreement does not agree with its hashes and its document.

    Raises:
        ConfigError: The document cannot be read.
    """
    for index, clause in enumerate(agreement.clauses):
        if clause.text_sha256 not in {None, text_sha256(clause.text)}:
            yield Fault(
                ("clauses", index, "text_sha256"),
                f"clause {clause.id}: the words changed since they were reviewed",
            )
    if agreement.document and _leaves_its_folder(agreement.document):
        yield Fault(("document",), "`document` is a name, or a path below this file's folder")
        return
    path = document_path(agreement, folder=folder)
    if path is None:
        return
    if agreement.document_sha256 not in {None, file_sha256(path)}:
        yield Fault(
            ("document_sha256",),
            f"the bytes of {agreement.document} changed: it is not the document that was reviewed",
        )
    elif path.suffix.casefold() in TEXT_SUFFIXES:
        yield from _misquoted(agreement, path)


def _misquoted(agreement: Agreement, path: Path) -> Iterator[Fault]:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8", advice="Save the document as UTF-8.") from error
    forms = _forms(text)
    for index, clause in enumerate(agreement.clauses):
        if not _stands(clause.text, forms):
            yield Fault(
                ("clauses", index, "text"),
                f"clause {clause.id}: its words do not stand in {agreement.document}",
            )


def document_path(agreement: Agreement, *, folder: Path | None) -> Path | None:
    """The document of an agreement where it lies beside the agreement's file, else None."""
    if folder is None or not agreement.document or _leaves_its_folder(agreement.document):
        return None
    try:
        path = (folder / agreement.document).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError, RuntimeError):
        return None  # a name of a document that no file could have
    return path if inside else None


def _leaves_its_folder(document: str) -> bool:
    posix, windows = PurePosixPath(document), PureWindowsPath(document)
    return posix.is_absolute() or bool(windows.anchor) or ".." in {*posix.parts, *windows.parts}


def file_sha256(path: Path) -> str:
    """SHA-256, in hex, of a file's bytes.

    Raises:
        ConfigError: The file is larger than `MAX_DOCUMENT_BYTES`, or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise ConfigError(
                f"{path}: larger than {MAX_DOCUMENT_BYTES} bytes; this is no document"
            )
        return sha256_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
