"""Terms are read back exactly as they were kept, or not at all."""

import dataclasses
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_company import AGREEMENTS, NOTICES, OBJECTIONS, WITHDRAWALS
from terms_worlds import make

from byline.errors import InputError, IntegrityError
from byline.terms.agreed import Terms
from byline.terms.agreement_files import load_pack, pack_names
from byline.terms.agreements import Agreement
from byline.terms.archive import dumped, keep, kept, kept_digests, loaded

TERMS = Terms(
    agreements=AGREEMENTS, notices=NOTICES, objections=OBJECTIONS, withdrawals=WITHDRAWALS
)


@settings(max_examples=40)
@given(st.integers(0, 1 << 32))
def test_every_world_of_terms_goes_to_json_and_back(seed):
    world, _, _ = make(seed, rows=0)
    terms = Terms(**world)
    again = loaded(dumped(terms))
    assert again == terms
    assert again.digest == terms.digest
    assert dumped(again) == dumped(terms)


@pytest.mark.parametrize("pack", pack_names())
def test_every_pack_goes_to_json_and_back(pack):
    terms = Terms(agreements=load_pack(pack))
    assert loaded(dumped(terms)) == terms


def test_kept_terms_share_the_lists_that_did_not_change(tmp_path):
    digest = keep(TERMS, tmp_path)
    assert kept(digest, tmp_path) == TERMS
    before = sorted(tmp_path.rglob("*.gz"))
    fewer = dataclasses.replace(TERMS, withdrawals=())
    other = keep(fewer, tmp_path)
    assert len(sorted(tmp_path.rglob("*.gz"))) <= len(before) + 1
    assert kept(other, tmp_path) == fewer
    assert kept_digests(tmp_path) == tuple(sorted({digest, other}))
    assert kept_digests(tmp_path, digest[:12]) == (digest,)


def test_terms_once_kept_stay_as_they_are(tmp_path):
    digest = keep(TERMS, tmp_path)
    marks = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    turned = dataclasses.replace(TERMS, agreements=TERMS.agreements[::-1])
    assert keep(turned, tmp_path) == digest
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert marks == after


def test_what_was_changed_after_it_was_kept_is_refused(tmp_path):
    digest = keep(TERMS, tmp_path)
    manifest = tmp_path / f"{digest}.json"
    parts = json.loads(manifest.read_text())["parts"]
    part = tmp_path / "parts" / f"{parts['withdrawals']}.json.gz"
    honest = part.read_bytes()
    part.write_bytes(gzip.compress(b"[]"))
    with pytest.raises(IntegrityError, match="changed after it was kept"):
        kept(digest, tmp_path)
    part.write_bytes(honest)
    said = json.loads(manifest.read_text())
    said["parts"]["withdrawals"] = said["parts"]["events"]
    manifest.write_text(json.dumps(said))
    with pytest.raises(IntegrityError, match="is not what was kept"):
        kept(digest, tmp_path)
    manifest.write_text("{")
    with pytest.raises(IntegrityError, match="cannot be read"):
        kept(digest, tmp_path)
    with pytest.raises(InputError, match="not in the archive"):
        kept("0" * 64, tmp_path)


def test_a_key_that_has_its_default_does_not_change_the_digest():
    [first, *rest] = AGREEMENTS
    spelled = first.model_dump(exclude={"clauses"}) | {
        "clauses": [
            clause.model_dump(exclude_unset=True) | {"exemption": ""} for clause in first.clauses
        ]
    }
    same = dataclasses.replace(TERMS, agreements=(Agreement.model_validate(spelled), *rest))
    assert same.digest == TERMS.digest
