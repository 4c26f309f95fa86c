"""Questions that a person's own verifier made from their clone (`byline/questions/1`).

The file comes from outside: everything in it is checked, and nothing in it is a path or a command.
Items and fingerprints are only ever looked up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from byline.errors import InputError
from byline.proof.canonical import parse_canonical
from byline.proof.errors import ProofError

SCHEMA: Final = "byline/questions/1"
FIELDS: Final = ("addresses", "fingerprints", "items", "person", "schema")
MAX_BYTES: Final = 256 << 20
MAX_TEXT: Final = 4096
NUMBER: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Questions:
    """What a bundle is asked to answer, of one person's work.

    Attributes:
        addresses: Those that the person says are theirs.
        items: Ids of items, as in docs/proof-formats.md.
        fingerprints: Numbers below 2**64.
    """

    person: str = ""
    addresses: tuple[str, ...] = ()
    items: frozenset[str] = frozenset()
    fingerprints: frozenset[int] = frozenset()

    @property
    def is_asked(self) -> bool:
        """Whether anybody asked anything."""
        return bool(self.items or self.fingerprints)

    def and_also(self, items: Iterable[str], fingerprints: Iterable[int]) -> "Questions":
        """The same questions and some more."""
        return Questions(
            self.person, self.addresses, self.items | set(items),
            self.fingerprints | set(fingerprints),
        )  # fmt: skip


def read_questions(path: Path) -> Questions:
    """The questions in a file.

    Raises:
        InputError: It cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the questions {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: questions have at most {MAX_BYTES:,} bytes")
    try:
        return _questions(parse_canonical(data.rstrip(b"\n")))
    except (ProofError, InputError) as error:
        raise InputError(
            f"{path} is no file of questions: {error}",
            advice="`python3 verify.py ask` makes one from a clone",
        ) from error


def _questions(value: Any) -> Questions:
    if not isinstance(value, dict) or sorted(value) != list(FIELDS):
        raise InputError(f"expected an object with {', '.join(FIELDS)}")
    if value["schema"] != SCHEMA:
        raise InputError(f"expected the schema {SCHEMA}")
    numbers = _texts(value, "fingerprints")
    if not all(NUMBER.fullmatch(one) for one in numbers):
        raise InputError("expected fingerprints of 16 hexadecimal digits")
    [person] = _checked("person", [value["person"]])
    return Questions(
        person=person,
        addresses=_texts(value, "addresses"),
        items=frozenset(_texts(value, "items")),
        fingerprints=frozenset(int(one, 16) for one in numbers),
    )


def _texts(value: dict[str, Any], field: str) -> tuple[str, ...]:
    if not isinstance(value[field], list):
        raise InputError(f"expected a list of {field}")
    return _checked(field, value[field])


def _checked(field: str, texts: list[Any]) -> tuple[str, ...]:
    for text in texts:
        if not isinstance(text, str) or not text or len(text) > MAX_TEXT or CONTROL.search(text):
            raise InputError(f"expected plain texts of 1 to {MAX_TEXT} characters as {field}")
    return tuple(texts)
