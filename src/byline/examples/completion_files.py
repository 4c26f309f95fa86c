"""Files that the `completion` recipe teaches from, and what of each is shown before another."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from byline.examples import pieces as parts
from byline.examples.allowed import Allowed
from byline.examples.candidate import settings_digest
from byline.examples.chance import fraction
from byline.examples.middle import LIMITS, MiddleLimits
from byline.examples.pieces import Piece
from byline.examples.repository_packing import imported, neighbours, topological

RECIPE = "completion"
VERSION = "3"


@dataclass(frozen=True)
class CompletionSettings:
    """Rates of the recipe; see the module for their sources.

    Attributes:
        seed: For choices by hash.
        middle_rate: How often a stretch has a middle to fill in.
        suffix_first_rate: How often its suffix comes first then.
        repository_name_rate: How often the repository is named.
        packing_rate: How often other files are shown before it. 0 by default: a model with a small
            context learns nothing from what it cannot see.
        imports_rate: How often those are what the file imports; else any by hash (StarCoder2).
        packed_characters: How many of other files are shown at most (ours).
        middles: Rates and sizes of middles.
    """

    seed: int = 17
    middle_rate: float = 0.5
    suffix_first_rate: float = 0.5
    repository_name_rate: float = 0.5
    packing_rate: float = 0.0
    imports_rate: float = 0.5
    packed_characters: int = 8000
    middles: MiddleLimits = LIMITS

    @cached_property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


@dataclass(frozen=True)
class FileToTeach:
    """A clean file with what is known of its lines, and its segments that teach."""

    row: Mapping[str, Any]
    lines: Sequence[str]
    known: Sequence[Allowed]
    path: str
    language: str
    segments: Sequence[Mapping[str, Any]]

    def packed(self) -> list[Piece]:
        """What of it may train, to be shown before another file."""
        found: list[Piece] = []
        end = 0
        for segment in sorted(self.segments, key=lambda one: one["start"]):
            if segment["split"] != "train":
                continue
            start = segment["start"] - 1
            if found and start != end:
                found.append(Piece("...\n"))
            end = start + segment["lines"]
            found += parts.weighted(self.pieces(start, end), 0.0)
        return [Piece(f"<file_sep>{self.path}\n"), *found] if found else []

    def pieces(self, start: int, end: int, *, beside: tuple[int, int] | None = None) -> list[Piece]:
        """The lines [start, end), counted from 0, as pieces that carry loss.

        Runs of lines of the same people are one piece, unless a line among those or `beside` them
        has more than two authors: thirds are rounded, and a sum of them depends on the cuts.
        """
        first, last = (min(start, beside[0]), max(end, beside[1])) if beside else (start, end)
        crowded = self._crowded
        at = bisect_left(crowded, first)
        by_line = at < len(crowded) and crowded[at] < last
        found: list[Piece] = []
        while start < end:
            known = self.known[start]
            place = start + 1
            while not by_line and place < end and _is_alike(self.known[place], known):
                place += 1
            found.append(
                Piece(
                    text="".join(self.lines[start:place]),
                    contributor=next(iter(known.people), None),
                    origin=known.origin,
                    loss=1.0,
                    people=known.people,
                    clauses=known.clauses,
                )
            )
            start = place
        return found

    @cached_property
    def _crowded(self) -> list[int]:
        """The lines that more than two people wrote."""
        return [place for place, known in enumerate(self.known) if len(known.people) > 2]


def _is_alike(one: Allowed, other: Allowed) -> bool:
    """Whether a piece of text can be of both."""
    return one is other or (
        one.people == other.people and one.origin == other.origin and one.clauses == other.clauses
    )


class Packing:
    """The files of a bucket by repository, to be shown before one another."""

    def __init__(self, sources: Sequence[FileToTeach], settings: CompletionSettings) -> None:
        self._settings = settings
        self._files: dict[str, dict[str, FileToTeach]] = {}
        self._known: dict[str, tuple[dict[str, list[str]], dict[str, int], list[str]]] = {}
        for source in sources if settings.packing_rate > 0 else ():
            self._files.setdefault(source.row["repository"], {})[source.path] = source

    def before(self, source: FileToTeach, identity: str) -> list[FileToTeach]:
        """The files to show before one, the closest last."""
        settings = self._settings
        repository = source.row["repository"]
        if fraction(identity, settings.seed, "packing") >= settings.packing_rate:
            return []
        files = self._files[repository]
        imports, sizes, order = self._about(repository)
        by_imports = fraction(identity, settings.seed, "imports") < settings.imports_rate
        chosen = neighbours(
            source.path, imports, sizes, order, identity=identity, seed=settings.seed,
            by_imports=by_imports, characters=settings.packed_characters,
        )  # fmt: skip
        return [files[path] for path in chosen]

    def _about(self, repository: str) -> tuple[dict[str, list[str]], dict[str, int], list[str]]:
        if repository not in self._known:
            files = self._files[repository]
            shown = {path: parts.joined(file.packed()) for path, file in files.items()}
            imports = {
                path: imported(path, shown[path], file.language, files.keys())
                for path, file in files.items()
            }
            sizes = {path: len(text) for path, text in shown.items()}
            self._known[repository] = imports, sizes, topological(imports)
        return self._known[repository]
