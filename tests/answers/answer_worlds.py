"""Small worlds for the answers: repositories written commit by commit, and one organisation."""

import os
import subprocess
from pathlib import Path

from byline.engine.executor import LocalExecutor
from byline.release.prepare import Tools
from byline.work.git.collect import Limits, collect

# Put together here, so that no scanner takes this file for one that holds a secret.
SECRET = "AKIA" + "2V3WEXJSDDDRPVSV"
EMAIL_IN_TEXT = "marianne.lefevre92@fastmail.example"
BIDI = "\u202e"
HOSTILE_PATH = "src/<img src=x onerror=alert(1)>\"'.py"
HOSTILE_NAME = 'Ev&e "onmouseover="alert(1)" x'  # git itself takes angle brackets out


def git(directory, *arguments, when="2024-05-01T10:00:00+00:00", author=("Ann", "ann@a.example")):
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": author[0],
        "GIT_AUTHOR_EMAIL": author[1],
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@c.example",
        "GIT_COMMITTER_DATE": when,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=directory, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode()


class Builder:
    """A repository that grows by whole files."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(parents=True)
        git(self.path, "init", "-q", "-b", "main")

    def commit(self, files, *, author, when, message="Change how it counts"):
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        git(self.path, "add", "-A")
        git(self.path, "commit", "-q", "-m", message, when=when, author=author)
        return git(self.path, "rev-parse", "HEAD").strip()


def function(name, lines=8):
    body = [f"    total_{name} = sum(item.{name} for item in items if item.{name}_is_open)"]
    body += [f"    {name}_{i} = total_{name} * {i} + len(items)" for i in range(lines - 3)]
    return "\n".join([f"def {name}(items):", *body, f"    return {name}_0", ""])


def collected(path, root, *, name="repo"):
    return collect(
        path,
        repository=name,
        revision="HEAD",
        limits=Limits(1 << 20, 10_000, 0),
        mirrors=root / "mirrors",
        tables=root / "tables",
        executor=LocalExecutor(1),
    )


def tools(root):
    return Tools(root / "tables", LocalExecutor(1))


def blamed(path):
    """Surviving lines by recorded author address, as git says it without any mailmap."""
    addresses = dict(
        line.split(" ", 1) for line in git(path, "log", "--format=%H %ae").splitlines()
    )
    counts = {}
    for name in filter(None, git(path, "ls-files", "-z").split("\0")):
        for line in git(path, "blame", "-l", "--root", "HEAD", "--", name).splitlines():
            address = addresses[line.split(" ", 1)[0]].lower()
            counts[address] = counts.get(address, 0) + 1
    return counts


AMY, BOB, CAT = (
    ("Amy Ames", "amy@co.example"),
    ("Bob Boe", "bob@co.example"),
    ("Cat Coe", "cat@co.example"),
)
ODD = ("Odd One", "odd@out.example")
ORGANISATION = """
[organisation]
name = "Co <b>&amp; Sons</b>"
[workspace]
path = "workspace"
[[repositories]]
name = "core"
path = "core"
[people]
roster = "roster.csv"
mailmap = "mailmap"
linkage_key = "keys/linkage.key"
[terms]
agreements = ["agreement.toml", "consent.toml"]
notices = "notices.csv"
objections = "objections.csv"
[release]
name = "eng"
as_of = 2026-06-30
train_until = 2025-12-31
"""
ROSTER = """id,name,emails,worker_type,country,unit,start,end
p-amy,Amy Ames,amy@co.example,employee,US,Core,2020-01-01,
p-bob,Bob Boe,bob@co.example,employee,US,Core,2020-01-01,
p-cat,Cat Coe,cat@co.example,employee,DE,Core,2020-01-01,
p-dan,Dan Doe,dan@co.example,employee,US,Core,2020-01-01,
"""
AGREEMENT = """
[agreement]
id = "us"
title = "Employment <script>alert(2)</script>"
kind = "employment"
version = "1"
effective = 2020-01-01
[[clause]]
id = "us/7"
effect = "permit"
text = "The Company may train <script>alert(3)</script> tools on it."
classes = ["code", "process"]
purposes = ["assist_others"]
basis = "agreement"
needs_notice = "ai-training"
[clause.who]
countries = ["US"]
[clause.where]
owners = ["employer"]
"""
CONSENT = """
[agreement]
id = "cat"
title = "Consent of Cat Coe"
kind = "employment"
version = "1"
effective = 2020-01-01
[[clause]]
id = "cat/1"
effect = "permit"
text = "Cat Coe consents, for her own reasons."
classes = ["code", "process"]
purposes = ["assist_others"]
basis = "consent"
needs_notice = "ai-training"
[clause.who]
people = ["p-cat"]
"""
NOTICES = """notice,version,person,served,channel,language
ai-training,1,p-amy,2021-01-01,portal,en
ai-training,1,p-bob,2021-01-01,portal,en
ai-training,1,p-cat,2021-01-01,portal,de
"""
OBJECTIONS = """id,person,received,classes,purposes,note
obj-9,p-bob,2025-02-01,*,*,<script>alert(1)</script>
"""


def organisation(root):
    """A company of four: Amy and Cat may be used, Bob objected, Dan wrote nothing; Odd is outside."""
    core = Builder(root / "core")
    core.commit(
        {"a.py": function("alpha", 40)},
        author=AMY,
        when="2024-02-01T10:00:00Z",
        message="Add alpha sums",
    )
    core.commit(
        {"b.py": function("beta", 40)},
        author=BOB,
        when="2024-03-01T10:00:00Z",
        message="Add beta sums",
    )
    core.commit(
        {"c.py": function("gamma", 40)},
        author=CAT,
        when="2024-04-01T10:00:00Z",
        message="Add gamma sums",
    )
    core.commit(
        {"o.py": function("omega", 40)},
        author=ODD,
        when="2024-05-01T10:00:00Z",
        message="Add omega sums",
    )
    changed = function("alpha", 40).replace("* 7 + len(items)", "* 7 + sum(items) + 1")
    changed = changed.replace("* 8 + len(items)", "* 8 + sum(items) + 2")
    core.commit({"a.py": changed}, author=("amy", "amy@home.example"), when="2024-06-01T10:00:00Z",
                message="Count the sums of items instead of their number in alpha\n\n"
                "Co-authored-by: Cat Coe <cat@co.example>")  # fmt: skip
    for name, text in {
        "byline.toml": ORGANISATION, "roster.csv": ROSTER, "agreement.toml": AGREEMENT,
        "consent.toml": CONSENT, "notices.csv": NOTICES, "objections.csv": OBJECTIONS,
        "mailmap": "Amy Ames <amy@co.example> <amy@home.example>\n",
    }.items():  # fmt: skip
        (root / name).write_text(text.strip() + "\n", encoding="utf-8")
    return root
