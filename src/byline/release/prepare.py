"""From collected work to candidate examples: people, findings, labels, decisions, recipes.

Each step is a stage over buckets, so a second run does nothing and one new commit redoes its own
buckets. `Prepared` names every table; nothing here holds a corpus in memory.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.contributions import Ownership
from byline.corpus.declarations import is_declaration
from byline.corpus.groups import OF_GROUPED_COMMITS, commit_node, commit_of, held_back
from byline.corpus.licences import RepositoryLicence, repository_licence
from byline.corpus.split import Cuts, cut_times
from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import KEY_LENGTH, Partition, provided, run_stage
from byline.errors import RefusedError
from byline.examples.completion import CompletionSettings
from byline.examples.segments import SegmentLimits
from byline.privacy.names import NameMatcher
from byline.release import stages
from byline.release.documents import is_of_root, root_documents
from byline.release.engineering import About, ToldDecided
from byline.release.inputs import Inputs
from byline.release.intake import OPEN, Intake
from byline.release.labelling import labelled
from byline.release.recorded import Recorded, recorded
from byline.release.teaching import teach_work
from byline.work.git.collect import Collected
from byline.workspace.config import Config, Repository
from byline.workspace.files import sha256_text

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Tools:
    """What every step needs to run."""

    tables: Path
    executor: Executor
    progress: Progress = quiet
    intake: Intake = OPEN


@dataclass(frozen=True)
class Described:
    """One repository's work with everything said about it, before decisions.

    Every list of buckets is in the order of the work it describes.
    """

    collected: Collected
    repository: Repository
    licence: RepositoryLicence | None
    bylines: Sequence[Partition]
    file_findings: Sequence[Partition]
    edit_findings: Sequence[Partition]
    message_findings: Sequence[Partition]
    file_labels: Sequence[Partition]
    edit_labels: Sequence[Partition]
    file_contributions: Sequence[Partition]
    edit_contributions: Sequence[Partition]
    recorded: Recorded
    verifications: Sequence[Partition]
    about: About
    file_copies: Sequence[Partition] = ()  # none without a third-party corpus
    edit_copies: Sequence[Partition] = ()


@dataclass(frozen=True)
class Decided:
    """A described repository with its decisions."""

    described: Described
    file_decisions: Sequence[Partition]
    edit_decisions: Sequence[Partition]

    @property
    def pairs(self) -> list[tuple[Partition, Partition]]:
        """Each bucket of contributions with its decisions."""
        about = self.described
        contributions = [*about.file_contributions, *about.edit_contributions]
        return list(zip(contributions, [*self.file_decisions, *self.edit_decisions], strict=True))


@dataclass(frozen=True)
class Prepared:
    """All repositories, down to candidates and their signatures."""

    repositories: Sequence[Decided]
    segments: Sequence[Partition]
    candidates: Sequence[Partition]
    signatures: Sequence[Partition]
    cuts: Cuts
    work: Sequence[ToldDecided] = ()
    sources: Mapping[str, str] = field(default_factory=dict)  # a digest of what was read of each
    settings: Mapping[str, Any] = field(default_factory=dict)


def describe(
    collected: Collected, repository: Repository, inputs: Inputs, tools: Tools
) -> Described:
    """Say who wrote what, under which licence, with what in it."""
    name = collected.repository
    documents = root_documents(collected.files)
    declaring = {path: text for path, text in documents.items() if is_declaration(path)}
    licence = repository_licence(
        {path: text for path, text in documents.items() if is_of_root(path)}
    )
    attributes = {path: text for path, text in documents.items() if path.endswith(".gitattributes")}
    ownership = Ownership(
        name, repository.owner, repository.customer, licence.expression if licence else None,
        inputs.provenance.rules_for(repository),
    )  # fmt: skip
    matcher = NameMatcher(inputs.known_people)
    names = {"names": matcher}, sha256_text(repr(inputs.known_people))
    labels = labelled(
        collected, inputs.provenance, attributes=attributes, documents=declaring,
        tables=tools.tables, executor=tools.executor, progress=tools.progress,
    )  # fmt: skip
    commits = commits_beside(collected)
    told = recorded(
        collected, tables=tools.tables, executor=tools.executor, progress=tools.progress
    )
    by = who_wrote(
        collected, inputs, tools, ownership=ownership, file_labels=labels.files,
        edit_labels=labels.edits, told=told,
    )  # fmt: skip
    return Described(
        collected=collected,
        repository=repository,
        licence=licence,
        bylines=by.people,
        file_findings=_each(stages.FILE_FINDINGS, collected.files, tools, *names),
        edit_findings=_each(stages.EDIT_FINDINGS, collected.edits, tools, *names),
        message_findings=_each(stages.MESSAGE_FINDINGS, commits, tools, *names),
        file_labels=labels.files,
        edit_labels=labels.edits,
        file_copies=labels.file_copies,
        edit_copies=labels.edit_copies,
        file_contributions=by.files,
        edit_contributions=by.edits,
        recorded=told,
        verifications=_verified(collected, by.people, inputs, tools),
        about=About(ownership, attributes, declaring, by.people, collected.commits),
    )


class Wrote(NamedTuple):
    """The bylines of a repository's commits, and the contributions to its files and edits."""

    people: list[Partition]
    files: list[Partition]
    edits: list[Partition]


def who_wrote(
    collected: Collected,
    inputs: Inputs,
    tools: Tools,
    *,
    ownership: Ownership,
    file_labels: Sequence[Partition],
    edit_labels: Sequence[Partition],
    told: Recorded,
) -> Wrote:
    """Say who wrote what of a repository: all that depends on the people that `inputs` know."""
    people = _each(
        stages.PEOPLE, collected.commits, tools, {"directory": inputs.directory},
        inputs.directory.digest,
    )  # fmt: skip
    owned = {"ownership": ownership}, repr(ownership)
    files = _zip(collected.files, file_labels, told.files)
    edits = _zip(collected.edits, edit_labels, commits_beside(collected), told.edits)
    return Wrote(
        people,
        run_groups(
            stages.FILE_CONTRIBUTIONS, [(*group, *people) for group in files], tools, *owned
        ),
        run_groups(
            stages.EDIT_CONTRIBUTIONS, [(*group, *people) for group in edits], tools, *owned
        ),
    )


def _verified(
    collected: Collected, people: Sequence[Partition], inputs: Inputs, tools: Tools
) -> list[Partition]:
    """What each commit's signature proves of its author."""
    return run_groups(
        stages.VERIFY,
        _zip(collected.commits, collected.signatures, people),
        tools,
        {"signers": inputs.signers, "directory": inputs.directory},
        f"{inputs.signers.digest} {inputs.directory.digest}",
    )


def decide_repository(described: Described, inputs: Inputs, tools: Tools) -> Decided:
    """Decide every contribution for every purpose of the release."""
    return Decided(
        described=described,
        file_decisions=_each(stages.DECIDE, described.file_contributions, tools, *inputs.deciding),
        edit_decisions=_each(stages.DECIDE, described.edit_contributions, tools, *inputs.deciding),
    )


def prepare(
    repositories: Sequence[Decided],
    *,
    work: Sequence[ToldDecided] = (),
    commit_groups: Partition | None = None,
    sources: Mapping[str, str] | None = None,
    config: Config,
    inputs: Inputs,
    tools: Tools,
) -> Prepared:
    """Run the recipes over decided work.

    Args:
        repositories: Files and commits.
        work: Reviews, issues, documents, builds and traces.
        commit_groups: `OF_GROUPED_COMMITS` of the commits in a piece of work with others.
        sources: A digest of what was read of each source, by name.
        config: The recipes and their settings.
        inputs: People and terms.
        tools: What the steps run with.

    Raises:
        RefusedError: There is no work at all.
    """
    cuts = _cuts(repositories, config, inputs)
    held = _held(repositories, commit_groups, cuts)
    print_of_held = f" {held}" if held else ""
    limits = SegmentLimits()
    fill = CompletionSettings(seed=config.release.seed)
    all_segments: list[Partition] = []
    candidates: list[Partition] = []
    of_commits: list[tuple[Partition, ...]] = []
    for decided in repositories:
        about = decided.described
        files = _zip(
            about.collected.files, about.file_labels, about.file_contributions,
            decided.file_decisions,
        )  # fmt: skip
        parts = run_groups(
            stages.SEGMENT, files, tools, {"cuts": cuts, "limits": limits, "held": held},
            f"{cuts} {limits}{print_of_held}",
        )  # fmt: skip
        all_segments += parts
        if "completion" in config.release.recipes:
            groups = [
                (file, labels, found, segment, contributions, decisions)
                for (file, labels, contributions, decisions), found, segment in _zip(
                    files, about.file_findings, parts
                )
            ]
            candidates += run_groups(
                stages.COMPLETION, groups, tools,
                {"settings": fill, "purposes": inputs.purposes, "held": held},
                f"{fill} {inputs.purposes}{print_of_held}",
            )  # fmt: skip
        of_commits += _zip(
            about.collected.edits, commits_beside(about.collected), about.edit_labels,
            about.edit_findings, about.message_findings, about.edit_contributions,
            decided.edit_decisions, _groups_beside(about.collected, commit_groups, tools),
        )  # fmt: skip
    lessons = teach_work(
        work, of_commits, config=config, inputs=inputs, cuts=cuts, tables=tools.tables,
        executor=tools.executor, progress=tools.progress,
    )  # fmt: skip
    candidates += lessons.candidates
    return Prepared(
        repositories=repositories,
        work=work,
        sources=sources or {},
        segments=all_segments,
        candidates=candidates,
        signatures=_each(stages.SIGN, candidates, tools, {}, ""),
        cuts=cuts,
        settings={
            "segments": asdict(limits),
            "completion": asdict(fill),
            **lessons.settings,
            "train_before": cuts.valid_from.isoformat() if cuts.valid_from else None,
            "test_from": cuts.test_from.isoformat() if cuts.test_from else None,
            "split": cuts.reason,
        },
    )


def commits_beside(collected: Collected) -> list[Partition]:
    """For each bucket of edits, the bucket that holds its commits."""
    by_bucket = {part.name.rsplit("-", 1)[1]: part for part in collected.commits}
    return [by_bucket[part.name.rsplit("-", 1)[1]] for part in collected.edits]


def _groups_beside(collected: Collected, groups: Partition | None, tools: Tools) -> list[Partition]:
    """For each bucket of edits, the groups of its commits."""
    table = groups.read() if groups is not None else OF_GROUPED_COMMITS.empty_table()
    found = []
    for part in collected.edits:
        commits = pc.unique(part.read(["commit"])["commit"]).to_pylist()
        nodes = pa.array([commit_node(collected.repository, one) for one in commits], pa.string())
        mine = table.filter(pc.is_in(table["item"], value_set=nodes)).sort_by("item")
        key = sha256_text("groups beside", *(repr(row) for row in mine.to_pylist()))[:KEY_LENGTH]
        folder = tools.tables / "commit_groups" / part.name
        found.append(provided(folder, key, part.name, lambda mine=mine: mine))  # type: ignore[misc]
    return found


def _held(
    repositories: Sequence[Decided], groups: Partition | None, cuts: Cuts
) -> dict[str, dt.datetime]:
    """Commits that count as late as the piece of work that they belong to."""
    if groups is None:
        return {}
    table = groups.read()
    wanted = pa.array([commit_of(node) for node in table["item"].to_pylist()], pa.string())
    authored: dict[str, dt.datetime] = {}
    for decided in repositories:
        for part in decided.described.collected.commits if len(wanted) else ():
            rows = part.read(["commit", "author_time"])
            rows = rows.filter(pc.is_in(rows["commit"], value_set=wanted))
            authored.update(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return held_back(table, authored, cuts)


def _cuts(repositories: Sequence[Decided], config: Config, inputs: Inputs) -> Cuts:
    """Where training ends, from the times of all commits that could be right."""
    latest = dt.datetime.combine(inputs.as_of, dt.time.max, dt.UTC)
    times: list[dt.datetime] = []
    for decided in repositories:
        for part in decided.described.bylines:
            authored = part.read(["authored"])["authored"]
            inside = pc.and_(pc.greater_equal(authored, EARLIEST), pc.less_equal(authored, latest))
            bounds = pc.min_max(authored.filter(inside)).as_py()
            times += [time for time in bounds.values() if time is not None]
    if not times:
        raise RefusedError(
            f"no commit is dated between {EARLIEST:%Y} and {inputs.as_of}",
            advice="check the repositories and `as_of` in [release]",
        )
    return cut_times(min(times), max(times), train_until=config.release.train_until)


def _zip(*lists: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*lists, strict=True))


def _each(
    stage: Any,
    parts: Sequence[Partition],
    tools: Tools,
    parameters: Mapping[str, Any],
    fingerprint: str,
) -> list[Partition]:
    return run_groups(stage, [(part,) for part in parts], tools, parameters, fingerprint)


def run_groups(
    stage: Any,
    groups: Sequence[tuple[Partition, ...]],
    tools: Tools,
    parameters: Mapping[str, Any],
    fingerprint: str,
) -> list[Partition]:
    """A stage over groups of partitions, each named after its first."""
    return run_stage(
        stage,
        [(group[0].name, group) for group in groups],
        tables=tools.tables,
        executor=tools.executor,
        parameters=parameters,
        fingerprint=fingerprint or "{}",
        progress=tools.progress,
    )
