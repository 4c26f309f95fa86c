"""Assessments: only the document that was signed, by somebody named, opens a gate."""

import dataclasses
import datetime as dt
import hashlib
import shutil
import subprocess

import pytest
from notice_world import AGREEMENT, AS_OF, agreements

from byline.errors import ConfigError
from byline.people.signature_errors import SignatureError
from byline.people.sshsig import read_ssh_signature, verify_ssh_signature
from byline.proof.log import entries
from byline.release.assessed import assessment_facts
from byline.release.logbook import open_log, record_all
from byline.terms.assessment_files import (
    needed_assessments,
    read_assessment_entries,
    read_assessors,
    state_of_assessment,
    verified,
)
from simulators.signing import ssh_key

WORDS = b"# Legitimate interests assessment\nThe interest is real; people can object.\n"
KEY = ssh_key(seed=b"a" * 32)
NAMESPACE = b"byline-assessment"
NEEDS = AGREEMENT.replace('notice_version = "2"', 'notice_version = "2"\nneeds_assessment = "lia"')


def entry(**changes: str) -> str:
    given = {
        "id": '"lia"', "kind": '"lia"', "title": '"Interests"', "document": '"lia.md"',
        "sha256": f'"{hashlib.sha256(WORDS).hexdigest()}"', "completed": "2025-01-10",
        "expires": "2026-01-10", "signature": '"lia.md.sig"', **changes,
    }  # fmt: skip
    lines = [f"{key} = {value}" for key, value in given.items() if value]
    return "\n".join(["[[assessment]]", *lines, ""])


def read(
    folder, text=None, *, words=WORDS, signature=None, assessors=f"dpo@h.example {KEY.line}\n"
):
    (folder / "lia.md").write_bytes(words)
    made = KEY.sign(words, namespace=NAMESPACE) if signature is None else signature
    (folder / "lia.md.sig").write_bytes(made)
    (folder / "allowed").write_text(assessors)
    path = folder / "assessments.toml"
    path.write_text(entry() if text is None else text)
    assessors = read_assessors(folder / "allowed")
    entries = read_assessment_entries(path)
    return tuple(verified(each, folder=folder, assessors=assessors) for each in entries)


def test_a_signed_assessment_opens_its_gate_within_its_dates(tmp_path):
    [found] = read(tmp_path)
    assert (found.signed_by, found.fault) == ("dpo@h.example", "")
    asked = {"work_class": "code", "purpose": "repair"}
    assert found.covers(**asked, as_of=AS_OF)
    assert not found.covers(**asked, as_of=dt.date(2025, 1, 9))
    assert not found.covers(**asked, as_of=dt.date(2026, 1, 10))
    states = [state_of_assessment(found, as_of=AS_OF.replace(year=year)) for year in (2025, 2026)]
    assert states == ["in force", "expired on 2026-01-10"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"words": WORDS + b"."}, "not the one whose hash"),
        ({"text": entry(document='"other.md"')}, "its document is not there"),
        ({"text": entry(document='"../lia.md"')}, "its document is not there"),
        ({"text": entry(signature="")}, "it is not signed"),
        ({"signature": b"-----BEGIN"}, "its signature is not good"),
        ({"signature": KEY.sign(b"other", namespace=NAMESPACE)}, "it does not verify"),
        ({"signature": KEY.sign(WORDS)}, "it was made for b'git', not for b'byline-assessment'"),
        ({"assessors": f"eve@h.example {ssh_key().line}\n"}, "is no assessor's"),
        ({"assessors": f'dpo@h.example namespaces="git" {KEY.line}\n'}, "was no assessor's on"),
        ({"assessors": f'dpo@h.example valid-after="20250111Z" {KEY.line}\n'}, "no assessor's on"),
        ({"assessors": f"*@h.example {KEY.line}\n"}, "stands for nobody by name"),
    ],
)
def test_anything_else_is_a_fault_and_opens_nothing(tmp_path, changes, fault):
    [found] = read(tmp_path, **changes)
    assert fault in found.fault
    assert found.signed_by == ""
    assert not found.covers(work_class="code", purpose="repair", as_of=AS_OF)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (entry() + entry(), "given twice"),
        (entry(expires="2025-01-10"), "is not after `completed`"),
        (entry(kind='"opinion"'), "assessments.toml:3: `kind`: 'opinion' is not one of"),
        (entry(sha256='"abc"'), "`sha256`"),
    ],
)
def test_a_wrong_register_of_assessments_says_where(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, text)


def test_what_clauses_need_and_lack_is_told(tmp_path):
    given = agreements(tmp_path, NEEDS)
    [missing] = needed_assessments(given, (), as_of=AS_OF)
    assert (missing.assessment, missing.lacking) == ("lia", "it is not there")
    assert missing.clauses == ("policy/consent", "policy/interest")
    [whole] = needed_assessments(given, read(tmp_path), as_of=AS_OF)
    assert whole.lacking == ""
    narrow = read(tmp_path, entry(classes='["code"]', purposes='["repair"]'))
    [part] = needed_assessments(given, narrow, as_of=AS_OF)
    assert "code for assist_others" in part.lacking
    assert "code for repair" not in part.lacking
    [asked] = needed_assessments(given, narrow, as_of=AS_OF, purposes=["repair"])
    assert (asked.lacking, asked.clauses) == ("", ("policy/interest",))
    assert needed_assessments(given, (), as_of=dt.date(2023, 1, 1)) == []


def test_a_signature_for_one_thing_is_none_for_another():
    signature = read_ssh_signature(KEY.sign(WORDS, namespace=NAMESPACE))
    verify_ssh_signature(signature, WORDS, namespace=NAMESPACE)
    with pytest.raises(SignatureError):
        verify_ssh_signature(signature, WORDS)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_what_ssh_keygen_signs_opens_the_gate(tmp_path):
    file = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "byline-assessment", "-f", file],
        input=WORDS, capture_output=True, check=True,
    )  # fmt: skip
    kind, data, *_ = (tmp_path / "id.pub").read_text().split()
    [found] = read(tmp_path, signature=done.stdout, assessors=f"dpo@h.example {kind} {data}\n")
    assert found.signed_by == "dpo@h.example"


def test_assessments_in_force_are_in_the_log_once_and_faulty_ones_never(tmp_path):
    log = tmp_path / "log"
    signer = open_log(log, key=tmp_path / "keys" / "log.key", origin="harbour")
    [good] = read(tmp_path)
    bad = dataclasses.replace(good, id="bad", fault="its document is not there")

    def logged(*found):
        facts = assessment_facts(found, as_of=AS_OF)
        places = record_all(log, facts, signer=signer)
        return {fact["assessment"]: one.index for fact, one in zip(facts, places, strict=True)}

    assert logged(bad, good) == logged(good) == {"lia": 0}
    [entry_of_log] = entries(log)
    assert good.sha256.encode() in entry_of_log
    assert b"dpo@h.example" not in entry_of_log
