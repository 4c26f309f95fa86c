"""The answer key of the played scenes: what each recipe must make, must not make, and why.

Everything is named as exports name it: items by key, comments by the forge's own id, commits by id,
documents by path, traces by file. Reasons are words for a kind of rule (`REASONS`, told in the key
itself), not a module's own names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from byline.sample.people import person
from byline.sample.process.builds_export import job_id
from byline.sample.process.gerrit_export import comment_id
from byline.sample.process.records import Build, Issue, Played, Review
from byline.sample.process.scene import Step
from byline.sample.process.trace_stage import Trace

WORDS = ("expect", "addressed", "group", "repair", "superseded", "excluded", "canary")
REASONS: Mapping[str, str] = {
    "terms": "a person's terms leave it out",
    "author_excluded": "whoever opened or wrote it is left out, so all of it is",
    "lane": "permitted in the anonymous lane only",
    "bot": "a bot opened it or said it, or somebody only summoned a bot",
    "rubber_stamp": "approved without a word about the work",
    "deferral": "put off to another day",
    "hostile": "aimed at a person",
    "nit": "a nit without a matter",
    "unaddressed": "nothing was changed for it",
    "unmerged": "abandoned or closed without a merge",
    "no_change": "there is no later state that differs",
    "flaky": "the same commit failed and passed",
    "infra": "the machine failed, not the work",
    "suppressed": "the test was skipped instead of the fault mended",
    "small_difference": "too few lines differ for one to be better than the other",
    "no_reland": "taken back, and never landed again",
    "proposed": "nothing is decided yet",
    "placeholder": "a template's own words",
    "not_submitted": "nobody submitted it, or nobody had reviewed it",
    "duplicate": "another issue tells the same",
    "hindsight": "written with the answer known",
    "reverted": "taken back within two weeks",
    "ai": "an agent wrote what would be learned",
    "short": "too short to teach",
}


@dataclass
class World:
    """Everything that was played, to look keys up in."""

    played: Sequence[Played]
    jira: Sequence[Issue]
    traces: Sequence[Trace]
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.played:
            self.keys |= {f"{one.repository}|{token}": key for token, key in _tokens(one)}
        self.keys |= {issue.name: issue.key for issue in self.jira}
        self.keys |= {f"trace:{one.file}": f"trace:traces:{one.file}" for one in self.traces}

    def key(self, token: str, repository: str, step: Step) -> str:
        """Return the key that a word of a scene means.

        Raises:
            IntegrityError: It means nothing.
        """
        for name in (token, f"{repository}|{token}"):
            if name in self.keys:
                return self.keys[name]
        plain = token.rpartition("|")
        kind, _, path = plain[2].partition(":")
        where = plain[0] or repository
        heads = {one.repository: one.head for one in self.played}
        if kind == "doc" and where in heads and path in heads[where].tree:
            return f"doc:{where}:{path}"
        raise step.fail(f"nothing is called {token}")


def _tokens(one: Played) -> list[tuple[str, str]]:
    rows = [(f"review:{review.number}", review.key) for review in one.reviews]
    rows += [(f"issue:{issue.name}", issue.key) for issue in one.issues]
    rows += [(f"commit:{name}", f"commit:{one.repository}:{commit.oid}")
             for name, commit in one.commits.items()]  # fmt: skip
    rows += [(f"merged:{review.number}", f"commit:{one.repository}:{review.merged.oid}")
             for review in one.reviews if review.merged]  # fmt: skip
    return rows + [(f"build:{build.name}", build_key(one, build)) for build in one.builds]


def build_key(played: Played, build: Build) -> str:
    """Return the key of a run's job."""
    if played.project.endswith("pilotage"):
        return f"build:junit:pilotage-checks:{build.name}.xml"
    return f"build:github:{played.project}/{build.native}/{job_id(build)}"


def process_answers(world: World, told: Sequence[tuple[str, str, Step]]) -> dict[str, Any]:
    """Return the section `process` of the answer key.

    Args:
        world: What was played.
        told: What scenes say that the key must say: (repository, token, step).
    """
    recipes: dict[str, dict[str, list[dict[str, Any]]]] = {}
    rows: dict[str, list[Any]] = {"addressed": [], "groups": [], "repairs": [], "superseded": [],
                                  "excluded_sentences": [], "canaries": []}  # fmt: skip
    for repository, current, step in told:
        if step.word == "expect":
            made = _expectation(world, repository, current, step)
            outcome = "declined" if step.fact("reason") else "included"
            sort = recipes.setdefault(step.name, {"included": [], "declined": []})
            sort[outcome].append(made)
        elif step.word == "addressed":
            rows["addressed"] += _addressed(world, repository, current, step)
        elif step.word == "group":
            rows["groups"].append(
                sorted({world.key(one, repository, step) for one in step.name.split()})
            )
        elif step.word == "repair":
            rows["repairs"].append(_repair(world, repository, step))
        elif step.word == "superseded":
            old, new = (world.key(f"doc:{one}", repository, step) for one in step.name.split())
            rows["superseded"].append({"old": old, "new": new})
        else:
            name = "excluded_sentences" if step.word == "excluded" else "canaries"
            rows[name] += _sentences(world, repository, current, step)
    return {
        "repositories": sorted(one.repository for one in world.played),
        "reasons": dict(REASONS),
        "recipes": recipes,
        **rows,
        "items": _items(world),
        "builds": [_build_row(one, build) for one in world.played for build in one.builds],
    }


def _expectation(world: World, repository: str, current: str, step: Step) -> dict[str, Any]:
    row: dict[str, Any] = {
        "item": world.key(step.fact("on") or current, repository, step),
        "scene": step.scene,
    }
    if step.fact("unit"):
        row["unit"] = _native(world, repository, row["item"], step.fact("unit"), step)
    if step.fact("reason"):
        if step.fact("reason") not in REASONS:
            raise step.fail(f"{step.fact('reason')} is no reason")
        row["reason"] = step.fact("reason")
    for name in ("task", "note", "path", "stage"):
        if step.fact(name):
            row[name] = step.fact(name)
    return row


def _native(world: World, repository: str, item: str, name: str, step: Step) -> str:
    """The forge's own id of what a scene calls by a name."""
    for one in world.played:
        for review in one.reviews:
            if review.key == item:
                talk = review.said(name)
                gerrit = item.startswith("gerrit:") and talk.kind == "inline"
                return comment_id(talk) if gerrit else str(talk.native)
    for issue in [*world.jira, *(issue for one in world.played for issue in one.issues)]:
        if issue.key == item and name in issue.natives:
            return str(issue.natives[name])
    raise step.fail(f"{item} ({repository}) has nothing called {name}")


def _addressed(world: World, repository: str, current: str, step: Step) -> list[dict[str, Any]]:
    item = world.key(step.fact("on") or current, repository, step)
    return [
        {"item": item, "comment": _native(world, repository, item, name, step), "addressed": label}
        for name, label in step.facts.items()
        if name != "on"
    ]


def _repair(world: World, repository: str, step: Step) -> dict[str, Any]:
    row = {name: world.key(f"build:{step.fact(name)}", repository, step)
           for name in ("failing", "passing")}  # fmt: skip
    row["outcome"] = step.fact("reason") or "repaired"
    return row


def _sentences(world: World, repository: str, current: str, step: Step) -> list[dict[str, Any]]:
    item = world.key(step.fact("on") or current, repository, step)
    text = _text(world, item, step.fact("said"), step)
    rows = [line for line in step.text.split("\n") if line.strip()]
    for line in rows:
        if line not in text:
            raise step.fail(f"{item} does not say {line!r}")
    who = person(step.fact("by")).id
    return [{"item": item, "person": who, "text": line} for line in rows]


def _text(world: World, item: str, said: str, step: Step) -> str:
    for one in world.played:
        for review in one.reviews:
            if review.key == item:
                return review.said(said).text if said else review.step.text
    for issue in [*world.jira, *(issue for one in world.played for issue in one.issues)]:
        if issue.key == item:
            return "\n".join([issue.step.text, *(other.text for other in issue.steps)])
    for trace in world.traces:
        if item.endswith(f":{trace.file}"):
            return "\n".join(one.text for one in trace.steps)
    raise step.fail(f"{item} has no talk")


def _items(world: World) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for one in world.played:
        rows |= {review.key: _review_row(one, review) for review in one.reviews}
        rows |= {issue.key: {"kind": "issue", "title": issue.step.text.split("\n")[0]}
                 for issue in one.issues}  # fmt: skip
    for issue in world.jira:
        kind = "incident" if issue.step.fact("type") == "Incident" else "issue"
        rows[issue.key] = {"kind": kind, "title": issue.step.text.split("\n")[0]}
    for trace in world.traces:
        read = bool(trace.step.fact("submitted")) and trace.step.fact("reviewed") != "false"
        rows[f"trace:traces:{trace.file}"] = {"kind": "trace", "read": read}
    return rows


def _review_row(played: Played, review: Review) -> dict[str, Any]:
    return {
        "kind": "review",
        "repository": played.repository,
        "title": review.step.text.split("\n")[0],
        "state": {"closed": "abandoned"}.get(review.state, review.state)
        if review.key.startswith("gerrit:") else review.state,
        "patchsets": [one.head.oid for one in review.patches],
        "merged": review.merged.oid if review.merged else None,
        "author": person(review.step.fact("by")).id,
    }  # fmt: skip


def _build_row(played: Played, build: Build) -> dict[str, Any]:
    return {
        "key": build_key(played, build),
        "run": build.native,
        "job": build.step.fact("job", "test"),
        "commit": build.commit.oid,
        "passed": build.passed,
        "repository": played.repository,
    }
