"""A person's record of bases (ISO/IEC TS 27560), signed, and the pseudonym that it is about."""

import datetime as dt
from typing import Any

from byline.cli.session import Session
from byline.errors import InputError, RefusedError, UsageError
from byline.privacy.pseudonyms import pseudonym, read_or_create_key
from byline.terms.agreements import suggestion
from byline.terms.record_fields import validate
from byline.terms.record_signature import signed
from byline.terms.records import Subject, consent_record, subject_of

RECORDS = "records"  # what the pseudonyms of records are made for, as those of releases for each


def make_record(subject: Subject, opened: Session) -> dict[str, Any]:
    """The signed record of a person on the use date.

    Raises:
        InputError: No register of notices is configured, or it names no controller.
        RefusedError: Something that the profile demands is missing; nothing is made up for it.
    """
    inputs = opened.inputs
    if inputs.published.register is None:
        raise InputError(
            "no register of notices is configured, and a record says in which words people were "
            "told, and by whom",
            advice="name one as `notice_register` in [terms]; docs/notices.md has a model",
        )
    record = consent_record(
        subject,
        terms=inputs.terms,
        register=inputs.published.register,
        as_of=inputs.as_of,
        digest=inputs.terms.digest,
    )
    if problems := validate(record):
        raise RefusedError(
            f"the record lacks what its profile demands: {'; '.join(problems[:5])}",
            advice="complete [controller] and the notices of the register; nothing is made up",
        )
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return signed(record, signer=opened.signer, created=now)


def known_subject(person: str, opened: Session) -> Subject:
    """Somebody on the roster, or somebody outside it by address, with their pseudonym.

    Raises:
        UsageError: There is nobody of this id.
    """
    refuse_stranger(person, opened)
    key = read_or_create_key(opened.config.at(opened.config.people.linkage_key))
    named = f"urn:byline:person:{pseudonym(key, RECORDS, person)}"
    known = next((one for one in opened.inputs.directory.people if one.id == person), None)
    return subject_of(known, pseudonym=named) if known else Subject(person=person, pseudonym=named)


def refuse_stranger(person: str, opened: Session) -> None:
    """Refuse an id that is neither on the roster nor an address.

    Raises:
        UsageError: It is neither.
    """
    known = sorted(one.id for one in opened.inputs.directory.people)
    if person not in known and not person.startswith("email:"):
        raise UsageError(
            f"{person!r} is not on the roster{suggestion(person, known)}",
            advice="give an id of the roster, or email:ADDRESS for somebody outside it",
        )
