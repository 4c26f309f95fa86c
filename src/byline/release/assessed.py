"""Assessments in the transparency log, before anything is built that rests on them.

Invariant: only assessments that open their gates are logged, by the hash of their document; who
signed stays with the organisation, and so does a name that tells whom one is about.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from byline.privacy.names import KnownPerson
from byline.proof.note import Signer
from byline.release.logbook import record_all
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
        for one in _in_force(assessments, as_of)
    ]


def log_assessments(
    assessments: Iterable[Assessment],
    *,
    log: Path,
    signer: Signer,
    as_of: dt.date,
    known: Sequence[KnownPerson] = (),
) -> dict[str, int]:
    """Put every assessment in force into the log, once; returns the index of each by its id.

    Args:
        assessments: All there are.
        log: The log's folder.
        signer: The log's key.
        as_of: The use date.
        known: Whom no entry may name.
    """
    counting = _in_force(assessments, as_of)
    facts = assessment_facts(counting, as_of=as_of, known=known)
    logged = record_all(log, facts, signer=signer)
    return {one.id: entry.index for one, entry in zip(counting, logged, strict=True)}


def _in_force(assessments: Iterable[Assessment], as_of: dt.date) -> list[Assessment]:
    return [one for one in assessments if state_of_assessment(one, as_of=as_of) == "in force"]
