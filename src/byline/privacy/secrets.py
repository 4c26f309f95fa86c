"""Secrets in texts: the betterleaks engine in process, and rules of our own, as one answer.

Invariants: validation is never asked for, so nothing found is sent anywhere; marks in the text
that tell a scanner to look away ("gitleaks:allow") are not obeyed, because texts are untrusted; the
value of a secret is not part of what is returned. Every further occurrence of a found value in the
same text is found too.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Final

import ahocorasick
import betterleaks
import re2

from byline.errors import BylineError, InputError
from byline.privacy.placeholders import is_placeholder, is_reference, looks_like_password
from byline.privacy.rules import Found, apply_rules
from byline.privacy.secret_rules import SECRET_RULES
from byline.privacy.spans import Finding, merged, to_code_points

RULES_DETECTOR: Final = "byline.secrets"
RULES_VERSION: Final = "1"
ENGINE_DETECTOR: Final = "betterleaks"
ENGINE_VERSION: Final = f"{betterleaks.__version__}+{betterleaks.__upstream_version__}"

CHUNK: Final = 32_768
"""Bytes handed to betterleaks at once: its time grows faster than the text (51 MB/s on files of
20 kB, 4 MB/s on one of 4.7 MB)."""

OVERLAP: Final = 2_048
"""Bytes that consecutive chunks share, so that a secret at a border is whole in one of them."""

REPEAT_LENGTH: Final = 8
"""A value of at least this many characters is looked for in the rest of its text."""

KEY_REACH: Final = 32_768
"""The most bytes that a PEM or PGP private key may take."""

ALLOW_MARK: Final = re2.compile(r"(?i)(gitleaks|betterleaks|trufflehog|detect-secrets)(:)(allow)")
KEY_HEADER: Final = re2.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
KEY_FOOTER: Final = re2.compile(r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
KEY_LINES: Final = re2.compile(
    r"^(?:(?:\\[rn]|[\s\"'+>|#*,;]|[A-Z][A-Za-z-]+: [^\n]*\n)*[A-Za-z0-9+/=]{16,})+"
)
KEY_BODY: Final = re2.compile(r"[A-Za-z0-9+/=]{16,}")

Located = tuple[Found, str, str]
"""What was found, by which detector, of which version."""

_loaded_in: int | None = None


def find_secrets(texts: Sequence[str]) -> list[list[Finding]]:
    """Find secrets in each text.

    Args:
        texts: Valid Unicode strings (no lone surrogates), of any length.

    Returns:
        For each text its findings, category ``secret``, without overlaps and in order of place.

    Raises:
        BylineError: The scanning engine was loaded before this process was forked.
        InputError: The engine failed on a text.
    """
    return [find_secrets_in(text.encode("utf-8")) for text in texts]


def find_secrets_in(data: bytes) -> list[Finding]:
    """Find secrets in one text given as UTF-8."""
    if not data:
        return []
    own = [*_private_keys(data), *apply_rules(SECRET_RULES, data)]
    engine = list(_engine_findings(data))
    found: list[Located] = [(one, RULES_DETECTOR, RULES_VERSION) for one in own]
    found += [(one, ENGINE_DETECTOR, ENGINE_VERSION) for one in engine]
    found += _repeats(found, data)
    offsets = [offset for one, _, _ in found for offset in (one.start, one.end)]
    points = to_code_points(data, offsets)
    return merged(
        Finding(points[2 * at], points[2 * at + 1], "secret", one.kind, detector, version)
        for at, (one, detector, version) in enumerate(found)
    )


def _private_keys(data: bytes) -> Iterator[Found]:
    """Private key blocks, whole: real lines or escaped ones, with or without their last line."""
    if b"PRIVATE KEY" not in data:
        return
    for header in KEY_HEADER.finditer(data):
        body = data[header.end() : header.end() + KEY_REACH]
        another = KEY_HEADER.search(body)
        body = body[: another.start()] if another else body
        footer = KEY_FOOTER.search(body)
        lines = None if footer else KEY_LINES.search(body)
        length = footer.end() if footer else lines.end() if lines else 0
        key = body[: footer.start()] if footer else body[:length]
        if KEY_BODY.search(key):
            start, end = header.start(), header.end() + length
            yield Found("private-key", start, end, data[start:end].decode("utf-8", "replace"))


def _engine_findings(data: bytes) -> Iterator[Found]:
    """What betterleaks reports, as byte spans; generic rules pass our filter for placeholders."""
    _refuse_after_fork()
    for begin, end in _chunks(data):
        chunk = data[begin:end].replace(b"\0", b" ")
        chunk = ALLOW_MARK.sub(rb"\1 \3", chunk)
        reports = _scan(chunk)
        lines = _line_starts(chunk) if reports else []
        for report in reports:
            value = report.match.value
            if not report.rule_id.startswith("generic") or _is_plausible(report.rule_id, value):
                yield from _located(report, chunk, lines, begin)


def _is_plausible(rule: str, value: str) -> bool:
    """Whether the value of a generic rule is more than a word of the code around it."""
    if rule == "generic-password":
        return looks_like_password(value) and not is_reference(value)
    return not is_placeholder(value) and not is_reference(value)


def _scan(chunk: bytes) -> list[betterleaks.Finding]:
    try:
        return list(betterleaks.scan_string(chunk.decode("utf-8")))
    except betterleaks.BetterleaksError as error:
        raise InputError(
            f"the secret scanner failed on a text: {error}",
            advice="Exclude the file from collection, or report the file's shape upstream.",
        ) from error


def _located(
    report: betterleaks.Finding, chunk: bytes, lines: Sequence[int], begin: int
) -> Iterator[Found]:
    """The place of a reported value: where it stands from the reported line on.

    The engine's columns count bytes of the match, which can be wider than the value, and the value
    may have been decoded first; then the reported lines are the only honest span.
    """
    first = lines[min(max(report.location.start_line - 1, 0), len(lines) - 1)]
    value = report.match.value.encode("utf-8")
    at = chunk.find(value, first) if value else -1
    if at < 0:
        last = lines[report.location.end_line] if report.location.end_line < len(lines) else None
        at, value = first, chunk[first:last].rstrip(b"\r\n")
    if value:
        text = value.decode("utf-8", "replace")
        yield Found(report.rule_id, begin + at, begin + at + len(value), text)


def _line_starts(data: bytes) -> list[int]:
    """Offsets at which the lines of `data` begin."""
    starts = [0]
    at = data.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = data.find(b"\n", at + 1)
    return starts


def _chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Overlapping byte ranges that start and end between characters, at line ends if there are."""
    begin = 0
    while True:
        end = min(begin + CHUNK, len(data))
        if end < len(data):
            end = _boundary(data, end)
        yield begin, end
        if end >= len(data):
            return
        begin = _boundary(data, end - OVERLAP)


def _boundary(data: bytes, near: int) -> int:
    """The last line start at or before `near` within `OVERLAP` bytes, else a character start."""
    newline = data.rfind(b"\n", max(0, near - OVERLAP), near)
    if newline >= 0:
        return newline + 1
    while near < len(data) and (data[near] & 0xC0) == 0x80:
        near += 1
    return near


def _repeats(found: Sequence[Located], data: bytes) -> list[Located]:
    """Every place in the text where a found value stands, in one pass for all values."""
    automaton = ahocorasick.Automaton()
    for one, detector, version in reversed(found):
        if len(one.value) >= REPEAT_LENGTH:
            value = data[one.start : one.end]
            automaton.add_word(value.decode("latin-1"), (one, len(value), detector, version))
    if not len(automaton):
        return []
    automaton.make_automaton()
    reached: dict[str, int] = {}
    repeats: list[Located] = []
    # Latin-1 has one character for each byte, so the automaton's places are byte offsets.
    for last, (one, length, detector, version) in automaton.iter(data.decode("latin-1")):
        start = last + 1 - length
        if start >= reached.get(one.value, 0):
            reached[one.value] = last + 1
            repeats.append((Found(one.kind, start, last + 1, one.value), detector, version))
    return repeats


def _refuse_after_fork() -> None:
    """The engine is a Go library; Go does not survive fork, and a call would hang for ever."""
    global _loaded_in  # noqa: PLW0603 - the state is the process's own
    if _loaded_in is None:
        _loaded_in = os.getpid()
    elif _loaded_in != os.getpid():
        raise BylineError(
            "the secret scanner was used before this process was forked",
            advice='Start worker processes with the "spawn" or "forkserver" method.',
        )
