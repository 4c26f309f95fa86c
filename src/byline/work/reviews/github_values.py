"""What GitHub's payloads have in common: users, projects, numbers in addresses."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of
from byline.work.reviews.assembly import NOBODY, Author, project_of

GHOST: Final = "ghost"  # stands for every deleted account
API: Final = re.compile(
    r"https?://[^/\s]+/(?:api/v3/)?(?:repos/)?(?P<project>[\w.-]{1,100}/[\w.-]{1,100})/"
    r"(?:pulls?|issues)/(?P<number>\d{1,10})(?:[/#?].*)?"
)
FILE: Final = re.compile(
    r"(?:.*/)?(?P<project>[\w.-]{1,100}/[\w.-]{1,100})/(?:pulls?|issues)/(?P<number>\d{1,10})"
    r"(?:\.json|/.*)"
)


def author_of(user: object) -> Author:
    """The account of a user object; nobody where it is deleted."""
    login = text_of(record(user).get("login"))
    if not login or login.lower() == GHOST:
        return NOBODY
    mark = record(user).get("type") or record(user).get("__typename")
    bot = mark == "Bot" or record(user).get("is_bot") is True or login.endswith("[bot]")
    return Author(account=login, origin="bot" if bot else None)


def place_of(pull: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """The project and the number of a pull request, or of what belongs to one."""
    project = project_of(record(record(pull.get("base")).get("repo")).get("full_name"))
    number = integer(pull.get("number"))
    for name in ("html_url", "url", "pull_request_url", "issue_url"):
        found = API.fullmatch(text_of(pull.get(name))[:2000])
        if found:
            project, number = project or found["project"], number or int(found["number"])
    return project, number if number is not None and number > 0 else None


def place_in_file(file: str) -> tuple[str | None, int | None]:
    """The project and the number that the path of a file of an export tells."""
    found = FILE.fullmatch(file)
    return (found["project"], int(found["number"])) if found else (None, None)


def names(value: object) -> list[str]:
    """The names of labels, written as objects or as plain texts, each once and sorted."""
    plain = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    found = {text_of(one.get("name") or one.get("title")) for one in records(value)}
    return sorted((found | set(plain)) - {""})


def rows(bundle: Mapping[str, Any], *keys: str) -> Sequence[Mapping[str, Any]]:
    """The objects of the first of some arrays that holds any."""
    return next((found for key in keys if (found := records(bundle.get(key)))), [])
