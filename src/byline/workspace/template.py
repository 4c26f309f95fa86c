"""The commented `byline.toml` that `byline init` writes."""

import re
from collections.abc import Sequence
from pathlib import Path

HEADER = """\
# Byline's one configuration file. Paths are relative to it.
# Every key is explained in docs/configuration.md.

[organisation]
name = {name}

[workspace]
path = "byline-workspace"   # what Byline makes: tables, releases, models, log, reports

"""
REPOSITORY = """\
[[repositories]]
name = {name}
path = {path}
owner = "employer"          # employer | customer | third-party | open-source
# customer = "acme"         # with owner = "customer"
# revision = "main"         # default: HEAD

"""
REST = """\
[people]
# Who works here and when: CSV with id,name,emails,worker_type,country,unit,start,end.
# Without it nobody is known, and the work of people who are not known is excluded.
# roster = "people/roster.csv"
# mailmap = "people/mailmap"        # the organisation's own, approved (git's format)
# rules = "people/rules.toml"       # which addresses are whose, by pattern: docs/people.md
# names = "people/other-names.txt"   # others to keep out of texts, one a line: customers, say
# bots = ["*-ci@example.com"]
linkage_key = "keys/linkage.key"    # pseudonym -> person; made on first use; keep it apart

[terms]
# What was agreed. Silence is not permission: without agreements nothing is included.
# agreements = ["terms/agreements"]
# Templates to start from, not legal advice: open-source, us-employer, eu-employer.
# packs = ["us-employer"]
# notices = "terms/notices.csv"     # notice,version,person,served,channel,language
# objections = "terms/objections.csv"   # id,person,received,classes,purposes,note

[release]
name = "engineering"
purposes = ["assist_others"]        # what models may be for; docs/terms.md lists them
# recipes = ["completion", "commit_edit"]  # default: all; see docs/recipes.md
# as_of = 2026-11-24                # the use date that decisions are made for; default: today
# train_until = 2026-08-31          # later work is for evaluation; default: the last tenth of time

[train]
# steps = 1000
# base = "models/base"              # a local Hugging Face model: LoRA on it, not from scratch
"""


def configuration(name: str, repositories: Sequence[tuple[str, Path]]) -> str:
    """The text of a new `byline.toml` for an organisation and its repositories."""
    parts = [HEADER.format(name=quoted(name))]
    if not repositories:
        parts.append("# " + REPOSITORY.format(name='"api"', path='"../api"').replace("\n", "\n# "))
        parts.append("\n\n")
    for repository, path in repositories:
        parts.append(REPOSITORY.format(name=quoted(repository), path=quoted(path.as_posix())))
    return "".join([*parts, REST])


def quoted(text: str) -> str:
    """A TOML basic string (https://toml.io/en/v1.0.0#string)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


def repository_name(path: Path) -> str:
    """A name for a repository, from its folder's."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name.removesuffix(".git")).strip("-._")
    return name[:100] or "repository"
