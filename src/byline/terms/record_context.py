"""Names of ISO/IEC TS 27560 records: namespaces, profiles, and how purposes and data are called.

Terms were looked up in DPV 2.3 (https://w3id.org/dpv), its personal data, location and GDPR
extensions.
"""

from typing import Any, Final

from byline.terms.purposes import Purpose

PROFILES: Final = "https://w3id.org/dpv/schema/dpv-27560#"
RECORD: Final = f"{PROFILES}record"
RECORD_GDPR: Final = f"{PROFILES}record-eu-gdpr"
RECEIPT: Final = f"{PROFILES}receipt"
RECEIPT_GDPR: Final = f"{PROFILES}receipt-eu-gdpr"

_NAMED: Final = (
    "dpv:hasAssessment dpv:hasAuthority dpv:hasConsentControl dpv:hasConsentStatus "
    "dpv:hasContractStatus dpv:hasDataController dpv:hasDataSource dpv:hasDataSubject "
    "dpv:hasEntity dpv:hasJurisdiction dpv:hasLegalBasis dpv:hasLocation dpv:hasNecessity "
    "dpv:hasNotice dpv:hasNoticeStatus dpv:hasPersonalData dpv:hasProcess dpv:hasProcessing "
    "dpv:hasProcessingCondition dpv:hasPurpose dpv:hasRecipient dpv:hasRecordOfActivity "
    "dpv:hasRepresentative dpv:hasRight dpv:hasRule dpv:hasStatus dpv:hasStorageCondition "
    "dpv:isIndicatedBy dct:conformsTo skos:broader byline:state byline:contract"
)
CONTEXT: Final[dict[str, Any]] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "byline": "urn:byline:terms:",
    **{name: {"@type": "@id"} for name in _NAMED.split()},
}
"""The JSON-LD context, whole, so that a record is read without a network."""

_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EEA: Final = frozenset(_EEA.split(" "))
"""States in which the GDPR applies (EU, Iceland, Liechtenstein, Norway)."""

DATA: Final = {
    "code": "source code that the person wrote, with its place in the history",
    "design": "design documents and decisions that the person wrote",
    "process": "reviews, issues, builds, incidents and traces that the person took part in",
}
PURPOSES: Final[dict[str, tuple[str, str]]] = {
    Purpose.ASSIST_AUTHOR: (
        "dpv:OptimisationForController",
        "train models that help the author with their own work",
    ),
    Purpose.ASSIST_OTHERS: (
        "dpv:OptimisationForController",
        "train models that help other engineers with their work",
    ),
    Purpose.CODE_REVIEW: ("dpv:OptimisationForController", "train models that review changes"),
    Purpose.TEST_GENERATION: ("dpv:OptimisationForController", "train models that write tests"),
    Purpose.REPAIR: ("dpv:OptimisationForController", "train models that repair faults"),
    Purpose.SECURITY_SCAN: ("dpv:EnforceSecurity", "train models that find weaknesses"),
    Purpose.RETRIEVAL: ("dpv:OptimisationForController", "answer questions with passages of it"),
    Purpose.EVALUATION_ONLY: ("dpv:ResearchAndDevelopment", "measure models; nothing is trained"),
    Purpose.EXTERNAL_PRODUCT: (
        "dpv:CommercialPurpose",
        "train models for products that others use",
    ),
    Purpose.SALE_TRANSFER: ("dpv:CommercialPurpose", "sell or hand over the work or its models"),
    Purpose.ROLE_AUTOMATION: ("dpv:PersonnelManagement", "automate parts of people's roles"),
    Purpose.ROLE_REPLICATION: ("dpv:PersonnelManagement", "replace people's roles"),
    Purpose.PERSONA_TWIN: ("dpv:PersonnelManagement", "imitate the person"),
    Purpose.PERFORMANCE_EVALUATION: (
        "dpv:PersonnelPerformanceEvaluation",
        "rate the person's performance",
    ),
}
RIGHTS_GDPR: Final = {
    "A15": "Right of access",
    "A16": "Right to rectification",
    "A17": "Right to erasure",
    "A18": "Right to restriction of processing",
    "A20": "Right to data portability",
    "A21": "Right to object",
    "A77": "Right to complain to a supervisory authority",
}
RIGHTS_EVERYWHERE: Final = (
    "See what was used of one's work, where, and under which clause",
    "Object to uses of one's work, and withdraw it",
)
