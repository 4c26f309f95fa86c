"""`log`: what the transparency log holds, who beside its owner has seen it, and its key."""

from pathlib import Path
from typing import Annotated

import typer

from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.cli.witnessing import (
    Asked,
    ask_all,
    keep_and_renew,
    newest_cosigned,
    own_policy,
    proof_files,
    tell_witnesses,
    witnesses_of,
)
from byline.errors import IncompleteError, RefusedError, UsageError
from byline.proof import log as transparency_log
from byline.proof.canonical import parse_canonical
from byline.proof.logfiles import CHECKPOINT, read_head, read_note
from byline.proof.order import check_order
from byline.proof.policy import Policy, format_policy
from byline.proof.witness_client import request_for
from byline.release.logbook import check_log, rotate_key
from byline.release.logged_words import describe_entry
from byline.release.seal_file import SEAL_FILE
from byline.release.witnessed import check_grown, check_kept, read_brought, read_seen
from byline.workspace.files import write_bytes
from byline.workspace.lock import writing

log = typer.Typer()


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(log, name="log")


@log.callback(invoke_without_command=True)
def show(context: typer.Context, config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Check the transparency log from its first entry, and list what it holds.

    Example: byline log
    """
    if context.invoked_subcommand is not None:
        return
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        report = check_log(opened.layout.log, verifiers=opened.verifiers())
        policy = own_policy(opened)
        entries = [parse_canonical(entry) for entry in transparency_log.entries(opened.layout.log)]
        rows = [
            (number, entry.get("type", ""), describe_entry(entry))
            for number, entry in enumerate(entries)
            if isinstance(entry, dict)
        ]
        head = report.checkpoint
        voice.table(f"Log of {head.origin}", ("index", "type", "what"), rows)
        voice.line(f"{head.size} entries, root {head.root.hex()}: sound")
        cosigned = newest_cosigned(opened, policy)
        tell_witnesses(voice, cosigned, policy, head)
        voice.result(
            {
                "schema": "byline/log/1",
                "origin": head.origin,
                "size": head.size,
                "root": head.root.hex(),
                "witnesses": witnesses_of(cosigned),
                "entries": entries,
            }
        )


@log.command()
def check(
    config: ConfigOption = HERE,
    since: Annotated[
        Path | None,
        typer.Option(metavar="CHECKPOINT", help="A checkpoint kept from before; it must be in."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every file of the log, that it grew from a checkpoint seen before, and its order.

    The order: terms, notices and seal stand before a run, the run before its model, the model
    before its use. Exit status 3 when anything does not hold.

    Example: byline log check --since checkpoint-of-may
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        policy = own_policy(opened)
        report = check_log(opened.layout.log, verifiers=opened.verifiers())
        check_kept(opened.layout.log, policy)
        seen = read_seen(since, policy=policy) if since is not None else None
        if seen is not None:
            check_grown(opened.layout.log, seen)
        entries = transparency_log.entries(opened.layout.log)
        problems = check_order(entries, seals=_seals(opened))
        head = report.checkpoint
        voice.line(
            f"{head.size} entries, root {head.root.hex()}: {report.num_files} files are sound"
        )
        if seen is not None:
            voice.line(f"grew     from the {seen.size} entries of {since}")
        cosigned = newest_cosigned(opened, policy)
        tell_witnesses(voice, cosigned, policy, head)
        if problems:
            voice.table(
                "Out of order",
                ("index", "code", "what"),
                [(one.index, one.code, one.message) for one in problems],
            )
        voice.result(
            {
                "schema": "byline/log-check/1",
                "origin": head.origin,
                "size": head.size,
                "root": head.root.hex(),
                "since": seen.size if seen else None,
                "leftovers": list(report.leftovers),
                "witnesses": witnesses_of(cosigned),
                "problems": [
                    {"index": one.index, "code": one.code, "message": one.message}
                    for one in problems
                ],
            }
        )
    if problems:
        raise RefusedError(
            f"{len(problems)} entries stand where they must not, or lack what had to come first",
            advice="a log cannot be mended: say what happened, and build and train again in order",
        )


@log.command()
def cosign(
    config: ConfigOption = HERE,
    brought: Annotated[
        Path | None, typer.Option("--from", help="A checkpoint that was cosigned elsewhere.")
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(help="Ask nobody: write a request to carry to a witness without a network."),
    ] = None,
    old_size: Annotated[
        int | None, typer.Option(min=0, help="With --request: the size that the witness knows.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Have the log's checkpoint cosigned by the witnesses of `[log]`, over the network.

    Proofs of releases and models are then written again under the cosigned checkpoint. Exit status
    3 when a witness refuses (it saw another past), 4 when one could not be asked.

    Example: byline log cosign
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    if old_size is not None and request is None:
        raise UsageError("--old-size goes with --request")
    with session(config, voice=voice, writes=False) as opened:
        check_log(opened.layout.log, verifiers=opened.verifiers())
        policy = own_policy(opened)
        check_kept(opened.layout.log, policy)
        note = read_note(opened.layout.log, CHECKPOINT)
        if request is not None:
            start = _cosigned_size(opened, policy) if old_size is None else old_size
            write_bytes(request, request_for(note, path=opened.layout.log, old_size=start))
            voice.line(f"request  {request}: from {start} entries")
            voice.result({"schema": "byline/log-request/1", "out": str(request), "from": start})
            return
        asked: tuple[Asked, ...] = ()
        lines = b""
        if brought is not None:
            note, lines = read_brought(opened.layout.log, brought, policy=policy)
        else:
            asked = ask_all(note, policy=policy, path=opened.layout.log, say=voice.say)
            lines = b"".join(one.lines for one in asked)
        with writing(opened.layout.lock):
            renewed = keep_and_renew(
                opened.layout.log, lines, note=note, policy=policy, proofs=proof_files(opened)
            )
        _tell_cosigned(voice, opened, policy, asked, renewed)


@log.command()
def policy(
    config: ConfigOption = HERE,
    out: Annotated[Path | None, typer.Option(help="Write it to a file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print whose signatures make this log believed, for whoever checks a proof (tlog-policy).

    Example: byline log policy --out policy.txt
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        found = own_policy(opened)
        text = format_policy(found)
        if out is not None:
            write_bytes(out, text)
            voice.line(f"policy   {out}")
        else:
            for line in text.decode("utf-8", "replace").splitlines():
                voice.line(line)
        voice.say(f"beside the log's key it asks for: {found.in_words()}")
        voice.result(
            {
                "schema": "byline/log-policy/1",
                "policy": text.decode("utf-8", "replace"),
                "quorum": found.in_words(),
                "out": str(out) if out else None,
            }
        )


@log.command()
def rotate(
    reason: Annotated[
        str, typer.Option(help="Why, for everybody who reads the log; name no person.")
    ],
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Hand the log over to a new key, in an entry that the old key signs.

    Tell the witnesses the new public key, or they refuse what it signs.

    Example: byline log rotate --reason "yearly"
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        opened.verifiers()
        done = rotate_key(opened.layout.log, key=opened.layout.log_key, reason=reason)
        voice.line(f"key      {done.after.vkey}")
        voice.say(f"entry {done.index} names it; destroy the old private key {done.retired}")
        voice.say("give the new public key to the witnesses, and publish it where the old one was")
        voice.result(
            {
                "schema": "byline/log-rotate/1",
                "before": done.before.vkey,
                "after": done.after.vkey,
                "index": done.index,
                "retired": str(done.retired),
            }
        )


def _tell_cosigned(
    voice: Voice, opened: Session, policy: Policy, asked: tuple[Asked, ...], renewed: list[Path]
) -> None:
    """Say what came of it; raise for what did not."""
    if asked:
        voice.table("Witnesses", ("witness", "state"), [(one.name, one.state) for one in asked])
    refused = [one for one in asked if one.is_refusal]
    failed = [one for one in asked if not one.lines and not one.is_refusal]
    found = newest_cosigned(opened, policy)
    tell_witnesses(voice, found, policy, read_head(opened.layout.log))
    voice.line(f"proofs   {len(renewed)} written again")
    voice.result(
        {
            "schema": "byline/log-cosign/1",
            "quorum": policy.in_words(),
            "witnesses": witnesses_of(found),
            "asked": {one.name: one.state for one in asked},
            "refused": [one.name for one in refused],
            "renewed": [path.relative_to(opened.layout.root).as_posix() for path in renewed],
        }
    )
    if refused:
        raise RefusedError(
            f"{refused[0].name}: {refused[0].state}",
            advice="two pasts of one log exist: find out which is true, and tell the witnesses",
        )
    if failed:
        raise IncompleteError(
            f"{len(failed)} of {len(asked)} witnesses did not cosign: {failed[0].name}",
            advice="run `byline log cosign` again when they are up",
        )


def _cosigned_size(opened: Session, policy: Policy) -> int:
    found = newest_cosigned(opened, policy)
    return found.checkpoint.size if found else 0


def _seals(opened: Session) -> dict[str, bytes]:
    """The seals that are here, by release."""
    found = {}
    for directory in opened.layout.releases.glob("rel_*"):
        file = directory / SEAL_FILE
        if file.is_file():
            found[directory.name] = file.read_bytes()
    return found
