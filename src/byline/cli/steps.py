"""The steps of the main job, each resumable and each a no-op when there is nothing new."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from byline.answers.browse import MayShow, everything, sample, write_browser
from byline.cli.attesting import attest_release
from byline.cli.gathering import collect_all
from byline.cli.intake import intake_of, manifest_of
from byline.cli.session import Session
from byline.engine.stage import Partition, combined
from byline.privacy.names import NameMatcher
from byline.privacy.pseudonyms import read_or_create_key
from byline.release.anchors import anchor
from byline.release.build import Built, build_release
from byline.release.engineering import ToldDecided, decide_told
from byline.release.logged import log_basis, log_removals
from byline.release.prepare import (
    Decided,
    Described,
    Prepared,
    decide_repository,
    describe,
    prepare,
)
from byline.release.seal import SealedRelease
from byline.release.selection import Selection, select_from, selection_settings
from byline.release.source_texts import source_texts
from byline.release.work import Work, describe_work, digests
from byline.terms.archive import keep as keep_terms
from byline.terms.published import refuse_unpublished
from byline.workspace.files import sha256_text, write_json
from byline.workspace.ledger import append, append_all, rows
from byline.workspace.ledger import tables as ledger

DECIDED = "decide"  # the verb of the ledger's events that say under which terms work was decided


def describe_all(session: Session) -> list[Described]:
    """Collect, then say who wrote what and what is in it; once a session."""
    return session.once("describe", lambda: _describe_all(session))


def _describe_all(session: Session) -> list[Described]:
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
    keep_terms(terms, session.layout.terms)
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
    decisions = combined(parts)
    counts = decision_counts(decided)
    _record_once(
        session,
        ledger.DECISION_SETS,
        decisions,
        terms=terms.digest,
        as_of=session.inputs.as_of.isoformat(),
        counts=counts,
    )
    _record_use(session, decided, decisions=decisions)
    total = sum(counts.values())
    session.voice.say(
        f"decide    {total:,} contributions: {counts.get('permitted', 0):,} permitted, "
        f"{total - counts.get('permitted', 0):,} excluded"
    )
    return decided


def _record_use(session: Session, decided: Sequence[Decided], *, decisions: str) -> None:
    """Record what was decided from what, unless the record before says the same.

    `ledger.TERMS` has each set of terms once; this says which of them was in use when.
    """
    inputs = session.inputs
    detail = {
        "as_of": inputs.as_of.isoformat(),
        "purposes": list(inputs.purposes),
        "decisions": decisions,
        "facts": combined([part for one in decided for part, _ in one.pairs]),
        "roster": inputs.directory.digest,
    }
    used = rows(session.ledger, ledger.EVENTS, verb=DECIDED)
    if not used or (used[-1]["subject"], used[-1]["detail"]) != (inputs.terms.digest, detail):
        fact = {"verb": DECIDED, "subject": inputs.terms.digest, "detail": detail}
        append(session.ledger, ledger.EVENTS, fact)


def decision_counts(decided: Sequence[Decided]) -> dict[str, int]:
    """Decisions by reason."""
    return counts_of(part for one in decided for _, part in one.pairs)


def counts_of(decisions: Iterable[Partition]) -> dict[str, int]:
    """Decisions by reason, the commonest first."""
    counts: Counter[str] = Counter()
    for part in decisions:
        for row in pc.value_counts(part.read(["reason"])["reason"]).to_pylist():
            counts[row["values"]] += row["counts"]
    return dict(counts.most_common())


def work_all(session: Session) -> Work:
    """Read, group and describe reviews, issues, documents, builds and traces; once a session."""
    return session.once("work", lambda: _work_all(session))


def _work_all(session: Session) -> Work:
    work = describe_work(
        session.config, describe_all(session), session.inputs,
        replace(session.tools, intake=intake_of(session)),
        mirrors=session.layout.mirrors,
    )  # fmt: skip
    items = sum(part.read(["item"]).num_rows for one in work.sources for part in one.items)
    problems = sum(count for one in work.sources for count in one.problem_counts().values())
    if items or problems:
        session.voice.say(
            f"read      {items:,} reviews, issues, documents, builds and traces; "
            f"{problems:,} things could not be read (`byline collect --problems`)"
        )
    return work


def decide_work(session: Session) -> list[ToldDecided]:
    """Decide all contributions to reviews, issues, documents, builds and traces."""
    return session.once(
        "decide_work",
        lambda: decide_told(
            work_all(session).told, session.inputs, tables=session.layout.tables,
            executor=session.executor, progress=session.voice.progress,
        ),
    )  # fmt: skip


def _record_once(session: Session, table: Any, digest: str, **facts: Any) -> None:
    """Add a fact to the ledger unless one with this digest is there."""
    if not rows(session.ledger, table, digest=digest):
        append(session.ledger, table, {"digest": digest, **facts})


def prepare_all(session: Session) -> Prepared:
    """Run the recipes over all decided work."""
    return prepare(
        decide_all(session),
        work=decide_work(session),
        commit_groups=work_all(session).grouped.commits,
        sources=digests(work_all(session).sources),
        config=session.config,
        inputs=session.inputs,
        tools=session.tools,
    )


def selected(session: Session) -> tuple[Prepared, Selection]:
    """All candidates, and what becomes of them."""
    prepared = prepare_all(session)
    return prepared, select_from(prepared, config=session.config, executor=session.executor)


@dataclass(frozen=True)
class Released:
    """A release in place, and whether it was made now."""

    sealed: SealedRelease
    is_new: bool


def release_all(session: Session) -> Released:
    """Build and seal a release of everything that may be included; nothing new, nothing done."""
    refuse_unpublished(
        session.inputs.published,
        session.inputs.terms.agreements,
        people=session.inputs.directory.people,
        config=session.config,
        purposes=session.inputs.purposes,
        as_of=session.inputs.as_of,
    )
    manifest = manifest_of(session)
    capture = manifest.sha256 if manifest else None
    _publish(session, capture=capture)
    prepared = prepare_all(session)
    state = session.layout.tables / "release.json"
    key = _release_key(session, prepared)
    known = _known_release(state, key)
    if known is not None and (session.layout.releases / known).is_dir():
        session.voice.say(f"release   {known}: nothing new")
        sealed = session.sealed(session.layout.releases / known)
        attest_release(session, sealed)
        return Released(sealed, is_new=False)
    built = build_release(
        prepared,
        config=session.config,
        inputs=session.inputs,
        layout=session.layout,
        signer=session.signer,
        executor=session.executor,
        progress=session.voice.progress,
        capture=capture,
    )
    _record_release(session, built)
    write_json(state, {"key": key, "release": built.release})
    word = "sealed" if built.is_new else "the same as before"
    session.voice.say(
        f"release   {built.release}: {built.manifest['examples']:,} examples by "
        f"{built.manifest['people']} people, {word}"
    )
    sealed = session.sealed(built.directory)
    attest_release(session, sealed)
    return Released(sealed, is_new=built.is_new)


def _publish(session: Session, *, capture: str | None) -> None:
    """Log what a release will rest on before it is decided, and removals that were left out."""
    log, signer = session.layout.log, session.signer
    log_basis(log, session.inputs, capture=capture, signer=signer)
    log_removals(log, session.ledger, signer=signer)


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
        json.dumps(selection_settings(config), sort_keys=True),
        sha256_text(read_or_create_key(config.at(config.people.linkage_key)).hex()),
    )


def _record_release(session: Session, built: Built) -> None:
    """Put a release into the ledger, once."""
    if rows(session.ledger, ledger.RELEASES, release=built.release):
        return
    manifest = built.manifest
    contributors = [
        {"release": built.release, "contributor": person, "examples": count}
        for person, count in sorted(built.people.items())
    ]
    fact = {
        "release": built.release,
        "name": manifest["name"],
        "purposes": manifest["purposes"],
        "root": manifest["root"],
        "manifest_sha256": built.manifest_sha256,
        "path": _relative(built.directory, session),
        "counts": {"examples": manifest["examples"], "people": manifest["people"]},
        "log_index": built.log_index,
    }
    append_all(session.ledger, {ledger.CONTRIBUTORS: contributors, ledger.RELEASES: [fact]})
    anchor(session.layout.log, session.ledger, signer=session.signer)


def _relative(path: Path, session: Session) -> str:
    return path.relative_to(session.layout.root).as_posix()


def browse(session: Session, sealed: SealedRelease, *, may_show: MayShow = everything) -> Path:
    """Write the pages on which examples stand beside their sources; returns the index."""
    rows = sample(sealed, may_show=may_show)
    names = NameMatcher(session.inputs.known_people)
    mirrors = {
        one.name: session.layout.mirrors / f"{one.name}.git" for one in session.config.repositories
    }
    texts = source_texts(
        (source for chosen in rows.values() for row in chosen for source in row["sources"]),
        buckets=work_all(session).grouped.buckets,
        mirrors=mirrors,
        names=names,
    )
    return write_browser(sealed, session.layout.reports, rows=rows, texts=texts)
