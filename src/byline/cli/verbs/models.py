"""`train`, `evaluate` and `model`: what learnt from a release, what it learnt, and its proof."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from byline.cli import teaching
from byline.cli.attesting import PUBLIC_MODEL_KEY, check_bound, check_vouched, vouch
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, ReleaseOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import InputError, RefusedError, UsageError
from byline.models.folder import TrainedModel, open_model
from byline.models.purpose import check_registered
from byline.models.replay import Replayed
from byline.release.logbook import read_verifiers
from byline.workspace.ledger import models_of

ModelOption = Annotated[
    str | None, typer.Option("--model", help="A model's id or its beginning; default: newest.")
]
ModelArgument = Annotated[
    str | None, typer.Argument(help="A model's id or its beginning; default: the newest.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(train)
    app.command()(evaluate)
    group = typer.Typer(
        help="Sign a model and check it: files, attestation, run log, order in the log.",
        no_args_is_help=True,
    )
    group.command("verify")(verify)
    group.command("sign")(sign)
    app.add_typer(group, name="model")


def train(
    config: ConfigOption = HERE,
    release: ReleaseOption = None,
    purpose: Annotated[
        str | None, typer.Option(help="What the model is for; default: the release's first.")
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="SEGMENT",
            help="Train nothing: run parts of a finished run again and compare every step. A "
            "number, several with commas, random, random:2, or all.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="With --replay: a model's id or its beginning; default: newest."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="With --replay: largest relative difference of a loss; default: the same bits on "
            "a processor, 2 % on an accelerator.",
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train a model from a sealed release and nothing else, and register it.

    With --replay, exit status 3 if a step gives something else than the run log has.

    Example: byline train --release rel_0123

    Example: byline train --replay random --model mdl_0123
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    if replay is not None:
        _replay(config, model, replay, tolerance=tolerance, voice=voice)
        return
    if model is not None or tolerance is not None:
        raise UsageError("--model and --tolerance go with --replay")
    with session(config, voice=voice) as opened:
        sealed = opened.open_release(release)
        made = teaching.train_from(opened, sealed, purpose=purpose or sealed.purposes[0])
        voice.line(f"model  {made.directory}")
        voice.result(
            {
                "schema": "byline/train/1",
                "model": made.id,
                "release": sealed.id,
                "directory": str(made.directory),
            }
        )


def _replay(
    config: Path, model: str | None, wanted: str, *, tolerance: float | None, voice: Voice
) -> None:
    with session(config, voice=voice, writes=False) as opened:
        trained, release = find_model(opened, model)
        sealed = opened.open_release(release)
        found = teaching.replay_from(opened, trained, sealed, wanted=wanted, tolerance=tolerance)
        _show_replay(voice, trained, found)


def _show_replay(voice: Voice, model: TrainedModel, found: Replayed) -> None:
    """What came of a replay; raises where a step differed."""
    numbers = ", ".join(map(str, found.segments))
    how = "the same bits" if found.tolerance is None else f"losses within {found.tolerance:g}"
    differs = found.difference
    if differs is None:
        voice.line(
            f"{model.id}: segments {numbers} of {found.of}, {found.steps:,} steps: {how} as in its "
            "run log"
        )
    voice.result(
        {
            "schema": "byline/replay/1",
            "model": model.id,
            "same": differs is None,
            **asdict(found),
        }
    )
    if differs is not None:
        raise RefusedError(
            f"{model.id}: step {differs.step:,} differs: its {differs.field} is {differs.found}, "
            f"the run log has {differs.logged}",
            advice="the run was not what its log says"
            + (f", or this is why: {'; '.join(found.mismatches)}" if found.mismatches else ""),
        )


def evaluate(
    config: ConfigOption = HERE,
    model: ModelOption = None,
    split: Annotated[str, typer.Option(help="validation or test.")] = "test",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Measure a model on work done after its training ended, against two references.

    Example: byline evaluate --split validation
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice) as opened:
        trained, release = find_model(opened, model)
        figures = teaching.evaluate_from(opened, trained, opened.open_release(release), split=split)
        show_figures(voice, figures)
        voice.result({"schema": "byline/evaluate/1", **figures})


def verify(
    model: ModelArgument = None,
    config: ConfigOption = HERE,
    directory: Annotated[
        Path | None, typer.Option(help="A model's folder, instead of one of this workspace.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help=f"The public key that signs models (its {PUBLIC_MODEL_KEY})."),
    ] = None,
    log_key: Annotated[
        Path | None,
        typer.Option(help="With --directory: the log's public key, for what the log vouches for."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a model: its files' signature, its attestation, its run log, and its place in the log.

    Exit status 3 when one does not hold. What it learnt is checked by `byline train --replay`.

    Example: byline model verify mdl_0123
    """
    voice = Voice(as_json=as_json)
    if directory is not None:
        if key is None:
            raise UsageError(
                "whose signature is it to have?",
                advice=f"give the signer's public key with --key (its {PUBLIC_MODEL_KEY})",
            )
        trained = open_model(directory)
        verifiers = read_verifiers(log_key) if log_key else None
        found = check_vouched(trained, key=key, verifiers=verifiers)
    else:
        with session(config, voice=voice, writes=False) as opened:
            trained, release = find_model(opened, model)
            verifiers = opened.verifiers()
            public = key or opened.layout.log / PUBLIC_MODEL_KEY
            found = check_vouched(trained, key=public, verifiers=verifiers)
            check_bound(opened, trained, opened.open_release(release))
    voice.line(
        f"{trained.id}: {found['files']:,} files signed, {found['steps']:,} steps chained to its "
        f"weights, {found['states']:,} states"
    )
    if verifiers:
        words = "" if directory else ", after its run, and that after its release's seal"
        voice.line(f"{trained.id}: attested, and in the log{words}")
    voice.result(
        {"schema": "byline/model/1", "model": trained.id, "run": trained.run["run"], **found}
    )


def sign(
    model: ModelArgument = None,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Attest and sign a model again, as `byline train` does: one of an earlier version, say.

    Example: byline model sign mdl_0123
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        trained, _ = find_model(opened, model)
        vouch(opened, trained, anew=True)
        public = opened.layout.log / PUBLIC_MODEL_KEY
        voice.line(f"{trained.id}: signed; the public key is {public}")
        voice.result(
            {"schema": "byline/model-signed/1", "model": trained.id, "public_key": str(public)}
        )


def find_model(opened: Session, model: str | None) -> tuple[TrainedModel, str]:
    """A registered model and the release that taught it.

    Raises:
        InputError: There is none with this id.
        IntegrityError: Its folder is not what was registered.
        RefusedError: Its weights were sealed away or destroyed.
    """
    known = [
        row for row in models_of(opened.ledger) if model is None or row["model"].startswith(model)
    ]
    if not known:
        raise InputError(
            f"no model {model}" if model else "there is no model yet", advice="run `byline train`"
        )
    row = known[-1]
    found = open_model(opened.layout.root / row["path"])
    check_registered(found.run, row)
    return found, row["release"]


def show_figures(voice: Voice, figures: dict[str, Any]) -> None:
    """The figures of an evaluation as tables."""
    voice.table(
        f"Bits per byte on the {figures['split']} split (lower is better)",
        ("system", "group", "examples", "bits per byte"),
        [
            (one["system"], one["group"], one["examples"], float(one["bits_per_byte"]))
            for one in figures["figures"]
        ],
    )
    voice.table(
        "Completed lines",
        ("system", "targets", "exact match", "edit similarity"),
        [
            (
                one["system"],
                one["targets"],
                float(one["exact_match"]),
                float(one["edit_similarity"]),
            )
            for one in figures["completions"]
        ],
    )
