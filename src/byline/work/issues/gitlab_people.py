"""Accounts of GitLab: who they are, and whether GitLab says that they are machines."""

import re
from typing import Any

from byline.work.exports import record, text_of


def account_of(user: Any) -> str | None:
    """The account's name; None for a deleted one, which GitLab calls ``ghost``."""
    name = text_of(record(user).get("username"))
    return None if name in ("", "ghost") else name


def origin_of(user: Any) -> str | None:
    """``bot`` where GitLab says so: a field of some versions, or the name of a token's account."""
    name = text_of(record(user).get("username"))
    made = re.fullmatch(r"(?:project|group)_\d+_bot\w*|support-bot|alert-bot|ghost-bot", name)
    return "bot" if made or record(user).get("bot") is True else None


def person_of(user: Any) -> dict[str, Any]:
    """Account, name and origin; nothing of a deleted one."""
    name = text_of(record(user).get("name")) or None
    return {
        "account": account_of(user), "origin": origin_of(user),
        "name": name if account_of(user) else None,
    }  # fmt: skip
