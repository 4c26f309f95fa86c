"""The worker's journey as a terminal session: a bundle, a check from an own clone, and five lies.

Makes the sample organisation, plays both sides (the worker with Python, git and their clones; the
operator with the workspace and its keys), and prints every command with what it said. The session
in docs/verifying.md is this output, put there with `--into`.

    python benchmarks/worker_journey.py --scratch /tmp/worker --into docs/verifying.md

What one run prints another prints again, but for keys, the hashes under them, and days.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from journeys import worker_world as world  # noqa: E402

PERSON, ADDRESSES = "ha-101", ("amelia.ortiz@harbour.example", "amelia@ortiz.example")
COLLEAGUE, THEIRS = "Desmond Clarke", "desmond.clarke@harbour.example"
WHOLE, COPY = "src/ledger_core/statements/difflib.py", "src/ledger_core/statements/changes.py"
BEGIN, END = "<!-- session begins -->\n", "<!-- session ends -->\n"
WORKER, OPERATOR, WITNESS = "amelia", "harbour", "union"
FAILS = "| grep -E 'FAIL|DOES NOT' | cut -c-150"
SOME = "| grep -E 'FAIL|DOES NOT' | cut -c-150 | sed -n '1,5p;12,16p;$p'"
MAIN = "| grep -E '^(ok|look|   )|HOLDS' | cut -c-150"


@dataclass
class Terminal:
    """Runs commands of two people, and writes down what each saw."""

    scratch: Path
    company: Path
    names: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def worker(self, line: str) -> None:
        """The worker types something."""
        self._run(self.scratch / WORKER, WORKER, line)

    def operator(self, line: str) -> None:
        """The operator types something."""
        self._run(self.company, OPERATOR, line)

    def witness(self, line: str) -> None:
        """The union's witness types something."""
        self._run(self.scratch / WITNESS, WITNESS, line)

    def define(self, name: str, value: str) -> None:
        """The worker gives something a short name."""
        self.names[name] = value
        self.shown += [f"{WORKER}$ {name}='{value}'"]

    def say(self, text: str) -> None:
        """A remark between commands."""
        self.shown += ["", *(f"# {line}" for line in text.splitlines()), ""]

    def _run(self, where: Path, who: str, line: str) -> None:
        seen = {**os.environ, **self.names, "COLUMNS": "110", "NO_COLOR": "1"}
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], cwd=where, capture_output=True, text=True,
            errors="replace", check=False, env=seen,
        )  # fmt: skip
        printed = (done.stdout + done.stderr).rstrip()
        for folder in (self.company.parent, self.scratch):
            printed = printed.replace(f"{folder}/", "")
        status = [f"(exit status {done.returncode})"] if done.returncode else []
        self.shown += [f"{who}$ {line}", *map(str.rstrip, printed.splitlines()), *status]


def play(scratch: Path, sample: Path | None) -> str:
    """The whole session."""
    home, company = scratch / WORKER, scratch / OPERATOR
    home.mkdir()
    if sample is None:
        subprocess.run(["byline", "sample", scratch / "sample"], check=True, capture_output=True)
        sample = scratch / "sample" / "company"
    shutil.copytree(sample, company, ignore=_made_by_byline)
    subprocess.run(["byline", "release", "-c", company], check=True, capture_output=True)
    for repository in sorted((company / "repos").iterdir()):
        world.clone(repository, home)
    told = Terminal(scratch, company)
    new = honest(told)
    for lie in (given_away, changed, reformatted, forgotten, another_log):
        told.company = scratch / lie.__name__ / OPERATOR
        shutil.copytree(company, told.company, symlinks=True)
        lie(told, new)
    return "\n".join(told.shown).strip() + "\n"


def _made_by_byline(folder: str, names: list[str]) -> set[str]:
    """What of a sample's workspace is left behind: all but what is quicker to copy than to make."""
    if Path(folder).name == world.WORKSPACE:
        return set(names) - {"mirrors", "tables"}
    return {"release.json"} & set(names)


def check(bundle: str, more: str = "", *, show: str = "") -> str:
    """The command with which the worker checks a bundle."""
    words = f'python3 verify.py {bundle} $ME --key "$KEY" $CLONES {more}'.rstrip()
    return f"{words} {show}".rstrip()


def prove(out: str, more: str = "") -> str:
    """The command with which the operator makes a bundle, which the worker finds beside them."""
    return f"byline prove {PERSON} {more} --out {out} 2> /dev/null".replace("  ", " ")


def hand(told: Terminal, out: str) -> None:
    """Bring a bundle from the operator's folder to the worker's."""
    shutil.move(told.company / out, told.scratch / WORKER / out)


def honest(told: Terminal) -> str:
    """Included; withdrawn; absent. Returns the new release."""
    releases = told.company / world.WORKSPACE / "releases"
    before = {one.name for one in releases.glob("rel_*")}
    told.say("The operator makes a bundle for Amelia, and hands it to her.")
    told.operator(prove("first.zip"))
    hand(told, "first.zip")
    key = (told.company / world.WORKSPACE / "log" / "byline-log.vkey").read_text().split()[0]
    told.say("She has clones of her own, and the log's key from the noticeboard of the union.")
    told.worker("ls -d */")
    told.define("KEY", key)
    told.define("ME", " ".join([f"--me {PERSON}", *(f"--address {one}" for one in ADDRESSES)]))
    clones = sorted(one.name for one in (told.scratch / WORKER).iterdir() if one.is_dir())
    told.define("CLONES", " ".join(f"--repo {one}" for one in clones))
    told.worker("unzip -p first.zip verify.py > verify.py")
    told.worker(check("first.zip"))
    told.say("She withdraws. The next release is made without her work.")
    told.operator(f"byline withdraw {PERSON} 2> /dev/null | grep -v receipt")
    told.operator("byline release 2> /dev/null | tail -n 1")
    told.operator(prove("second.zip"))
    hand(told, "second.zip")
    told.worker(check("second.zip", "--since first.zip", show=MAIN))
    return next(one.name for one in releases.glob("rel_*") if one.name not in before)


def given_away(told: Terminal, _: str) -> None:
    """The first lie: her addresses are a colleague's."""
    told.say(
        "FIRST LIE. The operator says in roster and mailmap that her addresses are a colleague's,\n"
        "and makes a release. Under her id there is nothing any more."
    )
    world.give_addresses_away(told.company, ADDRESSES, name=COLLEAGUE, to=THEIRS)
    told.operator("grep -n 'ortiz' people/mailmap")
    told.operator("byline release 2> /dev/null | tail -n 1")
    told.operator(prove("third.zip"))
    hand(told, "third.zip")
    told.worker(
        check("third.zip", show="| grep -E 'OPEN|FAIL|does not count|NOT ALL' | cut -c-120")
    )
    told.say("What her clones ask was not looked for. So she makes the questions herself.")
    told.worker("python3 verify.py ask $ME $CLONES --out questions.json")
    shutil.copy(told.scratch / WORKER / "questions.json", told.company)
    told.operator(prove("third.zip", "--questions questions.json"))
    hand(told, "third.zip")
    told.worker(check("third.zip", show=SOME))


def changed(told: Terminal, new: str) -> None:
    """The second lie: the bundle itself is changed."""
    told.say(
        "SECOND LIE. The operator changes the bundle: it says that she is absent from the\n"
        "first release, with a true proof of absence, that of somebody else. Then it takes her\n"
        "out of the owners of one item."
    )
    home = told.scratch / WORKER
    old = _older(told, new)
    world.claim_absent(
        home / "second.zip", home / "absent.zip", company=told.company, release=old, other="ha-108"
    )
    told.worker(check("absent.zip", show=FAILS))
    world.disown(home / "second.zip", home / "disowned.zip", release=old)
    told.worker(check("disowned.zip", show=FAILS))


def reformatted(told: Terminal, _: str) -> None:
    """The third lie: her file again, in another shape, under another name."""
    told.say(
        "THIRD LIE. The operator commits a file of hers again, in a colleague's name, with other\n"
        "line breaks, under another path, and makes a release."
    )
    world.commit_reformatted(
        told.company / "repos" / "ledger-core", WHOLE, COPY,
        name=COLLEAGUE, email=THEIRS, date="2026-02-10T10:00:00+0000",
    )  # fmt: skip
    told.operator("git -C repos/ledger-core log -1 --format='%an: %s' --stat")
    told.operator("byline release 2> /dev/null | tail -n 1")
    told.operator(prove("fourth.zip"))
    hand(told, "fourth.zip")
    told.worker(check("fourth.zip", show=FAILS))


def forgotten(told: Terminal, new: str) -> None:
    """The fourth lie: a release that the bundle does not mention."""
    told.say("FOURTH LIE. The bundle does not mention the release that has her work.")
    home = told.scratch / WORKER
    world.forget(home / "second.zip", home / "short.zip", release=_older(told, new))
    told.worker(check("short.zip", show=FAILS))


def another_log(told: Terminal, new: str) -> None:
    """The fifth lie: a log made for her alone."""
    union, seen = told.scratch / WITNESS, told.company / world.WORKSPACE / "log"
    union.mkdir()
    shutil.copy(seen / "byline-log.vkey", union)
    told.say("Before the last lie: the union runs a witness, and has seen the log as it is.")
    told.witness("byline witness key union.example/w1 --out witness.key > witness.vkey")
    cosign = "byline witness cosign --state state --key witness.key --log byline-log.vkey"
    told.witness(f"{cosign} --log-directory {os.path.relpath(seen, union)} --out cosigned")
    told.say(
        "FIFTH LIE. The operator signs a second log, in which that release never was, and makes\n"
        "her bundle from it. Nothing in it is false, so a check of it alone holds. The bundle\n"
        "that she kept gives it away, and so does the witness."
    )
    told.company = world.second_log(
        told.company, told.scratch / "second", without=_older(told, new)
    )
    told.operator(prove("fifth.zip"))
    hand(told, "fifth.zip")
    told.worker(check("fifth.zip", show="| tail -n 1"))
    told.worker(check("fifth.zip", "--since first.zip", show=FAILS))
    other = os.path.relpath(told.company / world.WORKSPACE / "log", union)
    told.witness(f"{cosign} --log-directory {other} --out cosigned 2>&1 | fold -s -w 110")


def _older(told: Terminal, new: str) -> str:
    releases = (told.company / world.WORKSPACE / "releases").glob("rel_*")
    return next(one.name for one in releases if one.name != new)


def main() -> None:
    """Play it, print it, and put it into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scratch", type=Path, required=True)
    options.add_argument("--sample", type=Path, help="A sample organisation to copy; default: new.")
    options.add_argument("--into", type=Path, help="The page that has the session.")
    given = options.parse_args()
    shutil.rmtree(given.scratch, ignore_errors=True)
    given.scratch.mkdir(parents=True)
    text = play(given.scratch.resolve(), given.sample)
    print(text)
    if given.into:
        page = given.into.read_text(encoding="utf-8")
        fenced = f"{BEGIN}```console\n{text}```\n{END}"
        found = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
        given.into.write_text(found.sub(lambda _: fenced, page), encoding="utf-8")


if __name__ == "__main__":
    main()
