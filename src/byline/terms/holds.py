"""Holds: work that must be kept for a matter, and so is neither erased nor trained on nor read.

Invariant: a hold only ever excludes. It stands against erasure until it is released, and work under
it is kept sealed (`byline.terms.schema`: outcome excluded, reason ``held``).
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, order=True, kw_only=True)
class Hold:
    """One hold with what it covers; every list that is not empty must match.

    Attributes:
        id: The hold's id.
        matter: What it is for, in the organisation's words.
        people: Roster ids, or ``email:<address>``.
        repositories: Names of repositories and sources.
        placed: The first day it counts.
        released: The first day it counts no more; None while it stands.
        custodian: Who may open what is kept.
    """

    id: str
    matter: str
    placed: dt.date
    people: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    released: dt.date | None = None
    custodian: str = ""

    def stands(self, as_of: dt.date) -> bool:
        """Whether it was placed by the day and is not released yet."""
        return self.placed <= as_of and (self.released is None or as_of < self.released)
