"""Accounts that are not people: bots, and AI agents that author or co-author commits.

Lists are of accounts seen in public histories; an organisation adds its own patterns. An account is
never taken for an AI agent on a first name alone: a person may be called Claude.
"""

import fnmatch
import re
from collections.abc import Sequence

AI_ADDRESSES = (
    "noreply@anthropic.com",
    "*+copilot@users.noreply.github.com",
    "copilot@github.com",
    "copilot@users.noreply.github.com",
    "*+copilot-swe-agent*@users.noreply.github.com",
    "cursoragent@cursor.com",
    "*+devin-ai-integration*@users.noreply.github.com",
    "*+google-labs-jules*@users.noreply.github.com",
    "*+gemini-code-assist*@users.noreply.github.com",
    "codex@openai.com",
    "noreply@openai.com",
    "noreply@aider.chat",
    "aider@aider.chat",
    "openhands@all-hands.dev",
)
AI_NAMES = re.compile(
    r"^(?:github copilot|copilot|copilot-swe-agent(?:\[bot\])?|claude code|cursor agent|codex|"
    r"devin-ai-integration(?:\[bot\])?|google-labs-jules(?:\[bot\])?|openhands|aider(?: \(.*\))?|"
    r"gemini-code-assist(?:\[bot\])?)$",
    re.IGNORECASE,
)
BOT_ADDRESSES = (
    "*[[]bot[]]@*", "*+dependabot*@users.noreply.github.com", "bot@renovateapp.com",
    "*@dependabot.com", "support@dependabot.com", "*-bot@*", "bot@*", "*.bot@*", "jenkins@*",
    "buildbot@*", "travis@travis-ci.org", "action@github.com", "actions@github.com",
    "*+github-actions*@users.noreply.github.com", "semantic-release-bot@*",
    "*@pre-commit-ci.noreply.github.com",
)  # fmt: skip
BOT_NAMES = re.compile(
    r"\[bot\]$|^(?:dependabot|renovate|jenkins|travis ci|github actions|greenkeeper|"
    r"pre-commit-ci|semantic-release-bot|snyk-bot|mergify|bors|homu|weblate|allcontributors)"
    r"(?:[ -](?:ci|preview|server|user|admin|automation))?$|"
    r"(?:^|[ -])bot$|-(?:bot|ci|linter|automation)$",
    re.IGNORECASE,
)


def population(name: str, email: str, *, bots: Sequence[str] = ()) -> str | None:
    """``ai`` or ``bot`` when the account is known for one, else None.

    Args:
        name: The recorded name.
        email: The recorded address.
        bots: The organisation's own bot address patterns (shell globs).
    """
    address = email.lower()
    if _matches(address, AI_ADDRESSES) or AI_NAMES.match(name.strip()):
        return "ai"
    if _matches(address, bots) or _matches(address, BOT_ADDRESSES) or BOT_NAMES.search(name):
        return "bot"
    return None


def _matches(address: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(address, pattern.lower()) for pattern in patterns)
