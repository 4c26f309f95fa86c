"""Words of Jira that its REST answers and its CSV exports share: keys, and what links say."""

import re
from typing import Final

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{1,80}-[1-9][0-9]{0,9}")
LINKS: Final = {
    "duplicates": "duplicates",
    "is caused by": "caused_by",
    "caused by": "caused_by",
    "is a result of": "caused_by",
    "fixes": "fixes",
    "resolves": "fixes",
    "closes": "closes",
    "supersedes": "supersedes",
    "replaces": "supersedes",
    "implements": "implements",
    "reverts": "reverts",
    "backports": "backports",
}


def kind_of_link(words: str) -> str:
    """The kind of a link from its words, read from this issue to the other."""
    return LINKS.get(words.strip().lower(), "mentions")
