"""Everything that decisions are made from besides the work: what was agreed, told and said."""

from dataclasses import dataclass
from functools import cached_property

from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.digest import terms_digest
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal


@dataclass(frozen=True)
class Terms:
    """What was agreed, told, said and held.

    Attributes:
        events: What people said, from the ledger: consents, objections, pauses.
        assessments: Assessments that clauses may need.
        holds: Work that must be kept and so is not used.
        proposed: Whether proposed statutes and agreements forbid and require as if in force.
    """

    agreements: tuple[Agreement, ...] = ()
    notices: tuple[Notice, ...] = ()
    objections: tuple[Objection, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    events: tuple[BasisEvent, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    holds: tuple[Hold, ...] = ()
    proposed: bool = False

    @cached_property  # of 80,000 people's notices it takes most of a second
    def digest(self) -> str:
        """A digest of all of it."""
        return terms_digest(
            self.agreements, self.notices, self.objections, self.withdrawals,
            events=self.events, assessments=self.assessments, holds=self.holds,
            proposed=self.proposed,
        )  # fmt: skip
