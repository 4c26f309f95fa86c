"""The error tree of `byline.proof`; every message states what was expected and what was found.

ProofError
  +-- MalformedError           input that is not in its written form
  |     +-- NotCanonicalError  a value or text outside canonical JSON
  |     +-- EmptyRootError     a checkpoint of no entries with another root than that of none
  +-- VerificationError        well-formed, but does not prove what it claims
  |     +-- InclusionError
  |     +-- ConsistencyError
  |     +-- AbsenceError
  |     +-- OrderError         keyed leaves not in strictly increasing order
  |     +-- TrieError          a proof from a tree of keys that leads to another root
  |     +-- SignatureError
  |     +-- QuorumError        too few witnesses cosigned
  |     +-- WitnessRefusedError a witness says that the log forked, or forgot
  +-- LogError                 the log on disk
  |     +-- LogExistsError
  |     +-- LogMissingError
  |     +-- LogLockedError
  |     +-- LogEntryError      an entry or index the log cannot hold or does not hold
  |     +-- LogWriteError      the file system refused; nothing was acknowledged
  |     +-- LogDamagedError    names the damaged files
  |     +-- LogRolledBackError the checkpoint is older than something else known
  |     +-- LogKeyError        the log goes on under another key
  +-- KeyFileError
  +-- WitnessError             a witness could not be asked, or its own memory is damaged
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


class EmptyRootError(MalformedError):
    """A checkpoint of no entries whose root is not that of an empty tree."""


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


class TrieError(VerificationError):
    """A proof from a tree of keys that does not lead to the root."""


class SignatureError(VerificationError):
    """A note without a valid signature by a known key, or with a false one."""


class QuorumError(VerificationError):
    """A checkpoint that fewer witnesses cosigned than the policy asks for."""


class WitnessRefusedError(VerificationError):
    """A witness that refuses to cosign: the log does not grow from what it saw before."""


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


class LogKeyError(LogError):
    """A key that handed the log over to another, and signs no more."""


class KeyFileError(ProofError):
    """A private key file that is missing, unsafe or not a key."""


class WitnessError(ProofError):
    """A witness that cannot be asked, or whose own memory is damaged."""
