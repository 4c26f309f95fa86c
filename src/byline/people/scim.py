"""A roster as SCIM 2.0 users (RFC 7643), as identity providers export them.

SCIM itself has no employment dates, so users carry an extension whose name ends in
``:2.0:Employment``: either one employment, or several under ``employments``. Its fields are
``start``, ``end``, ``workerType``, ``country`` and ``unit``; the last two fall back to the user's
address and to the enterprise extension's department.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from byline.errors import ConfigError

EXTENSION = ":2.0:Employment"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
EXAMPLE = "urn:ietf:params:scim:schemas:extension:byline:2.0:Employment"


def read_users(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """One row for each employment of each user, with its JSON pointer, as a roster's CSV has it.

    Raises:
        ConfigError: It is no list of SCIM users, or a user lacks an id or an employment.
    """
    for place, user in _users(path):
        identity = _text(user.get("externalId")) or _text(user.get("id"))
        if not identity:
            raise ConfigError(
                f"{path}:{place}: no `externalId` and no `id`", advice="give every person an id"
            )
        common = {
            "id": identity,
            "name": _name(user),
            "emails": ";".join(_addresses(user)),
        }
        for inner, employment in _employments(path, place, user):
            yield inner, {**common, **_employment(user, employment)}


def _users(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The users of a SCIM list response, or of a plain JSON list of users."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}", advice="check the path in byline.toml") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8 JSON") from error
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}:{error.lineno}: {error.msg}", advice="export the users as JSON"
        ) from error
    listed = value.get("Resources") if isinstance(value, dict) else value
    prefix = "/Resources" if isinstance(value, dict) else ""
    if not isinstance(listed, list):
        raise ConfigError(
            f"{path}: neither a SCIM list response nor a list of users",
            advice="export the users with their employment extension",
        )
    for number, user in enumerate(listed):
        if not isinstance(user, dict):
            raise ConfigError(f"{path}:{prefix}/{number}: not a user")
        yield f"{prefix}/{number}", user


def _employments(
    path: Path, place: str, user: Mapping[str, Any]
) -> Sequence[tuple[str, Mapping[str, Any]]]:
    keys = [key for key in user if key.endswith(EXTENSION)]
    if len(keys) != 1:
        raise ConfigError(
            f"{path}:{place}: {len(keys)} employment extensions, expected one",
            advice=f"add {EXAMPLE} with start, end, workerType, country, unit",
        )
    found = user[keys[0]]
    several = found.get("employments") if isinstance(found, dict) else None
    listed = several if isinstance(several, list) else [found]
    if not listed or not all(isinstance(one, dict) for one in listed):
        raise ConfigError(
            f"{path}:{place}: {keys[0]} holds no employment",
            advice="give start, end, workerType, country, unit",
        )
    if user.get("active") is False and not all(one.get("end") for one in listed):
        raise ConfigError(
            f"{path}:{place}: not active, but an employment has no `end`",
            advice="give the last day: whether work may be used depends on it",
        )
    return [(f"{place}/{number}" if several else place, one) for number, one in enumerate(listed)]


def _employment(user: Mapping[str, Any], employment: Mapping[str, Any]) -> dict[str, str]:
    addresses = [one for one in user.get("addresses") or [] if isinstance(one, dict)]
    enterprise = user.get(ENTERPRISE)
    department = enterprise.get("department") if isinstance(enterprise, dict) else None
    country = employment.get("country") or next((one.get("country") for one in addresses), None)
    return {
        "worker_type": _text(employment.get("workerType")).lower(),
        "country": _text(country),
        "unit": _text(employment.get("unit") or department),
        "start": _text(employment.get("start"))[:10],
        "end": _text(employment.get("end"))[:10],
    }


def _name(user: Mapping[str, Any]) -> str:
    name = user.get("name")
    parts = name if isinstance(name, dict) else {}
    joined = f"{_text(parts.get('givenName'))} {_text(parts.get('familyName'))}".strip()
    candidates = (user.get("displayName"), parts.get("formatted"), joined, user.get("userName"))
    return next((_text(one) for one in candidates if _text(one)), "")


def _addresses(user: Mapping[str, Any]) -> list[str]:
    emails = [one.get("value") for one in user.get("emails") or [] if isinstance(one, dict)]
    login = user.get("userName")
    return [_text(one) for one in (*emails, login) if "@" in _text(one)]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
