"""The organisation's rules for addresses: patterns whose parts say who somebody is.

A rule is written once by whoever knows how a company, a forge or an import made its addresses:
``{handle}@old-company.example``, ``{first}.{last}@corp.example``, ``{handle}@{uuid}`` as git-svn
writes. It holds on the days it names. Patterns are RE2, so no address takes more than linear time
(https://github.com/google/re2/wiki/WhyRE2), and are matched whole and without case.

Invariant: a rule that fits two people gives the address to neither.
"""

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import re2

from byline.errors import ConfigError
from byline.people.rows import Place
from byline.workspace.config import find_line

KEYS = ("name", "address", "pattern", "from", "until", "system", "person", "becomes")
UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
MEMORY = 64 << 20  # bytes, for all patterns together; hundreds fit
PART = re.compile(r"\{([a-z]+)\}|(\*)")
BRACES = "a part is {handle}, {id}, {first}, {last}, {uuid} or another name in small letters"
SAYS = ({"id"}, {"handle"}, {"first", "last"})


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        pattern: RE2 with named groups; `id`, `handle` or `first` and `last` say who it is, unless
            `person` or `becomes` does.
        first: The first day it holds; None: always before.
        last: The last day; None: always after.
        system: The forge or system that a handle is one of; empty: the organisation's own.
        person: The roster id of whoever every match is, or empty.
        becomes: A roster address, with groups in braces, that the match stands for, or empty.
    """

    name: str
    pattern: str
    first: dt.date | None = None
    last: dt.date | None = None
    system: str = ""
    person: str = ""
    becomes: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)


def compiled(pattern: str) -> Any:
    """A pattern as RE2 compiles it: without case, and silent about its errors.

    Raises:
        re2.error: It is none.
    """
    return re2.compile(pattern, _options())


def matcher(rules: Sequence[Rule]) -> Any:
    """One automaton for all patterns; its `Match(address)` lists the rules that fit."""
    found = re2.Set.FullMatchSet(_options())
    for rule in rules:
        found.Add(rule.pattern)
    found.Compile()
    return found


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    return options


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a rules file: TOML with ``[[rule]]`` tables, in order.

    Raises:
        ConfigError: It is missing, is no TOML, or a rule is wrong; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}", advice="check `rules` in [people]") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{path}: {error}", advice="see https://toml.io for the syntax"
        ) from error
    listed = values.pop("rule", [])
    if values or not isinstance(listed, list) or not all(isinstance(r, dict) for r in listed):
        name = next(iter(values), "rule")
        raise ConfigError(
            f"{path}:{find_line(text, [name])}: not a list of rules",
            advice="write each rule under [[rule]]",
        )
    rules = tuple(_rule(_Entry(path, text, n, one)) for n, one in enumerate(listed))
    _refuse_one_name(rules)
    return rules


@dataclass(frozen=True)
class _Entry:
    """One table of the file, and where its keys stand."""

    file: Path
    text: str
    number: int
    values: Mapping[str, Any]

    def place(self, key: str = "") -> Place:
        where = ["rule", self.number, *([key] if key else [])]
        return Place(self.file, find_line(self.text, where))

    def words(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.place(key).fail(f"`{key}` is no string", advice="write it in quotes")
        return value

    def day(self, key: str) -> dt.date | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self.place(key).fail(f"`{key}` is no date", advice=f"write {key} = 2019-12-31")
        return value


def _rule(entry: _Entry) -> Rule:
    for key in entry.values:
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, n=1)
            entry.place(key).fail(
                f"unknown key `{key}`",
                advice=f"did you mean `{close[0]}`?" if close else f"known: {', '.join(KEYS)}",
            )
    name, address, pattern = entry.words("name"), entry.words("address"), entry.words("pattern")
    if not name:
        entry.place().fail("a rule has no `name`", advice="it is what the evidence says")
    if bool(address) == bool(pattern):
        entry.place().fail(
            f"rule {name} needs one of `address` and `pattern`",
            advice='write address = "{handle}@old-company.example", or a pattern in RE2',
        )
    if set("{}") & set(PART.sub("", address)):
        entry.place("address").fail(f"rule {name} has a brace that names nothing", advice=BRACES)
    first, last = entry.day("from"), entry.day("until")
    if first and last and last < first:
        entry.place("until").fail(f"rule {name} ends before it starts", advice="correct one")
    rule = Rule(
        name=name,
        pattern=template_pattern(address) if address else pattern,
        first=first,
        last=last,
        system=entry.words("system"),
        person=entry.words("person"),
        becomes=entry.words("becomes"),
        place=entry.place(),
    )
    _check_groups(rule, entry.place("address" if address else "pattern"))
    return rule


def template_pattern(address: str) -> str:
    """The RE2 pattern of an address with parts in braces; ``{uuid}`` and ``*`` name nothing."""
    pattern, end = "", 0
    for found in PART.finditer(address):
        pattern += re.escape(address[end : found.start()])
        end = found.end()
        if found[2]:
            pattern += "[^@]*"
        else:
            pattern += UUID if found[1] == "uuid" else rf"(?P<{found[1]}>[^@]+?)"
    return pattern + re.escape(address[end:])


def _check_groups(rule: Rule, place: Place) -> None:
    try:
        groups = set(compiled(rule.pattern).groupindex)
    except re2.error as error:
        place.fail(f"rule {rule.name} is no RE2 pattern: {error}", advice="see its syntax page")
    says = [wanted for wanted in SAYS if wanted <= groups]
    ways = [bool(rule.person), bool(rule.becomes), bool(says) and not rule.becomes]
    if sum(ways) != 1 or len(says) > 1:
        place.fail(
            f"rule {rule.name} must say in one way who it is",
            advice="by {id}, {handle}, {first} and {last}, `person` or `becomes`",
        )
    if rule.system and {"handle"} not in says:
        place.fail(f"rule {rule.name} has a `system`, but no {{handle}}", advice="remove it")
    for name, _ in PART.findall(rule.becomes):
        if name and name not in groups:
            place.fail(f"rule {rule.name} has no part {{{name}}}", advice="name it in the address")


def _refuse_one_name(rules: Sequence[Rule]) -> None:
    known: dict[str, Rule] = {}
    for rule in rules:
        other = known.setdefault(rule.name, rule)
        if other is not rule and rule.place is not None and other.place is not None:
            rule.place.fail(
                f"two rules are named {rule.name}, with {other.place.seen_from(rule.place)}",
                advice="the evidence names the rule: give each its own name",
            )
