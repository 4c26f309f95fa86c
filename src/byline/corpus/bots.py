r"""Bots in reviews and issues: their accounts, what they open, and the comments that call them.

The union of the rules of The Stack v2 (arXiv 2402.19173: keywords and suffixes of logins, and the
human comment that called the bot) and of SWE-RL (arXiv 2502.18449: titles), on top of the accounts
that `byline.people.accounts` knows. Three of their words are narrowed, because people bear them:
``travis`` counts only as Travis CI, ``jenkins`` only as a word of its own, and ``bump`` only where
a title begins with it. Agents are no bots here: what they write is of origin ``ai``.

What a rule finds is not learned from; nobody loses their say by it, which is decided in `people`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

from byline.people.accounts import NONE, Overrides, taken

BOTS: Final = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("part", pa.string()),  # null: the whole item was opened by a bot
        pa.field("rule", pa.string(), nullable=False),  # bot.account | bot.title | bot.summoned
        pa.field("evidence", pa.string(), nullable=False),  # the rule's own words; no name
    ]
)
KEYWORDS: Final = (
    ("[bot]", re.compile(r"\[bot\]")),
    ("botmanager", re.compile(r"botmanager")),
    ("bors-", re.compile(r"(?:^|[-_])bors-")),
    ("jenkins", re.compile(r"(?:^|[-_.])jenkins(?:[-_.]|$)")),
    ("k8s-", re.compile(r"^k8s-")),
    ("-test-", re.compile(r"-test-")),
    ("travis-ci", re.compile(r"travis[-_.]?ci")),
    ("dependabot", re.compile(r"dependabot")),
    ("renovate", re.compile(r"(?:^|[-_])renovate(?:[-_]|$)")),
    ("suffix", re.compile(r"-(?:bot|ci|linter|automation)$")),
)
"""Of a login in lower case, each with how it is called in a decision log."""
TITLE: Final = re.compile(
    r"^(?:\[[^\]]*\]\s*|[\w./-]+(?:\([^)]*\))?!?:\s+)*bump(?:s|ed|ing)?\b|\bauto-?merge\b",
    re.IGNORECASE,
)
COMMAND_WORDS: Final = """
    approve area assign azp backport build cc cherry-pick cherrypick check-cla close cla deploy
    done due estimate hold kind label lgtm lifecycle lock merge milestone needs-rebase ok-to-test
    override priority ready rebase recheck reopen rerun rerun-all retest retest-required retitle
    review rotten run sig skip spend stale squash subscribe test test-all triage unassign uncc
    unhold unlabel unlock unsubscribe verify verify-owners wip
    """
COMMANDS: Final = frozenset(COMMAND_WORDS.split())
"""First words of slash commands: Prow, Azure Pipelines and GitLab quick actions."""
SLASH: Final = re.compile(r"^/(?:remove-)?(?P<word>[a-z][a-z-]{1,30})(?:\s+\S+){0,12}$")
CALLED: Final = re.compile(r"^@(?P<login>[\w.-]+(?:\[bot\])?)[,:]?(?:\s+\S+){0,12}$")
PHRASES: Final = re.compile(
    r"^(?:jenkins|travis|zuul|ci|bors|homu)?[,:]?\s*(?:please\s+)?"
    r"(?:re-?test(?: this)?(?: please)?|test this(?: please)?|ok to test|add to whitelist|re-?check"
    r"(?: \S+)?|re-?run(?: (?:ci|tests|failed jobs))?|run (?:ci|tests)(?: please)?|run-ci|verify"
    r"|(?:bors|homu)\s+(?:r[+-=]|try|merge|retry|delegate)\S*(?: \S+){0,3}|r[+-]|bors r\S*)[.!]?$",
    re.IGNORECASE,
)
CALLED_WORDS: Final = """
    bors bors-servo codecov codecov-io copilot coderabbitai cla-bot crowdin-bot dependabot
    dependabot-preview dosubot github-actions gitpod-io homu k8s-bot k8s-ci-robot meeseeksdev
    mergify mergifyio miss-islington openshift-bot openshift-ci-robot pre-commit-ci probot
    pytorchbot pytorchmergebot renovate renovate-bot rust-timer rustbot sympy-bot
    """
KNOWN_CALLED: Final = frozenset(CALLED_WORDS.split())
"""Logins that only services answer to, as they are called in comments."""
QUOTE: Final = re.compile(r"^\s*>")


def bot_rule(
    account: str | None,
    name: str | None = None,
    email: str | None = None,
    *,
    origin: str | None = None,
    overrides: Overrides = NONE,
) -> str | None:
    """What takes an account for a bot's, or None.

    Args:
        account: Its login on the system of the export.
        name: Its recorded name.
        email: Its recorded address.
        origin: What the export itself says of it: ``bot`` where it has the type Bot.
        overrides: The organisation's own patterns; those that say "a person" win over all else.
    """
    login = (account or "").strip().lower()
    address = (email or "").strip()
    if _is_person(login, name or "", address, overrides):
        return None
    if origin == "bot":
        return "the export says so"
    for shown, where in ((name or "", address), (login, f"{login}@users.noreply.github.com")):
        found = taken(shown, where, overrides) if shown or address else None
        if found is not None:
            return found.rule if found.population == "bot" else None
    return next((f"login: {word}" for word, form in KEYWORDS if form.search(login)), None)


def _is_person(login: str, name: str, address: str, overrides: Overrides) -> bool:
    """Whether one of the organisation's patterns says that it is a person's."""
    if not overrides.not_bots:
        return False
    # `taken` answers None for both "a person" and "nothing known": a pattern of bots that takes
    # everything tells the two apart.
    probe = Overrides(bots=("*", "*<*"), not_bots=overrides.not_bots)
    places = ((name, address), (login, f"{login}@users.noreply.github.com"))
    return any(taken(shown, where, probe) is None for shown, where in places if shown or where)


def title_rule(title: str) -> str | None:
    """What says that a program opened a review or an issue of this title, or None."""
    found = TITLE.search(title)
    if found is None:
        return None
    return "title: automerge" if "merge" in found[0].lower() else "title: bump"


def summons_rule(text: str, bots: Collection[str] = ()) -> str | None:
    """What says that a comment only calls a bot, or None.

    A comment of which every line that is neither blank nor quoted is a command teaches nothing
    about engineering; one that also says something to people is kept.

    Args:
        text: The comment.
        bots: Logins, in lower case, that are bots' where the comment stands.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip() and not QUOTE.match(line)]
    rules = [_command(line, bots) for line in lines]
    return next(iter(rules), None) if rules and all(rules) else None


def _command(line: str, bots: Collection[str]) -> str | None:
    slash = SLASH.match(line)
    if slash and slash["word"] in COMMANDS:
        return f"/{slash['word']}"
    called = CALLED.match(line)
    if called and _is_called(called["login"].lower(), bots):
        return "@bot"
    return "a known phrase" if PHRASES.match(line) else None


def _is_called(login: str, bots: Collection[str]) -> bool:
    plain = login.removesuffix("[bot]")
    return login in bots or plain in bots or plain in KNOWN_CALLED or bot_rule(login) is not None


def bots(items: pa.Table, parts: pa.Table, *, overrides: Overrides = NONE) -> pa.Table:
    """Which items and parts are bots', and which parts only call one: rows of `BOTS`.

    Args:
        items: Columns ``item`` and ``title``.
        parts: Columns of `PARTS`: ``part``, ``item``, ``number``, ``kind``, ``account``, ``name``,
            ``email``, ``origin`` and ``text``.
        overrides: The organisation's own patterns.

    Returns:
        At most one row for each item and for each part, by item, then part.
    """
    rows: list[dict[str, Any]] = []
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    columns = ["part", "item", "number", "kind", "account", "name", "email", "origin", "text"]
    for row in parts.select(columns).to_pylist():
        grouped.setdefault(row["item"], []).append(row)
    for item in items.select(["item", "title"]).to_pylist():
        of_item = sorted(grouped.get(item["item"], []), key=lambda row: int(row["number"]))
        rows += _of_item(item, of_item, overrides)
    table = pa.Table.from_pylist(rows, schema=BOTS)
    return table.sort_by([("item", "ascending"), ("part", "ascending")])


def _of_item(
    item: Mapping[str, Any], parts: Iterable[Mapping[str, Any]], overrides: Overrides
) -> list[dict[str, Any]]:
    parts = list(parts)
    rules = {
        row["part"]: bot_rule(
            row["account"], row["name"], row["email"], origin=row["origin"], overrides=overrides
        )
        for row in parts
    }
    logins = {str(row["account"]).lower() for row in parts if rules[row["part"]] and row["account"]}
    rows = []
    opener = next((row["part"] for row in parts if row["kind"] in ("title", "description")), None)
    if opener is not None and rules[opener]:
        rows.append(_row(item["item"], None, "bot.account", str(rules[opener])))
    elif (title := title_rule(item["title"])) is not None:
        rows.append(_row(item["item"], None, "bot.title", title))
    for row in parts:
        rule = rules[row["part"]]
        if rule is not None:
            rows.append(_row(item["item"], row["part"], "bot.account", rule))
        elif row["kind"] in ("comment", "review", "inline"):
            summons = summons_rule(row["text"], logins)
            if summons is not None:
                rows.append(_row(item["item"], row["part"], "bot.summoned", summons))
    return rows


def _row(item: str, part: str | None, rule: str, evidence: str) -> dict[str, Any]:
    return {"item": item, "part": part, "rule": rule, "evidence": evidence}
