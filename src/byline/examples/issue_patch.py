"""The `issue_patch` recipe: an issue as it stood before anybody worked on it, and what solved it.

After SWE-RL (arXiv 2502.18449), Clean-PR (arXiv 2602.07457) and SWE-rebench (arXiv 2505.20411),
without running anything. One issue makes up to four examples, told apart by the label ``stage``:

- ``edit``: issue and files, among them some that need no change, to search/replace blocks;
- ``files``: issue and a list of files, to those that are edited;
- ``regions``: issue and numbered files, to the lines that are edited;
- ``no_edit``: issue and one file that looks right and is not, to "no edit".

Invariants: title, description and comments are as of before the first commit; of several people's
words only what may be used is left (`byline.examples.threads`); the tests that the solution changed
are no part of the answer, and only their number is told; whatever is shown by knowing the answer
has ``hindsight``, which an edited file has not if a search by the issue's words found it too and
all of it is shown.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from byline.examples.bm25 import index, ranked
from byline.examples.candidate import settings_digest
from byline.examples.chance import pick
from byline.examples.changed_file import changed_file, changed_files
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_sources import shown_source, source
from byline.examples.edit_view import ChangedFile
from byline.examples.issue_quality import difficulty, quality_codes
from byline.examples.issue_record import changed_lines, context_of, record_of, replaced
from byline.examples.issue_solutions import Solution, solutions
from byline.examples.issue_stages import STAGES, Known, answer, prompt
from byline.examples.issue_statement import Told, told_before
from byline.examples.localisation import excerpt, is_test, shown_characters
from byline.examples.material import Material, Row, source_of
from byline.examples.pieces import joined
from byline.examples.threads import thread_for
from byline.workspace.files import sha256_text

RECIPE: Final = "issue_patch"
VERSION: Final = "1"
LATEST: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class IssuePatchSettings:
    """Limits of the recipe.

    Attributes:
        seed: For choices by hash.
        stages: Which of edit, files, regions and no_edit are made.
        min_description: Characters of the description (SWE-rebench: more than 10).
        max_issues: How many issues the change may close (SWE-rebench: one).
        max_files: Of the patch, tests aside (SWE-rebench: 15).
        max_lines: Changed lines of the patch (SWE-smith: 500).
        max_characters: Of prompt and answer, about 32,000 tokens (SWE-RL, daVinci-Dev).
        excerpt_lines: Of a file that is not edited. Ours.
        max_comments: The first so many comments from before the work. Ours.
        easy: Files and lines up to which a solution counts as easy. Ours.
        hard: Files and lines beyond which it counts as hard. Ours.
    """

    seed: int = 17
    stages: tuple[str, ...] = STAGES
    min_description: int = 11
    max_issues: int = 1
    max_files: int = 15
    max_lines: int = 500
    max_characters: int = 96_000
    excerpt_lines: int = 200
    max_comments: int = 20
    easy: tuple[int, int] = (1, 15)
    hard: tuple[int, int] = (5, 150)

    @property
    def digest(self) -> str:
        """A digest of the settings."""
        return settings_digest(RECIPE, VERSION, self)

    def digest_of(self, stage: str) -> str:
        """A digest of the settings and a stage, recorded in its examples: one id for each."""
        return sha256_text(self.digest, stage)


def issue_patch(source: Material, settings: IssuePatchSettings) -> Iterator[Draft | Declined]:
    """The examples of every solved issue, stage by stage.

    Raises:
        IntegrityError: Redaction moved lines.
    """
    found = solutions(source)
    for stage in settings.stages:
        making = Making(RECIPE, VERSION, settings.digest_of(stage), source.overrides)
        maker = _Maker(source, settings, stage)
        yield from each(making, (_unit(one, source) for one in found), maker.make)


def _unit(solution: Solution, material: Material) -> Unit[Solution]:
    issue = solution.issue
    parts = [
        part
        for part in material.parts.get(issue["item"], ())
        if part["kind"] in ("title", "description")
    ]
    changes = [
        source(row, material.commits[row["commit"]])
        for row in solution.changes
        if row["commit"] in material.commits and row["path"]
    ]
    times = [one["time"] for one in changes] + [part["time"] for part in parts if part["time"]]
    group = material.groups.get(issue["item"])
    opened = issue["opened"] or solution.began
    known = [time for time in (opened, *times) if time is not None]
    return Unit(
        what=solution,
        sources=[source_of(part, {**issue, "opened": opened or _latest(material)})
                 for part in parts] + changes,
        item=issue["item"],
        repository=issue["repository"] or issue["source"],
        time=max(known, default=_latest(material)),
        group=group.identity if group else issue["item"],
    )  # fmt: skip


def _by_rank(rows: Sequence[Row], words: str) -> list[Row]:
    """Files in the order of how well they fit some words, then of path."""
    table = pa.table(
        {"path": [row["path"] for row in rows], "text": [row["before"] for row in rows]},
        schema=pa.schema([("path", pa.string()), ("text", pa.string())]),
    )
    order = {path: place for place, (path, _) in enumerate(ranked(index(table), words))}
    return sorted(rows, key=lambda row: (order.get(row["path"], len(order)), row["path"]))


def _latest(material: Material) -> dt.datetime:
    """A time for what has none: the latest of all, so that it never trains too early."""
    return max((group.time for group in material.groups.values()), default=LATEST)


@dataclass(frozen=True)
class _Maker:
    """Makes the drafts of one stage."""

    source: Material
    settings: IssuePatchSettings
    stage: str

    def make(self, unit: Unit[Solution], identity: str, log: Log) -> Draft:
        solution = unit.what
        self._check_solution(solution, log)
        thread = thread_for(self.source, solution.issue["item"], log)
        told = told_before(
            thread, solution, log, min_description=self.settings.min_description,
            max_comments=self.settings.max_comments,
        )  # fmt: skip
        edited, tests = self._edited(solution, log)
        others, found = self._others(solution, edited, told.statement, log)
        known = Known(
            issue=told.issue,
            comments=told.comments,
            edited=edited,
            others=others,
            wrong=pick(identity, self.settings.seed, "no_edit", among=others) if others else None,
        )
        turns = (*prompt(self.stage, known, log), answer(self.stage, known))
        self._check_size(turns, log)
        return self._draft(unit, identity, log, known, told, tests, found, turns)

    def _check_solution(self, solution: Solution, log: Log) -> None:
        opened, began = solution.issue["opened"], solution.began
        log.require("change.files", len(solution.changes), 1, keep=bool(solution.changes))
        log.note("solutions", solution.solutions, 1)
        log.require("reverted", float(solution.reverted), 0, keep=not solution.reverted)
        limit = self.settings.max_issues
        log.require("issues", solution.issues, limit, keep=solution.issues <= limit)
        if opened is None or began is None:
            raise LeftOutError("no_time")
        minutes = (began - opened).total_seconds() / 60
        log.require("issue.minutes_before", minutes, 0, keep=minutes >= 0)

    def _edited(self, solution: Solution, log: Log) -> tuple[list[ChangedFile], list[Row]]:
        """The files of the patch, and the rows of the tests that changed with it."""
        tests = [row for row in solution.changes if row["path"] and is_test(row["path"])]
        rest = [row for row in solution.changes if not (row["path"] and is_test(row["path"]))]
        log.note("tests_apart", len(tests), len(solution.changes))
        log.require("patch.files", len(rest), self.settings.max_files,
                    keep=0 < len(rest) <= self.settings.max_files)  # fmt: skip
        if any(row["commit"] not in self.source.commits for row in rest if not row["skip"]):
            raise LeftOutError("unknown_commit")
        edited = changed_files(rest, self.source, log)
        lines = sum(changed_lines(file) for file in edited)
        log.require("patch.lines", lines, self.settings.max_lines,
                    keep=lines <= self.settings.max_lines)  # fmt: skip
        return edited, tests

    def _others(
        self, solution: Solution, edited: Sequence[ChangedFile], statement: str, log: Log
    ) -> tuple[list[ChangedFile], set[str]]:
        """Files that are shown and not edited, and the edited ones that the search found too.

        More were asked for than are needed, because some did not exist then, or may not be shown:
        the best by the words of the issue are taken until there are enough.
        """
        paths = {path for row in solution.changes for path in (row["path"], row["old_path"])}
        wanted = max(1, len(edited))
        found: set[str] = set()
        others: list[ChangedFile] = []
        for row in _by_rank(solution.shown, statement):
            if len(others) == wanted:
                break
            if row["path"] in paths:
                found.add(row["path"])
                continue
            if row["commit"] not in self.source.commits:
                continue
            try:
                file = changed_file(row, self.source, Log())
            except LeftOutError as reason:
                log.note(f"not_shown: {reason}", 1, 0)
                continue
            others.append(excerpt(file, statement, lines=self.settings.excerpt_lines))
        log.note("distractors", len(others), wanted)
        return others, found

    def _check_size(self, turns: Sequence[Turn], log: Log) -> None:
        size = sum(len(piece.text) for turn in turns for piece in turn.pieces)
        for file in (file for turn in turns for file in turn.files):
            blocks = sum(len(block.search) + len(block.replace) for block in file.blocks)
            size += blocks if file.blocks else shown_characters(file)
        limit = self.settings.max_characters
        log.require("characters", size, limit, keep=size <= limit)

    def _draft(
        self,
        unit: Unit[Solution],
        identity: str,
        log: Log,
        known: Known,
        told: Told,
        tests: Sequence[Row],
        found: set[str],
        turns: tuple[Turn, ...],
    ) -> Draft:
        solution, edited = unit.what, known.edited
        lines = sum(changed_lines(file) for file in edited)
        codes = quality_codes(
            told.statement,
            paths=[file.path for file in edited],
            added="".join(block.replace for file in edited for block in file.blocks),
            tests=[str(row["path"]) for row in tests],
            issues=solution.issues,
        )
        answered = joined(piece for piece in turns[-1].pieces)
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest_of(self.stage),
            work_class="process",
            record=record_of(solution, self.stage, told, known, len(tests)),
            turns=turns,
            sources=[*(source_of(one.row, solution.issue) for one in told.said),
                     *self._file_sources(known)],
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=max([unit.time, *(one.time for one in told.said), *_times(edited)]),
            target=told.statement + answered + replaced(edited),
            context=context_of(self.stage, known, found, edited_later=bool(told.edits)),
            labels={
                "stage": self.stage,
                "quality": ",".join(codes),
                "difficulty": difficulty(files=len(edited), lines=lines, easy=self.settings.easy,
                                         hard=self.settings.hard),
                "replayed": "true",
                "description": told.as_of,
                "reviewed": "true" if solution.review is not None else "false",
                "tests": "true" if tests else "false",
            },
            decisions=log.decisions,
        )  # fmt: skip

    def _file_sources(self, known: Known) -> Iterator[dict[str, Any]]:
        others = [file for file in known.shown(self.stage) if file.row["status"] == "S"]
        for file in (*known.edited, *others):
            commit = self.source.commits[file.row["commit"]]
            yield shown_source(source(file.row, commit), file, commit)


def _times(edited: Sequence[ChangedFile]) -> Iterator[dt.datetime]:
    """When each line that the solution put in was written: some later than its last commit."""
    for file in edited:
        yield from {known.time for known in file.known_after if known.reason is None}
