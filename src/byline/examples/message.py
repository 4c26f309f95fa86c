"""The `message` recipe: from a change to the message that its author gave it.

The reverse of `commit_edit` (training on commits both ways: OctoPack, arXiv 2308.07124;
CommitChronicle, arXiv 2308.07655). The message is learned as the house writes it, with its tags;
trailers, links and ticket numbers, which no change tells, are taken out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from byline.examples.candidate import settings_digest
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
from byline.examples.draft import (
    Declined,
    Draft,
    LeftOutError,
    Log,
    Making,
    Turn,
    Unit,
    each,
)
from byline.examples.edit_view import piece_of
from byline.examples.material import Material
from byline.examples.messages import MACHINE, TAG, TICKET, TRAILER

RECIPE = "message"
VERSION = "1"
LINK: Final = re.compile(r"https?://\S+")
GENERATED: Final = re.compile(
    r"(?im)^(?:auto-?generated|this (?:commit|change) was (?:auto|generated)|generated (?:by|with))"
    r"|^git-svn-id:|^automatic (?:commit|update)"
)


@dataclass(frozen=True)
class MessageSettings:
    """Limits of the recipe.

    Attributes:
        seed: For choices by hash; there are none yet.
        min_words: Subject and body together, after cleaning.
        max_words: A longer message is an essay, or a log that was pasted.
        max_changed_lines: Of all files together.
        max_files: Of a commit, as in the company set of `commit_edit`.
        context_lines: Lines shown around each change, for the time of the example.
    """

    seed: int = 17
    min_words: int = 8
    max_words: int = 400
    max_changed_lines: int = 200
    max_files: int = 5
    context_lines: int = 3

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def message(source: Material, settings: MessageSettings) -> Iterator[Draft | Declined]:
    """A draft for each commit of the material, or why there is none.

    Args:
        source: From `byline.examples.commit_units.commit_material`; changes of other purposes than
            a commit are not looked at.
        settings: Limits.
    """
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)

    def make(unit: Unit[CommitUnit], identity: str, log: Log) -> Draft:
        return _draft(unit, identity, log, source, settings)

    return each(making, commit_units(source), make)


def _draft(
    unit: Unit[CommitUnit], identity: str, log: Log, source: Material, settings: MessageSettings
) -> Draft:
    commit = unit.what.commit
    require_standing(commit, source, log)
    text, known = message_of(commit, source)
    wording = house_wording(text)
    subject = TAG.sub("", wording.partition("\n")[0])
    machine = bool(MACHINE.match(subject) or MACHINE.match(text) or GENERATED.search(text))
    log.require("message: machine_or_unfinished", machine, 0, not machine)
    words = len(wording.split())
    log.require("message: words", words, settings.min_words, words >= settings.min_words)
    log.require("message: too_long", words, settings.max_words, words <= settings.max_words)
    count = len(unit.what.rows)
    log.require("files", count, settings.max_files, count <= settings.max_files)
    files = changed_files(unit.what.rows, source, log)
    if not files:
        raise LeftOutError("no_files")
    changed = sum(changed_lines(file) for file in files)
    limit = settings.max_changed_lines
    log.require("changed_lines", changed, limit, changed <= limit)
    return Draft(
        identity=identity,
        recipe=RECIPE,
        version=VERSION,
        settings_digest=settings.digest,
        work_class="process",
        record={
            "repository": commit["repository"],
            "commit": commit["commit"],
            "message": wording,
            "files": [whole_record(file) for file in files],
        },
        turns=(
            Turn("user", "action", files=tuple(files), heading="Change"),
            Turn("assistant", "intent", (piece_of(f"{wording}\n", known, 0.0),), learn=1.0),
        ),
        sources=commit_sources(commit, files),
        item=unit.item,
        repository=unit.repository,
        group=unit.group,
        time=max(latest(files, commit, context_lines=settings.context_lines), known.time),
        target=wording + "".join(block.replace for file in files for block in file.blocks),
        context=[{"path": file.path, "role": "edited", "hindsight": False} for file in files],
        labels={"commit": commit["commit"]},
        decisions=log.decisions,
    )


def house_wording(text: str) -> str:
    """A message as it is written here, without trailers, links and tickets."""
    subject, _, body = text.strip().partition("\n")
    lines = [line for line in body.splitlines() if not TRAILER.match(line)]
    cleaned = [LINK.sub("", TICKET.sub("", line)).rstrip() for line in (subject, *lines)]
    head = re.sub(r"\s{2,}", " ", cleaned[0]).strip(" \t:-")
    rest = "\n".join(cleaned[1:]).strip()
    return f"{head}\n\n{rest}" if rest else head
