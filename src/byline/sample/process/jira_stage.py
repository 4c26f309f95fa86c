"""The scenes of Jira: issues of the whole company, about commits of any repository."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from byline.sample.process.records import Issue
from byline.sample.process.scene import Step

_NAMED = re.compile(r"\{\{([\w./-]+)\}\}")
WORDS = ("jira-remark", "jira-change", "jira-link")


def play_jira(
    steps: Iterable[Step], commits: Mapping[str, str]
) -> tuple[list[Issue], list[tuple[str, Step]]]:
    """Return the issues, and what the answer key must say with the issue of the scene.

    Args:
        steps: In order of time.
        commits: Ids of named commits, as ``repository/name``.

    Raises:
        IntegrityError: A step has no issue, or names a commit that is not there.
    """
    issues: dict[str, Issue] = {}
    current: dict[str, str] = {}
    expectations: list[tuple[str, Step]] = []
    for plain in steps:
        step = replace(plain, text=_filled(plain, commits))
        if step.word == "jira":
            issues[step.name] = Issue(step.name, f"jira:{step.name}", step)
            current[step.scene] = step.name
        elif step.word in WORDS:
            issue = issues.get(step.fact("on") or current.get(step.scene, ""))
            if issue is None:
                raise step.fail("no issue was opened before it")
            native = _native(issue, len(issue.steps))
            if step.fact("id"):
                issue.natives[step.fact("id")] = native
            facts = {**step.facts, "native": str(native)}
            issue.steps.append(replace(step, facts=facts))
        else:
            expectations.append((current.get(step.scene, ""), step))
    return sorted(issues.values(), key=lambda one: int(one.name.split("-")[1])), expectations


def _native(issue: Issue, place: int) -> int:
    digest = hashlib.sha256(f"{issue.name}:{place}".encode()).hexdigest()
    return 30_000 + int(digest[:5], 16)


def _filled(step: Step, commits: Mapping[str, str]) -> str:
    def oid(found: re.Match[str]) -> str:
        if found[1] not in commits:
            raise step.fail(f"no commit is named {found[1]}")
        return commits[found[1]]

    return _NAMED.sub(oid, step.text)
