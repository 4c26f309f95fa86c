"""`init`, `sample`, `audit` and `doctor`: the first minutes."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from byline import __version__, network
from byline.answers.audit import audit as make_audit
from byline.answers.audit import write_audit
from byline.cli.interrupts import workers_ignore_interrupts
from byline.cli.options import HERE, JsonOption, QuietOption, WorkersOption
from byline.cli.show import show_audit
from byline.cli.voice import Voice
from byline.engine.executor import LocalExecutor
from byline.errors import RefusedError, UsageError
from byline.people.signers import read_signers
from byline.release.prepare import Tools
from byline.release.provenance import Provenance
from byline.sample import write_sample
from byline.terms.agreement_files import pack_names
from byline.work.git.collect import Limits, collect
from byline.work.git.command import MINIMUM_VERSION
from byline.work.git.supplied import inspect
from byline.work.git.texts import available
from byline.workspace.config import Collect, read_config
from byline.workspace.files import write_text
from byline.workspace.template import configuration, repository_name


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(audit)
    app.command()(init)
    app.command()(sample)
    app.command()(doctor)


def audit(
    path: Annotated[Path, typer.Argument(help="A git repository: a clone, or a bare one.")],
    revision: Annotated[str, typer.Option(help="Branch, tag or commit.")] = "HEAD",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The HTML page; default: ./audit-NAME.html"),
    ] = None,
    allowed_signers: Annotated[
        Path | None,
        typer.Option(help="Whose SSH keys sign commits (ssh-keygen's ALLOWED SIGNERS)."),
    ] = None,
    openpgp_keys: Annotated[
        Path | None, typer.Option(help="OpenPGP public keys of authors: a file, or a folder.")
    ] = None,
    third_party: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, file_okay=False, help="A folder of others' code, to find copies of it."
        ),
    ] = None,
    copyright_holder: Annotated[
        list[str] | None,
        typer.Option(help="Whom your own copyright lines name; others' then show."),
    ] = None,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Report whose work a repository holds, what is in it, and what could be trained on today.

    No configuration, no workspace, no network; the repository is not touched.

    Example: byline audit path/to/repository
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    name = repository_name(path)
    signers = read_signers(allowed_signers=allowed_signers, openpgp_keys=openpgp_keys)
    defaults = Collect()
    workers_ignore_interrupts()
    with (
        tempfile.TemporaryDirectory(prefix="byline-audit-") as scratch,
        LocalExecutor(workers) if workers else LocalExecutor() as executor,
    ):
        root = Path(scratch)
        voice.say(f"reading {name}")
        collected = collect(
            path,
            repository=name,
            revision=revision,
            limits=Limits(defaults.max_file_bytes, defaults.max_paths, 0),
            mirrors=root / "mirrors",
            tables=root / "tables",
            executor=executor,
            progress=voice.progress,
        )
        tools = Tools(root / "tables", executor, voice.progress)
        provenance = Provenance(
            holders=tuple(copyright_holder or ()),
            folders=tuple(third_party or ()),
            place=root / "third_party",
        )
        found = make_audit(collected, tools=tools, signers=signers, provenance=provenance)
    page = write_audit(found, output or Path(f"audit-{name}.html"))
    show_audit(voice, found)
    voice.line(f"page  {page}")
    voice.result(found.as_json())


def init(
    directory: Annotated[Path, typer.Argument(help="Where byline.toml goes.")] = Path(),
    repositories: Annotated[
        list[Path] | None, typer.Option("--repository", "-r", help="A git repository to add.")
    ] = None,
    name: Annotated[str, typer.Option(help="The organisation's name.")] = "My organisation",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a commented byline.toml, and list what is still missing.

    Example: byline init --repository ../api --repository ../web --name "Harbour Analytics"
    """
    voice = Voice(as_json=as_json)
    file = directory / HERE
    if file.exists() and not force:
        raise UsageError(f"{file} exists", advice="edit it, or replace it with --force")
    chosen = []
    for repository in repositories or []:
        inspect(repository)
        chosen.append((repository_name(repository), repository.resolve()))
    directory.mkdir(parents=True, exist_ok=True)
    write_text(file, configuration(name, chosen))
    config = read_config(file)
    missing = []
    if not config.repositories:
        missing.append(("repositories", "add a [[repositories]] table for each git repository"))
    missing += [
        ("roster", "export people and employments to CSV and set `roster` in [people]"),
        ("agreements", f"write clauses, or start from a pack: {', '.join(pack_names())}"),
        ("notices", "record who was told, when and how, and set `notices` in [terms]"),
        ("objections", "record objections received and set `objections` in [terms]"),
    ]
    voice.line(f"wrote  {file}")
    voice.table("Still missing", ("what", "how"), missing)
    voice.result(
        {
            "schema": "byline/init/1",
            "file": str(file),
            "missing": [what for what, _ in missing],
        }
    )


def sample(
    directory: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Make a sample organisation to try Byline on: repositories, roster, terms, and the answers.

    Example: byline sample demo && byline run --config demo/company/byline.toml
    """
    voice = Voice(as_json=as_json)
    made = write_sample(directory, seed=seed)
    voice.line(
        f"{made.company}: {made.num_repositories} repositories, {made.num_commits:,} commits, "
        f"{made.num_people} people"
    )
    voice.line(f"{made.answers}: what is planted in them")
    voice.result(
        {
            "schema": "byline/sample/1",
            "company": str(made.company),
            "answers": str(made.answers),
            "repositories": made.num_repositories,
            "commits": made.num_commits,
            "people": made.num_people,
        }
    )


def doctor(as_json: JsonOption = False) -> None:
    """Check this installation: git, Python, optional parts, network switches.

    Example: byline doctor
    """
    voice = Voice(as_json=as_json)
    checks = [
        ("byline", True, __version__),
        ("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        _git(),
        _compiled(),
        *_extras(),
        ("network switches", True, f"{len(network.SWITCHES)} set: nothing calls home"),
    ]
    voice.table(
        "This installation",
        ("what", "state", "detail"),
        [(what, "ok" if fine else "MISSING", detail) for what, fine, detail in checks],
    )
    voice.result(
        {
            "schema": "byline/doctor/1",
            "checks": [
                {"what": what, "ok": fine, "detail": detail} for what, fine, detail in checks
            ],
        }
    )
    if not all(fine for what, fine, _ in checks if not what.startswith("extra")):
        raise RefusedError("a required part is missing")


def _git() -> tuple[str, bool, str]:
    wanted = ".".join(map(str, MINIMUM_VERSION))
    if shutil.which("git") is None:
        return "git", False, f"not found; install git {wanted} or later"
    shown = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False).stdout
    numbers = [int(part) for part in shown.split()[2].split(".")[:2] if part.isdigit()]
    return "git", tuple(numbers) >= MINIMUM_VERSION, shown.strip()


def _compiled() -> tuple[str, bool, str]:
    what = "extra: compiled"
    if available():
        return what, True, "authorship is compared by the compiled library"
    return what, False, "no compiled library: git compares, the same and slower; needs a C compiler"


def _extras() -> list[tuple[str, bool, str]]:
    modules = ("torch", "transformers", "tokenizers", "peft", "safetensors")
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    detail = "pip install '.[train]' in Byline's folder" if absent else ", ".join(modules)
    return [("extra: train", not absent, detail)]
