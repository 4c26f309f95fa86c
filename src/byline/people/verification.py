"""Whether a commit's author is more than a claim: its signature, held against the author.

A commit's author is whatever the commit says. A good signature proves that the holder of a key made
the commit, and not that the holder is its author: git calls a commit good that says Alice and is
signed by Bob. So the key's holder, by the organisation's word, is compared with the author, after
both are resolved to people. Signatures are verified here, natively; no program is run.

States:
- ``unsigned``: there is no signature.
- ``verified``: it is good, and the key is the author's own.
- ``mismatch``: it is good, and the key is somebody else's: another person's, a forge's that signs
  what it merges, or one that stands for several people.
- ``unknown_key``: the organisation has not said whose key it is.
- ``expired``: the key was not valid at the commit's time, or is revoked.
- ``bad``: it does not verify, or is malformed.
- ``unsupported``: it may be good, but not by anything that is checked here.

Invariants: only ``verified`` and ``mismatch`` say who made a commit. Co-authors are self-asserted
whatever the state: nobody but the committer signs. The time that validity is checked at is the
commit's own, as git does it; it is the signer's word, so an expired key can still date its commits
back. A key must be revoked or taken off the list to stop it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.people.claims import day_number
from byline.people.identities import VERSION as IDENTITIES_VERSION
from byline.people.identities import Directory
from byline.people.key_holder import FORGE_KEYS, Author, GoodSignature, Holders, Verification
from byline.people.openpgp import read_openpgp_signature, verify_openpgp
from byline.people.openpgp_keys import Certificate, SigningKey
from byline.people.openpgp_packets import EXPIRES, Signature
from byline.people.signature_errors import SignatureError, UnsupportedSignatureError
from byline.people.signers import VERSION as SIGNERS_VERSION
from byline.people.signers import Signers
from byline.people.sshsig import read_ssh_signature, verify_ssh_signature

VERSION = f"1.{SIGNERS_VERSION}.{IDENTITIES_VERSION}"
STATES = ("verified", "mismatch", "expired", "unknown_key", "bad", "unsupported", "unsigned")
SELF_ASSERTED = "self-asserted"
VERIFICATIONS = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),  # one of STATES
        pa.field("label", pa.string(), nullable=False),  # verified | mismatch | self-asserted
        pa.field("kind", pa.string()),  # ssh | openpgp | x509 | unknown; null when unsigned
        pa.field("fingerprint", pa.string()),  # of the key, as the signature claims it
        pa.field("principal", pa.string()),  # whom the organisation names for the key
        pa.field("signer", pa.string()),  # the person of that principal, as `BYLINES` names people
        pa.field(
            "holder", pa.string()
        ),  # author | other | forge | shared; claimed if `unknown_key`
        pa.field("detail", pa.string(), nullable=False),  # why, in words; may quote the signature
    ]
)


def label(state: str) -> str:
    """What a byline says of its author: ``verified``, ``mismatch`` or ``self-asserted``."""
    return state if state in ("verified", "mismatch") else SELF_ASSERTED


def verify(
    commits: pa.Table,
    signatures: pa.Table,
    bylines: pa.Table,
    *,
    signers: Signers,
    directory: Directory,
) -> pa.Table:
    """`VERIFICATIONS` of a table of commits, one row each, ordered as they are.

    Args:
        commits: `COMMITS`.
        signatures: `SIGNATURES` of those of them that are signed.
        bylines: `BYLINES` of them.
        signers: Whose keys are whose.
        directory: What principals are resolved against, as authors were.
    """
    found = _found(commits, signatures, bylines, signers, directory)
    oids = commits["commit"].to_pylist()
    unsigned = Verification("unsigned", "it is not signed")
    rows = [found.get(oid, (None, unsigned)) for oid in oids]
    columns: dict[str, Sequence[Any]] = {
        "commit": oids,
        "label": [label(one.state) for _, one in rows],
        "kind": [kind for kind, _ in rows],
        **{name: [getattr(one, name) for _, one in rows] for name in Verification._fields},
    }
    return pa.table({name: columns[name] for name in VERIFICATIONS.names}, schema=VERIFICATIONS)


def _found(
    commits: pa.Table,
    signatures: pa.Table,
    bylines: pa.Table,
    signers: Signers,
    directory: Directory,
) -> dict[str, tuple[str | None, Verification]]:
    """The kind and verification of each signed commit."""
    if not signatures.num_rows:
        return {}
    wanted = signatures["commit"].combine_chunks()
    authors = _authors(bylines, wanted)
    held = commits.filter(pc.is_in(commits["commit"], value_set=wanted))
    # Parquet keeps milliseconds at the coarsest.
    seconds = held["commit_time"].cast(pa.timestamp("s", tz="UTC")).cast(pa.int64()).to_pylist()
    times = dict(zip(held["commit"].to_pylist(), seconds, strict=True))
    judge = Judge(signers, directory)
    return {
        row["commit"]: (row["kind"], judge(row, times[row["commit"]], authors[row["commit"]]))
        for batch in signatures.to_batches(max_chunksize=4096)
        for row in batch.to_pylist()
        if row["commit"] in times
    }


def _authors(bylines: pa.Table, wanted: pa.Array) -> dict[str, Author]:
    is_author = pc.equal(bylines["role"], "author")
    rows = bylines.filter(pc.and_(is_author, pc.is_in(bylines["commit"], value_set=wanted)))
    columns = ["commit", "email", "person", "population", "authored"]
    return {
        row["commit"]: Author(
            email=row["email"].strip(),
            key=row["person"],
            population=row["population"],
            day=_day(row["authored"]),
        )
        for row in rows.select(columns).to_pylist()
    }


def _day(time: dt.datetime) -> int:
    return day_number(time.astimezone(dt.UTC).date(), default=0)


class Judge:
    """Judges signatures by the organisation's keys and people.

    Args:
        signers: Whose keys are whose.
        directory: What principals are resolved against.
    """

    def __init__(self, signers: Signers, directory: Directory) -> None:
        self._signers = signers
        self._holders = Holders(directory)

    def __call__(self, row: Mapping[str, Any], time: int, author: Author) -> Verification:
        """Judge one row of `SIGNATURES`, made at a time (seconds since 1970) for an author."""
        if row["problem"] is not None:
            return _problem(row["problem"])
        try:
            if row["kind"] == "ssh":
                good = self._ssh(row["signature"], row["payload"], time)
            elif row["kind"] == "openpgp":
                good = self._openpgp(row["signature"], row["payload"], time)
            else:
                return Verification("unsupported", f"signatures of kind {row['kind']}")
        except UnsupportedSignatureError as error:
            return Verification("unsupported", str(error))
        except SignatureError as error:
            return Verification("bad", str(error))
        if isinstance(good, Verification):
            return good
        return self._holders.against(good, author)

    def _ssh(self, armour: bytes, payload: bytes, time: int) -> GoodSignature | Verification:
        signature = read_ssh_signature(armour)
        verify_ssh_signature(signature, payload)
        name = signature.fingerprint
        lines = self._signers.by_key.get(signature.key, ())
        if not lines:
            return Verification("unknown_key", "nobody has said whose key it is", name)
        lines = tuple(line for line in lines if line.signs_commits())
        if not lines:
            return Verification("unknown_key", "the key is listed, but not for git", name)
        valid = tuple(line for line in lines if line.is_valid(time))
        principals = tuple(line.principals for line in valid or lines)
        return GoodSignature(name, principals, bool(valid), "the key was not valid at that time")

    def _openpgp(self, armour: bytes, payload: bytes, time: int) -> GoodSignature | Verification:
        signature = read_openpgp_signature(armour)
        issuer = signature.issuer
        candidates = [
            (certificate, signing)
            for certificate, signing in self._signers.by_key_id.get(issuer[-16:], ())
            if signing.key.fingerprint.endswith(issuer)
        ]
        if not candidates:
            return _unknown(issuer)
        # Two keys may share an id: that has been done on purpose.
        failure: SignatureError | None = None
        for certificate, signing in candidates:
            try:
                verify_openpgp(signing.key, signature, payload)
            except SignatureError as error:
                failure = error
                continue
            if not certificate.addresses:
                detail = "the key is listed, but carries no address of its own"
                return Verification("unknown_key", detail, signing.key.fingerprint)
            return _good(certificate, signing, signature, time)
        raise failure or SignatureError("it does not verify")


def _good(
    certificate: Certificate, signing: SigningKey, signature: Signature, time: int
) -> GoodSignature:
    """What a listed OpenPGP key says by a good signature."""
    reason = ""
    if signature.created < signing.key.created or time < signing.key.created:
        reason = "the key did not exist at that time"
    elif signing.revoked is not None and time >= signing.revoked:
        reason = "the key is revoked"
    elif signing.expires is not None and time >= signing.expires:
        reason = "the key had expired at that time"
    lasts = signature.number(EXPIRES)
    if lasts and time >= signature.created + lasts:
        reason = reason or "the signature had expired at that time"
    addresses = certificate.addresses
    return GoodSignature(signing.key.fingerprint, (addresses,), not reason, reason)


def _unknown(issuer: str) -> Verification:
    """A signature by a key that is not listed, and so is not verified."""
    unknown = Verification("unknown_key", "nobody has said whose key it is", issuer or None)
    if issuer[-16:] not in FORGE_KEYS:
        return unknown
    detail = "it names the key by which GitHub signs merges, which is not listed"
    return unknown._replace(detail=detail, holder="forge")


def _problem(problem: str) -> Verification:
    """A signature that was not kept, with why."""
    if problem == "several_signatures":
        return Verification("bad", "it carries several signatures")
    if problem == "signature_too_large":
        return Verification("bad", "its signature is larger than any honest one")
    if problem == "payload_too_large":
        return Verification("unsupported", "the commit object is too large")
    return Verification("unsupported", "it is signed for another hash than its repository's")
