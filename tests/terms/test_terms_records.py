"""Records and receipts of ISO/IEC TS 27560: complete, of DPV's own words, and checkable offline."""

import copy
import dataclasses
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from notice_world import (
    AS_OF,
    agreements,
    employee,
    register,
    register_text,
    said,
    served,
    terms,
    write_register,
)
from typer.testing import CliRunner

from byline.cli.main import app
from byline.errors import InputError, IntegrityError, RefusedError, UsageError
from byline.proof.note import Signer
from byline.terms.agreed import Terms
from byline.terms.notice_register import read_notice_register
from byline.terms.receipts27560 import receipt_of
from byline.terms.record_context import RECEIPT_GDPR, RECORD, RECORD_GDPR
from byline.terms.record_fields import validate, validate_receipt
from byline.terms.record_signature import check_signed, read_document, signed
from byline.terms.records import Subject, consent_record, subject_of

ADA = subject_of(employee("ada"), pseudonym="urn:byline:person:p_1")
SIGNER = Signer("harbour.example/byline", b"k" * 32)
CREATED = "2025-06-01T10:00:00Z"

# Terms of https://w3id.org/dpv (2.3) and its extensions that records may be made of, looked up in
# the vocabularies' own files: a record must not invent one.
DPV = frozenset(
    [
        "Authority",
        "Collect",
        "ConsentExpired",
        "ConsentGiven",
        "ConsentInvalidated",
        "ConsentNotice",
        "ConsentReceipt",
        "ConsentRecord",
        "ConsentRefused",
        "ConsentRequested",
        "ConsentUnknown",
        "ConsentWithdrawn",
        "ContractActive",
        "ContractExpired",
        "ContractInactive",
        "DPIA",
        "DataController",
        "DataSubject",
        "DataSubjectContract",
        "DataSubjectDataSource",
        "DataSubjectRight",
        "Employee",
        "EnforceSecurity",
        "ExpressedConsent",
        "LegitimateInterestAssessment",
        "LegitimateInterestInformed",
        "LegitimateInterestNotObjected",
        "LegitimateInterestObjected",
        "LegitimateInterestOfController",
        "LegitimateInterestUninformed",
        "NoticeCommunicated",
        "NoticeGenerated",
        "NoticeUsed",
        "ObjectingToProcess",
        "Obligation",
        "OptimisationForController",
        "Organisation",
        "PersonalData",
        "PrivacyNotice",
        "Process",
        "ProcessingLocation",
        "Purpose",
        "Recipient",
        "Representative",
        "Required",
        "ResearchAndDevelopment",
        "RiskAssessment",
        "StorageDuration",
        "StorageLocation",
        "Store",
        "TemporalDuration",
        "UntilEventDuration",
        "UntilTimeDuration",
        "Use",
        "WithdrawConsent",
        "hasAssessment",
        "hasAuthority",
        "hasConsentControl",
        "hasConsentStatus",
        "hasContractStatus",
        "hasDataController",
        "hasDataSource",
        "hasDataSubject",
        "hasDuration",
        "hasEntity",
        "hasIdentifier",
        "hasIndicationMethod",
        "hasJurisdiction",
        "hasLegalBasis",
        "hasLocation",
        "hasName",
        "hasNecessity",
        "hasNotice",
        "hasNoticeStatus",
        "hasPersonalData",
        "hasProcess",
        "hasProcessing",
        "hasProcessingCondition",
        "hasPurpose",
        "hasRecipient",
        "hasRecordOfActivity",
        "hasRepresentative",
        "hasRight",
        "hasRule",
        "hasStatus",
        "hasStorageCondition",
        "isExercisedAt",
        "isIndicatedAtTime",
        "isIndicatedBy",
    ]
)
EU_GDPR = frozenset(["A15", "A16", "A17", "A18", "A20", "A21", "A77", "A6-1-a", "A6-1-f"])


def made(folder, *events, notices=None, subject=ADA, **more):
    given = terms(folder, *events, notices=notices)
    return consent_record(subject, terms=given, register=register(folder), as_of=AS_OF, **more)


def process(record, clause):
    [found] = [one for one in record["dpv:hasProcess"] if one["byline:clause"] == [clause]]
    return found


def test_a_record_conforms_to_its_profile_and_says_every_state(tmp_path):
    record = made(tmp_path, said("consent_given", expires=dt.date(2026, 1, 1)))
    assert validate(record) == []
    assert record["dct:conformsTo"] == RECORD_GDPR
    interest = process(record, "policy/interest")
    assert interest["byline:state"] == "dpv:LegitimateInterestNotObjected"
    assert [one["@id"] for one in interest["dpv:hasPurpose"]] == [
        "byline:assist_others", "byline:repair",
    ]  # fmt: skip
    consent = process(record, "policy/consent")
    assert (consent["byline:state"], consent["byline:imbalance"]) == ("dpv:ConsentGiven", True)
    [_, given] = consent["dpv:hasConsentStatus"]
    assert given["dpv:hasDuration"]["rdf:value"] == "2026-01-01"
    assert given["dpv:isIndicatedBy"] == "dpv:DataSubject"
    [notice] = record["dpv:hasNotice"]
    assert (notice["dct:language"], notice["dct:date"]) == ("de", "2025-02-01")
    assert len(notice["byline:sha256"]) == 64


@pytest.mark.parametrize(
    ("event", "clause", "state", "in_force"),
    [
        (said("objected"), "policy/interest", "dpv:LegitimateInterestObjected", False),
        (said("consent_withdrawn"), "policy/consent", "dpv:ConsentWithdrawn", False),
        (said("consent_refused"), "policy/consent", "dpv:ConsentRefused", False),
        (said("paused"), "policy/interest", "dpv:LegitimateInterestNotObjected", False),
    ],
)
def test_what_was_said_is_in_the_record(tmp_path, event, clause, state, in_force):
    found = process(made(tmp_path, event), clause)
    assert (found["byline:state"], found["byline:inForce"]) == (state, in_force)
    said_there = [
        one.get("dct:identifier")
        for name in ("dpv:hasConsentStatus", "dpv:hasStatus")
        for one in found.get(name, ())
    ]
    assert event.id in said_there


def test_a_person_who_was_told_nothing_has_a_record_that_says_so(tmp_path):
    record = made(tmp_path, notices=())
    assert validate(record) == []
    [notice] = record["dpv:hasNotice"]
    assert notice["dpv:hasNoticeStatus"] == "dpv:NoticeGenerated"
    assert "dct:date" not in notice
    state = process(record, "policy/interest")["byline:state"]
    assert state == "dpv:LegitimateInterestUninformed"


def test_no_name_no_id_and_no_manager_stand_in_a_record(tmp_path):
    given = employee("ada")
    subject = subject_of(
        dataclasses.replace(given, name="Ada Lovelace"), pseudonym="urn:byline:person:p_1"
    )
    text = json.dumps(made(tmp_path, said("objected", note="my manager"), subject=subject))
    assert not re.search(r"\bada\b|lovelace|manager", text, re.IGNORECASE)


def test_records_are_equal_for_equal_inputs_and_differ_otherwise(tmp_path):
    first, again = made(tmp_path), made(tmp_path)
    assert first == again
    assert made(tmp_path, said("objected"))["@id"] != first["@id"]


REMOVALS = [
    ("dct:conformsTo",), ("dct:identifier",), ("dpv:hasDataSubject",), ("dpv:hasNotice",),
    ("dpv:hasProcess",), ("dpv:hasEntity",), ("@type",),
    *(("dpv:hasProcess", 0, name) for name in (
        "dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasStorageCondition",
        "dpv:hasDataController", "dpv:hasRecipient", "dpv:hasConsentControl",
        "dpv:hasJurisdiction", "dpv:hasRight", "dpv:hasLegalBasis", "dpv:hasDataSource",
        "dpv:hasProcessing", "dpv:hasProcessingCondition", "dpv:hasRule", "dpv:hasStatus",
    )),
    ("dpv:hasAuthority",),
    ("dpv:hasProcess", 0, "dpv:hasStorageCondition", 0),
    ("dpv:hasProcess", 0, "dpv:hasStorageCondition", 1),
    ("dpv:hasProcess", 0, "dpv:hasPersonalData", 0, "skos:broader"),
    ("dpv:hasProcess", 0, "dpv:hasPersonalData", 0, "dpv:hasNecessity"),
    ("dpv:hasProcess", 0, "dpv:hasProcessingCondition", 0, "dpv:hasLocation"),
    ("dpv:hasProcess", 0, "dpv:hasConsentControl", "dpv:isExercisedAt"),
    ("dpv:hasProcess", 0, "dpv:hasRight", 0, "dpv:isExercisedAt"),
    *(("dpv:hasProcess", 0, "dpv:hasStatus", 0, name) for name in (
        "@type", "dpv:isIndicatedAtTime", "dpv:hasDuration", "dpv:isIndicatedBy",
    )),
    *(("dpv:hasEntity", 0, name) for name in (
        "@id", "@type", "dpv:hasIdentifier", "dpv:hasName", "schema:contactPoint",
    )),
    ("dpv:hasEntity", 0, "schema:contactPoint", 0),
    ("dpv:hasEntity", 0, "schema:contactPoint", 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return made(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("place", REMOVALS, ids=lambda place: "/".join(map(str, place)))
def test_every_mandatory_field_is_missed_when_it_is_gone(whole, place):
    assert validate(whole) == []
    cut = copy.deepcopy(whole)
    node = cut
    for part in place[:-1]:
        node = node[part]
    del node[place[-1]]
    assert validate(cut)


def test_the_language_may_stand_at_the_notices_and_must_stand_somewhere(whole):
    cut = {**whole, "dct:language": []}
    assert validate(cut) == []
    bare = [{k: v for k, v in one.items() if k != "dct:language"} for one in cut["dpv:hasNotice"]]
    assert validate({**cut, "dpv:hasNotice": bare}) == ["dct:language: missing (language)"]


@pytest.mark.parametrize("junk", [None, [], 3, "x", {}, {"dpv:hasProcess": [3, {"@type": {}}]}])
def test_junk_is_a_list_of_problems_and_no_error(junk):
    assert validate(junk)
    assert validate_receipt(junk)
    assert validate_receipt({"dpv:hasRecordOfActivity": [junk]})


def test_every_word_is_one_of_the_vocabulary(tmp_path, whole):
    events = [said(kind, f"2025-03-{day:02}") for day, kind in enumerate(
        ("consent_requested", "consent_given", "objected", "objection_lifted", "withdrawn",
         "reinstated", "consent_invalidated"), start=1)]  # fmt: skip
    text = json.dumps([whole, made(tmp_path, *events), made(tmp_path, notices=())])
    text = re.sub(r"https?://[^\"]*", "", text)
    assert set(re.findall(r'"dpv:([\w-]+)"', text)) <= DPV
    assert set(re.findall(r'"eu-gdpr:([\w-]+)"', text)) <= EU_GDPR
    assert set(re.findall(r'"pd:([\w-]+)"', text)) == {"Professional"}


def test_outside_the_gdpr_the_general_profile_is_used(tmp_path):
    text = register_text().replace('country = "DE"', 'country = "US"')
    subject = subject_of(employee("ada", country="US"), pseudonym="urn:byline:person:p_1")
    found = read_notice_register(write_register(tmp_path, text))
    given = terms(tmp_path, notices=(served(language="en"),))
    record = consent_record(subject, terms=given, register=found, as_of=AS_OF)
    assert (record["dct:conformsTo"], validate(record)) == (RECORD, [])
    assert "eu-gdpr:A21" not in json.dumps(record)


def test_nothing_is_made_up_where_the_register_is_silent(tmp_path):
    text = register_text()
    no_authority = text[: text.index("[controller.authority]")] + text[text.index("[[notice]]") :]
    found = read_notice_register(write_register(tmp_path, no_authority))
    record = consent_record(ADA, terms=terms(tmp_path), register=found, as_of=AS_OF)
    assert any("dpv:hasAuthority" in problem for problem in validate(record))
    bare = read_notice_register(write_register(tmp_path, text[text.index("[[notice]]") :]))
    with pytest.raises(InputError, match="names no controller"):
        consent_record(ADA, terms=terms(tmp_path), register=bare, as_of=AS_OF)
    outsider = Subject(person="email:eve@else.example", pseudonym="urn:byline:person:p_2")
    with pytest.raises(InputError, match="no clause permits"):
        consent_record(outsider, terms=Terms(agreements=agreements(tmp_path)), register=found,
                       as_of=AS_OF)  # fmt: skip


def test_a_receipt_holds_what_the_event_is_about_and_nothing_else(tmp_path):
    event = said("objected", classes=("code",), purposes=("repair",))
    created = dt.datetime(2025, 3, 1, 9, 31, tzinfo=dt.UTC)
    receipt = receipt_of(
        event, subject=ADA, terms=terms(tmp_path), register=register(tmp_path), created=created
    )
    assert validate_receipt(receipt) == []
    assert receipt["dct:conformsTo"] == RECEIPT_GDPR
    [record] = receipt["dpv:hasRecordOfActivity"]
    [only] = record["dpv:hasProcess"]
    assert [one["@id"] for one in only["dpv:hasPurpose"]] == ["byline:repair"]
    assert only["byline:state"] == "dpv:LegitimateInterestObjected"
    assert receipt["byline:event"]["dct:identifier"] == event.id
    for name in ("dct:conformsTo", "dpv:hasIdentifier", "dct:created", "dpv:hasRecordOfActivity"):
        assert validate_receipt({key: one for key, one in receipt.items() if key != name})


def test_a_signed_record_is_checked_offline_and_any_change_is_seen(tmp_path, whole):
    made_here = signed(whole, signer=SIGNER, created=CREATED)
    file = tmp_path / "record.json"
    file.write_text(json.dumps(made_here, indent=1))
    assert check_signed(read_document(file), verifiers=[SIGNER.verifier]) == SIGNER.verifier
    assert validate(read_document(file)) == []
    changes = [
        {**made_here, "byline:asOf": "2025-06-02"},
        {**made_here, "proof": {**made_here["proof"], "created": "2025-06-02T10:00:00Z"}},
        {**made_here, "proof": {**made_here["proof"], "proofValue": "z" + "1" * 64}},
        {**made_here, "proof": {**made_here["proof"], "proofValue": "zz"}},
        {**made_here, "@context": {}},
        {key: value for key, value in made_here.items() if key != "proof"},
        {**made_here, "x": 1.5e300},
    ]
    for changed in changes:
        with pytest.raises(IntegrityError):
            check_signed(changed, verifiers=[SIGNER.verifier])
    with pytest.raises(IntegrityError, match="none of the known keys"):
        check_signed(made_here, verifiers=[Signer("other", b"o" * 32).verifier])
    with pytest.raises(IntegrityError, match="signed already"):
        signed(made_here, signer=SIGNER, created=CREATED)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1, "a": 2}', "[" * 100_000, '{"a": "\\ud800"'])
def test_a_file_that_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(InputError):
        read_document(tmp_path / "r.json")


def test_the_vector_of_the_w3c_suite_is_reproduced():
    """https://github.com/w3c/vc-di-eddsa/tree/main/TestVectors/eddsa-jcs-2022."""
    contexts = [
        "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2",
    ]  # fmt: skip
    document = {
        "@context": contexts,
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    }
    seed = bytes.fromhex("c96ef9ea10c5e414c471723aff9de72c35fa5b70fae97e8832ecac7d2e2b8ed6")
    proof = signed(document, signer=Signer("w3c", seed), created="2023-02-24T23:36:38Z")["proof"]
    key = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    assert proof["verificationMethod"] == f"did:key:{key}#{key}"
    assert proof["proofValue"] == (
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")
def test_a_record_is_json_ld_of_the_terms_it_names(whole):
    """Read by another implementation of JSON-LD, every field arrives where the guide puts it."""
    import rdflib

    graph = rdflib.Graph().parse(data=json.dumps(whole), format="json-ld")
    dpv = rdflib.Namespace("https://w3id.org/dpv#")
    [record] = graph.subjects(rdflib.RDF.type, dpv.ConsentRecord)
    assert str(record) == whole["@id"]
    profile = rdflib.URIRef(RECORD_GDPR)
    assert (record, rdflib.DCTERMS.conformsTo, profile) in graph
    processes = list(graph.objects(record, dpv.hasProcess))
    assert len(processes) == len(whole["dpv:hasProcess"])
    for one in processes:
        assert (one, dpv.hasProcessing, dpv.Collect) in graph
        controllers = list(graph.objects(one, dpv.hasDataController))
        assert (controllers[0], rdflib.RDF.type, dpv.DataController) in graph


class Desk:
    """An organisation's folder and the command line on it, in this process."""

    def __init__(self, folder):
        self.folder = folder
        write_register(folder)
        agreements(folder)
        header = "notice,version,person,served,channel,language,acknowledged"
        rows = ("ai-training,2,ada,2025-02-01,e-mail,de,2025-02-02",
                "ai-training,7,ada,2025-02-01,e-mail,de,")  # fmt: skip
        self.write("notices.csv", "\n".join([header, *rows, ""]))
        self.write("roster.csv", "id,name,emails,worker_type,country,unit,start,end\n"
                   "ada,Ada,ada@h.example,employee,DE,dev,2020-01-01,\n")  # fmt: skip
        self.write(
            "byline.toml",
            """
[organisation]
name = "Harbour"
[people]
roster = "roster.csv"
[terms]
agreements = ["policy.toml"]
notices = "notices.csv"
notice_register = "register.toml"
[release]
as_of = 2025-06-01
""",
        )

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *arguments, config=True):
        where = ["--config", str(self.folder)] if config else []
        return CliRunner().invoke(app, [*map(str, arguments), *where, "--json"])

    def json(self, *arguments, config=True):
        done = self.run(*arguments, config=config)
        assert done.exception is None, done.exception
        return json.loads(done.stdout)


def test_the_verbs_show_what_was_told_and_write_a_record_to_take_away(tmp_path):
    desk = Desk(tmp_path)
    first, second = desk.json("notices", "ada")["notices"]
    assert (first["acknowledged"], first["fault"], first["file"]) == ("2025-02-02", "", "2.de")
    assert "not in the register" in second["fault"]
    out = tmp_path / "record.json"
    made_here = desk.json("records", "ada", "--out", out)
    assert made_here["profile"] == RECORD_GDPR
    key = tmp_path / "byline-workspace" / "log" / "byline-log.vkey"
    checked = desk.json("records", "--check", out, "--key", key, config=False)
    assert checked["record"] == made_here["record"]
    out.write_text(out.read_text().replace("LegitimateInterestNotObjected", "Objected"))
    assert isinstance(desk.run("records", "--check", out).exception, IntegrityError)
    assert isinstance(desk.run("records", "bob", "--out", out).exception, UsageError)
    assert isinstance(desk.run("records", "ada").exception, UsageError)


def test_the_verbs_say_no_where_a_gate_is_closed(tmp_path):
    desk = Desk(tmp_path)
    assert desk.json("assessments")["lacking"] == []
    assert desk.json("terms", "exemptions")["problems"] == []
    text = (tmp_path / "policy.toml").read_text()
    desk.write("policy.toml", f'{text}needs_assessment = "lia"\n')
    refused = desk.run("assessments")
    assert isinstance(refused.exception, RefusedError)
    assert json.loads(refused.stdout)["lacking"][0]["clauses"] == ["policy/consent"]
    desk.write(
        "policy.toml",
        f"""{text}
[[clause]]
id = "policy/carve-out"
effect = "forbid"
text = "Not theirs."
classes = ["*"]
purposes = ["*"]
[clause.who]
people = ["ada"]
""",
    )
    refused = desk.run("terms", "exemptions")
    assert isinstance(refused.exception, RefusedError)
    [problem] = json.loads(refused.stdout)["problems"]
    assert problem["code"] == "exemption_unnamed"
    refused = desk.run("release")
    assert isinstance(refused.exception, RefusedError)
    assert "carve-out leaves particular people out" in str(refused.exception)
    desk.write("policy.toml", text.replace('["design"]', '["process"]'))
    refused = desk.run("release")
    assert isinstance(refused.exception, RefusedError)
    assert "policy/consent permits process for assist_others" in str(refused.exception)


def test_whoever_says_something_gets_a_signed_receipt_in_hand(tmp_path):
    desk = Desk(tmp_path)
    for verb in ("object", "withdraw"):
        [path] = desk.json(verb, "ada")["receipts"]
        checked = desk.json("records", "--check", path)
        assert checked["profile"] == RECEIPT_GDPR
        receipt = json.loads(Path(path).read_text())
        assert receipt["byline:event"]
        # As a word: an id in hexadecimal may have these letters by chance.
        assert not re.search(r"\bada\b", Path(path).read_text().casefold())
        assert desk.json(verb, "ada")["receipts"] == []  # it was said already
