"""A witness as a small web server, with nothing but the standard library.

`POST /add-checkpoint` and `GET /<origin hash>/checkpoint` as https://c2sp.org/tlog-witness has
them; beside these `GET /<origin hash>/refusals.jsonl`, the evidence, and `GET /`, the witness's own
keys. Invariants: a request is bounded in bytes, a connection in seconds, and connections in number;
nothing that a client sent is logged, only the method, which of these routes, and the status.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from byline.proof import durable
from byline.proof.errors import LogMissingError, ProofError
from byline.proof.note import MAX_NOTE_BYTES
from byline.proof.witness import Witness, add_checkpoint
from byline.proof.witness_memory import CHECKPOINT, MAX_REFUSALS_BYTES, REFUSALS
from byline.proof.witness_request import (
    BAD_REQUEST,
    MAX_REQUEST_BYTES,
    NOT_FOUND,
    OK,
    Answer,
    say,
)

MAX_CONNECTIONS = 64
MAX_SECONDS = 60  # of a connection, however slowly it sends
MAX_WAIT = 10  # seconds of silence
LENGTH_REQUIRED, TOO_LARGE, FAILED = 411, 413, 500
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
_READ = re.compile(rf"/([0-9a-f]{{64}})/({CHECKPOINT}|{re.escape(REFUSALS)})", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness until it is shut down.

    Args:
        address: Host and port to listen on; port 0 takes a free one.
        witness: Who cosigns.
        report: Called with one line for each request.
    """

    daemon_threads = True
    request_queue_size = 16

    def __init__(
        self, address: tuple[str, int], *, witness: Witness, report: Callable[[str], None]
    ) -> None:
        self.witness = witness
        self.report = report
        self._since: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, unless there are too many."""
        with self._guard:
            is_full = len(self._since) >= MAX_CONNECTIONS
            if not is_full:
                self._since[request] = time.monotonic()
        if is_full:
            self.report("too many connections: one was ended")
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._guard:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End connections that last too long, whatever they send; called twice a second."""
        end = time.monotonic() - MAX_SECONDS
        with self._guard:
            slow = [request for request, since in self._since.items() if since < end]
        for request in slow:
            _hang_up(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - of the base
        """A connection that broke off is no news; the address of a client is not logged."""
        self.report("a connection broke off")


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout = MAX_WAIT
    server_version = "byline-witness"
    sys_version = ""

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self.close_connection = True  # its body is left unread
            self._send(say(NOT_FOUND, "post to /add-checkpoint"), "another")
            return
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not length:
            self._refuse(LENGTH_REQUIRED, "give the length of the body")
        elif not _LENGTH.fullmatch(length) or len(self.headers.get_all("Content-Length", ())) > 1:
            self._refuse(BAD_REQUEST, "the length of the body is no number")
        elif int(length) > MAX_REQUEST_BYTES:
            self._refuse(TOO_LARGE, f"send at most {MAX_REQUEST_BYTES} bytes")
        else:
            self._add(self.rfile.read(int(length)), int(length))

    def do_GET(self) -> None:
        witness = self.server.witness
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is left unread, and is no other request
        if self.path == "/":
            keys = "\n".join(cosigner.vkey for cosigner in witness.cosigners)
            self._send(say(OK, keys), "keys")
            return
        match = _READ.fullmatch(self.path)
        if match is None:
            self._send(say(NOT_FOUND, "see c2sp.org/tlog-witness"), "another")
            return
        self._send(_stored(witness.state / match[1], match[2]), match[2])

    def _add(self, data: bytes, length: int) -> None:
        if len(data) != length:
            self._refuse(BAD_REQUEST, "the body ended early")
            return
        try:
            answer = add_checkpoint(self.server.witness, data)
        except ProofError as error:
            self.server.report(f"the witness's own memory: {error}")
            answer = say(FAILED, "this witness cannot remember, so it does not cosign")
        self._send(answer, "add-checkpoint")

    def _refuse(self, status: int, words: str) -> None:
        self.close_connection = True
        self._send(say(status, words), "add-checkpoint")

    def _send(self, answer: Answer, route: str) -> None:
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.server.report(f"{self.command} {route} {answer.status}")

    def log_message(self, *_: Any) -> None:
        """What the base would log has what the client sent in it."""


def serve(witness: Witness, *, host: str, port: int, report: Callable[[str], None]) -> None:
    """Serve a witness until the process is interrupted."""
    with WitnessServer((host, port), witness=witness, report=report) as server:
        report(f"listening on {host}, port {server.server_address[1]}")
        server.serve_forever()


def _stored(folder: Path, name: str) -> Answer:
    limit = MAX_NOTE_BYTES if name == CHECKPOINT else MAX_REFUSALS_BYTES
    try:
        return Answer(OK, durable.read_file(folder, name, limit=limit))
    except LogMissingError:
        return say(NOT_FOUND, "there is none")
    except ProofError:
        return say(FAILED, "it cannot be read")


def _hang_up(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself
