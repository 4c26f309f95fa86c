"""Tasks of two: a record and the one that replaced it; a change and the record that it follows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from byline.examples.chance import fraction
from byline.examples.decision_changes import Change, change_of, said, sources_of
from byline.examples.decision_checks import leaks, names_record
from byline.examples.decision_drafts import Shown, drafted
from byline.examples.decision_records import Decision, shown_text
from byline.examples.decision_rules import check, check_overlap, check_reason
from byline.examples.decision_tasks import Desk, labels_of, record_of, show_context, unit_of
from byline.examples.document_links import Neighbours, neighbours_of
from byline.examples.document_slices import names_of, word_count
from byline.examples.draft import Draft, Log, Unit
from byline.examples.material import Material
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, joined

FOLLOWS: Final = frozenset({"decides", "implements", "follows"})
REASONS: Final = frozenset({"issue", "incident"})
FOLLOWED: Final = frozenset({"implements", "follows", "mentions", "decides"})


@dataclass(frozen=True)
class Pair:
    """A record and the one that replaced it."""

    old: Decision
    new: Decision


@dataclass(frozen=True)
class Applied:
    """A change and the record that it follows.

    Attributes:
        decision: The record.
        change: The review or commit.
        evidence: ``direct``: one of them names the other; ``reason``: both name one reason.
    """

    decision: Decision
    change: Change
    evidence: str


def revisions(decisions: Sequence[Decision], source: Material) -> Iterator[Unit[Pair]]:
    """Every pair of which either record says that one replaced the other."""
    known = {str(one.item["item"]): one for one in decisions}
    pairs = set()
    for item in known:
        for link in source.links.get(item, ()):
            related = link["related"]
            if related in known and related != item:
                if link["kind"] == "supersedes":
                    pairs.add((related, item))
                elif link["kind"] == "superseded_by":
                    pairs.add((item, related))
    for old, new in sorted(pairs):
        pair = Pair(known[old], known[new])
        unit = unit_of(pair, pair.new, [*pair.new.references("context"),
                                        *pair.new.references("outcome")])  # fmt: skip
        before = pair.old.text.sources(pair.old.references("outcome"))
        yield Unit(
            pair, [*unit.sources, *before], unit.item, unit.repository, unit.time, unit.group
        )


def make_revision(unit: Unit[Pair], identity: str, log: Log, desk: Desk) -> Draft:
    """The old decision and what has happened since -> the new decision."""
    old, new, shown = unit.what.old, unit.what.new, Shown()
    names = names_of(desk.source)
    before = {name: old.pieces(name, names) for name in ("context", "outcome")}
    outcome = new.pieces("outcome", names)
    check(new, log, desk.settings)
    log.require("old_outcome_empty", word_count(joined(before["outcome"])), 1,
                bool(joined(before["outcome"]).strip()))  # fmt: skip
    _check_order(old, new, log)
    check_reason(new, outcome, log, desk.settings)
    for name, heading in (("context", "Earlier context"), ("outcome", "Earlier decision")):
        shown.add(f"old_{name}", heading, before[name], (old.text, old.references(name)))
    answer = new.name_of(new.chosen) if new.chosen else None
    show_context(new, shown, names)
    found = leaks(answer, shown_text(shown.turns)) if answer else 0
    log.require("leak", found, 0, found == 0)
    check_overlap(outcome, shown, log, desk.settings)
    if new.options and new.text.reason(new.references("options")) is None:
        shown.add("options", "Considered options", new.pieces("options", names),
                  (new.text, new.references("options")))  # fmt: skip
    shown.add("outcome", "Decision", outcome, (new.text, new.references("outcome")), learn=1.0,
              kind="decision")  # fmt: skip
    # Which old record is shown was known only from the new one.
    shown.hindsight(str(old.item["file"]), "superseded", hindsight=True)
    return drafted(
        shown, unit, identity, log, desk.making, work_class="design", task="revision",
        labels={**labels_of(new), "supersedes": str(old.item["key"])},
        max_characters=desk.settings.max_characters, record=record_of(new),
    )  # fmt: skip


def _check_order(old: Decision, new: Decision, log: Log) -> None:
    first = old.text.latest(old.references("outcome"))
    then = new.text.latest(new.references("outcome"))
    later = first is not None and then is not None and first < then
    log.require("order", float(later), 1, later)


def applications(decisions: Sequence[Decision], source: Material) -> Iterator[Unit[Applied]]:
    """Every review or commit that a record is linked with: from either side, or by its reason.

    By its reason: the only record of a group and a review of it name the same issue or incident.
    """
    linked = neighbours_of(source)
    alone = Counter(one.text.group for one in decisions)
    for decision in decisions:
        item = str(decision.item["item"])
        found: dict[str, Applied] = {}
        for link in source.links.get(item, ()):
            change = change_of(link, source) if link["kind"] in FOLLOWS else None
            if change is not None:
                found.setdefault(change.key, Applied(decision, change, "direct"))
        for review in _reviews(item, source, linked):
            found.setdefault(review.key, Applied(decision, review, "direct"))
        if alone[decision.text.group] == 1:
            for review in _by_reason(item, source, linked):
                found.setdefault(review.key, Applied(decision, review, "reason"))
        for key in sorted(found):
            unit = unit_of(found[key], decision, decision.title)
            sources = [*unit.sources, *sources_of(found[key].change, source)]
            yield replace(unit, sources=sources)


def _reviews(item: str, source: Material, linked: Neighbours) -> Iterator[Change]:
    """Reviews that say that they follow an item."""
    for one in linked.get(item, ()):
        row = source.items.get(one.item)
        if row is not None and row["kind"] == "review" and one.points and one.kind in FOLLOWED:
            yield Change(row["key"], review=row)


def _by_reason(item: str, source: Material, linked: Neighbours) -> Iterator[Change]:
    for reason in linked.get(item, ()):
        row = source.items.get(reason.item)
        if row is None or row["kind"] not in REASONS:
            continue
        for one in linked.get(reason.item, ()):
            review = source.items.get(one.item)
            if review is not None and review["kind"] == "review":
                yield Change(review["key"], review=review)


def make_application(unit: Unit[Applied], identity: str, log: Log, desk: Desk) -> Draft:
    """A change, and several records' titles -> the record that it follows."""
    decision, change, shown = unit.what.decision, unit.what.change, Shown()
    names = names_of(desk.source)
    answer = decision.text.heading(decision.title, names)
    title = joined(answer).strip()
    path, detail = str(decision.item["file"]), decision.detail
    words = said(change, desk.source, names,
                 unwanted=lambda line: names_record(line, detail, path, title))  # fmt: skip
    check(decision, log, desk.settings)
    log.require("title_empty", word_count(title), 1, bool(title))
    made, done = decision.opened, change.time
    ordered = made is not None and done is not None and made <= done
    log.require("order", float(ordered), 1, ordered)
    count = word_count(joined(words))
    least = desk.settings.min_change_words
    log.require("change_words", count, least, count >= least)
    shown.add("change", "Change", words, None)
    shown.sources += sources_of(change, desk.source)
    shown.times += [done] if done else []
    found = leaks(title, shown_text(shown.turns))
    log.require("leak", found, 0, found == 0)
    _show_candidates(unit.what, identity, desk, log, shown, names)
    shown.add("decision", "Decision that applies", answer, (decision.text, decision.title),
              learn=1.0, kind="decision")  # fmt: skip
    draft = drafted(
        shown, unit, identity, log, desk.making, work_class="design", task="applies",
        labels={**labels_of(decision), "change": change.key, "evidence": unit.what.evidence},
        max_characters=desk.settings.max_characters, record=record_of(decision),
    )  # fmt: skip
    inferred = unit.what.evidence == "reason"
    return replace(draft, weight=desk.settings.reason_weight if inferred else 1.0)


def _show_candidates(
    applied: Applied, identity: str, desk: Desk, log: Log, shown: Shown, names: Names
) -> None:
    """The titles to choose from, in an order by hash: near ones, and the right one."""
    decision, settings = applied.decision, desk.settings
    near = desk.shelf.search.ranked(shown_text(shown.turns), most=settings.candidates * 4)
    others = [desk.shelf.decisions[item] for item in near]
    rest = [one for item, one in desk.shelf.decisions.items() if item not in near]
    fit = [one for one in (*others, *rest) if _is_candidate(one, decision, applied.change)][
        : settings.candidates - 1
    ]
    log.require("other_candidates", len(fit), 1, bool(fit))
    listed = sorted(
        (decision, *fit), key=lambda one: fraction(identity, settings.seed, str(one.item["item"]))
    )
    pieces = [
        piece for one in listed for piece in (Piece("- "), *one.text.heading(one.title, names))
    ]
    shown.add("candidates", "Decisions on record", pieces, None)
    for one in fit:
        shown.sources += one.text.sources(one.title)
        shown.hindsight(str(one.item["file"]), "candidate", hindsight=True)


def _is_candidate(other: Decision, decision: Decision, change: Change) -> bool:
    same = other.item["item"] == decision.item["item"]
    if same or not other.title or other.text.reason(other.title) is not None:
        return False
    written = other.text.latest(other.title)
    return written is not None and change.time is not None and written <= change.time
