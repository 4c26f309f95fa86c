"""The steps of the main job, each resumable and each a no-op when there is nothing new."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from byline.cli.session import Session
from byline.engine.stage import combined
from byline.errors import BylineError, IncompleteError, InputError, IntegrityError, UsageError
from byline.privacy.pseudonyms import read_or_create_key
from byline.release.build import Built, build_release
from byline.release.prepare import (
    Decided,
    Described,
    Prepared,
    decide_repository,
    describe,
    prepare,
)
from byline.release.seal import SealedRelease
from byline.work.git.collect import Collected, Limits, collect
from byline.work.git.ignored import read_ignored
from byline.workspace.config import Config, Repository
from byline.workspace.files import sha256_text, write_json
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger


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
    """
    return session.once("collect", lambda: _gather_all(session))


def _gather_all(session: Session) -> Gathered:
    config = session.config
    if not config.repositories:
        raise UsageError(
            "no repository is configured", advice="add a [[repositories]] table to byline.toml"
        )
    gathered = Gathered([], {})
    for repository in config.repositories:
        try:
            gathered.found.append((_collect_one(session, repository), repository))
        except (InputError, IntegrityError) as error:
            gathered.failed[repository.name] = error
            session.voice.say(f"{repository.name}: not collected: {error}")
            session.voice.say(f"  fix: {error.advice}" if error.advice else "  the others go on")
    found = gathered.found
    changed = [collected.repository for collected, _ in found if collected.changed]
    session.voice.say(f"collect   {len(found)} repositories, {_new(changed)}")
    return gathered


def _collect_one(session: Session, repository: Repository) -> Collected:
    collected = collect(
        session.config.at(repository.path),
        repository=repository.name,
        revision=repository.revision,
        limits=limits_of(session.config),
        mirrors=session.layout.mirrors,
        tables=session.layout.tables,
        executor=session.executor,
        progress=session.voice.progress,
    )
    if collected.rewritten:
        session.voice.say(
            f"{repository.name}: its history was rewritten since the last run; all is redone"
        )
    return collected


def _new(names: Sequence[str]) -> str:
    return f"new work in {', '.join(names)}" if names else "nothing new"


def describe_all(session: Session) -> list[Described]:
    """Collect, then say who wrote what and what is in it."""
    inputs = session.inputs
    found = [
        describe(collected, repository, inputs, session.tools)
        for collected, repository in collect_all(session)
    ]
    directory = inputs.directory
    summary = {"people": len(directory.people)}
    _record_once(session, ledger.ROSTERS, directory.digest, summary=summary)
    return found


def decide_all(session: Session) -> list[Decided]:
    """Decide all collected work; once a session."""
    return session.once("decide", lambda: _decide_all(session))


def _decide_all(session: Session) -> list[Decided]:
    decided = [
        decide_repository(described, session.inputs, session.tools)
        for described in describe_all(session)
    ]
    terms = session.inputs.terms
    _record_once(
        session,
        ledger.TERMS,
        terms.digest,
        agreements=[f"{one.id}@{one.version}" for one in terms.agreements],
        summary={
            "notices": len(terms.notices),
            "objections": len(terms.objections),
            "withdrawals": len(terms.withdrawals),
        },
    )
    parts = [part for one in decided for _, part in one.pairs]
    counts = decision_counts(decided)
    _record_once(
        session,
        ledger.DECISION_SETS,
        combined(parts),
        terms=terms.digest,
        as_of=session.inputs.as_of.isoformat(),
        counts=counts,
    )
    total = sum(counts.values())
    session.voice.say(
        f"decide    {total:,} contributions: {counts.get('permitted', 0):,} permitted, "
        f"{total - counts.get('permitted', 0):,} excluded"
    )
    return decided


def decision_counts(decided: Sequence[Decided]) -> dict[str, int]:
    """Decisions by reason."""
    counts: Counter[str] = Counter()
    for one in decided:
        for _, part in one.pairs:
            for row in pc.value_counts(part.read(["reason"])["reason"]).to_pylist():
                counts[row["values"]] += row["counts"]
    return dict(counts.most_common())


def _record_once(session: Session, table: Any, digest: str, **facts: Any) -> None:
    """Add a fact to the ledger unless one with this digest is there."""
    if not rows(session.ledger, table, digest=digest):
        append(session.ledger, table, {"digest": digest, **facts})


def prepare_all(session: Session) -> Prepared:
    """Run the recipes over all decided work."""
    return prepare(
        decide_all(session), config=session.config, inputs=session.inputs, tools=session.tools
    )


@dataclass(frozen=True)
class Released:
    """A release in place, and whether it was made now."""

    sealed: SealedRelease
    is_new: bool


def release_all(session: Session) -> Released:
    """Build and seal a release of everything that may be included; nothing new, nothing done."""
    prepared = prepare_all(session)
    state = session.layout.tables / "release.json"
    key = _release_key(session, prepared)
    known = _known_release(state, key)
    if known is not None and (session.layout.releases / known).is_dir():
        session.voice.say(f"release   {known}: nothing new")
        return Released(session.sealed(session.layout.releases / known), is_new=False)
    built = build_release(
        prepared,
        config=session.config,
        inputs=session.inputs,
        layout=session.layout,
        signer=session.signer,
        executor=session.executor,
        progress=session.voice.progress,
    )
    _record_release(session, built)
    write_json(state, {"key": key, "release": built.release})
    word = "sealed" if built.is_new else "the same as before"
    session.voice.say(
        f"release   {built.release}: {built.manifest['examples']:,} examples by "
        f"{built.manifest['people']} people, {word}"
    )
    return Released(session.sealed(built.directory), is_new=built.is_new)


def _known_release(state: Path, key: str) -> str | None:
    """The release that was made with this key last, or None; a damaged note is no note."""
    try:
        known = json.loads(state.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    same = isinstance(known, dict) and known.get("key") == key
    return str(known["release"]) if same and known.get("release") else None


def _release_key(session: Session, prepared: Prepared) -> str:
    config = session.config
    made_of = sorted(
        (about.collected.repository, about.collected.commit, about.repository.owner,
         about.licence.expression if about.licence else "")
        for about in (decided.described for decided in prepared.repositories)
    )  # fmt: skip
    return sha256_text(
        repr(made_of),
        combined(prepared.candidates),
        combined(prepared.segments),
        config.release.name,
        repr(config.release.recipes),
        repr(session.inputs.purposes),
        session.inputs.terms.digest,
        json.dumps(prepared.settings, sort_keys=True),
        sha256_text(read_or_create_key(config.at(config.people.linkage_key)).hex()),
    )


def _record_release(session: Session, built: Built) -> None:
    """Put a release into the ledger, once."""
    if rows(session.ledger, ledger.RELEASES, release=built.release):
        return
    manifest = built.manifest
    append(
        session.ledger,
        ledger.CONTRIBUTORS,
        *(
            {"release": built.release, "contributor": person, "examples": count}
            for person, count in sorted(built.people.items())
        ),
    )
    append(
        session.ledger,
        ledger.RELEASES,
        {
            "release": built.release,
            "name": manifest["name"],
            "purposes": manifest["purposes"],
            "root": manifest["root"],
            "manifest_sha256": built.manifest_sha256,
            "path": _relative(built.directory, session),
            "counts": {"examples": manifest["examples"], "people": manifest["people"]},
            "log_index": built.log_index,
        },
    )


def _relative(path: Path, session: Session) -> str:
    return path.relative_to(session.layout.root).as_posix()
