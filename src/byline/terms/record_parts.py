"""The parts of an ISO/IEC TS 27560 record: parties, notices, conditions, rights.

Field names and their places are those of https://w3id.org/dpv/guides/consent-27560, section 8.
Invariant: a part says only what was configured or recorded.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from byline.people.roster import Employment
from byline.terms.assessments import Assessment
from byline.terms.notice_register import Controller, NoticeRegister, Party, Version
from byline.terms.notices import Notice
from byline.terms.record_context import DATA, PURPOSES, RIGHTS_EVERYWHERE, RIGHTS_GDPR
from byline.terms.scope import Term
from byline.terms.vocabulary import LICENCE_NOTICE, SIGNED_KINDS, Basis

UNDETERMINED: Final = "und"
"""The language tag of what no register says (BCP 47, ISO 639-2)."""

_ASSESSMENTS: Final[Mapping[str, str]] = {
    "dpia": "dpv:DPIA",
    "lia": "dpv:LegitimateInterestAssessment",
    "risk": "dpv:RiskAssessment",
}


def common_of(
    controller: Controller, employment: Employment | None, *, is_eu: bool
) -> dict[str, Any]:
    """What every process of a record shares: who, where, how long, and which rights."""
    located = [f"loc:{one}" for one in controller.processing_locations]
    place = employment.country if employment and employment.country else controller.country
    region = [f"loc:{employment.region}"] if employment and employment.region else []
    rule = {"@type": "dpv:Obligation", "dpv:hasLocation": located}
    return {
        "dpv:hasDataController": party_id(controller),
        "dpv:hasRecipient": [party_id(controller), *map(party_id, controller.recipients)],
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
        "dpv:hasDataSource": {
            "@type": "dpv:DataSubjectDataSource",
            "dpv:hasProcessing": "dpv:Collect",
        },
        "dpv:hasStorageCondition": [
            {
                "@type": "dpv:StorageLocation",
                "dpv:hasLocation": [f"loc:{one}" for one in controller.storage_locations],
            },
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": {
                    "@type": "dpv:TemporalDuration",
                    "rdf:value": controller.retention,
                },
            },
        ],
        "dpv:hasProcessingCondition": [
            {"@type": "dpv:ProcessingLocation", "dpv:hasLocation": located}
        ],
        "dpv:hasRule": [{**rule, "dct:description": controller.location_rule}],
        "dpv:hasJurisdiction": [f"loc:{place}", *region],
        "dpv:hasConsentControl": {
            "@type": ["dpv:WithdrawConsent", "dpv:ObjectingToProcess"],
            "dpv:isExercisedAt": controller.withdraw_at,
        },
        "dpv:hasRight": _rights(controller, is_eu=is_eu),
    }


def _rights(controller: Controller, *, is_eu: bool) -> list[dict[str, Any]]:
    general = [{"@type": "dpv:DataSubjectRight", "dct:title": title} for title in RIGHTS_EVERYWHERE]
    by_law: list[dict[str, Any]] = [
        {"@type": ["dpv:DataSubjectRight", f"eu-gdpr:{article}"], "dct:title": title}
        for article, title in RIGHTS_GDPR.items()
    ]
    rights = [*general, *(by_law if is_eu else [])]
    return [{**right, "dpv:isExercisedAt": controller.rights_at} for right in rights]


def party_id(party: Party) -> str:
    """The id of a party within a record: its own, or one made of its name and address."""
    if party.identifier:
        return party.identifier
    named = f"{party.name}\n{party.address}"
    return f"urn:byline:party:{_token(named)}"


def entities_of(controller: Controller) -> list[dict[str, Any]]:
    """Every party with its name, identifier, role, contact and postal address."""
    parties: list[tuple[Party, str]] = [(controller, "dpv:DataController")]
    parties += [(one, "dpv:Recipient") for one in controller.recipients]
    if controller.authority is not None:
        parties.append((controller.authority, "dpv:Authority"))
    if controller.representative is not None:
        parties.append((controller.representative, "dpv:Representative"))
    return [_entity(party, role) for party, role in parties]


def _entity(party: Party, role: str) -> dict[str, Any]:
    kind = "schema:email" if "@" in party.contact else "schema:url"
    return {
        "@id": party_id(party),
        "@type": ["dpv:Organisation", role],
        "dpv:hasIdentifier": party_id(party),
        "dpv:hasName": party.name,
        "schema:contactPoint": [
            {"@type": "schema:ContactPoint", kind: party.contact},
            {"@type": "schema:PostalAddress", "schema:streetAddress": party.address},
        ],
    }


def notices_of(
    permits: Iterable[Term],
    served: Iterable[Notice],
    *,
    person: str,
    register: NoticeRegister,
    as_of: dt.date,
) -> list[dict[str, Any]]:
    """The notices of clauses: as they were served to the person, or as they could have been."""
    found: dict[str, dict[str, Any]] = {}
    rows = [one for one in served if one.person == person and one.served <= as_of]
    # Consent last: its notices are consent notices, whatever else they are for (guide, 8.2.1).
    for term in sorted(permits, key=lambda each: each.clause.basis == "consent"):
        name, floor = term.clause.needs_notice, term.clause.notice_version
        kind = "dpv:ConsentNotice" if term.clause.basis == "consent" else "dpv:PrivacyNotice"
        mine = [one for one in rows if one.notice == name]
        if _is_its_own_notice(term):
            notice = _agreement_as_notice(term, kind)
            found[notice["@id"]] = notice
        for one in mine:
            notice = _served(one, kind, register.versions.get((one.notice, one.version)))
            found[notice["@id"]] = notice
        if not mine and name != LICENCE_NOTICE:
            for version in register.at_least(name, floor)[-1:]:
                notice = _unserved(version, kind)
                found[notice["@id"]] = notice
    return [found[name] for name in sorted(found)]


def _is_its_own_notice(term: Term) -> bool:
    """Whether the words of the agreement or licence are the notice (`conditions.notice_of`)."""
    clause = term.clause
    if clause.needs_notice:
        return clause.needs_notice == LICENCE_NOTICE
    signed = term.agreement.kind in SIGNED_KINDS and clause.basis in {"agreement", "consent"}
    return signed or clause.basis == "licence"


def _agreement_as_notice(term: Term, kind: str) -> dict[str, Any]:
    agreement = term.agreement
    named = f"{agreement.id}@{agreement.version}"
    return {
        "@id": f"urn:byline:agreement:{_token(named)}",
        "@type": kind,
        "dct:identifier": named,
        "dct:title": agreement.title,
        "dct:date": agreement.effective.isoformat(),
        "dct:language": UNDETERMINED,
    }


def _served(row: Notice, kind: str, version: Version | None) -> dict[str, Any]:
    named = f"{row.notice}@{row.version}"
    text = version.texts.get(row.language) if version else None
    known = {
        "byline:channel": row.channel,
        "byline:sha256": text.sha256 if text else "",
        "byline:opened": row.opened.isoformat() if row.opened else "",
        "byline:acknowledged": row.acknowledged.isoformat() if row.acknowledged else "",
        "dpv:hasIndicationMethod": row.method,
    }
    status = "dpv:NoticeUsed" if row.acknowledged else "dpv:NoticeCommunicated"
    return {
        "@id": f"urn:byline:notice:{_token(f'{named} {row.served} {row.language} {row.channel}')}",
        "@type": kind,
        "dct:identifier": named,
        "dct:date": row.served.isoformat(),
        "dct:language": row.language or UNDETERMINED,
        "dpv:hasNoticeStatus": status,
        **{key: value for key, value in known.items() if value},
    }


def _unserved(version: Version, kind: str) -> dict[str, Any]:
    named = f"{version.id}@{version.version}"
    return {
        "@id": f"urn:byline:notice:{_token(f'{named} unserved')}",
        "@type": kind,
        "dct:identifier": named,
        "dct:language": min(version.texts),
        "dpv:hasNoticeStatus": "dpv:NoticeGenerated",
        "dct:description": "not served to the person",
    }


def _token(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def purposes_as(purposes: Sequence[str]) -> list[dict[str, Any]]:
    """Purposes with the category of DPV that each belongs to."""
    return [
        {
            "@id": f"byline:{purpose}",
            "@type": "dpv:Purpose",
            "skos:broader": PURPOSES[purpose][0],
            "dct:description": PURPOSES[purpose][1],
        }
        for purpose in sorted(purposes)
    ]


def data_of(work_class: str) -> list[dict[str, Any]]:
    """A class of work as personal data."""
    return [
        {
            "@type": "dpv:PersonalData",
            "skos:broader": "pd:Professional",
            "dct:description": DATA[work_class],
            "dpv:hasNecessity": "dpv:Required",
        }
    ]


def legal_basis_of(basis: Basis, *, is_eu: bool) -> list[str]:
    """A basis in the words of DPV.

    An agreement is a contract and not thereby Art. 6(1)(b): whether the use is necessary for its
    performance is for counsel to say.
    """
    match basis:
        case "consent":
            return ["dpv:ExpressedConsent", *(["eu-gdpr:A6-1-a"] if is_eu else [])]
        case "legitimate_interest":
            return ["dpv:LegitimateInterestOfController", *(["eu-gdpr:A6-1-f"] if is_eu else [])]
        case "agreement":
            return ["dpv:DataSubjectContract"]
        case "licence":
            return ["byline:LicenceOfTheWork"]


def assessments_of(permits: Iterable[Term], known: Iterable[Assessment]) -> list[dict[str, Any]]:
    """The assessments that clauses need, as far as there are any."""
    wanted = {term.clause.needs_assessment for term in permits}
    return [
        {
            "@type": _ASSESSMENTS[one.kind],
            "dct:identifier": one.id,
            "dct:date": one.completed.isoformat(),
            "byline:sha256": one.sha256,
            "byline:signedBy": one.signed_by or "nobody",
        }
        for one in sorted(known, key=lambda each: each.id)
        if one.id in wanted
    ]
