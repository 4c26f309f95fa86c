"""What an organisation publishes beside its agreements: notices, assessments, exemptions.

Invariant: what is faulty here is told and does not count; it never stops a person from withdrawing
or objecting. Only a release is refused for it (`refuse_unpublished`).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from byline.errors import RefusedError
from byline.people.roster import Person
from byline.terms.agreements import Agreement
from byline.terms.assessment_files import (
    AssessmentEntry,
    needed_assessments,
    read_assessment_entries,
    read_assessors,
    verified,
)
from byline.terms.assessments import Assessment
from byline.terms.exemptions import Exemption, check_exemptions, read_exemptions
from byline.terms.notice_checks import check_notices
from byline.terms.notice_register import (
    NoticeRegister,
    counting,
    read_notice_register,
    uncovered,
)
from byline.terms.notices import Notice, read_notices
from byline.terms.problems import Problem, in_order
from byline.workspace.config import Config


@dataclass(frozen=True)
class Published:
    """What was read of it.

    Attributes:
        register: The notices' versions and translations; None where no register is configured.
        served: Every serving on record, also those that do not count.
        entries: The assessments as their register states them.
        assessments: The same as they were verified.
        exemptions: Whose work is left out, and why.
    """

    register: NoticeRegister | None = None
    served: tuple[Notice, ...] = ()
    entries: tuple[AssessmentEntry, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    @property
    def counting(self) -> tuple[Notice, ...]:
        """The servings that count in decisions."""
        return counting(self.served, self.register)


NOTHING = Published()


def read_published(config: Config, *, people: Collection[str]) -> Published:
    """Read what `[terms]` names; `people` are the ids of the roster.

    Raises:
        ConfigError: One of the files is wrong; the message names file and line.
    """
    terms = config.terms
    assessments = config.at(terms.assessments) if terms.assessments else None
    entries = read_assessment_entries(assessments) if assessments else ()
    assessors = read_assessors(config.at(terms.assessors)) if terms.assessors else ()
    register = config.at(terms.notice_register) if terms.notice_register else None
    return Published(
        register=read_notice_register(register) if register else None,
        served=read_notices(config.at(terms.notices), people=people) if terms.notices else (),
        entries=entries,
        assessments=tuple(
            verified(each, folder=assessments.parent, assessors=assessors) for each in entries
        )
        if assessments
        else (),
        exemptions=read_exemptions(config.at(terms.exemptions)) if terms.exemptions else (),
    )


def published_problems(
    published: Published,
    agreements: Sequence[Agreement],
    *,
    people: Sequence[Person],
    config: Config,
    as_of: dt.date,
) -> list[Problem]:
    """Everything that is wrong with it on the use date, sorted: errors first.

    Codes: those of `check_notices` and `check_exemptions`, and `assessment_lacking` (error: a
    clause needs it and its gate is closed) and `assessment_faulty` (warning: nothing needs it yet).
    """
    problems: list[Problem] = []
    if published.register is not None:
        problems += check_notices(
            agreements, published.register, served=published.served, people=people
        )
    needed = needed_assessments(agreements, published.assessments, as_of=as_of)
    for one in needed:
        if one.lacking:
            words = (
                f"assessment {one.assessment}, needed by {', '.join(one.clauses)}: {one.lacking}"
            )
            problems.append(Problem("error", "assessment_lacking", (one.assessment,), words))
    problems += [
        Problem("warning", "assessment_faulty", (one.id,), f"assessment {one.id}: {one.fault}")
        for one in published.assessments
        if one.fault and one.id not in {each.assessment for each in needed}
    ]
    problems += check_exemptions(agreements, published.exemptions, people, config, as_of=as_of)
    return in_order(problems)


def refuse_unpublished(
    published: Published,
    agreements: Sequence[Agreement],
    *,
    people: Sequence[Person],
    config: Config,
    purposes: Iterable[str],
    as_of: dt.date,
) -> None:
    """Let a release go on only if nobody is left out in secret and notices say what clauses permit.

    Servings, texts and assessments that do not count are left to the decisions: they exclude.

    Raises:
        RefusedError: A rule leaves people out without a published exemption, or a clause permits,
            for one of the purposes, more than the notice that it asks for says.
    """
    unequal = [
        problem
        for problem in check_exemptions(
            agreements, published.exemptions, people, config, as_of=as_of
        )
        if problem.severity == "error"
    ]
    if unequal:
        raise RefusedError(
            unequal[0].message,
            advice="`byline terms exemptions` lists them all; see docs/notices.md",
        )
    if published.register is None:
        return
    for gap in uncovered(agreements, published.register, purposes=purposes):
        what = f"{', '.join(gap.classes)} for {', '.join(gap.purposes)}"
        which = f"version {gap.version}" if gap.version else "every version"
        raise RefusedError(
            f"clause {gap.clause} permits {what}, which {which} of notice {gap.notice} leaves out",
            advice="`byline terms check` lists them all: publish a version that says it, or narrow "
            "the clause",
        )
