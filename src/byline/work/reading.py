"""Which readers an export of each system has."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from byline.work.builds.github import read_github_builds
from byline.work.builds.gitlab import read_gitlab_builds
from byline.work.builds.jenkins import read_jenkins_builds
from byline.work.builds.junit import read_junit_builds
from byline.work.documents.exports import read_documents
from byline.work.issues.github import read_github_issues
from byline.work.issues.gitlab import read_gitlab_issues
from byline.work.issues.jira import read_jira_issues
from byline.work.items import Reading, Source
from byline.work.perceval.reading import read_perceval
from byline.work.reviews.gerrit import read_gerrit
from byline.work.reviews.github import read_github
from byline.work.reviews.gitlab import read_gitlab
from byline.work.reviews.phabricator import read_phabricator
from byline.work.traces.read import read_traces

Reader = Callable[[Source], Iterator[Reading]]
VERSION: Final = "1"  # of all readers together: change it when one reads otherwise
READERS: Final[Mapping[str, tuple[Reader, ...]]] = MappingProxyType(
    {
        "github": (read_github, read_github_issues, read_github_builds),
        "gitlab": (read_gitlab, read_gitlab_issues, read_gitlab_builds),
        "gerrit": (read_gerrit,),
        "phabricator": (read_phabricator,),
        "jira": (read_jira_issues,),
        "perceval": (read_perceval,),
        "documents": (read_documents,),
        "jenkins": (read_jenkins_builds,),
        "junit": (read_junit_builds,),
        "traces": (read_traces,),
    }
)


def read(source: Source) -> Iterator[Reading]:
    """Every item of an export, by each reader of its system in turn."""
    for reader in READERS[source.system]:
        yield from reader(source)
