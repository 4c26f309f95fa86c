"""The steps of issues, builds and planted growth."""

from collections.abc import Collection
from dataclasses import replace

from byline.sample.process.records import Build, Issue
from byline.sample.process.scene import Step
from byline.sample.process.stage import Stage


def on_issue(stage: Stage, step: Step) -> None:
    """An issue on the forge; its first line is the title."""
    key = f"{stage.setting.forge}:{stage.setting.project}#{step.name}"
    stage.issues[step.name] = Issue(step.name, key, replace(step, text=stage.words(step.text)))
    stage.current[f"issue:{step.scene}"] = step.name


def on_issue_step(stage: Stage, step: Step) -> None:
    """Something that happens to an issue: a remark, a label, its end."""
    name = step.fact("on") or stage.current.get(f"issue:{step.scene}", "")
    if name not in stage.issues:
        raise step.fail(f"no issue {name or 'was opened in this scene'}")
    issue = stage.issues[name]
    if step.fact("id"):
        issue.natives[step.fact("id")] = stage.native("issue", name, len(issue.steps))
    facts = dict(step.facts)
    if facts.get("commit"):
        facts["commit"] = stage.named[facts["commit"]].oid
    facts["native"] = str(stage.native("issue", name, len(issue.steps)))
    issue.steps.append(replace(step, text=stage.words(step.text), facts=facts))


def on_run(stage: Stage, step: Step) -> None:
    """A job of continuous integration on a commit, or on the latest state of a review."""
    if step.fact("commit"):
        commit, branch, number = stage.named[step.fact("commit")], "main", 0
        branch = step.fact("branch", "main")
    else:
        review = stage.review(step)
        patch = review.patches[int(step.fact("patch", str(len(review.patches)))) - 1]
        commit, branch, number = patch.head, review.step.fact("branch", "main"), review.number
    _check_log(step, commit.tree.keys())
    native = stage.native("run", step.name)
    passed = step.fact("result") == "success"
    stage.builds.append(Build(step.name, native, step, commit, branch, number, passed))


def _check_log(step: Step, paths: Collection[str]) -> None:
    """A log may only name files that are there."""
    for path in step.fact("names").split():
        if path not in paths:
            raise step.fail(f"the log names {path}, which is not there")
