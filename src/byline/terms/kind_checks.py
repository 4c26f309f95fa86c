"""What is odd about an agreement of its kind: a statute without a source, a policy for leavers.

Invariant: these are faults of the file, not of the law; none of them changes a decision.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, get_args

from byline.terms.agreements import Agreement, Clause, suggestion
from byline.terms.problems import Problem
from byline.terms.scope import KIND_PREFIX, populations_of
from byline.terms.vocabulary import Kind

_GROUPS = ("countries", "regions", "units", "legal_entities", "collective_agreements", "people")


class Rule(NamedTuple):
    """What is odd about a clause in an agreement of some kinds."""

    kinds: frozenset[str]
    code: str
    is_odd: Callable[[Clause], bool]
    words: str


def _permits(clause: Clause) -> bool:
    return clause.effect == "permit"


def _names_nobody(clause: Clause) -> bool:
    return not any(getattr(clause.who, key) for key in _GROUPS)


RULES: Final = (
    Rule(
        frozenset({"statute"}),
        "kind_effect",
        _permits,
        "permits by statute; rest the permit on an agreement or a licence",
    ),
    Rule(
        frozenset({"nda"}),
        "kind_effect",
        _permits,
        "permits by a non-disclosure agreement; put the permit into the agreement that gives it",
    ),
    Rule(
        frozenset({"open-source-licence"}),
        "kind_basis",
        lambda clause: _permits(clause) and clause.basis != "licence",
        'permits public work by other than `basis = "licence"`',
    ),
    Rule(
        frozenset({"open-source-licence"}),
        "kind_scope",
        lambda clause: _permits(clause) and not clause.where.licences,
        "permits public work under any licence; name `licences`",
    ),
    Rule(
        frozenset({"contractor"}),
        "kind_scope",
        lambda clause: _permits(clause) and not (clause.who.worker_types or clause.who.people),
        "covers employees too; name `worker_types` or `people`",
    ),
    Rule(
        frozenset({"customer-nda"}),
        "kind_scope",
        lambda clause: not clause.where.customers,
        "covers more than the work for this customer; name `customers`",
    ),
    Rule(
        frozenset({"separation"}),
        "kind_scope",
        lambda clause: _permits(clause) and not (clause.who.people or clause.who.separation_types),
        "covers everyone; name `people` or `separation_types`",
    ),
    Rule(
        frozenset({"policy"}),
        "kind_scope",
        lambda clause: _permits(clause) and clause.survives_separation,
        "binds people who have left by a policy; put it into an agreement that they sign",
    ),
    Rule(
        frozenset({"employment", "ip-assignment", "policy"}),
        "kind_scope",
        lambda clause: _permits(clause) and "outsider" in populations_of(clause),
        "covers outsiders, who have agreed to nothing of this kind",
    ),
    Rule(
        frozenset({"works-agreement", "collective-agreement"}),
        "kind_scope",
        lambda clause: clause.effect != "forbid" and _names_nobody(clause),
        f"covers the whole roster; name one of {', '.join(_GROUPS)}",
    ),
)


def kind_faults(agreement: Agreement) -> Iterator[Problem]:
    """What is odd about the agreement as one of its kind."""
    if agreement.kind == "statute":
        yield from _statute(agreement)
    for clause in agreement.clauses:
        if agreement.kind == "separation" and _permits(clause) and not clause.survives_separation:
            words = (
                f"clause {clause.id} can never apply: it is of a separation, and "
                "`survives_separation` is not true"
            )
            yield Problem("error", "never_applies", (clause.id,), words)
        for rule in RULES:
            if agreement.kind in rule.kinds and rule.is_odd(clause):
                words = f"clause {clause.id} {rule.words}"
                yield Problem("warning", rule.code, (clause.id,), words)


def _statute(agreement: Agreement) -> Iterator[Problem]:
    about = (agreement.id,)
    if not agreement.source.startswith(("https://", "http://")):
        words = f"statute {agreement.id} has no `source`; give the address where it can be read"
        yield Problem("error", "no_source", about, words)
    if not agreement.governing_law:
        words = f'statute {agreement.id} has no `governing_law`; name its place, such as "US-CA"'
        yield Problem("error", "no_jurisdiction", about, words)
    for clause in agreement.clauses:
        if not clause.place:
            words = f"clause {clause.id} of a statute has no `place`; name its section"
            yield Problem("warning", "no_place", (clause.id,), words)


def supersedes_faults(agreement: Agreement, *, known: frozenset[str]) -> Iterator[Problem]:
    """What `supersedes` names that there is not; `known` are the ids of all agreements."""
    about = (agreement.id,)
    for name in agreement.supersedes:
        kind = name.removeprefix(KIND_PREFIX)
        if kind != name and kind not in get_args(Kind):
            near = suggestion(kind, get_args(Kind))
            words = f"`supersedes` of agreement {agreement.id}: {kind!r} is no kind{near}"
            yield Problem("error", "supersedes_unknown", about, words)
        elif kind == name and name not in known:
            words = (
                f"`supersedes` of agreement {agreement.id} names {name!r}, which is not among "
                "these agreements; correct the id, or remove it"
            )
            yield Problem("warning", "supersedes_unknown", about, words)
