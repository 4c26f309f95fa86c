"""Looking at a supplied repository as plain files, without running git in it.

A repository's own configuration can make git execute programs, and its pointers can reach other
people's objects. So nothing here runs git, follows a link or reads the configuration. What is
accepted is a list of refs and a folder of objects. A linked worktree or a submodule is followed to
its repository only where that one points back (`pointers`).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from byline.errors import HostileInputError, InputError
from byline.work.git.pointers import Folders, followed
from byline.work.git.references import is_notes, is_review
from byline.workspace.files import sha256_text

OID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
# git check-ref-format, narrowed: printable, no shell or revision syntax.
REF = re.compile(
    r"refs/(?:heads|tags|remotes)(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|\Z)|[./]\Z))"
    r"/[^\s~^:?*\[\\\x00-\x1f\x7f]+\Z"
)
MAX_REF_BYTES = 64 << 20


@dataclass(frozen=True)
class Supplied:
    """What a supplied repository holds.

    Attributes:
        objects: Its folder of objects, checked to be self-contained.
        refs: Branches, tags, remote branches, reviews and notes, by full name.
        head: What HEAD says: a full ref name, or an object id.
        object_format: ``sha1`` or ``sha256``.
        packs: Of a partial clone, whose blobs may be missing, a digest of which packs it has; else
            empty.
    """

    objects: Path
    refs: dict[str, str]
    head: str
    object_format: str
    packs: str


def inspect(path: Path) -> Supplied:
    """Read the outside of a supplied repository.

    Raises:
        InputError: It is not a complete git repository with at least one commit.
        HostileInputError: It points outside itself.
    """
    folders = _git_directory(path)
    directory = folders.common
    _refuse_pointers(directory, path)
    refs = _refs(directory)
    head = _read_small(folders.head / "HEAD").strip()
    head = head.removeprefix("ref:").strip()
    if not refs and not OID.match(head):
        raise InputError(
            f"{path} has no commits", advice="commit something first, or name another repository"
        )
    oids = [*refs.values(), *([head] if OID.match(head) else [])]
    lengths = {len(oid) for oid in oids}
    if len(lengths) != 1:
        raise HostileInputError(f"{path} mixes object ids of two hash functions")
    return Supplied(
        objects=directory / "objects",
        refs=refs,
        head=head,
        object_format="sha256" if lengths == {64} else "sha1",
        packs=_packs(directory / "objects" / "pack"),
    )


def _packs(folder: Path) -> str:
    names = sorted(file.name for file in folder.glob("*.pack"))
    return sha256_text(*names) if any(folder.glob("*.promisor")) else ""


def _git_directory(path: Path) -> Folders:
    if not path.exists():
        raise InputError(f"{path} does not exist", advice="check the path")
    if not path.is_dir():
        raise InputError(f"{path} is not a folder", advice="give the folder of a git repository")
    inner = path / ".git"
    if inner.is_symlink():
        raise HostileInputError(f"{inner} is a symbolic link", advice="give the repository itself")
    candidates = [Folders(inner, inner), Folders(path, path)]
    if inner.is_file():
        candidates = [followed(path)]
    for candidate in candidates:
        if (candidate.common / "objects").is_dir() and (candidate.head / "HEAD").is_file():
            return candidate
    raise InputError(
        f"{path} is not a git repository", advice="give a folder that holds a .git, or a bare clone"
    )


def _refuse_pointers(directory: Path, path: Path) -> None:
    """Refuse what would make git read objects from elsewhere, and incomplete histories."""
    for name in ("commondir", "gitdir"):
        if (directory / name).exists():
            raise HostileInputError(f"{path} borrows from another repository (`{name}`)")
    for name in ("alternates", "http-alternates"):
        pointer = directory / "objects" / "info" / name
        if pointer.is_symlink() or (pointer.exists() and _read_small(pointer).strip()):
            raise HostileInputError(
                f"{path} borrows objects from another repository (objects/info/{name})",
                advice="make it self-contained with `git repack -a -d` and remove that file",
            )
    if (directory / "shallow").exists():
        raise InputError(
            f"{path} is a shallow clone: its history, and so its authorship, is cut off",
            advice="complete it with `git fetch --unshallow`",
        )
    if (directory / "reftable").is_dir():
        raise InputError(
            f"{path} stores its refs as a reftable, which is not read yet",
            advice="clone it with `git clone --ref-format=files`",
        )
    _refuse_links(directory / "objects")
    _refuse_links(directory / "refs")


def _refuse_links(folder: Path) -> None:
    pending = [folder]
    while pending:
        here = pending.pop()
        if here.is_symlink():
            raise HostileInputError(f"{here} is a symbolic link")
        if not here.is_dir():
            continue
        with os.scandir(here) as entries:
            for entry in entries:
                if entry.is_symlink():
                    raise HostileInputError(f"{entry.path} is a symbolic link")
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False):
                    raise HostileInputError(f"{entry.path} is not a plain file")


def _refs(directory: Path) -> dict[str, str]:
    """Every well-formed ref of a kind that is read; loose ones win over packed ones."""
    refs: dict[str, str] = {}
    packed = directory / "packed-refs"
    if packed.is_symlink():
        raise HostileInputError(f"{packed} is a symbolic link")
    if packed.exists():
        for line in _read_small(packed).split("\n"):
            oid, _, name = line.partition(" ")
            if OID.match(oid) and _is_wanted(name):
                refs[name] = oid
    for file in sorted((directory / "refs").rglob("*")):
        name = file.relative_to(directory).as_posix()
        if file.is_file() and _is_wanted(name):
            oid = _read_small(file).strip()
            if OID.match(oid):
                refs[name] = oid
    return refs


def _is_wanted(name: str) -> bool:
    return bool(REF.match(name)) or is_review(name) or is_notes(name)


def _read_small(file: Path) -> str:
    if file.is_symlink():
        raise HostileInputError(f"{file} is a symbolic link")
    if not file.is_file():
        raise HostileInputError(f"{file} is not a plain file")
    if file.stat().st_size > MAX_REF_BYTES:
        raise HostileInputError(f"{file} is larger than {MAX_REF_BYTES >> 20} MiB")
    return file.read_bytes().decode("utf-8", "surrogateescape")
