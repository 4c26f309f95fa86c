"""A good signature is not authorship: every way to look like somebody else, and what is said of it."""

import base64
import dataclasses
import datetime as dt
import json
import shutil
import subprocess

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from byline.errors import ConfigError
from byline.people.allowed_signers import is_open, matches, read_allowed_signers
from byline.people.bylines import bylines
from byline.people.identities import Directory
from byline.people.mailmap import parse_mailmap
from byline.people.openpgp import read_openpgp_signature, verify_openpgp
from byline.people.openpgp_keys import read_certificates
from byline.people.openpgp_packets import packets
from byline.people.roster import Employment, Person
from byline.people.rows import Dated
from byline.people.signature_errors import SignatureError
from byline.people.signers import read_signers
from byline.people.sshsig import fingerprint, read_ssh_signature, verify_ssh_signature
from byline.people.verification import VERIFICATIONS, verify
from byline.work.git.signatures import signed
from byline.work.schema import COMMITS, SIGNATURES
from simulators.repositories import NOON, git, repository
from simulators.signing import (
    PgpKey,
    Ring,
    SshKey,
    armour,
    commit_payload,
    mpint,
    pgp_key,
    seconds,
    ssh_key,
    string,
    subpacket,
    with_signature,
    write_commit,
)

ALICE, BOB = ("Alice", "alice@corp.example"), ("Bob", "bob@corp.example")
FORGE = ("GitHub", "noreply@github.com")
DAY = 86_400
SSH_KINDS = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip
NEEDS_SSH = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
NEEDS_GPG = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")


def person(name, *emails):
    job = Employment("employee", "DE", "core", dt.date(2020, 1, 1), None)
    return Person(name, name.title(), emails, (job,))


ROSTER = Directory(
    people=(
        person("p-alice", "alice@corp.example", "alice@home.example"),
        person("p-bob", "bob@corp.example"),
    )
)


class Desk:
    """An organisation's keys, and what is said of commits by them."""

    def __init__(self, folder, directory=ROSTER):
        self.folder = folder
        self.directory = directory
        self.lines = []
        self.rings = {}

    def ssh(self, key, principals="alice@corp.example", options=""):
        self.lines.append(f"{principals} {options} {key.line}".replace("  ", " "))
        return key

    def pgp(self, ring, name="key"):
        self.rings[name] = ring.export()
        return ring

    @property
    def signers(self):
        allowed, keys = self.folder / "allowed", self.folder / "keys"
        allowed.write_text("\n".join(self.lines) + "\n")
        keys.mkdir(exist_ok=True)
        for name, data in self.rings.items():
            (keys / f"{name}.asc").write_bytes(data)
        return read_signers(allowed_signers=allowed, openpgp_keys=keys)

    def says(self, content, *, author=ALICE, time=NOON):
        """What is said of one commit object."""
        oid = "a" * 40
        found = signed(content, oid=oid)
        rows = [{"repository": "r", "commit": oid, **found._asdict()}] if found else []
        commit = {
            "repository": "r", "commit": oid, "parents": [], "author_name": author[0],
            "author_email": author[1], "author_time": time, "committer_name": author[0],
            "committer_email": author[1], "commit_time": time, "message": "", "trailers": [],
            "changes": [],
        }  # fmt: skip
        commits = pa.Table.from_pylist([commit], schema=COMMITS)
        table = verify(
            commits,
            pa.Table.from_pylist(rows, schema=SIGNATURES),
            bylines(commits, directory=self.directory),
            signers=self.signers,
            directory=self.directory,
        )
        assert table.schema == VERIFICATIONS
        [row] = table.to_pylist()
        return row

    def of(self, key, *, author=ALICE, time=NOON, **how):
        """What is said of a commit that a key signed."""
        payload = commit_payload("1" * 40, author=author, time=time)
        return self.says(
            with_signature(payload, key.sign(payload, **how)), author=author, time=time
        )


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def told(row):
    return row["state"], row["label"], row["holder"]


VERIFIED = ("verified", "verified", "author")


@pytest.mark.parametrize("kind", SSH_KINDS)
def test_every_kind_of_ssh_key_verifies_its_own_author(desk, kind):
    key = desk.ssh(ssh_key(kind))
    row = desk.of(key)
    assert told(row) == VERIFIED
    assert (row["kind"], row["principal"], row["signer"]) == ("ssh", ALICE[1], "p-alice")
    assert row["fingerprint"] == fingerprint(key.blob)
    assert told(desk.of(key, digest=b"sha256")) == VERIFIED


@pytest.mark.parametrize("key", [(1, 0), (19, 256), (19, 384), (19, 521), (22, 0), (27, 0)])
def test_every_kind_of_openpgp_key_verifies_its_own_author(desk, key):
    made = pgp_key(key[0], size=key[1])
    desk.pgp(Ring(made).user_id("Alice <Alice@Corp.example>"))
    for how in ({}, {"digest": 10}):
        row = desk.of(made, **how)
        assert told(row) == VERIFIED
        assert (row["kind"], row["fingerprint"]) == ("openpgp", made.fingerprint)


def test_a_text_signature_is_over_lines_that_end_alike(desk):
    key = pgp_key()
    desk.pgp(Ring(key).user_id("Alice <alice@corp.example>"))
    payload = commit_payload("1" * 40)
    signature = key.sign(payload.replace(b"\n", b"\r\n"), kind=1)
    assert told(desk.says(with_signature(payload, signature))) == VERIFIED


def test_an_unsigned_commit_is_self_asserted(desk):
    row = desk.says(commit_payload("1" * 40))
    assert told(row) == ("unsigned", "self-asserted", None)
    assert row["kind"] is None


def test_bobs_key_under_alices_name_is_a_mismatch_that_names_bob(desk):
    desk.ssh(ssh_key())
    bobs = desk.ssh(ssh_key(), BOB[1])
    row = desk.of(bobs, author=ALICE)
    assert told(row) == ("mismatch", "mismatch", "other")
    assert (row["principal"], row["signer"]) == (BOB[1], "p-bob")
    ring = desk.pgp(Ring(pgp_key()).user_id("Bob <bob@corp.example>"))
    assert told(desk.of(ring.primary, author=ALICE)) == ("mismatch", "mismatch", "other")


def test_the_same_person_under_another_address_is_the_author(desk):
    key = desk.ssh(ssh_key())
    assert told(desk.of(key, author=("A", "alice@home.example"))) == VERIFIED
    by_id = desk.ssh(ssh_key(), "p-alice")
    assert told(desk.of(by_id)) == VERIFIED
    assert told(desk.of(by_id, author=BOB))[0] == "mismatch"


def test_whom_nobody_knows_is_compared_by_address(tmp_path):
    desk = Desk(tmp_path, Directory())
    key = desk.ssh(ssh_key(), "carol@oss.example")
    row = desk.of(key, author=("Carol", "Carol@OSS.example"))
    assert (told(row), row["signer"]) == (VERIFIED, "email:carol@oss.example")
    assert told(desk.of(key, author=("Carol", "carol@evil.example")))[0] == "mismatch"
    assert told(desk.of(key, author=("carol@oss.example", "nobody")))[0] == "mismatch"


def test_the_organisations_mailmap_holds_for_principals_too(tmp_path):
    mapped = Directory(
        people=ROSTER.people, mailmap=parse_mailmap("Alice <alice@corp.example> <al@old.example>\n")
    )
    desk = Desk(tmp_path, mapped)
    old = desk.ssh(ssh_key(), "al@old.example")
    assert told(desk.of(old)) == VERIFIED
    assert told(desk.of(old, author=("Al", "al@old.example"))) == VERIFIED


def test_a_forge_that_signs_a_merge_is_not_its_author(desk):
    ring = desk.pgp(Ring(pgp_key(1)).user_id("GitHub <noreply@github.com>"))
    assert told(desk.of(ring.primary)) == ("mismatch", "mismatch", "forge")
    key = desk.ssh(ssh_key(), FORGE[1])
    assert told(desk.of(key, author=FORGE))[2] == "forge"


@pytest.mark.parametrize("principals", ["*", "*@corp.example", "a?ice@corp.example", "al*,x@y.z"])
def test_a_key_that_may_be_anybodys_proves_nobody(desk, principals):
    row = desk.of(desk.ssh(ssh_key(), principals))
    assert told(row) == ("mismatch", "mismatch", "shared")
    assert row["principal"] == principals
    assert row["signer"] is None


def test_a_key_of_two_people_is_shared_and_of_two_addresses_is_not(desk):
    both = desk.ssh(ssh_key(), "alice@corp.example,bob@corp.example")
    assert told(desk.of(both))[2] == "shared"
    twice = ssh_key()
    desk.ssh(twice)
    desk.ssh(twice, BOB[1])
    assert told(desk.of(twice))[2] == "shared"
    own = desk.ssh(ssh_key(), "alice@corp.example,alice@laptop.example")
    assert told(desk.of(own)) == VERIFIED
    bobs = desk.ssh(ssh_key(), "bob@corp.example,alice@*")
    assert told(desk.of(bobs)) == ("mismatch", "mismatch", "other")
    assert told(desk.of(bobs, author=BOB)) == VERIFIED


def test_an_address_stands_for_whoever_had_it_on_that_day(tmp_path):
    day = dt.date(2023, 11, 1)
    alice, bob = ROSTER.people
    shared = "team@corp.example"
    before = Dated(shared, last=day - dt.timedelta(1)), Dated("alice@corp.example")
    after = Dated(shared, first=day), Dated("bob@corp.example")
    people = (
        dataclasses.replace(alice, emails=(shared, *alice.emails), addresses=before),
        dataclasses.replace(bob, emails=(shared, *bob.emails), addresses=after),
    )
    desk = Desk(tmp_path, Directory(people=people))
    key = desk.ssh(ssh_key(), shared)
    assert told(desk.of(key, author=BOB)) == VERIFIED
    assert told(desk.of(key, author=ALICE))[0] == "mismatch"
    earlier = NOON - 30 * DAY
    assert told(desk.of(key, author=ALICE, time=earlier)) == VERIFIED
    assert desk.of(key, author=("Team", shared), time=earlier)["signer"] == "p-alice"


def test_two_nobodies_are_not_the_same_person(desk):
    ghost = desk.ssh(ssh_key(), "ghost")
    row = desk.of(ghost, author=("Ghost", "ghost"))
    assert told(row) == ("mismatch", "mismatch", "other")
    assert "no author that can be relied on" in row["detail"]


def test_principals_patterns_cannot_be_tricked(desk):
    taken = desk.ssh(ssh_key(), "alice@corp.example,!alice@corp.example")
    assert told(desk.of(taken))[0] == "mismatch"
    anywhere = desk.ssh(ssh_key(), "alice@*,!alice@evil.example")
    assert told(desk.of(anywhere)) == VERIFIED
    for address in ("alice@evil.example", "xalice@corp.example", "alice@corp.example.evil"):
        row = desk.of(desk.ssh(ssh_key()), author=("Alice", address))
        assert told(row)[0] == "mismatch", address
    assert told(desk.of(anywhere, author=("Alice", "alice@evil.example")))[0] == "mismatch"
    regex = desk.ssh(ssh_key(), "alice@corp[.]example,.+@corp.example")
    assert told(desk.of(regex))[0] == "mismatch"


def test_a_signature_moved_to_another_commit_is_bad(desk):
    key = desk.ssh(ssh_key())
    payload, other = (commit_payload("1" * 40, message=text) for text in (b"a\n", b"b\n"))
    row = desk.says(with_signature(other, key.sign(payload)))
    assert told(row) == ("bad", "self-asserted", None)


def test_one_bit_makes_it_bad(desk):
    ssh, pgp = desk.ssh(ssh_key()), pgp_key()
    desk.pgp(Ring(pgp).user_id("Alice <alice@corp.example>"))
    payload = commit_payload("1" * 40)
    changed = payload[:-2] + bytes([payload[-2] ^ 1]) + payload[-1:]
    for key in (ssh, pgp):
        assert told(desk.says(with_signature(changed, key.sign(payload))))[0] == "bad"


def test_a_signature_for_files_is_none_for_commits(desk):
    key = desk.ssh(ssh_key())
    row = desk.of(key, namespace=b"file")
    assert row["state"] == "bad"
    assert "b'file'" in row["detail"]
    assert desk.of(desk.ssh(ssh_key(), options='namespaces="file"'))["state"] == "unknown_key"
    assert told(desk.of(desk.ssh(ssh_key(), options='namespaces="file,git"'))) == VERIFIED
    assert told(desk.of(desk.ssh(ssh_key(), options='namespaces="g*"'))) == VERIFIED


def test_a_key_counts_in_its_time_alone(desk):
    bounds = 'valid-after="20231101",valid-before="20231201Z"'
    key = desk.ssh(ssh_key(), options=bounds)
    assert told(desk.of(key)) == VERIFIED
    for time in (NOON - 30 * DAY, NOON + 30 * DAY):
        assert told(desk.of(key, time=time)) == ("expired", "self-asserted", None)
    last = int(dt.datetime(2023, 12, 1, tzinfo=dt.UTC).timestamp())
    assert desk.of(key, time=last)["state"] == "verified"
    assert desk.of(key, time=last + 1)["state"] == "expired"
    first = int(dt.datetime(2023, 11, 1, tzinfo=dt.UTC).timestamp())
    assert desk.of(key, time=first)["state"] == "verified"
    assert desk.of(key, time=first - 1)["state"] == "expired"


def test_two_signatures_are_none(desk):
    key = desk.ssh(ssh_key())
    payload = commit_payload("1" * 40)
    one = key.sign(payload)
    assert desk.says(with_signature(payload, one, one))["state"] == "bad"
    assert desk.says(with_signature(payload, one + one))["state"] == "bad"
    pgp = pgp_key()
    desk.pgp(Ring(pgp).user_id("Alice <alice@corp.example>"))
    signature = pgp.sign(payload)
    assert desk.says(with_signature(payload, signature))["state"] == "verified"
    assert desk.says(with_signature(payload, signature + signature))["state"] == "bad"


def test_a_key_that_nobody_named_is_unknown(desk):
    desk.ssh(ssh_key())
    stranger = ssh_key()
    row = desk.of(stranger)
    assert told(row) == ("unknown_key", "self-asserted", None)
    assert row["fingerprint"] == fingerprint(stranger.blob)
    assert desk.of(pgp_key())["state"] == "unknown_key"


def test_a_forges_published_key_is_recognised_and_not_believed(desk):
    payload, key = commit_payload("1" * 40), pgp_key()
    web_flow = bytes(12) + bytes.fromhex("B5690EEEBB952194")
    named = key.packet(payload).replace(bytes.fromhex(key.fingerprint), web_flow)
    signature = armour(b"PGP SIGNATURE", bytes([0xC2, len(named)]) + named, blank=True)
    row = desk.says(with_signature(payload, signature))
    assert told(row) == ("unknown_key", "self-asserted", "forge")
    assert "GitHub" in row["detail"]


def test_another_key_named_in_the_signature_does_not_help(desk):
    alices = desk.ssh(ssh_key())
    assert desk.of(ssh_key(), claims=alices.blob)["state"] == "bad"


def test_other_kinds_are_said_to_be_unsupported(desk):
    payload = commit_payload("1" * 40)
    cms = b"-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----\n"
    assert desk.says(with_signature(payload, cms))["state"] == "unsupported"
    key = desk.ssh(ssh_key("ssh-rsa"))
    assert told(desk.of(key, rsa_hash=b"256")) == VERIFIED
    old = pgp_key()
    desk.pgp(Ring(old).user_id("Alice <alice@corp.example>"))
    row = desk.of(old, digest=2)  # SHA-1
    assert row["state"] == "unsupported"
    elliptic = desk.ssh(ssh_key())
    certificate = b"\0\0\0\x20ssh-ed25519-cert-v01@openssh.com" + elliptic.blob
    assert desk.of(elliptic, claims=certificate)["state"] == "unsupported"


@pytest.mark.parametrize(
    "text",
    [
        b"garbage",
        b"-----BEGIN SSH SIGNATURE-----",
        b"-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----",
        b"-----BEGIN SSH SIGNATURE-----\n!!!\n-----END SSH SIGNATURE-----",
        armour(b"SSH SIGNATURE", b"SSHSIG"),
        armour(b"SSH SIGNATURE", b"SSHSIG\0\0\0\x01" + b"\xff" * 64),
        b"-----BEGIN PGP SIGNATURE-----",
        armour(b"PGP SIGNATURE", b"", blank=True),
        armour(b"PGP SIGNATURE", b"\xc2\xff\xff\xff\xff\xff\x04", blank=True),
        armour(b"PGP SIGNATURE", b"\x88\x00", blank=True),
        b"-----BEGIN SSH SIGNATURE-----\nA\0A\n-----END SSH SIGNATURE-----",
        b"-----BEGIN PGP SIGNATURE-----\n\n" + b"A" * (1 << 17),
    ],
)
def test_garbage_armour_is_bad_or_unsupported_and_nothing_else(desk, text):
    row = desk.says(with_signature(commit_payload("1" * 40), text))
    assert row["state"] in ("bad", "unsupported")
    assert row["label"] == "self-asserted"


def test_something_after_a_signature_is_bad(desk):
    key = desk.ssh(ssh_key())
    assert desk.of(key, tail=b"\0")["state"] == "bad"
    assert desk.of(key, inner_tail=b"\0")["state"] == "bad"


def test_a_word_on_a_key_is_no_signature_of_a_commit(desk):
    key = pgp_key()
    desk.pgp(Ring(key).user_id("Alice <alice@corp.example>"))
    for kind in (0x02, 0x10, 0x13, 0x1F, 0x40):
        assert desk.of(key, kind=kind)["state"] == "bad"


def test_a_subkey_signs_only_when_both_keys_agree(desk):
    primary, sub, stolen, other = (pgp_key() for _ in range(4))
    ring = Ring(primary).user_id("Alice <alice@corp.example>")
    ring.subkey(sub).subkey(stolen, agrees=False).subkey(other, flags=0x0C)
    desk.pgp(ring)
    assert told(desk.of(sub)) == VERIFIED
    assert desk.of(stolen)["state"] == "unknown_key"
    assert desk.of(other)["state"] == "unknown_key"


def test_an_address_that_the_key_did_not_sign_is_not_its_own(desk):
    mallory = pgp_key()
    ring = Ring(mallory).user_id("Mallory <mallory@corp.example>")
    ring.user_id("Alice <alice@corp.example>", by=pgp_key())
    ring.bare_user_id("Alice <alice@corp.example>")
    ring.user_id("alice@corp.example <mallory@corp.example>")
    desk.pgp(ring)
    assert desk.of(mallory)["state"] == "mismatch"
    assert desk.of(mallory)["principal"] == "mallory@corp.example"


def test_a_revoked_address_is_none(desk):
    key = pgp_key()
    ring = Ring(key).user_id("Al <al@corp.example>").user_id("Alice <alice@corp.example>")
    named = key.hashed + b"\xb4\0\0\0\x1a" + b"Alice <alice@corp.example>"
    revocation = key.packet(named, kind=0x30)
    ring.data += bytes([0xC2, 0xFF]) + len(revocation).to_bytes(4, "big") + revocation
    desk.pgp(ring)
    assert desk.of(key)["state"] == "mismatch"


def test_openpgp_keys_expire_and_are_revoked(desk):
    ends = pgp_key(created=NOON - DAY)
    desk.pgp(Ring(ends).user_id("Alice <alice@corp.example>", areas=[seconds(9, 2 * DAY)]), "ends")
    assert told(desk.of(ends)) == VERIFIED
    assert desk.of(ends, time=NOON + DAY - 1)["state"] == "verified"
    assert desk.of(ends, time=NOON + DAY)["state"] == "expired"
    assert desk.of(ends, created=NOON - 2 * DAY)["state"] == "expired"
    assert desk.of(ends, time=NOON - 2 * DAY)["state"] == "expired"
    retired, stolen = pgp_key(), pgp_key()
    desk.pgp(
        Ring(retired).user_id("Alice <alice@corp.example>").revoke(reason=3, created=NOON + DAY),
        "retired",
    )
    desk.pgp(
        Ring(stolen).user_id("Alice <alice@corp.example>").revoke(reason=2, created=NOON + DAY),
        "stolen",
    )
    assert told(desk.of(retired)) == VERIFIED
    assert desk.of(retired, time=NOON + DAY)["state"] == "expired"
    assert desk.of(stolen)["state"] == "expired"
    brief = pgp_key()
    desk.pgp(Ring(brief).user_id("Alice <alice@corp.example>"), "brief")
    assert desk.of(brief, areas=[seconds(3, DAY)])["state"] == "verified"
    assert desk.of(brief, areas=[seconds(3, DAY)], time=NOON + DAY)["state"] == "expired"


def test_a_signature_that_demands_what_is_not_known_is_unsupported(desk):
    key = pgp_key()
    desk.pgp(Ring(key).user_id("Alice <alice@corp.example>"))
    assert desk.of(key, areas=[subpacket(0x80 | 99, b"x")])["state"] == "unsupported"
    assert told(desk.of(key, areas=[subpacket(99, b"x")])) == VERIFIED


def test_a_key_of_a_kind_that_is_not_checked_is_said_to_be_that(desk):
    small = PgpKey(1, rsa.generate_private_key(65537, 1024))
    desk.pgp(Ring(small).user_id("Alice <alice@corp.example>"))
    assert desk.of(small)["state"] == "unsupported"
    assert desk.of(SshKey("ssh-rsa", small.private))["state"] == "unsupported"


def test_text_around_an_openpgp_signature_is_bad(desk):
    key = pgp_key()
    desk.pgp(Ring(key).user_id("Alice <alice@corp.example>"))
    payload = commit_payload("1" * 40)
    good = key.sign(payload)
    for text in (good + b"-----\n", b"x\n" + good, good + b"\n-----BEGIN PGP X-----"):
        assert desk.says(with_signature(payload, text))["state"] in ("bad", "unsupported")


def test_absurd_numbers_cost_nothing_and_prove_nothing(desk):
    huge = (1 << 400_000) + 1
    name = string(b"ssh-rsa")
    stranger = ssh_key("ssh-rsa")
    for exponent, modulus in [(65537, huge), (huge, huge), (3, 1 << 3000), (1, (1 << 3000) + 1)]:
        blob = name + mpint(exponent) + mpint(modulus)
        row = desk.of(stranger, claims=blob)
        assert row["state"] in ("bad", "unsupported")


def test_a_listed_key_without_an_address_is_nobodys(desk):
    key = pgp_key()
    desk.pgp(Ring(key).user_id("Alice"))
    assert desk.of(key)["state"] == "unknown_key"


KEY = ssh_key(seed=b"listed")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"alice@x cert-authority {KEY.line}", "`cert-authority` is not supported"),
        (f'alice@x valid-befor="2023" {KEY.line}', "'valid-befor' is not an option"),
        (f'alice@x valid-before="2023" {KEY.line}', "`valid-before` is '2023'"),
        (f'alice@x valid-before="20231341" {KEY.line}', "`valid-before` is '20231341'"),
        (f'alice@x valid-after="20240101",valid-before="20230101" {KEY.line}', "expires before"),
        (f'alice@x namespaces="a",namespaces="git" {KEY.line}', "`namespaces` is given twice"),
        (f"alice@x namespaces {KEY.line}", "`namespaces` has no value"),
        ("alice@x", "not a public key"),
        ("alice@x ssh-ed25519", "not a public key"),
        ("alice@x ssh-ed25519 !!!!", "not a public key"),
        ("alice@x ssh-dss AAAAB3NzaC1kc3M=", "not a public key"),
        (f"alice@x ssh-rsa {base64.b64encode(KEY.blob).decode()}", "not of the kind 'ssh-rsa'"),
        (f"alice@x ssh-ed25519 {base64.b64encode(KEY.blob[:-1]).decode()}", "ends too early"),
        (f'"" {KEY.line}', "no principals"),
        (f"a\0b {KEY.line}", "no principals"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path, line, message):
    file = tmp_path / "allowed"
    file.write_text(f"# keys\n\n{line}\n")
    with pytest.raises(ConfigError) as raised:
        read_allowed_signers(file)
    assert str(raised.value).startswith(f"{file}:3: ")
    assert message in str(raised.value)


def test_quoted_principals_comments_and_letters_case(tmp_path):
    file = tmp_path / "allowed"
    file.write_text(f'"a@x,b@y" NAMESPACES="git" {KEY.line} Alice on her laptop\r\n')
    [line] = read_allowed_signers(file)
    assert (line.principals, line.namespaces, line.key) == (("a@x", "b@y"), ("git",), KEY.blob)


def test_wrong_keyrings_are_named(tmp_path):
    ring = Ring(pgp_key()).user_id("A <a@x.example>")
    for name, data, message in [
        ("a.asc", b"nothing", "holds no OpenPGP public key"),
        ("b.asc", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "holds a private key"),
        ("c.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA", "its armour is incomplete"),
        ("d.gpg", ring.data[:40], "a packet ends too early"),
    ]:
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(ConfigError, match=message):
            read_signers(allowed_signers=None, openpgp_keys=file)
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "a.asc").write_bytes(ring.export())
    (folder / "b.gpg").write_bytes(ring.data)
    (folder / "README").write_bytes(b"not a key")
    with pytest.raises(ConfigError, match=r"b\.gpg: the key .* was given before"):
        read_signers(allowed_signers=None, openpgp_keys=folder)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_signers(allowed_signers=tmp_path / "none", openpgp_keys=None)


WORDS = st.text("ab*?!@.", max_size=8)


@given(WORDS, st.lists(WORDS, max_size=4))
def test_patterns_match_as_openssh_writes_them_down(text, patterns):
    """By the definition of match_pattern, not by an algorithm for it."""

    def fits(rest, pattern):
        if not pattern:
            return not rest
        if pattern[0] == "*":
            return any(fits(rest[at:], pattern[1:]) for at in range(len(rest) + 1))
        return bool(rest) and pattern[0] in ("?", rest[0]) and fits(rest[1:], pattern[1:])

    denied = any(p.startswith("!") and fits(text, p[1:]) for p in patterns)
    allowed = any(not p.startswith("!") and fits(text, p) for p in patterns)
    assert matches(text, patterns) == (allowed and not denied)


def test_a_hostile_address_cannot_make_matching_slow():
    assert not matches("a" * 100_000 + "b", ["*a*a*a*a*c"])
    assert is_open("*")
    assert is_open("a*@b@c.example")
    assert not is_open("alice@*.example")


GOOD_SSH = ssh_key(seed=b"fuzz").sign(b"x")
GOOD_PGP = pgp_key(seed=b"fuzz").sign(b"x")
GOOD_RING = Ring(pgp_key(seed=b"fuzz")).user_id("A <a@b.example>").subkey(pgp_key(seed=b"s")).data


def mutated(good):
    """Bytes that are nearly right: most of what a parser meets beyond its first check."""
    position = st.integers(0, len(good) - 1)
    change = st.tuples(position, st.binary(max_size=4), st.integers(0, 3))

    def apply(changes):
        data = good
        for at, piece, dropped in changes:
            data = data[:at] + piece + data[at + dropped :]
        return data

    return st.lists(change, min_size=1, max_size=4).map(apply)


def unarmoured(text):
    return base64.b64decode(b"".join(text.split(b"-----")[2].split()))


@given(mutated(unarmoured(GOOD_SSH)) | st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_ssh_signatures(data):
    try:
        found = read_ssh_signature(armour(b"SSH SIGNATURE", data))
        verify_ssh_signature(found, b"y")
    except SignatureError:
        return
    pytest.fail("a signature over x was taken for one over y")


@given(mutated(unarmoured(GOOD_PGP)) | st.binary(max_size=200), mutated(GOOD_RING))
def test_no_bytes_break_the_readers_of_openpgp(data, ring):
    keys = read_certificates(GOOD_RING)
    try:
        found = read_openpgp_signature(armour(b"PGP SIGNATURE", data, blank=True))
        for one in keys[0].keys:
            with pytest.raises(SignatureError):
                verify_openpgp(one.key, found, b"y")
    except SignatureError:
        pass
    for read in (read_certificates, lambda raw: list(packets(raw))):
        try:
            read(ring)
        except SignatureError:
            continue


@given(
    st.text(max_size=80)
    | st.text(' "\\,=!*abgit-', max_size=40).map(lambda t: f"a@b {t} {KEY.line}")
)
def test_no_text_breaks_the_reader_of_allowed_signers(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("fuzz") / "allowed"
    file.write_text(text, encoding="utf-8")
    try:
        read_allowed_signers(file)
    except ConfigError:
        return


@given(st.binary(max_size=120))
def test_no_armour_breaks_a_judgement(tmp_path_factory, text):
    desk = Desk(tmp_path_factory.mktemp("fuzz"))
    for begin in (b"-----BEGIN SSH SIGNATURE-----\n", b"-----BEGIN PGP SIGNATURE-----\n\n", b""):
        row = desk.says(with_signature(commit_payload("1" * 40), begin + text))
        assert row["state"] in ("bad", "unsupported", "unknown_key")


@NEEDS_SSH
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_what_ssh_keygen_signs_verifies_here(desk, tmp_path, kind):
    file = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", file], check=True)
    words = (tmp_path / "id.pub").read_text().split()
    desk.lines.append(f"alice@corp.example {words[0]} {words[1]}")
    payload = commit_payload("1" * 40)
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", file],
        input=payload, capture_output=True, check=True,
    )  # fmt: skip
    row = desk.says(with_signature(payload, done.stdout))
    assert told(row) == VERIFIED
    shown = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, check=True)
    assert row["fingerprint"] in shown.stdout.decode()


@NEEDS_SSH
@pytest.mark.parametrize(
    ("options", "principals"),
    [
        ("", "alice@corp.example"),
        ('namespaces="git"', "bob@corp.example,alice@corp.example"),
        ('namespaces="file"', "alice@corp.example"),
        ('valid-before="20231114Z"', "alice@corp.example"),
        ('valid-after="20231114Z",valid-before="20231116Z"', "alice@*"),
        ('valid-after="20231116Z"', "alice@corp.example"),
        ("", "alice@corp.example,!alice@corp.example"),
    ],
)
def test_ssh_keygen_and_this_agree_on_who_is_allowed(tmp_path, options, principals):
    desk = Desk(tmp_path, Directory())
    key = desk.ssh(ssh_key(), principals, options)
    payload = commit_payload("1" * 40)
    signature = key.sign(payload)
    assert desk.signers.ssh
    (tmp_path / "sig").write_bytes(signature)
    time = dt.datetime.fromtimestamp(NOON, dt.UTC).strftime("%Y%m%d%H%M%S")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-q", "-n", "git", "-I", ALICE[1], "-s", tmp_path / "sig",
         "-f", tmp_path / "allowed", f"-Overify-time={time}"],
        input=payload, capture_output=True, check=False, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    row = desk.says(with_signature(payload, signature))
    assert (row["state"] == "verified") == (done.returncode == 0)


@NEEDS_GPG
def test_what_gpg_signs_verifies_here(desk, tmp_path):
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    call = ["gpg", "--homedir", str(home), "--batch", "--no-tty", "--pinentry-mode", "loopback",
            "--passphrase", ""]  # fmt: skip
    try:
        for number, kind in enumerate(("ed25519", "rsa2048", "nistp256")):
            user = f"Alice {kind} <alice@corp.example>"
            subprocess.run(
                [*call, "--quick-gen-key", user, kind, "sign", "0"], capture_output=True, check=True
            )
            exported = subprocess.run(
                [*call, "--armor", "--export", f"Alice {kind}"], capture_output=True, check=True
            ).stdout
            desk.rings[kind] = exported
            [certificate] = read_signers(
                allowed_signers=None, openpgp_keys=_file(tmp_path / f"{number}.asc", exported)
            ).openpgp
            now = int(dt.datetime.now(dt.UTC).timestamp())
            payload = commit_payload("1" * 40, time=now)
            made = subprocess.run(
                [*call, "-bsa", "-u", f"{certificate.fingerprint}!"],
                input=payload, capture_output=True, check=True,
            )  # fmt: skip
            assert told(desk.says(with_signature(payload, made.stdout), time=now)) == VERIFIED
            changed = payload.replace(b"change", b"chance")
            row = desk.says(with_signature(changed, made.stdout), time=now)
            assert row["state"] == "bad"
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


def _file(path, data):
    path.write_bytes(data)
    return path


@NEEDS_GPG
def test_gpg_reads_what_the_simulator_signs(tmp_path):
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    call = ["gpg", "--homedir", str(home), "--batch", "--no-tty"]
    key = pgp_key()
    ring = Ring(pgp_key()).user_id("Alice <alice@corp.example>").subkey(key)
    try:
        subprocess.run([*call, "--import"], input=ring.export(), capture_output=True, check=True)
        signature = _file(tmp_path / "sig.asc", key.sign(b"work\n"))
        data = _file(tmp_path / "data", b"work\n")
        subprocess.run([*call, "--verify", signature, data], capture_output=True, check=True)
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A repository of five commits: Alice's own, Bob's as Alice, a forge's merge, unsigned, bad."""
    root = tmp_path_factory.mktemp("company")
    made = repository(root / "repo")
    alice, bob, forge = ssh_key(), ssh_key("ecdsa-sha2-nistp256"), pgp_key(1)
    oids, text = [], b""
    for number, (author, key, lines) in enumerate(
        [(ALICE, alice, 4), (ALICE, bob, 3), (BOB, forge, 2), (BOB, None, 5), (BOB, bob, 6)]
    ):
        text += b"".join(b"line %d of %d\n" % (line, number) for line in range(lines))
        payload = commit_payload(
            made.tree({b"a.txt": text}),
            parents=oids[-1:],
            author=author,
            message=b"change\n\nCo-authored-by: Alice <alice@corp.example>\n",
        )
        signatures = [key.sign(payload if number < 4 else payload + b"!")] if key else []
        oids.append(write_commit(made, with_signature(payload, *signatures)))
    made.point(oids[-1])
    git(made.path, "fsck", "--strict")
    (root / "allowed").write_text(
        f"{ALICE[1]} {alice.line}\np-bob {bob.line}\n{BOB[1]} {bob.line}\n"
    )
    (root / "keys.asc").write_bytes(Ring(forge).user_id("GitHub <noreply@github.com>").export())
    (root / "roster.csv").write_text(
        "id,name,emails,worker_type,country,unit,start,end\n"
        f"p-alice,Alice,{ALICE[1]},employee,DE,core,2020-01-01,\n"
        f"p-bob,Bob,{BOB[1]},employee,DE,core,2020-01-01,\n"
    )
    (root / "byline.toml").write_text(
        '[people]\nroster = "roster.csv"\nallowed_signers = "allowed"\nopenpgp_keys = "keys.asc"\n'
        '[[repositories]]\nname = "repo"\npath = "repo"\n'
    )
    return root, oids


LINES = {"verified": 4, "mismatch": 5, "unsigned": 5, "bad": 6}


def run(*arguments):
    from byline.cli.main import app

    found = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_people_says_how_much_has_a_proven_author(company):
    root, oids = company
    found = json.loads(run("people", "--config", root / "byline.toml", "--json"))["signatures"]
    assert {one["state"]: one["lines"] for one in found["states"] if one["commits"]} == LINES
    assert (found["lines"], found["commits"]) == (20, 5)
    assert found["verified_share"] == 4 / 20
    assert found["holders"] == {"forge": 1, "other": 1}
    [spoofed, merged] = found["mismatches"]
    assert (spoofed["commit"], spoofed["email"], spoofed["principal"]) == (
        oids[1],
        ALICE[1],
        "p-bob",
    )
    assert (merged["commit"], merged["holder"]) == (oids[2], "forge")
    shown = run("people", "--config", root / "byline.toml", "--quiet")
    assert "20.0 %" in shown
    assert "a forge" in shown


def test_an_audit_says_it_with_the_keys_and_without(company, tmp_path):
    root, oids = company
    keys = ["--allowed-signers", root / "allowed", "--openpgp-keys", root / "keys.asc"]
    page = tmp_path / "audit.html"
    found = json.loads(run("audit", root / "repo", "-o", page, "--json", *keys))
    states = {one["state"]: one["lines"] for one in found["signed"]["states"] if one["commits"]}
    assert states == LINES
    html = page.read_text(encoding="utf-8")
    assert "4 of 20 lines (20.0 %)" in html
    assert oids[1][:12] in html
    alone = json.loads(run("audit", root / "repo", "-o", tmp_path / "b.html", "--json"))
    states = {one["state"]: one["lines"] for one in alone["signed"]["states"] if one["commits"]}
    assert states == {"unknown_key": 9, "unsigned": 5, "bad": 6}
    assert alone["signed"]["verified_share"] == 0


def test_a_statement_tells_a_person_of_commits_that_are_not_theirs(company):
    root, oids = company
    found = json.loads(run("statement", "p-alice", "--config", root / "byline.toml", "--json"))
    assert found["signed"]["commits"] == {"mismatch": 1, "verified": 1}
    assert found["signed"]["mismatches"] == [["repo", oids[1]]]
    assert "p-bob" not in json.dumps(found["signed"])


def test_other_keys_give_other_answers_on_the_next_run(company):
    root, _ = company
    config = root / "byline.toml"
    before = json.loads(run("people", "--config", config, "--json"))["signatures"]
    allowed = (root / "allowed").read_text()
    try:
        (root / "allowed").write_text("# nobody\n")
        after = json.loads(run("people", "--config", config, "--json"))["signatures"]
    finally:
        (root / "allowed").write_text(allowed)
    assert before["verified_lines"] == 4
    assert after["verified_lines"] == 0
