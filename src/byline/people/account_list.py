"""Known accounts that are not people, with where each was seen and when the list was checked.

Invariant: nothing here is a name that a person bears. Claude, Devin, Jules and Gemini are first
names, so those agents are known by their address or their whole product name only.

Sources: the agents' own documentation; `src/authorship/agent_detection.rs` of
https://github.com/git-ai-project/git-ai (Apache-2.0) and `detection/constants.go` of
https://github.com/chaoss/disclosure (MIT) for addresses, as facts; commits of public histories.
"""

from dataclasses import dataclass

CHECKED = "2026-11-24"
AGENTS_DOCUMENTED = "the agents' own documentation"
SEEN = "public histories"


@dataclass(frozen=True)
class KnownAccount:
    """One account.

    Attributes:
        name: What it is called here.
        population: ai | bot.
        addresses: Its exact addresses, in lower case.
        logins: Its logins at a forge, in lower case, as in ``ID+login@users.noreply.github.com``.
        names: Whole recorded names that are its alone, in lower case.
        source: Where it was seen.
    """

    name: str
    population: str
    addresses: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    source: str = AGENTS_DOCUMENTED


AGENTS = (
    KnownAccount(
        "Claude", "ai", ("noreply@anthropic.com",),
        ("claude[bot]", "anthropic-claude[bot]", "claude-code-action[bot]"), ("claude code",),
    ),
    KnownAccount(
        "GitHub Copilot", "ai", ("copilot@github.com",),
        ("copilot", "copilot[bot]", "copilot-swe-agent", "copilot-swe-agent[bot]"),
        ("copilot", "github copilot", "copilot-swe-agent", "copilot-swe-agent[bot]",
         "copilot autofix powered by ai"),
    ),
    KnownAccount(
        "Cursor", "ai", ("cursoragent@cursor.com",), ("cursor[bot]", "cursoragent"),
        ("cursor agent", "cursoragent"),
    ),
    KnownAccount(
        "Codex", "ai", ("codex@openai.com", "noreply@openai.com"),
        ("openai-codex[bot]", "chatgpt-codex-connector[bot]"),
        ("codex", "openai codex", "codex cli", "chatgpt"),
    ),
    KnownAccount(
        "Devin", "ai", (), ("devin-ai-integration", "devin-ai-integration[bot]"),
        ("devin ai", "devin-ai-integration", "devin-ai-integration[bot]"),
    ),
    KnownAccount(
        "Jules", "ai", (), ("google-labs-jules", "google-labs-jules[bot]"),
        ("google-labs-jules", "google-labs-jules[bot]", "google jules"),
    ),
    KnownAccount(
        "Gemini Code Assist", "ai", (), ("gemini-code-assist", "gemini-code-assist[bot]"),
        ("gemini-code-assist", "gemini-code-assist[bot]", "gemini code assist", "gemini cli"),
    ),
    KnownAccount("aider", "ai", ("noreply@aider.chat", "aider@aider.chat"), (), ("aider",)),
    KnownAccount("Amp", "ai", ("amp@ampcode.com",)),
    KnownAccount(
        "opencode", "ai", ("noreply@opencode.ai",), ("opencode-agent[bot]",),
        ("opencode", "opencode-agent", "opencode-agent[bot]"),
    ),
    KnownAccount("OpenHands", "ai", ("openhands@all-hands.dev",), ("openhands-agent",),
                 ("openhands", "openhands-agent")),
    KnownAccount("Roo Code", "ai", ("roomote@roocode.com",), ("roomote[bot]",), ("roo code",)),
    KnownAccount("Droid", "ai", (), ("factory-droid[bot]",), ("factory-droid[bot]",)),
    KnownAccount("Amazon Q Developer", "ai", (), ("amazon-q-developer[bot]",),
                 ("amazon-q-developer[bot]", "amazon q developer")),
    KnownAccount("Codebuff", "ai", ("noreply@codebuff.com", "noreply@freebuff.com")),
    KnownAccount("Crush", "ai", ("crush@charm.land",)),
    KnownAccount("Cline", "ai", (), ("cline[bot]",), ("cline[bot]",)),
    KnownAccount("Continue", "ai", ("noreply@continue.dev",), ("continue[bot]",),
                 ("continue[bot]",)),
    KnownAccount("Cody", "ai", (), ("sourcegraph-cody[bot]",), ("sourcegraph-cody[bot]",)),
    KnownAccount("JetBrains AI", "ai", ("junie@jetbrains.com",), ("jetbrains-ai[bot]",),
                 ("jetbrains-ai[bot]", "jetbrains junie")),
    KnownAccount("CodeRabbit", "ai", (), ("coderabbitai[bot]",), ("coderabbitai[bot]",)),
    KnownAccount("PR-Agent", "ai", (), ("codiumai-pr-agent-pro[bot]",),
                 ("codiumai-pr-agent-pro[bot]",)),
    KnownAccount("Sourcery", "ai", (), ("sourcery-ai[bot]",), ("sourcery-ai[bot]", "sourcery ai")),
    KnownAccount("Sweep", "ai", (), ("sweep-ai[bot]",), ("sweep-ai[bot]", "sweep ai")),
    KnownAccount("Codeflash", "ai", (), ("codeflash-ai[bot]",), ("codeflash-ai[bot]",), SEEN),
    KnownAccount("Vorflux", "ai", ("noreply@vorflux.com",), (), ("vorflux ai",), SEEN),
    # Others' scanner under GitHub's own account: it commits what Copilot Autofix proposes.
    KnownAccount("GitHub Advanced Security", "ai", (), ("github-advanced-security[bot]",),
                 ("github-advanced-security[bot]",), SEEN),
    KnownAccount("an unnamed agent", "ai", (), (), ("ai agent", "ai assistant"), SEEN),
)  # fmt: skip

BOTS = (
    KnownAccount("GitHub itself", "bot", ("noreply@github.com", "merge-button@github.com"),
                 ("web-flow",), ("github merge button",), SEEN),
    KnownAccount("GitHub Actions", "bot", ("action@github.com", "actions@github.com"),
                 ("github-actions",), ("github actions", "github-actions"), SEEN),
    KnownAccount("Dependabot", "bot", ("support@dependabot.com", "bot@dependabot.com"),
                 ("dependabot", "dependabot-preview"),
                 ("dependabot", "dependabot preview", "dependabot-preview"), SEEN),
    KnownAccount("Renovate", "bot", ("bot@renovateapp.com",), ("renovate-bot", "renovate"),
                 ("renovate", "renovate bot", "whitesource renovate"), SEEN),
    KnownAccount("pre-commit.ci", "bot", (), ("pre-commit-ci",), ("pre-commit-ci",), SEEN),
    KnownAccount("Travis CI", "bot", ("travis@travis-ci.org", "builds@travis-ci.org"), (),
                 ("travis ci",), SEEN),
    KnownAccount("Jenkins", "bot", (), (),
                 ("jenkins", "jenkins ci", "jenkins server", "jenkins admin", "jenkins user"),
                 SEEN),
    KnownAccount("Buildbot", "bot", (), (), ("buildbot",), SEEN),
    KnownAccount("Gerrit", "bot", (), (), ("gerrit code review",), SEEN),
    KnownAccount("Weblate", "bot", ("hosted@weblate.org", "noreply@weblate.org"), ("weblate",),
                 ("weblate", "hosted weblate"), SEEN),
    KnownAccount("Greenkeeper", "bot", ("support@greenkeeper.io",), ("greenkeeper",),
                 ("greenkeeper", "greenkeeperio-bot"), SEEN),
    KnownAccount("Snyk", "bot", ("snyk-bot@snyk.io",), ("snyk-bot",), ("snyk-bot",), SEEN),
    KnownAccount("pyup", "bot", ("github-bot@pyup.io",), ("pyup-bot",), ("pyup-bot",), SEEN),
    KnownAccount("ImgBot", "bot", ("imgbothelp@gmail.com",), ("imgbot",),
                 ("imgbot", "imgbotapp"), SEEN),
    KnownAccount("ansibot", "bot", (), ("ansibot",), ("ansibot",), SEEN),
    KnownAccount("Mergify", "bot", (), ("mergify",), ("mergify",), SEEN),
    KnownAccount("Bors", "bot", ("bors@rust-lang.org",), ("bors",), ("bors", "homu"), SEEN),
    KnownAccount("All Contributors", "bot", (), ("allcontributors",), ("allcontributors",), SEEN),
    KnownAccount("Semantic Release", "bot", ("semantic-release-bot@martynus.net",),
                 ("semantic-release-bot",), ("semantic-release-bot",), SEEN),
    KnownAccount("Kubernetes Prow", "bot", (), ("k8s-ci-robot",), ("kubernetes prow robot",), SEEN),
    KnownAccount("Copybara", "bot", ("copybara-worker@google.com",), ("copybara-service",),
                 ("copybara-service",), SEEN),
    KnownAccount("Scala Steward", "bot", ("me@scala-steward.org",), ("scala-steward",),
                 ("scala steward",), SEEN),
    KnownAccount("Gitter", "bot", ("badger@gitter.im",), ("gitter-badger",),
                 ("the gitter badger",), SEEN),
)  # fmt: skip
