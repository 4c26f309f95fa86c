"""Checking tag objects, which never enter the mirror.

A tag may be malformed in ways that stop git from parsing it at all, and then `git fsck` names no
message id. So git's own check (``fsck_tag`` in https://github.com/git/git/blob/master/fsck.c) is
followed here, in its order; the tests hold it against `git mktag`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from byline.work.git.command import run
from byline.work.git.findings import MAX_TEXT, Finding
from byline.work.git.objects import ObjectReader
from byline.work.git.quarantine import Quarantined

MAX_TAG_BYTES = 1 << 20
KINDS = frozenset({b"commit", b"tree", b"blob", b"tag"})
BAD_REF = re.compile(rb"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\A[./]|[./]\Z|\.lock(?:/|\Z)|\A\Z")


def check_tags(window: Path, oids: set[str]) -> list[Quarantined]:
    """What is wrong with those of some objects that are tags, and with the tags that they name."""
    found: list[Quarantined] = []
    seen: set[str] = set()
    pending = set(oids)
    with ObjectReader(window) as reader:
        while pending:
            seen |= pending
            tags = _small_tags(window, pending)
            pending = set()
            for oid, data in zip(tags, reader.read_all(tags), strict=True):
                found += [
                    Quarantined(one.oid, "tag", one.message, one.text)
                    for one in tag_findings(oid, data)
                ]
                inner = re.match(rb"object ([0-9a-f]{40,64})\ntype tag\n", data)
                if inner and (named := inner[1].decode("ascii")) not in seen:
                    pending.add(named)
    return found


def _small_tags(window: Path, oids: set[str]) -> list[str]:
    answer = run(
        window, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", "--buffer",
        stdin="".join(f"{oid}\n" for oid in sorted(oids)).encode("ascii"),
    )  # fmt: skip
    rows = [line.split(" ") for line in answer.decode("ascii").splitlines()]
    return [
        row[0] for row in rows if len(row) == 3 and row[1] == "tag" and int(row[2]) <= MAX_TAG_BYTES
    ]


def tag_findings(oid: str, data: bytes) -> list[Finding]:
    """What git would find wrong with a tag, in git's order."""
    return [Finding(oid, message, text[:MAX_TEXT]) for message, text in _tag(data, len(oid))]


def header_finding(data: bytes) -> tuple[str, str] | None:
    """What is wrong with the header of a commit or tag as a whole."""
    end = data.find(b"\n\n")
    zero = data.find(b"\0", 0, end if end >= 0 else len(data))
    if zero >= 0:
        return "nulInHeader", f"unterminated header: NUL at offset {zero}"
    if end < 0 and not data.endswith(b"\n"):
        return "unterminatedHeader", "unterminated header"
    return None


def _tag(data: bytes, width: int) -> Iterator[tuple[str, str]]:
    wrong = header_finding(data)
    if wrong:
        yield wrong
        return
    if not data.startswith(b"object "):
        yield "missingObject", "invalid format - expected 'object' line"
        return
    named, _, rest = data[7:].partition(b"\n")
    if not re.fullmatch(rb"[0-9a-f]{%d}" % width, named):
        yield "badObjectSha1", "invalid 'object' line format - bad sha1"
    if not rest.startswith(b"type "):
        yield "missingTypeEntry", "invalid format - expected 'type' line"
        return
    kind, ended, rest = rest[5:].partition(b"\n")
    if not ended:
        yield "missingType", "invalid format - unexpected end after 'type' line"
        return
    if kind not in KINDS:
        yield "badType", "invalid 'type' value"
    if not rest.startswith(b"tag "):
        yield "missingTagEntry", "invalid format - expected 'tag' line"
        return
    name, ended, rest = rest[4:].partition(b"\n")
    if not ended:
        yield "missingTag", "invalid format - unexpected end after 'type' line"
        return
    if BAD_REF.search(name):
        yield "badTagName", f"invalid 'tag' name: {name.decode('utf-8', 'backslashreplace')}"
    yield from _tagger(rest)


def _tagger(rest: bytes) -> Iterator[tuple[str, str]]:
    if not rest.startswith(b"tagger "):
        yield "missingTaggerEntry", "invalid format - expected 'tagger' line"
    else:
        line, _, rest = rest[7:].partition(b"\n")
        wrong = person_finding(line)
        if wrong:
            yield wrong, "invalid author/committer line"
    if rest and not rest.startswith(b"\n"):
        yield "extraHeaderEntry", "invalid format - extra header(s) after 'tagger'"


_OPEN = rb"[^<>]*+<"
_DATED = _OPEN + rb"[^<>]*+> "
# What a person's line must match, in git's order, and the message id where it does not.
PERSON_STEPS = (
    ("missingNameBeforeEmail", rb"(?!<)"),
    ("badName", rb"[^<>]*+(?!>)"),
    ("missingEmail", _OPEN),
    ("missingSpaceBeforeEmail", rb"[^<>]*+(?<= )<"),
    ("badEmail", _OPEN + rb"[^<>]*+>"),
    ("missingSpaceBeforeDate", _DATED),
    ("zeroPaddedDate", _DATED + rb"(?!0(?! ))"),
    ("badDateOverflow", _DATED + rb"(?!-[0-9]|[0-9]{20}|9[3-9][0-9]{17}|922[4-9][0-9]{15})"),
    ("badDate", _DATED + rb"[0-9]++ "),
    ("badTimezone", _DATED + rb"[0-9]++ [+-][0-9]{4}\Z"),
)


def person_finding(line: bytes) -> str | None:
    """The message id of what is wrong with a person's line, without its keyword, or None."""
    return next((name for name, must in PERSON_STEPS if not re.match(must, line)), None)
