"""Trailers: the footer as git reads it, and the lines above it that are trailers all the same.

Git looks for trailers in the last paragraph only, and there for keys without spaces
(https://git-scm.com/docs/git-interpret-trailers). A squashed commit carries those of its parts in
the middle; Phabricator writes keys with spaces; both are found here by a list of known keys, and
their place is `BODY`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FOOTER, BODY = "footer", "body"
BULLETS = " \t>*-"
KNOWN = frozenset(
    {
        "acked-by", "ai-assisted-by", "assisted-by", "based-on-patch-by", "bug-url", "change-id",
        "cherry-picked-from", "co-authored by", "co-authored-by", "co-developed-by",
        "coauthored-by", "debugged-by", "differential revision", "generated-by", "helped-by",
        "improved-by", "mentored-by", "noticed-by", "original-patch-by", "piperorigin-revid",
        "pr-url", "pull request resolved", "pull-request", "reported-by", "requested-by",
        "reviewed by", "reviewed-by", "reviewed-on", "signed-off-by", "suggested-by", "tested-by",
        "thanks-to", "x-generated-by",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Trailer:
    """One trailer; its value is one line, unfolded."""

    key: str
    value: str
    place: str


def trailers(message: str, footer: str) -> list[Trailer]:
    """The trailers of a message: those of git's footer first, in order.

    Args:
        message: The whole message.
        footer: What git prints for ``%(trailers:only=true,unfold=true)``.
    """
    found = list(_footer(footer)) if footer else []
    if ":" in message:
        found += _body(message, found)
    return found


def _footer(text: str) -> Iterator[Trailer]:
    for line in text.split("\n"):
        key, separator, value = line.partition(":")
        if separator:
            yield Trailer(key.strip(), value.strip(), FOOTER)


def _body(message: str, footer: Sequence[Trailer]) -> list[Trailer]:
    """Known keys on lines that the footer does not have."""
    found: list[Trailer] = []
    for line in message.split("\n"):
        head, separator, rest = line.partition(":")
        if not separator or len(head) > 40:
            continue
        key, value = head.strip(BULLETS), rest.strip()
        if value and key.lower() in KNOWN and not _is_known(key, value, (*footer, *found)):
            found.append(Trailer(key, value, BODY))
    return found


def _is_known(key: str, value: str, found: Sequence[Trailer]) -> bool:
    """Whether it was found already; a folded value goes on where its first line ends."""
    return any(one.key.lower() == key.lower() and one.value.startswith(value) for one in found)
