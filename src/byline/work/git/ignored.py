"""Lists of commits that wrote nothing, such as one that reformatted everything.

The format is that of `git blame --ignore-revs-file`: one full commit id a line, ``#`` begins a
comment (https://git-scm.com/docs/git-blame).
"""

import re
from pathlib import Path

from byline.errors import ConfigError

OID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


def read_ignored(path: Path) -> tuple[str, ...]:
    """The commits of a list, in order of their ids.

    Raises:
        ConfigError: The file is not there, or a line is no full commit id.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no {path}", advice="check `ignore_revs` in [collect]"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8") from error
    found = set()
    for number, line in enumerate(lines, start=1):
        oid = line.split("#", 1)[0].strip().lower()
        if oid and not OID.match(oid):
            raise ConfigError(
                f"{path}:{number}: {oid!r} is no full commit id",
                advice="write all 40 digits (64 with SHA-256); a short id can come to mean another",
            )
        if oid:
            found.add(oid)
    return tuple(sorted(found))
