"""The `commit_edit` recipe: an instruction and the files before it, taught as search/replace.

After CommitPackFT (arXiv 2308.07124), with the validated search/replace form that Clean-PR (arXiv
2602.07457) found to teach better than diffs. Every line shown, changed or not, is by people whose
decisions permit it: a commit that needs anything else is left out, with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from byline.corpus.contributions import message_item
from byline.corpus.split import Cuts, split_of
from byline.examples.allowed import (
    UNDECIDED,
    Allowed,
    Permissions,
    by_line,
    permissions,
    reason_in_account,
    without_copies,
)
from byline.examples.candidate import CANDIDATES, candidate, example_id
from byline.examples.chance import fraction
from byline.examples.edit_sources import message_source, shown_source, source
from byline.examples.edit_view import MARKERS, ChangedFile, action, piece_of, shown, state
from byline.examples.messages import instruction
from byline.examples.pieces import Piece
from byline.examples.redaction import Found, findings_by_text, redacted
from byline.examples.search_replace import NoAnchorError, SearchReplace, make_blocks
from byline.examples.segments import SENTINELS
from byline.work.identifiers import line_list
from byline.workspace.files import sha256_text

RECIPE = "commit_edit"
VERSION = "3"
RENDER = ("search_replace", "1")
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class CommitEditSettings:
    """Limits of the recipe, in lines and characters; see the module for their sources."""

    seed: int = 17
    max_changed_lines: int = 200
    small_change: int = 2  # changes of at most so many lines are kept at `small_change_rate`
    small_change_rate: float = 0.1
    context_lines: int = 10
    max_characters: int = 24_000

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return sha256_text(RECIPE, VERSION, repr(sorted(asdict(self).items())))


class _LeftOutError(Exception):
    """This commit makes no example; the text is the reason."""


def commit_edit(
    edits: pa.Table,
    commits: pa.Table,
    labels: pa.Table,
    findings: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    settings: CommitEditSettings,
    purposes: Sequence[str],
    cuts: Cuts,
) -> pa.Table:
    """`CANDIDATES` from a bucket of edits; a commit left out is a row with its reason.

    A row of a left-out commit has ``split = "left_out"`` and the reason in its labels, so that the
    accounting sees every commit.
    """
    shared = _Shared(
        settings=settings,
        purposes=purposes,
        cuts=cuts,
        permitted=permissions(contributions, decisions),
        found=findings_by_text(findings),
        labels={row["item"]: row for row in labels.to_pylist()},
    )
    files: dict[str, list[dict[str, Any]]] = {}
    for row in edits.to_pylist():
        files.setdefault(row["commit"], []).append(row)
    about = commits.select(["commit", "repository", "message", "author_time"])
    rows = []
    for commit in about.to_pylist():
        if commit["commit"] in files:
            changed = sorted(files[commit["commit"]], key=lambda row: str(row["path"]))
            rows.append(_example(commit, changed, shared))
    rows.sort(key=lambda row: str(row["id"]))
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


@dataclass(frozen=True)
class _Shared:
    settings: CommitEditSettings
    purposes: Sequence[str]
    cuts: Cuts
    permitted: Permissions
    found: Found
    labels: Mapping[str, Mapping[str, Any]]


def _example(
    commit: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], shared: _Shared
) -> dict[str, Any]:
    sources = [source(row, commit) for row in rows]
    # Two commits can lead to one state (a cherry-pick, a revert): the commit is part of the id.
    identity = example_id(RECIPE, shared.settings.digest, [*sources, message_source(commit)])
    try:
        return _taught(identity, commit, rows, sources, shared)
    except _LeftOutError as reason:
        return _left_out(identity, commit, str(reason), shared)


def _taught(
    identity: str,
    commit: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    sources: list[dict[str, Any]],
    shared: _Shared,
) -> dict[str, Any]:
    wording, message = _message(commit, shared)
    files = [_file(row, commit, shared) for row in rows]
    changed = sum(_changed_lines(file) for file in files)
    _check_size(identity, changed, shared.settings)
    prompt = [
        *(piece for file in files for piece in state(file, shared.settings.context_lines)),
        *message,
    ]
    answer = [piece for file in files for piece in action(file)]
    size = sum(len(piece.text) for piece in (*prompt, *answer))
    if size > shared.settings.max_characters:
        raise _LeftOutError("too_large")
    lines = [
        known
        for file in files
        for known in (*shown(file, shared.settings.context_lines), file.writer)
    ]
    latest = max([known.time for known in lines] + [commit["author_time"]])
    return candidate(
        identity=identity,
        recipe=RECIPE,
        record=_record(commit, wording, files),
        render=RENDER,
        pieces=[*prompt, *answer],
        prompt_pieces=len(prompt),
        sources=[
            *(shown_source(*pair, commit) for pair in zip(sources, files, strict=True)),
            message_source(commit),
        ],
        context=[{"path": file.path, "role": "edited", "hindsight": True} for file in files],
        labels={"replayed": "true", "commit": commit["commit"]},
        split=split_of(latest, shared.cuts),
        split_keys={
            "repo": commit["repository"],
            "group": commit["commit"],
            "time": latest,
            "dup": None,
        },
        decisions=[
            {
                "rule": "changed_lines",
                "value": float(changed),
                "limit": float(shared.settings.max_changed_lines),
                "keep": True,
            }
        ],
        purposes=shared.purposes,
        transform=(RECIPE, VERSION, shared.settings.digest),
        item=commit["commit"],
        first_line=None,
        target="".join(block.replace for file in files for block in file.blocks) + wording,
    )


def _left_out(
    identity: str, commit: Mapping[str, Any], reason: str, shared: _Shared
) -> dict[str, Any]:
    """A row that says which commit makes no example, and why; it holds nothing of the work."""
    return candidate(
        identity=identity,
        recipe=RECIPE,
        record={},
        render=RENDER,
        pieces=[],
        prompt_pieces=None,
        sources=[],
        context=[],
        labels={"reason": reason},
        split=LEFT_OUT,
        split_keys={
            "repo": commit["repository"],
            "group": commit["commit"],
            "time": commit["author_time"],
            "dup": None,
        },
        decisions=[],
        purposes=[],
        transform=(RECIPE, VERSION, shared.settings.digest),
        item=commit["commit"],
        first_line=None,
        target="",
    )


def _message(commit: Mapping[str, Any], shared: _Shared) -> tuple[str, list[Piece]]:
    """The instruction, and its pieces with their author."""
    item = message_item(commit["repository"], commit["commit"])
    known = shared.permitted.get(item, commit["commit"])
    if known is None or known.reason is not None:
        raise _LeftOutError(f"terms: {known.reason if known else 'undecided'}")
    if known.origin == "bot":
        raise _LeftOutError("bot")
    wording, reason = instruction(redacted(commit, "message", shared.found, item=item))
    if wording is None:
        raise _LeftOutError(reason)
    if any(sentinel in wording for sentinel in SENTINELS):
        raise _LeftOutError("contains_control_token")
    return wording, [Piece("<commit_msg>"), piece_of(f"{wording}\n", known, 0.0)]


def _file(row: Mapping[str, Any], commit: Mapping[str, Any], shared: _Shared) -> ChangedFile:
    if row["skip"]:
        raise _LeftOutError(row["skip"])
    label = shared.labels.get(row["item"])
    if label is None or label["generated"]:
        raise _LeftOutError("generated" if label else "unlabelled")
    writer = shared.permitted.get(row["item"], commit["commit"])
    before = line_list(redacted(row, "before", shared.found))
    known_before = without_copies(
        by_line(
            row["item"], row["before_origins"], shared.permitted, lines=len(before), side="before"
        ),
        label["copied_before"],
    )
    after = line_list(redacted(row, "after", shared.found))
    known_after = without_copies(
        by_line(
            row["item"], row["after_origins"], shared.permitted, lines=len(after), side="after"
        ),
        label["copied_lines"],
    )
    if writer is None or writer.reason is not None:
        raise _LeftOutError(f"terms: {writer.reason if writer else 'undecided'}")
    try:
        blocks = make_blocks(
            before, after, may_show=lambda place: known_before[place].reason is None
        )
    except NoAnchorError as error:
        raise _LeftOutError(_why(row, known_before, error.line)) from error
    _check_written(row, known_after)
    texts = [block.search + block.replace for block in blocks]
    if any(mark in text for text in texts for mark in (*MARKERS, *SENTINELS)):
        raise _LeftOutError("contains_markers")
    if not blocks or not all(_ends_lines(block) for block in blocks):
        raise _LeftOutError("no_final_newline" if blocks else "nothing_left_after_redaction")
    return ChangedFile(
        row, redacted(row, "path", shared.found), before, after, known_before, known_after, writer,
        blocks,
    )  # fmt: skip


def _check_written(row: Mapping[str, Any], known_after: Sequence[Allowed]) -> None:
    """Every line that the commit wrote must be permitted, whatever is recorded of it."""
    for origin in row["after_origins"]:
        for known in known_after[origin["start"] - 1 : origin["start"] - 1 + origin["lines"]]:
            if known.reason is not None:
                raise _LeftOutError(reason_in_account(known))


def _why(row: Mapping[str, Any], known: Sequence[Allowed], line: int | None) -> str:
    """The reason that no block could be made: the terms of a replaced line, or ambiguity."""
    if line is not None:
        # A line far from every change is replaced only where redaction differs between states.
        far = known[line] is UNDECIDED
        return "redacted_differently" if far else reason_in_account(known[line])
    return "ambiguous" if row["before"] else "empty_before"


def _ends_lines(block: SearchReplace) -> bool:
    return block.search.endswith("\n") and (not block.replace or block.replace.endswith("\n"))


def _changed_lines(file: ChangedFile) -> int:
    removed = sum(block.old[1] - block.old[0] for block in file.blocks)
    added = sum(block.new[1] - block.new[0] for block in file.blocks)
    return max(removed, added)


def _check_size(identity: str, changed: int, settings: CommitEditSettings) -> None:
    if changed > settings.max_changed_lines:
        raise _LeftOutError("too_many_lines")
    small = changed <= settings.small_change
    if small and fraction(identity, settings.seed, "small") >= settings.small_change_rate:
        raise _LeftOutError("small_change_thinned")


def _record(
    commit: Mapping[str, Any], wording: str, files: Sequence[ChangedFile]
) -> dict[str, Any]:
    return {
        "repository": commit["repository"],
        "commit": commit["commit"],
        "instruction": wording,
        "files": [
            {
                "path": file.path,
                "before_sha256": sha256_text("".join(file.before)),
                "after_sha256": sha256_text("".join(file.after)),
                "blocks": [
                    {"search": block.search, "replace": block.replace, "line": block.old[0] + 1}
                    for block in file.blocks
                ],
            }
            for file in files
        ],
    }
