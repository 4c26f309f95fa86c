"""Whose word makes a checkpoint believed, and the file that says so (https://c2sp.org/tlog-policy).

A policy names logs, witnesses, groups of them, and the quorum: "the company's witness, and any of
the union, the regulator and the auditor". Invariants: a key is listed once, whatever it is called;
a name is a member of one group at most, so that nobody counts twice; names are octets, never folded
or normalised; what a line does not need is refused, with the number of the line.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from byline.proof.cosignature import Cosigner, parse_cosigner
from byline.proof.errors import MalformedError
from byline.proof.note import Verifier, parse_vkey

NONE = "none"
MAX_POLICY_BYTES = 1_000_000
MAX_LINES_OF_A_KIND = 256
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_SPACE = re.compile("[ \t]+")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class KnownLog:
    """A log that is believed, and where it can be asked, if that is stated."""

    verifier: Verifier
    url: str = ""


@dataclass(frozen=True)
class KnownWitness:
    """A witness, by the name it has in the policy, and where it can be asked."""

    name: str
    cosigner: Cosigner
    url: str = ""


@dataclass(frozen=True)
class Group:
    """So many of the members must have cosigned, each a witness or an earlier group."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Logs, witnesses, groups in the order of their lines, and the quorum's name or `none`."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    @property
    def verifiers(self) -> list[Verifier]:
        """The keys of the logs."""
        return [log.verifier for log in self.logs]

    @property
    def cosigners(self) -> list[Cosigner]:
        """The keys of the witnesses."""
        return [witness.cosigner for witness in self.witnesses]

    def is_met(self, signed: Collection[str]) -> bool:
        """Whether cosignatures by the witnesses of these names are a quorum."""
        met = {NONE, *signed}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum in met

    def missing(self, signed: Collection[str]) -> list[str]:
        """The names of the witnesses that have not cosigned, in the policy's order."""
        return [witness.name for witness in self.witnesses if witness.name not in signed]

    def in_words(self) -> str:
        """The quorum for a person, such as `all of (company, any of (union, auditor))`."""
        groups = {group.name: group for group in self.groups}

        def words(name: str) -> str:
            if name not in groups:
                return name
            group = groups[name]
            number = len(group.members)
            many = {number: "all", 1: "any"}.get(group.threshold, str(group.threshold))
            if number == 1:
                return words(group.members[0])
            return f"{many} of ({', '.join(map(words, group.members))})"

        if self.quorum == NONE:
            return "nobody beside the log"
        return words(self.quorum).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass
class _Reading:
    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[KnownWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str = ""
    keys: dict[tuple[str, bytes], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)


def log_alone(*verifiers: Verifier) -> Policy:
    """The policy of a log that nobody witnesses: its own keys, and no quorum."""
    return Policy(tuple(map(KnownLog, verifiers)))


def parse_policy(text: bytes | str) -> Policy:
    """Read a policy file; MalformedError with the number of the first line that is wrong."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if len(data) > MAX_POLICY_BYTES:
        raise MalformedError(f"expected a policy of at most {MAX_POLICY_BYTES} bytes")
    reading = _Reading()
    # Octets that are not UTF-8 become lone surrogates, each its own: names stay octet strings.
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    bad = _FORBIDDEN.search(data)
    if bad is not None:
        number = data.count(b"\n", 0, bad.start()) + 1
        raise MalformedError(f"policy line {number}: control character 0x{bad[0].hex()}")
    if lines[-1]:
        raise MalformedError(f"policy line {len(lines)}: it does not end in a newline")
    for number, line in enumerate(lines, 1):
        try:
            _read_line(reading, number, [word for word in _SPACE.split(line) if word])
        except MalformedError as error:
            raise MalformedError(f"policy line {number}: {error}", advice=error.advice) from error
    if not reading.quorum:
        raise MalformedError(
            "policy: expected a quorum line, there is none", advice="end it with `quorum NAME`"
        )
    parts = (tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups))
    return Policy(*parts, reading.quorum)


def format_policy(policy: Policy) -> bytes:
    """Write a policy so that `parse_policy` reads the same."""
    lines = [_words("log", log.verifier.vkey, log.url) for log in policy.logs]
    lines += [_words("witness", one.name, one.cosigner.vkey, one.url) for one in policy.witnesses]
    lines += [_words("group", one.name, str(one.threshold), *one.members) for one in policy.groups]
    lines.append(_words("quorum", policy.quorum))
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    if parse_policy(data) != policy:
        raise MalformedError("this policy cannot be written: a name or address has a space in it")
    return data


def _words(*words: str) -> str:
    return " ".join(word for word in words if word)


def _read_line(reading: _Reading, number: int, words: Sequence[str]) -> None:
    if not words or words[0].startswith("#"):
        return
    readers = {"log": _log, "witness": _witness, "group": _group, "quorum": _quorum}
    if words[0] not in readers:
        known = ", ".join(readers)
        raise MalformedError(f"expected one of {known} or a comment, got {words[0][:40]!r}")
    readers[words[0]](reading, number, words[1:])
    if max(len(reading.logs), len(reading.witnesses), len(reading.groups)) > MAX_LINES_OF_A_KIND:
        raise MalformedError(f"expected at most {MAX_LINES_OF_A_KIND} lines of a kind")


def _log(reading: _Reading, number: int, words: Sequence[str]) -> None:
    vkey, url = _with_url(words, "log VKEY [URL]", count=1)
    verifier = parse_vkey(vkey)
    _expect_new_key(reading, number, "log", verifier.public_key)
    reading.logs.append(KnownLog(verifier, url))


def _witness(reading: _Reading, number: int, words: Sequence[str]) -> None:
    name, vkey, url = _with_url(words, "witness NAME VKEY [URL]", count=2)
    cosigner = parse_cosigner(vkey)
    _expect_new_key(reading, number, "witness", cosigner.public_key)
    _define(reading, number, name)
    reading.witnesses.append(KnownWitness(name, cosigner, url))


def _group(reading: _Reading, number: int, words: Sequence[str]) -> None:
    if len(words) < len(("name", "threshold", "member")):
        raise MalformedError("expected group NAME all|any|NUMBER MEMBER…")
    name, many, *members = words
    for member in members:
        _expect_defined(reading, member)
        if member in reading.members:
            raise MalformedError(
                f"{member!r} is a member already, on line {reading.members[member]}",
                advice="a witness counts in one group only",
            )
        reading.members[member] = number
    _define(reading, number, name)
    reading.groups.append(Group(name, _threshold(many, len(members)), tuple(members)))


def _quorum(reading: _Reading, _: int, words: Sequence[str]) -> None:
    if len(words) != 1:
        raise MalformedError("expected quorum NAME")
    if reading.quorum:
        raise MalformedError("expected one quorum line, got a second")
    if words[0] != NONE:
        _expect_defined(reading, words[0])
    reading.quorum = words[0]


def _threshold(many: str, members: int) -> int:
    if many in {"all", "any"}:
        return members if many == "all" else 1
    if not _THRESHOLD.fullmatch(many) or int(many) > members:
        raise MalformedError(f"expected all, any or 1 to {members}, got {many[:20]!r}")
    return int(many)


def _with_url(words: Sequence[str], form: str, *, count: int) -> list[str]:
    if not count <= len(words) <= count + 1:
        raise MalformedError(f"expected {form}")
    return [*words, ""][: count + 1]


def _define(reading: _Reading, number: int, name: str) -> None:
    if name == NONE:
        raise MalformedError("the name `none` means that no quorum is asked")
    if name in reading.names:
        raise MalformedError(f"{name!r} is defined already, on line {reading.names[name]}")
    reading.names[name] = number


def _expect_defined(reading: _Reading, name: str) -> None:
    if name not in reading.names:
        raise MalformedError(f"{name[:80]!r} is not defined on a line above")


def _expect_new_key(reading: _Reading, number: int, kind: str, public_key: bytes) -> None:
    known = reading.keys.setdefault((kind, public_key), number)
    if known != number:
        raise MalformedError(
            f"this key is listed already, on line {known}",
            advice="a key counts once, whatever names it has",
        )
