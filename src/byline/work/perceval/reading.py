"""Every item of Perceval's output, by the reader that its backend and category have.

Forges and Jira go through their own readers (`byline.work.reviews`, `byline.work.issues`); other
trackers, questions and messages are read here. A backend that nobody knows is a problem
``backend_not_known``, one of git itself ``read_from_git``: its repository says the same and more.
Each reading names the system that it is from, so that accounts are looked up as that system's.
A list of items, JSON Lines, and values one after another (as Perceval prints them) are accepted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from byline.work.exports import objects
from byline.work.issues.github import github_issue
from byline.work.issues.gitlab import gitlab_issue
from byline.work.issues.jira import jira_issue
from byline.work.items import Problem, Reading, Source
from byline.work.perceval import forges
from byline.work.perceval.conversations import discourse_topic, document, stackexchange_question
from byline.work.perceval.envelope import Fetched, fetched_of, is_envelope
from byline.work.perceval.fields import FIELDS
from byline.work.perceval.trackers import bugzilla_bug, phabricator_task, redmine_issue
from byline.work.reviews.gerrit import gerrit_review
from byline.work.reviews.github import github_review
from byline.work.reviews.gitlab import gitlab_review

Reads = Callable[[Fetched, Source, str], Iterator[Reading]]
OF_GIT: Final = frozenset({"git", "gitlog"})


def read_perceval(source: Source) -> Iterator[Reading]:
    """The items of Perceval's output.

    Raises:
        InputError: There is nothing at the source's path.
    """
    for one in objects(source):
        if isinstance(one, Problem):
            yield Reading(problems=(one,))
        elif not is_envelope(one.value):
            said = "no item of Perceval: it has no `backend_name` and `data`"
            yield Reading(problems=(Problem(one.file, one.place, "not_an_item", said),))
        else:
            yield from _read(fetched_of(one.value), source, file=one.file, place=one.place)


def _read(one: Fetched, source: Source, *, file: str, place: str) -> Iterator[Reading]:
    reads = READS.get((one.backend, one.category))
    system = SYSTEMS.get(one.backend, one.backend)
    if reads:
        found = reads(one, replace(source, system=system), file)
        yield from (replace(reading, system=system) for reading in found)
    elif one.backend in FIELDS:
        for reading in document(one, FIELDS[one.backend], source=source, file=file):
            yield replace(reading, system=system)
    elif one.backend in OF_GIT:
        problem = Problem(file, place, "read_from_git", "name its repository in the configuration")
        yield Reading(problems=(problem,))
    else:
        said = f"{one.backend}/{one.category} is no backend that is read"
        yield Reading(problems=(Problem(file, place, "backend_not_known", said[:200]),))


def _github_issue(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return github_issue(forges.github_issue_payload(one), source=source, file=file)


def _github_pull(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    yield github_review(forges.github_pull_payload(one), source=source, file=file)


def _gitlab_issue(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return gitlab_issue(forges.gitlab_issue_payload(one), source=source, file=file)


def _gitlab_merge_request(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    yield gitlab_review(forges.gitlab_merge_request_payload(one), source=source, file=file)


def _gerrit_review(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    change, comments = forges.gerrit_change_payload(one)
    yield gerrit_review(change, [comments], source=source, file=file)


def _jira_issue(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return jira_issue(forges.jira_issue_payload(one), source=source, file=file)


def _bugzilla(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return bugzilla_bug(one, source=source, file=file)


def _phabricator(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return phabricator_task(one, source=source, file=file)


def _redmine(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return redmine_issue(one, source=source, file=file)


def _question(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return stackexchange_question(one, source=source, file=file)


def _topic(one: Fetched, source: Source, file: str) -> Iterator[Reading]:
    return discourse_topic(one, source=source, file=file)


SYSTEMS: Final[Mapping[str, str]] = {"bugzillarest": "bugzilla"}
READS: Final[Mapping[tuple[str, str], Reads]] = {
    ("github", "issue"): _github_issue,
    ("github", "pull_request"): _github_pull,
    ("gitlab", "issue"): _gitlab_issue,
    ("gitlab", "merge_request"): _gitlab_merge_request,
    ("gerrit", "review"): _gerrit_review,
    ("jira", "issue"): _jira_issue,
    ("bugzilla", "bug"): _bugzilla,
    ("bugzillarest", "bug"): _bugzilla,
    ("phabricator", "task"): _phabricator,
    ("redmine", "issue"): _redmine,
    ("stackexchange", "question"): _question,
    ("discourse", "topic"): _topic,
}
