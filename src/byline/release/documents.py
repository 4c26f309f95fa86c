"""Documents of a repository that speak for its other files."""

from collections.abc import Sequence

import pyarrow.parquet as pq

from byline.corpus.declarations import is_declaration
from byline.corpus.licences import LICENCE_FILE
from byline.engine.stage import Partition

DECLARED_IN = frozenset({"pyproject.toml", "package.json", "setup.cfg", "Cargo.toml", "setup.py"})


def root_documents(files: Sequence[Partition]) -> dict[str, str]:
    """The texts that speak for other files: licences, metadata, `.gitattributes`, declarations."""
    found: dict[str, str] = {}
    for part in files:
        paths = part.read(["path"])["path"]
        wanted = [path for path in paths.to_pylist() if _speaks_for_all(path)]
        if wanted:
            rows = pq.read_table(
                part.path, columns=["path", "text"], filters=[("path", "in", wanted)]
            )
            found.update(
                {row["path"]: row["text"] for row in rows.to_pylist() if row["text"] is not None}
            )
    return found


def _speaks_for_all(path: str) -> bool:
    if path.rsplit("/", 1)[-1] == ".gitattributes" or is_declaration(path):
        return True
    return is_of_root(path)


def is_of_root(path: str) -> bool:
    """Whether the file at `path` speaks of the licence of the whole repository."""
    return "/" not in path and (path in DECLARED_IN or LICENCE_FILE.search(path) is not None)
