"""Commit messages as instructions: which of them say what the commit does.

Filters after CommitPackFT (arXiv 2308.07124) and CommitChronicle (arXiv 2308.07655): no merges,
reverts, version bumps or work in progress; a subject of a few words that starts with one. Two sets
of further rules: `company_reason` for an organisation's own history, whose subjects may follow
Conventional Commits (https://www.conventionalcommits.org/en/v1.0.0/), and `strict_reason` after
CommitPackFT's filters, re-implemented from their description.
"""

import re
from pathlib import PurePosixPath

from byline.examples.imperatives import is_imperative

TICKET = re.compile(r"\b[A-Z][A-Z0-9]+-\d+\b:?\s*|\(?#\d+\)?")
TAG = re.compile(r"^(?:\[[^\]]*\]\s*|[\w./-]+(?:\([^)]*\))?!?:\s+)+")
MACHINE = re.compile(
    r"^(?:merge\b|revert\b|bump\b|wip\b|fixup!|squash!|amend!|release\b|version\b|v?\d+\.\d+|"
    r"update (?:dependenc|changelog|version)|initial commit|\.+$)",
    re.IGNORECASE,
)
TRAILER = re.compile(
    r"^[A-Za-z][A-Za-z-]*-[Bb]y:|^(?:Change-Id|Fixes|Closes|Refs?|See):", re.MULTILINE
)
URL_ONLY = re.compile(r"^\S*https?://\S+$")
MIN_WORDS, MAX_SUBJECT = 3, 200


def instruction(message: str, *, bumps: bool = False) -> tuple[str | None, str]:
    """What a message asks for, without tickets, tags and trailers; and why not, if None.

    Args:
        message: As it was written.
        bumps: Whether a new version of something may be asked for.

    Returns:
        The instruction and an empty string, or None and the reason.
    """
    subject, _, body = message.strip().partition("\n")
    plain = TAG.sub("", TICKET.sub("", subject)).strip()
    machine = MACHINE.match(plain) or MACHINE.match(subject)
    if machine and not (bumps and machine[0].lower() == "bump"):
        return None, "message: machine_or_unfinished"
    if URL_ONLY.match(plain):
        return None, "message: only_a_link"
    if len(plain.split()) < MIN_WORDS:
        return None, "message: too_short"
    if len(plain) > MAX_SUBJECT or not plain[:1].isalpha():
        return None, "message: not_a_sentence"
    kept = [line for line in body.strip().splitlines() if not TRAILER.match(line)]
    rest = "\n".join(kept).strip()
    return f"{plain}\n\n{rest}" if rest else plain, ""


CONVENTIONAL = re.compile(
    r"^(?:build|chore|ci|docs|feat|fix|perf|refactor|style|test)(?:\([^)]*\))?!?:\s", re.IGNORECASE
)
BUMP = re.compile(
    r"^(?:\[[^\]]*\]\s*|[\w./-]+(?:\([^)]*\))?!?:\s+)*(?:bump|set version|update version)\b",
    re.IGNORECASE,
)
HASH = re.compile(r"\b[0-9a-f]{40}\b")
LINK = re.compile(r"https?://")
BAD = re.compile(
    r"auto commit|update contributing|<\?xml|merge branch|merge pull request|signed-off-by"
    r"|cherry picked from commit|\bi\b|\bi've\b|\bi'm\b|\bthanks to\b|\bcode ?review\b"
    r"|\b(?:issue|bug|feature) #?\d+\b|\bwip\b",
    re.IGNORECASE,
)


def is_bump(message: str) -> bool:
    """Whether a message tells of a new version of something."""
    return bool(BUMP.match(message.strip()))


def company_reason(message: str, wording: str, *, min_words: int) -> str | None:
    """Why a message of an organisation's own is no instruction, or None.

    Args:
        message: As it was written.
        wording: What `instruction` makes of it.
        min_words: Of the subject, without tickets and tags.
    """
    subject = wording.partition("\n")[0]
    words = subject.split()
    if len(words) < min_words:
        return "message: too_short"
    if not (CONVENTIONAL.match(message.strip()) or is_imperative(words[0])):
        return "message: not_imperative"
    return "message: hash" if HASH.search(subject) else None


def strict_reason(message: str, wording: str, *, path: str) -> str | None:
    """Why a message of one file's commit would not be in CommitPackFT, or None.

    Args:
        message: As it was written.
        wording: What `instruction` makes of it.
        path: The file; a subject that only names it says nothing.
    """
    subject = wording.partition("\n")[0]
    words = subject.split()
    if not 10 < len(wording) < 1000 or len(words) <= 4:
        return (
            "message: too_short" if len(words) <= 4 or len(wording) <= 10 else "message: too_long"
        )
    if not subject[0].isupper() or not is_imperative(words[0]):
        return "message: not_imperative"
    stem = PurePosixPath(path).stem
    if "#" in subject or (len(stem) > 1 and stem.lower() in subject.lower()):
        return "message: names_the_file"
    if BAD.search(wording) or LINK.search(wording) or HASH.search(message):
        return "message: unwanted_words"
    return None
