"""The closed words that agreements and facts are written in.

Invariant: a word outside these lists never permits anything. In a file it is an error; in a table
of facts it excludes the row (`unknown_fact`).
"""

from typing import Literal

Kind = Literal[
    "employment",
    "ip-assignment",
    "nda",
    "customer-nda",
    "contractor",
    "works-agreement",
    "collective-agreement",
    "statute",
    "open-source-licence",
    "separation",
    "policy",
]
Effect = Literal["permit", "forbid", "require"]
WorkClass = Literal["code", "design", "process"]
ClassWord = Literal["code", "design", "process", "*"]
Basis = Literal["agreement", "legitimate_interest", "consent", "licence"]
Lane = Literal["attributed", "anonymous"]
Status = Literal["in_force", "proposed"]
NoticeBefore = Literal["use", "authorship"]
PopulationWord = Literal["roster", "outsider", "bot", "ai", "anyone"]
WorkerType = Literal["employee", "contractor", "intern"]
Employment = Literal["in_force", "before", "after", "between", "none"]
Owner = Literal["employer", "customer", "third-party", "open-source", "own-time"]
Authorship = Literal["human", "ai", "mixed", "unknown"]

CLASSES: frozenset[str] = frozenset({"code", "design", "process"})
OWNERS: frozenset[str] = frozenset(
    {"employer", "customer", "third-party", "open-source", "own-time"}
)
EMPLOYMENTS: frozenset[str] = frozenset({"in_force", "before", "after", "between", "none"})
AUTHORSHIPS: frozenset[str] = frozenset({"human", "ai", "mixed", "unknown"})
POPULATIONS: frozenset[str] = frozenset({"roster", "outsider", "bot", "ai"})
PEOPLE_POPULATIONS: frozenset[str] = frozenset({"roster", "outsider"})

SIGNED_KINDS: frozenset[str] = frozenset(
    {"employment", "ip-assignment", "nda", "contractor", "separation"}
)
"""Kinds that the author signs personally, so that their own words can be the notice."""

LICENCE_NOTICE = "licence"
"""The `needs_notice` word that takes the licence of the work itself as the notice."""
