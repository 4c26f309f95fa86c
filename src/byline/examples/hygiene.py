"""What of a comment nobody meant to say: e-mail remains, sign-offs, hidden text, coverage.

Sign-offs are not lost by this: they are facts about who took part, which `byline.people` reads from
the commits. Rules after training practice for review corpora (The Stack v2, arXiv 2402.19173; SWE-
RL, arXiv 2502.18449), in the forms that the forges' own mail gateways write.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from byline.examples.text_cuts import Cut, Ranges, line_spans

INTRODUCES: Final = re.compile(
    r"^\s*(?=.*\d)(?:On\b.{4,300}\bwrote|Am\b.{4,300}\bschrieb\b.{0,200}|Le\b.{4,300}\ba écrit"
    r"|El\b.{4,300}\bescribió)\s*:\s*$"
)
"""The line by which mail programs introduce what they quote."""
BEGINS: Final = re.compile(r"^\s*(?:On|Am|Le|El)\b(?=.*\d).{4,200}$")
ENDS: Final = re.compile(r"^.{0,200}\b(?:wrote|a écrit|escribió)\s*:\s*$")
SAYS: Final = re.compile(
    r"(?i)^.{0,120}(?:@[\w.-]+|\b(?:wrote|writes|said|says|commented|asked|replied))\s*:\s*$"
)
ORIGINAL: Final = re.compile(r"(?i)^\s*-{3,}\s*(?:original|forwarded) message\s*-{3,}\s*$")
HEADER: Final = re.compile(r"(?i)^\s*\*?(?P<name>from|sent|date|to|cc|subject):\*?\s")
FOOTER: Final = re.compile(
    r"(?i)^\s*(?:reply to this email directly|you are receiving this (?:because|email)"
    r"|to unsubscribe from this|you(?:'re| are) receiving this)"
)
DEVICE: Final = re.compile(r"(?i)^\s*(?:sent|von|envoyé) (?:from|von|depuis|meinem) .{1,60}$")
TRAILER: Final = re.compile(
    r"(?i)^\s*(?:signed-off|co-authored|co-developed|reviewed|acked|tested|reported|suggested"
    r"|approved|helped|mentored)-by:\s|^\s*(?:change-id|cc):\s"
)
COVERAGE: Final = re.compile(
    r"(?i)\b(?:codecov\.io|coveralls\.io|codecov report)|^\W*coverage (?:in|de)creased"
    r"|^\W*patch coverage"
)
SIGNATURE_LINES: Final = 12
"""A line of two hyphens begins a signature only where so few lines follow."""


def hygiene(text: str, code: Ranges) -> list[Cut]:
    """What to take out of a text before anything is learned from it.

    Args:
        text: The text.
        code: Its code, which is left alone.
    """
    lines = [
        (start, end) for start, end in line_spans(text) if not code.holds(start)
    ]  # a line inside a fence is nobody's e-mail
    return [
        *_comments(text, code), *_mail(text, lines), *_trailers(text, lines),
        *_coverage(text, lines),
    ]  # fmt: skip


def _comments(text: str, code: Ranges) -> Iterator[Cut]:
    """HTML comments; one that is never closed hides all that follows, as in a browser."""
    start = text.find("<!--")
    while start >= 0:
        end = start + 4
        if not code.holds(start):
            closed = text.find("-->", end)
            end = closed + 3 if closed >= 0 else len(text)
            yield Cut(start, end)
        start = text.find("<!--", end)


def _mail(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[Cut]:
    words = [text[start : min(end, start + 400)].rstrip("\n\r") for start, end in lines]
    for number, (start, end) in enumerate(lines):
        line = words[number]
        if _ends_mail(words, number, len(lines)):
            yield Cut(start, len(text))
            return
        if DEVICE.match(line):
            yield Cut(start, end)
        reach = _mail_quote(words, number)
        if reach is not None:
            last = _end_of_quote(words, reach)
            if last == reach:  # quoted without marks: where it ends cannot be known
                yield Cut(start, len(text))
                return
            yield Cut(start, lines[last - 1][1])
        elif SAYS.match(line) and _follows_quote(words, number):
            yield Cut(start, end)


def _mail_quote(words: Sequence[str], number: int) -> int | None:
    """The first line of what a mail program's line here introduces, or None."""
    if INTRODUCES.match(words[number]):
        return number + 1
    following = words[number + 1] if number + 1 < len(words) else ""
    if BEGINS.match(words[number]) and ENDS.match(following):
        return number + 2
    return None


def _follows_quote(words: Sequence[str], number: int) -> bool:
    return number + 1 < len(words) and words[number + 1].lstrip().startswith(">")


def _end_of_quote(words: Sequence[str], number: int) -> int:
    """The line after the quoted lines that follow, blank ones between them included."""
    last = number
    while number < len(words):
        line = words[number].strip()
        if line.startswith(">"):
            last = number + 1
        elif line:
            break
        number += 1
    return last


def _ends_mail(words: Sequence[str], number: int, count: int) -> bool:
    """Whether nothing from this line on is the writer's own."""
    line = words[number]
    if ORIGINAL.match(line) or FOOTER.match(line):
        return True
    if line in ("--", "-- ") and number > 0 and count - number <= SIGNATURE_LINES:
        return True
    found = HEADER.match(line)
    if found is None or found["name"].lower() != "from":
        return False
    names = {
        header["name"].lower()
        for header in map(HEADER.match, words[number : number + 5])
        if header is not None
    }
    return "subject" in names and bool(names & {"sent", "date", "to"})


def _trailers(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[Cut]:
    for start, end in lines:
        if TRAILER.match(text[start : min(end, start + 80)]):
            yield Cut(start, end)


def _coverage(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[Cut]:
    """Paragraphs that a coverage service wrote or that are copied from it."""
    first: int | None = None
    reports = False
    for start, end in [*lines, (len(text), len(text))]:
        line = text[start:end]
        if line.strip():
            first = start if first is None else first
            reports = reports or bool(COVERAGE.search(line[:400]))
            continue
        if first is not None and reports:
            yield Cut(first, start)
        first, reports = None, False
