"""A list ordered by the time of the last change, read by that time instead of by page numbers.

While a long list is read, items change and move to its end, and those behind them move up: pages
by number would miss some. So each request asks for what changed since the newest item of the
answer before, less a second (some servers take "since" to mean "after"); page numbers are followed
only where one page is full of items of that one time. What comes twice is recognised by its stamp.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from byline.fetch.client import Client
from byline.fetch.contract import MOST_REQUESTS, Listed, Order, Page
from byline.fetch.errors import RefusalError
from byline.fetch.pages import array, next_page, taken


def updated_pages(
    client: Client,
    first: Callable[[str | None], str],
    *,
    order: Order,
    since: datetime | None,
    etag: str | None,
    at: Callable[[Any], datetime],
    item: Callable[[Any], Listed | None],
) -> Iterator[Page]:
    """The pages of a list that is ordered by change, the oldest change first.

    Args:
        client: Of the server.
        first: The address of the list since a time, or of all of it.
        order: How far before a known time it is asked again.
        since: Changes before it are known.
        etag: Of the list since then, where that was all of it.
        at: When an element of the list changed.
        item: What an element of the list is; None: of another kind.
    """
    mark = since
    begin = first(_asked(mark, order))
    url = begin
    for _ in range(MOST_REQUESTS):
        answer = client.get(url, etag=etag if url == begin else None)
        if answer.status == 304:
            yield Page(etag=etag, reached=mark)
            return
        rows = array(taken(answer))
        newest = max(map(at, rows), default=None)
        following = next_page(answer)
        single = url == begin and following is None
        advanced = newest is not None and (mark is None or newest > mark)
        yield Page(
            [found for found in map(item, rows) if found],
            answer.headers.get("etag") if single else None,
            newest if advanced else mark,
        )
        etag = None
        if advanced:
            mark = newest
            url = begin = first(_asked(mark, order))
        elif following is not None:
            url = following
        else:
            return
    raise RefusalError("too_many_pages", f"{begin[:200]} never ends")


def _asked(mark: datetime | None, order: Order) -> str | None:
    if mark is None:
        return None
    return (mark - order.overlap).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
