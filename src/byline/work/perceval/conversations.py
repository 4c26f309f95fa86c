"""Questions with answers, topics, posts and messages: what people say outside of trackers.

Questions of Stack Exchange and topics of Discourse are issues with comments: a question that has an
accepted answer is closed. Posts, mails and pages are documents of one part, from the fields that
each backend's items have (`byline.work.perceval.fields`). HTML becomes plain text. Keys:
``stackexchange:site~12``, ``discourse:site~12``, else ``doc:<source>:<backend>/<Perceval's id>``.
"""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from byline.work.documents.markup import plain_text
from byline.work.exports import integer, record, records, text_of, when
from byline.work.issues.assembling import Issue, reading_of
from byline.work.items import Part, Reading, Source
from byline.work.perceval.envelope import Fetched
from byline.work.perceval.fields import FIELDS, Fields
from byline.work.perceval.trackers import no_key


def stackexchange_question(one: Fetched, *, source: Source, file: str) -> Iterator[Reading]:
    """A question with its answers, and the comments on both."""
    data = one.data
    number = integer(data.get("question_id"))
    if number is None:
        yield no_key(file, one)
        return
    site = _site(text_of(data.get("link")) or one.origin) or one.origin
    title = text_of(data.get("title"))
    opened, author = when(data.get("creation_date")), _owner(data)
    saying = [Part("title", "title", title, time=opened, **author)]
    body = _plain(text_of(data.get("body")))
    if body:
        saying.append(Part("description", "description", body, time=opened, **author))
    saying += _replies(data, "question")
    for place, answer in enumerate(records(data.get("answers"))):
        native = f"answer-{integer(answer.get('answer_id')) or place}"
        text = _plain(text_of(answer.get("body")))
        accepted = "accepted" if answer.get("is_accepted") is True else None
        time = when(answer.get("creation_date"))
        if text:
            saying.append(
                Part("comment", native, text, time=time, thread=native, state=accepted,
                     **_owner(answer))
            )  # fmt: skip
        saying += _replies(answer, native)
    tags = data.get("tags")
    yield reading_of(
        Issue(
            key=f"stackexchange:{site}~{number}",
            project=site,
            file=file,
            title=title,
            number=number,
            closed="accepted_answer_id" in data or data.get("closed_date") is not None,
            opened=opened,
            closed_at=when(data.get("closed_date")),
            type="question",
            labels=[text_of(tag) for tag in tags] if isinstance(tags, list) else [],
            resolution="answered" if "accepted_answer_id" in data else None,
            saying=saying,
        ),
        source=source,
        system="stackexchange",
    )


def _replies(data: Mapping[str, Any], thread: str) -> Iterator[Part]:
    for place, one in enumerate(records(data.get("comments"))):
        text = _plain(text_of(one.get("body")))
        native = f"comment-{integer(one.get('comment_id')) or f'{thread}-{place}'}"
        time = when(one.get("creation_date"))
        if text:
            yield Part(
                "comment", native, text, time=time, thread=thread, reply_to=thread, **_owner(one)
            )


def _owner(data: Mapping[str, Any]) -> dict[str, Any]:
    known = record(data.get("owner"))
    number, name = integer(known.get("user_id")), text_of(known.get("display_name"))
    return {"account": None if number is None else str(number), "name": name or None}


def discourse_topic(one: Fetched, *, source: Source, file: str) -> Iterator[Reading]:
    """A topic with its posts; the first is what it is about."""
    data = one.data
    number = integer(data.get("id"))
    posts = records(record(data.get("post_stream")).get("posts"))
    if number is None or not posts:
        yield no_key(file, one)
        return
    title, site = text_of(data.get("title")), _site(one.origin) or one.origin
    opened = when(posts[0].get("created_at"))
    saying = [Part("title", "title", title, time=opened, **_poster(posts[0]))]
    natives: dict[int, str] = {}
    for place, post in enumerate(posts):
        native = "description" if place == 0 else str(integer(post.get("id")) or f"post-{place}")
        natives[integer(post.get("post_number")) or place + 1] = native
        answers = natives.get(integer(post.get("reply_to_post_number")) or 0)
        text = text_of(post.get("raw")) or _plain(text_of(post.get("cooked")))
        if text:
            saying.append(
                Part("comment" if place else "description", native, text,
                     time=when(post.get("created_at")), reply_to=answers, **_poster(post))
            )  # fmt: skip
    tags = data.get("tags")
    yield reading_of(
        Issue(
            key=f"discourse:{site}~{number}",
            project=site,
            file=file,
            title=title,
            number=number,
            closed=data.get("closed") is True or isinstance(data.get("accepted_answer"), dict),
            opened=opened,
            labels=[text_of(tag) for tag in tags] if isinstance(tags, list) else [],
            saying=saying,
        ),
        source=source,
        system="discourse",
    )


def _poster(post: Mapping[str, Any]) -> dict[str, Any]:
    account, name = text_of(post.get("username")), text_of(post.get("name"))
    return {"account": account or None, "name": name or None}


def document(one: Fetched, fields: Fields, *, source: Source, file: str) -> Iterator[Reading]:
    """One message, post or page as a document of one part."""
    text = _first(one.data, fields.body)
    if fields.html or (one.backend in FIELDS and text.lstrip()[:15].lower() == "<!doctype html>"):
        text = _plain(text)
    title = _first(one.data, fields.title)
    name, email = _named(_first(one.data, fields.name))
    time = next((found for path in fields.time if (found := _time(one.data, path))), None)
    known: dict[str, Any] = {
        "account": _first(one.data, fields.account) or None,
        "name": name,
        "email": _first(one.data, fields.email) or email,
        "time": time,
    }
    parts = [Part("title", "title", title, **known)] if title else []
    if text:
        thread = _first(one.data, fields.thread)
        parts.append(Part("description", "body", text, thread=thread or None, **known))
    yield Reading(
        kind="document",
        key=f"doc:{source.name}:{one.backend}/{one.uuid}",
        file=file,
        title=title,
        opened=time,
        detail={"backend": one.backend, "category": one.category, "origin": one.origin},
        parts=parts,
    )


def _time(data: Mapping[str, Any], path: str) -> Any:
    value = _value(data, path)
    return when(value) or _mail_time(text_of(value))


def _mail_time(text: str) -> Any:
    """A date as mails have it (RFC 5322), or None."""
    try:
        return when(parsedate_to_datetime(text[:100]).isoformat()) if text else None
    except (ValueError, OverflowError, IndexError):
        return None


def _named(text: str) -> tuple[str | None, str | None]:
    """Name and address of ``Ada <ada@acme.example>``; Perceval writes `` at `` for some signs."""
    if "<" not in text and "@" not in text and " at " not in text:
        return text or None, None
    name, address = parseaddr(text[:300].replace(" at ", "@"))
    return name or None, address if "@" in address else None


def _value(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for name in path.split("."):
        value = record(value).get(name)
    return value


def _first(data: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    return next((found for path in paths if (found := text_of(_value(data, path)))), "")


def _site(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _plain(html: str) -> str:
    return plain_text(html).strip()
