"""What a model should not learn from people: putting off, waving through, hostility, hiding faults.

Each rule gives a value and a limit for a decision log. What a rule finds is taught at most as the
rejected side of a preference. Hostile words go to people: the unit is declined with
``behaviour.hostility``, the reason under which it waits in the queue for somebody to look.

The lists are short and plain on purpose, so that whoever disagrees can see why something was left
out and set the rule aside for it. They are ours, without published evidence. A rule is about words,
never about whose words they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DEFERRAL: Final = re.compile(
    r"(?i)\b(?:tomorrow|later|follow[- ]?up(?: (?:pr|mr|cl|change|commit|ticket|issue))?"
    r"|next (?:sprint|week|release|iteration)|todo|fixme|not now|will fix|out of scope"
    r"|separate (?:pr|mr|cl|change|ticket|issue)|another (?:pr|mr|cl)|punt(?:ing)? on)\b"
)
RUBBER_STAMP: Final = re.compile(
    r"(?i)^\W*(?:(?:looks? )?(?:lgtm|good(?: to (?:me|go))?|great|fine|nice|ok(?:ay)?|ship ?it"
    r"|approved?|ack|sgtm|perfect|awesome|cool|wow|yes|yep|sure|agreed|done|fixed|merged?)"
    r"|thanks?(?: you)?|thx|ty|nice (?:work|job|one|catch)|good (?:work|job|catch|point)"
    r"|great (?:work|job|catch)|well done|\+1|:\w+:|to me|so much|a lot|very|all|user_\d+"
    r"|[\W_])+\W*$"
)
NIT_ONLY: Final = re.compile(r"(?i)^\s*\W{0,3}nit(?:pick)?s?\b[:!.,\s-]*(?:\w+\W*){0,3}$")
HOSTILE_WORDS: Final = (
    r"idiots?|idiotic|morons?|moronic|stupid(?:ity)?|dumb(?:ass)?|retard(?:ed)?|imbecile"
    r"|incompetent|incompetence|pathetic|garbage|crap(?:py)?|bullshit|shit(?:ty|show)?|wtf"
    r"|fuck(?:ing|ed)?|braindead|brain[- ]dead|clueless|worthless|disgrace(?:ful)?|lazy ass"
)
HOSTILE: Final = re.compile(
    rf"(?i)\b(?:{HOSTILE_WORDS})\b|\bshut up\b|\bare you (?:blind|serious|kidding)\b"
    r"|\bdid you even\b|\bdo(?:es)? anyone here\b|\bwhat(?:'s| is) wrong with you\b"
    r"|\byou (?:clearly|obviously) (?:don't|do not|have no|can't|cannot)\b"
    r"|\blearn to (?:code|read)\b"
)
TECHNICAL: Final = re.compile(r"(?i)\bgarbage[- ](?:collect\w*|in|values?|data|out|bytes?)\b"
                              r"|\bdumb (?:terminal|pipe|http|protocol)\b")  # fmt: skip
SUPPRESSES: Final = re.compile(
    r"#\s*type:\s*ignore|#\s*noqa\b|#\s*pylint:\s*disable|#\s*nosec\b|#\s*pragma: no cover"
    r"|eslint-disable|tslint:disable|@ts-(?:ignore|nocheck|expect-error)|@SuppressWarnings"
    r"|#\[allow\(|//\s*nolint\b|NOLINT(?:NEXTLINE)?\b|#pragma warning\s*\(?\s*disable"
    r"|@(?:pytest\.mark\.)?(?:skip|xfail)\b|@unittest\.skip|@Ignore\b|@Disabled\b"
    r"|\b(?:it|test|describe)\.skip\(|\bt\.Skip\(|except\s*(?:Exception)?\s*:\s*(?:pass\b|$)"
    r"|catch\s*\([^)]*\)\s*\{\s*\}|\|\|\s*true\s*$|continue-on-error:\s*true|allow_failure:\s*true"
)


@dataclass(frozen=True)
class Rule:
    """One rule's answer.

    Attributes:
        name: ``behaviour.…``.
        value: What was counted.
        limit: The most that passes.
    """

    name: str
    value: float
    limit: float

    @property
    def keep(self) -> bool:
        """Whether it passes."""
        return self.value <= self.limit


def deferral(text: str) -> Rule:
    """Whether somebody puts off what was asked for."""
    return Rule("behaviour.deferral", len(DEFERRAL.findall(text)), 0)


def rubber_stamp(text: str) -> Rule:
    """Whether a comment says nothing but that all is well, or thanks."""
    return Rule("behaviour.rubber_stamp", float(_is_stamp(text)), 0)


def nit_only(text: str) -> Rule:
    """Whether a comment is the word "nit" and at most three more."""
    return Rule("behaviour.nit_only", float(NIT_ONLY.match(text[:200]) is not None), 0)


def hostility(text: str) -> Rule:
    """How many hostile expressions a text has."""
    return Rule("behaviour.hostility", len(HOSTILE.findall(TECHNICAL.sub("", text))), 0)


def suppression(removed: Sequence[str], added: Sequence[str]) -> Rule:
    """How many more faults a change hides than it uncovers: ignored checks, skipped tests.

    Args:
        removed: Its old lines.
        added: Its new lines.
    """
    fresh = sum(len(SUPPRESSES.findall(line[:2_000])) for line in added)
    old = sum(len(SUPPRESSES.findall(line[:2_000])) for line in removed)
    return Rule("behaviour.suppression", max(fresh - old, 0), 0)


def of_comment(text: str) -> list[Rule]:
    """The rules for a reviewer's comment that is to be learned, in the order they are asked."""
    return [hostility(text), rubber_stamp(text), nit_only(text)]


def of_reply(text: str) -> list[Rule]:
    """The rules for what an author answers, where that is to be learned."""
    return [hostility(text), deferral(text)]


def _is_stamp(text: str) -> bool:
    """Long texts are none, so that the pattern is asked of a few words only."""
    said = " ".join(text.split())
    return len(said) <= 80 and RUBBER_STAMP.match(said) is not None
