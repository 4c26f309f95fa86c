"""Lists that come in pages: by ``Link`` headers, as GitHub and GitLab send them (RFC 8288)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin

from byline.errors import UsageError
from byline.fetch.client import Answer, Client
from byline.fetch.errors import RefusalError

LINK: Final = re.compile(r"<([^<>]{1,4000})>\s*((?:;[^,<]{0,200})*)")
NEXT: Final = re.compile(r";\s*rel\s*=\s*\"?[^\";]*\bnext\b", re.IGNORECASE)


def next_page(answer: Answer) -> str | None:
    """The address of the next page, or None.

    Raises:
        RefusalError: It cannot be an address.
    """
    address: str
    for address, rest in LINK.findall(answer.headers.get("link", "")[:20_000]):
        if NEXT.search(rest):
            try:
                return urljoin(answer.address, address)
            except ValueError as error:
                raise RefusalError("unexpected", f"{answer.url} has no next page") from error
    return None


def pages(client: Client, url: str, *, key: str | None = None) -> Iterator[list[Any]]:
    """The pages of a list, each as it came.

    Args:
        client: Of the server.
        url: Of the first page.
        key: Where a page holds its part of the list; None: it is the list itself.

    Raises:
        RefusalError: An answer is no list, there are more pages than allowed, or all of them
            together are longer than one answer may be.
    """
    asked: set[str] = set()
    size = 0
    place: str | None = url
    while place is not None:
        if place in asked or len(asked) >= client.limits.max_pages:
            raise RefusalError("too_many_pages", f"{url[:200]} has no last page")
        asked.add(place)
        answer = taken(client.get(place))
        size += len(answer.body)
        if size > client.limits.max_bytes:
            raise RefusalError("too_large", f"the pages of {answer.url} are too long together")
        yield array(answer) if key is None else listed(answer, key)
        place = next_page(answer)


def whole(client: Client, url: str, *, key: str | None = None) -> list[Any]:
    """All of a list."""
    return [one for page in pages(client, url, key=key) for one in page]


def listed(answer: Answer, key: str) -> list[Any]:
    """The list that the object in an answer holds under a key.

    Raises:
        RefusalError: It holds none.
    """
    value = mapping(answer).get(key)
    if not isinstance(value, list):
        raise RefusalError("unexpected", f"{answer.url} has no list of {key}")
    return value


def taken(answer: Answer) -> Answer:
    """The answer itself.

    Raises:
        UsageError: The server does not accept the token.
        RefusalError: Its status is not 200.
    """
    if answer.status == 401:
        raise UsageError(
            f"{answer.url} does not accept the token, or wants one",
            advice="put a token that may read the project into the variable that is named",
        )
    if answer.status != 200:
        raise RefusalError(f"status_{answer.status}", f"{answer.url} answered {answer.status}")
    return answer


def array(answer: Answer) -> list[Any]:
    """The list that an answer holds.

    Raises:
        RefusalError: It holds something else.
    """
    value = answer.json()
    if not isinstance(value, list):
        raise RefusalError("unexpected", f"{answer.url} did not answer with a list")
    return value


def mapping(answer: Answer) -> Mapping[str, Any]:
    """The object that an answer holds.

    Raises:
        RefusalError: It holds something else.
    """
    value = answer.json()
    if not isinstance(value, dict):
        raise RefusalError("unexpected", f"{answer.url} did not answer with an object")
    return value
