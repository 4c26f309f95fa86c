"""Assessments (DPIA, LIA, risk assessment) as gates: signed, dated, and of known content.

Invariant: an assessment opens a gate only if its document is the one that was signed, the signature
is by somebody whom the organisation named, and the use date lies within its dates.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from byline.terms.purposes import EVERY

AssessmentKind = Literal["dpia", "lia", "risk"]


@dataclass(frozen=True, order=True, kw_only=True)
class Assessment:
    """One assessment, as far as decisions ask about it.

    Attributes:
        id: What clauses name it by.
        kind: A data protection impact assessment (GDPR Art. 35), a legitimate-interest assessment
            (Art. 6(1)(f)), or a risk assessment (11 CCR 7150).
        sha256: The hash of its document's bytes.
        completed: The day it was completed.
        expires: The first day on which it counts no more.
        classes: Classes of work that it assesses.
        purposes: Purposes that it assesses.
        signed_by: Who signed it; empty where no good signature was found.
        fault: Why it opens no gate although it is there, or empty.
    """

    id: str
    kind: AssessmentKind
    sha256: str
    completed: dt.date
    expires: dt.date | None = None
    classes: tuple[str, ...] = (EVERY,)
    purposes: tuple[str, ...] = (EVERY,)
    signed_by: str = ""
    fault: str = ""

    def covers(self, *, work_class: str, purpose: str, as_of: dt.date) -> bool:
        """Whether it opens the gate for this class and purpose on the use date."""
        return (
            bool(self.signed_by)
            and not self.fault
            and self.completed <= as_of
            and (self.expires is None or as_of < self.expires)
            and (EVERY in self.classes or work_class in self.classes)
            and (EVERY in self.purposes or purpose in self.purposes)
        )
