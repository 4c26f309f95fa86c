"""The `break_repair` recipe: from a failed build and its log to the change that made it pass.

After Google's resolution sessions and Jane Street's green-red-green records: the
red state and the error are shown, the fix is learned. Three templates, each with its own ids:

``single``      one failure: files as they were, log, then the fix;
``session``     several: files and log, attempt, next log, … then the fix; attempts weigh
                ``attempt_loss`` (0.3), or nothing;
``preference``  a real fix of a failure against a suppression of the same one.

Declined, with their reason: builds that nothing repaired, flaky ones and those that infrastructure
failed; logs that name nothing; large fixes; fixes that only suppress (``suppressed_fix``), which
are kept as the rejected side of a preference if the bucket has a real fix of the same signature.

The windows of files around the fix are chosen by knowing it, and so marked as hindsight.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from byline.examples.candidate import settings_digest
from byline.examples.change_records import whole_record
from byline.examples.changed_file import changed_files
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_sources import shown_source
from byline.examples.edit_sources import source as content_source
from byline.examples.edit_view import ChangedFile
from byline.examples.issue_record import changed_lines, replaced
from byline.examples.material import Material, pieces_of, reason_against, source_of
from byline.examples.pieces import Piece, cut, joined
from byline.examples.repair_record import (
    by_machines,
    changed_names,
    context_of,
    labels_of,
    latest_of,
    log_record,
    minutes_between,
    words_of,
)
from byline.examples.repair_suppression import suppressed
from byline.examples.repair_units import Failure, Session, builds_of, unit_of
from byline.examples.tokens import forged
from byline.workspace.files import sha256_text

RECIPE: Final = "break_repair"
VERSION: Final = "1"
SINGLE, SESSION, PREFERENCE = "single", "session", "preference"
GAP: Final = "[… lines left out …]\n"


@dataclass(frozen=True)
class BreakRepairSettings:
    """Limits of the recipe; lengths are in characters, 4 of them for a token.

    Attributes:
        templates: Which are made.
        max_files: Of a fix.
        max_lines: Changed by a fix.
        max_log_characters: A longer log loses its middle.
        min_named: Files that the log names, or changed names in it, at least.
        max_attempts: Failed builds of a session, at most.
        attempt_loss: Weight of attempts that failed; 0 learns the last change only.
        max_length_ratio: Of a preference's two sides; a larger one is noted in its log.
    """

    seed: int = 17
    templates: tuple[str, ...] = (SINGLE, SESSION, PREFERENCE)
    max_files: int = 5
    max_lines: int = 100
    max_log_characters: int = 16_000
    min_named: int = 1
    max_attempts: int = 6
    attempt_loss: float = 0.3
    max_length_ratio: float = 2.0

    @property
    def digest(self) -> str:
        """A digest of the settings."""
        return settings_digest(RECIPE, VERSION, self)

    def digest_of(self, template: str) -> str:
        """A digest of the settings and a template, recorded in its examples: one id for each."""
        return sha256_text(self.digest, template)


def break_repair(source: Material, settings: BreakRepairSettings) -> Iterator[Draft | Declined]:
    """The examples of every failed build, template by template.

    Raises:
        IntegrityError: Redaction moved lines.
    """
    builds = builds_of(source)
    singles = [unit_of((one,), source) for one in builds.failures.values()]
    sessions = [unit_of(one, source) for one in builds.sessions]
    real: dict[str, Draft] = {}
    suppressions: list[Unit[Session]] = []
    maker = _Maker(source, settings)
    for made, unit in zip(_each(SINGLE, singles, maker), singles, strict=True):
        signature = str(unit.what[-1].detail.get("signature") or "")
        if isinstance(made, Draft) and signature:
            real.setdefault(signature, made)
        if isinstance(made, Declined) and made.reason == "suppressed_fix":
            suppressions.append(unit)
        if SINGLE in settings.templates:
            yield made
    if SESSION in settings.templates:
        yield from _each(SESSION, sessions, maker)
    if PREFERENCE in settings.templates:
        yield from _each(PREFERENCE, suppressions, replace(maker, real=real))


@dataclass(frozen=True)
class _Maker:
    source: Material
    settings: BreakRepairSettings
    real: Mapping[str, Draft] | None = None  # real fixes by signature, for preferences

    def make(self, unit: Unit[Session], identity: str, log: Log) -> Draft:
        if self.real is not None:
            return self._preference(unit, identity, log)
        return self._repaired(unit, identity, log)

    def _repaired(self, unit: Unit[Session], identity: str, log: Log) -> Draft:
        session = unit.what
        steps = len(session)
        limit = self.settings.max_attempts
        if steps > 1:
            log.require("attempts", steps, limit, keep=steps <= limit)
        fixes = [self._fix(one, log, last=one is session[-1]) for one in session]
        how = suppressed(fixes[-1])
        log.require("suppressed_fix", float(how is not None), 0, keep=how is None)
        logs = [self._log(one, files, log) for one, files in zip(session, fixes, strict=True)]
        turns = tuple(self._turns(logs, fixes))
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest_of(SESSION if steps > 1 else SINGLE),
            work_class="process",
            record=self._record(session, logs, fixes),
            turns=turns,
            sources=self._sources(unit, fixes),
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=latest_of(unit, fixes),
            target=replaced(fixes[-1]),
            context=context_of(fixes),
            labels=labels_of(session, SESSION if steps > 1 else SINGLE),
            decisions=log.decisions,
        )

    def _fix(self, one: Failure, log: Log, *, last: bool) -> list[ChangedFile]:
        """The files of a repair, or of an attempt before it."""
        rows = [row for row in (one.repair if last else one.attempt) if row["path"] or row["skip"]]
        if not rows:
            raise LeftOutError(one.unrepaired if last else "no_attempt")
        limit = self.settings.max_files
        log.require("fix.files", len(rows), limit, keep=len(rows) <= limit)
        if any(row["commit"] not in self.source.commits for row in rows if not row["skip"]):
            raise LeftOutError("unknown_commit")
        files = changed_files(rows, self.source, log)
        lines = sum(changed_lines(file) for file in files)
        most = self.settings.max_lines
        log.require("fix.lines", lines, most, keep=lines <= most)
        if last:
            machines = by_machines(files)
            log.require("machine_written", machines, 1, keep=machines < 1)
        return files

    def _log(self, one: Failure, files: Sequence[ChangedFile], log: Log) -> list[Piece]:
        """The clean log, which must name something of what is repaired."""
        if one.log is None:
            raise LeftOutError("no_log")
        reason = reason_against(one.log, self.source)
        if reason is not None:
            raise LeftOutError(reason)
        pieces = pieces_of(one.log, self.source)
        text = joined(pieces)
        if forged(text):
            raise LeftOutError("contains_control_token")
        named = len(one.detail.get("named_paths") or ()) + len(
            changed_names(files) & words_of(text)
        )
        least = self.settings.min_named
        log.require("log.named", named, least, keep=named >= least)
        most = self.settings.max_log_characters
        log.note("log.characters", len(text), most)
        if len(text) <= most:
            return pieces
        half = most // 2
        return [*cut(pieces, 0, half), Piece(f"\n{GAP}"), *cut(pieces, len(text) - half, len(text))]

    def _turns(
        self, logs: Sequence[Sequence[Piece]], fixes: Sequence[Sequence[ChangedFile]]
    ) -> Iterator[Turn]:
        for number, (words, files) in enumerate(zip(logs, fixes, strict=True), start=1):
            last = number == len(fixes)
            yield Turn("user", "state", files=tuple(files))
            yield Turn("tool", "observation", pieces=tuple(words), heading="Build log")
            learn = 1.0 if last else self.settings.attempt_loss
            yield Turn("assistant", "action", files=tuple(files), learn=learn)

    def _record(
        self,
        session: Session,
        logs: Sequence[Sequence[Piece]],
        fixes: Sequence[Sequence[ChangedFile]],
    ) -> dict[str, Any]:
        last = session[-1]
        told = [log_record(one, words) for one, words in zip(session, logs, strict=True)]
        green = last.green
        return {
            "repo": last.item["repository"],
            "build": last.item["key"],
            "green_build": green["key"] if green else None,
            "red_sha": fixes[0][0].row["parent"],
            "green1": fixes[-1][0].row["commit"],
            "log": told[-1],
            "files": [whole_record(file) for file in fixes[-1]],
            "minutes": minutes_between(session[0].item, green),
            "n_attempts": len(session) - 1,
            "attempts": [
                {"log": words, "files": [whole_record(file) for file in files]}
                for words, files in zip(told[:-1], fixes[:-1], strict=True)
            ],
        }

    def _sources(
        self, unit: Unit[Session], fixes: Sequence[Sequence[ChangedFile]]
    ) -> list[dict[str, Any]]:
        logs = [source_of(one.log, one.item) for one in unit.what if one.log is not None]
        commits = self.source.commits
        files = [(file, commits[file.row["commit"]]) for each_ in fixes for file in each_]
        return logs + [
            shown_source(content_source(file.row, commit), file, commit) for file, commit in files
        ]

    def _preference(self, unit: Unit[Session], identity: str, log: Log) -> Draft:
        """A suppression beside the real fix of the same failure."""
        failure = unit.what[-1]
        real = (self.real or {}).get(str(failure.detail.get("signature") or ""))
        if real is None:
            raise LeftOutError("no_real_fix")
        files = self._fix(failure, log, last=True)
        how = suppressed(files) or ""
        chosen, rejected = len(real.target), len(replaced(files))
        ratio = max(chosen, rejected, 1) / max(1, min(chosen, rejected))
        most = self.settings.max_length_ratio
        log.note("length_ratio", ratio, most)
        turn = Turn("assistant", "action", files=tuple(files), learn=1.0)
        return replace(
            real,
            identity=identity,
            settings_digest=self.settings.digest_of(PREFERENCE),
            record={**real.record, "rejected": [whole_record(file) for file in files],
                    "reason": how},
            rejected=(turn,),
            sources=[*real.sources, *self._sources(unit, [files])],
            item=unit.item,
            time=max(real.time, latest_of(unit, [files])),
            context=[*real.context, *context_of([files])],
            labels={**real.labels, "template": PREFERENCE, "suppressed": how},
            decisions=log.decisions,
        )  # fmt: skip


def _each(
    template: str, units: Sequence[Unit[Session]], maker: _Maker
) -> Iterator[Draft | Declined]:
    digest = maker.settings.digest_of(template)
    making = Making(RECIPE, VERSION, digest, maker.source.overrides)
    return each(making, units, maker.make)
