"""How a rule is written and applied: one RE2 pattern, the hints it needs, and a check.

RE2 runs in time linear in the text, whatever the text is; that is why no rule uses `re`. One pass
over the text finds which hints of all the rules occur; a rule without a hint there is not run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import re2

Check = Callable[[str, bytes, int], bool]
"""Whether a value, which stands at a byte offset of a text, is what the rule looks for."""


@dataclass(frozen=True)
class Found:
    """What a rule matched, before it is turned into code points.

    Attributes:
        kind: The kind of the rule.
        start: First byte.
        end: One past the last byte.
        value: The text between them; it lives no longer than the scan.
    """

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Rule:
    """One pattern.

    Attributes:
        kind: Name of what it finds.
        pattern: RE2 syntax, UTF-8. Group 1, where there is one, is the span that is reported.
        hints: Short RE2 patterns, case ignored; the text must hold one. Empty = run always.
        check: Decides about each match; None accepts all.
    """

    kind: str
    pattern: Any
    hints: tuple[str, ...] = ()
    check: Check | None = None


@dataclass(frozen=True)
class RuleSet:
    """Rules, and one automaton over the hints of all of them.

    Attributes:
        rules: In the order in which they are applied.
        hints: The automaton; it answers with numbers of hints.
        users: For each hint the numbers of the rules that need it.
        always: The numbers of the rules that need none.
    """

    rules: tuple[Rule, ...]
    hints: Any
    users: tuple[frozenset[int], ...]
    always: frozenset[int]


def quiet_options() -> Any:
    """RE2 options under which hostile text that exhausts a cache is not reported on stderr."""
    options = re2.Options()
    options.log_errors = False
    return options


def rule(kind: str, pattern: str, *, hints: Sequence[str] = (), check: Check | None = None) -> Rule:
    """Compile one rule; see `Rule` for what the parts mean."""
    return Rule(kind, re2.compile(pattern, quiet_options()), tuple(hints), check)


def rule_set(*rules: Rule) -> RuleSet:
    """Compile the automaton over the hints of `rules`."""
    hints = sorted({hint for one in rules for hint in one.hints})
    automaton = re2.Set.SearchSet()
    for hint in hints:
        automaton.Add(f"(?i){hint}")
    automaton.Compile()
    users = tuple(
        frozenset(at for at, one in enumerate(rules) if hint in one.hints) for hint in hints
    )
    always = frozenset(at for at, one in enumerate(rules) if not one.hints)
    return RuleSet(rules, automaton, users, always)


def apply_rules(rules: RuleSet, data: bytes) -> Iterator[Found]:
    """Run the rules over the UTF-8 bytes `data`."""
    present = rules.hints.Match(data) or ()
    needed = rules.always.union(*(rules.users[hint] for hint in present))
    for at in sorted(needed):
        yield from _apply(rules.rules[at], data)


def _apply(one: Rule, data: bytes) -> Iterator[Found]:
    group = 1 if one.pattern.groups else 0
    for match in one.pattern.finditer(data):
        start, end = match.span(group)
        value = data[start:end].decode("utf-8", "replace")
        if end > start and (one.check is None or one.check(value, data, start)):
            yield Found(one.kind, start, end, value)
