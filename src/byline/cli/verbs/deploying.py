"""`deploy`: what a model is put to use for, where, and on whose kind of work."""

import datetime as dt
from typing import Annotated, Any

import typer

from byline.answers.deployed import (
    Deployment,
    deploying,
    deployments_of,
    find_deployment,
    of_models,
    retiring,
)
from byline.answers.since import Since
from byline.cli.gates import day_of_use, since_release
from byline.cli.options import HERE, ConfigOption, JsonOption, NoteOption
from byline.cli.session import Session, session
from byline.cli.verbs.models import find_model
from byline.cli.voice import Voice
from byline.errors import RefusedError, UsageError
from byline.models.folder import TrainedModel
from byline.models.purpose import PROOF_FILE, check_logged, check_model_use, model_entry
from byline.proof.canonical import canonical_json
from byline.release.logbook import check_held
from byline.release.logged import log_deployment
from byline.terms.uses import naming_clauses
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(deploy)


def deploy(
    model: Annotated[
        str | None, typer.Argument(help="A model's id or its beginning; default: the newest.")
    ] = None,
    config: ConfigOption = HERE,
    purpose: Annotated[str | None, typer.Option(help="What it is put to use for.")] = None,
    place: Annotated[str, typer.Option(help="Where: a product, a team, a tool.")] = "",
    job_family: Annotated[
        list[str] | None,
        typer.Option(help="A job family of the roster whose kind of work it does or touches."),
    ] = None,
    retire: Annotated[
        str | None, typer.Option(metavar="ID", help="Take a deployment out of use.")
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List deployments, and which should be retired.")
    ] = False,
    note: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record that a model is put to use; refused outside the purpose that it was made for.

    Also refused when its release has work that was withdrawn, objected to or held since.

    Example: byline deploy mdl_0123 --purpose assist_others --place editor --job-family backend
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        known = deployments_of(rows(opened.ledger, ledger.DEPLOYMENTS))
        if listing:
            _list(opened, known)
        elif retire is not None:
            _retire(opened, find_deployment(known, retire), note=note)
        elif purpose is None:
            raise UsageError(
                "for what is it put to use?", advice="--purpose assist_others, as it was trained"
            )
        else:
            _deploy(
                opened, known, model, purpose=purpose, place=place, families=job_family or [],
                note=note,
            )  # fmt: skip


def _deploy(
    opened: Session,
    known: tuple[Deployment, ...],
    wanted: str | None,
    *,
    purpose: str,
    place: str,
    families: list[str],
    note: str,
) -> None:
    model, release = find_model(opened, wanted)
    clauses = naming_clauses(opened.inputs.terms.agreements, as_of=day_of_use(opened))
    check_model_use(model.run, purpose, action="deployed", clauses=clauses)
    _check_logged(opened, model)
    _check_since(opened, known, model.id, release, purpose)
    fact = deploying(
        model=model.id, purpose=purpose, place=place, job_families=families, at=_today(), note=note
    )
    stands = any(one.id == fact["deployment"] and one.stands for one in known)
    if not stands:
        _record(opened, fact)
    roster = {one.job_family for person in opened.inputs.directory.people
              for one in person.employments}  # fmt: skip
    for family in fact["job_families"]:
        if family not in roster:
            opened.voice.say(f"note: nobody on the roster has the job family {family!r}")
    if not families:
        opened.voice.say(
            "note: no --job-family is given, so a disclosure to those who leave cannot "
            "tell whether it does their kind of work"
        )
    word = "was deployed before" if stands else "deployed"
    opened.voice.line(f"{fact['deployment']}  {model.id} {word} for {purpose} at {place}")
    opened.voice.result({"schema": "byline/deploy/1", **fact, "is_new": not stands})


def _record(opened: Session, fact: dict[str, Any]) -> None:
    """Put a deployment or a retirement into the log, then into the ledger."""
    known = rows(opened.ledger, ledger.DEPLOYMENTS, deployment=fact["deployment"])
    log_deployment(opened.layout.log, fact, number=len(known), signer=opened.signer)
    append(opened.ledger, ledger.DEPLOYMENTS, fact)


def _check_logged(opened: Session, model: TrainedModel) -> None:
    """See that the log vouches for the model and its purpose."""
    verifiers = opened.verifiers()
    if (model.directory / PROOF_FILE).exists():
        check_logged(model.directory, model.run, verifiers=verifiers)
    else:  # registered by a version that left no proof beside it
        entry = canonical_json(model_entry(model.run))
        check_held(opened.layout.log, entry, verifiers=verifiers)


def _check_since(
    opened: Session, known: tuple[Deployment, ...], model: str, release: str, purpose: str
) -> None:
    found = since_release(opened, release, purpose=purpose)
    if not found:
        return
    standing = of_models(known, {model})
    advice = "train a model from the next release and deploy that one"
    if standing:
        ids = ", ".join(f"`byline deploy --retire {one.id}`" for one in standing)
        advice += f"; this one is in use: {ids}"
    raise RefusedError(
        f"{model} was taught by {release}, which has work that may not be used any more: "
        + "; ".join(one.words for one in sorted(found)),
        advice=advice,
    )


def _retire(opened: Session, deployment: Deployment, *, note: str) -> None:
    if deployment.stands:
        _record(opened, retiring(deployment, at=_today(), note=note))
    word = "retired" if deployment.stands else "was retired before"
    opened.voice.line(f"{deployment.id}  {deployment.model} {word} at {deployment.place}")
    opened.voice.result(
        {"schema": "byline/deploy/1", **deployment.as_json(), "stands": False,
         "is_new": deployment.stands}
    )  # fmt: skip


def _list(opened: Session, known: tuple[Deployment, ...]) -> None:
    taught = {row["model"]: row["release"] for row in rows(opened.ledger, ledger.MODELS)}
    asked: dict[tuple[str, str], tuple[Since, ...]] = {}
    shown: list[dict[str, Any]] = []
    for one in known:
        found: tuple[Since, ...] = ()
        if one.stands and one.model in taught:
            question = (taught[one.model], one.purpose)
            if question not in asked:
                asked[question] = since_release(opened, question[0], purpose=one.purpose)
            found = asked[question]
        shown.append({**one.as_json(), "retire": [reason.as_json() for reason in found],
                      "why": "; ".join(reason.words for reason in sorted(found))})  # fmt: skip
    opened.voice.table(
        "Deployments",
        ("id", "model", "purpose", "place", "job families", "in use", "to be retired for"),
        [
            (one["id"], one["model"], one["purpose"], one["place"], ", ".join(one["job_families"]),
             "yes" if one["stands"] else "retired", one["why"])
            for one in shown
        ],
    )  # fmt: skip
    opened.voice.result({"schema": "byline/deployments/1", "deployments": shown})


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()
