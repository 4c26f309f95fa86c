"""Personal data with a shape of its own: e-mail, phone, IBAN, card, addresses, birth dates, SSN.

Patterns find candidates and a checksum or a registry decides; where neither exists (phone numbers)
the patterns are strict. Street addresses are found only where a state and a ZIP code (US) or a
street suffix and a postal code (German) complete them: nothing less is precise in code.
Names are another module's job, because only a list of people makes them findable.
"""

from collections.abc import Sequence
from typing import Final

from byline.privacy.personal_rules import PERSONAL_RULES
from byline.privacy.rules import apply_rules
from byline.privacy.spans import Finding, merged, to_code_points

DETECTOR: Final = "byline.personal"
VERSION: Final = "1"


def find_personal(texts: Sequence[str]) -> list[list[Finding]]:
    """Find personal data in each text.

    Args:
        texts: Valid Unicode strings.

    Returns:
        For each text its findings, category ``personal``, kinds ``email``, ``phone``, ``iban``,
        ``card``, ``ip-address``, ``ssn``, ``address`` and ``birth-date``, without overlaps and in
        order of place.
    """
    return [find_personal_in(text.encode("utf-8")) for text in texts]


def find_personal_in(data: bytes) -> list[Finding]:
    """Find personal data in one text given as UTF-8."""
    found = list(apply_rules(PERSONAL_RULES, data))
    points = to_code_points(data, [offset for one in found for offset in (one.start, one.end)])
    return merged(
        Finding(points[2 * at], points[2 * at + 1], "personal", one.kind, DETECTOR, VERSION)
        for at, one in enumerate(found)
    )
