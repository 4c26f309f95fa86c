"""Mailmap files: which names and addresses are one identity (https://git-scm.com/docs/gitmailmap).

The organisation's own mailmap is an approved fact. A `.mailmap` committed in a repository is that
repository's claim: anyone who can commit can write one. Callers keep the two apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ENTRY = re.compile(
    r"^\s*(?P<name>[^<#]*?)\s*<(?P<email>[^>]*)>\s*(?:(?P<old_name>[^<#]*?)\s*<(?P<old_email>[^>]*)>)?"
    r"\s*(?:#.*)?$"
)


@dataclass(frozen=True)
class Mapping:
    """One line: what matches `old_email` (and `old_name`, if given) is `name` and `email`."""

    name: str
    email: str
    old_name: str
    old_email: str


def parse_mailmap(text: str) -> tuple[Mapping, ...]:
    """The mappings of a mailmap; lines that are none are passed over, as git does."""
    found = []
    for line in text.splitlines():
        match = ENTRY.match(line)
        if not match:
            continue
        name, email = match["name"], match["email"].strip()
        if match["old_email"] is None:
            found.append(Mapping(name, "", "", email))  # a proper name for an address
        else:
            found.append(Mapping(name, email, match["old_name"], match["old_email"].strip()))
    return tuple(found)


def apply_mailmap(mappings: Sequence[Mapping], name: str, email: str) -> tuple[str, str]:
    """The proper name and address of an identity; a mapping that names the name wins."""
    best: Mapping | None = None
    for mapping in mappings:
        if mapping.old_email.lower() != email.lower():
            continue
        if mapping.old_name and mapping.old_name.lower() != name.lower():
            continue
        if best is None or mapping.old_name or not best.old_name:
            best = mapping
    if best is None:
        return name, email
    return best.name or name, best.email or email
