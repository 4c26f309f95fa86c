"""`witness`: what a union, an auditor or a colleague runs, so that a log cannot show two pasts.

No workspace is needed: a folder that the witness remembers in, its key, and the log's public key.
"""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from byline.cli.options import JsonOption, QuietOption
from byline.cli.voice import Voice
from byline.errors import InputError, UsageError
from byline.proof.checkpoint import unverified_checkpoint
from byline.proof.cosignature import (
    ED25519,
    ML_DSA_44,
    CosigningKey,
    generate_cosigning_key,
    parse_cosigning_key,
    verify_cosignatures,
)
from byline.proof.durable import read_file
from byline.proof.errors import KeyFileError, LogError, MalformedError
from byline.proof.keys import create_file, read_private
from byline.proof.logfiles import CHECKPOINT, read_note
from byline.proof.note import MAX_NOTE_BYTES, Verifier, parse_vkey
from byline.proof.witness import Witness, add_checkpoint, newest_cosigned
from byline.proof.witness_client import ask, ask_once
from byline.proof.witness_http import serve as serve_witness
from byline.proof.witness_memory import MAX_KEPT, REFUSALS, folder_of, origins, refusals
from byline.proof.witness_request import MAX_REQUEST_BYTES, Answer
from byline.workspace.files import write_bytes

witness = typer.Typer(
    no_args_is_help=True, help="Run a witness of a log: key, serve, cosign, list."
)

StateOption = Annotated[
    Path, typer.Option(help="The folder that the witness remembers in. Keep it, and back it up.")
]
KeyOption = Annotated[list[Path], typer.Option("--key", help="The witness's key; repeat for two.")]
LogOption = Annotated[
    list[str],
    typer.Option(
        "--log", help="A log's public key, or a file of them (byline-log.vkey); repeat for several."
    ),
]
DEFAULT_ADDRESS = "127.0.0.1:7380"
MAX_PORT = 65_535


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(witness, name="witness")


@witness.command()
def key(
    name: Annotated[str, typer.Argument(help="Your witness's name, such as union.example/w1.")],
    out: Annotated[Path, typer.Option(help="A new file for the private key. Keep it secret.")],
    ml_dsa: Annotated[
        bool, typer.Option("--ml-dsa", help="ML-DSA-44, which stands quantum computers.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a witness's key, and print the public part, which goes into policies.

    Example: byline witness key union.example/w1 --out witness.key
    """
    voice = Voice(as_json=as_json)
    made = generate_cosigning_key(name, algorithm=ML_DSA_44 if ml_dsa else ED25519)
    create_file(out, f"{made.skey}\n", mode=0o600)
    voice.line(made.cosigner.vkey)
    voice.result({"schema": "byline/witness-key/1", "vkey": made.cosigner.vkey, "out": str(out)})


@witness.command()
def serve(
    state: StateOption,
    keys: KeyOption,
    logs: LogOption,
    listen: Annotated[str, typer.Option(help="HOST:PORT")] = DEFAULT_ADDRESS,
    quiet: QuietOption = False,
) -> None:
    """Serve a witness over http until it is interrupted (c2sp.org/tlog-witness).

    Example: byline witness serve --state state --key witness.key --log byline-log.vkey
    """
    voice = Voice(quiet=quiet)
    host, port = _address(listen)
    running = _witness(state, keys, logs)
    _tell_new(voice, state)
    try:
        serve_witness(running, host=host, port=port, report=voice.say)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {listen}: {error.strerror or error}",
            advice="give another with --listen",
        ) from error
    except KeyboardInterrupt:
        voice.say("stopped; what was cosigned is remembered")


@witness.command()
def cosign(
    state: StateOption,
    keys: KeyOption,
    logs: LogOption,
    out: Annotated[Path, typer.Option(help="The file for the cosigned checkpoint.")],
    log_directory: Annotated[
        Path | None, typer.Option(help="A copy of the log's folder, such as on a stick.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A checkpoint, or what `byline log cosign --request` wrote."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Cosign without a network, if the log grew from what was cosigned before.

    Give the file back to the organisation: `byline log cosign --from FILE` takes it in.
    Exit status 3 when the log did not grow; both checkpoints are then kept in the state folder.

    Example: byline witness cosign --state state --key witness.key --log byline-log.vkey
    --log-directory /media/stick/log --out cosigned
    """
    voice = Voice(as_json=as_json)
    if (log_directory is None) == (checkpoint is None):
        raise UsageError("cosign what?", advice="give --log-directory or --checkpoint")
    running = _witness(state, keys, logs)
    _tell_new(voice, state)

    def post(data: bytes) -> Answer:
        return add_checkpoint(running, data)

    if log_directory is not None:
        note = read_note(log_directory, CHECKPOINT)
        lines = ask(post, note, path=log_directory, cosigners=running.cosigners)
    else:
        note, lines = ask_once(post, _read(checkpoint or Path()), cosigners=running.cosigners)
    write_bytes(out, note + lines)
    seen = unverified_checkpoint(note)
    voice.say(f"cosigned {seen.size:,} entries of {seen.origin}, root {seen.root.hex()}")
    voice.line(f"cosigned {out}")
    voice.result(
        {
            "schema": "byline/witness-cosign/1",
            "origin": seen.origin,
            "size": seen.size,
            "root": seen.root.hex(),
            "out": str(out),
        }
    )


@witness.command(name="list")
def list_seen(
    state: StateOption,
    keys: KeyOption,
    logs: LogOption,
    as_json: JsonOption = False,
) -> None:
    """Show what a witness cosigned last, and what it refused. Exit status 3 if a log forked.

    Example: byline witness list --state state --key witness.key --log byline-log.vkey
    """
    voice = Voice(as_json=as_json)
    running = _witness(state, keys, logs)
    known = sorted({log.name for log in running.logs})
    found = [_seen(running, origin) for origin in known]
    voice.table(
        "Logs",
        ("log", "entries", "root", "cosigned", *MAX_KEPT),
        [
            (one["origin"], one["size"], one["root"][:16], _moment(one["time"]),
             *one["refused"].values())
            for one in found
        ],
    )  # fmt: skip
    others = len(set(origins(state)) - {folder_of(state, origin) for origin in known})
    if others:
        voice.say(f"{others} more logs were cosigned before; name their keys to see them")
    for one in found:
        if one["refused"]["split"]:
            voice.line(f"split    {one['evidence']}: two roots of one size, signed by the log")
    voice.result({"schema": "byline/witness-list/1", "logs": found})
    if any(one["refused"]["split"] for one in found):
        raise typer.Exit(3)


def _seen(running: Witness, origin: str) -> dict[str, Any]:
    seen = newest_cosigned(running, origin)
    folder = folder_of(running.state, origin)
    kinds = [str(one["kind"]) for one in refusals(folder)]
    times = verify_cosignatures(seen.note, running.cosigners) if seen else ()
    return {
        "origin": origin,
        "size": seen.checkpoint.size if seen else 0,
        "root": seen.checkpoint.root.hex() if seen else "",
        "time": max((one.time for one in times), default=None),
        "refused": {kind: kinds.count(kind) for kind in MAX_KEPT},
        "evidence": str(folder / REFUSALS),
    }


def _moment(seconds: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds)) if seconds else ""


def _witness(state: Path, keys: list[Path], logs: list[str]) -> Witness:
    signing = tuple(_signing_key(path) for path in keys)
    known = tuple(dict.fromkeys(found for one in logs for found in _log_keys(one)))
    return Witness(state, signing, known, clock=lambda: int(time.time()))


def _signing_key(path: Path) -> CosigningKey:
    try:
        return parse_cosigning_key(read_private(path))
    except MalformedError as error:
        advice = error.advice or "make one with `byline witness key`"
        raise KeyFileError(f"{path}: {error}", advice=advice) from error


def _log_keys(text: str) -> list[Verifier]:
    """The keys in a text of one key, or in a file of one a line."""
    if "+" in text and not _is_file(text):
        return [parse_vkey(text)]
    lines = _read(Path(text)).decode("utf-8", "replace").splitlines()
    found = [parse_vkey(line.strip()) for line in lines if line.strip()]
    if not found:
        raise InputError(f"{text} holds no key", advice="take byline-log.vkey of the log")
    return found


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a name of a file
        return False


def _read(path: Path) -> bytes:
    try:
        return read_file(path.parent, path.name, limit=max(MAX_NOTE_BYTES, MAX_REQUEST_BYTES))
    except LogError as error:
        raise InputError(str(error), advice="check the path") from error


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > MAX_PORT:
        raise UsageError(f"{listen!r} is no address", advice=f"write it as {DEFAULT_ADDRESS}")
    return host.strip("[]"), int(port)


def _tell_new(voice: Voice, state: Path) -> None:
    if not origins(state):
        voice.say(f"{state} is new: nothing is remembered of any log, the first is believed")
