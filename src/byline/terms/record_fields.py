"""The fields that ISO/IEC TS 27560 records and receipts must have, and what a document lacks.

The lists are those of https://w3id.org/dpv/guides/consent-27560 (sections 7.2, 8 and 9), which
publishes neither SHACL shapes nor a JSON schema; the fields that the GDPR profile adds are those
that the table of section 7.2 marks mandatory under the GDPR. A field of a process may stand at the
record instead, where it holds for every process (example 39 of the guide).

Invariant: whatever the document, the answer is a list of problems and never an error.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from byline.terms.record_context import RECEIPT, RECEIPT_GDPR, RECORD, RECORD_GDPR

Node = Mapping[str, Any]

_STATUSES: Final = ("dpv:hasConsentStatus", "dpv:hasStatus", "dpv:hasContractStatus")
_BASIS: Final = "dpv:hasLegalBasis"
_PROCESS_FIELDS: Final[Mapping[str, str]] = {
    "dpv:hasPurpose": "purpose",
    "dpv:hasPersonalData": "pii information",
    "dpv:hasStorageCondition": "storage locations and retention period",
    "dpv:hasDataController": "pii controllers",
    "dpv:hasRecipient": "recipient third parties",
    "dpv:hasConsentControl": "withdrawal method",
    "dpv:hasJurisdiction": "jurisdiction",
    "dpv:hasRight": "privacy rights",
}
_GDPR_FIELDS: Final[Mapping[str, str]] = {
    _BASIS: "lawful basis",
    "dpv:hasDataSource": "collection method",
    "dpv:hasProcessing": "processing method",
    "dpv:hasProcessingCondition": "processing location",
    "dpv:hasRule": "geographic restrictions",
    "dpv:hasAuthority": "authority party",
}
_PARTIES: Final = ("dpv:hasDataController", "dpv:hasRecipient", "dpv:hasAuthority")
_NOT_DESCRIBED: Final = frozenset({"dpv:DataSubject"})


def validate(record: object) -> list[str]:
    """What a record lacks of its profile, in the order of its fields; none: it conforms."""
    if not isinstance(record, Mapping):
        return ["a record is a JSON object"]
    return list(dict.fromkeys(_record_problems(record)))


def validate_receipt(receipt: object) -> list[str]:
    """What a receipt lacks, and what the records in it lack; none: it conforms."""
    if not isinstance(receipt, Mapping):
        return ["a receipt is a JSON object"]
    return list(dict.fromkeys(_receipt_problems(receipt)))


def _receipt_problems(receipt: Node) -> Iterator[str]:
    if "dpv:ConsentReceipt" not in _words(receipt.get("@type")):
        yield "@type: it is no dpv:ConsentReceipt"
    if receipt.get("dct:conformsTo") not in {RECEIPT, RECEIPT_GDPR}:
        yield "dct:conformsTo: no schema version of a receipt (schema version)"
    if not _has(receipt, "dpv:hasIdentifier"):
        yield "dpv:hasIdentifier: missing (receipt id)"
    if not _is_time(receipt.get("dct:created")):
        yield "dct:created: missing, or no time (creation timestamp)"
    records = _nodes(receipt.get("dpv:hasRecordOfActivity"))
    if not records:
        yield "dpv:hasRecordOfActivity: missing (associated consent record)"
    for number, record in enumerate(records, start=1):
        for problem in _record_problems(record):
            yield f"record {number}: {problem}"


def _record_problems(record: Node) -> Iterator[str]:
    profile = record.get("dct:conformsTo")
    if "dpv:ConsentRecord" not in _words(record.get("@type")):
        yield "@type: it is no dpv:ConsentRecord"
    if profile not in {RECORD, RECORD_GDPR}:
        yield "dct:conformsTo: no schema version of a record (schema version)"
    if not _has(record, "dct:identifier"):
        yield "dct:identifier: missing (record id)"
    if not _has(record, "dpv:hasDataSubject"):
        yield "dpv:hasDataSubject: missing (pii principal id)"
    if not _has(record, "dpv:hasNotice"):
        yield "dpv:hasNotice: missing (privacy notice)"
    notices = _nodes(record.get("dpv:hasNotice"))
    if not _has(record, "dct:language") and not (
        notices and all(_has(one, "dct:language") for one in notices)
    ):
        yield "dct:language: missing (language)"
    processes = _nodes(record.get("dpv:hasProcess"))
    if not processes:
        yield "dpv:hasProcess: missing (pii processing)"
    for number, process in enumerate(processes, start=1):
        for problem in _process_problems(process, record, is_gdpr=profile == RECORD_GDPR):
            yield f"process {number}: {problem}"
    yield from _entity_problems(record, processes)


def _process_problems(process: Node, record: Node, *, is_gdpr: bool) -> Iterator[str]:
    own = {name: value for name, value in process.items() if _present(value)}
    whole = {**record, **own}
    fields = {**_PROCESS_FIELDS, **(_GDPR_FIELDS if is_gdpr else {_BASIS: "event type"})}
    for name, field in fields.items():
        if not _has(whole, name):
            yield f"{name}: missing ({field})"
    yield from _storage(whole.get("dpv:hasStorageCondition"))
    yield from _data(whole, is_gdpr=is_gdpr)
    for name in ("dpv:hasConsentControl", "dpv:hasRight"):
        for node in _nodes(whole.get(name)):
            if not _has(node, "dpv:isExercisedAt"):
                yield f"{name}: without dpv:isExercisedAt ({fields[name]})"
    events = [node for name in _STATUSES for node in _nodes(whole.get(name))]
    if not events:
        yield f"{' or '.join(_STATUSES)}: missing (event state)"
    for event in events:
        yield from _event_problems(event)


def _data(whole: Node, *, is_gdpr: bool) -> Iterator[str]:
    for data in _nodes(whole.get("dpv:hasPersonalData")):
        if not _has(data, "skos:broader"):
            yield "dpv:hasPersonalData: without a category (pii type)"
        if is_gdpr and not (_has(data, "dpv:hasNecessity") or _has(whole, "dpv:hasNecessity")):
            yield "dpv:hasPersonalData: without dpv:hasNecessity (pii optional)"
    if is_gdpr:
        for node in _nodes(whole.get("dpv:hasProcessingCondition")):
            if not _has(node, "dpv:hasLocation"):
                yield "dpv:hasProcessingCondition: no dpv:hasLocation (processing location)"


def _storage(conditions: Any) -> Iterator[str]:
    nodes = _nodes(conditions)
    for kind, name, field in (
        ("dpv:StorageLocation", "dpv:hasLocation", "storage locations"),
        ("dpv:StorageDuration", "dpv:hasDuration", "retention period"),
    ):
        found = [node for node in nodes if kind in _words(node.get("@type"))]
        if not any(_has(node, name) for node in found):
            yield f"dpv:hasStorageCondition: no {kind} with {name} ({field})"


def _event_problems(event: Node) -> Iterator[str]:
    if not _words(event.get("@type")):
        yield "event: without @type (event state)"
    if not _is_time(event.get("dpv:isIndicatedAtTime")):
        yield "event: dpv:isIndicatedAtTime missing, or no time in UTC (event time)"
    durations = _nodes(event.get("dpv:hasDuration"))
    plain = isinstance(event.get("dpv:hasDuration"), str) and bool(event["dpv:hasDuration"])
    if not plain and not any(_has(one, "rdf:value") for one in durations):
        yield "event: dpv:hasDuration missing (validity duration)"
    if not _has(event, "dpv:isIndicatedBy"):
        yield "event: dpv:isIndicatedBy missing (entity id)"


def _entity_problems(record: Node, processes: list[Node]) -> Iterator[str]:
    entities = {str(one.get("@id")): one for one in _nodes(record.get("dpv:hasEntity"))}
    for node in (record, *processes):
        for name in _PARTIES:
            for party in _words(node.get(name)):
                if party not in entities and party not in _NOT_DESCRIBED:
                    yield f"dpv:hasEntity: {party} of {name} is not described (party id)"
    for entity in entities.values():
        if "dpv:DataSubject" in _words(entity.get("@type")):
            continue
        points = [*_nodes(entity.get("schema:contactPoint")), *_nodes(entity.get("schema:address"))]
        kinds = {word for point in points for word in _words(point.get("@type"))}
        checks: tuple[tuple[str, bool], ...] = (
            ("dpv:hasIdentifier missing (party id)", _has(entity, "dpv:hasIdentifier")),
            ("dpv:hasName missing (party name)", _has(entity, "dpv:hasName")),
            ("@type missing (party type and role)", _has(entity, "@type")),
            ("no schema:ContactPoint (party contact)", "schema:ContactPoint" in kinds),
            ("no schema:PostalAddress (party address)", "schema:PostalAddress" in kinds),
        )
        for problem, is_there in checks:
            if not is_there:
                yield f"entity: {problem}"


def _has(node: Node, name: str) -> bool:
    return _present(node.get(name))


def _present(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_present(one) for one in value)
    return value is not None and value not in ("", {})


def _listed(value: Any, keep: Callable[[Any], bool]) -> list[Any]:
    several = value if isinstance(value, list | tuple) else [value]
    return [one for one in several if keep(one)]


def _nodes(value: Any) -> list[Node]:
    return _listed(value, lambda one: isinstance(one, Mapping))


def _words(value: Any) -> list[str]:
    ids = [node.get("@id") for node in _nodes(value)]
    return [*_listed(value, lambda one: isinstance(one, str) and bool(one)), *_listed(ids, bool)]


def _is_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return dt.datetime.fromisoformat(value).utcoffset() == dt.timedelta(0)
    except ValueError:
        return False
