"""What agreement files do not show: reviews, hashes, dates that run out.

Invariant: nothing here changes a decision. A template is never reproached for not being reviewed,
because it says of itself that it must be.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from byline.terms.agreements import Agreement, Clause
from byline.terms.problems import Problem, Severity
from byline.terms.scope import days_of

SOON_DAYS = 90
SHOWN = 5  # names in one sentence


def date_faults(
    agreement: Agreement, *, as_of: dt.date | None, proposed: bool
) -> Iterator[Problem]:
    """What of an agreement is not in force, not law, not for ever, or not anybody's own words."""
    about = (agreement.id,)
    if agreement.template:
        words = f"agreement {agreement.id} is a template and not legal advice; have it reviewed"
        yield Problem("warning", "template", about, words)
    if agreement.status == "proposed":
        does = "forbids and requires as if in force" if proposed else "decides nothing"
        words = f"{agreement.id} is only proposed and not in force; as configured it {does}"
        yield Problem("information", "proposed", about, words)
    if as_of is None:
        return
    if agreement.effective > as_of:
        words = f"agreement {agreement.id} is effective from {agreement.effective} only"
        yield Problem("warning", "not_yet_effective", about, words)
    elif not agreement.in_force(as_of):
        words = f"agreement {agreement.id} expired on {agreement.expires}; renew or remove it"
        yield Problem("warning", "expired", about, words)
    else:
        yield from _running_out(agreement, as_of)


def _running_out(agreement: Agreement, as_of: dt.date) -> Iterator[Problem]:
    soon = as_of + dt.timedelta(days=SOON_DAYS)
    if agreement.expires is not None and agreement.expires <= soon:
        words = f"agreement {agreement.id} expires on {agreement.expires}; renew it before"
        yield Problem("warning", "expires_soon", (agreement.id,), words)
    for clause in agreement.clauses:
        end = days_of(agreement, clause).end
        if end is None or end == agreement.expires:
            continue
        if end <= as_of:
            words = f"clause {clause.id} expired on {end}; renew or remove it"
            yield Problem("warning", "expired", (clause.id,), words)
        elif end <= soon:
            words = f"clause {clause.id} expires on {end}; renew it before"
            yield Problem("warning", "expires_soon", (clause.id,), words)


def review_faults(agreements: Sequence[Agreement]) -> Iterator[Problem]:
    """Clauses that nobody has reviewed, and clauses whose reviewed words are not bound by a hash.

    Each is one problem for all agreements; it is about the agreements of which no clause is, and
    about single clauses of the others.
    """
    own = [each for each in agreements if not each.template]
    yield from _lacking(
        own,
        code="unreviewed",
        lacks=lambda agreement, clause: not (agreement.reviewed_by or clause.reviewed_by),
        words="reviewed by nobody, as far as the files say",
        fix="name counsel in `reviewed_by`",
    )
    yield from _lacking(
        own,
        code="unpinned",
        lacks=lambda _, clause: clause.text_sha256 is None,
        words="not bound to their words by `text_sha256`, so a change of them would pass",
        fix="`byline terms hash FILE` prints the hashes",
    )


def _lacking(
    agreements: Sequence[Agreement],
    *,
    code: str,
    lacks: Callable[[Agreement, Clause], bool],
    words: str,
    fix: str,
) -> Iterator[Problem]:
    about: list[str] = []
    count = 0
    for agreement in agreements:
        found = [each.id for each in agreement.clauses if lacks(agreement, each)]
        count += len(found)
        about += [agreement.id] if len(found) == len(agreement.clauses) else found
    if count:
        total = sum(len(agreement.clauses) for agreement in agreements)
        named = f"{', '.join(about[:SHOWN])}{' …' if len(about) > SHOWN else ''}"
        message = f"{count} of {total} clauses are {words} ({named}); {fix}"
        severity: Severity = "warning" if code == "unreviewed" else "information"
        yield Problem(severity, code, tuple(about), message)
