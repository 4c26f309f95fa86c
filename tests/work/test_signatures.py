"""Signatures are collected as recorded, byte for byte, and only where the history grew."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.work.git.place import Place
from byline.work.git.signatures import SIGNATURE_LIMIT, signed, write_signatures
from simulators.repositories import ENVIRONMENT, repository
from simulators.signing import commit_payload, ssh_key, with_signature, write_commit
from work.collecting import gather, rows, stamps

OID = "0" * 40
ALICE = ("Alice", "alice@corp.example")


def history(made, contents, *, header=b"gpgsig"):
    """A line of commits on main, each (message, signing key or None); their ids."""
    oids = []
    for number, (message, key) in enumerate(contents):
        tree = made.tree({b"a.txt": b"%d\n" % number})
        payload = commit_payload(tree, parents=oids[-1:], message=message)
        signatures = [key.sign(payload)] if key else []
        oids.append(write_commit(made, with_signature(payload, *signatures, header=header)))
        made.point(oids[-1])
    return oids


def test_the_payload_and_the_armour_are_those_that_were_signed(tmp_path):
    made = repository(tmp_path / "repo")
    key = ssh_key()
    contents = [(b"plain\n", None), (b"signed\n\nwith more\n", key), (b"", key)]
    oids = history(made, contents)
    found = rows(gather(made.path, tmp_path / "out"), "signatures", "commit")
    assert {row["commit"] for row in found} == set(oids[1:])
    for row in found:
        assert (row["kind"], row["problem"]) == ("ssh", None)
        whole = made.git("cat-file", "commit", row["commit"])
        assert with_signature(row["payload"], row["signature"]) == whole
        assert b"gpgsig" not in row["payload"]
        assert row["signature"] == key.sign(row["payload"])  # Ed25519 has one signature


def test_a_sha256_repository_has_its_own_header(tmp_path):
    made = repository(tmp_path / "repo", hashing="sha256")
    oids = history(made, [(b"a\n", ssh_key()), (b"b\n", None)], header=b"gpgsig-sha256")
    [row] = rows(gather(made.path, tmp_path / "out"), "signatures", "commit")
    assert (row["commit"], row["kind"], row["problem"]) == (oids[0], "ssh", None)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_git_itself_verifies_what_the_simulator_signs(tmp_path):
    made = repository(tmp_path / "repo")
    key = ssh_key()
    [oid] = history(made, [(b"a\n", key)])
    allowed = tmp_path / "allowed"
    allowed.write_text(f"alice@corp.example {key.line}\n")
    done = subprocess.run(
        ["git", "-c", f"gpg.ssh.allowedSignersFile={allowed}", "log", "-1", "--format=%G? %GF"],
        cwd=made.path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("G SHA256:")
    [row] = rows(gather(made.path, tmp_path / "out"), "signatures", "commit")
    assert row["commit"] == oid


def test_growth_reads_new_commits_alone_and_ends_where_a_first_run_does(tmp_path):
    made = repository(tmp_path / "repo")
    key = ssh_key()
    contents = [(b"%d\n" % number, key if number % 2 else None) for number in range(6)]
    history(made, contents[:3])
    grown = tmp_path / "grown"
    first = gather(made.path, grown)
    before = stamps(grown / "tables")
    assert gather(made.path, grown).signatures == first.signatures
    assert stamps(grown / "tables") == before
    history(made, contents)
    again = gather(made.path, grown)
    fresh = gather(made.path, tmp_path / "fresh")
    assert rows(again, "signatures", "commit") == rows(fresh, "signatures", "commit")
    assert len(rows(again, "signatures", "commit")) == 3
    names = [part.name.replace("commits", "signatures") for part in again.commits]
    assert [part.name for part in again.signatures] == names
    same = set(first.signatures) & set(again.signatures)
    assert same
    after = stamps(grown / "tables")
    for part in same:
        name = str(part.path.relative_to(grown / "tables"))
        assert after[name] == before[name]
    assert [part.digest for part in again.signatures] == [p.digest for p in fresh.signatures]


def test_a_commit_that_git_gives_again_is_not_kept_twice(tmp_path):
    made = repository(tmp_path / "repo")
    history(made, [(b"a\n", ssh_key()), (b"b\n", ssh_key())])
    found = gather(made.path, tmp_path / "out")
    commits, kept = (
        {int(part.name[-2:]): part for part in parts} for parts in (found.commits, found.signatures)
    )
    grown = {bucket: part.read().to_batches() for bucket, part in commits.items()}
    before = [part.read() for part in found.signatures]
    again = write_signatures(
        tmp_path / "out" / "mirrors" / "r.git", Place("r", tmp_path / "out" / "tables"), commits,
        grown=grown, kept=kept, tip="another",
    )  # fmt: skip
    assert [part.read() for part in again] == before


def test_a_rewritten_history_leaves_no_signature_behind(tmp_path):
    made = repository(tmp_path / "repo")
    history(made, [(b"a\n", ssh_key()), (b"b\n", ssh_key())])
    out = tmp_path / "out"
    assert len(rows(gather(made.path, out), "signatures", "commit")) == 2
    history(made, [(b"other\n", None)])
    assert rows(gather(made.path, out), "signatures", "commit") == []


def test_what_cannot_be_kept_is_said():
    key = ssh_key()
    payload = commit_payload("1" * 40)
    good = key.sign(payload)
    found = signed(with_signature(payload, good, good), oid=OID)
    assert (found.kind, found.signature, found.problem) == ("ssh", None, "several_signatures")
    huge = b"-----BEGIN PGP SIGNATURE-----\n" + b"A" * SIGNATURE_LIMIT
    found = signed(with_signature(payload, huge), oid=OID)
    assert (found.kind, found.signature, found.problem) == ("openpgp", None, "signature_too_large")
    large = commit_payload("1" * 40, message=b"m" * (1 << 20))
    assert signed(with_signature(large, good), oid=OID).problem == "payload_too_large"
    other = signed(with_signature(payload, good, header=b"gpgsig-sha256"), oid=OID)
    assert other.problem == "other_hash"
    assert signed(with_signature(payload, b"garbage"), oid=OID).kind == "unknown"
    cms = b"-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----"
    assert signed(with_signature(payload, cms), oid=OID).kind == "x509"


def test_only_a_header_is_a_signature():
    tag = b"mergetag object 1\n type commit\n -----BEGIN PGP SIGNATURE-----\n gpgsig x"
    head, blank, rest = commit_payload(
        "1" * 40, message=b"gpgsig -----BEGIN\n\ngpgsig x\n"
    ).partition(b"\n\n")
    assert signed(head + blank + rest, oid=OID) is None
    assert signed(head + b"\n" + tag + blank + rest, oid=OID) is None
    both = with_signature(head + b"\n" + tag + blank + rest, b"-----BEGIN SSH SIGNATURE-----\nAA\n")
    found = signed(both, oid=OID)
    assert found.payload == head + b"\n" + tag + blank + rest


def test_nul_bytes_and_other_encodings_stay_as_they_are():
    payload = commit_payload("1" * 40, message=b"a\0b\r\n\xff\n")
    found = signed(with_signature(payload, b"-----BEGIN SSH SIGNATURE-----\nAA\n"), oid=OID)
    assert found.payload == payload


def as_git(buffer: bytes, name: bytes) -> tuple[bytes, bytes]:
    """The payload and signature by `parse_buffer_signed_by_header` of git 2.39, line for line."""
    payload, signature = b"", b""
    in_signature = other_signature = False
    line = 0
    while line < len(buffer):
        end = buffer.find(b"\n", line)
        following = end + 1 if end >= 0 else len(buffer)
        sig = None
        if in_signature and buffer[line : line + 1] == b" ":
            sig = line + 1
        elif buffer.startswith(name + b" ", line):
            sig = line + len(name) + 1
            other_signature = False
        elif buffer.startswith(b"gpgsig", line):
            other_signature = True
        elif other_signature and buffer[line : line + 1] != b" ":
            other_signature = False
        if sig is not None:
            signature += buffer[sig:following]
        else:
            if buffer[line : line + 1] == b"\n":
                following = len(buffer)
            if not other_signature:
                payload += buffer[line:following]
        in_signature = sig is not None
        line = following
    return payload, signature


PIECES = st.sampled_from(
    [b"tree 1", b"gpgsig a", b"gpgsig", b"gpgsig-sha256 b", b"gpgsigx", b" c", b" ", b"", b"mergetag",
     b"author x", b" \r", b"\0", b"gpgsig  ", b"encoding \xff"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12), st.booleans(), st.sampled_from([b"gpgsig", b"gpgsig-sha256"]))
def test_headers_are_taken_apart_as_git_does(lines, ends, name):
    buffer = b"tree 0\n" + b"\n".join(lines) + (b"\n" if ends else b"")
    oid = "0" * (40 if name == b"gpgsig" else 64)
    payload, signature = as_git(buffer, name)
    found = signed(buffer, oid=oid)
    if found is None:
        assert (payload, signature) == (buffer, b"")
    elif found.problem == "other_hash":
        assert signature == b""
    elif found.problem is None:
        assert (found.payload, found.signature) == (payload, signature)
    else:
        assert found.problem == "several_signatures"
        assert signature != b""
