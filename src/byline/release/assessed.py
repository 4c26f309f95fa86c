"""Assessments in the transparency log, before anything is built that rests on them.

Invariant: only assessments that open their gates are logged, by the hash of their document; who
signed stays with the organisation, and so does a name that tells whom one is about.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from byline.privacy.names import KnownPerson
from byline.release.unnamed import naming, unnamed
from byline.terms.assessment_files import state_of_assessment
from byline.terms.assessments import Assessment

FACT_TYPE = "assessment"


def assessment_facts(
    assessments: Iterable[Assessment], *, as_of: dt.date, known: Sequence[KnownPerson] = ()
) -> list[dict[str, Any]]:
    """What the log records of every assessment in force.

    Args:
        assessments: All there are.
        as_of: The use date.
        known: Whom no entry may name.
    """
    names = naming(known)
    return [
        {
            "type": FACT_TYPE,
            "assessment": unnamed(one.id, one.sha256, names),
            "kind": one.kind,
            "sha256": one.sha256,
            "completed": one.completed.isoformat(),
        }
        for one in in_force(assessments, as_of=as_of)
    ]


def in_force(assessments: Iterable[Assessment], *, as_of: dt.date) -> list[Assessment]:
    """Those that open their gates on the use date."""
    return [one for one in assessments if state_of_assessment(one, as_of=as_of) == "in force"]
