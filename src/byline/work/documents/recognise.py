"""Which documents are decisions, designs or incidents: by where they are and by what they say.

Neither alone is believed: a folder named ``adr`` also holds an index and a template's readme, and
any design paper has a "Summary". A folder or file name that says so needs half the sections;
without one the document must have nearly all of them.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from byline.work.documents.blocks import Passage
from byline.work.documents.roles import DECISION, DESIGN, INCIDENT, words_of
from byline.work.documents.y_statement import clauses

DocumentKind = Literal["decision", "design", "incident", "document"]
DECISION_PATH: Final = re.compile(
    r"(?:^|/)(?:adrs?|decisions?|decision[-_ ]?(?:records?|log)|architecture[-_"
    r" ]?decisions?(?:[-_ ]?records?)?"
    r"|arch[-_ ]?decisions)/|(?:^|/)adr[-_ ]?\d*[^/]*$",
    re.IGNORECASE,
)
DESIGN_PATH: Final = re.compile(
    r"(?:^|/)(?:rfcs?|keps?|peps?|proposals?|designs?|design[-_ ]?(?:docs?|documents?"
    r"|proposals?)|enhancements?"
    r"|specs?|teps?|neps?|sleps?|jeps?)/|(?:^|/)(?:rfc|pep|kep|nep|tep|slep)[-_ ]?\d+[^/]*$",
    re.IGNORECASE,
)
INCIDENT_PATH: Final = re.compile(
    r"(?:^|/)(?:post[-_ ]?mortems?|incidents?|outages?|rcas?|incident[-_ ]?(?:reports?"
    r"|reviews?)|retrospectives?)/"
    r"|(?:^|/)[^/]*(?:post[-_ ]?mortem|incident|outage|\brca\b)[^/]*$",
    re.IGNORECASE,
)
PEP_HEADER: Final = re.compile(r"^(?:PEP|NEP|TEP|KEP|RFC|SLEP)\s*:\s*\S", re.MULTILINE)
STATEMENT_WINDOW: Final = 12_000  # characters in which a Y-statement is sought


def kind_of(path: str, passages: Sequence[Passage]) -> DocumentKind:
    """What a document is.

    Args:
        path: Its path, with slashes.
        passages: Its sections with their roles.
    """
    roles = {passage.role for passage in passages if passage.role}
    names = {words_of(passage.section.name) for passage in passages}
    if _is_incident(path, roles):
        return "incident"
    if _is_decision(path, roles, names, passages):
        return "decision"
    if _is_design(path, roles, passages):
        return "design"
    return "document"


def is_expected(path: str) -> bool:
    """Whether a path alone promises a decision, a design document or a postmortem."""
    return any(one.search(path) for one in (DECISION_PATH, DESIGN_PATH, INCIDENT_PATH))


def _is_incident(path: str, roles: set[str]) -> bool:
    found = roles & INCIDENT
    if INCIDENT_PATH.search(path):
        return len(found) >= 2
    return len(found) >= 4 and bool(found & {"root_cause", "timeline"})


def _is_decision(path: str, roles: set[str], names: set[str], passages: Sequence[Passage]) -> bool:
    stated = any(clauses("".join(p.lines)[:STATEMENT_WINDOW]) for p in passages[:4])
    if DECISION_PATH.search(path):
        return stated or {"context", "outcome"} <= roles or len(roles & DECISION) >= 3
    if DESIGN_PATH.search(path):
        return False
    madr = "decision outcome" in names and bool({"options", "context"} & roles)
    nygard = {"status", "context", "decision", "consequences"} <= names
    return madr or nygard


def _is_design(path: str, roles: set[str], passages: Sequence[Passage]) -> bool:
    found = roles & DESIGN
    if DESIGN_PATH.search(path):
        headed = (
            bool(passages) and PEP_HEADER.search("".join(passages[0].lines)[:2_000]) is not None
        )
        return headed or len(found) >= 2
    return len(found) >= 4 and "outcome" in found and bool(found & {"options", "bad"})
