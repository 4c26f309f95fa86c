"""Every parser of a proof, a log or a bundle that reads bytes from others, with true inputs of it.

A target returns or refuses; anything else that it raises is a defect. Where a form is the only one,
what was read must be written back the same; where two programs read the same form (the package and
the stand-alone verifier), they must agree. `test_fuzz.py` runs them in the suite,
`benchmarks/fuzz_proof.py` for hours.
"""

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bundle_maker import LOG, Bundle, Item, Release, policy, write_zip

from byline.answers.bundle_questions import read_questions
from byline.errors import BylineError
from byline.models.runlog import Taken, first_chain, line_of, linked, read_steps
from byline.proof import absence, canary, canonical, cosignature, personal, trie, verify, vrf
from byline.proof.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from byline.proof.cosigned import verify_cosigned
from byline.proof.errors import ProofError, TrieError
from byline.proof.journal import (
    encode_frame,
    journal_header,
    journal_key,
    read_journal,
    start_journal,
)
from byline.proof.keychain import key_entry, parse_key_entry
from byline.proof.logfiles import JOURNAL
from byline.proof.logproof import LogProof, format_proof, parse_proof
from byline.proof.note import (
    Signer,
    encode_base64,
    parse_signatures,
    parse_skey,
    parse_vkey,
    sign_note,
)
from byline.proof.order import check_order
from byline.proof.policy import format_policy, parse_policy
from byline.proof.tiles import decode_bundle, encode_bundle, parse_path
from byline.proof.witness_request import Request, format_request, parse_request

REFUSALS = (ProofError, BylineError, verify.Failed, verify.Unreadable)

SIGNER = Signer("log.example", bytes(32))
COSIGNER = cosignature.CosigningKey("union.example", b"\x01" * 32)
HEAD = Checkpoint("log.example", 5, hashlib.sha256(b"root").digest(), ("extension",))
NOTE = sign_note(format_checkpoint(HEAD), SIGNER)
COSIGNED = NOTE + cosignature.cosign(NOTE, COSIGNER, 1_700_000_000)
POLICY = (
    f"log {SIGNER.verifier.vkey}\nwitness union {COSIGNER.cosigner.vkey}\nquorum union\n".encode()
)
HASHES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(5))
PAIRS = {hashlib.sha256(b"%d" % number).digest(): HASHES[number % 5] for number in range(12)}
TREE = trie.build(PAIRS.items())
KEYS = [*list(PAIRS)[:2], hashlib.sha256(b"absent").digest()]
SEED = bytes(range(32))
RELEASE = Release(
    examples={"ada": ("ex1", "ex2"), "bob": ("ex3",)},
    items=(
        Item("swh:1:cnt:" + "a" * 40, ("ada",), [[1, 3]]),
        Item("git:acme:" + "b" * 40, ("bob",)),
    ),
    numbers={1: 1, 2**63: 2},
)
RUN = "run_0123456789abcdef"
PERSON = personal.PersonalKey("ada", "Acme", SEED)
BUNDLE = Bundle((RELEASE,), items=("swh:1:cnt:" + "a" * 40,), numbers=(1, 7))


LOGGED = b"\n".join(
    canonical.canonical_json(entry)
    for entry in (
        {"type": "terms", "sha256": "0" * 64, "agreements": []},
        {"type": "notices", "sha256": "0" * 64, "notices": 1, "served": 2},
        {"type": "capture", "sha256": "0" * 64},
        {"type": "assessment", "sha256": "0" * 64},
        {"type": "release", "release": RELEASE.id, "manifest_sha256": "0" * 64, "root": "0" * 64,
         "seal_sha256": hashlib.sha256(RELEASE.seal()).hexdigest()},
        {"type": "run", "state": "started", "run": RUN, "release": RELEASE.id, "purpose": "x",
         "seal_sha256": "0" * 64, "settings_sha256": "0" * 64},
        {"type": "run", "state": "finished", "run": RUN, "model": "m", "steps": 3, "chain": "0" * 64},
        {"type": "model", "model": "m", "run": RUN, "release": RELEASE.id},
        {"type": "deployment", "deployment": "d", "model": "m", "purpose": "x", "state": "placed"},
        {"type": "removal", "what": "model", "id": "m", "facts_sha256": "0" * 64},
        {"type": "ledger", "facts": 3, "root": "0" * 64},
        {"type": "canary", "commitment": "0" * 64},
    )
)  # fmt: skip


class DisagreementError(AssertionError):
    """Two programs, or two directions, that read one input differently."""


@dataclass(frozen=True)
class Target:
    """A parser and true inputs of it; `run` raises one of REFUSALS or returns."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def expect(first: object, second: object) -> None:
    if first != second:
        raise DisagreementError(f"{first!r} is not {second!r}")


def outcome(call: Callable[[], object]) -> object:
    """Return what was read, or None if it was refused."""
    try:
        return call()
    except REFUSALS:
        return None


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def read_note(data: bytes) -> None:
    text, signatures = parse_signatures(data)
    lines = [f"— {one.name} {encode_base64(one.key_id + one.signature)}\n" for one in signatures]
    expect((text + "\n" + "".join(lines)).encode(), data)


def read_checkpoint(data: bytes) -> None:
    expect(format_checkpoint(parse_checkpoint(text_of(data))), text_of(data))


def read_signed_checkpoint(data: bytes) -> None:
    """What one program accepts as signed, the other reads the same way."""
    ours = outcome(lambda: verify_cosigned(data, parse_policy(POLICY)).checkpoint)
    policy = verify.read_policy(POLICY)

    def signed_by_all() -> verify.Checkpoint:
        head = verify.read_checkpoint(data)
        found = verify.signers(head, [*policy.logs, *policy.witnesses.values()])
        if policy.logs[0] not in found or not policy.reached(policy.quorum, found):
            raise verify.Failed("checkpoint", "not enough signatures")
        return head

    theirs = outcome(signed_by_all)
    if ours is not None and theirs is not None:
        expect((theirs.origin, theirs.size, theirs.root), (ours.origin, ours.size, ours.root))
    expect(ours is None, theirs is None)


def read_keys(data: bytes) -> None:
    text = text_of(data)
    for parse in (parse_vkey, cosignature.parse_cosigner):
        if (key := outcome(lambda parse=parse: parse(text))) is not None:
            expect(key.vkey, text)
    for parse in (parse_skey, cosignature.parse_cosigning_key):
        if (key := outcome(lambda parse=parse: parse(text))) is not None:
            expect(key.skey, text)
    outcome(lambda: verify.read_key(text, "key"))


def read_proof(data: bytes) -> None:
    expect(format_proof(parse_proof(data)), data)


def read_policy(data: bytes) -> None:
    """Both programs take the same keys from it and believe the same witnesses."""
    ours, theirs = outcome(lambda: parse_policy(data)), outcome(lambda: verify.read_policy(data))
    if ours is None or theirs is None:
        return
    expect(parse_policy(format_policy(ours)), ours)
    expect([str(key) for key in theirs.logs], [key.vkey for key in ours.verifiers])
    names = list(theirs.witnesses)
    expect(names, [one.name for one in ours.witnesses])
    for number in range(min(2 ** len(names), 64)):
        signed = [name for place, name in enumerate(names) if number >> place & 1]
        keys = [theirs.witnesses[name] for name in signed]
        expect(ours.is_met(signed), theirs.reached(theirs.quorum, keys))


def read_trie(data: bytes) -> None:
    ours = outcome(lambda: trie.verify(data, root=TREE.root, keys=KEYS))
    theirs = outcome(lambda: verify.answers(data, TREE.root, KEYS, "items"))
    expect(ours, theirs)
    if ours is not None:
        expect((data, ours), (trie.prove(TREE, KEYS), {key: PAIRS.get(key) for key in KEYS}))


def read_trie_under_its_own_root(data: bytes) -> None:
    """Any bytes lead to some root; both programs read the same from them, or both refuse."""
    keys = [bytes([top]) + bytes(31) for top in (0, 0x40, 0x80, 0xC1)]
    ours = outcome(lambda: _computed(data, keys))
    if ours is not None:
        root, found = ours
        expect(outcome(lambda: verify.answers(data, root, keys, "items")), found)


def _computed(data: bytes, keys: list[bytes]) -> tuple[bytes, object]:
    try:
        return bytes(32), trie.verify(data, root=bytes(32), keys=keys)
    except TrieError as error:
        root = bytes.fromhex(str(error).rpartition(" ")[2])
        return root, trie.verify(data, root=root, keys=keys)


def read_vrf(data: bytes) -> None:
    key, alpha = vrf.public_key(SEED), b"alpha"
    ours = outcome(lambda: vrf.verify(key, alpha, data))
    expect(outcome(lambda: verify.vrf_output(key, alpha, data)), ours)
    expect(outcome(lambda: vrf.verify(data[:32], alpha, data[32:])), None)


def read_absence(data: bytes) -> None:
    expect(absence.format_absence(absence.parse_absence(data)), data)


def read_canonical(data: bytes) -> None:
    expect(canonical.canonical_json(canonical.parse_canonical(data)), data)


def read_entries(data: bytes) -> None:
    verify.read_entries(data)


def read_bundle_of_entries(data: bytes) -> None:
    expect(encode_bundle(decode_bundle(data, width=3)), data)


def read_path(data: bytes) -> None:
    tile = parse_path(text_of(data))
    if tile is not None:
        expect(tile.path, text_of(data))


def read_request(data: bytes) -> None:
    expect(format_request(parse_request(data)), data)


def read_key_entry(data: bytes) -> None:
    parse_key_entry(data)


@functools.cache
def scratch() -> Path:
    folder = tempfile.TemporaryDirectory()
    scratch.kept = folder  # type: ignore[attr-defined]
    return Path(folder.name)


def read_log_journal(data: bytes) -> None:
    (scratch() / JOURNAL).write_bytes(data)
    read_journal(scratch(), key=journal_key(SIGNER))


def read_zip(data: bytes) -> None:
    path = scratch() / "bundle.zip"
    path.write_bytes(data)
    report = verify.verify(verify.Asked(path, key=LOG.vkey))
    verify.as_json(report)


def read_sealed_release(data: bytes) -> None:
    """One file of a bundle, named on the first line, replaced by the rest."""
    name, _, body = data.partition(b"\n")
    files = bundle_files()
    if text_of(name) in files:
        with_it = {**files, text_of(name): body}
        report = verify.verify(
            verify.Asked(write_zip(scratch() / "one.zip", with_it), key=LOG.vkey)
        )
        verify.as_json(report)
        if body != files[text_of(name)] and text_of(name) not in {
            "README.txt",
            "policy.txt",
            "checkpoint",
        }:
            expect(report.has("fails"), True)


def read_kit(data: bytes) -> None:
    expect(canary.kit_bytes(canary.read_kit(data)), data)


def read_signed_request(data: bytes) -> None:
    personal.open_request(data)


def read_recovery_code(data: bytes) -> None:
    seed = personal.seed_of_code(text_of(data))
    expect(personal.seed_of_code(personal.recovery_code(seed)), seed)


def read_order(data: bytes) -> None:
    check_order(data.split(b"\n"), seals={RELEASE.id: RELEASE.seal()})


def read_question_file(data: bytes) -> None:
    (scratch() / "questions.json").write_bytes(data)
    read_questions(scratch() / "questions.json")


def read_run_log(data: bytes) -> None:
    (scratch() / "run-log.jsonl").write_bytes(data)
    expect(b"".join(map(line_of, read_steps(scratch() / "run-log.jsonl", run=RUN))), data)


def run_log() -> bytes:
    chain, lines = first_chain(RUN), []
    for number in (1, 2, 3):
        taken = Taken(number, HASHES[number].hex(), 0.125, 2.5 / number)
        step = linked(chain, taken, state=HASHES[0].hex() if number == 3 else None)
        chain = step.chain
        lines.append(line_of(step))
    return b"".join(lines)


@functools.cache
def bundle_files() -> dict[str, bytes]:
    return BUNDLE.files()


def journal_bytes() -> bytes:
    key = journal_key(SIGNER)
    header = journal_header(size=HEAD.size, root=HEAD.root, key=key)
    os.close(start_journal(scratch(), header))
    frame = encode_frame(header, first=5, entries=[b"a", b"bc"], key=key)
    return (scratch() / JOURNAL).read_bytes() + frame


def targets() -> dict[str, Target]:
    """Return every target by name."""
    leaves = [absence.Leaf(key, value) for key, value in sorted(PAIRS.items())]
    keyed = absence.keyed_tree(leaves)
    absent = absence.format_absence(absence.prove_absent(keyed, KEYS[-1]))
    proof = format_proof(LogProof(3, HASHES[:3], NOTE, b"extra"))
    files = bundle_files()
    log_entries = files["entries.jsonl"]
    return {
        "note": Target(read_note, (NOTE, COSIGNED)),
        "checkpoint": Target(read_checkpoint, (format_checkpoint(HEAD).encode(),)),
        "signed_checkpoint": Target(read_signed_checkpoint, (COSIGNED, NOTE)),
        "keys": Target(
            read_keys,
            tuple(
                key.encode()
                for key in (
                    SIGNER.verifier.vkey,
                    SIGNER.skey,
                    COSIGNER.cosigner.vkey,
                    COSIGNER.skey,
                )
            ),
        ),
        "proof": Target(read_proof, (proof, format_proof(LogProof(0, (), NOTE)))),
        "policy": Target(read_policy, (POLICY, policy(LOG), policy(LOG, quorum="none"))),
        "trie": Target(read_trie, (trie.prove(TREE, KEYS), trie.prove(TREE, KEYS[:1]))),
        "trie_of_any_root": Target(
            read_trie_under_its_own_root,
            (trie.prove(TREE, [bytes(32)]), b"\x02\x00" * 40 + b"\x00"),
        ),
        "vrf": Target(read_vrf, (vrf.prove(SEED, b"alpha"), bytes(80))),
        "absence": Target(read_absence, (absent,)),
        "canonical": Target(
            read_canonical, (log_entries.split(b"\n")[0], b'{"a":[1.5,null,"\xc3\xa9"]}')
        ),
        "entries": Target(read_entries, (log_entries,)),
        "bundle_of_entries": Target(read_bundle_of_entries, (encode_bundle([b"", b"abc", b"d"]),)),
        "path": Target(
            read_path, (b"tile/0/x001/234.p/5", b"tile/entries/000", b"tile/12/x001/x002/003")
        ),
        "request": Target(read_request, (format_request(Request(3, HASHES[:2], NOTE)),)),
        "key_entry": Target(
            read_key_entry, (key_entry(SIGNER.verifier, signer=SIGNER, reason="new"),)
        ),
        "journal": Target(read_log_journal, (journal_bytes(),)),
        "kit": Target(read_kit, (canary.kit_bytes(canary.Kit(SEED, 2, 3, "ada")),)),
        "signed_request": Target(
            read_signed_request, (personal.sign_request({"what": "withdraw", "n": 1}, PERSON),)
        ),
        "recovery_code": Target(read_recovery_code, (personal.recovery_code(SEED).encode(),)),
        "order": Target(read_order, (log_entries, LOGGED)),
        "questions": Target(
            read_question_file, (verify.questions("ada", ["ada@acme.example"], [], ["acme"]),)
        ),
        "run_log": Target(read_run_log, (run_log(),)),
        "zip": Target(read_zip, (write_zip(scratch() / "seed.zip", files).read_bytes(),)),
        "sealed_release": Target(
            read_sealed_release,
            tuple(
                name.encode() + b"\n" + data for name, data in files.items() if name != "verify.py"
            ),
        ),
    }
