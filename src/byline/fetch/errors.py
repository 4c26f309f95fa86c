"""What goes wrong between a server and us; only `Stopped` and wrong use reach the caller of fetch.

A `Refusal` is about one answer: the item is counted as failed, kept for the next run, and the
rest goes on. No message holds a token, a header or a body.
"""

from byline.errors import IncompleteError, InputError


class RefusalError(InputError):
    """One answer that cannot be taken.

    Attributes:
        reason: A short code, counted: too_large | not_json | too_deep | unexpected |
            redirected_elsewhere | too_many_redirects | too_many_pages | slow | status_404 ….
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoppedError(IncompleteError):
    """The server does not answer, or wants us to wait longer than we may; resumable."""
