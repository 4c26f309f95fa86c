"""Assessments in the transparency log, before anything is built that rests on them.

Invariant: only assessments that open their gates are logged, by the hash of their document; who
signed stays with the organisation.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from byline.proof.note import Signer
from byline.release.logbook import record
from byline.terms.assessment_files import state_of_assessment
from byline.terms.assessments import Assessment

FACT_TYPE = "assessment"


def log_assessments(
    assessments: Iterable[Assessment], *, log: Path, signer: Signer, as_of: dt.date
) -> dict[str, int]:
    """Put every assessment in force into the log, once; returns the index of each by its id."""
    return {
        one.id: record(
            log,
            {
                "type": FACT_TYPE,
                "assessment": one.id,
                "kind": one.kind,
                "sha256": one.sha256,
                "completed": one.completed.isoformat(),
            },
            signer=signer,
        ).index
        for one in assessments
        if state_of_assessment(one, as_of=as_of) == "in force"
    }
