"""Files as ordered pieces, so that a later commit can add, change or take out one function.

Invariants: a `File` and its pieces never change; a `Tree` maps a file's identity (its first path)
to its present state, so that a renamed file keeps its identity. Object ids are computed here
exactly as git computes them (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from byline.errors import IntegrityError

REGULAR, EXECUTABLE, SYMLINK = 0o100644, 0o100755, 0o120000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of whole lines; `key` gives its place in the file."""

    key: int
    text: bytes


@dataclass(frozen=True)
class File:
    """One file at one moment."""

    path: str
    pieces: tuple[Piece, ...]
    mode: int = REGULAR

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file."""
        return b"".join(piece.text for piece in self.pieces)

    @cached_property
    def oid(self) -> str:
        """The id of the blob (40 hexadecimal digits)."""
        return object_id("blob", self.content)


Tree = Mapping[str, File]


def object_id(kind: str, body: bytes) -> str:
    """Return the id that git gives an object."""
    header = f"{kind} {len(body)}\0".encode()
    return hashlib.sha1(header + body, usedforsecurity=False).hexdigest()


def whole(path: str, content: str | bytes, *, mode: int = REGULAR) -> File:
    """Return a file that is one piece."""
    data = content.encode() if isinstance(content, str) else content
    return File(path, (Piece(0, data),), mode)


def with_files(tree: Tree, files: Iterable[File]) -> Tree:
    """Return the tree with new files, each under its path as identity."""
    return {**tree, **{file.path: file for file in files}}


def with_pieces(tree: Tree, identity: str, pieces: Iterable[Piece]) -> Tree:
    """Return the tree with pieces added to a file (made where missing) or replaced by their key."""
    old = tree.get(identity) or File(identity, ())
    merged = {piece.key: piece for piece in old.pieces} | {piece.key: piece for piece in pieces}
    ordered = tuple(merged[key] for key in sorted(merged))
    return {**tree, identity: replace(old, pieces=ordered)}


def without_piece(tree: Tree, identity: str, key: int) -> Tree:
    """Return the tree with one piece taken out of a file."""
    old = tree[identity]
    return {**tree, identity: replace(old, pieces=tuple(p for p in old.pieces if p.key != key))}


def without_file(tree: Tree, identity: str) -> Tree:
    """Return the tree without a file."""
    return {name: file for name, file in tree.items() if name != identity}


def renamed(tree: Tree, identity: str, path: str) -> Tree:
    """Return the tree with a file at another path."""
    return {**tree, identity: replace(tree[identity], path=path)}


def merged(base: Tree, ours: Tree, theirs: Tree) -> Tree:
    """Merge two trees whose changed files are disjoint.

    Raises:
        IntegrityError: both sides changed the same file.
    """
    result = dict(ours)
    for identity in base.keys() | theirs.keys():
        mine, old, new = ours.get(identity), base.get(identity), theirs.get(identity)
        if new == old:
            continue
        if mine != old:
            raise IntegrityError(f"both sides of a merge changed {identity}")
        if new is None:
            del result[identity]
        else:
            result[identity] = new
    return result


def tree_oid(tree: Tree) -> str:
    """Return the id of the git tree object that holds these files."""
    root: dict[str, object] = {}
    for file in tree.values():
        *folders, name = file.path.split("/")
        node = root
        for folder in folders:
            child = node.setdefault(folder, {})
            if not isinstance(child, dict):
                raise IntegrityError(f"{file.path}: a folder and a file share a name")
            node = child
        node[name] = file
    return _folder_oid(root)


def _folder_oid(node: Mapping[str, object]) -> str:
    entries: list[tuple[bytes, bytes]] = []
    for name, child in node.items():
        raw = name.encode()
        if isinstance(child, File):
            row = b"%o %s\0%s" % (child.mode, raw, bytes.fromhex(child.oid))
            entries.append((raw, row))
        elif isinstance(child, dict):
            row = b"40000 %s\0%s" % (raw, bytes.fromhex(_folder_oid(child)))
            entries.append((raw + b"/", row))
    return object_id("tree", b"".join(row for _, row in sorted(entries)))
