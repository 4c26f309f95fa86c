"""`canary`: sentences that a contributor plants in their own work, to test models for later."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from byline.cli.options import HERE, ConfigOption, JsonOption
from byline.cli.session import Session, session
from byline.cli.verbs.models import find_model
from byline.cli.voice import Voice
from byline.errors import InputError, IntegrityError, UsageError
from byline.models.canary import Tested, rank_kit
from byline.privacy.names import NameMatcher
from byline.privacy.personal import find_personal
from byline.privacy.secrets import find_secrets
from byline.proof.canary import (
    MAX_COUNT,
    MAX_KIT_BYTES,
    MAX_SIBLINGS,
    SEED_SIZE,
    SIBLINGS,
    Kit,
    kit_bytes,
    read_kit,
)
from byline.proof.canonical import canonical_json
from byline.proof.errors import LogMissingError, ProofError
from byline.release.logbook import check_held
from byline.release.logged import canary_fact, log_canary
from byline.release.planted import Committed, committed, planted_in
from byline.release.seal_file import HEX
from byline.workspace.files import write_bytes

canary = typer.Typer(no_args_is_help=True, help="Sentences to plant, and to test models for.")
STRONG: Final = 0.01
SOME: Final = 0.05

KitArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The kit, from `canary new`.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(canary, name="canary")


@canary.command()
def new(
    person: Annotated[str, typer.Option(help="Whose they are: an id of the roster.")],
    out: Annotated[Path, typer.Option(help="Where the kit goes; keep it to yourself.")],
    count: Annotated[int, typer.Option(min=1, max=MAX_COUNT, help="How many canaries.")] = 8,
    siblings: Annotated[
        int, typer.Option(min=1, max=MAX_SIBLINGS, help="Unused sentences beside each.")
    ] = SIBLINGS,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Use no workspace; log it later with `canary commit`."),
    ] = False,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make canaries, and commit to them in the log before they are planted.

    Best on a machine of the person's own, with --offline: whoever has the file can find the
    canaries and leave them out. The commitment alone tells nothing.

    Example: byline canary new --person ha-101 --out my-canaries.json
    """
    voice = Voice(as_json=as_json)
    if out.exists():
        raise UsageError(f"{out} exists", advice="name a new file: a kit is never made again")
    kit = Kit(os.urandom(SEED_SIZE), count, siblings, person)
    index: int | None = None
    if offline:
        write_bytes(out, kit_bytes(kit), mode=0o600)
    else:
        with session(config, voice=voice) as opened:
            _check_known(opened, person)
            write_bytes(out, kit_bytes(kit), mode=0o600)
            index = log_canary(opened.layout.log, kit.commitment, signer=opened.signer).index
            _tell_redacted(opened, kit)
    for number, text in enumerate(kit.texts):
        voice.line(f"{number:>3}  {text}")
    where = "not logged yet: byline canary commit" if index is None else f"entry {index} of the log"
    voice.line(f"commitment {kit.commitment} ({where})")
    voice.say("plant some of them in work of your own, as a comment, a constant or a sentence")
    voice.result(
        {"schema": "byline/canary-new/1", "commitment": kit.commitment, "file": str(out),
         "canaries": list(kit.texts), "siblings": siblings, "log_index": index}
    )  # fmt: skip


@canary.command()
def commit(
    commitment: Annotated[str, typer.Argument(help="64 hexadecimal digits, from `canary new`.")],
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Log a commitment that a contributor made elsewhere; it names nobody, and neither does this.

    Example: byline canary commit 9f2c4f8f0d5c5f0ab6a4b3c1d2e3f4a5968778695a4b3c2d1e0f9a8b7c6d5e4f
    """
    voice = Voice(as_json=as_json)
    if not HEX.fullmatch(commitment):
        raise UsageError(
            "a commitment is 64 hexadecimal digits", advice="it stands at the end of `canary new`"
        )
    with session(config, voice=voice) as opened:
        index = log_canary(opened.layout.log, commitment, signer=opened.signer).index
        voice.line(f"entry {index} of the log: {commitment}")
        voice.result(
            {"schema": "byline/canary-commit/1", "commitment": commitment, "log_index": index}
        )


@canary.command(name="test")
def look(
    file: KitArgument,
    model: Annotated[
        str | None, typer.Option("--model", help="A model's id or its beginning; default: newest.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="A local model's folder, of this workspace or not.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="Look for the canaries in a release instead.")
    ] = None,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Test whether a model was trained on the canaries, or whether a release has them.

    A model that was trained on them gives itself away; one that does not show it proves nothing.

    Example: byline canary test my-canaries.json --model mdl_0123
    """
    voice = Voice(as_json=as_json)
    kit = _kit(file)
    if sum(one is not None for one in (model, folder, release)) > 1:
        raise UsageError("test for one thing at a time", advice="--model, --folder or --release")
    with session(config, voice=voice, writes=False) as opened:
        if release is not None:
            _search(opened, kit, release)
        elif folder is not None:
            _test(opened, kit, folder, place=_placed(opened, kit))
        else:
            found, taught_by = find_model(opened, model)
            place = _placed(opened, kit, release=taught_by, run=found.run.get("run"))
            _test(opened, kit, found.directory, place=place)


def _kit(path: Path) -> Kit:
    try:
        with path.open("rb") as source:
            return read_kit(source.read(MAX_KIT_BYTES + 1))
    except OSError as error:
        raise InputError(f"cannot read the kit {path}: {error.strerror}") from error
    except ProofError as error:
        raise IntegrityError(f"{path} is no kit: {error}", advice=error.advice) from error


def _check_known(opened: Session, person: str) -> None:
    if all(one.id != person for one in opened.inputs.directory.people):
        raise InputError(f"{person} is not on the roster", advice="`byline people` lists them")


def _tell_redacted(opened: Session, kit: Kit) -> None:
    """Say which canaries would not reach a release as they are."""
    matcher = NameMatcher(opened.inputs.known_people)
    texts = list(kit.texts)
    found = zip(find_secrets(texts), find_personal(texts), strict=True)
    hit = [n for n, kinds in enumerate(found) if any(kinds) or matcher.find(texts[n])]
    if hit:
        opened.voice.say(
            f"note: redaction would change {', '.join(map(str, hit))}; do not plant these"
        )


def _placed(
    opened: Session, kit: Kit, *, release: str | None = None, run: str | None = None
) -> Committed:
    """Where the log has the kit, once the log was found sound."""
    path = opened.layout.log
    try:
        found = committed(path, kit.commitment, release=release, run=run)
    except LogMissingError:
        return Committed(None, None, None)
    if found.commitment is not None:
        entry = canonical_json(canary_fact(kit.commitment))
        check_held(path, entry, verifiers=opened.verifiers())
    return found


def _search(opened: Session, kit: Kit, release: str) -> None:
    sealed = opened.open_release(release)
    found = planted_in(kit, sealed)
    place = _placed(opened, kit, release=sealed.id)
    opened.voice.table(
        f"Canaries in {sealed.id}",
        ("canary", "examples", "such as"),
        [(number, len(ids), ids[0] if ids else "") for number, ids in found.items()],
    )
    _tell_place(opened.voice, place)
    opened.voice.result(
        {"schema": "byline/canary-release/1", "release": sealed.id, "commitment": kit.commitment,
         "log": _place_json(place),
         "canaries": [{"canary": number, "examples": list(ids)} for number, ids in found.items()]}
    )  # fmt: skip


def _test(opened: Session, kit: Kit, directory: Path, *, place: Committed) -> None:
    voice = opened.voice
    found = rank_kit(kit, directory, threads=opened.executor.workers, progress=voice.progress)
    voice.table(
        f"Canaries under {found.model}, by {found.score}",
        ("canary", "rank", "of", "exposure (bits)", "chance", "corrected"),
        [
            (one.number, one.rank, one.candidates, one.bits, one.chance, one.corrected)
            for one in found.exposures.each
        ],
    )
    verdict, words = _verdict(found.exposures.chance)
    voice.line(f"{verdict}: {words} (chance of all together: {found.exposures.chance:.2g})")
    _tell_place(voice, place)
    voice.result(_tested_json(found, kit, place, verdict))


def _verdict(chance: float) -> tuple[str, str]:
    """What a test shows, in a word and in a sentence."""
    if chance <= STRONG:
        return "strong", "the model was trained on a planted canary, or on something that quotes it"
    if chance <= SOME:
        return "some", "the model may have been trained on a planted canary; test another kit"
    return "none", "nothing is shown: a model can have been trained on them and not tell"


def _tell_place(voice: Voice, place: Committed) -> None:
    if place.commitment is None:
        voice.line("the log has no commitment to this kit: the result convinces nobody else")
        return
    if place.kits > 1:
        voice.line(f"the log has {place.kits:,} commitments to kits: count those of one person")
    later = {"release": place.release, "run": place.run}
    named = ", ".join(f"{name} at {at}" for name, at in later.items() if at is not None)
    if not named:
        order = ""
    elif place.is_before:
        order = f", before {named}"
    else:
        order = f", not before {named}: the kit may have been made to fit"
    voice.line(f"committed at entry {place.commitment} of the log{order}")


def _place_json(place: Committed) -> dict[str, Any]:
    return asdict(place) | {"is_before": place.is_before}


def _tested_json(tested: Tested, kit: Kit, place: Committed, verdict: str) -> dict[str, Any]:
    return {
        "schema": "byline/canary-test/1",
        "model": tested.model,
        "score": tested.score,
        "commitment": kit.commitment,
        "log": _place_json(place),
        "canaries": [asdict(one) for one in tested.exposures.each],
        "chance": tested.exposures.chance,
        "verdict": verdict,
    }
