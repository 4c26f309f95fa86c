"""Human, AI, mixed or unknown: what a commit's own record says of who wrote its text.

Invariant: nothing is ever assumed to be human. A commit that says nothing is ``unknown``, and so is
one that merely denies the use of AI; ``human`` comes only from a record of single lines that says
so (`byline.people.attribution`). What is read here is what the author, or their tool, wrote down:

- accounts of agents as author, co-author or committer (`byline.people.accounts`);
- the suffix ``(aider)`` on the author's or committer's name
  (https://aider.chat/docs/git.html#commit-attribution);
- trailers: ``Assisted-by: AGENT:MODEL`` of the Linux kernel
  (https://docs.kernel.org/process/coding-assistants.html), Fedora, LLVM and OpenInfra;
  ``Generated-by`` of Apache and OpenInfra (https://openinfra.dev/legal/ai-policy/);
  ``Co-developed-by``; ``Entire-Attribution: 73% agent (146/200 lines)``; and the agents' own, such
  as ``Agent-Logs-Url``, ``Amp-Thread-ID``, ``Claude-Session``, ``Made-with``;
- whole lines such as ``Generated with [Claude Code](https://claude.com/claude-code)``, and links
  to an agent's session.

A person may be thanked by ``Assisted-by`` too: with the address of somebody who is no agent it is
no sign of AI. ``Generated-by`` also names scripts: it counts only with the name of an AI.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.people.account_list import CHECKED
from byline.people.accounts import NONE, Overrides, taken

VERSION = f"2.{CHECKED}"
PEOPLE = frozenset({"roster", "outsider", "unknown"})
ADDRESS = re.compile(r"^(?P<name>[^<]*)<(?P<email>[^>]*)>")
AI_WORD = re.compile(
    r"\b(?:claude|opus|sonnet|haiku|chatgpt|gpt-?\d|gpt|codex|copilot|cursor|gemini|gemma|aider|"
    r"devin|jules|junie|opencode|crush|cline|windsurf|deepseek|qwen\d?|llama\d?|mistral|codestral|"
    r"devstral|grok|kimi|glm-?\d|minimax|kiro|amazon q|codewhisperer|tabnine|codeium|cody|"
    r"openhands|replit agent|warp|augment code|codebuff|freebuff|openai|anthropic|llm|ai|agent)\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"^\W*(?:none|no|nothing|nobody|n/?a|not applicable|human|humans?(?: only)?|false|0|no ai.*|"
    r"without ai.*)?\W*$",
    re.IGNORECASE,
)
OTHER_TOOLS = re.compile(
    r"\b(?:coccinelle|spatch|smatch|sparse|clang-tidy|clang-format|checkpatch|sed|awk|script|"
    r"codespell|ruff|black|isort|prettier|eslint|gofmt|rustfmt|2to3|pyupgrade)\b",
    re.IGNORECASE,
)
# Keys whose value says who or what helped.
HELPED = frozenset({"assisted-by", "ai-assisted-by", "synthesized-by", "co-developed-by"})
MADE = frozenset({"generated-by", "x-generated-by", "ai-generated-by", "made-with", "made-by",
                  "generated-with"})  # fmt: skip
# Keys that only an agent, or a tool that keeps an agent's sessions, writes.
OWN_KEYS = frozenset(
    {"agent-logs-url", "amp-thread-id", "claude-session", "copilot-session", "codex-session",
     "ai-session", "ai-model", "ai-lines", "entire-agent", "entire-session", "entire-checkpoint",
     "entire-metadata", "entire-metadata-task", "entire-strategy"}
)  # fmt: skip
SHARE = re.compile(r"^\s*(?P<share>\d{1,3})(?:\.\d+)?\s*%")
TRAILER_LINE = re.compile(
    r"^(?P<key>assisted-by|ai-assisted-by|synthesized-by|co-developed-by|generated-by|"
    r"x-generated-by|ai-generated-by|made-with|made-by|generated-with|agent-logs-url|"
    r"amp-thread-id|claude-session|copilot-session|codex-session|ai-session|ai-model|ai-lines|"
    r"entire-[a-z-]{4,20}|replit-commit-author)[ \t]*:[ \t]*(?P<value>[^\n]{1,500})$",
    re.IGNORECASE | re.MULTILINE,
)
FOOTER = re.compile(
    r"^[\W_]{0,6}(?:(?:this |all )?(?:commit|changes?|patch|code|tests?) (?:was |were |is )?)?"
    r"(?:generated|created|made|written|authored|built|coded|co-authored)"
    r"[ \t]+(?:with|by|using|via)[ \t]+(?:the[ \t]+)?\[?"
    r"(?P<tool>claude code|claude|github copilot|copilot|openai codex|codex|cursor|aider|"
    r"gemini cli|gemini code assist|gemini|opencode|devin|amp|crush|continue|windsurf|cline|"
    r"roo code|kilo code|goose|jules|junie|codebuff|freebuff|warp|droid|qwen code|kiro|"
    r"amazon q(?: developer)?|openhands|replit agent|augment code|chatgpt|grok)"
    r"\]?[ \t]*(?:\([^)\n]{0,200}\))?[ \t.!*_]{0,8}\r?$",
    re.IGNORECASE | re.MULTILINE,
)
# A line that is nothing but this: "AI generated bug fix", "this is mostly ai generated".
GENERATED = re.compile(
    r"^[\W_]{0,6}(?:this is )?(?:mostly |partly |fully |entirely |all )?ai[- ]generated"
    r"(?: (?:code|(?:bug )?fix|commit|changes?|patch|tests?|docs?|documentation))?[\W_]{0,4}$",
    re.IGNORECASE | re.MULTILINE,
)
SESSION = re.compile(
    r"https://(?P<place>claude\.ai/code/session_|copilot-workspace\.githubnext\.com/|"
    r"ampcode\.com/threads/|app\.devin\.ai/sessions/|jules\.google\.com/task/|"
    r"cursor\.com/agents/|chatgpt\.com/codex/)",
    re.IGNORECASE,
)
AIDER_NAME = re.compile(r"\(aider\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """One identity that a commit names, resolved.

    Attributes:
        role: author | co-author | committer.
        name: As recorded.
        email: As recorded.
        population: roster | outsider | bot | ai | unknown, as `people.bylines` resolves it.
    """

    role: str
    name: str
    email: str
    population: str


@dataclass(frozen=True)
class Judgement:
    """What a commit's record says, and where it says so.

    Attributes:
        authorship: human | ai | mixed | unknown.
        evidence: ``kind: what``, in the order of the record; empty exactly for ``unknown``. It
            holds names of tools and keys of trailers, and nothing that a person wrote.
    """

    authorship: str
    evidence: tuple[str, ...]


UNKNOWN = Judgement("unknown", ())


def commit_authorship(
    commit: Mapping[str, Any], named: Sequence[Named], *, overrides: Overrides = NONE
) -> Judgement:
    """Judge one commit by its accounts, trailers and message.

    Args:
        commit: A row of `COMMITS` with at least ``message`` and ``trailers``.
        named: The author first, then co-authors in order, and the committer (any place after the
            author; it may be left out when it is the same name and address as the author).
        overrides: The organisation's patterns of accounts.

    Returns:
        ``ai`` where an agent's account is the author and no person is named beside it, or all of
        the commit is recorded as an agent's; ``mixed`` where an AI had a part; else ``unknown``.
    """
    accounts = [*_accounts(named, overrides)]
    said = [*_trailers(commit, overrides)]
    footers = [*_footers(commit["message"])]
    evidence = tuple(dict.fromkeys([*accounts, *(words for words, _ in said), *footers]))
    if not evidence:
        return UNKNOWN
    # Whoever commits what an agent wrote, or asks for it, has not written it.
    people = any(one.population in PEOPLE for one in named if one.role != "committer")
    agents = any(one.population == "ai" for one in named)
    whole = any(all_of_it for _, all_of_it in said)
    return Judgement("ai" if whole or (agents and not people) else "mixed", evidence)


def _accounts(named: Sequence[Named], overrides: Overrides) -> Iterator[str]:
    for one in named:
        if one.population == "ai":
            found = taken(one.name, one.email, overrides)
            label = found.account or "an agent of the organisation's list" if found else "an agent"
            yield f"{one.role}-account: {label}"
        elif AIDER_NAME.search(one.name):
            yield f"{one.role}-name: aider"


def _trailers(commit: Mapping[str, Any], overrides: Overrides) -> Iterator[tuple[str, bool]]:
    """What trailers say: words, and whether they say that all of it is an agent's.

    A squashed commit carries the trailers of its parts in the middle of its message, where git
    sees none, so whole lines count as well.
    """
    pairs = [(one["key"] or "", one["value"] or "") for one in commit["trailers"]]
    lines = [(found["key"], found["value"]) for found in TRAILER_LINE.finditer(commit["message"])]
    for key, value in dict.fromkeys((*pairs, *lines)):
        word = key.strip().lower()
        if word == "entire-attribution":
            share = SHARE.match(value)
            if share and int(share["share"]) > 0:
                yield f"trailer: {word}", int(share["share"]) >= 100
        elif _speaks_of_ai(word, value.strip(), overrides):
            yield f"trailer: {word}", False


def _speaks_of_ai(key: str, value: str, overrides: Overrides) -> bool:
    if key in OWN_KEYS:
        return bool(value)
    if key == "replit-commit-author":
        return value.lower() in ("agent", "assistant")
    if (key not in HELPED and key not in MADE) or DENIED.match(value):
        return False
    identity = ADDRESS.match(value)
    if identity:
        found = taken(identity["name"], identity["email"], overrides)
        return found is not None and found.population == "ai"
    # By the convention `Assisted-by` names an AI; what it thanks otherwise has an address.
    unnamed = key in HELPED and key != "co-developed-by" and not OTHER_TOOLS.search(value)
    return AI_WORD.search(value) is not None or unnamed


def _footers(message: str) -> Iterator[str]:
    # Plain searches come first: most messages of a long history hold none of this.
    lowered = message.lower()
    for found in FOOTER.finditer(message):
        yield f"message: generated with {found['tool'].lower()}"
    if ("ai generated" in lowered or "ai-generated" in lowered) and GENERATED.search(message):
        yield "message: ai generated"
    session = SESSION.search(message) if "https://" in lowered else None
    if session:
        yield f"message: a session at {session['place'].lower().split('/')[0]}"
