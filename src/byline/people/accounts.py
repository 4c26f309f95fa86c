"""Accounts that are not people: bots, and AI agents that author or co-author commits.

An organisation's own patterns come first, those that say "this is a person" before all; then the
known accounts of `account_list`; then forms that only machines' names take. An account is never
taken for a machine on a first name alone (a person may be called Claude), nor on a surname (Bot is
one): whoever is wrongly taken for a bot loses their say.
"""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from byline.people.account_list import AGENTS, BOTS, CHECKED, KnownAccount

FORGE_ADDRESS = re.compile(
    r"^(?:\d+[+-])?(?P<login>.+)@(?:users\.)?noreply\.(?:github\.com|gitlab\.com|codeberg\.org)$"
)
# A model's name with its version, as some agents sign: "Claude Opus 4.6", "GPT-5.5 Codex".
MODEL_NAME = re.compile(
    r"^(?:claude(?: code)?[ -](?:opus|sonnet|haiku|\d)[\w. ()/-]*|(?:chat)?gpt-\d[\w. ()/-]*|"
    r"gemini[ -]\d[\w. ()/-]*|aider \(.*\))$"
)
MACHINE_LOGIN = re.compile(r"^[^\s@]+[-_](?:bot|ci|linter|automation)$|^bot$|\(bot\)$|\[bot\]$")
ENDS_IN_BOT = re.compile(r"(?:^|[ _-])bot$")
MACHINE_WORD = re.compile(
    r"\b(?:github|gitlab|gerrit|jenkins|ci|cd|build|builds|release|merge|deploy|sync|update|"
    r"updater|updates|translations?|automation|formatter|linter|lint|review|test|backport|version|"
    r"security|import|export|mirror|nightly|renovate|dependabot|coding|changelog|publish)\b"
)
# "anna.bot@" is Anna Bot's: the word counts only where it comes first.
MACHINE_ADDRESS = re.compile(
    r"^(?:bot|robot)[^a-z]|(?:^|[^a-z])(?:automation|no-?reply|donotreply)(?:[^a-z]|$)"
)


@dataclass(frozen=True)
class Overrides:
    """An organisation's own patterns (shell globs), from `[people]` in the configuration.

    A pattern is matched with the address; one that holds ``<`` with ``Name <address>``.
    """

    bots: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    not_bots: tuple[str, ...] = ()


NONE = Overrides()


@dataclass(frozen=True)
class Taken:
    """Why an account is not taken for a person.

    Attributes:
        population: ai | bot.
        account: Which account it is, or ``""`` where only its form is known.
        rule: The pattern or form that did it.
        source: Where the rule is from, with the day it was checked.
    """

    population: str
    account: str
    rule: str
    source: str


def population(
    name: str,
    email: str,
    *,
    bots: Sequence[str] = (),
    agents: Sequence[str] = (),
    not_bots: Sequence[str] = (),
) -> str | None:
    """``ai`` or ``bot`` when the account is known for one, else None.

    Args:
        name: The recorded name.
        email: The recorded address.
        bots: The organisation's own bot patterns; see `Overrides`.
        agents: Its own patterns of AI agents.
        not_bots: Its patterns of people that a rule would take wrongly; they win.
    """
    found = taken(name, email, Overrides(tuple(bots), tuple(agents), tuple(not_bots)))
    return found.population if found else None


def taken(name: str, email: str, overrides: Overrides = NONE) -> Taken | None:
    """What takes an account for a bot or an agent, or None: then it counts as a person's."""
    written = " ".join(name.split())
    address = email.strip().lower()
    if _first_match(written, address, overrides.not_bots):
        return None
    for kind, patterns in (("ai", overrides.agents), ("bot", overrides.bots)):
        pattern = _first_match(written, address, patterns)
        if pattern is not None:
            return Taken(kind, "", pattern, "the configuration")
    return _known(written.lower(), address) or _by_form(written.lower(), address)


def _first_match(name: str, address: str, patterns: Sequence[str]) -> str | None:
    whole = f"{name} <{address}>".lower()
    for pattern in patterns:
        subject = whole if "<" in pattern else address
        if fnmatch.fnmatchcase(subject, pattern.lower()):
            return pattern
    return None


@cache
def _index() -> dict[tuple[str, str], KnownAccount]:
    """Known accounts by (what is compared, its value); agents before bots."""
    index: dict[tuple[str, str], KnownAccount] = {}
    for known in (*AGENTS, *BOTS):
        for kind, values in (
            ("address", known.addresses), ("login", known.logins), ("name", known.names),
        ):  # fmt: skip
            for value in values:
                index.setdefault((kind, value), known)
    return index


def login_of(address: str) -> str:
    """The login in a forge's private address (`12+ada@users.noreply.github.com`), or ``""``."""
    match = FORGE_ADDRESS.match(address)
    return match["login"] if match else ""


def _known(name: str, address: str) -> Taken | None:
    login = login_of(address)
    for kind, value in (("address", address), ("login", login), ("name", name)):
        known = _index().get((kind, value)) if value else None
        if known is not None:
            source = f"{known.source}, {CHECKED}"
            return Taken(known.population, known.name, f"{kind} {value}", source)
    if MODEL_NAME.match(name):
        return Taken("ai", "a model", "name: a model with its version", f"a form, {CHECKED}")
    return None


def _by_form(name: str, address: str) -> Taken | None:
    """A form that only machines' names and addresses take."""
    local = address.rpartition("@")[0]
    says_of_what = MACHINE_WORD.search(name)
    own_login = (login_of(address) or local) == name.replace(" ", "-")
    rule = ""
    if local.endswith("[bot]") or name.endswith("[bot]"):
        rule = "ends in [bot]: an application of a forge"
    elif MACHINE_LOGIN.search(name):
        rule = "name: a login that ends in -bot, -ci, -linter or -automation"
    elif ENDS_IN_BOT.search(name) and (says_of_what or MACHINE_ADDRESS.search(address)):
        rule = "name ends in Bot, and name or address says what of"
    elif local.endswith("-bot") and (own_login or says_of_what):
        rule = "address ends in -bot, under the same name"
    return Taken("bot", "", rule, f"a form, {CHECKED}") if rule else None
