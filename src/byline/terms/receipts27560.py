"""Receipts as ISO/IEC TS 27560 has them: what a person gets in hand when they have said something.

A receipt holds the record of the classes and purposes that the event is about, with the event in
it, so that it can be checked without asking anybody. The form is `dpv:ConsentReceipt` of
https://w3id.org/dpv/guides/consent-27560, section 9.

Invariants: no clock is read; the same event and terms give the same receipt.
"""

import dataclasses
import datetime as dt
from typing import Any

from byline.terms.agreed import Terms
from byline.terms.events import BasisEvent
from byline.terms.notice_register import NoticeRegister
from byline.terms.purposes import EVERY
from byline.terms.record_context import CONTEXT, RECEIPT, RECEIPT_GDPR, RECORD_GDPR
from byline.terms.record_status import event_as
from byline.terms.records import Subject, consent_record, identified


def receipt_of(
    event: BasisEvent,
    *,
    subject: Subject,
    terms: Terms,
    register: NoticeRegister,
    created: dt.datetime,
) -> dict[str, Any]:
    """The receipt of an event: that it was said, and the state of every basis that it is about.

    Args:
        event: What was said; it need not be in `terms` yet.
        subject: Who said it.
        terms: What was agreed, told and said.
        register: The notices and the controller that they speak for.
        created: When the receipt is made (UTC); the state is that of the day of the event or of
            this moment, whichever is later.

    Raises:
        InputError: The register names no controller, or no clause speaks of this person's work.
    """
    told = terms if event in terms.events else _with(terms, event)
    day = max(event.at.astimezone(dt.UTC), created.astimezone(dt.UTC)).date()
    record = consent_record(
        subject,
        terms=told,
        register=register,
        as_of=day,
        classes=() if EVERY in event.classes else event.classes,
        purposes=() if EVERY in event.purposes else event.purposes,
    )
    return receipt_for(record, created=created, event=event)


def receipt_for(
    *records: dict[str, Any], created: dt.datetime, event: BasisEvent | None = None
) -> dict[str, Any]:
    """A receipt that hands over records as they are, and says which event it is for, if any."""
    is_eu = any(one.get("dct:conformsTo") == RECORD_GDPR for one in records)
    first = records[0] if records else {}
    receipt: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": RECEIPT_GDPR if is_eu else RECEIPT,
        "dct:created": created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dpv:hasDataSubject": first.get("dpv:hasDataSubject"),
        "dpv:hasRecordOfActivity": [
            {key: value for key, value in one.items() if key != "@context"} for one in records
        ],
    }
    if event is not None:
        [controller] = {
            str(process["dpv:hasDataController"]) for process in first.get("dpv:hasProcess", ())
        }
        receipt["byline:event"] = event_as(event, controller=controller)
    return identified(receipt)


def _with(terms: Terms, event: BasisEvent) -> Terms:
    return dataclasses.replace(terms, events=(*terms.events, event))
