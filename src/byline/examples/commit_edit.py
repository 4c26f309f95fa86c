"""The `commit_edit` recipe: an instruction and the files before it, taught as search/replace.

After CommitPackFT (arXiv 2308.07124), with the validated search/replace form that Clean-PR (arXiv
2602.07457) found to teach better than diffs. Every line shown, changed or not, is by people whose
decisions permit it: a commit that needs anything else is left out, with its reason.

Two sets: ``company``, of several files and an organisation's own subjects, and ``strict``, of one
file and CommitPackFT's filters. Files may be created, deleted and renamed. Files that nobody wrote
are dropped from their commit (`byline.examples.changed_file`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from byline.examples.candidate import settings_digest
from byline.examples.chance import fraction
from byline.examples.change_records import changed_lines, whole_record
from byline.examples.changed_file import changed_files
from byline.examples.commit_units import (
    CommitUnit,
    commit_sources,
    commit_units,
    latest,
    message_of,
    require_standing,
)
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile, piece_of
from byline.examples.material import Material
from byline.examples.messages import company_reason, instruction, is_bump, strict_reason
from byline.examples.pieces import Piece, joined
from byline.examples.rendering_files import blocks, state
from byline.examples.rendering_layout import RenderSettings
from byline.examples.rendering_turns import LossByOrigin
from byline.examples.tokens import STARCODER2, forged

RECIPE = "commit_edit"
VERSION = "5"
STYLE: Final = "search_replace"
TOKEN: Final = re.compile(r"\w+|[^\w\s]")
EVERYBODY: Final = LossByOrigin(ai=1.0, bot=1.0)
"""Of a commit all lines are learned, whoever wrote them: terms say which may be."""


@dataclass(frozen=True)
class CommitEditSettings:
    """Limits of the recipe, in lines and characters; those without a source are ours.

    Attributes:
        seed: For choices by hash.
        kind: ``company`` or ``strict``; the limits of one do not bind the other.
        max_files: Of a commit, company.
        max_changed_lines: A larger change is left out.
        small_change: Changes of at most so many lines are kept at `small_change_rate`, company.
        bump_rate: How many changes of a version's number are kept.
        min_subject_words: Of the subject, company.
        revert_days: What was taken back within so many days teaches nothing.
        context_lines: Shown around each change.
        max_characters: Of the whole example (ours).
        strict_tokens: Least and most of both states of a strict file, in words and signs.
        strict_characters: Most of a strict file before.
    """

    seed: int = 17
    kind: Literal["company", "strict"] = "company"
    max_files: int = 5
    max_changed_lines: int = 200
    small_change: int = 2
    small_change_rate: float = 0.1
    bump_rate: float = 0.1
    min_subject_words: int = 4
    revert_days: float = 14.0
    context_lines: int = 10
    max_characters: int = 24_000
    strict_tokens: tuple[int, int] = (50, 768)
    strict_characters: int = 50_000

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def edit_rendering(settings: CommitEditSettings) -> RenderSettings:
    """How edits are written, whatever the release's settings are."""
    return RenderSettings(loss=EVERYBODY, context_lines=settings.context_lines, seed=settings.seed)


def commit_edits(source: Material, settings: CommitEditSettings) -> Iterator[Draft | Declined]:
    """A draft for each commit of the material, or why there is none.

    Args:
        source: From `byline.examples.commit_units.commit_material`.
        settings: Limits.
    """
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)

    def make(unit: Unit[CommitUnit], identity: str, log: Log) -> Draft:
        return _draft(unit, identity, log, source, settings)

    return each(making, commit_units(source), make)


def _draft(
    unit: Unit[CommitUnit],
    identity: str,
    log: Log,
    source: Material,
    settings: CommitEditSettings,
) -> Draft:
    commit = unit.what.commit
    require_standing(commit, source, log, settings.revert_days)
    text, known = message_of(commit, source)
    wording = _instruction(unit, text, identity, log, settings)
    files = changed_files(unit.what.rows, source, log)
    if not files:
        raise LeftOutError("no_files")
    _check_files(unit, files, identity, log, settings)
    message = piece_of(f"{wording}\n", known, 0.0)
    size = _size(files, message, settings)
    log.require("too_large", size, settings.max_characters, size <= settings.max_characters)
    return Draft(
        identity=identity,
        recipe=RECIPE,
        version=VERSION,
        settings_digest=settings.digest,
        work_class="code",
        record={
            "repository": commit["repository"],
            "commit": commit["commit"],
            "instruction": wording,
            "files": [whole_record(file) for file in files],
        },
        turns=(
            Turn("user", "state", files=tuple(files)),
            Turn("user", "intent", (message,)),
            Turn("assistant", "action", files=tuple(files), learn=1.0),
        ),
        sources=commit_sources(commit, files),
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=latest(files, commit, context_lines=settings.context_lines),
        target="".join(block.replace for file in files for block in file.blocks) + wording,
        context=[{"path": file.path, "role": "edited", "hindsight": True} for file in files],
        labels={"replayed": "true", "commit": commit["commit"], "set": settings.kind},
        decisions=log.decisions,
    )


def _instruction(
    unit: Unit[CommitUnit], text: str, identity: str, log: Log, settings: CommitEditSettings
) -> str:
    """The instruction that a message is; whether it is one is asked rule by rule."""
    if is_bump(text):
        chance = fraction(identity, settings.seed, "bump")
        log.require("message: bump_thinned", chance, settings.bump_rate,
                    chance < settings.bump_rate)  # fmt: skip
    wording, reason = instruction(text, bumps=True)
    if wording is None:
        log.require(reason, 0, 1, keep=False)
        raise LeftOutError(reason)
    if forged(wording):
        raise LeftOutError("contains_control_token")
    further = (
        company_reason(text, wording, min_words=settings.min_subject_words)
        if settings.kind == "company"
        else strict_reason(text, wording, path=str(unit.what.rows[0]["path"]))
    )
    if further is not None and not is_bump(text):
        log.require(further, len(wording.split()), settings.min_subject_words, keep=False)
    return wording


def _check_files(
    unit: Unit[CommitUnit],
    files: Sequence[ChangedFile],
    identity: str,
    log: Log,
    settings: CommitEditSettings,
) -> None:
    count, changed = len(unit.what.rows), sum(changed_lines(file) for file in files)
    most = 1 if settings.kind == "strict" else settings.max_files
    log.require("too_many_files", count, most, count <= most)
    limit = settings.max_changed_lines
    log.require("too_many_lines", changed, limit, changed <= limit)
    if settings.kind == "strict":
        _check_strict(files[0], log, settings)
        return
    if changed <= settings.small_change:
        chance = fraction(identity, settings.seed, "small")
        rate = settings.small_change_rate
        log.require("small_change_thinned", chance, rate, chance < rate)


def _check_strict(file: ChangedFile, log: Log, settings: CommitEditSettings) -> None:
    before, after = "".join(file.before), "".join(file.after)
    log.require("only_modified", file.status != "M", 0, file.status == "M")
    size, (least, most) = len(before), settings.strict_tokens
    log.require("strict: characters", size, settings.strict_characters,
                size < settings.strict_characters)  # fmt: skip
    count = len(TOKEN.findall(before)) + len(TOKEN.findall(after))
    log.require("strict: tokens.min", count, least, count >= least)
    log.require("strict: tokens.max", count, most, count <= most)


def _size(files: Sequence[ChangedFile], message: Piece, settings: CommitEditSettings) -> int:
    lines = settings.context_lines
    shown = [piece for one in files for piece in state(one, STARCODER2, context_lines=lines)]
    answer = [piece for one in files for piece in blocks(one, STARCODER2, learn=1.0)]
    return len(joined([*shown, message, *answer]))
