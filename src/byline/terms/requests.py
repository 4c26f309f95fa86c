"""Requests that a person signed with their own key, so that nobody need vouch for them.

Whoever has left has no account any more, and whoever has not need ask no manager: the signature is
all it takes. Invariants: a request is accepted once; only by a key that was issued to that person
and still counts; only by the organisation that it names; not from the future, and not when it lay
about for longer than `MOST_DAYS`. What is refused is refused with its reason, and changes nothing.
"""

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from byline.errors import HostileInputError, RefusedError
from byline.proof.errors import MalformedError, SignatureError
from byline.proof.personal import PersonalKey, open_request, sign_request
from byline.terms.events import BasisEvent
from byline.terms.personal_keys import counting_keys
from byline.terms.purposes import EVERY, Purpose
from byline.terms.vocabulary import CLASSES

RequestKind = Literal[
    "withdrawn",
    "reinstated",
    "objected",
    "objection_lifted",
    "consent_given",
    "consent_refused",
    "consent_withdrawn",
    "paused",
    "resumed",
    "stop",
    "allow-retained",
    "erase",
    "statement",
]
KINDS: Final[tuple[RequestKind, ...]] = get_args(RequestKind)
SAYINGS: Final = frozenset(KINDS[: KINDS.index("stop")])
"""Kinds that are a `BasisEvent`; the others are choices of somebody who leaves, and access."""

MOST_DAYS: Final = 30
CLOCKS_APART: Final = dt.timedelta(minutes=10)
METHOD: Final = "signed request"
Word = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=320)]


class Request(BaseModel):
    """What is asked.

    Attributes:
        at: The instant (UTC) at which it was signed.
        nonce: 32 hexadecimal digits, different in each request.
        expires: For a consent, the first day on which it counts no more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: RequestKind
    person: Name
    organisation: Name
    classes: Annotated[list[Word], Field(min_length=1, max_length=len(CLASSES))]
    purposes: Annotated[list[Word], Field(min_length=1, max_length=len(Purpose))]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    expires: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None

    @field_validator("classes")
    @classmethod
    def _known_classes(cls, words: list[str]) -> list[str]:
        return _known(words, {*CLASSES, EVERY})

    @field_validator("purposes")
    @classmethod
    def _known_purposes(cls, words: list[str]) -> list[str]:
        return _known(words, {*Purpose, EVERY})

    @model_validator(mode="after")
    def _dates_are_dates(self) -> Self:
        _ = self.instant, self.last_day
        if self.expires is not None and self.kind != "consent_given":
            raise ValueError("only a consent expires")
        return self

    @property
    def instant(self) -> dt.datetime:
        """`at` as an instant."""
        return dt.datetime.fromisoformat(self.at)

    @property
    def last_day(self) -> dt.date | None:
        """`expires` as a day."""
        return dt.date.fromisoformat(self.expires) if self.expires else None


@dataclass(frozen=True)
class Accepted:
    """A request that was checked and counts.

    Attributes:
        public_key: The person's key that signed it.
        sha256: The hash of the bytes that were signed.
    """

    request: Request
    public_key: str
    sha256: str

    def as_row(self) -> dict[str, Any]:
        """The request as a row of the ledger's table `requests`."""
        return {
            "request": self.request.nonce,
            "person": self.request.person,
            "kind": self.request.kind,
            "sha256": self.sha256,
            "content": {**self.request.model_dump(), "public_key": self.public_key},
        }

    def as_event(self) -> BasisEvent:
        """The request as what the person said; its kind is one of `SAYINGS`.

        Raises:
            RefusedError: It asks for something else.
        """
        if self.request.kind not in SAYINGS:
            raise RefusedError(f"a request for {self.request.kind!r} is no saying about uses")
        return BasisEvent(
            id=f"rq_{self.request.nonce}",
            person=self.request.person,
            at=self.request.instant,
            kind=self.request.kind,  # type: ignore[arg-type]
            classes=tuple(self.request.classes),
            purposes=tuple(self.request.purposes),
            method=METHOD,
            expires=self.request.last_day,
        )


def make_request(
    kind: RequestKind,
    *,
    key: PersonalKey,
    at: dt.datetime,
    classes: Sequence[str] = (EVERY,),
    purposes: Sequence[str] = (EVERY,),
    expires: dt.date | None = None,
) -> bytes:
    """A signed request as the bytes of a file; needs no workspace and no network.

    Raises:
        RefusedError: A class or purpose is unknown, or an expiry is given for no consent.
    """
    content = {
        "kind": kind,
        "person": key.person,
        "organisation": key.organisation,
        "classes": list(classes),
        "purposes": list(purposes),
        "at": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "nonce": secrets.token_hex(16),
        "expires": expires.isoformat() if expires else None,
    }
    return sign_request(_request(content).model_dump(), key)


def accept_request(
    data: bytes,
    *,
    kinds: Iterable[str],
    organisation: str,
    keys: Iterable[Mapping[str, Any]],
    requests: Iterable[Mapping[str, Any]],
    now: dt.datetime,
    person: str | None = None,
) -> Accepted:
    """Check a request; the caller appends `as_row` in the transaction that acts on it.

    Args:
        data: The bytes of the file.
        kinds: What it may ask for here.
        organisation: Whose ledger this is.
        keys: Rows of `person_keys`.
        requests: Rows of `requests`.
        now: The instant of acceptance.
        person: Who it must be from, where that was said.

    Raises:
        HostileInputError: It is no request.
        RefusedError: It is one, and does not count; the message says why.
    """
    try:
        signed = open_request(data)
    except SignatureError as error:
        raise RefusedError(str(error), advice="ask for the file as it was signed") from error
    except MalformedError as error:
        raise HostileInputError(
            f"no signed request: {error}", advice="make one with `byline request`"
        ) from error
    request = _request(signed.content)
    _expect(request, kinds=kinds, organisation=organisation, person=person)
    _expect_fresh(request, now=now)
    if signed.public_key not in counting_keys(keys, request.person):
        raise RefusedError(
            "the key that signed the request was not issued to this person, or counts no more",
            advice="sign with the key that was issued last, or come in person",
        )
    if any((row["person"], row["request"]) == (request.person, request.nonce) for row in requests):
        raise RefusedError(
            "this request was accepted before, and is on record",
            advice="to say it again, sign a new one",
        )
    return Accepted(request, signed.public_key, signed.sha256)


def _request(content: Mapping[str, Any]) -> Request:
    try:
        return Request.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:80]
        said = str(first["msg"]).removeprefix("Value error, ")
        raise RefusedError(
            f"the request's {where or 'content'}: {said[:200]}",
            advice="make it with `byline request` of this version",
        ) from error


def _expect(
    request: Request, *, kinds: Iterable[str], organisation: str, person: str | None
) -> None:
    if request.kind not in set(kinds):
        raise RefusedError(f"the request is for {request.kind!r}, which is not asked here")
    if request.organisation != organisation:
        raise RefusedError("the request is to another organisation")
    if person is not None and request.person != person:
        raise RefusedError("the request is by somebody else than this command is about")


def _expect_fresh(request: Request, *, now: dt.datetime) -> None:
    if request.instant > now + CLOCKS_APART:
        raise RefusedError(
            f"the request is dated {request.at}, which is in the future",
            advice="set the clock of the computer that signs, and sign again",
        )
    if request.instant < now - dt.timedelta(days=MOST_DAYS):
        raise RefusedError(
            f"the request was signed {request.at}, more than {MOST_DAYS} days ago",
            advice="sign it again: an old paper may have been superseded",
        )


def _known(words: list[str], known: set[str]) -> list[str]:
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is not one of {', '.join(sorted(known))}")
    if len(set(words)) != len(words):
        raise ValueError("a word stands twice")
    return words
