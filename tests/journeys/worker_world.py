"""A worker with a clone of their own and the plain verifier, and an operator who lies.

Everything the worker does needs Python, git and two files: the verifier and the bundle. Every lie is
told with all that the operator has: the workspace, its keys and the repositories.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from byline.answers.bundle_files import VERIFIER, zipped
from byline.proof import log, trie, vrf
from byline.proof.blinding import contributor_alpha, label, vrf_seed
from byline.proof.canonical import canonical_json
from byline.proof.keys import load_signer
from byline.release.seal_file import SEAL_FILE, parse_seal
from byline.release.sealing import trie_of
from byline.release.sealing_people import seal_key
from byline.workspace.layout import Layout

WORKSPACE = "byline-workspace"
QUIET = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True)
class Worker:
    """Somebody with an id, addresses, clones, and a folder of their own."""

    person: str
    addresses: tuple[str, ...]
    clones: tuple[Path, ...]
    folder: Path

    def ask(self) -> Path:
        """Make the questions from the clones."""
        out = self.folder / "questions.json"
        run_verifier(
            "ask", *self._repos(), "--me", self.person,
            *(word for one in self.addresses for word in ("--address", one)), "--out", out,
            cwd=self.folder,
        )  # fmt: skip
        return out

    def verify(self, bundle: Path, *more: str | Path) -> "Checked":
        """Check a bundle against the clones."""
        return run_verifier(bundle, *self._repos(), *more, cwd=self.folder, check=None)

    def _repos(self) -> list[str | Path]:
        return [word for one in self.clones for word in ("--repo", one)]


@dataclass(frozen=True)
class Checked:
    """What the verifier said."""

    status: int
    out: str


def run_verifier(*words: str | Path, cwd: Path, check: int | None = 0) -> Checked:
    """Run the file itself: no Byline on the path, nothing of this process's environment."""
    plain = cwd / "verify.py"
    if not plain.exists():
        shutil.copy(VERIFIER, plain)
    done = subprocess.run(
        [sys.executable, "-I", plain, *map(str, words)],
        cwd=cwd, env=QUIET, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return Checked(done.returncode, done.stdout + done.stderr)


def clone(repository: Path, into: Path) -> Path:
    """A clone, as anybody makes one."""
    target = into / repository.name
    git(repository.parent, "clone", "--quiet", str(repository), str(target))
    return target


def git(directory: Path, *words: str, **who: str) -> str:
    """Run git in a folder."""
    done = subprocess.run(
        ["git", "-C", directory, *words], capture_output=True, text=True, check=True,
        env={**QUIET, **who},
    )  # fmt: skip
    return done.stdout


# What the operator does.


def give_addresses_away(company: Path, addresses: Sequence[str], *, name: str, to: str) -> None:
    """Say in roster and mailmap that addresses are a colleague's; the owner keeps another."""
    roster, mailmap = company / "people" / "roster.csv", company / "people" / "mailmap"
    text = roster.read_text()
    for address in addresses:
        text = text.replace(address, f"unused-{address}")
    roster.write_text(text.replace(to, ";".join([to, *addresses])))
    kept = [line for line in mailmap.read_text().splitlines()
            if not any(f"<{one}>" in line for one in addresses)]  # fmt: skip
    given = [f"{name} <{to}> <{address}>" for address in addresses]
    mailmap.write_text("\n".join([*kept, *given, ""]))


def commit_reformatted(
    repository: Path, path: str, copy: str, *, name: str, email: str, date: str
) -> None:
    """Commit a file again in another shape, under another path and another name."""
    (repository / copy).write_text(reformatted((repository / path).read_text()))
    who = {"NAME": name, "EMAIL": email, "DATE": date}
    environment = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
                   for key, value in who.items()}  # fmt: skip
    git(repository, "add", copy)
    git(repository, "commit", "--quiet", "--no-verify", "-m", f"Add {copy}", **environment)


def reformatted(text: str) -> str:
    """The same Python, no line as it was: deeper, and broken after each comma in brackets."""
    made, depth = [], 0
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        shown = " " * indent * 2
        for character in line.strip():
            depth += (character in "([{") - (character in ")]}")
            shown += character
            if character == "," and depth > 0:
                made.append(shown)
                shown = " " * (indent * 2 + 8)
        made.append(shown.rstrip())
    return "\n".join(made) + "\n"


def changed(bundle: Path, out: Path, changes: Mapping[str, bytes | None]) -> Path:
    """A bundle with some files replaced or left out."""
    with zipfile.ZipFile(bundle) as source:
        files = {name: source.read(name) for name in source.namelist()} | changes
    out.write_bytes(zipped({name: data for name, data in files.items() if data is not None}))
    return out


def in_bundle(bundle: Path, name: str) -> bytes:
    """A file of a bundle."""
    with zipfile.ZipFile(bundle) as source:
        return source.read(name)


def claim_absent(bundle: Path, out: Path, *, company: Path, release: str, other: str) -> Path:
    """Say that nothing is there, with a true proof of absence: somebody else's."""
    layout = Layout(company / WORKSPACE)
    seed = vrf_seed(seal_key(layout))
    theirs = label(vrf.output(seed, contributor_alpha(other)), release)
    folder = layout.releases / release
    contributors = trie_of(folder, parse_seal((folder / SEAL_FILE).read_bytes()), "contributors")
    told = json.loads(in_bundle(bundle, "bundle.json"))
    for one in told["releases"]:
        if one["release"] == release:
            one |= {"claim": "absent", "record": None}
    return changed(bundle, out, {
        "bundle.json": canonical_json(told),
        f"{release}/contributor.trie": trie.prove(contributors, [theirs]),
        f"{release}/mine.jsonl": b"",
    })  # fmt: skip


def disown(bundle: Path, out: Path, *, release: str) -> Path:
    """Take every owner out of the first item's record."""
    records = [json.loads(one) for one in in_bundle(bundle, f"{release}/items.jsonl").splitlines()]
    records[0]["owners"] = []
    lines = b"".join(canonical_json(one) + b"\n" for one in records)
    return changed(bundle, out, {f"{release}/items.jsonl": lines})


def forget(bundle: Path, out: Path, *, release: str) -> Path:
    """Leave a release out of a bundle altogether."""
    told = json.loads(in_bundle(bundle, "bundle.json"))
    told["releases"] = [one for one in told["releases"] if one["release"] != release]
    with zipfile.ZipFile(bundle) as source:
        folder = [name for name in source.namelist() if name.startswith(f"{release}/")]
    gone = dict.fromkeys(folder)
    return changed(bundle, out, {"bundle.json": canonical_json(told), **gone})


def second_log(company: Path, out: Path, *, without: str) -> Path:
    """A company with another log, signed with the same key, in which a release never was."""
    shutil.copytree(company, out, symlinks=True)
    place = out / WORKSPACE / "log"
    other = canonical_json({"type": "receipts", "batch": "lv_0", "root": "0" * 64, "size": 1})
    kept = [other if without.encode() in entry else entry for entry in log.entries(place)]
    key = (place / "byline-log.vkey").read_bytes()
    shutil.rmtree(place)
    signer = load_signer(out / WORKSPACE / "keys" / "log.key")
    log.create(place, signer=signer)
    log.append(place, kept, signer=signer)
    (place / "byline-log.vkey").write_bytes(key)
    return out
