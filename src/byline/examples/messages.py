"""Commit messages as instructions: which of them say what the commit does.

Filters after CommitPackFT (arXiv 2308.07124) and CommitChronicle (arXiv 2308.07655): no merges,
reverts, version bumps or work in progress; a subject of a few words that starts with one.
"""

import re

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


def instruction(message: str) -> tuple[str | None, str]:
    """What a message asks for, without tickets, tags and trailers; and why not, if None.

    Returns:
        The instruction and an empty string, or None and the reason.
    """
    subject, _, body = message.strip().partition("\n")
    plain = TAG.sub("", TICKET.sub("", subject)).strip()
    if MACHINE.match(plain) or MACHINE.match(subject):
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
