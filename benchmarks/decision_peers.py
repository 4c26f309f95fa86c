"""The same terms as Cedar policies and as a Rego module, for deciding cases one by one.

What a policy engine is not made for is done for it beforehand and not timed: each person's notices,
consents and objections are joined to the case as plain facts on the use date, and licences are
single ids. Both answer whether the use is included. Cedar also names the policies that determined
it. Neither says what is missing or what would change the answer.
"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from byline.terms.agreements import Agreement, Clause
from byline.terms.purposes import EVERY
from byline.terms.scope import populations_of, purposes_of

NEVER = 10**9  # a day that never comes
FACT_KEYS = (
    "class", "repository", "owner", "customer", "licence", "licence_source", "person", "population",
    "employment", "worker_type", "country", "unit", "authorship",
)  # fmt: skip
PAIRS = (
    ("who", "worker_types", "worker_type"), ("who", "countries", "country"),
    ("who", "units", "unit"), ("who", "people", "person"), ("where", "repositories", "repository"),
    ("where", "owners", "owner"), ("where", "customers", "customer"),
)  # fmt: skip


class Language:
    """How a policy language writes the few things that clauses need."""

    def __init__(self, name: str) -> None:
        self.rego = name == "rego"

    @property
    def employed(self) -> str:
        """That somebody on the roster wrote it while employed; others need not be."""
        if self.rego:
            return "employed"
        return '(context.population != "roster" || context.employment == "in_force")'

    def fact(self, key: str) -> str:
        return f"input.{key}" if self.rego else f"context.{key}"

    def isin(self, key: str, words: Sequence[str]) -> str:
        listed = ", ".join(json.dumps(word) for word in sorted(words))
        if self.rego:
            return f"{self.fact(key)} in {{{listed}}}"
        return f"[{listed}].contains({self.fact(key)})"

    def compare(self, key: str, sign: str, other: str) -> str:
        return f"{self.fact(key)} {sign} {other}"


def scope(clause: Clause, language: Language) -> list[str]:
    """The conditions under which a clause speaks about a case, for any purpose."""
    found = []
    if EVERY not in clause.classes:
        found.append(language.isin("class", clause.classes))
    found.append(language.isin("population", populations_of(clause)))
    for side, words, key in PAIRS:
        if given := getattr(getattr(clause, side), words):
            found.append(language.isin(key, given))
    return found


def permit(clause: Clause, language: Language, as_of: dt.date) -> list[str]:
    """Scope and conditions of a permit."""
    fact = language.fact
    found = [*scope(clause, language), *_of_the_work(clause, language)]
    if clause.who.employment:
        found.append(language.isin("employment", clause.who.employment))
    elif "roster" in populations_of(clause):
        found.append(language.employed)
    if not clause.survives_separation:
        found.append(f"{fact('separated')} == false")
    if clause.basis == "consent":
        found.append(f"{fact('consented')} == true")
    if clause.needs_notice and clause.needs_notice != "licence":
        key = "served_" + clause.needs_notice.replace("-", "_")
        found.append(language.compare(key, "<=", str(day(as_of))))
        if clause.notice_before == "authorship":
            found.append(language.compare(key, "<", fact("authored")))
    return found


def _of_the_work(clause: Clause, language: Language) -> list[str]:
    """What a permit asks of owner, licence and authorship."""
    fact, where = language.fact, clause.where
    found = []
    if not where.licences:
        found.append(f'{fact("licence_source")} != "file"')
    if not (where.owners or where.licences):
        found.append(f'{fact("owner")} != "third-party"')
    if "own-time" not in where.owners:
        found.append(f'{fact("owner")} != "own-time"')
    if not (where.owners or where.customers):
        found.append(f'{fact("owner")} != "customer"')
    if where.licences:
        found.append(language.isin("licence", where.licences))
    elif clause.basis == "licence" or clause.needs_notice == "licence":
        found.append(f'{fact("licence")} != ""')
    if where.authorship:
        found.append(language.isin("authorship", where.authorship))
    return found


def forbid(clause: Clause, language: Language, _: dt.date) -> list[str]:
    found = scope(clause, language)
    if clause.where.authorship:
        found.append(language.isin("authorship", clause.where.authorship))
    if clause.where.licences:
        found.append(language.isin("licence", clause.where.licences))
    return found


def day(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days


def cedar(agreements: Sequence[Agreement], as_of: dt.date) -> str:
    """One Cedar policy a clause. A `require` of a basis binds every permit of another basis."""
    language, policies = Language("cedar"), []
    clauses = [each for agreement in agreements for each in agreement.clauses]
    requires = [each for each in clauses if each.effect == "require"]
    for clause in clauses:
        if clause.effect == "require":
            continue
        build = permit if clause.effect == "permit" else forbid
        conditions = build(clause, language, as_of)
        if clause.effect == "permit":
            conditions += [
                f"!({_actions(other)} && {' && '.join(scope(other, language))})"
                for other in requires
                if other.basis != clause.basis
            ]
        about = f"principal, action in [{_names(clause)}], resource"
        head = f'@id("{clause.id}")\n{clause.effect}({about})'
        policies.append(f"{head}\nwhen {{ {' && '.join(conditions)} }};")
    policies.append("forbid(principal, action, resource) when { context.objected };")
    policies.append('forbid(principal, action, resource) when { context.population == "unknown" };')
    return "\n\n".join(policies)


def _names(clause: Clause) -> str:
    return ", ".join(f'Action::"{purpose}"' for purpose in sorted(purposes_of(clause)))


def _actions(clause: Clause) -> str:
    return f"[{_listed(clause)}].contains(context.purpose)"


def _listed(clause: Clause) -> str:
    return ", ".join(json.dumps(purpose) for purpose in sorted(purposes_of(clause)))


def rego(agreements: Sequence[Agreement], as_of: dt.date) -> str:
    """A Rego module: partial sets of permits and forbids, and whether the use is included."""
    language = Language("rego")
    clauses = [each for agreement in agreements for each in agreement.clauses]
    lines = ["package terms", "import rego.v1", "default include := false"]
    lines += ["include if { count(forbids) == 0; count(permits) > 0; input.objected == false }"]
    lines += [
        'employed if input.population != "roster"',
        'employed if input.employment == "in_force"',
    ]
    for number, clause in enumerate(clauses):
        purposes = (
            f"input.purpose in {{{', '.join(json.dumps(p) for p in sorted(purposes_of(clause)))}}}"
        )
        if clause.effect == "require":
            body = "; ".join([purposes, *scope(clause, language)])
            lines.append(f"required_{number} if {{ {body} }}")
        else:
            build = permit if clause.effect == "permit" else forbid
            conditions = [purposes, *build(clause, language, as_of)]
            if clause.effect == "permit":
                conditions += [
                    f"not required_{place}"
                    for place, other in enumerate(clauses)
                    if other.effect == "require" and other.basis != clause.basis
                ]
            head = f"{clause.effect}s contains {json.dumps(clause.id)}"
            lines.append(f"{head} if {{ {'; '.join(conditions)} }}")
    return "\n".join(lines)


def contexts(rows: Sequence[dict[str, Any]], joined: Sequence[dict[str, Any]]) -> list[dict]:
    """Each case as the plain facts that both engines are given; null is the empty text."""
    made = []
    for row, more in zip(rows, joined, strict=True):
        case = {key: row[key] or "" for key in FACT_KEYS}
        case["authored"] = day(row["authored"].date())
        made.append(case | more)
    return made
