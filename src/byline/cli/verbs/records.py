"""`notices`, `assessments`, `records`, `terms exemptions`: what people were told, and its proof."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from byline.cli.options import HERE, ConfigOption, JsonOption, PersonArgument
from byline.cli.person_records import known_subject, make_record, refuse_stranger
from byline.cli.session import session, verifiers_from
from byline.cli.verbs.terms import terms
from byline.cli.voice import Voice
from byline.errors import RefusedError, UsageError
from byline.terms.assessment_files import needed_assessments, state_of_assessment
from byline.terms.exemptions import (
    SMALLEST,
    check_exemptions,
    exemption_table,
    whose_words,
)
from byline.terms.notice_checks import SERVING_FAULTS
from byline.terms.notice_register import NoticeRegister, serving_fault
from byline.terms.notices import Notice
from byline.terms.record_fields import validate, validate_receipt
from byline.terms.record_signature import check_signed, read_document
from byline.workspace.files import write_json


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(notices)
    app.command()(assessments)
    app.command()(records)
    terms.command()(exemptions)


def notices(
    person: PersonArgument, config: ConfigOption = HERE, as_json: JsonOption = False
) -> None:
    """Show what a person was told: which notice, when, how, in which words, and whether it counts.

    Example: byline notices ha-101
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        refuse_stranger(person, opened)
        published = opened.inputs.published
        rows = [
            _serving(one, published.register) for one in published.served if one.person == person
        ]
        columns = ("notice", "version", "served", "channel", "language", "opened", "acknowledged")
        shown = [
            (*(row[name] or "" for name in columns), row["sha256"][:16], row["fault"] or "yes")
            for row in rows
        ]
        title = f"Notices served to {person}"
        _table(voice, title, (*columns, "words (sha256)", "counts"), shown)
        voice.result({"schema": "byline/notices/1", "person": person, "notices": rows})


def _table(
    voice: Voice, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    if rows:
        voice.table(title, columns, rows)
    else:
        voice.line(f"{title}: none")


def _serving(row: Notice, register: NoticeRegister | None) -> dict[str, Any]:
    known = register.versions.get((row.notice, row.version)) if register else None
    text = known.texts.get(row.language) if known else None
    fault = serving_fault(row, register) if register else ""
    return {
        "notice": row.notice,
        "version": row.version,
        "served": row.served.isoformat(),
        "channel": row.channel,
        "language": row.language,
        "opened": row.opened.isoformat() if row.opened else None,
        "acknowledged": row.acknowledged.isoformat() if row.acknowledged else None,
        "method": row.method,
        "file": text.file if text else "",
        "sha256": text.sha256 if text else "",
        "covers": {"classes": known.classes, "purposes": known.purposes} if known else None,
        "fault": f"no: it {SERVING_FAULTS[fault]}" if fault else "",
    }


def assessments(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """List assessments (DPIA, LIA, risk) with who signed them; exit 3 if one that is needed lacks.

    Example: byline assessments
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        inputs, published = opened.inputs, opened.inputs.published
        needed = needed_assessments(
            inputs.terms.agreements, published.assessments, as_of=inputs.as_of
        )
        titles = {entry.id: entry.title for entry in published.entries}
        clauses = {one.assessment: one.clauses for one in needed}
        rows = [
            {
                "assessment": one.id,
                "kind": one.kind,
                "title": titles[one.id],
                "sha256": one.sha256,
                "completed": one.completed.isoformat(),
                "expires": one.expires.isoformat() if one.expires else None,
                "signed_by": one.signed_by,
                "state": state_of_assessment(one, as_of=inputs.as_of),
                "needed_by": clauses.get(one.id, ()),
            }
            for one in published.assessments
        ]
        columns = ("assessment", "kind", "title", "completed", "expires", "signed_by", "state")
        _table(
            voice,
            f"Assessments on {inputs.as_of}",
            columns,
            [[row[name] or "" for name in columns] for row in rows],
        )
        lacking = [one for one in needed if one.lacking]
        _table(
            voice,
            "Gates that are closed",
            ("assessment", "needed by", "because"),
            [(one.assessment, ", ".join(one.clauses), one.lacking) for one in lacking],
        )
        voice.result(
            {
                "schema": "byline/assessments/1",
                "as_of": inputs.as_of.isoformat(),
                "assessments": rows,
                "lacking": [one._asdict() for one in lacking],
            }
        )
        if lacking:
            raise RefusedError(
                f"assessment {lacking[0].assessment} is needed, and {lacking[0].lacking}",
                advice="sign it with: ssh-keygen -Y sign -n byline-assessment -f KEY DOCUMENT",
            )


def exemptions(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Show whose work is left out and why, with counts by grade band; exit 3 if one is unpublished.

    Example: byline terms exemptions
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        inputs = opened.inputs
        given, people = inputs.published.exemptions, inputs.directory.people
        problems = check_exemptions(
            inputs.terms.agreements, given, people, opened.config, as_of=inputs.as_of
        )
        _table(
            voice,
            "Exemptions",
            ("exemption", "whose work", "reason", "published", "decided by"),
            [
                (one.id, whose_words(one.who), one.reason, one.published, one.decided_by)
                for one in given
            ],
        )
        counts = exemption_table(given, people, as_of=inputs.as_of)
        _table(
            voice,
            "People by grade band",
            ("exemption", "band", "people"),
            [
                (one.exemption, one.band, f"<{SMALLEST}" if one.people is None else one.people)
                for one in counts
            ],
        )
        _table(
            voice,
            "Problems",
            ("severity", "about", "problem"),
            [(one.severity, ", ".join(one.about), one.message) for one in problems],
        )
        voice.result(
            {
                "schema": "byline/terms-exemptions/1",
                "exemptions": [
                    {
                        "id": one.id,
                        "whose": whose_words(one.who),
                        "classes": one.classes,
                        "purposes": one.purposes,
                        "reason": one.reason,
                        "published": one.published.isoformat(),
                        "place": one.place,
                        "decided_by": one.decided_by,
                    }
                    for one in given
                ],
                "bands": [one._asdict() for one in counts],
                "problems": [one._asdict() for one in problems],
            }
        )
        errors = [one for one in problems if one.severity == "error"]
        if errors:
            raise RefusedError(
                f"{len(errors)} rules leave people out unpublished", advice=errors[0].message
            )


def records(
    person: Annotated[
        str | None, typer.Argument(help="The person's id in the roster, or email:ADDRESS.")
    ] = None,
    config: ConfigOption = HERE,
    out: Annotated[Path | None, typer.Option(help="Where to write the signed record.")] = None,
    check: Annotated[
        Path | None, typer.Option(help="A record or receipt to check instead of writing one.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="With --check: the public key; no workspace is needed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a person's record of bases (ISO/IEC TS 27560, JSON-LD), signed; or check one offline.

    Example: byline records ha-101 --out record.json
    """
    voice = Voice(as_json=as_json)
    if (person is None) == (check is None):
        raise UsageError("give a PERSON with --out, or --check FILE")
    if check is not None:
        _check(check, config=config, key=key, voice=voice)
        return
    if out is None or person is None:
        raise UsageError("where shall the record go?", advice="add --out record.json")
    with session(config, voice=voice) as opened:
        made = make_record(known_subject(person, opened), opened)
        write_json(out, made)
        voice.say(f"record of {person} written to {out}, signed")
        voice.line(str(out))
        voice.result(
            {
                "schema": "byline/records/1",
                "record": made["dct:identifier"],
                "profile": made["dct:conformsTo"],
                "processes": len(made["dpv:hasProcess"]),
                "out": str(out),
            }
        )


def _check(file: Path, *, config: Path, key: Path | None, voice: Voice) -> None:
    verifiers = verifiers_from(key, config, voice=voice)
    document = read_document(file)
    signer = check_signed(document, verifiers=verifiers)
    is_receipt = document.get("@type") == "dpv:ConsentReceipt"
    problems = validate_receipt(document) if is_receipt else validate(document)
    if problems:
        raise RefusedError(f"{file} is signed, and is not complete: {'; '.join(problems[:5])}")
    voice.line(f"{file}: signed by {signer.name}, and complete ({document['dct:conformsTo']})")
    voice.result(
        {
            "schema": "byline/records-check/1",
            "file": str(file),
            "signed_by": signer.name,
            "profile": document["dct:conformsTo"],
            "record": document["dpv:hasIdentifier"],
        }
    )
