"""Collecting every configured repository; one that cannot be read stops no other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from byline.cli.intake import intake_of
from byline.cli.session import Session
from byline.errors import (
    BylineError,
    CaptureError,
    IncompleteError,
    InputError,
    IntegrityError,
    PausedError,
    UsageError,
)
from byline.release.intake import Intake
from byline.release.work import has_reviews
from byline.work.git.collect import Collected, Limits, collect
from byline.work.git.ignored import read_ignored
from byline.workspace.config import Config, Repository


def limits_of(config: Config) -> Limits:
    """The limits of collection that a configuration sets."""
    return Limits(
        max_file_bytes=config.collect.max_file_bytes,
        max_paths=config.collect.max_paths,
        max_commit_edits=config.collect.max_commit_edits,
        review_refs=config.collect.review_refs,
        follow=config.collect.follow,
        ignore_space=config.collect.ignore_space,
        ignored="\n".join(_ignored(config)),
    )


def _limits_for(config: Config, repository: Repository) -> Limits:
    """The limits for one repository; what reviews speak of is copied where one is told of."""
    limits = limits_of(config)
    return replace(limits, review_refs=limits.review_refs or has_reviews(config, repository.name))


def _ignored(config: Config) -> list[str]:
    """The commits that count as having written nothing, by the organisation's own list.

    A `.git-blame-ignore-revs` that a repository brings is its own claim, and not read.
    """
    if config.collect.ignore_revs is None:
        return []
    path = config.at(config.collect.ignore_revs)
    return list(read_ignored(path))


@dataclass(frozen=True)
class Gathered:
    """What was collected, and the error of each repository that could not be."""

    found: list[tuple[Collected, Repository]]
    failed: dict[str, BylineError]

    @property
    def is_broken(self) -> bool:
        """Whether a repository could not be read, rather than may not be."""
        stops = (CaptureError, PausedError)
        return any(not isinstance(error, stops) for error in self.failed.values())

    def check(self) -> None:
        """Say no where a repository is missing: nothing is built as if it did not exist.

        Raises:
            IncompleteError: Some could not be collected.
            BylineError: None could be.
        """
        if not self.failed:
            return
        words = "; ".join(f"{name}: {error}" for name, error in sorted(self.failed.items()))
        if not self.found:
            [first, *others] = self.failed.values()
            raise InputError(words, advice=first.advice) if others else first
        count = len(self.failed) + len(self.found)
        raise IncompleteError(
            f"{len(self.failed)} of {count} repositories could not be collected: {words}",
            advice="mend each as `byline collect` says, or take it out of byline.toml; "
            "then run again: what was collected is kept",
        )


def collect_all(session: Session) -> list[tuple[Collected, Repository]]:
    """Collect every configured repository; once a session.

    Raises:
        UsageError: No repository is configured.
        IncompleteError: One cannot be read; the others were collected.
        InputError: None can be read.
    """
    gathered = gather_all(session)
    gathered.check()
    return gathered.found


def gather_all(session: Session) -> Gathered:
    """Collect every configured repository that can be; once a session.

    Raises:
        UsageError: No repository is configured.
        PausedError: All capture is paused.
    """
    return session.once("collect", lambda: _gather_all(session))


def _gather_all(session: Session) -> Gathered:
    config = session.config
    if not config.repositories:
        raise UsageError(
            "no repository is configured", advice="add a [[repositories]] table to byline.toml"
        )
    intake = intake_of(session)  # a manifest that is not the published one stops everything
    gathered = Gathered([], {})
    for repository in config.repositories:
        try:
            gathered.found.append((_collect_one(session, repository, intake), repository))
        except (CaptureError, InputError, IntegrityError, PausedError) as error:
            if isinstance(error, PausedError) and error.is_whole:
                raise
            gathered.failed[repository.name] = error
            if isinstance(error, CaptureError):
                intake.refused(repository.name, error)
            session.voice.say(f"{repository.name}: not collected: {error}")
            session.voice.say(f"  fix: {error.advice}" if error.advice else "  the others go on")
    found = gathered.found
    changed = [collected.repository for collected, _ in found if collected.changed]
    session.voice.say(f"collect   {len(found)} repositories, {_new(changed)}")
    return gathered


def _collect_one(session: Session, repository: Repository, intake: Intake) -> Collected:
    def ask() -> None:
        intake.ask(repository.name, 0, "")

    def progress(done: int, total: int, text: str) -> None:
        ask()
        session.voice.progress(done, total, text)

    ask()
    if intake.manifest is not None:
        intake.manifest.check_repository(repository.name)
    collected = collect(
        session.config.at(repository.path),
        repository=repository.name,
        revision=repository.revision,
        limits=_limits_for(session.config, repository),
        mirrors=session.layout.mirrors,
        tables=session.layout.tables,
        executor=session.executor,
        progress=progress,
    )
    if collected.changed:
        commits = sum(part.read(["commit"]).num_rows for part in collected.commits)
        intake.accepted(repository.name, commits, collected.commit)
    if collected.rewritten:
        session.voice.say(
            f"{repository.name}: its history was rewritten since the last run; all is redone"
        )
    return collected


def _new(names: Sequence[str]) -> str:
    return f"new work in {', '.join(names)}" if names else "nothing new"
