"""May this be used for that? The one question that release, training and deployment all ask.

Invariants: a purpose is one of the closed list; nothing is used for a purpose that it was not made
for; a restricted purpose needs a clause in force that names it literally, and "*" names none.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from byline.errors import RefusedError
from byline.terms.agreements import Agreement
from byline.terms.purposes import RESTRICTED, Purpose, check_purposes
from byline.terms.scope import terms_of


@dataclass(frozen=True)
class Bound:
    """What something was made for, and so the most that it may be used for.

    Attributes:
        subject: How it is called: "release rel_…", "model mdl_…".
        purposes: A release's purposes, or the one of a model.
        named: Clauses that name its restricted purposes, by purpose.
    """

    subject: str
    purposes: tuple[str, ...]
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def check_use(
    bound: Bound, purpose: str, *, action: str, clauses: Mapping[str, Collection[str]] | None = None
) -> Purpose:
    """The purpose, if this may be used for it.

    Args:
        bound: What it was made for.
        purpose: What somebody wants to use it for.
        action: The use in words: "trained from", "deployed", "opened".
        clauses: Clauses that name restricted purposes today, by purpose (`naming_clauses`). None:
            what was known when it was made is all that can be asked.

    Raises:
        UsageError: The purpose is not on the closed list.
        RefusedError: It may not.
    """
    [wanted] = check_purposes([purpose])
    if wanted not in bound.purposes:
        raise RefusedError(
            f"{bound.subject} may not be {action} for {wanted.value}: it was made for "
            f"{', '.join(bound.purposes) or 'nothing'}",
            advice="use it for that, or make a release and a model that are decided for the other",
        )
    if wanted in RESTRICTED:
        _check_named(bound, wanted, action=action, named=bound.named)
        if clauses is not None:
            _check_named(bound, wanted, action=action, named=clauses)
    return wanted


def naming_clauses(
    agreements: Iterable[Agreement], *, as_of: dt.date
) -> dict[str, tuple[str, ...]]:
    """Clauses in force on a day that permit a restricted purpose by its name, by purpose."""
    found: dict[str, list[str]] = {}
    for term in terms_of(tuple(agreements), as_of=as_of):
        if term.in_force and term.clause.effect == "permit":
            for purpose in RESTRICTED & set(term.clause.purposes):
                found.setdefault(purpose, []).append(term.id)
    return {purpose: tuple(sorted(ids)) for purpose, ids in sorted(found.items())}


def _check_named(
    bound: Bound, purpose: Purpose, *, action: str, named: Mapping[str, Collection[str]]
) -> None:
    if not named.get(purpose):
        raise RefusedError(
            f"{bound.subject} may not be {action} for {purpose.value}: it is denied unless an "
            "agreement in force names it, and no clause does",
            advice="restricted purposes are agreed on by name; `byline terms check` lists clauses",
        )
