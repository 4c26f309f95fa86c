"""Pages of Confluence: REST answers as JSON, and the pages of an HTML export.

A page is by its creator only where nobody else is recorded to have changed it; else its author is
unknown, and what is unknown is excluded later.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from byline.work.documents.markup import plain_text
from byline.work.export_values import integer, record, records, text_of, when

METADATA: Final = re.compile(r"<div class=[\"']page-metadata[\"']>")
AUTHOR: Final = re.compile(r"<span class=[\"']author[\"']>\s*([^<>]{1,200}?)\s*</span>")
EDITOR: Final = re.compile(r"<span class=[\"']editor[\"']>\s*([^<>]{1,200}?)\s*</span>")
DATE: Final = re.compile(r"\bon ([A-Z][a-z]{2} \d{1,2}, \d{4})\b")
BODIES: Final = ("storage", "export_view", "view", "styled_view")


@dataclass(frozen=True)
class Page:
    """A page as text.

    Attributes:
        identity: Its id.
        path: Space, ancestors and title, as a path.
        text: Markdown, beginning with the title.
        account: Its only author's account, or None.
        name: Their name, or None.
        email: Their address, or None.
        created: When it was written.
        modified: When it was last changed.
    """

    identity: str
    path: str
    text: str
    account: str | None
    name: str | None
    email: str | None
    created: datetime | None
    modified: datetime | None


def pages_of(value: object) -> Iterator[Page]:
    """The pages of a REST answer: one page, or ``{"results": […]}``; nothing of anything else."""
    answer = record(value)
    found = records(answer.get("results")) or [answer]
    for one in found:
        if body_of(one) is not None:
            yield _page(one)


def body_of(page: Mapping[str, Any]) -> str | None:
    """The HTML of a page's body, or None where it has none."""
    body = record(page.get("body"))
    texts = (record(body.get(name)).get("value") for name in BODIES)
    return next((one for one in texts if isinstance(one, str)), None)


def _page(page: Mapping[str, Any]) -> Page:
    title = " ".join(text_of(page.get("title")).split()) or "Untitled"
    space = text_of(record(page.get("space")).get("key") or page.get("spaceId"))
    above = [text_of(one.get("title")) for one in records(page.get("ancestors"))]
    author = _only_author(page)
    history, version = record(page.get("history")), record(page.get("version"))
    return Page(
        identity=text_of(page.get("id")) or str(integer(page.get("id")) or title),
        path="/".join(one.replace("/", "-") for one in (space, *above, title) if one),
        text=f"# {title}\n\n{plain_text(text_of(body_of(page)))}",
        account=next((text_of(author.get(key)) for key in ("accountId", "username", "userKey")
                      if author.get(key)), None),
        name=text_of(author.get("displayName") or author.get("publicName")) or None,
        email=text_of(author.get("email")) or None,
        created=when(history.get("createdDate") or page.get("createdAt")),
        modified=when(version.get("when") or version.get("createdAt")),
    )  # fmt: skip


def _only_author(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whoever wrote all of it, or an empty record."""
    history, version = record(page.get("history")), record(page.get("version"))
    creator = record(history.get("createdBy"))
    publishers = record(record(history.get("contributors")).get("publishers"))
    listed = [_who(one) for one in records(publishers.get("users"))]
    if listed and set(listed) == {_who(creator)}:
        return creator
    first = integer(version.get("number")) == 1
    return (creator or record(version.get("by"))) if first and not listed else {}


def _who(user: Mapping[str, Any]) -> str:
    return next((text_of(user[key]) for key in ("accountId", "username", "userKey", "displayName")
                 if user.get(key)), "")  # fmt: skip


def exported_author(page: str) -> tuple[str | None, datetime | None]:
    """Whoever alone is named above a page of an HTML export, and the day, or None."""
    begin = METADATA.search(page)
    if begin is None:
        return None, None
    end = page.find("</div>", begin.end())
    said = page[begin.end() : end if 0 <= end < begin.end() + 4_000 else begin.end()]
    author, editor, day = AUTHOR.search(said), EDITOR.search(said), DATE.search(said)
    alone = author is not None and (editor is None or editor[1] == author[1])
    name = html.unescape(author[1]).strip() if author and alone else None
    return name, _day(day[1]) if day else None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%b %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
