"""Write the repositories that are told in scenes, and the exports that tell of their process.

Invariant: the same seed gives the same bytes; every commit that an export names is in the
repository, under a branch or a hidden ref.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.sample.company import PROCESS_REPOSITORIES, RepositoryFacts
from byline.sample.fast_import import Recorder, import_stream
from byline.sample.fixtures import common_files
from byline.sample.people import person
from byline.sample.process import builds_export, gerrit_export, github_export, github_issues
from byline.sample.process.answers import WORDS, World, process_answers
from byline.sample.process.growth import growth
from byline.sample.process.jira_export import search_answer
from byline.sample.process.jira_stage import play_jira
from byline.sample.process.records import Issue, Played
from byline.sample.process.reviewing import (
    on_close,
    on_comment,
    on_event,
    on_merge,
    on_patch,
    on_resolve,
    on_review,
    on_say,
    on_vote,
)
from byline.sample.process.scene import Step, read_scenes
from byline.sample.process.stage import (
    Handler,
    Setting,
    on_branch,
    on_commit,
    on_expect,
    play_scenes,
)
from byline.sample.process.trace_stage import Trace, play_traces
from byline.sample.process.traces_export import submission, trace_file
from byline.sample.process.tracking import on_issue, on_issue_step, on_run

FORGES = {"berth-planner": "github", "pilotage": "gerrit"}
PAGE = 5
HANDLERS: Mapping[str, Handler] = {
    "commit": on_commit, "branch": on_branch, "review": on_review, "patch": on_patch,
    "comment": on_comment, "say": on_say, "vote": on_vote, "event": on_event,
    "resolve": on_resolve, "merge": on_merge, "close": on_close, "issue": on_issue,
    "remark": on_issue_step, "closed": on_issue_step, "reopened": on_issue_step,
    "labeled": on_issue_step, "run": on_run, **dict.fromkeys(WORDS, on_expect),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProcessSummary:
    """What was written, and what the answer key must say of it."""

    played: tuple[Played, ...]
    answers: Mapping[str, Any]

    @property
    def num_commits(self) -> int:
        """How many commits, hidden ones with them."""
        return sum(one.num_commits for one in self.played)


def write_process(company: Path, *, seed: int) -> ProcessSummary:
    """Write the repositories below `repos/` and the exports below `exports/`.

    Raises:
        IntegrityError: A scene contradicts itself.
        InputError: git refused.
    """
    played = tuple(_play(facts, company, seed) for facts in PROCESS_REPOSITORIES)
    commits = {f"{one.repository}/{name}": commit.oid
               for one in played for name, commit in one.commits.items()}  # fmt: skip
    jira, jira_told = play_jira(read_scenes("jira"), commits)
    traces, traces_told = play_traces(read_scenes("traces"))
    world = World(played, jira, traces)
    exports = company / "exports"
    for one in played:
        _write_reviews(exports, one)
        _write_builds(exports, one)
    _write_jira(exports / "jira", jira)
    _write_traces(exports / "traces", traces, world)
    told = [(one.repository, token, step) for one in played for token, step in one.expectations]
    told += [("", token, step) for token, step in jira_told]
    told += [("", f"trace:{token}", step) for token, step in traces_told]
    return ProcessSummary(played, process_answers(world, told))


def _play(facts: RepositoryFacts, company: Path, seed: int) -> Played:
    files = tuple(common_files(facts.name, facts.summary))
    setting = Setting(facts.name, f"harbour/{facts.name}", FORGES[facts.name], files)
    steps = [*read_scenes(facts.name), *growth(facts.name, seed=seed)]
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "stream"
        with stream.open("wb") as out:
            recorder = Recorder(out)
            played = play_scenes(setting, steps, recorder, seed=seed, handlers=HANDLERS)
            recorder.done()
        import_stream(company / "repos" / facts.name, stream, head=played.head.oid)
    return played


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _write_reviews(exports: Path, played: Played) -> None:
    if FORGES[played.repository] == "github":
        root = exports / "github" / played.project
        for review in played.reviews:
            _put(root / "pulls" / f"{review.number}.json",
                 _json(github_export.pull_file(played, review)))  # fmt: skip
        for issue in played.issues:
            _put(root / "issues" / f"{issue.name}.json",
                 _json(github_issues.issue_file(played, issue)))  # fmt: skip
        return
    root = exports / "gerrit" / played.project
    for review in played.reviews:
        change = gerrit_export.change_file(played, review)
        _put(root / "changes" / f"{review.number}.json", gerrit_export.guarded(change))
        comments = gerrit_export.comments_file(review)
        _put(root / "comments" / f"{review.number}.json", gerrit_export.guarded(comments))


def _write_builds(exports: Path, played: Played) -> None:
    for build in played.builds:
        if FORGES[played.repository] == "github":
            root = exports / "github" / played.project / "runs"
            _put(root / f"{build.native}.json", _json(builds_export.run_file(played, build)))
            log = root / str(build.native) / f"{builds_export.job_id(build)}.log"
            _put(log, builds_export.job_log(build))
        else:
            _put(exports / "junit" / f"{build.name}.xml", builds_export.junit_file(played, build))


def _write_jira(folder: Path, issues: list[Issue]) -> None:
    for start in range(0, len(issues), PAGE):
        page = search_answer(issues[start : start + PAGE], total=len(issues), start=start)
        _put(folder / f"search-{start // PAGE + 1}.json", _json(page))


def _write_traces(folder: Path, traces: list[Trace], world: World) -> None:
    commits = {(one.repository, name): commit
               for one in world.played for name, commit in one.commits.items()}  # fmt: skip
    for trace in traces:
        step: Step = trace.step
        start = commits.get((step.fact("repository"), step.fact("revision")))
        _put(folder / trace.file, trace_file(trace, start))
        links = [world.key(one, step.fact("repository"), step)
                 for one in step.fact("links").split()]  # fmt: skip
        address = person(step.fact("by")).email
        record = submission(trace, address=address, links=links)
        if record is not None:
            _put(folder / f"{trace.file}.byline.toml", record)
