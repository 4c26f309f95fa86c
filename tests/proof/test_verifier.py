"""The stand-alone verifier on bundles made from the written format alone, honest and not."""

import base64
import contextlib
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bundle_maker import (
    AUDITOR,
    LOG,
    NEXT,
    PROGRAM,
    SALT,
    UNION,
    VERIFIER_ENTRY,
    Bundle,
    Item,
    Release,
    canonical,
    checkpoint,
    policy,
    sha,
    trie_proof,
    trie_root,
    write_zip,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.proof import verify
from byline.proof.verify import Asked, Failed, Report, Unreadable

COMMIT, OTHER, UNUSED = (f"swh:1:rev:{digit * 40}" for digit in "123")
BLOB = f"swh:1:cnt:{'4' * 40}"
FIRST = Release(
    examples={"ada": ("ex_1", "ex_2"), "bob": ("ex_2", "ex_3")},
    items=(Item(COMMIT, ("ada",)), Item(BLOB, ("ada", "bob"), [[1, 9]]), Item(OTHER, ("bob",))),
    numbers={number: 1 + number % 3 for number in range(10, 200, 7)},
)
LAST = replace(FIRST, id="rel_0000000000000002", examples={"bob": ("ex_3",)}, items=FIRST.items[2:])
HONEST = Bundle((FIRST, LAST), items=(UNUSED, OTHER), numbers=(10, 11, 12))
Files = dict[str, bytes]
IN = f"{FIRST.id}/"


@pytest.fixture(scope="module")
def honest() -> Files:
    return HONEST.files()


def checked(path: Path, files: Files | Bundle, **asked: object) -> Report:
    made = files.files() if isinstance(files, Bundle) else files
    given_up = {"key": LOG.vkey, "me": "ada", **asked}
    return verify.verify(Asked(write_zip(path / "bundle.zip", made), **given_up))  # type: ignore[arg-type]


def failures(report: Report) -> str:
    return "; ".join(f"{check}: {says}" for check, outcome, says, _ in report.lines
                     if outcome == "fails")  # fmt: skip


def test_an_honest_bundle_holds(tmp_path: Path, honest: Files) -> None:
    report = checked(tmp_path, honest)
    assert (report.exit_code, failures(report)) == (0, "")
    said = [says for check, _, says, _ in report.lines if check == "contributor"]
    assert "INCLUDED, with exactly 2 examples and 2 items" in said[0]
    assert "ABSENT" in said[1]


def test_a_key_that_only_the_bundle_vouches_for_is_said_loudly(
    tmp_path: Path, honest: Files
) -> None:
    report = checked(tmp_path, honest, key="")
    assert (report.exit_code, verify.verdict(report)[:29]) == (0, "CONSISTENT, KEY NOT CONFIRMED")
    assert checked(tmp_path, honest, key="", strict=True).exit_code == 4


@pytest.mark.parametrize(("flags", "by"), [("-I", "package"), ("-IS", "own arithmetic")])
def test_it_runs_alone_and_without_any_package(
    tmp_path: Path, honest: Files, flags: str, by: str
) -> None:
    program = tmp_path / "verify.py"
    program.write_bytes(PROGRAM)
    bundle = write_zip(tmp_path / "b.zip", honest)
    done = subprocess.run(
        [sys.executable, flags, str(program), str(bundle), "--key", LOG.vkey, "--me", "ada"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "ALL HOLDS" in done.stdout
    assert "undeclared release or model" in done.stdout
    assert by in done.stdout.partition("Signatures were checked by")[2].split("\n")[0]


def test_without_the_package_its_own_arithmetic_says_the_same(
    tmp_path: Path, honest: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "ED25519_BY", "this file's own arithmetic")
    assert checked(tmp_path, honest).exit_code == 0
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"message")
    assert verify.signed_by(key, signature, b"message")
    for at in range(0, 64, 9):
        false = bytes(byte ^ (8 if index == at else 0) for index, byte in enumerate(signature))
        assert not verify.signed_by(key, false, b"message")
    greater = int.from_bytes(signature[32:], "little") + verify.ORDER
    malleable = signature[:32] + greater.to_bytes(32, "little")
    assert not verify.signed_by(key, malleable, b"message")


RFC_9381 = """
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f26f8a57ccaed74ee1b190bed1f479d97\
27d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805
90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff66b71dda49d2de59d03450451af02679\
8e8f81cd2e333de5cdf4f3e140fdd8ae
3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed5933bf0864a62558b3ed7f2fea45c92a465\
301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02
eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb5e33821bc613efb94db5e5b54c70a848\
a0bef4553a41befc57663b56373a5031
""".split()  # noqa: SIM905


@pytest.mark.parametrize(("at", "alpha"), [(0, b""), (3, b"\x72")])
def test_the_random_function_gives_the_published_outputs(at: int, alpha: bytes) -> None:
    """RFC 9381 appendix B.3, examples 16 and 17."""
    key, proof, beta = (bytes.fromhex(one) for one in RFC_9381[at : at + 3])
    assert verify.vrf_output(key, alpha, proof) == beta
    with pytest.raises(Failed):
        verify.vrf_output(key, b"another id", proof)


def but(files: Files, **changes: bytes) -> Files:
    """The same files with some others; `__` stands for the release's folder."""
    return {**files, **{name.replace("__", IN): data for name, data in changes.items()}}


def test_any_changed_bit_of_any_file_fails(tmp_path: Path, honest: Files) -> None:
    free = {"README.txt"}  # nothing can hold prose
    for name, data in honest.items():
        for at in {0, len(data) // 2, len(data) - 1} if data else ():
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            report = checked(tmp_path, {**honest, name: changed})
            assert report.exit_code == (0 if name in free else 3), (name, at)


def test_a_file_that_is_dropped_added_or_there_twice_fails(tmp_path: Path, honest: Files) -> None:
    for name in honest:
        fewer = {one: data for one, data in honest.items() if one != name}
        assert "is missing from" in failures(checked(tmp_path, fewer))
    for name in ("more.txt", "../verify.py", IN + "x/y", IN, "/etc/passwd", "verify.py/"):
        assert checked(tmp_path, {**honest, name: b""}).exit_code == 3
    path = write_zip(tmp_path / "twice.zip", honest)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("checkpoint", b"another")
    assert "one name twice" in failures(verify.verify(Asked(path)))


def test_a_zip_that_is_a_bomb_a_link_or_encrypted_is_refused(
    tmp_path: Path, honest: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in honest.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if name == "policy.txt" else 0o100644) << 16
            archive.writestr(info, data)
    assert "a link" in failures(verify.verify(Asked(path)))
    raw = bytearray(write_zip(tmp_path / "e.zip", honest).read_bytes())
    raw[raw.rindex(b"PK\1\2") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(raw)
    assert "encrypted" in failures(verify.verify(Asked(tmp_path / "e.zip")))
    monkeypatch.setattr(verify, "MAX_FILE", 1 << 16)
    assert "larger than" in failures(checked(tmp_path, but(honest, checkpoint=b"0" * (1 << 17))))
    monkeypatch.setattr(verify, "MAX_BUNDLE", 1 << 10)
    assert checked(tmp_path, honest).exit_code == 3


def test_json_written_in_another_way_fails(tmp_path: Path, honest: Files) -> None:
    for name in ("bundle.json", IN + "seal.json", "entries.jsonl", IN + "items.jsonl"):
        spaced = honest[name].replace(b'":', b'": ', 1)
        assert "canonical" in failures(checked(tmp_path, {**honest, name: spaced}))


def test_what_is_no_bundle_at_all_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text").write_bytes(b"no zip")
    assert verify.main([str(tmp_path / "text")]) == 1
    assert verify.main([str(tmp_path / "nothing")]) == 1
    with pytest.raises(SystemExit, match="2"):
        verify.main(["b.zip", "--key", "k", "--policy", "p"])
    capsys.readouterr()


def changed(name: str, old: bytes, new: bytes) -> Files:
    files = HONEST.files()
    assert old in files[name]
    return {**files, name: files[name].replace(old, new, 1)}


def edited(old: bytes, new: bytes) -> Files:
    return changed("bundle.json", old, new)


def claimed(claim: str) -> Files:
    files = but(edited(b'"claim":"included"', f'"claim":"{claim}"'.encode()))
    manifest = files["bundle.json"]
    record = canonical(FIRST.record("ada"))
    return but(files, **{"bundle.json": manifest.replace(record, b"null", 1)})


def relabelled() -> Files:
    """Ada's bundle, with the proof of a person who is in no release."""
    other = HONEST.but(person="eve").files()
    return but(other, **{"bundle.json": other["bundle.json"].replace(b'"eve"', b'"ada"')})


def quiet() -> Files:
    """One of Ada's items is left out of what is asked."""
    left = replace(FIRST, items=(replace(FIRST.items[0], owners=()), *FIRST.items[1:]))
    files, without = HONEST.files(), FIRST.answer("ada", [], [10, 11, 12])
    fewer = left.answer("ada", [], [])["items.txt"]
    keys = [FIRST.item_key(one) for one in fewer.decode().split()]
    records = FIRST.item_records()
    return but(
        files,
        **{f"__{name}": without[name] for name in ("fingerprints.trie", "fingerprints.bin")},
        **{
            "__items.txt": fewer,
            "__items.trie": trie_proof(FIRST.item_pairs(), keys),
            "__items.jsonl": b"".join(records[key] + b"\n" for key in sorted(keys)),
        },
    )


LIES: dict[str, tuple[Callable[[], Bundle | Files], dict[str, object], str]] = {
    "another log's key": (lambda: HONEST, {"key": NEXT.vkey}, "not signed by the log's key"),
    "another person": (lambda: HONEST, {"me": "eve"}, "about 'ada', not 'eve'"),
    "no witness": (lambda: HONEST.but(signers=(LOG,)), {}, "too few witnesses"),
    "a release not mentioned": (
        lambda: HONEST.but(hidden=(LAST.id,)), {}, "the bundle does not mention it",
    ),
    "another salt": (
        lambda: edited(SALT.hex().encode(), (b"x" * 32).hex().encode()), {}, "the salt is not",
    ),
    "a label for another id": (
        relabelled, {}, "the VRF proof is not one for this id",
    ),
    "another VRF key for one release": (
        lambda: Bundle((replace(FIRST, vrf_seed=b"w" * 32),)), {}, "another VRF key",
    ),
    "claimed absent": (
        lambda: claimed("absent"), {}, "The seal says: included",
    ),
    "claimed absent by another's proof": (
        lambda: but(claimed("absent"), **{
            "__contributor.trie": Bundle((replace(FIRST, examples={"bob": ("ex_3",)}),)).files()[
                IN + "contributor.trie"]}),
        {}, "does not lead to the root",
    ),
    "an edited record of the person": (
        lambda: edited(b'"examples":2', b'"examples":1'), {}, "not the one that was sealed",
    ),
    "an example kept quiet": (
        lambda: but(HONEST.files(), **{"__mine.jsonl": b"ex_1\n"}), {},
        "not the list of the 2 examples",
    ),
    "an item kept quiet": (
        quiet, {}, "2 items were sealed under this label, the bundle has 1",
    ),
    "an edited record of an item": (
        lambda: changed(IN + "items.jsonl", b"[[1,9]]", b"[[1,2]]"), {}, "not the one that was seal",
    ),
    "a root made after the fact": (
        lambda: but(HONEST.files(), **{"__seal.json": replace(FIRST, numbers={}).seal()}), {},
        "not the one in the log",
    ),
    "a fingerprint called absent": (
        lambda: but(HONEST.files(), **{
            "__fingerprints.trie": Bundle((replace(FIRST, numbers={}),)).files()[
                IN + "fingerprints.trie"]}),
        {}, "does not lead to the root",
    ),
    "an entry of the log dropped": (
        lambda: changed("entries.jsonl", VERIFIER_ENTRY + b"\n", b""), {}, "are not those that",
    ),
    "two seals for one release": (
        lambda: HONEST.but(more=(replace(FIRST, numbers={}).entry(),)), {}, "two different seals",
    ),
    "a verifier that was never logged": (
        lambda: changed("verify.py", b"import", b"#mport"), {}, "is not one in the log",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_caught(tmp_path: Path, lie: str) -> None:
    made, asked, words = LIES[lie]
    report = checked(tmp_path, made(), **asked)
    assert report.exit_code == 3
    assert words in failures(report)


def test_a_release_that_is_not_answered_is_open(tmp_path: Path) -> None:
    report = checked(tmp_path, HONEST.but(unanswered={LAST.id: "sealed away"}))
    assert (report.exit_code, failures(report)) == (4, "")


def test_the_log_that_was_seen_before_must_be_a_beginning(tmp_path: Path, honest: Files) -> None:
    entries = HONEST.entries()
    old = tmp_path / "old"
    for seen, words in (
        (checkpoint(entries[:2], LOG), ""),
        (checkpoint([*entries, b'{"type":"x"}'], LOG), "ROLLBACK"),
        (checkpoint([entries[0], b'{"type":"x"}'], LOG), "SPLIT VIEW"),
        (checkpoint(entries[:2], NEXT), "not signed by this log's key"),
        (checkpoint(entries[:2], LOG, origin="other.example"), "another log"),
    ):
        old.write_bytes(seen)
        report = checked(tmp_path, honest, since=old)
        assert words in failures(report)
        assert report.exit_code == (3 if words else 0)
    earlier = write_zip(tmp_path / "earlier.zip", Bundle((FIRST,)).files())
    assert checked(tmp_path, honest, since=earlier).exit_code == 0


def turn(old: bytes, to: str = NEXT.vkey) -> bytes:
    """An entry that hands over to the next key, signed by a seed."""
    signature = Ed25519PrivateKey.from_private_bytes(old).sign(
        f"byline/next-key/1\n{to}\n".encode()
    )
    return canonical({"type": "key", "next": to, "reason": "yearly",
                      "signature": base64.b64encode(signature).decode()})  # fmt: skip


def test_a_key_is_followed_to_the_next_and_the_old_one_no_longer_counts(tmp_path: Path) -> None:
    more = (turn(LOG.seed), b'{"type":"later"}')
    turned = HONEST.but(more=more, signers=(NEXT, UNION))
    for key in (LOG.vkey, NEXT.vkey):
        assert failures(checked(tmp_path, turned, key=key)) == ""
    assert "replaced" in failures(checked(tmp_path, HONEST.but(more=more)))
    at_the_turn = HONEST.but(more=more[:1])
    assert checked(tmp_path, at_the_turn).exit_code == 0
    stolen = turned.but(more=(turn(b"x" * 32), more[1]))
    assert "without the one before it" in failures(checked(tmp_path, stolen))


def test_policies_say_who_must_have_signed(tmp_path: Path) -> None:
    given_policy = tmp_path / "policy"
    for text, signers, words in (
        (policy(LOG, quorum="none"), (LOG,), ""),
        (policy(LOG, quorum="union"), (LOG, AUDITOR), "too few"),
        (policy(LOG), (LOG, AUDITOR), ""),
        (policy(NEXT), (LOG, UNION), "not signed by the log's key"),
        (policy(LOG, LOG), (LOG, UNION), "one key twice"),
        (policy(LOG, quorum="nobody"), (LOG, UNION), "is not a rule"),
        (policy(LOG).replace(b"quorum workers\n", b""), (LOG, UNION), "no quorum"),
    ):
        given_policy.write_bytes(text)
        report = checked(tmp_path, HONEST.but(signers=signers), key="", policy=given_policy)
        assert words in failures(report)
        assert report.exit_code == (3 if words else 0)


def test_cosignatures_that_witnesses_of_the_world_made_are_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Path(__file__).parent
    text, _, note = (here / "cosigned_ed25519.txt").read_bytes().partition(b"---\n")
    public, head = verify.read_policy(text), verify.read_checkpoint(note)
    signed = verify.signers(head, [*public.logs, *public.witnesses.values()])
    assert public.reached(public.quorum, signed)
    assert set(public.logs) & set(signed)
    vkey, _, note = (here / "cosigned_mldsa.txt").read_bytes().partition(b"\n")
    key, head = verify.read_key(vkey.decode(), "key"), verify.read_checkpoint(note.lstrip())
    assert set(verify.signers(head, [key])) == {key}
    with pytest.raises(Failed, match="is false"):
        verify.signers(replace(head, size=head.size + 1), [key])
    monkeypatch.setattr(verify, "MLDSA44PublicKey", None)
    assert verify.signers(head, [key]) == {}


def entry(**fields: object) -> bytes:
    return canonical(fields)


def test_models_and_runs_are_bound_to_the_seal_that_came_before(tmp_path: Path) -> None:
    seal = sha(FIRST.seal()).hex()
    start = {"type": "run", "state": "started", "run": "run_1", "release": FIRST.id,
             "seal_sha256": seal, "purpose": "assist_others", "settings_sha256": ""}  # fmt: skip
    model = {"type": "model", "model": "m1", "release": FIRST.id, "run": "run_1"}
    placed = {"type": "deployment", "deployment": "d", "model": "m1", "purpose": "code_review",
              "state": "placed"}  # fmt: skip
    good = (entry(**start), entry(**model), entry(**placed))
    report = checked(tmp_path, HONEST.but(more=good))
    assert report.exit_code == 0
    assert any("includes you; in use for code_review" in line[2] for line in report.lines)
    for more, code in (
        ((entry(**model),), 3),
        ((entry(**start), entry(**model | {"release": LAST.id})), 3),
        ((entry(**start | {"seal_sha256": "0" * 64}),), 3),
        ((entry(**start), entry(**start | {"release": LAST.id})), 3),
        ((entry(**start | {"state": "finished"}),), 3),
        ((entry(**start | {"seal_sha256": ""}), entry(**model)), 4),
        ((entry(**start | {"purpose": "role_replication"}),), 3),
        ((entry(type="model", model="m1", release=FIRST.id),), 4),
    ):
        assert checked(tmp_path, HONEST.but(more=more)).exit_code == code


# --- trees of keys, fingerprints, and anything at all ---------------------------------------------

KEYS = st.dictionaries(st.binary(min_size=1, max_size=2), st.binary(min_size=32, max_size=32))


@given(KEYS, st.lists(st.binary(min_size=1, max_size=2), max_size=6), st.data())
def test_a_tree_of_keys_has_one_answer(
    pairs: dict[bytes, bytes], asked: list[bytes], data: st.DataObject
) -> None:
    tree = {key.ljust(32, b"\0"): value for key, value in pairs.items()}
    keys = [one.ljust(32, b"\0") for one in asked]
    root, proof = trie_root(tree), trie_proof(tree, keys)
    assert verify.answers(proof, root, keys, "t") == {one: tree.get(one) for one in keys}
    at = data.draw(st.integers(0, len(proof) - 1))
    other = proof[:at] + bytes([proof[at] ^ data.draw(st.integers(1, 255))]) + proof[at + 1 :]
    for false in (other, proof[:at], proof + b"\0"):
        with pytest.raises(Failed):
            verify.answers(false, root, keys, "t")


def test_a_forged_empty_subtree_or_a_leaf_out_of_place_does_not_verify() -> None:
    zero, one, two = (bytes([first]) + b"k" * 31 for first in (0, 0x80, 0xC0))
    tree = {zero: b"z" * 32, one: b"o" * 32, two: b"t" * 32}
    root = trie_root(tree)
    assert verify.answers(trie_proof(tree, [two]), root, [two], "t") == {two: b"t" * 32}
    left, right = (sha(b"\0", key, tree[key]) for key in (one, two))
    leaves = {key: b"\1" + key + tree[key] for key in tree}
    for false in (
        b"\2\0\0",  # nothing anywhere
        b"\2\3" + sha(b"\0", zero, tree[zero]) + b"\0",  # nothing on the side asked about
        b"\2\3" + sha(b"\0", zero, tree[zero]) + b"\3" + sha(b"\1", left, right),  # pruned
        b"\2\3" + bytes(32) + b"\2\3" + left + leaves[two],  # the hash of nothing, pruned
        b"\2" + leaves[two] + b"\2\3" + left + leaves[two],  # a leaf in another place, twice
        b"\2" + leaves[zero] + b"\2\3" + left + leaves[two],  # a leaf that nobody asked about
        b"\2\3" + sha(b"\0", zero, tree[zero]) + b"\2" + leaves[two] + b"\3" + left,  # order
    ):
        with pytest.raises(Failed):
            verify.answers(false, root, [two], "t")


WORDS = st.lists(st.sampled_from(["if", "x", "é", "(", ")", "total_2", "=", "0x1F"]), max_size=90)


@given(WORDS)
def test_fingerprints_are_those_of_the_written_rule(words: list[str]) -> None:
    tokens = [int.from_bytes(sha(word.lower().encode())[:8], "big") for word in words]
    runs = [
        sum(t * verify.FACTOR ** (24 - j) for j, t in enumerate(tokens[i : i + 25])) % 2**64
        for i in range(len(tokens) - 24)
    ]
    width = min(10, len(runs))
    windows = (runs[i : i + width] for i in range(len(runs) - width + 1)) if runs else ()
    expected = sorted({min(window) for window in windows})
    assert verify.fingerprints(" ".join(words)) == expected
    assert verify.fingerprints("\n\t".join(words).upper().replace("É", "é")) == expected


@given(st.lists(st.integers(0, 10**6), min_size=34, max_size=34), WORDS, WORDS)
def test_texts_that_share_34_tokens_share_a_fingerprint(
    shared: list[int], before: list[str], after: list[str]
) -> None:
    text = " ".join(map(str, shared))
    one, other = " ".join([*before, text]), "\t".join([text, *after])
    assert set(verify.fingerprints(one)) & set(verify.fingerprints(other))


@settings(max_examples=150)
@given(junk=st.binary(max_size=300), data=st.data())
def test_anything_at_all_raises_nothing_but_its_own_errors(
    junk: bytes, data: st.DataObject, honest: Files, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = data.draw(st.sampled_from(sorted(honest.keys() - {"README.txt", "verify.py"})))
    old = honest[name]
    at = data.draw(st.integers(0, len(old)))
    for one in (junk, old[:at] + junk, old[:at] + junk + old[at + len(junk) :]):
        for read in (verify.read_checkpoint, verify.read_policy, verify.read_entries,
                     lambda d: verify.read_key(d.decode("utf-8", "replace"), "k"),
                     lambda d: verify.parse(d, verify.BUNDLE, "zip", "x"),
                     lambda d: verify.answers(d, bytes(32), [b"k" * 32], "t")):  # fmt: skip
            with contextlib.suppress(Failed):
                read(one)
    if data.draw(st.integers(0, 9)) == 0:
        whole = write_zip(
            tmp_path_factory.getbasetemp() / "f.zip", {**honest, name: old[:at] + junk}
        )
        raw = bytearray(whole.read_bytes())
        for _ in range(3):
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(0, 255))
        whole.write_bytes(raw)
        with contextlib.suppress(Unreadable):
            verify.verify(Asked(whole))
