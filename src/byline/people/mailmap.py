"""Mailmap files: which names and addresses are one identity (https://git-scm.com/docs/gitmailmap).

The organisation's own mailmap is an approved fact. A `.mailmap` committed in a repository is that
repository's claim: anyone who can commit can write one. Callers keep the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

BLANK = " \t\r\n"


@dataclass(frozen=True)
class Mapping:
    """One line: what matches `old_email` (and `old_name`, if given) is `name` and `email`."""

    name: str
    email: str
    old_name: str
    old_email: str
    line: int = field(default=0, compare=False, repr=False)  # where it stands, from 1


def parse_mailmap(text: str) -> tuple[Mapping, ...]:
    """The mappings of a mailmap; lines that are none are passed over, as git does."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        first = None if line.startswith("#") else _identity(line)
        if first is None or not first[1]:
            continue
        name, email, rest = first
        second = _identity(rest)
        if second is None:
            found.append(Mapping(name, "", "", email, number))  # a proper name for an address
        else:
            found.append(Mapping(name, email, second[0], second[1], number))
    return tuple(found)


def _identity(text: str) -> tuple[str, str, str] | None:
    """The name and address that a text begins with, and what follows them."""
    name, opened, rest = text.partition("<")
    email, closed, rest = rest.partition(">")
    return (name.strip(BLANK), email, rest) if opened and closed else None


def by_address(mappings: Sequence[Mapping]) -> dict[str, tuple[Mapping, ...]]:
    """The mappings by the address they match, in lower case, each list in order."""
    found: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        found.setdefault(mapping.old_email.lower(), []).append(mapping)
    return {email: tuple(listed) for email, listed in found.items()}


def apply_mailmap(mappings: Sequence[Mapping], name: str, email: str) -> tuple[str, str]:
    """The proper name and address of an identity; a mapping that names the name wins.

    Of several mappings for one address each may give a part, and a later one overrides.
    """
    proper_name, proper_email = "", ""
    named: Mapping | None = None
    for mapping in mappings:
        if mapping.old_email.lower() != email.lower():
            continue
        if not mapping.old_name:
            proper_name, proper_email = mapping.name or proper_name, mapping.email or proper_email
        elif mapping.old_name.lower() == name.lower():
            named = mapping
    if named is not None:
        proper_name, proper_email = named.name, named.email
    return proper_name or name, proper_email or email
