"""What was said or ordered since a release was made, that forbids to use it any more.

A release holds work of people who have since withdrawn, objected, paused or ended a consent, or
work that is held since: nothing more is trained from it, and no model of it is put to use, until it
is built again without that work. Nobody is named: people are counted, and few are not counted out.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from byline.answers.affected import examples_held
from byline.answers.held import Searchable, linkage_key
from byline.answers.under_hold import reaching
from byline.errors import RefusedError
from byline.terms.agreed import Terms
from byline.terms.bases import against
from byline.terms.hold_records import standing_holds
from byline.terms.sayings import CONSENT_ENDS, Saying, fold, sayings_of
from byline.terms.vocabulary import CLASSES
from byline.workspace.config import Config

FEWEST: Final = 10  # people; a smaller number is not told
ENDED: Final = "consent ended"
CommitsOf = Callable[[str], Collection[str]]


@dataclass(frozen=True, order=True)
class Since:
    """One reason why a release may not be used any more.

    Attributes:
        reason: withdrawn, objected, paused, consent ended, strange, held.
        people: How many people's sayings; 0 for a hold.
        hold: The hold's id, or empty.
    """

    reason: str
    people: int = 0
    hold: str = ""

    @property
    def words(self) -> str:
        """In words, without telling of so few that they could be guessed."""
        if self.hold:
            return f"work held under {self.hold}"
        count = f"{self.people:,}" if self.people >= FEWEST else f"fewer than {FEWEST}"
        return f"{self.reason}: {count} people"

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        few = not self.hold and self.people < FEWEST
        return {"reason": self.reason, "people": None if few else self.people, "hold": self.hold}


def said_since(
    one: Searchable,
    *,
    purpose: str,
    terms: Terms,
    decided: Terms | None,
    config: Config,
    ledger: sa.Engine,
    as_of: dt.date,
    commits_of: CommitsOf | None = None,
) -> tuple[Since, ...]:
    """Why a release may not be used for a purpose any more; empty when it may.

    Args:
        one: The release.
        purpose: What it, or a model of it, is used for.
        terms: What was agreed and said, to the newest.
        decided: What it was decided under, whose sayings and holds it has heeded; None where that
            is not known, and then everything that stands counts as said since.
        config: Names the linkage key.
        ledger: Has the release's pseudonyms.
        as_of: The day of the use.
        commits_of: The commits that name a person, where the caller knows them (`affected`).

    Raises:
        ConfigError: Something was said, and the linkage key is missing: nobody can tell whose
            work the release has.
        IntegrityError: A shard cannot be read.
    """
    before = dt.date.fromisoformat(one.release.manifest["decided_as_of"])
    heeded = standing_holds(decided.holds, as_of=before) if decided else ()
    holds = [hold for hold in standing_holds(terms.holds, as_of=as_of) if hold not in heeded]
    old = _said(decided, before) if decided else {}
    spoken = dict(_spoken(_said(terms, as_of), old, purpose=purpose, terms=terms))
    if not holds and not spoken:
        return ()
    key = linkage_key(config)
    found: Counter[str] = Counter()
    for person, reasons in spoken.items():
        contributor = one.pseudonym(person, key=key)
        if reason := _reaches(one, person, contributor, reasons, ledger, commits_of):
            found[reason] += 1
    held = reaching(one, holds=holds, key=key, ledger=ledger)
    return (
        *(Since(reason, people) for reason, people in sorted(found.items())),
        *(Since("held", hold=hold.id) for hold in held),
    )


def check_since(subject: str, found: Collection[Since], *, advice: str) -> None:
    """Refuse what may not be used any more.

    Raises:
        RefusedError: There is a reason.
    """
    if found:
        raise RefusedError(
            f"{subject} has work that may not be used any more: "
            + "; ".join(one.words for one in sorted(found)),
            advice=advice,
        )


def _reaches(
    one: Searchable,
    person: str,
    contributor: str,
    reasons: dict[str, list[str]],
    ledger: sa.Engine,
    commits_of: CommitsOf | None,
) -> str:
    """The first reason whose classes the release has work of, or empty."""
    if not examples_held(one, contributor, ledger=ledger):
        return ""
    for reason, classes in reasons.items():
        if set(classes) == set(CLASSES):
            return reason
        commits = commits_of(person) if commits_of else None
        if examples_held(one, contributor, ledger=ledger, classes=classes, commits=commits):
            return reason
    return ""


def _said(terms: Terms, as_of: dt.date) -> dict[str, tuple[Saying, ...]]:
    return sayings_of(
        terms.events, objections=terms.objections, withdrawals=terms.withdrawals, as_of=as_of
    )


def _spoken(
    said: Mapping[str, Sequence[Saying]],
    heeded: Mapping[str, Sequence[Saying]],
    *,
    purpose: str,
    terms: Terms,
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """People with what they said since against the use, and for which classes of work."""
    consented = any(
        clause.basis == "consent" for agreement in terms.agreements for clause in agreement.clauses
    )
    for person, sayings in said.items():
        new = set(sayings) - set(heeded.get(person, ()))
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for work_class in sorted(CLASSES):
            about = [one for one in sayings if one.covers(work_class=work_class, purpose=purpose)]
            if not new.intersection(about):
                continue
            for reason in against(fold(about)):
                reasons[reason].append(work_class)
            if consented and _consent_ended(about):
                reasons[ENDED].append(work_class)
        if reasons:
            yield person, dict(reasons)


def _consent_ended(about: Collection[Saying]) -> bool:
    """Whether a consent ended and was not given again."""
    standing = fold(about)
    ended = max((standing.latest[kind] for kind in CONSENT_ENDS if kind in standing.latest),
                default=None)  # fmt: skip
    given = standing.consent.at if standing.consent else None
    return ended is not None and (given is None or given <= ended)
