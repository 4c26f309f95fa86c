"""All work that is not files and commits: sources and documents read, grouped and described."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.contributions import Ownership
from byline.engine.stage import KEY_LENGTH, Partition, combined
from byline.release.changes import Mirrored, collect_changes
from byline.release.engineering import About, Told, tell_all
from byline.release.grouping import Grouped, History, group_work
from byline.release.inputs import Inputs
from byline.release.prepare import Described, Tools
from byline.release.pruning import prune_buckets, prune_sources
from byline.release.shown import collect_shown
from byline.release.sources import SourceTables, read_in_chunks, read_supplied
from byline.release.survived import survived
from byline.work.documents.repository import documents_in_repository
from byline.work.documents.sections import markup_of
from byline.work.git.lineage_asks import Following
from byline.work.items import Reading, Source
from byline.work.schema import FILES
from byline.workspace.config import Config
from byline.workspace.config import Source as Configured
from byline.workspace.files import sha256_text

DOCUMENTS_VERSION: Final = "3"  # change it when documents are read otherwise
FORGES: Final = ("github", "gitlab", "gerrit", "phabricator", "perceval")


@dataclass(frozen=True)
class Work:
    """What was read and described.

    Attributes:
        sources: The configured sources, then the documents of each repository.
        grouped: All groups.
        told: Every bucket with everything said about it.
    """

    sources: Sequence[SourceTables]
    grouped: Grouped
    told: Sequence[Told]


def read_sources(
    config: Config, described: Sequence[Described], tools: Tools
) -> list[SourceTables]:
    """Read every configured source, and the documents in every repository.

    Raises:
        InputError: A source is not there.
    """
    supplied = read_supplied(config, tools.tables, tools.progress, tools.intake)
    return [*supplied, *(_documents(one, config, tools) for one in described)]


def describe_work(
    config: Config,
    described: Sequence[Described],
    inputs: Inputs,
    tools: Tools,
    *,
    mirrors: Path,
) -> Work:
    """Read, group and describe all work that is not files and commits.

    Args:
        config: The sources.
        described: The repositories.
        inputs: People, terms and rules.
        tools: What the steps run with.
        mirrors: The folder of the repositories' mirrors.

    Raises:
        InputError: A source is not there.
    """
    sources = read_sources(config, described, tools)
    histories = [
        History(one.repository.name, one.collected.commits, _projects(config, one.repository.name))
        for one in described
    ]
    grouped = group_work(sources, histories, tables=tools.tables, executor=tools.executor)
    mirrored = {one.repository.name: _mirrored(one, config, mirrors) for one in described}
    commits = {one.repository.name: one.collected.commits for one in described}
    files = {one.repository.name: one.collected.files for one in described}
    changed = collect_changes(
        grouped.buckets, mirrored, commits,
        tables=tools.tables, executor=tools.executor, progress=tools.progress,
    )  # fmt: skip
    shown = collect_shown(
        grouped.buckets, changed, mirrored, commits, files,
        tables=tools.tables, executor=tools.executor, progress=tools.progress,
    )  # fmt: skip
    changed = {name: [*changed[name], *shown[name]] for name in changed}
    about = {one.repository.name: one.about for one in described}
    about |= {one.name: _about_source(one, inputs) for one in config.sources}
    lasting = survived(
        changed, mirrored, tables=tools.tables, executor=tools.executor, progress=tools.progress
    )
    told = tell_all(
        grouped.buckets, changed, about, inputs, lasting=lasting,
        hosts={  # a bridge's items name their own systems
            one.name: one.host or one.system
            for one in config.sources
            if one.host or one.system != "perceval"
        },
        tables=tools.tables, executor=tools.executor, progress=tools.progress,
    )  # fmt: skip
    prune_sources(tools.tables, sources)
    prune_buckets(tools.tables, {bucket.name for bucket in grouped.buckets})
    return Work(sources, grouped, told)


def digests(sources: Sequence[SourceTables]) -> dict[str, str]:
    """A digest of what was read of each source, by name."""
    return {
        one.name: combined([*one.items, *one.parts, *one.patchsets, *one.links]) for one in sources
    }


def has_reviews(config: Config, repository: str) -> bool:
    """Whether a source may tell of reviews of a repository, so that their commits are needed."""
    return any(
        source.system in FORGES and repository in source.repositories.values()
        for source in config.sources
    )


def _documents(described: Described, config: Config, tools: Tools) -> SourceTables:
    """The decision records, design documents and postmortems among a repository's files."""
    name = described.repository.name
    collected = described.collected
    projects = [f"{system}:{project}" for system, project in _projects(config, name)]
    key = sha256_text(
        DOCUMENTS_VERSION, combined(collected.files), combined(collected.commits), repr(projects)
    )  # fmt: skip
    source = Source(name=name, system="git", path=Path())

    def readings() -> Iterator[Reading]:
        times = _times(collected.commits)
        yield from documents_in_repository(
            _with_documents(collected.files), repository=name, times=times, projects=projects
        )

    return read_in_chunks(source, readings, key=key[:KEY_LENGTH], tables=tools.tables)


def _with_documents(files: Sequence[Partition]) -> pa.Table:
    """The paths of all files, because documents name them, and the texts of documents alone."""
    found = [FILES.empty_table().select(["path", "size", "skip", "text", "origins"])]
    for part in files:
        table = part.read(found[0].column_names)
        paths = table["path"].to_pylist()
        told = pa.array([markup_of(one) is not None or one.endswith(".txt") for one in paths])
        found += [table.filter(told), table.filter(pc.invert(told)).select(["path"])]
    return pa.concat_tables(found, promote_options="default")


def _times(commits: Sequence[Partition]) -> dict[str, dt.datetime]:
    found: dict[str, dt.datetime] = {}
    for part in commits:
        rows = part.read(["commit", "author_time"])
        found.update(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return found


def _projects(config: Config, repository: str) -> list[tuple[str, str]]:
    """How forges and trackers call a repository."""
    return [
        (source.system, project)
        for source in config.sources
        for project, name in sorted(source.repositories.items())
        if name == repository
    ]


def _mirrored(described: Described, config: Config, mirrors: Path) -> Mirrored:
    name = described.repository.name
    return Mirrored(
        name=name,
        directory=mirrors / f"{name}.git",
        head=described.collected.commit,
        max_bytes=config.collect.max_file_bytes,
        following=Following(config.collect.follow, config.collect.ignore_space),
        references=combined(described.collected.references),
    )


def _about_source(source: Configured, inputs: Inputs) -> About:
    rules = tuple(
        rule
        for rule in inputs.provenance.rules
        if rule.names_repository(source.name, str(source.path))
    )
    return About(Ownership(source.name, source.owner, source.customer, None, rules), {}, {})
