"""A server on this machine that answers like a forge: a table of paths, and a log of what was asked.

An answer is a value (sent as JSON), bytes, a `Reply`, an exception of `Drop`, or a function of the
request that gives one of these. A list of `Once` is used up one by one; the last one stays.
"""

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    body: object = b""
    status: int = 200
    headers: dict = field(default_factory=dict)


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes = b""


class Turns(list):
    """Answers, one after another; the last stays."""


class Drop:
    """The connection is closed without an answer."""


class FakeServer:
    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.asked: list[Asked] = []
        self.before: Callable[[Asked], None] = lambda _asked: None
        self.base = ""

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> object:
        found = self.answers.get(asked.path, Reply({"message": "Not Found"}, 404))
        if isinstance(found, Turns):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found(asked) if callable(found) and not isinstance(found, type) else found


def _handler(server: FakeServer) -> type:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(self.command, parts.path, query, headers, body)
            server.asked.append(asked)
            server.before(asked)
            found = server.answer(asked)
            if found is Drop:
                self.close_connection = True
                return
            reply = found if isinstance(found, Reply) else Reply(found)
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            short = "X-Short" in reply.headers  # more is announced than comes
            self.send_header("Content-Length", str(len(data) + 100 * short))
            self.close_connection = self.close_connection or short
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address) -> None:
        pass  # the other side may close early: that is what hostile answers are tested with


@contextmanager
def serving():
    fake = FakeServer()
    server = _Server(("127.0.0.1", 0), _handler(fake))
    fake.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
