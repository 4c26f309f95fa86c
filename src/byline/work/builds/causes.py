"""Failures that no change of the code repairs: patterns of infrastructure trouble.

The list is ours. A reason is a short code.
"""

import re
from collections.abc import Mapping
from typing import Final

PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "timeout": (
        r"exceeded the maximum execution time",
        r"execution took longer than \d+",
        r"Job .{0,80}timed out",
        r"The (?:job|operation|runner) (?:has )?(?:timed out|was canceled|exceeded)",
        r"Build timed out",
        r"Cancelling nested steps due to timeout",
        r"stuck_or_timeout_failure",
    ),
    "out_of_memory": (
        r"Out of memory: Kill",
        r"OOMKilled",
        r"[Oo]ut of memory \(",
        r"Cannot allocate memory",
        r"java\.lang\.OutOfMemoryError",
        r"JavaScript heap out of memory",
        r"std::bad_alloc",
        r"exit code 137\b",
        r"signal 9\b.{0,20}[Kk]ill",
    ),
    "disk_full": (r"No space left on device", r"Disk quota exceeded", r"ENOSPC"),
    "network": (
        r"Could not resolve host",
        r"Temporary failure in name resolution",
        r"Connection (?:timed out|reset by peer)",
        r"ECONNRESET",
        r"ETIMEDOUT",
        r"EAI_AGAIN",
        r"TLS handshake timeout",
        r"Read timed out",
        r"Network is unreachable",
        r"The remote end hung up unexpectedly",
        r"i/o timeout",
        r"HTTP (?:Error )?(?:429|502|503|504)\b",
        r"(?:429 Too Many Requests|502 Bad Gateway|504 Gateway Time-?out)",
        r"503 Service (?:Temporarily )?Unavailable",
    ),
    "runner_lost": (
        r"runner has received a shutdown signal",
        r"lost communication with the server",
        r"The hosted runner (?:lost|encountered)",
        r"runner_system_failure",
        r"Runner .{0,60} went offline",
        r"(?:java\.io\.IOException|hudson\.remoting).{0,60}[Cc]hannel.{0,40}clos",
        r"Agent .{0,80} (?:was deleted|is offline|went offline)",
        r"ERROR: Job failed \(system failure\)",
        r"slave went offline",
        r"node was preempted",
        r"[Ss]pot instance .{0,40}terminat",
    ),
    "registry": (
        r"toomanyrequests: ",
        r"manifest unknown",
        r"failed to pull image",
        r"ImagePullBackOff",
        r"Error response from daemon: .{0,80}(?:pull|registry)",
    ),
    "credentials_missing": (
        r"fatal: Authentication failed",
        r"could not read Username",
        r"denied: denied",
    ),
}
INFRASTRUCTURE: Final = tuple(
    (reason, re.compile("|".join(patterns))) for reason, patterns in PATTERNS.items()
)


def infrastructure(line: str) -> str | None:
    """The reason, if a line tells of trouble with infrastructure."""
    return next((reason for reason, pattern in INFRASTRUCTURE if pattern.search(line)), None)
