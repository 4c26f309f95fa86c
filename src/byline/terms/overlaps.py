"""Whether one clause speaks about everything that another one speaks about, and on which days.

Invariant: an inclusion is claimed only where it holds for every person, work, purpose and day; what
cannot be told from the words of the two clauses is no inclusion.
"""

import datetime as dt
from collections.abc import Iterable

from byline.terms.agreements import Where, Who
from byline.terms.scope import Term

_WHO = tuple(key for key in Who.model_fields if key not in {"population", "employment", "minors"})
_WHERE = tuple(Where.model_fields)


def speaks_of_all(
    outer: Term,
    inner: Term,
    *,
    as_of: dt.date | None,
    purposes: frozenset[str] | None = None,
) -> bool:
    """Whether `outer` speaks about everything that `inner` permits, whenever it permits it.

    With `as_of`, what counts is that both are in force on that day; with `purposes`, that `outer`
    speaks about these uses of that work.
    """
    if as_of is None:
        same_days = inner.days.within(outer.days)
    else:
        same_days = outer.in_force and inner.in_force
    return same_days and (purposes or inner.purposes) <= outer.purposes and _same_work(outer, inner)


def _same_work(outer: Term, inner: Term) -> bool:
    wide, narrow = outer.clause, inner.clause
    return (
        not wide.who.minors
        and inner.classes <= outer.classes
        and inner.populations <= outer.populations
        and _within(narrow.who.employment or ("in_force",), wide.who.employment)
        and all(_within(_words(narrow.who, key), getattr(wide.who, key)) for key in _WHO)
        and all(_within(getattr(narrow.where, key), getattr(wide.where, key)) for key in _WHERE)
    )


def _words(who: Who, key: str) -> tuple[str, ...]:
    if key == "countries" and not who.countries:
        return tuple(region[:2] for region in who.regions)
    words: tuple[str, ...] = getattr(who, key)
    return words


def _within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    wide, narrow = set(outer), set(inner)
    return not wide or (bool(narrow) and narrow <= wide)
