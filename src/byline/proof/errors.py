"""The error tree of `byline.proof`; every message states what was expected and what was found.

ProofError
  +-- MalformedError           input that is not in its written form
  |     +-- NotCanonicalError  a value or text outside canonical JSON
  +-- VerificationError        well-formed, but does not prove what it claims
  |     +-- InclusionError
  |     +-- ConsistencyError
  |     +-- AbsenceError
  |     +-- OrderError         keyed leaves not in strictly increasing order
  |     +-- SignatureError
  +-- LogError                 the log on disk
  |     +-- LogExistsError
  |     +-- LogMissingError
  |     +-- LogLockedError
  |     +-- LogEntryError      an entry or index the log cannot hold or does not hold
  |     +-- LogWriteError      the file system refused; nothing was acknowledged
  |     +-- LogDamagedError    names the damaged files
  |     +-- LogRolledBackError the checkpoint is older than something else known
  +-- KeyFileError
"""


class ProofError(Exception):
    """Root of the tree. `advice` says the fix in plain words, or is empty."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class MalformedError(ProofError):
    """Input that is not in the form its specification gives."""


class NotCanonicalError(MalformedError):
    """A value that has no canonical JSON, or a text that is not canonical JSON."""


class VerificationError(ProofError):
    """A well-formed proof or signature that does not hold."""


class InclusionError(VerificationError):
    """An inclusion proof that does not lead from the leaf to the root."""


class ConsistencyError(VerificationError):
    """A consistency proof that does not lead from the old root to the new one."""


class AbsenceError(VerificationError):
    """An absence proof that does not hold, or a key that is present."""


class OrderError(VerificationError):
    """Keyed leaves that are not in strictly increasing order of key."""


class SignatureError(VerificationError):
    """A note without a valid signature by a known key, or with a false one."""


class LogError(ProofError):
    """The log on disk could not do what was asked."""


class LogExistsError(LogError):
    """A log, or something else, is already at the path."""


class LogMissingError(LogError):
    """There is no log at the path, or a file of it is missing."""


class LogLockedError(LogError):
    """Another writer holds the log."""


class LogEntryError(LogError):
    """An entry or index that the log cannot hold or does not hold."""


class LogWriteError(LogError):
    """The file system refused a read or write; nothing was acknowledged."""


class LogDamagedError(LogError):
    """Stored bytes that disagree with the signed root; `damaged` names the files."""

    def __init__(self, message: str, *, damaged: tuple[str, ...], advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.damaged = damaged


class LogRolledBackError(LogError):
    """A checkpoint older than the tiles beside it, or than one seen before."""


class KeyFileError(ProofError):
    """A private key file that is missing, unsafe or not a key."""
