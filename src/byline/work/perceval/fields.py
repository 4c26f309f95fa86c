"""Where the items of each backend of messages, posts and pages hold what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Fields:
    """Where a backend's items hold what; each a path with dots, the first that holds it counts.

    Attributes:
        title: Paths of the title.
        body: Of the text.
        account: Of the author's account.
        name: Of the author's name; ``Ada <ada@acme.example>`` is taken apart.
        email: Of the author's address.
        time: Of when it was written.
        thread: Of what it answers, or is in.
        html: Whether the text is HTML.
    """

    title: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()
    html: bool = False


MAIL: Final = Fields(
    title=("Subject",),
    body=("body.plain", "body.html"),
    name=("From",),
    time=("Date", "unixfrom_date"),
    thread=("In-Reply-To",),
)
FIELDS: Final[Mapping[str, Fields]] = {
    "mbox": MAIL,
    "pipermail": MAIL,
    "hyperkitty": MAIL,
    "groupsio": MAIL,
    "nntp": Fields(
        title=("subject",), body=("message.body.plain",), name=("from",), time=("date",)
    ),
    "mattermost": Fields(
        body=("message",),
        account=("user_data.username", "user_id"),
        email=("user_data.email",),
        time=("create_at",),
        thread=("root_id",),
    ),
    "slack": Fields(
        body=("text",),
        account=("user_data.name", "user"),
        name=("user_data.real_name",),
        email=("user_data.profile.email",),
        time=("ts",),
        thread=("thread_ts",),
    ),
    "rocketchat": Fields(body=("msg",), account=("u.username",), name=("u.name",), time=("ts",)),
    "gitter": Fields(
        body=("text",),
        account=("fromUser.username",),
        name=("fromUser.displayName",),
        time=("sent",),
    ),
    "zulip": Fields(
        title=("subject",),
        body=("content",),
        name=("sender_full_name",),
        email=("sender_email",),
        time=("timestamp",),
        thread=("subject",),
        html=True,
    ),
    "telegram": Fields(
        body=("message.text",),
        account=("message.from.username",),
        name=("message.from.first_name",),
        time=("message.date",),
    ),
    "confluence": Fields(
        title=("title",),
        body=("body.storage.value",),
        account=("version.by.username", "version.by.accountId"),
        name=("version.by.displayName",),
        time=("version.when",),
        html=True,
    ),
    "rss": Fields(
        title=("title",), body=("summary",), name=("author",), time=("published",), html=True
    ),
    "askbot": Fields(
        title=("title",),
        body=("summary",),
        account=("author.username",),
        time=("added_at",),
        html=True,
    ),
    "launchpad": Fields(
        title=("title",),
        body=("bug_data.description", "description"),
        account=("owner_data.name",),
        name=("owner_data.display_name",),
        time=("date_created",),
    ),
}
