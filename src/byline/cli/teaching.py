"""The steps after a release: train from its seal, evaluate, register."""

import secrets
from functools import partial
from pathlib import Path
from typing import Any, Final

from byline.cli.attesting import check_bound, check_started, vouch
from byline.cli.gates import check_current
from byline.cli.intake import check_training, training_asked, training_stopped
from byline.cli.session import Session
from byline.cli.witnessing import check_release_cosigned
from byline.errors import PausedError, UsageError
from byline.models.architecture import ModelShape
from byline.models.evaluate import Evaluation, evaluate
from byline.models.folder import TrainedModel, seal_sha256
from byline.models.lora import train_adapter
from byline.models.purpose import PROOF_FILE, check_model_use, model_entry
from byline.models.purpose import check_training as check_purpose
from byline.models.ran import segments_of
from byline.models.replay import Replayed, device_of, mismatches, replay
from byline.models.runlog import Announce, RunStart
from byline.models.settings import (
    AdapterSettings,
    EvaluationSettings,
    Optimisation,
    TrainSettings,
    as_json,
)
from byline.models.train import train
from byline.release.logbook import record
from byline.release.logged import log_run_finished, log_run_started
from byline.release.seal import SealedRelease
from byline.workspace.files import sha256_text, write_bytes
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger

ADAPTER_RATE = 2e-4  # usual for LoRA; a model from scratch bears much more
ALL: Final = "all"
RANDOM: Final = "random"


def optimisation_of(session: Session) -> Optimisation:
    """How training is run, from the configuration."""
    chosen = session.config.train
    is_adapter = chosen.base is not None
    usual = ADAPTER_RATE if is_adapter else Optimisation.learning_rate
    return Optimisation(
        steps=chosen.steps,
        batch=chosen.batch,
        learning_rate=usual if chosen.learning_rate is None else chosen.learning_rate,
        matrix_rate=None if is_adapter else chosen.matrix_rate,
        warmup=max(1, min(20, chosen.steps // 10)),
        seed=chosen.seed,
        threads=session.executor.workers,
        checkpoint_every=max(50, chosen.steps // 5),
    )


def train_from(session: Session, sealed: SealedRelease, *, purpose: str) -> TrainedModel:
    """Train on a sealed release, or return the model that already was; register it once.

    Raises:
        RefusedError: The release was not made for the purpose, was sealed away or destroyed, or has
            work that was withdrawn, objected to or held since, or waits for witnesses.
        PausedError: Training is paused; what was learnt until then is kept.
    """
    check_training(session)
    check_purpose(sealed, purpose)
    check_current(session, sealed, purpose=purpose, action="train from it")
    check_release_cosigned(session, sealed)
    try:
        model = _train(session, sealed, purpose=purpose)
    except PausedError as error:
        training_stopped(session, error)
        raise
    is_new = register(session, model, sealed, purpose)
    session.voice.done()
    session.voice.say(f"train     {model.id}: {'trained' if is_new else 'nothing new'}")
    return model


def _train(session: Session, sealed: SealedRelease, *, purpose: str) -> TrainedModel:
    chosen = session.config.train
    optimisation = optimisation_of(session)
    announce: Announce = partial(_announce, session, sealed)
    if chosen.base is not None:
        adapter = AdapterSettings(
            purpose=purpose, context=chosen.context, optimisation=optimisation
        )
        out = _place(session, sealed, f"{as_json(adapter)} {chosen.base}")
        base = session.config.at(chosen.base)
        make = partial(train_adapter, sealed, base=base, out=out, settings=adapter)
    else:
        shape = ModelShape(
            vocabulary=chosen.vocabulary,
            hidden=chosen.hidden,
            intermediate=32 * max(1, round(chosen.hidden / 12)),  # 8/3 of hidden, as in Llama
            layers=chosen.layers,
            heads=chosen.heads,
            context=chosen.context,
        )
        settings = TrainSettings(purpose=purpose, shape=shape, optimisation=optimisation)
        out = _place(session, sealed, str(as_json(settings)))
        make = partial(train, sealed, out=out, settings=settings)
    return make(
        progress=session.voice.progress,
        asked=partial(training_asked, session),
        announce=announce,
        kept_states=chosen.kept_states,
    )


def _announce(session: Session, sealed: SealedRelease, start: RunStart) -> None:
    """Put a run into the log before its first step; one that is resumed is there already."""
    log_run_started(
        session.layout.log,
        run=start.run,
        release=start.release,
        seal_sha256=seal_sha256(sealed.directory),
        purpose=start.purpose,
        settings_sha256=start.settings_sha256,
        signer=session.signer,
    )


def _log_finished(session: Session, model: TrainedModel) -> None:
    """Put the end of a model's run into the log, unless it is there, or the model is older."""
    if "run" in model.run:
        log_run_finished(
            session.layout.log,
            run=model.run["run"],
            model=model.id,
            steps=model.run["training"]["steps"],
            chain=model.run["run_log"]["chain"],
            signer=session.signer,
        )


def _place(session: Session, sealed: SealedRelease, settings: str) -> Path:
    """Where a model of this release with these settings lies."""
    return session.layout.models / f"{sealed.id}-{sha256_text(settings)[:8]}"


def register(session: Session, model: TrainedModel, sealed: SealedRelease, purpose: str) -> bool:
    """Put a model into the log and the ledger, once; say whether it was new.

    Raises:
        RefusedError: The release was not made for the purpose.
        IntegrityError: The log does not have that its run started.
    """
    is_known = bool(rows(session.ledger, ledger.MODELS, model=model.id))
    if is_known and (model.directory / PROOF_FILE).exists():  # else its folder was made again
        return False
    weights = str(model.run["weights_sha256"])
    # The purpose comes from the record that the model's id is made of, and must be the release's.
    check_purpose(sealed, purpose)
    check_model_use(model.run, purpose, action="registered")
    check_started(session, model)
    _log_finished(session, model)
    logged = record(session.layout.log, model_entry(model.run), signer=session.signer)
    vouch(session, model)
    write_bytes(model.directory / PROOF_FILE, logged.proof_file)  # last: then all was done
    if is_known:
        return False
    append(
        session.ledger,
        ledger.MODELS,
        {
            "model": model.id,
            "release": sealed.id,
            "purpose": purpose,
            "weights_sha256": weights,
            "path": model.directory.relative_to(session.layout.root).as_posix(),
            "settings": model.run["settings"],
            "log_index": logged.index,
        },
    )
    return True


def replay_from(
    session: Session,
    model: TrainedModel,
    sealed: SealedRelease,
    *,
    wanted: str,
    tolerance: float | None = None,
) -> Replayed:
    """Run parts of a model's training again from its sealed release, and compare every step.

    Raises:
        UsageError: `wanted` names no part.
        RefusedError: The release was sealed away or destroyed, or has work that was withdrawn,
            objected to or held since.
        PausedError: Training is paused.
        IntegrityError: A row, the run log or a state does not hold, or the run log is not the one
            whose end was logged before the parts were drawn.
    """
    check_training(session)
    check_current(session, sealed, purpose=str(model.run["purpose"]), action="replay its training")
    parts = segments_of(model)
    check_bound(session, model, sealed)
    chosen = segments_wanted(wanted, of=len(parts))
    for number in chosen:
        first, last = parts[number]
        session.voice.say(f"replay    segment {number}: steps {first + 1:,} to {last:,}")
    for words in mismatches(model, device_of(model)):
        session.voice.say(f"note: {words}: the same bits cannot be expected")
    found = replay(
        model, sealed, chosen=chosen, progress=session.voice.progress, tolerance=tolerance
    )
    session.voice.done()
    return found


def segments_wanted(wanted: str, *, of: int) -> list[int]:
    """The segments that `all`, `random`, `random:3` or numbers such as `0,2` name.

    Chance is drawn from the system here, and only here: whoever trained must not know it before.

    Raises:
        UsageError: They name none.
    """
    word, _, number = wanted.partition(":")
    try:
        if wanted == ALL:
            return list(range(of))
        if word == RANDOM:
            count = min(of, int(number or 1))
            chosen = secrets.SystemRandom().sample(range(of), count)
        else:
            chosen = [int(one) for one in wanted.split(",")]
    except ValueError as error:
        raise _no_segment(wanted, of) from error
    if not chosen or not all(0 <= one < of for one in chosen):
        raise _no_segment(wanted, of)
    return sorted(set(chosen))


def _no_segment(wanted: str, of: int) -> UsageError:
    return UsageError(
        f"{wanted!r} names no segment of this run",
        advice=f"give 0 to {of - 1}, several with commas, random, random:2, or all",
    )


def evaluate_from(
    session: Session, model: TrainedModel, sealed: SealedRelease, *, split: str = "test"
) -> dict[str, Any]:
    """Evaluate a model on later work, once; the figures go into its card and the ledger."""
    known = [
        row["figures"]
        for row in rows(session.ledger, ledger.EVALUATIONS, model=model.id, release=sealed.id)
        if row["figures"].get("split") == split
    ]
    if known:
        session.voice.say(f"evaluate  {model.id}: nothing new")
        return dict(known[-1])
    check_current(session, sealed, purpose=str(model.run["purpose"]), action="evaluate on it")
    found: Evaluation = evaluate(
        model.directory,
        sealed,
        split=split,
        settings=EvaluationSettings(threads=session.executor.workers),
        progress=session.voice.progress,
    )
    figures = as_json(found)
    append(
        session.ledger,
        ledger.EVALUATIONS,
        {"model": model.id, "release": sealed.id, "figures": figures},
    )
    session.voice.done()
    session.voice.say(f"evaluate  {model.id}: measured on the {split} split")
    return figures
