"""Which forge an export is from, by what lies in it.

Fields that only one forge's answers have decide; the first file that has them does. Looked at are
the first `MOST` values; an export of anything else is None, which is no error.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from byline.work.exports import objects, record, text_of
from byline.work.items import Problem, Source
from byline.work.reviews.gerrit import is_comments
from byline.work.reviews.gerrit_query import is_queried
from byline.work.reviews.github_graphql import bundles_of
from byline.work.reviews.phabricator import rows_of

MOST: Final = 400
FIELDS: Final = (
    ("github", {"pull"}),
    ("github", {"number", "base", "head"}),
    ("github", {"diff_hunk", "path"}),
    ("github", {"pull_request_url", "submitted_at"}),
    ("gitlab", {"merge_request"}),
    ("gitlab", {"iid", "target_branch"}),
    ("gitlab", {"head_commit_sha", "base_commit_sha"}),
    ("gerrit", {"change_id", "_number", "project"}),
)


def recognises(path: Path) -> str | None:
    """Which reader an export of reviews is for: github | gitlab | gerrit | phabricator, or None.

    Raises:
        InputError: There is nothing at the path.
    """
    source = Source("", "", path)
    for number, one in enumerate(objects(source)):
        if number >= MOST:
            return None
        system = None if isinstance(one, Problem) else _system(record(one.value))
        if system is not None:
            return system
    return None


def _system(value: Mapping[str, Any]) -> str | None:
    for system, fields in FIELDS:
        if fields <= value.keys():
            return system
    if any(text_of(one.get("phid")).startswith("PHID-D") for one in rows_of(value)):
        return "phabricator"
    if bundles_of(value):
        return "github"
    return "gerrit" if is_queried(value) or (value and is_comments(value)) else None
