"""Where the git folder of a linked worktree or a submodule lies, read as plain files.

Their ``.git`` is a file that points to a folder elsewhere, and a hostile one could point to
somebody else's repository. So a pointer is believed only where the other side points back: a
repository names its worktrees itself, and a submodule lies in the ``.git/modules`` of a folder
around it. No symbolic link is followed on the way (https://git-scm.com/docs/gitrepository-layout).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from byline.errors import HostileInputError

MAX_POINTER_BYTES = 1 << 16
WORKTREE = re.compile(r"^\s*worktree\s*=\s*(?P<path>\S.*?)\s*$", re.MULTILINE | re.IGNORECASE)
ADVICE = "give the main repository (`git rev-parse --git-common-dir` names it)"


@dataclass(frozen=True)
class Folders:
    """Where a repository keeps its objects and refs, and where its HEAD lies."""

    common: Path
    head: Path


def followed(folder: Path) -> Folders:
    """The folders behind the ``.git`` file of `folder`.

    Raises:
        HostileInputError: The other side does not point back, or a link is on the way.
    """
    here = folder.resolve()
    pointer = read_pointer(folder / ".git")
    if not pointer.startswith("gitdir: "):
        raise HostileInputError(f"{folder / '.git'} is no pointer to a repository", advice=ADVICE)
    own = _joined(here, pointer.removeprefix("gitdir: "))
    if own.is_symlink() or not own.is_dir() or Path(os.path.realpath(own)) != own:
        raise HostileInputError(
            f"{folder / '.git'} points to {own}, which is no folder or is reached by a link",
            advice=ADVICE,
        )
    if (own / "commondir").exists():
        return Folders(_repository_of_worktree(folder, here, own), own)
    _check_submodule(folder, here, own)
    return Folders(own, own)


def _repository_of_worktree(folder: Path, here: Path, own: Path) -> Path:
    common = _joined(own, read_pointer(own / "commondir"))
    back = own / "gitdir"
    expected = own.parent.name == "worktrees" and own.parent.parent == common
    if not expected or not back.exists() or _joined(own, read_pointer(back)) != here / ".git":
        raise HostileInputError(
            f"{folder} says that it is a linked worktree of {common}, which does not say so",
            advice=f"mend it with `git worktree repair`, or {ADVICE}",
        )
    return common


def _check_submodule(folder: Path, here: Path, own: Path) -> None:
    around = any(own.is_relative_to(outer / ".git" / "modules") for outer in here.parents)
    config = own / "config"
    named = WORKTREE.search(read_pointer(config)) if around and config.exists() else None
    if named is None or _joined(own, named["path"].strip('"')) != here:
        raise HostileInputError(
            f"{folder} says that its repository is {own}, which is not a submodule of a folder "
            "around it or does not point back",
            advice=ADVICE,
        )


def _joined(start: Path, text: str) -> Path:
    """A path that a pointer names, from where it stands; nothing is looked up."""
    if "\0" in text:
        raise HostileInputError(f"{start}: a pointer holds a NUL byte", advice=ADVICE)
    return Path(os.path.normpath(start / text))


def read_pointer(file: Path) -> str:
    """The text of a small plain file.

    Raises:
        HostileInputError: It is a link, no plain file, or too large.
    """
    if file.is_symlink() or not file.is_file():
        raise HostileInputError(f"{file} is a symbolic link or no plain file", advice=ADVICE)
    if file.stat().st_size > MAX_POINTER_BYTES:
        raise HostileInputError(f"{file} is larger than {MAX_POINTER_BYTES >> 10} KiB")
    return file.read_bytes().decode("utf-8", "surrogateescape").strip("\r\n")
