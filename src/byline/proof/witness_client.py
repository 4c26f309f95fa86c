"""Asking a witness for a cosignature (https://c2sp.org/tlog-witness), over the network or not.

Invariants: what a witness answers is bounded, and believed only where its known key signed it over
the very checkpoint that was sent; no redirect is followed; the network is used only when called.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from byline.proof.checkpoint import unverified_checkpoint
from byline.proof.cosignature import Cosigner, signature_lines, verify_cosignatures
from byline.proof.errors import (
    MalformedError,
    SignatureError,
    WitnessError,
    WitnessRefusedError,
)
from byline.proof.log import prove_consistency
from byline.proof.note import parse_signatures
from byline.proof.witness_request import (
    CONFLICT,
    OK,
    UNPROCESSABLE,
    Answer,
    Request,
    format_request,
    parse_request,
    size_in,
)

TIMEOUT = 15.0  # seconds of silence
MAX_SECONDS = 60.0  # of an answer, however slowly it comes
MAX_ANSWER_BYTES = 131_072
MAX_TRIES = 4  # a witness that others ask at the same time may be ahead again

Post = Callable[[bytes], Answer]
"""Sends an `add-checkpoint` body to a witness and gives its answer."""


def post_to(url: str) -> Post:
    """A way to a witness at its submission prefix, `http://…` or `https://…`.

    Plain http is enough: everything is signed, and nothing secret is sent. Raises WitnessError for
    an address that is none.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise WitnessError(f"{url[:80]!r} is no address: {error}") from error
    is_plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not host or not is_plain or parts.query:
        raise WitnessError(f"{url[:80]!r} is no address of a witness", advice="write http://host")
    path = f"{parts.path.rstrip('/')}/add-checkpoint"

    def post(data: bytes) -> Answer:
        connection = _connection(parts.scheme, host, port)
        try:
            headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "byline"}
            connection.connect()
            with _hung_up_after(MAX_SECONDS, connection.sock):
                connection.request("POST", path, body=data, headers=headers)
                got = connection.getresponse()
                body = got.read(MAX_ANSWER_BYTES + 1)
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise WitnessError(
                f"{host}: no answer: {error or type(error).__name__}",
                advice="see that it is up; the log can be cosigned at any later time",
            ) from error
        finally:
            connection.close()
        if len(body) > MAX_ANSWER_BYTES:
            raise WitnessError(f"{host}: expected at most {MAX_ANSWER_BYTES} bytes, got more")
        return Answer(got.status, body, got.headers.get("Content-Type", ""))

    return post


def ask(post: Post, note: bytes, *, path: Path, cosigners: Sequence[Cosigner]) -> bytes:
    """Ask a witness to cosign a checkpoint of the log at `path`; return its signature lines.

    `cosigners` are the keys of this witness that are known. Raises WitnessRefusedError if the
    witness saw another past of this log (its words are in the message), SignatureError if what it
    answers is signed by no known key, and WitnessError if it cannot be asked.
    """
    checkpoint = unverified_checkpoint(note)
    old_size = 0
    for _ in range(MAX_TRIES):
        hashes = _hashes(path, old_size=old_size, size=checkpoint.size)
        answer = post(format_request(Request(old_size, hashes, note)))
        if answer.status == OK:
            return _lines(answer, note, cosigners)
        if answer.status != CONFLICT:
            raise _refusal(answer)
        try:
            old_size = size_in(answer)
        except MalformedError as error:
            raise WitnessError(f"the witness does not follow the protocol: {error}") from error
        if old_size > checkpoint.size:
            raise WitnessRefusedError(
                f"rollback: the witness has cosigned {old_size} entries of {checkpoint.origin}, "
                f"this checkpoint has {checkpoint.size}",
                advice="if the log was restored from an old copy, restore a newer one",
            )
    raise WitnessError(f"the witness is ahead again after {MAX_TRIES} tries", advice="try again")


def ask_once(post: Post, data: bytes, *, cosigners: Sequence[Cosigner]) -> tuple[bytes, bytes]:
    """Hand a request, or a checkpoint alone, to a witness; return the checkpoint and the lines.

    A checkpoint alone says nothing of how the log grew: it is for a witness that knows just as many
    entries, or none. Raises as `ask` does, and WitnessRefusedError if the witness knows another
    size than the request starts from.
    """
    is_request = data.startswith(b"old ")
    note = parse_request(data).note if is_request else data
    answer = post(data if is_request else format_request(Request(0, (), note)))
    if answer.status == CONFLICT and not is_request:
        answer = post(format_request(Request(size_in(answer), (), note)))
    if answer.status == CONFLICT:
        raise WitnessRefusedError(
            f"the witness knows {size_in(answer)} entries, the request starts from another size",
            advice=f"make one with `byline log cosign --request FILE --old-size {size_in(answer)}`",
        )
    if answer.status != OK:
        raise _refusal(answer)
    return note, _lines(answer, note, cosigners)


def request_for(note: bytes, *, path: Path, old_size: int) -> bytes:
    """The body of a request, to be carried to a witness that is not on the network."""
    size = unverified_checkpoint(note).size
    return format_request(Request(old_size, _hashes(path, old_size=old_size, size=size), note))


def _hashes(path: Path, *, old_size: int, size: int) -> tuple[bytes, ...]:
    return tuple(prove_consistency(path, old_size=old_size, size=size)) if old_size else ()


def _lines(answer: Answer, note: bytes, cosigners: Sequence[Cosigner]) -> bytes:
    """The signature lines in an answer by known keys, verified over the checkpoint."""
    text, _ = parse_signatures(note)
    signed = f"{text}\n".encode() + answer.body
    found = verify_cosignatures(signed, cosigners)
    if not found:
        known = ", ".join(cosigner.vkey for cosigner in cosigners) or "no key"
        raise SignatureError(f"expected a cosignature by {known[:300]}, the answer has none by it")
    return signature_lines(signed, [one.cosigner for one in found])


def _refusal(answer: Answer) -> Exception:
    words = answer.body[:2000].decode("utf-8", "replace").strip()
    if answer.status == UNPROCESSABLE:
        return WitnessRefusedError(
            f"the witness refuses: {words}",
            advice="find out who changed the log: the witness keeps both checkpoints as evidence",
        )
    return WitnessError(
        f"the witness answers with status {answer.status}: {words}",
        advice="see that the witness knows this log's key (`byline log policy` prints it)",
    )


@contextlib.contextmanager
def _hung_up_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """End a connection that lasts too long, and say so; the other side may drip for ever."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with contextlib.suppress(OSError):  # it ended by itself
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError(f"not done after {seconds:g} seconds")


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
