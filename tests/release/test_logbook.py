import pytest

from byline.errors import InputError, IntegrityError
from byline.proof import keys, log, logproof, note
from byline.proof.canonical import canonical_json
from byline.release import logindex
from byline.release.logbook import open_log, read_verifiers, record, record_all


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "log"
    return path, open_log(path, key=tmp_path / "log.key", origin="Example")


def facts(start, stop):
    return [{"type": "fact", "number": number} for number in range(start, stop)]


def test_facts_are_recorded_once_in_one_step_and_proved(made):
    path, signer = made
    assert record(path, {"type": "fact", "number": 2}, signer=signer).index == 0
    logged = record_all(path, [*facts(0, 4), *facts(1, 3)], signer=signer)
    assert [one.index for one in logged] == [1, 2, 0, 3, 2, 0]
    assert len({one.proof.checkpoint for one in logged}) == 1
    for one, fact in zip(logged, [*facts(0, 4), *facts(1, 3)], strict=True):
        proof = logproof.parse_proof(one.proof_file)
        logproof.verify_proof(proof, entry=canonical_json(fact), verifiers=[signer.verifier])
    assert record_all(path, [], signer=signer) == []
    assert record(path, {"number": 3, "type": "fact"}, signer=signer).index == 3


def test_the_log_is_not_read_again_for_each_fact(made, monkeypatch):
    path, signer = made
    record_all(path, facts(0, 600), signer=signer)
    read = []
    true = log.entries
    monkeypatch.setattr(
        log, "entries", lambda path, *, start=0, end=None: (
            read.append(one) or one for one in true(path, start=start, end=end)
        ),
    )  # fmt: skip
    for number in range(590, 610):
        assert record(path, {"type": "fact", "number": number}, signer=signer).index == number
    assert len(read) <= 600 + 10


def test_facts_by_type(made):
    path, signer = made
    assert logindex.facts_of(path, "fact") == []
    record_all(path, [{"type": "other", "about": {"type": "fact"}}, *facts(0, 2)], signer=signer)
    log.append(path, [b'"type":"fact"', b"\xff"], signer=signer)
    record(path, {"type": "fact", "number": 9}, signer=signer)
    found = logindex.facts_of(path, "fact")
    assert [(place, fact["number"]) for place, fact in found] == [(1, 0), (2, 1), (5, 9)]


def test_another_log_in_the_same_place_is_read_anew(made, tmp_path):
    path, signer = made
    record_all(path, facts(0, 5), signer=signer)
    path.rename(tmp_path / "away")
    log.create(path, signer=signer)
    other = [canonical_json(fact) for fact in reversed(facts(0, 8))]
    log.append(path, other, signer=signer)
    assert logindex.places_of(path, [*other, b"x"]) == [*range(8), None]
    assert record(path, {"type": "fact", "number": 0}, signer=signer).index == 7


def test_key_files_that_hold_no_key(tmp_path):
    with pytest.raises(InputError, match="there is no"):
        read_verifiers(tmp_path / "none")
    for text in ("", "key\n", "\n"):
        (tmp_path / "file").write_text(text)
        with pytest.raises(IntegrityError, match="holds no public key"):
            read_verifiers(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"\xff\xfe")
    with pytest.raises(IntegrityError, match="holds no public key"):
        read_verifiers(tmp_path / "file")
    held = [note.Signer("a", bytes([one]) * 32).verifier for one in range(2)]
    (tmp_path / "file").write_text("".join(f"{one.vkey}\n" for one in held))
    assert read_verifiers(tmp_path / "file") == held == keys.load_verifiers(tmp_path / "file")
