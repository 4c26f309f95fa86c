"""What `byline verify` checks of a seal beyond the rows."""

from pathlib import Path
from typing import Any

from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.engine.executor import Executor
from byline.errors import ConfigError, InputError, RefusedError
from byline.privacy.pseudonyms import KEY_TEXT, read_or_create_key
from byline.release.recompute import Recomputed, own_blinding, recompute
from byline.release.seal import SealedRelease
from byline.release.sealing import KEYED, tries_of
from byline.release.sealing_people import Blinding


def check_tables(release: SealedRelease, *, voice: Voice) -> dict[str, int]:
    """Compare the tables beside a seal with its roots; returns how many leaves each tree has.

    Raises:
        IntegrityError: A table does not lead to its root.
    """
    if release.seal is None:
        voice.line(f"{release.id}: sealed by an earlier version: rows alone, no bundles")
        return {}
    tries = tries_of(release.directory, release.seal)
    sizes = {name: getattr(tries, name).size for name in KEYED}
    voice.line(f"{release.id}: {_listed(sizes)} under the roots of seal {release.seal.sha256}")
    return sizes


def recomputed_here(opened: Session, release: SealedRelease, *, voice: Voice) -> Recomputed:
    """Make the trees anew with the workspace's own keys.

    Raises:
        RefusedError: The release has no seal, or its rows are not here.
    """
    release.check_here()  # before anything is made of its rows
    blinding = None
    if release.seal is not None:
        blinding = own_blinding(
            release,
            people=[person.id for person in opened.inputs.directory.people],
            linkage_key=read_or_create_key(opened.config.at(opened.config.people.linkage_key)),
            layout=opened.layout,
            executor=opened.executor,
        )
    return recompute(release, blinding, executor=opened.executor, progress=voice.progress)


def recomputed_elsewhere(
    release: SealedRelease, salt: Path | None, *, executor: Executor, voice: Voice
) -> Recomputed:
    """Make the trees anew from a folder, with the release's salt where the auditor has it."""
    blinding = Blinding(read_salt(salt), b"", {}) if salt is not None else None
    return recompute(release, blinding, executor=executor, progress=voice.progress)


def read_salt(path: Path) -> bytes:
    """A salt of 64 hexadecimal digits, as a bundle has it.

    Raises:
        InputError: There is no such file.
        ConfigError: It holds no salt.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not KEY_TEXT.fullmatch(text):
        raise ConfigError(
            f"{path} does not hold 64 lower-case hexadecimal digits",
            advice="copy the release's `salt` out of a bundle's bundle.json",
        )
    return bytes.fromhex(text.decode())


def tell(voice: Voice, release: SealedRelease, made: Recomputed) -> dict[str, Any]:
    """Say what recomputing came to; returns it as plain JSON values."""
    if not made.trees:
        voice.line(
            f"{release.id}: rows and shards are as sealed; items, contributors and fingerprints "
            "are keyed by a salt: give it with --salt"
        )
    elif not made.differences:
        sizes = {name: tree.size for name, tree in made.trees.items()}
        voice.line(f"{release.id}: made anew from {made.rows:,} rows: {_listed(sizes)}, as sealed")
    if made.unnamed:
        voice.line(
            f"{release.id}: the labels of {made.unnamed:,} contributors were taken as the seal has "
            "them: no key here says whose they are"
        )
    for difference in made.differences:
        voice.line(f"{release.id}: {difference}")
    return {
        "trees": {name: tree.as_json() for name, tree in made.trees.items()},
        "differences": list(made.differences),
        "unnamed": made.unnamed,
    }


def refuse_differences(release: SealedRelease, made: Recomputed) -> None:
    """Say no where the seal is not what the rows give.

    Raises:
        RefusedError: It is not.
    """
    if made.differences:
        raise RefusedError(
            f"{release.id}: its seal is not what its rows give ({len(made.differences)} findings)",
            advice="it was sealed wrongly, or its tables were changed: nothing can be proved by it",
        )


def _listed(sizes: dict[str, int]) -> str:
    return ", ".join(f"{sizes[name]:,} {name}" for name in KEYED)
