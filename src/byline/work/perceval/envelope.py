"""What Perceval writes around each item that it fetched.

Fields of the envelope, as its documentation has them: ``backend_name``, ``category``, ``origin``
(an address), ``data`` (what the source answered), ``uuid``, ``updated_on`` (seconds since 1970).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from byline.work.exports import record, text_of


@dataclass(frozen=True)
class Fetched:
    """One item of Perceval's output.

    Attributes:
        backend: ``github``, ``bugzillarest``, …: its name in lower case.
        category: ``issue``, ``pull_request``, ``message``, ….
        origin: The address that it is from.
        data: What the source answered, with what Perceval added (``…_data``).
        uuid: Perceval's own id.
        updated: When it was last changed, as Perceval says.
    """

    backend: str
    category: str
    origin: str
    data: Mapping[str, Any]
    uuid: str
    updated: Any

    @property
    def path(self) -> str:
        """The path of the origin, which names the project on a forge."""
        try:
            return urlsplit(self.origin).path.strip("/").removesuffix(".git")
        except ValueError:
            return ""


def is_envelope(value: Mapping[str, Any]) -> bool:
    """Whether an object is an item of Perceval."""
    return isinstance(value.get("backend_name"), str) and isinstance(value.get("data"), dict)


def fetched_of(value: Mapping[str, Any]) -> Fetched:
    """The item in an envelope."""
    return Fetched(
        backend=text_of(value.get("backend_name")).lower().replace("-", "").replace("_", ""),
        category=text_of(value.get("category")).lower(),
        origin=text_of(value.get("origin")),
        data=record(value.get("data")),
        uuid=text_of(value.get("uuid")),
        updated=value.get("updated_on"),
    )
