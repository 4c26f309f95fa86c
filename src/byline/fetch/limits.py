"""How much a server may send, how long it may take, and how patient we are with it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of every request and of a whole run.

    Attributes:
        max_bytes: Of one answer; a longer one is refused.
        max_log_bytes: Of one build log, which is cut there and says so.
        max_pages: Pages of one list that belongs to one item.
        max_items: Items of one run; None: all. A run that stops there can be resumed.
        timeout: Seconds without a byte.
        deadline: Seconds for one whole answer, however steadily it drips.
        tries: Attempts at one request that fails in a passing way.
        first_wait: Seconds before the second attempt; doubled for each further one.
        longest_wait: Seconds between two attempts, at most.
        patience: Seconds that a rate limit may make us wait in one go; beyond it the run ends,
            resumable.
    """

    max_bytes: int = 64 << 20
    max_log_bytes: int = 32 << 20
    max_pages: int = 500
    max_items: int | None = None
    timeout: float = 30.0
    deadline: float = 600.0
    tries: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    patience: float = 3900.0  # GitHub's hour, and a little
