"""One server, asked politely: bounded answers, retries, rate limits, and a token that stays here.

Invariants: the token is in no message, no file and no representation; it goes to one server only;
TLS is verified; an answer is read up to a bound of bytes and of seconds; what fails in a passing
way is tried again after the wait that the server asks for, and never more often than `Limits` say.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from byline.errors import UsageError
from byline.fetch.address import server_of, target_of
from byline.fetch.connecting import Credentials, connect
from byline.fetch.errors import RefusalError, StoppedError
from byline.fetch.limits import Limits
from byline.fetch.waiting import PASSING, limited, until_reset, wait_for

CHUNK: Final = 1 << 16
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS: Final = 5
AGENT: Final = "byline"


@dataclass(frozen=True)
class Answer:
    """What a server said; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str  # for messages: without its query
    address: str = field(default="", repr=False)  # as it was asked
    cut: bool = False  # the body was longer than the bound, and ends there

    def json(self) -> Any:
        """The body as JSON; the prefix that Gerrit puts before it is taken off.

        Raises:
            RefusalError: It is not JSON, or nested too deep.
        """
        body = self.body.removeprefix(b")]}'").lstrip()
        try:
            return json.loads(body, parse_constant=_no_constant)
        except RecursionError as error:
            raise RefusalError("too_deep", f"{self.url} is nested too deep") from error
        except ValueError as error:
            raise RefusalError("not_json", f"{self.url} did not answer with JSON") from error


class Client:
    """Asks one server.

    Args:
        base: Its address, such as ``https://api.github.com``; paths are joined to it.
        credentials: Who asks.
        headers: Sent with every request.
        limits: Bounds.
        now: Seconds since 1970; given by tests.
        sleep: Waits; given by tests.
    """

    def __init__(
        self,
        base: str,
        *,
        credentials: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base.rstrip("/")
        self.server = server_of(base)
        self.limits = limits or Limits()
        self.requests = 0
        self._credentials = credentials or Credentials()
        self._headers = {"User-Agent": AGENT, "Accept": "application/json", **(headers or {})}
        self._now, self._sleep = now, sleep
        self._open: http.client.HTTPConnection | None = None
        self._free_at = 0.0  # when the rate limit lets us ask again

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        max_bytes: int | None = None,
        elsewhere: bool = False,
    ) -> Answer:
        """Ask for a path of this server, or a whole address on it.

        Args:
            url: ``/path?query``, or an address.
            etag: Of the answer that is known; an unchanged one comes back with status 304.
            max_bytes: Of the answer, if not the usual; a longer one is then cut, not refused.
            elsewhere: Whether a redirect may lead to another host (without the token).

        Raises:
            RefusalError: This answer cannot be taken.
            StoppedError: The server does not answer, or wants a longer wait than allowed.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return self._ask("GET", self._whole(url), headers, None, max_bytes, elsewhere=elsewhere)

    def post(self, url: str, value: Any) -> Answer:
        """Send JSON to a path of this server (GraphQL); errors as in `get`."""
        headers = {"Content-Type": "application/json"}
        return self._ask("POST", self._whole(url), headers, json.dumps(value).encode(), None)

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _whole(self, url: str) -> str:
        whole = f"{self.base}{url}" if url.startswith("/") else url
        try:
            server = server_of(whole)
        except UsageError as error:
            said = f"a page of {self.server.host} leads nowhere"
            raise RefusalError("redirected_elsewhere", said) from error
        if server != self.server:
            raise RefusalError("redirected_elsewhere", f"{_shown(whole)} is another server")
        return whole

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int | None,
        *,
        elsewhere: bool = False,
    ) -> Answer:
        trouble = ""
        for attempt in range(1, self.limits.tries + 1):
            self._until_free()
            wait: float
            try:
                answer = self._follow(method, url, headers, body, max_bytes, elsewhere=elsewhere)
            except ssl.SSLCertVerificationError as error:
                raise StoppedError(
                    f"the certificate of {self.server.host} is not valid: {error.verify_message}",
                    advice="name the organisation's own authority in SSL_CERT_FILE",
                ) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                trouble = type(error).__name__
                wait = wait_for(0, {}, now=self._now(), attempt=attempt, limits=self.limits)
            else:
                held = until_reset(answer.headers, now=self._now())
                self._free_at = 0.0 if held is None else self._now() + held
                if not self._passing(answer):
                    return answer
                trouble = f"status {answer.status}"
                wait = wait_for(
                    answer.status, answer.headers, now=self._now(), attempt=attempt,
                    limits=self.limits,
                )  # fmt: skip
            if attempt < self.limits.tries:
                self._wait(wait)
        raise StoppedError(
            f"{self.server.host} did not answer after {self.limits.tries} attempts ({trouble})",
            advice="run the same command again: it resumes",
        )

    def _passing(self, answer: Answer) -> bool:
        return answer.status in PASSING or limited(answer.status, answer.headers, answer.body)

    def _until_free(self) -> None:
        held = self._free_at - self._now()
        self._free_at = 0.0
        if held > 0:
            self._wait(held)

    def _wait(self, seconds: float) -> None:
        if seconds > self.limits.patience:
            raise StoppedError(
                f"{self.server.host} wants us to wait {seconds:,.0f} seconds",
                advice="run the same command again later: it resumes",
            )
        self._sleep(seconds)

    def _follow(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int | None,
        *,
        elsewhere: bool,
    ) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(method, url, headers, body, max_bytes)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return answer
            if method != "GET":
                raise RefusalError("redirected_elsewhere", f"{_shown(url)} redirects what we send")
            url = self._redirected(url, answer.headers["location"], elsewhere=elsewhere)
        raise RefusalError("too_many_redirects", f"{_shown(url)} redirects in circles")

    def _redirected(self, url: str, location: str, *, elsewhere: bool) -> str:
        try:
            target = urljoin(url, location)
            server = server_of(target)
        except (UsageError, ValueError) as error:
            raise RefusalError("redirected_elsewhere", f"{_shown(url)} redirects badly") from error
        inward = server.inward and not self.server.inward
        if server != self.server and (not elsewhere or inward):
            said = f"{_shown(url)} redirects to {server.host}"
            raise RefusalError("redirected_elsewhere", said)
        return target

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int | None,
    ) -> Answer:
        server = server_of(url)
        own = server == self.server
        sent = {**self._headers, **headers, **(self._credentials.headers() if own else {})}
        connection = self._connection() if own else connect(server, timeout=self.limits.timeout)
        self.requests += 1
        try:
            connection.request(method, target_of(url), body=body, headers=sent)
            got = connection.getresponse()
            data, cut = self._read(got, url, max_bytes)
            got.close()  # else the connection does not know that this answer is over
        except BaseException:
            connection.close()
            raise
        if not own or got.will_close or cut:
            connection.close()
        named = {name.lower(): value for name, value in got.getheaders()}
        return Answer(got.status, named, data, _shown(url), url, cut)

    def _connection(self) -> http.client.HTTPConnection:
        if self._open is None:
            self._open = connect(self.server, timeout=self.limits.timeout)
        return self._open

    def _read(
        self, got: http.client.HTTPResponse, url: str, max_bytes: int | None
    ) -> tuple[bytes, bool]:
        bound = max_bytes or self.limits.max_bytes
        end = self._now() + self.limits.deadline
        announced = got.length  # None where the answer comes in chunks
        data = bytearray()
        while chunk := got.read1(CHUNK):
            data += chunk
            if len(data) > bound:
                if max_bytes is None:
                    raise RefusalError("too_large", f"{_shown(url)} sent more than {bound:,} bytes")
                return bytes(data[:bound]), True
            if self._now() > end:
                raise RefusalError("slow", f"{_shown(url)} did not end in time")
        if announced is not None and len(data) != announced:
            raise http.client.IncompleteRead(b"", announced - len(data))
        return bytes(data), False


def _shown(url: str) -> str:
    """An address for messages, without its query, which may hold a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"[:300]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
