"""Reviews, issues, documents, builds and traces: from what was read to candidate examples.

The steps are those of `byline.release.prepare`, over buckets of whole work-item groups instead of
buckets of files: changes from git, findings, labels, contributions, decisions, recipes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.contributions import CONTRIBUTIONS, Ownership
from byline.corpus.part_contributions import VERSION as PARTS_VERSION
from byline.corpus.part_contributions import part_contributions
from byline.corpus.schema import LABELS
from byline.engine.executor import Executor, Progress
from byline.engine.stage import KEY_LENGTH, Partition, Stage, combined, provided, run_stage
from byline.people.bylines import BYLINES
from byline.people.voices import VERSION as VOICES_VERSION
from byline.people.voices import VOICES, voices
from byline.privacy.findings import find
from byline.privacy.names import NameMatcher
from byline.privacy.schema import FINDINGS
from byline.release import stages
from byline.release.acts import acts
from byline.release.changes import Changed
from byline.release.grouping import WorkBucket
from byline.release.inputs import Inputs
from byline.release.labelling import label_parameters
from byline.release.recorded import no_spans
from byline.release.survived import SURVIVED
from byline.work.items import CHANGES
from byline.work.schema import COMMITS
from byline.workspace.files import sha256_text


def find_in_parts(parts: pa.Table, *, names: NameMatcher) -> pa.Table:
    """Findings in the texts of parts; their item is the part."""
    texts = pa.table({"item": parts["part"], "text": parts["text"]})
    return find(texts, field="text", names=names)


def find_in_titles(items: pa.Table, *, names: NameMatcher) -> pa.Table:
    """Findings in the titles of items."""
    return find(items.select(["item", "title"]), field="title", names=names)


PART_FINDINGS: Final = Stage("findings", stages.DETECTORS, find_in_parts, FINDINGS)
TITLE_FINDINGS: Final = Stage("findings", stages.DETECTORS, find_in_titles, FINDINGS)
PART_VOICES: Final = Stage("voices", VOICES_VERSION, voices, VOICES)
PART_CONTRIBUTIONS: Final = Stage("contributions", PARTS_VERSION, part_contributions, CONTRIBUTIONS)


@dataclass(frozen=True)
class About:
    """What is known of a repository, or of a source, that items are about.

    Attributes:
        bylines: `BYLINES` of its collected commits; a source has none.
        commits: `COMMITS`, beside them.
    """

    ownership: Ownership
    attributes: Mapping[str, str]
    documents: Mapping[str, str]
    bylines: Sequence[Partition] = ()
    commits: Sequence[Partition] = ()


@dataclass(frozen=True)
class Told:
    """One bucket with everything said about it, before decisions."""

    bucket: WorkBucket
    changes: Partition
    commits: Partition
    labels: Partition
    findings: Partition
    contributions: Partition
    survival: Partition
    acts: Partition


@dataclass(frozen=True)
class ToldDecided:
    """A described bucket with its decisions."""

    told: Told
    decisions: Partition

    @property
    def pair(self) -> tuple[Partition, Partition]:
        """The contributions with their decisions."""
        return self.told.contributions, self.decisions


@dataclass(frozen=True)
class _Run:
    tables: Path
    executor: Executor
    progress: Progress

    def stage(
        self, stage: Stage, groups: Sequence[tuple[str, Sequence[Partition]]],
        parameters: Mapping[str, Any] | None = None, fingerprint: str = "",
    ) -> list[Partition]:  # fmt: skip
        return run_stage(
            stage, groups, tables=self.tables, executor=self.executor, parameters=parameters,
            fingerprint=fingerprint, progress=self.progress,
        )  # fmt: skip

    def together(
        self, kind: str, name: str, parts: Sequence[Partition], schema: pa.Schema
    ) -> Partition:
        """Some partitions as one."""
        if len(parts) == 1:
            return parts[0]
        key = sha256_text("together", combined(parts))[:KEY_LENGTH]
        return provided(
            self.tables / "together" / kind / name, key, name,
            lambda: pa.concat_tables(
                [schema.empty_table(), *(one.read().cast(schema) for one in parts)]
            ),
        )  # fmt: skip


def tell_all(
    buckets: Sequence[WorkBucket],
    changed: Mapping[str, Sequence[Changed]],
    about: Mapping[str, About],
    inputs: Inputs,
    *,
    lasting: Mapping[str, Sequence[Partition]],
    hosts: Mapping[str, str],
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> list[Told]:
    """Say of every bucket who wrote what, whose it is, and what is in it.

    Args:
        buckets: The items.
        changed: Their changes by bucket.
        about: By repository and by source.
        inputs: People and rules.
        lasting: What survived of them by bucket (`byline.release.survived`).
        hosts: By source, the system whose accounts its accounts are.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.
    """
    run = _Run(tables, executor, progress)
    names = {"names": NameMatcher(inputs.known_people)}, sha256_text(repr(inputs.known_people))
    directory = {"directory": inputs.directory}
    in_parts = run.stage(PART_FINDINGS, [(f"parts/{b.name}", (b.parts,)) for b in buckets], *names)
    in_titles = run.stage(
        TITLE_FINDINGS, [(f"titles/{b.name}", (b.items,)) for b in buckets], *names
    )
    spoken = run.stage(
        PART_VOICES, [(b.name, (b.items, b.parts)) for b in buckets],
        {**directory, "hosts": dict(hosts)},
        sha256_text(inputs.directory.digest, repr(sorted(hosts.items()))),
    )  # fmt: skip
    told = []
    for bucket, of_parts, of_titles, who in zip(buckets, in_parts, in_titles, spoken, strict=True):
        mine = [
            _tell_changes(run, bucket, one, about[one.repository], inputs, names)
            for one in changed[bucket.name]
        ]
        told.append(
            _tell(run, bucket, mine, (of_parts, of_titles, who), about, lasting[bucket.name])
        )
    return told


@dataclass(frozen=True)
class _ToldChanges:
    """One repository's changes of a bucket, described."""

    changed: Changed
    bylines: Partition
    labels: Partition
    findings: Partition
    contributions: Partition


def _tell_changes(
    run: _Run, bucket: WorkBucket, changed: Changed, about: About, inputs: Inputs, names: Any
) -> _ToldChanges:
    name = f"{changed.kind}/{bucket.name}/{changed.repository}"
    [people] = run.stage(
        stages.PEOPLE, [(name, (changed.commits,))], {"directory": inputs.directory},
        inputs.directory.digest,
    )  # fmt: skip
    [found] = run.stage(stages.EDIT_FINDINGS, [(name, (changed.changes,))], *names)
    corpus = inputs.provenance.corpus
    copies = (
        run.stage(stages.EDIT_COPIES, [(name, (changed.changes,))], {"corpus": corpus}, corpus.key)
        if corpus is not None
        else []
    )
    [labels] = run.stage(
        stages.EDIT_LABELS, [(name, (changed.changes, *copies))],
        *label_parameters(inputs.provenance, about.attributes, about.documents),
    )  # fmt: skip
    nothing = no_spans(run.tables, changed.repository)
    [contributions] = run.stage(
        stages.EDIT_CONTRIBUTIONS,
        [(name, (changed.changes, labels, changed.commits, nothing, people))],
        {"ownership": about.ownership}, repr(about.ownership),
    )  # fmt: skip
    return _ToldChanges(changed, people, labels, found, contributions)


def _tell(
    run: _Run,
    bucket: WorkBucket,
    changes: Sequence[_ToldChanges],
    of_parts: tuple[Partition, Partition, Partition],
    about: Mapping[str, About],
    lasting: Sequence[Partition],
) -> Told:
    found, found_in_titles, who = of_parts
    spoken_of, bylines = _spoken_of(run, bucket, about)
    ownership = {name: one.ownership for name, one in about.items()}
    everyone = [*bylines, *(one.bylines for one in changes)]
    [contributions] = run.stage(
        PART_CONTRIBUTIONS,
        [(f"parts/{bucket.name}", (bucket.items, bucket.parts, who, *everyone))],
        {"ownership": ownership}, sha256_text(repr(sorted(ownership.items()))),
    )  # fmt: skip
    name = bucket.name

    def together(kind: str, parts: Sequence[Partition], schema: pa.Schema) -> Partition:
        return run.together(kind, name, parts, schema)

    return Told(
        bucket=bucket,
        changes=together("changes", [one.changed.changes for one in changes], CHANGES),
        commits=together(
            "commits", [spoken_of, *(one.changed.commits for one in changes)], COMMITS
        ),
        labels=together("labels", [one.labels for one in changes], LABELS),
        findings=together(
            "findings", [found, found_in_titles, *(one.findings for one in changes)], FINDINGS
        ),
        contributions=together(
            "contributions", [contributions, *(one.contributions for one in changes)], CONTRIBUTIONS
        ),
        survival=together("survival", lasting, SURVIVED),
        acts=acts(
            bucket,
            [one.changed for one in changes],
            [
                (about[name].commits, about[name].bylines)
                for name in sorted({one.changed.repository for one in changes})
            ],
            tables=run.tables,
        ),
    )


def _spoken_of(
    run: _Run, bucket: WorkBucket, about: Mapping[str, About]
) -> tuple[Partition, list[Partition]]:
    """The collected commits that links, builds and passages name, and their bylines."""
    key = sha256_text(
        bucket.items.digest, bucket.parts.digest, bucket.links.digest,
        combined([part for one in about.values() for part in (*one.commits, *one.bylines)]),
    )[:KEY_LENGTH]  # fmt: skip

    def rows(kind: str, schema: pa.Schema) -> pa.Table:
        wanted = _named_commits(bucket)
        tables = [schema.empty_table()]
        for one in about.values():
            for part in getattr(one, kind):
                table = part.read().cast(schema)
                tables.append(table.filter(pc.is_in(table["commit"], value_set=wanted)))
        return pa.concat_tables(tables)

    folder = run.tables / "spoken_of" / bucket.name
    commits = provided(folder / "commits", key, bucket.name, lambda: rows("commits", COMMITS))
    people = provided(folder / "bylines", key, bucket.name, lambda: rows("bylines", BYLINES))
    return commits, [people]


def _named_commits(bucket: WorkBucket) -> pa.Array:
    found = set(bucket.links.read(["related_commit"])["related_commit"].drop_null().to_pylist())
    items = bucket.items.read(["kind", "detail"])
    for row in items.filter(pc.equal(items["kind"], "build")).to_pylist():
        found.add(str(json.loads(row["detail"]).get("commit") or ""))
    for origins in bucket.parts.read(["origins"])["origins"].drop_null().to_pylist():
        found |= {run["commit"] for run in origins}
    return pa.array(sorted(found), pa.string())


def decide_told(
    told: Sequence[Told], inputs: Inputs, *, tables: Path, executor: Executor, progress: Progress
) -> list[ToldDecided]:
    """Decide every contribution for every purpose of the release."""
    made = run_stage(
        stages.DECIDE, [(f"work/{one.bucket.name}", (one.contributions,)) for one in told],
        tables=tables, executor=executor, progress=progress,
        parameters=inputs.deciding[0], fingerprint=inputs.deciding[1],
    )  # fmt: skip
    return [ToldDecided(one, decisions) for one, decisions in zip(told, made, strict=True)]
