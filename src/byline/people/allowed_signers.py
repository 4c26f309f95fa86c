"""Allowed signers files: which SSH key stands for whom, as ssh-keygen(1) has it.

A line gives patterns of principals, options, and a key (ALLOWED SIGNERS in the manual). A
principal is an address, or an id of the roster. Certificate authorities are refused: list the keys
themselves. Days and times are UTC, with or without the ``Z``, so that the answer does not depend on
where the command runs.
"""

import base64
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from byline.errors import ConfigError
from byline.people.signature_errors import SignatureError
from byline.people.sshsig import KEY_TYPES, check_of

MAX_FILE = 1 << 24  # bytes of one file of keys
SPACE = " \t"
WORD = re.compile(r'"[^"]*"|[^\s"]+')
OPTIONS = re.compile(r'(?:[^\s"]|"(?:\\"|[^"])*")+')
OPTION = re.compile(r'\s*([A-Za-z-]+)(?:="((?:\\"|[^"])*)")?\s*(?:,|$)')
KEY_KIND = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+")
TIME = re.compile(r"(\d{8}|\d{12}|\d{14})Z?")
EXAMPLE = "write: ada@corp.example ssh-ed25519 AAAA…"


@dataclass(frozen=True)
class AllowedSigner:
    """One line of an allowed signers file.

    Attributes:
        key: The public key, decoded.
        principals: Patterns, in order; ``!`` begins one that takes away.
        namespaces: Patterns of what the key may sign; none: everything.
        after: From when on it is valid, in seconds since 1970.
        before: Until when it is valid.
        place: File and line.
    """

    key: bytes
    principals: tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    after: int | None = None
    before: int | None = None
    place: str = field(default="", compare=False, repr=False)

    def signs_commits(self) -> bool:
        """Whether it may sign for git."""
        return not self.namespaces or matches("git", self.namespaces)

    def is_valid(self, time: int) -> bool:
        """Whether it is valid at a time, as ssh-keygen decides it: both bounds included."""
        return not (
            (self.after is not None and time < self.after)
            or (self.before is not None and time > self.before)
        )


def matches(text: str, patterns: Sequence[str]) -> bool:
    """Whether a list of patterns allows a text, as OpenSSH's match_pattern_list does.

    Letters' case is not told apart: no address of one person is another's in capitals.
    """
    folded = text.casefold()
    allowed = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if _fits(folded, pattern[1:].casefold()):
                return False
        elif not allowed:
            allowed = _fits(folded, pattern.casefold())
    return allowed


def _fits(text: str, pattern: str) -> bool:
    """Whether a pattern of ``*`` and ``?`` fits a whole text, in time bounded by both lengths."""
    if "*" not in pattern and "?" not in pattern:
        return text == pattern
    at = star = 0
    mark = -1
    place = 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            mark, star = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            at, place = at + 1, place + 1
        elif mark >= 0:
            star += 1
            at, place = star, mark + 1
        else:
            return False
    return all(letter == "*" for letter in pattern[place:])


def is_open(pattern: str) -> bool:
    """Whether a pattern fits several people: a wildcard stands in the name before the ``@``."""
    name, at, _ = pattern.rpartition("@")
    return bool(re.search(r"[*?]", name if at else pattern))


def read_allowed_signers(path: Path) -> tuple[AllowedSigner, ...]:
    """Read an allowed signers file.

    Raises:
        ConfigError: It cannot be read, or a line is wrong; the message names it.
    """
    try:
        text = read_keys(path, "allowed_signers").decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8") from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(SPACE + "\r")
        if stripped and not stripped.startswith("#"):
            found.append(_allowed(stripped, f"{path}:{number}"))
    return tuple(found)


def _allowed(line: str, place: str) -> AllowedSigner:
    first = WORD.match(line)
    principals = tuple(one for one in first[0].strip('"').split(",") if one) if first else ()
    if first is None or not principals or "\0" in line:
        raise ConfigError(f"{place}: no principals", advice=EXAMPLE)
    rest = line[first.end() :].strip(SPACE)
    given = OPTIONS.match(rest)
    options: dict[str, str] = {}
    if given is not None and not KEY_KIND.fullmatch(given[0]):
        options = _options(given[0], place)
        rest = rest[given.end() :].strip(SPACE)
    after, before = (_time(options, name, place) for name in ("valid-after", "valid-before"))
    if after is not None and before is not None and before <= after:
        raise ConfigError(f"{place}: it expires before it is valid", advice="correct one of them")
    return AllowedSigner(
        key=_key(rest, place),
        principals=principals,
        namespaces=tuple(one for one in options.get("namespaces", "").split(",") if one),
        after=after,
        before=before,
        place=place,
    )


def _options(text: str, place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = OPTION.match(text, at)
        name = match[1].lower() if match else text[at:].partition(",")[0]
        if name == "cert-authority":
            raise ConfigError(
                f"{place}: `cert-authority` is not supported",
                advice="list the keys that it certified, each with its principal",
            )
        if match is None or name not in ("namespaces", "valid-after", "valid-before"):
            raise ConfigError(
                f"{place}: {name!r} is not an option",
                advice='options are namespaces="…", valid-after="…", valid-before="…"',
            )
        if name in found or match[2] is None:
            problem = "is given twice" if name in found else "has no value in double quotes"
            raise ConfigError(f"{place}: `{name}` {problem}", advice='write it once: name="value"')
        found[name] = match[2].replace('\\"', '"')
        at = match.end()
    return found


def _time(options: Mapping[str, str], name: str, place: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    match = TIME.fullmatch(text)
    try:
        # fromisoformat reads 20261124 and 20261124T0930 alike.
        digits = match[1] if match else ""
        when = dt.datetime.fromisoformat(f"{digits[:8]}T{digits[8:] or '00'}+00:00")
    except ValueError as error:
        raise ConfigError(
            f"{place}: `{name}` is {text!r}", advice="write YYYYMMDD or YYYYMMDDHHMMSS, in UTC"
        ) from error
    return int(when.timestamp())


def _key(text: str, place: str) -> bytes:
    kind, data = [*text.split(None, 2), "", ""][:2]
    try:
        key = base64.b64decode(data, validate=True)
        check_of(key)
    except (SignatureError, ValueError) as error:
        known = ", ".join(sorted(name.decode("ascii") for name in KEY_TYPES))
        raise ConfigError(
            f"{place}: this is not a public key that is checked here: {error}",
            advice=f"a key is one of {known}, and its base64",
        ) from error
    name = kind.encode()
    if key[: 4 + len(name)] != len(name).to_bytes(4, "big") + name:
        raise ConfigError(f"{place}: the key is not of the kind {kind!r}", advice="copy it whole")
    return key


def read_keys(path: Path, key: str) -> bytes:
    """The bytes of a file of keys; `key` is what names it in the configuration.

    Raises:
        ConfigError: It cannot be read, or is far too large.
    """
    try:
        with path.open("rb") as source:
            data = source.read(MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", advice=f"check `{key}` in [people]"
        ) from error
    if len(data) > MAX_FILE:
        raise ConfigError(f"{path} is larger than any list of keys", advice=f"check `{key}`")
    return data
