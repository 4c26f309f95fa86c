"""What work may be used for: a closed list in two groups.

Invariants: the list is closed; the group `RESTRICTED` is never included by "*", so a permit for one
of them exists only where an agreement names it literally (DESIGN section 7).
"""

import difflib
from collections.abc import Sequence
from enum import StrEnum

from byline.errors import UsageError

EVERY = "*"


class Purpose(StrEnum):
    """A use that a release declares and a clause speaks about."""

    ASSIST_AUTHOR = "assist_author"
    ASSIST_OTHERS = "assist_others"
    CODE_REVIEW = "code_review"
    TEST_GENERATION = "test_generation"
    REPAIR = "repair"
    SECURITY_SCAN = "security_scan"
    RETRIEVAL = "retrieval"
    EVALUATION_ONLY = "evaluation_only"
    EXTERNAL_PRODUCT = "external_product"
    SALE_TRANSFER = "sale_transfer"
    ROLE_AUTOMATION = "role_automation"
    ROLE_REPLICATION = "role_replication"
    PERSONA_TWIN = "persona_twin"
    PERFORMANCE_EVALUATION = "performance_evaluation"


RESTRICTED: frozenset[str] = frozenset(
    {
        Purpose.EXTERNAL_PRODUCT,
        Purpose.SALE_TRANSFER,
        Purpose.ROLE_AUTOMATION,
        Purpose.ROLE_REPLICATION,
        Purpose.PERSONA_TWIN,
        Purpose.PERFORMANCE_EVALUATION,
    }
)
ORDINARY: frozenset[str] = frozenset(Purpose) - RESTRICTED


def check_purposes(purposes: Sequence[str]) -> tuple[Purpose, ...]:
    """The purposes as members of the closed list, in their order, repeats dropped.

    Raises:
        UsageError: No purpose is given, or one is not on the list ("*" is not a purpose).
    """
    if isinstance(purposes, str) or not purposes:
        raise UsageError(
            "no list of purposes is given", advice='Write purposes = ["assist_others"].'
        )
    checked = dict.fromkeys(_check_one(purpose) for purpose in purposes)
    return tuple(checked)


def _check_one(purpose: str) -> Purpose:
    try:
        return Purpose(purpose)
    except ValueError as error:
        near = difflib.get_close_matches(str(purpose), list(Purpose), n=1)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"{purpose!r} is not a purpose", advice=f"{meant}Purposes: {', '.join(Purpose)}."
        ) from error
