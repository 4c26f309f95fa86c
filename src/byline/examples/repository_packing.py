"""Files of one repository in one prompt: what a file imports before it, or files in hashed order.

After StarCoder2 (arXiv 2402.19173) and the topological order of repository-level packing
(DeepSeek-Coder, arXiv 2401.14196). Imports are read by their form alone; what names no file of the
repository is passed over. Cycles are cut where they are first met, in order of path.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from byline.examples.chance import fraction

PYTHON: Final = re.compile(
    r"(?m)^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import|import[ \t]+([\w., \t]+))"
)
SCRIPT: Final = re.compile(
    r"""(?:\bfrom\s{0,9}|\bimport\s{0,9}\(?\s{0,9}|\brequire\s{0,9}\(\s{0,9})["']([^"'\n]{1,200})["']"""
)
QUOTED: Final = re.compile(r'(?m)^[ \t]*(?:#[ \t]*include|import)?[ \t]*"([^"\n]{1,200})"')
DOTTED: Final = re.compile(r"(?m)^[ \t]*(?:import|use|using)[ \t]+(?:static[ \t]+)?([\w.:\\]+)")
ENDINGS: Final = (
    "", ".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".go", ".rs", ".java", ".kt", ".cs", ".h",
    ".hpp", ".c", ".cc", ".cpp", ".rb", ".php", "/__init__.py", "/index.ts", "/index.js",
)  # fmt: skip
SCRIPTS: Final = frozenset({"JavaScript", "TypeScript", "TSX", "JSX", "Vue", "Svelte"})
HEAD: Final = 20_000  # characters of a file that imports are looked for in


def imported(path: str, text: str, language: str, paths: Collection[str]) -> list[str]:
    """The files of a repository that a file imports, in order of path.

    Args:
        path: Of the file.
        text: Of the file, or its permitted part.
        language: As in `LABELS`.
        paths: All files that may be named.
    """
    by_end = _by_last_name(paths)
    found = set()
    for name in _names(path, text[:HEAD], language):
        hit = _file_of(name, paths, by_end)
        if hit is not None and hit != path:
            found.add(hit)
    return sorted(found)


def _names(path: str, text: str, language: str) -> Iterator[str]:
    """Paths without an ending, absolute from the root or the end of one, that a text names."""
    folder = posixpath.dirname(path)
    if language == "Python":
        for match in PYTHON.finditer(text):
            names = [match[1]] if match[1] else [one.split()[0] for one in match[2].split(",")
                                                 if one.split()]  # fmt: skip
            for name in names:
                dots = len(name) - len(name.lstrip("."))
                rest = name[dots:].replace(".", "/")
                up = "/".join([folder, *[".."] * (dots - 1)])
                yield posixpath.normpath(posixpath.join(up, rest)) if dots else rest
    elif language in SCRIPTS:
        for match in SCRIPT.finditer(text):
            name = match[1]
            yield posixpath.normpath(posixpath.join(folder, name)) if name[0] == "." else name
    else:
        for match in QUOTED.finditer(text):
            yield posixpath.normpath(posixpath.join(folder, match[1]))
            yield match[1]
        for match in DOTTED.finditer(text):
            yield re.sub(r"[.:\\]+", "/", match[1]).strip("/")


def _by_last_name(paths: Collection[str]) -> dict[str, list[str]]:
    """Paths by the name of their file without its ending, or of their folder for a package."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        stem = posixpath.splitext(posixpath.basename(path))[0]
        name = (
            posixpath.basename(posixpath.dirname(path)) if stem in ("__init__", "index") else stem
        )
        found.setdefault(name, []).append(path)
    return found


def _file_of(name: str, paths: Collection[str], by_end: Mapping[str, Sequence[str]]) -> str | None:
    """The file that a name means: exactly, or the only one whose path ends so."""
    if not name or name.startswith(("..", "/")):
        return None
    for ending in ENDINGS:
        if name + ending in paths:
            return name + ending
    last = posixpath.splitext(posixpath.basename(name))[0]
    ends = tuple(f"/{name}{ending}" for ending in ENDINGS)
    hits = [path for path in by_end.get(last, ()) if path.endswith(ends)]
    return hits[0] if len(hits) == 1 else None


def topological(imports: Mapping[str, Sequence[str]]) -> list[str]:
    """The files so that each comes after those that it imports, ties and cycles by path."""
    done: dict[str, None] = {}
    started: set[str] = set()
    for root in sorted(imports):
        pending = [(root, iter(sorted(imports[root])))]
        started.add(root)
        while pending:
            path, rest = pending[-1]
            following = next((one for one in rest if one in imports and one not in started), None)
            if following is None:
                pending.pop()
                done[path] = None
            else:
                started.add(following)
                pending.append((following, iter(sorted(imports[following]))))
    return list(done)


def neighbours(
    path: str,
    imports: Mapping[str, Sequence[str]],
    sizes: Mapping[str, int],
    order: Sequence[str],
    *,
    identity: str,
    seed: int,
    by_imports: bool,
    characters: int,
) -> list[str]:
    """The files to show before a file, the closest last.

    Args:
        path: The file.
        imports: Of every file of the repository, what it imports.
        sizes: How many characters each file would take.
        order: All files, dependencies first: `topological` of the imports.
        identity: Of the example, for the hashed order.
        seed: Likewise.
        by_imports: Whether what is imported comes, dependencies first; else any, by hash.
        characters: How many they may take together.
    """
    if by_imports:
        wanted = _reached(path, imports)
        files = [one for one in order if one in wanted]
    else:
        files = sorted(
            (one for one in imports if one != path),
            key=lambda one: fraction(identity, seed, f"neighbour:{one}"),
        )
    chosen: list[str] = []
    for one in reversed(files):
        if 0 < sizes.get(one, 0) <= characters:
            characters -= sizes[one]
            chosen.append(one)
    return chosen[::-1]


def _reached(path: str, imports: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    pending = list(imports.get(path, ()))
    while pending:
        one = pending.pop()
        if one not in found and one != path:
            found.add(one)
            pending += imports.get(one, ())
    return found
