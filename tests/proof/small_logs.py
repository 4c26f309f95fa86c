"""The key and the entries of logs that tests write, and what stands for a kill while they do."""

from byline.proof.note import Signer

SIGNER = Signer("example.com/log", bytes(range(32)))
VERIFIER = SIGNER.verifier


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package may catch it."""


def numbered(start, stop):
    return [b"entry %d" % index for index in range(start, stop)]
