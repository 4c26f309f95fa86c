"""`train` and `evaluate`: what learnt from a release, and what it learnt."""

from typing import Annotated, Any

import typer

from byline.cli import teaching
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, ReleaseOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import InputError
from byline.models.folder import TrainedModel, open_model
from byline.models.purpose import check_registered
from byline.workspace.ledger import models_of


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(train)
    app.command()(evaluate)


def train(
    config: ConfigOption = HERE,
    release: ReleaseOption = None,
    purpose: Annotated[
        str | None, typer.Option(help="What the model is for; default: the release's first.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train a model from a sealed release and nothing else, and register it.

    Example: byline train --release rel_0123
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice) as opened:
        sealed = opened.open_release(release)
        model = teaching.train_from(opened, sealed, purpose=purpose or sealed.purposes[0])
        voice.line(f"model  {model.directory}")
        voice.result(
            {
                "schema": "byline/train/1",
                "model": model.id,
                "release": sealed.id,
                "directory": str(model.directory),
            }
        )


def evaluate(
    config: ConfigOption = HERE,
    model: Annotated[
        str | None, typer.Option("--model", help="A model's id or its beginning; default: newest.")
    ] = None,
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
