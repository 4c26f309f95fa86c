"""The accounts of the cast on the forges: GitHub logins, Gerrit numbers, Jira account ids.

Invariant: an account is one member's, and is the same in every run.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from byline.sample.people import CAST, Person, jira_account, login, person

GHOST = "ghost"
SERVICE = "harbour-ci"


def number(member: Person) -> int:
    """Return the number of an account, on GitHub and in Gerrit."""
    return 1_000_000 + int(hashlib.sha256(member.id.encode()).hexdigest()[:5], 16)


def github_user(who: str) -> dict[str, Any] | None:
    """Return the user object of GitHub's API; a deleted account is null."""
    if who == GHOST:
        return None
    member = person(who)
    name = login(member)
    return {
        "login": name,
        "id": number(member),
        "type": "Bot" if name.endswith("[bot]") else "User",
        "html_url": f"https://github.com/{name.removesuffix('[bot]')}",
        "site_admin": False,
    }


def gerrit_account(who: str) -> dict[str, Any]:
    """Return the AccountInfo of Gerrit's API."""
    member = person(who)
    account: dict[str, Any] = {
        "_account_id": number(member),
        "name": member.name,
        "email": member.email,
        "username": login(member),
    }
    if member.id == SERVICE:
        account["tags"] = ["SERVICE_USER"]
    return account


def jira_user(who: str) -> dict[str, Any]:
    """Return the user object of Jira's API."""
    member = person(who)
    return {
        "accountId": jira_account(member),
        "accountType": "app" if member.population == "bot" else "atlassian",
        "displayName": member.name,
        "active": True,
    }


def github_time(when: int) -> str:
    """Return a time as GitHub writes it."""
    return datetime.fromtimestamp(when, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gerrit_time(when: int) -> str:
    """Return a time as Gerrit writes it: UTC, with nanoseconds."""
    return datetime.fromtimestamp(when, tz=UTC).strftime("%Y-%m-%d %H:%M:%S.000000000")


def jira_time(when: int) -> str:
    """Return a time as Jira writes it."""
    return datetime.fromtimestamp(when, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def mention_names() -> Mapping[str, str]:
    """Return the placeholders of scenes: ``@101`` is replaced by the account's login."""
    return {f"@{member.id.removeprefix('ha-')}": f"@{login(member)}" for member in CAST}
