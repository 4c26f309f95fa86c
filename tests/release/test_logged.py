"""What the log holds: each fact once and in its order, in words, and nobody by name."""

import datetime as dt
import json
from pathlib import Path

import pytest

from byline.privacy.names import KnownPerson
from byline.proof import log
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.order import check_order
from byline.release import logged
from byline.release.logbook import open_log, record
from byline.release.logged_words import describe_entry
from byline.release.unnamed import naming
from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.terms.notices import Notice
from byline.workspace.ledger import append, open_ledger, tables

RENE = KnownPerson("ha-105", ("René Castellano",), ("rene@harbour.example",), ("renecast",))
MANY = 900  # agreements: more than one entry can list


def agreement(identity: str) -> Agreement:
    clause = {
        "id": f"{identity}/1", "effect": "forbid", "text": "No.", "classes": ["code"],
        "purposes": ["*"],
    }  # fmt: skip
    return Agreement.model_validate(
        {"id": identity, "title": "T", "kind": "policy", "version": "1",
         "effective": dt.date(2024, 1, 1), "clauses": [clause]}
    )  # fmt: skip


def served(person: str, version: str = "1") -> Notice:
    return Notice(notice="n", version=version, person=person, served=dt.date(2024, 1, 2))


TERMS = Terms(
    agreements=tuple(
        agreement(name)
        for name in ("employment-us", "separation-castellano", "NDA ha-105", "for-ha-1050")
    ),
    notices=(served("ha-105"), served("ha-106"), served("ha-106", "2")),
)


def test_a_fact_is_logged_once_and_names_nobody(tmp_path: Path):
    path = tmp_path / "log"
    signer = open_log(path, key=tmp_path / "key" / "log.key", origin="Harbour")
    row = {"deployment": "dep_1", "action": "deployed", "model": "mdl_1", "purpose": "repair",
           "place": "Castellano's editor", "job_families": ["backend"]}  # fmt: skip
    sealed = {
        "sealing": "era_1", "subject": "rel_1", "action": "destroyed", "sha256": "0" * 64,
        "detail": {"kind": "release", "files": 3, "bytes": 9, "by": "erase ha-105"},
    }  # fmt: skip

    def log_all() -> list[int]:
        made = [
            logged.log_verifier(path, signer=signer),
            record(path, logged.terms_fact(TERMS, known=[RENE]), signer=signer),
            record(path, logged.notices_fact(TERMS), signer=signer),
            record(path, logged.capture_fact("ab" * 32), signer=signer),
            logged.log_run_started(
                path, run="run_1", release="rel_1", seal_sha256="1" * 64, purpose="repair",
                settings_sha256="2" * 64, signer=signer,
            ),
            logged.log_run_finished(
                path, run="run_1", model="mdl_1", steps=3, chain="3" * 64, signer=signer
            ),
            logged.log_deployment(path, row, number=0, signer=signer),
            logged.log_deployment(path, row | {"action": "retired"}, number=1, signer=signer),
            logged.log_deployment(path, row, number=2, signer=signer),
            record(path, logged.removal_fact(sealed), signer=signer),
            logged.log_canary(path, "4" * 64, signer=signer),
        ]  # fmt: skip
        return [one.index for one in made]

    assert log_all() == list(range(11))
    assert log_all() == list(range(11))
    entries = [parse_canonical(entry) for entry in log.entries(path)]
    shown = json.dumps(entries) + "\n".join(describe_entry(entry) for entry in log.entries(path))
    for name in ("castellano", 'ha-105"', "ha-105 ", "rene", "editor", "backend"):
        assert name not in shown.lower()
    agreements = {one["id"] for one in entries[1]["agreements"]}
    assert {"employment-us", "for-ha-1050"} < agreements
    assert sum(one.startswith("sha256-") for one in agreements) == 2
    assert (entries[2]["notices"], entries[2]["served"]) == (2, 3)
    assert entries[0]["sha256"] == sha256_hex(
        (Path(log.__file__).parent / "verify.py").read_bytes()
    )
    # The note of why something was erased is nobody's business; what was there is in the hash.
    noted = sealed | {"detail": sealed["detail"] | {"by": "erase ha-106"}}
    assert logged.removal_fact(noted) == logged.removal_fact(sealed)
    assert logged.removal_fact(sealed | {"sha256": "1" * 64}) != logged.removal_fact(sealed)


@pytest.mark.parametrize(
    "word",
    ["dpia-m\u00fcller", "dpia-mu\u0308ller", "dpia-muller", "dpia-mueller", "consent-MullerJ",
     "dpia-jmue", "for jdoe7", "dpia-oneil", "dpia-o'neil", "dpia_neil"],
)  # fmt: skip
def test_a_name_in_another_spelling_is_a_name(word: str):
    known = KnownPerson(
        "e-1", ("J\u00fcrgen M\u00fcller", "Anna O\u2019Neil"), ("jmue@corp.example",), ("jdoe7",)
    )
    assert naming([known])(word)
    assert not naming([known])("agreement-2024")


def test_a_removal_that_was_not_logged_is_logged_by_the_next_command(tmp_path: Path):
    path = tmp_path / "log"
    signer = open_log(path, key=tmp_path / "key" / "log.key", origin="Harbour")
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    detail = {"kind": "tables", "by": "erase p-amy", "files": 2, "bytes": 7}
    row = {"sealing": "era_1", "subject": "tables", "sha256": "0" * 64, "detail": detail}
    append(ledger, tables.SEALED, {**row, "action": "destroying"})
    assert logged.log_removals(path, ledger, signer=signer) == []  # the bytes may be there still
    append(ledger, tables.SEALED, {**row, "action": "destroyed"})
    for _ in range(2):
        assert [one.index for one in logged.log_removals(path, ledger, signer=signer)] == [0]
    [entry] = map(parse_canonical, log.entries(path))
    assert (entry["what"], entry["id"]) == ("rows", "tables")


def test_terms_of_many_agreements_are_one_small_entry():
    many = Terms(agreements=tuple(agreement(f"agreement-{n}") for n in range(MANY)))
    fact = logged.terms_fact(many)
    assert fact["agreements"]["count"] == MANY
    assert len(canonical_json(fact)) < 300
    assert "900 agreements" in describe_entry(fact)


def test_every_entry_has_words(tmp_path: Path):
    for data in LAWFUL:
        words = describe_entry(data)
        assert words
        assert "?" not in words
        assert "not known" not in words
    for strange in (
        b"",
        b"{",
        b"[1]",
        b'{"type":3}',
        b'{"type":"run"}',
        b'{"agreements":3,"type":"terms"}',
    ):
        assert describe_entry(strange)


def fact(type_: str, **fields: object) -> bytes:
    return canonical_json({"type": type_, **fields})


SEAL = canonical_json(
    {
        "release": "rel_1", "manifest_sha256": "m" * 64, "examples": {"root": "r" * 64, "size": 1},
        "terms": "t" * 64, "notices": "n" * 64, "capture": "c" * 64, "assessments": ["a" * 64],
    }
)  # fmt: skip
SEALED = fact(
    "release", release="rel_1", manifest_sha256="m" * 64, root="r" * 64,
    seal_sha256=sha256_hex(SEAL),
)  # fmt: skip
STARTED = fact(
    "run", state="started", run="run_1", release="rel_1", seal_sha256=sha256_hex(SEAL),
    purpose="repair", settings_sha256="s" * 64,
)  # fmt: skip
MODEL = fact(
    "model", model="mdl_1", release="rel_1", root="r" * 64, purpose="repair", run="run_1",
    weights_sha256="w" * 64,
)  # fmt: skip
PLACED = fact(
    "deployment", deployment="dep_1", model="mdl_1", purpose="repair", number=0, state="placed"
)
LAWFUL = (
    fact("verifier", name="verify.py", sha256="v" * 64, size=3),
    fact("terms", sha256="t" * 64, agreements=[{"id": "a", "version": "1", "sha256": "e" * 64}]),
    fact("notices", sha256="n" * 64, notices=1, served=2),
    fact("capture", sha256="c" * 64),
    fact("assessment", assessment="d", kind="dpia", sha256="a" * 64, completed="2024-01-01"),
    fact("canary", commitment="k" * 64),
    SEALED,
    fact("ledger", facts=3, sha256="l" * 64),
    STARTED,
    fact("run", state="finished", run="run_1", model="mdl_1", steps=3, chain="h" * 64),
    MODEL,
    PLACED,
    fact("deployment", deployment="dep_1", model="mdl_1", purpose="repair", number=1,
         state="retired"),
    fact("removal", what="model", id="mdl_1", facts_sha256="f" * 64),
    fact("removal", what="release", id="rel_1", facts_sha256="f" * 64),
    fact("receipts", batch="lv_1", kind="leaving", size=2, root="q" * 64),
    fact("ledger", facts=9, sha256="l" * 64),
    fact("key", next="log+0+AA", reason="yearly", signature="AA=="),
)  # fmt: skip


def codes(entries, *, seals=None) -> set[str]:
    return {one.code for one in check_order(entries, seals=seals)}


def without(*indexes: int) -> list[bytes]:
    return [entry for index, entry in enumerate(LAWFUL) if index not in indexes]


def moved(index: int, to: int) -> list[bytes]:
    rest = without(index)
    return [*rest[:to], LAWFUL[index], *rest[to:]]


@pytest.mark.parametrize("seals", [None, {"rel_1": SEAL}])
def test_a_lawful_log_has_no_problems(seals):
    assert check_order(LAWFUL, seals=seals) == []
    assert check_order([*LAWFUL, *LAWFUL[:6]], seals=seals) == []  # the same said again


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (moved(1, 8), {"no_terms"}),
        (without(2), {"no_notices"}),
        (moved(6, 9), {"no_release"}),  # a root made after the fact
        (moved(6, 12), {"no_release"}),
        (without(6), {"no_release"}),
        (without(8), {"no_start", "not_bound"}),
        (without(9), {"not_bound"}),
        (moved(8, 12), {"no_start", "not_bound"}),
        (moved(9, 12), {"not_bound"}),
        (moved(11, 8), {"no_model"}),
        (without(11), {"not_placed"}),
        (moved(13, 9), {"no_model"}),  # removed before it was there
        (moved(14, 7), {"removed_before"}),
        ([*LAWFUL, PLACED], {"removed_before"}),
        (moved(16, 1), {"fewer_facts"}),
        ([*LAWFUL, b"{"], {"malformed"}),
        ([*LAWFUL, fact("run", state="started")], {"malformed"}),
        ([*LAWFUL, fact("ledger", facts=9, sha256="x" * 64)], {"two_ledgers"}),
        ([*LAWFUL, LAWFUL[9].replace(b'"steps":3', b'"steps":4')], {"two_runs"}),
        ([*LAWFUL[:13], LAWFUL[13].replace(b'"what":"model"', b'"what":"all"')], {"malformed"}),
        ([*LAWFUL[:8], STARTED.replace(b"started", b"Started"), *LAWFUL[9:]],
         {"malformed", "no_start", "not_bound"}),
        ([*LAWFUL[:8], STARTED.replace(b"run_1", b"None"), LAWFUL[9].replace(b"run_1", b"None"),
          MODEL.replace(b',"run":"run_1"', b"")], {"not_bound"}),
    ],
)  # fmt: skip
def test_what_stands_in_the_wrong_place_is_found(entries, expected):
    found = codes(entries)
    assert expected <= found
    assert found <= expected | {"not_placed", "no_model", "no_release", "removed_before"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (SEALED, SEALED.replace(b"r" * 64, b"x" * 64), "seal_differs"),
        (STARTED, STARTED.replace(b"repair", b"retrieval"), "not_bound"),
        (STARTED, STARTED.replace(sha256_hex(SEAL).encode(), b"0" * 64), "seal_differs"),
        (MODEL, MODEL.replace(b'"run":"run_1",', b""), "not_bound"),
        (MODEL, MODEL.replace(b"run_1", b"run_2"), "not_bound"),
        (PLACED, PLACED.replace(b"repair", b"persona_twin"), "other_purpose"),
        (SEALED, SEALED.replace(b',"seal_sha256":"' + sha256_hex(SEAL).encode() + b'"', b""),
         "no_seal"),
    ],
)  # fmt: skip
def test_entries_that_do_not_fit_one_another_are_found(old, new, expected):
    assert old in LAWFUL
    assert old != new
    assert expected in codes([new if entry == old else entry for entry in LAWFUL])


def test_a_release_is_held_to_what_its_seal_names():
    """Other terms, logged before, are not the terms that it was decided under."""
    seals = {"rel_1": SEAL}
    for index, code in ((1, "no_terms"), (2, "no_notices"), (3, "no_capture"),
                        (4, "no_assessment")):  # fmt: skip
        other = list(LAWFUL)
        fields = parse_canonical(other[index])
        other[index] = canonical_json(fields | {"sha256": "0" * 64})
        assert codes(other) == set()  # nothing is seen without the seal
        assert codes(other, seals=seals) == {code}
        late = [*other, LAWFUL[index]]  # and made up for afterwards
        assert codes(late, seals=seals) == {code}
    changed = SEAL.replace(b"t" * 64, b"0" * 64)
    assert codes(LAWFUL, seals={"rel_1": changed}) == {"seal_differs"}


def test_a_second_seal_of_a_release_is_found():
    again = SEALED.replace(sha256_hex(SEAL).encode(), b"0" * 64)
    assert codes([*LAWFUL, again]) == {"two_releases"}
    unsealed = SEALED.replace(b'"seal_sha256":"' + sha256_hex(SEAL).encode() + b'",', b"")
    assert codes([*LAWFUL[:6], unsealed, *LAWFUL[6:]]) == {"no_seal"}  # sealed since
    assert codes([*LAWFUL, MODEL.replace(b"w" * 64, b"0" * 64)]) == {"two_models"}
    finished = LAWFUL[9].replace(b"h" * 64, b"0" * 64)
    assert codes([*LAWFUL, finished]) == {"two_runs"}
