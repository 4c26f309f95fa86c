"""What a leaver's receipt says: their work, what is decided of it, and where it has gone.

Invariants: integers, words and dates only, so that it has one canonical form; nobody is named, only
pseudonyms are; what survives is named by clause and by the hash of its words; nothing is promised
that is not on record.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.answers.impact import Impact
from byline.answers.left_work import LeftWork, is_included
from byline.terms.agreements import Agreement
from byline.terms.holds import Hold
from byline.terms.quotes import text_sha256
from byline.terms.separations import CHOICES, DEFAULT_CHOICE, Reached, Separation

SCHEMA: Final = "byline/leave-receipt/1"
VERIFY: Final = "byline leave verify FILE --key KEY, with the public key of the log; works offline"


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """One person of a batch and all that their receipt rests on.

    Attributes:
        subject: Their pseudonym in this batch.
        addresses: How many addresses are theirs.
        history: The states that their separation came to.
        choice: What is chosen, or nothing yet.
        holds: Holds on their work that stand.
    """

    subject: str
    separation: Separation
    addresses: int
    history: Sequence[Reached]
    choice: str
    work: LeftWork
    holds: Sequence[Hold]


def body_of(
    leaver: Leaver,
    *,
    kind: str,
    batch: str,
    as_of: dt.date,
    impact: Impact,
    words: Mapping[str, Mapping[str, str]],
    evidence: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of one receipt.

    Args:
        leaver: Whose it is.
        kind: `leaving`, or `closing`.
        batch: The batch's id.
        as_of: The use date of the decisions.
        impact: What the whole batch's work has gone into.
        words: Every clause, by id (`words_of`).
        evidence: For a closing, what showed that the work is out.
    """
    told = leaver.separation
    return {
        "schema": SCHEMA,
        "kind": kind,
        "batch": batch,
        "subject": leaver.subject,
        "as_of": as_of.isoformat(),
        "separation": {
            "separation": told.id,
            "kind": told.kind,
            "told": told.told.isoformat(),
            "effective": told.effective.isoformat(),
            "country": told.country,
            "region": told.region,
        },
        "states": [{"state": one.state, "day": one.day.isoformat()} for one in leaver.history],
        "choices": {
            "offered": list(CHOICES),
            "deadline": told.deadline.isoformat(),
            "default": DEFAULT_CHOICE,
            "chosen": leaver.choice,
        },
        "identity": {"addresses": leaver.addresses},
        "work": _work(leaver.work),
        "decisions": _decisions(leaver.work),
        "survives": _survives(leaver.work, words),
        **_reached(told.person, impact),
        "holds": [
            {"hold": one.id, "placed": one.placed.isoformat(), "custodian": one.custodian}
            for one in leaver.holds
        ],
        "next_release": _next_release(leaver.work),
        "evidence": dict(evidence or {}),
        "verify": VERIFY,
    }


def words_of(agreements: Sequence[Agreement]) -> dict[str, dict[str, str]]:
    """Every clause with its agreement and the hash of its words, runs of white space as one."""
    found = {}
    for agreement in agreements:
        for clause in agreement.clauses:
            found[clause.id] = {
                "clause": clause.id,
                "agreement": f"{agreement.id}@{agreement.version}",
                "text_sha256": text_sha256(clause.text),
            }
    return found


def _work(work: LeftWork) -> list[dict[str, Any]]:
    """Contributions and lines by class and authorship, each contribution once."""
    purposes = {key[2] for key in work.tallies}
    first = min(purposes, default="")
    totals: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (work_class, authorship, purpose, *_), (count, lines) in work.tallies.items():
        if purpose == first:
            totals[work_class, authorship][0] += count
            totals[work_class, authorship][1] += lines
    return [
        {"class": name, "authorship": who, "contributions": count, "lines": lines}
        for (name, who), (count, lines) in sorted(totals.items())
    ]


def _decisions(work: LeftWork) -> list[dict[str, Any]]:
    """For each purpose and class, how many were included, are now, and why the others are not."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for (work_class, _, purpose, before, after, reason, _), (count, _) in work.tallies.items():
        row = found.setdefault(
            (purpose, work_class),
            {
                "purpose": purpose, "class": work_class, "included_before": 0,
                "included_after": 0, "ended": 0, "excluded": Counter(),
            },
        )  # fmt: skip
        row["included_before"] += count * is_included(before)
        row["included_after"] += count * is_included(after)
        row["ended"] += count * (is_included(before) and not is_included(after))
        if not is_included(after):
            row["excluded"][reason] += count
    return [{**row, "excluded": dict(row["excluded"])} for _, row in sorted(found.items())]


def _survives(work: LeftWork, words: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The clauses under which work is still included, with the hash of their words."""
    counts: Counter[str] = Counter()
    for (*_, after, _, clauses), (count, _) in work.tallies.items():
        if is_included(after):
            for clause in clauses:
                counts[clause] += count
    return [
        {**words.get(clause, {"clause": clause}), "contributions": count}
        for clause, count in sorted(counts.items())
    ]


def _reached(person: str, impact: Impact) -> dict[str, Any]:
    """Releases, models and deployments that hold the person's work, and what could not be asked."""
    roots = {one.release: one.root for one in impact.releases}
    held = impact.of(person)
    releases = {one.release for one in held}
    models = [one for one in impact.models if one.release in releases]
    named = {one.model for one in models}
    return {
        "releases": [
            {
                "release": one.release, "root": roots[one.release],
                "contributor": one.contributor, "examples": one.examples,
                "classes": dict(one.classes), "shards": dict(one.shards),
            }
            for one in held
        ],
        "models": [
            {
                "model": one.model, "release": one.release, "purpose": one.purpose,
                "weights_sha256": impact.weights.get(one.model, ""),
            }
            for one in models
        ],
        "deployments": [
            {
                "deployment": one.id, "model": one.model, "purpose": one.purpose,
                "place": one.place,
            }
            for one in impact.deployments
            if one.model in named
        ],
        "not_determined": [
            {"release": one.release, "reason": one.reason} for one in impact.undetermined
        ],
    }  # fmt: skip


def _next_release(work: LeftWork) -> list[dict[str, Any]]:
    """What a release that is made from now on may hold of this work, by purpose."""
    counts: dict[str, list[int]] = {}
    for (_, _, purpose, _, after, _, _), (count, _) in work.tallies.items():
        may, may_not = counts.setdefault(purpose, [0, 0])
        included = is_included(after)
        counts[purpose] = [may + count * included, may_not + count * (not included)]
    return [
        {"purpose": purpose, "may_hold": may, "holds_none_of": may_not}
        for purpose, (may, may_not) in sorted(counts.items())
    ]
