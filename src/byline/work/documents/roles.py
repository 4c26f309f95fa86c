"""What the headings of decisions, proposals and postmortems mean, in the words people use.

Sources: adr/madr (versions 1 to 4), Nygard's "Documenting Architecture Decisions", the arc42 and
Tyree-Akerman templates, Rust's and IETF-like RFCs, Kubernetes' KEP and Python's PEP 12 templates,
the postmortem templates of the SRE book, GitLab, PagerDuty, Atlassian and Google.
"""

import re
from typing import Final

_NAMES: Final = {
    "summary": "summary|executive summary|overview|abstract|tldr|tl dr|at a glance|what happened"
    "|incident summary|description|issue summary|high level summary",
    "context": "context|context and problem statement|problem statement|problem|background"
    "|motivation"
    "|issue|context and problem|introduction|the problem|why|use case|use cases|forces"
    "|problem description|requirements|assumptions|constraints|current state|current situation"
    "|context and background|background and context|business context|user stories",
    "goals": "goals|non goals|goals and non goals|goals non goals|scope|out of scope|objectives",
    "drivers": "decision drivers|drivers|decision criteria|criteria|evaluation criteria|quality"
    " goals"
    "|decision drivers and forces|considerations",
    "options": "considered options|options|options considered|alternatives|alternatives considered"
    "|considered alternatives|rejected ideas|rejected alternatives|rationale and alternatives"
    "|positions|possible solutions|proposed solutions|other options|alternative designs|solutions",
    "pros_cons": "pros and cons of the options|pros and cons|option details|comparison|analysis"
    "|evaluation|evaluation of options|trade offs|tradeoffs|analysis of options|options in detail",
    "outcome": "decision outcome|decision|outcome|proposal|proposed solution|solution|specification"
    "|detailed design|design|design details|proposed design|guide level explanation"
    "|reference level explanation|approach|the decision|resolution and decision|recommendation"
    "|decision made|chosen option|proposed change|proposed changes|implementation proposal",
    "justification": "rationale|justification|reasoning|argument|why this option|reasons"
    "|decision rationale|reason for decision",
    "consequences": "consequences|implications|results|resulting context|impact of decision|effects"
    "|outcomes and consequences|risks|risks and mitigations|drawbacks and risks",
    "good": "positive consequences|advantages|benefits|positive|pros|good consequences|positives",
    "bad": "negative consequences|drawbacks|disadvantages|negative|cons|bad consequences|negatives"
    "|downsides|why should we not do this",
    "confirmation": "confirmation|validation|compliance|verification|fitness function|test plan"
    "|how we will know|acceptance criteria",
    "status": "status|decision status|state",
    "date": "date|decision date|incident date",
    "deciders": "deciders|decision makers|stakeholders|participants|authors|author|owners|owner"
    "|incident owners|incident team|responders|incident commander",
    "questions": "open questions|unresolved questions|questions|open issues|unresolved issues",
    "more": "more information|links|references|see also|related|related decisions|notes|related"
    " work"
    "|prior art|supporting information|appendix|supersedes|superseded by",
    "impact": "impact|customer impact|user impact|impact assessment|business impact|affected"
    " services"
    "|impact and severity|scope of impact|incident impact|blast radius",
    "detection": "detection|how was it detected|how was this detected|how did we detect it|alerting"
    "|detection and alerting|incident detection|how we found out|fault detection",
    "signals": "symptoms|signals|observations|monitoring|metrics|alerts|evidence|metrics and graphs"
    "|symptoms and signals|graphs",
    "root_cause": "root cause|root causes|root cause s|cause|root cause analysis|causes"
    "|underlying cause"
    "|cause of the incident|why did it happen|root cause and contributing factors|five whys|5 whys"
    "|contributing factors|the root cause|fault|diagnosis|analysis and root cause",
    "trigger": "trigger|triggers|triggering event|what triggered it|leadup|lead up",
    "mitigation": "resolution|mitigation|mitigations|recovery|resolution and recovery|fix"
    "|remediation"
    "|how was it fixed|response|mitigation and resolution|incident resolution|how it was resolved"
    "|immediate actions|restoration|temporary mitigation|incident response and analysis|the fix",
    "timeline": "timeline|incident timeline|timeline utc|timeline of events|chronology|event"
    " timeline"
    "|sequence of events|log|incident log|timeline all times utc|timeline of the incident",
    "action_items": "action items|actions|follow up|follow ups|follow up actions|corrective actions"
    "|corrective and preventative measures|corrective and preventive actions|next steps"
    "|preventive measures|remediation items|action plan|todo|improvements|recommendations"
    "|preventative actions|corrective action|follow up items|prevention",
    "lessons": "lessons learned|lessons|what went well|what went wrong|where we got lucky"
    "|what went poorly|lessons learnt|retrospective|takeaways|what went well and what went wrong"
    "|what could have gone better|learnings",
    "severity": "severity|severity level|priority|incident severity",
}
ROLE_OF: Final = {name: role for role, names in _NAMES.items() for name in names.split("|")}
DECISION: Final = frozenset(
    {"context", "drivers", "options", "pros_cons", "outcome", "consequences", "status"}
)
DESIGN: Final = frozenset(
    {"summary", "context", "goals", "options", "outcome", "bad", "questions", "justification"}
)
INCIDENT: Final = frozenset(
    {"impact", "detection", "signals", "root_cause", "trigger", "mitigation", "timeline",
     "action_items", "lessons"}
)  # fmt: skip
NUMBERED: Final = re.compile(
    r"^(?:\(?\d{1,3}(?:\.\d{1,3})*[.):]?|[ivxIVX]{1,4}[.)]|[A-Za-z][.)])\s+"
)
LINK: Final = re.compile(r"\[([^\[\]]{0,300})\](?:\([^()\s]{0,500}\)|\[[^\[\]]{0,100}\])")
RST_LINK: Final = re.compile(r"`([^`<>]{0,300})\s<[^<>`]{0,500}>`_{1,2}")
PARENTHESIS: Final = re.compile(r"\s*[(\[{].{0,200}[)\]}]\s*$")
WORD: Final = re.compile(r"[^\W_]+")


def role_of(heading: str) -> str | None:
    """What a heading announces, or None where it is the document's own."""
    bare = NUMBERED.sub("", plain(heading).strip())
    for name in (bare, PARENTHESIS.sub("", bare)):
        role = ROLE_OF.get(words_of(name))
        if role is not None:
            return role
    return None


def words_of(text: str) -> str:
    """The words of a text in lower case, single-spaced: what names are compared by."""
    return " ".join(WORD.findall(text.casefold().replace("'", "").replace("’", "")))


def plain(text: str) -> str:
    """A line without the marks of links, emphasis and code."""
    bare = RST_LINK.sub(r"\1", LINK.sub(r"\1", text))
    return bare.replace("**", "").replace("__", "").replace("`", "").replace("*", "").strip()
