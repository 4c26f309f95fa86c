"""Handles: account names on forges, and the addresses that forges make of them.

GitHub writes ``ID+handle@users.noreply.github.com``, before July 2017 without the number ("Setting
your commit email address"); GitLab ``ID-handle@users.noreply.HOST`` ("Use a private commit email").
A handle is written ``github:ada``, ``gitlab:ada``, ``git.corp.example:ada`` (any forge by its
host), or ``ada``: the organisation's word that it is theirs on GitHub, GitLab and in its own rules.
"""

import re
from collections.abc import Iterator

from byline.people.rows import Dated

HOSTS = {"github": "github.com", "gitlab": "gitlab.com"}
OWN = ""  # the system of handles that the organisation's own rules speak of
NOREPLY = "users.noreply."
HANDLE = re.compile(r"[^\s:@\[\]]+")
NUMBERED = re.compile(r"\d+\+(?P<plus>.+)|\d+-(?P<dash>.+)")


def systems_of(handle: str) -> tuple[str, ...]:
    """What a handle is looked up as: one key ``host:name`` for each system it stands for."""
    system, colon, name = handle.rpartition(":")
    if not colon:
        return tuple(f"{host}:{name}" for host in (*HOSTS.values(), OWN))
    return (f"{HOSTS.get(system, system)}:{name}",)


def check_handle(handle: Dated) -> None:
    """Refuse what can be no account name.

    Raises:
        ConfigError: It is empty, or has a blank, an ``@``, a colon or a bracket.
    """
    if not HANDLE.fullmatch(handle.alias.rpartition(":")[2]) and handle.place is not None:
        handle.place.fail(
            f"`handles` has {handle.alias!r}", advice="write github:ada, gitlab:ada or ada"
        )


def forge_handles(address: str) -> Iterator[str]:
    """The handles, as ``host:name``, that a forge's no-reply address may stand for.

    On GitHub only a ``+`` ends the number, because handles there may begin with digits and a
    hyphen; on GitLab the number is always there. Elsewhere either is read.
    """
    local, _, domain = address.rpartition("@")
    if not domain.startswith(NOREPLY) or not local:
        return
    host = domain.removeprefix(NOREPLY)
    found = NUMBERED.fullmatch(local)
    plus, dash = (found["plus"], found["dash"]) if found else (None, None)
    if host == HOSTS["github"]:
        yield f"{host}:{plus or local}"
    elif host == HOSTS["gitlab"]:
        if dash:
            yield f"{host}:{dash}"
    else:
        yield f"{host}:{plus or dash or local}"
