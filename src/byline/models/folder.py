"""A model's folder: what lies in it, how it comes to be, and how it is opened again.

    model.safetensors | adapter_model.safetensors   the weights; never pickle
    config.json, generation_config.json | adapter_config.json
    tokenizer.json, tokenizer_config.json           (a model from scratch)
    run.json           what it was made from: release, root, settings, versions, counts, hashes
    sidecar.parquet    which tokens of which example lie in which row, and how often it was read
    examples.parquet   one line an example, with counts of tokens
    metrics.jsonl      loss, rate and speed by step
    run-log.jsonl      every step, each bound to the one before (`runlog`)
    states/            weights and optimiser memory at even intervals (`states`)
    evaluation.json    after `evaluate`
    README.md          the model card

Invariants: a folder is seen whole or not at all; it is opened only if its weights are those that
`run.json` names; a run that met a bad row leaves nothing behind.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import (
    BylineError,
    InputError,
    IntegrityError,
    PausedError,
    UsageError,
)
from byline.models.identity import canonical
from byline.models.purpose import check_model_use, check_record
from byline.models.sealed import Sealed
from byline.workspace.files import sha256_file, sha256_text, sync_directory

WEIGHTS = {"model": "model.safetensors", "adapter": "adapter_model.safetensors"}


@dataclass(frozen=True)
class TrainedModel:
    """A finished model.

    Attributes:
        id: `mdl_` and 16 hex digits.
        directory: Its folder.
        kind: `model` from scratch, or `adapter` on a base.
        run: The contents of `run.json`.
    """

    id: str
    directory: Path
    kind: str
    run: dict[str, Any]


def request_of(sealed: Sealed, *, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What was asked for: the facts that are known before anything is read."""
    return {
        "kind": kind,
        "release": {"id": sealed.id, "name": sealed.name, "root": sealed.root},
        "settings": settings,
    }


def finished_model(out: Path, request: dict[str, Any]) -> TrainedModel | None:
    """The model at `out` if it is the finished answer to `request`; None if nothing is there.

    Raises:
        UsageError: Something else is at `out`.
        IntegrityError: Its weights are not those that its run recorded.
    """
    if not out.exists():
        return None
    if (out / "run.json").is_file():
        model = open_model(out)
        if all(model.run.get(name) == value for name, value in request.items()):
            return model
    raise UsageError(
        f"{out} exists and holds something else",
        advice="choose another folder, or remove this one",
    )


def open_model(directory: Path, *, purpose: str | None = None) -> TrainedModel:
    """The finished model in `directory`, its record and its weights checked.

    Args:
        directory: Its folder.
        purpose: What it is opened for; None only where nothing is done with the weights.

    Raises:
        InputError: There is no run record, or it cannot be read.
        IntegrityError: The record was changed, or the weights' SHA-256 is not the recorded one.
        RefusedError: The model was made for another purpose, or its weights were removed.
    """
    run = read_run(directory)
    kind, expected = run["kind"], run["weights_sha256"]
    identity, weights = run["id"], directory / WEIGHTS[kind]
    check_record(directory, run)
    if purpose is not None:
        check_model_use(run, purpose)
    if not weights.is_file():
        raise IntegrityError(f"{weights} is missing")
    found = sha256_file(weights)
    if found != expected:
        raise IntegrityError(f"{weights} has SHA-256 {found}, its run recorded {expected}")
    return TrainedModel(id=identity, directory=directory, kind=kind, run=run)


def read_run(directory: Path) -> dict[str, Any]:
    """What `run.json` in a model's folder says, unchecked.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    try:
        run = json.loads((directory / "run.json").read_text(encoding="utf-8"))
        _ = run["id"], run["purpose"], run["weights_sha256"], WEIGHTS[run["kind"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{directory} is not a model's folder: no readable run.json") from error
    return dict(run)


@contextmanager
def run_folder(out: Path) -> Iterator[Path]:
    """The folder beside `out` in which a run works; it outlives a kill, but not a refusal.

    A run that is killed, interrupted or paused finds its checkpoint here again. When a row fails
    the seal's check, or anything else is wrong with the input, the folder is removed.
    """
    work = out.with_name(f".{out.name}.training")
    work.mkdir(parents=True, exist_ok=True)
    with _alone(work):
        try:
            yield work
        except PausedError:
            raise
        except BylineError:
            shutil.rmtree(work)
            raise
        finally:
            # Copies of people's work; the next run makes them anew.
            for name in ("packed", "model"):
                shutil.rmtree(work / name, ignore_errors=True)
        shutil.rmtree(work)


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Hold the run's folder; the hold ends with the process, however it ends."""
    descriptor = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another run is at work in {work}", advice="wait for it, or choose another folder"
            ) from error
        yield
    finally:
        os.close(descriptor)


def fresh_folder(path: Path) -> Path:
    """An empty folder at `path`; what an earlier, killed run left there is removed."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir()
    return path


def publish(folder: Path, out: Path) -> None:
    """Make every file of `folder` durable, then rename it to `out`."""
    for path in sorted(folder.rglob("*")):
        sync_directory(path)  # a file is synced the same way
    sync_directory(folder)
    folder.rename(out)
    sync_directory(out.parent)


def manifest_sha256(sealed: Sealed) -> str:
    """SHA-256 of the release's `manifest.json`, or of its canonical JSON where it has no file."""
    path = sealed.directory / "manifest.json"
    if path.is_file():
        return sha256_file(path)
    return sha256_text(canonical(sealed.manifest).decode("utf-8"))


def seal_sha256(release: Path) -> str:
    """SHA-256 of the seal in a release's folder; empty for a release of a version before seals."""
    path = release / "seal" / "seal.json"
    return sha256_file(path) if path.is_file() else ""
